//! The engine on a stream of requests, through the very calls that users make.

use std::fmt::Write as _;

use fetchwell::engine::{Bounds, Config, Insert, Place, Store, Timestamp};

/// Time stands still: no figure here depends on it.
const NOW: Timestamp = Timestamp(0);

/// How a missing value gets into the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// `insert`, which keeps what it was given.
    Insert,
    /// `begin_load` and `complete`, which may leave out a large newcomer.
    Load,
}

/// A store of keys without values.
pub struct Contender {
    store: Store<()>,
    door: Door,
    /// Real string keys, made anew for each request in one buffer.
    key: String,
}

impl Contender {
    /// Bounded by entries only.
    pub fn by_entries(entries: usize) -> Self {
        Self::new(Bounds::entries(entries), Door::Insert)
    }

    /// Bounded by bytes only.
    pub fn by_bytes(bytes: u64, door: Door) -> Self {
        Self::new(Bounds::bytes(bytes), door)
    }

    fn new(bounds: Bounds, door: Door) -> Self {
        // The peers are charged sizes alone, so no overhead is charged here either.
        let config = Config { bounds, entry_overhead: 0, ..Config::default() };
        Self { store: Store::new(config), door, key: String::new() }
    }

    /// Asks for key number `number`, and on a miss stores it. Whether it was there.
    pub fn request(&mut self, number: u32) -> bool {
        self.request_sized(number, 0)
    }

    /// The same for a value that is charged `size` bytes, those of its key included.
    pub fn request_sized(&mut self, number: u32, size: u64) -> bool {
        self.key.clear();
        // Writing to a string cannot fail.
        let _ = write!(self.key, "k{number}");
        if self.store.get(Place::ROOT, &self.key, NOW).is_some() {
            return true;
        }
        let how = Insert::weighing(size.saturating_sub(self.key.len() as u64));
        // What is turned away will be missed again, and counted then.
        let _ = match self.door {
            Door::Insert => self.store.insert(Place::ROOT, &self.key, (), how, NOW),
            Door::Load => {
                let ticket = self.store.begin_load(Place::ROOT, &self.key);
                self.store.complete(ticket, (), how, NOW)
            }
        };
        false
    }

    /// The hit ratio in percent that the engine believes it would have had at double size.
    pub fn guess_at_double_size(&self) -> f64 {
        100.0 * self.store.stats(None, NOW).hit_rate_at_double_size()
    }
}
