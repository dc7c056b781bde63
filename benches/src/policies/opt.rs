//! Belady's optimum, which knows the future: the limit for everybody.

use std::collections::BTreeSet;

use super::Policy;

const NEVER: u32 = u32::MAX;

/// Gives up the key that will be asked for last, the newcomer included.
#[derive(Debug)]
pub struct Opt {
    capacity: usize,
    /// For each request, the number of the next one for the same key.
    next: Vec<u32>,
    /// How many requests have been answered.
    position: usize,
    /// Residents by the time of their next request.
    residents: BTreeSet<(u32, u32)>,
}

impl Opt {
    /// A cache of `capacity` entries that will be asked exactly for `stream`, keys `0..universe`.
    ///
    /// # Panics
    /// If the stream is longer than `u32::MAX`.
    pub fn new(capacity: usize, universe: u32, stream: &[u32]) -> Self {
        let mut last = vec![NEVER; universe as usize];
        let mut next = vec![NEVER; stream.len()];
        for (position, &key) in stream.iter().enumerate().rev() {
            let position = u32::try_from(position).expect("a shorter stream");
            next[position as usize] = std::mem::replace(&mut last[key as usize], position);
        }
        Self { capacity, next, position: 0, residents: BTreeSet::new() }
    }
}

impl Policy for Opt {
    fn request(&mut self, key: u32) -> bool {
        let (now, next) = (u32::try_from(self.position).unwrap_or(NEVER), self.next[self.position]);
        self.position += 1;
        let hit = self.residents.remove(&(now, key));
        if next != NEVER {
            self.residents.insert((next, key));
            if self.residents.len() > self.capacity {
                self.residents.pop_last();
            }
        }
        hit
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policies::hits;

    #[test]
    fn what_is_wanted_last_goes() {
        // With two places: 0 and 1 are kept (2 is wanted last), both hit, then 2 misses.
        let stream = [0, 1, 2, 0, 1, 2];
        assert_eq!(hits(&mut Opt::new(2, 3, &stream), &stream), 2);
        assert_eq!(hits(&mut Opt::new(3, 3, &stream), &stream), 3);
    }

    #[test]
    fn a_loop_longer_than_the_cache_still_hits() {
        let stream: Vec<u32> = (0..30).map(|step| step % 3).collect();
        // One place holds one key through the whole loop: nine of its ten turns hit.
        assert_eq!(hits(&mut Opt::new(1, 3, &stream), &stream), 9);
    }
}
