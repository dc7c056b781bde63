//! Least recently used, by entries or by bytes.

use super::{List, Policy};

/// The cache everybody knows; with weights, what lru-cache does with `maxSize`.
#[derive(Debug)]
pub struct Lru {
    capacity: u64,
    used: u64,
    /// Weight of each resident key; 0 is "not here".
    weights: Vec<u64>,
    order: List,
}

impl Lru {
    /// A cache of `capacity` units for the keys `0..universe`.
    pub fn new(capacity: u64, universe: u32) -> Self {
        let weights = vec![0; universe as usize];
        Self { capacity, used: 0, weights, order: List::new(universe) }
    }

    /// Asks for `key`, and on a miss stores it with `weight` (at least 1). Whether it was there.
    pub fn request_weighing(&mut self, key: u32, weight: u64) -> bool {
        if self.weights[key as usize] != 0 {
            self.order.refresh(key);
            return true;
        }
        if weight > self.capacity {
            return false;
        }
        while self.used + weight > self.capacity
            && let Some(victim) = self.order.pop()
        {
            self.used -= std::mem::take(&mut self.weights[victim as usize]);
        }
        self.weights[key as usize] = weight;
        self.used += weight;
        self.order.push(key);
        false
    }
}

impl Policy for Lru {
    fn request(&mut self, key: u32) -> bool {
        self.request_weighing(key, 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policies::hits;

    #[test]
    fn the_least_recently_used_goes() {
        // 0 1 2, 0 is refreshed, 3 drives out 1, so 0 2 3 are there and 1 is not.
        let stream = [0, 1, 2, 0, 3, 0, 2, 3, 1];
        assert_eq!(hits(&mut Lru::new(3, 4), &stream), 4);
    }

    #[test]
    fn a_heavy_key_drives_out_several_and_one_too_heavy_none() {
        let mut lru = Lru::new(10, 4);
        for (key, weight, hit) in
            [(0, 4, false), (1, 4, false), (3, 11, false), (0, 4, true), (2, 9, false), (1, 4, false), (2, 9, false)]
        {
            assert_eq!(lru.request_weighing(key, weight), hit, "key {key}");
        }
    }
}
