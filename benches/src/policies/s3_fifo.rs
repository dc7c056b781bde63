//! S3-FIFO (SOSP'23): a small probation queue, a main queue with second chances, ghosts.

use std::collections::VecDeque;

use super::Policy;

/// Hits in the small queue that earn a place in the main one.
const PROMOTE: u8 = 2;

/// Where a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Home {
    Nowhere,
    Small,
    Main,
    Ghost,
}

/// A tenth of the room is the small queue; as many ghosts as the main queue has entries.
#[derive(Debug)]
pub struct S3Fifo {
    capacity: usize,
    small_target: usize,
    small: VecDeque<u32>,
    main: VecDeque<u32>,
    /// Keys in order of leaving; one that came back meanwhile is no longer `Ghost` of that turn.
    ghosts: VecDeque<(u32, u32)>,
    homes: Vec<Home>,
    counts: Vec<u8>,
    /// For each key, how often it became a ghost.
    turns: Vec<u32>,
}

impl S3Fifo {
    /// A cache of `capacity` entries for the keys `0..universe`.
    pub fn new(capacity: usize, universe: u32) -> Self {
        let universe = universe as usize;
        Self {
            capacity,
            small_target: (capacity / 10).max(1),
            small: VecDeque::new(),
            main: VecDeque::new(),
            ghosts: VecDeque::new(),
            homes: vec![Home::Nowhere; universe],
            counts: vec![0; universe],
            turns: vec![0; universe],
        }
    }

    fn make_room(&mut self) {
        while self.small.len() + self.main.len() >= self.capacity {
            if self.small.len() >= self.small_target || self.main.is_empty() {
                self.evict_small();
            } else {
                self.evict_main();
            }
        }
    }

    /// The head of the small queue goes to the main one if it was hit more than once, else out.
    fn evict_small(&mut self) {
        let Some(key) = self.small.pop_front() else {
            return;
        };
        let slot = key as usize;
        if self.counts[slot] >= PROMOTE {
            self.homes[slot] = Home::Main;
            self.counts[slot] = 0;
            self.main.push_back(key);
            return;
        }
        self.homes[slot] = Home::Ghost;
        self.turns[slot] += 1;
        self.ghosts.push_back((key, self.turns[slot]));
        if self.ghosts.len() > self.capacity - self.small_target
            && let Some((oldest, turn)) = self.ghosts.pop_front()
            && self.turns[oldest as usize] == turn
            && self.homes[oldest as usize] == Home::Ghost
        {
            self.homes[oldest as usize] = Home::Nowhere;
        }
    }

    /// The head of the main queue pays a hit for another round, or goes.
    fn evict_main(&mut self) {
        while let Some(key) = self.main.pop_front() {
            let slot = key as usize;
            if self.counts[slot] == 0 {
                self.homes[slot] = Home::Nowhere;
                return;
            }
            self.counts[slot] -= 1;
            self.main.push_back(key);
        }
    }
}

impl Policy for S3Fifo {
    fn request(&mut self, key: u32) -> bool {
        let slot = key as usize;
        if matches!(self.homes[slot], Home::Small | Home::Main) {
            self.counts[slot] = (self.counts[slot] + 1).min(3);
            return true;
        }
        self.make_room();
        self.counts[slot] = 0;
        // Asked only now: making room may have forgotten this very ghost.
        if self.homes[slot] == Home::Ghost {
            self.homes[slot] = Home::Main;
            self.main.push_back(key);
        } else {
            self.homes[slot] = Home::Small;
            self.small.push_back(key);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policies::hits;

    #[test]
    fn two_hits_or_a_return_lead_to_the_main_queue() {
        // Three places, one of them small. 0 is hit twice, so 3 drives out 1; 1 and 2 return as ghosts
        // and enter the main queue beside 0; 4 finds nobody small and drives out 0, the oldest there.
        let stream = [0, 1, 2, 0, 0, 3, 1, 3, 2, 4, 1, 2, 0];
        assert_eq!(hits(&mut S3Fifo::new(3, 5), &stream), 5);
        assert_eq!(hits(&mut S3Fifo::new(3, 5), &stream[..12]), 5, "0 is gone at the end");
    }

    #[test]
    fn a_key_that_fits_is_missed_once() {
        let stream: Vec<u32> = (0..40).map(|step| step % 10).collect();
        assert_eq!(hits(&mut S3Fifo::new(10, 10), &stream), 30);
    }
}
