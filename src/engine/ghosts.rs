//! What is remembered of entries that are gone: a fingerprint and a note of 32 bits, in bounded memory.
//!
//! Buckets of seven, the newest first; a bucket that is full forgets its oldest. It grows a bucket at a time (linear hashing), with
//! the number of those who live, so that no call pays for a whole rehash.

use super::pages::{NoMemory, Pages};

const WAYS: usize = 7;

#[derive(Clone, Copy, Debug, Default)]
struct Ghost {
    print: u32,
    note: u32,
}

#[derive(Debug, Default)]
struct Bucket {
    ghosts: [Ghost; WAYS],
    used: u8,
}

/// Notes by fingerprint.
#[derive(Debug, Default)]
pub(super) struct Ghosts {
    buckets: Pages<Bucket>,
}

#[expect(clippy::cast_possible_truncation, reason = "a fingerprint is the lower half of the hash")]
fn print(hash: u64) -> u32 {
    hash as u32
}

impl Ghosts {
    /// Grows by a bucket at most, if there are fewer than `wanted` places. Call it when something was stored.
    pub(super) fn grow_toward(&mut self, wanted: usize) -> Result<(), NoMemory> {
        let count = self.buckets.len();
        if count * WAYS >= wanted && count > 0 {
            return Ok(());
        }
        let fresh = self.buckets.add()?;
        // The bucket that held the newcomer's share gives it over.
        let Some(from) = (count > 0).then(|| fresh - (1 << fresh.ilog2())) else { return Ok(()) };
        let old = std::mem::take(self.buckets.at_mut(from));
        for ghost in old.ghosts.iter().take(usize::from(old.used)).rev() {
            let to = self.bucket_of(ghost.print);
            self.buckets.at_mut(to).put(*ghost);
        }
        Ok(())
    }

    /// Writes a note, over an older one of the same fingerprint.
    pub(super) fn put(&mut self, hash: u64, note: u32) {
        if self.buckets.len() == 0 {
            return;
        }
        let print = print(hash);
        let bucket = self.buckets.at_mut(bucket_of(print, self.buckets.len()));
        bucket.take(print);
        bucket.put(Ghost { print, note });
    }

    pub(super) fn get(&self, hash: u64) -> Option<u32> {
        if self.buckets.len() == 0 {
            return None;
        }
        let print = print(hash);
        let bucket = self.buckets.at(self.bucket_of(print));
        bucket.find(print).and_then(|at| bucket.ghosts.get(at)).map(|ghost| ghost.note)
    }

    /// Reads a note and forgets it.
    pub(super) fn take(&mut self, hash: u64) -> Option<u32> {
        if self.buckets.len() == 0 {
            return None;
        }
        let print = print(hash);
        self.buckets.at_mut(bucket_of(print, self.buckets.len())).take(print)
    }

    fn bucket_of(&self, print: u32) -> u32 {
        bucket_of(print, self.buckets.len())
    }
}

/// The bucket among `count`: by as many bits as make `count` or more, one fewer where that bucket is not there yet.
fn bucket_of(print: u32, count: usize) -> u32 {
    let bits = usize::BITS - count.saturating_sub(1).leading_zeros();
    let wide = print & low_mask(bits);
    if (wide as usize) < count { wide } else { print & low_mask(bits.saturating_sub(1)) }
}

fn low_mask(bits: u32) -> u32 {
    1_u32.checked_shl(bits).map_or(u32::MAX, |bit| bit - 1)
}

impl Bucket {
    fn find(&self, print: u32) -> Option<usize> {
        self.ghosts.iter().take(usize::from(self.used)).position(|ghost| ghost.print == print)
    }

    fn put(&mut self, ghost: Ghost) {
        let mut newest = ghost;
        for ghost in &mut self.ghosts {
            std::mem::swap(ghost, &mut newest);
        }
        self.used = (self.used + 1).min(7);
    }

    fn take(&mut self, print: u32) -> Option<u32> {
        let at = self.find(print)?;
        let mut older = Ghost::default();
        for ghost in self.ghosts.iter_mut().take(self.used.into()).skip(at).rev() {
            std::mem::swap(ghost, &mut older);
        }
        self.used -= 1;
        Some(older.note)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mix(n: u64) -> u64 {
        (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29).wrapping_mul(0xbf58_476d_1ce4_e5b9)
    }

    #[test]
    fn the_latest_are_remembered_and_the_oldest_forgotten() {
        let mut ghosts = Ghosts::default();
        for n in 0..100_000_u64 {
            ghosts.grow_toward(10_000).unwrap();
            ghosts.put(mix(n), u32::try_from(n).unwrap());
        }
        let known =
            |range: std::ops::Range<u64>| range.filter(|n| ghosts.get(mix(*n)).map(u64::from) == Some(*n)).count();
        assert_eq!(ghosts.buckets.len(), 1_429);
        assert!(known(98_000..100_000) > 1_990);
        assert!(known(0..70_000) < 70);
    }

    #[test]
    fn growing_loses_nobody_who_has_room() {
        let mut ghosts = Ghosts::default();
        for n in 0..5_000_u64 {
            ghosts.grow_toward(40_000).unwrap();
            ghosts.put(mix(n), 7);
        }
        let early = (0..5_000).filter(|n| ghosts.get(mix(*n)).is_some()).count();
        for _ in 0..10_000 {
            ghosts.grow_toward(40_000).unwrap();
        }
        assert_eq!((0..5_000).filter(|n| ghosts.get(mix(*n)).is_some()).count(), early);
    }

    #[test]
    fn a_note_is_replaced_read_and_taken() {
        let mut ghosts = Ghosts::default();
        assert_eq!(ghosts.take(5), None);
        ghosts.grow_toward(1).unwrap();
        ghosts.put(5, 1);
        ghosts.put(5, 2);
        ghosts.put(6, 3);
        assert_eq!(ghosts.get(5), Some(2));
        assert_eq!(ghosts.take(5), Some(2));
        assert_eq!(ghosts.take(5), None);
        assert_eq!(ghosts.take(6), Some(3));
    }
}
