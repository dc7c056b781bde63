//! A count-min sketch of 4-bit counters that ages: how often a key was asked for lately.

/// Four rows, sixteen counters an entry; all halve after ten times the capacity in additions.
#[derive(Debug)]
pub struct Sketch {
    /// Four rows of a power of two of counters, one byte each for plainness, 0..=15.
    counters: Vec<u8>,
    row: usize,
    additions: u64,
    sample: u64,
}

const ROWS: usize = 4;

impl Sketch {
    /// A sketch for a cache of `capacity` entries.
    pub fn new(capacity: usize) -> Self {
        let row = 4 * capacity.next_power_of_two().max(8);
        let sample = 10 * capacity.max(1) as u64;
        Self { counters: vec![0; ROWS * row], row, additions: 0, sample }
    }

    /// Counts one more request for `key`.
    pub fn add(&mut self, key: u32) {
        for place in self.places(key) {
            self.counters[place] = (self.counters[place] + 1).min(15);
        }
        self.additions += 1;
        if self.additions >= self.sample {
            self.additions /= 2;
            self.counters.iter_mut().for_each(|counter| *counter /= 2);
        }
    }

    /// How often `key` was asked for, at least; never too low but for ageing.
    pub fn estimate(&self, key: u32) -> u8 {
        self.places(key).map(|place| self.counters[place]).into_iter().min().unwrap_or(0)
    }

    #[expect(clippy::cast_possible_truncation, reason = "only the low bits are wanted")]
    fn places(&self, key: u32) -> [usize; ROWS] {
        let hash = crate::workload::mix(u64::from(key) + 1);
        std::array::from_fn(|row| {
            let bits = crate::workload::mix(hash.wrapping_add(row as u64)) as usize;
            row * self.row + (bits & (self.row - 1))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_stop_at_fifteen_and_halve_with_age() {
        let mut sketch = Sketch::new(10);
        (0..40).for_each(|_| sketch.add(7));
        assert_eq!((sketch.estimate(7), sketch.estimate(8)), (15, 0));
        // Sixty other additions reach ten times the capacity.
        (100..160).for_each(|key| sketch.add(key));
        assert_eq!(sketch.estimate(7), 7);
    }
}
