//! Every cache behind one small trait. Loops are generic over it, so each is compiled for its own
//! contestant and nothing is called through a table.

mod ours;
mod peers;

use std::time::Duration;

pub use ours::{Ours, OursWithClock};
pub use peers::{MiniMoka, MiniMokaSync, Moka, Plain, Quick, QuickSip, QuickSync};

/// The lifetime that entries get where a cache has lifetimes and nothing is said of another.
pub const HOUR: Duration = Duration::from_secs(3_600);

/// Keys are handed over as `&String`: mini-moka can be asked with nothing else.
pub type Key = String;

/// A cache of numbers under text.
pub trait Contestant {
    /// What its row is called.
    const NAME: &'static str;

    /// An empty cache for `room` entries that live for `ttl`, if it knows lifetimes.
    fn new(room: usize, ttl: Duration) -> Self;

    /// The value under `key`.
    fn get(&mut self, key: &Key) -> Option<u64>;

    /// Stores `value` under `key`, which the cache has to copy.
    fn insert(&mut self, key: &Key, value: u64);

    /// How many entries it holds, after whatever it had put off.
    fn len(&mut self) -> usize;

    /// Whether it holds none.
    fn is_empty(&mut self) -> bool {
        self.len() == 0
    }
}

/// A cache with room for twice the `keys` that holds them all, each with its number as its value.
pub fn filled<C: Contestant>(keys: &[Key]) -> C {
    let mut cache = C::new(2 * keys.len(), HOUR);
    for (value, key) in (0..).zip(keys) {
        cache.insert(key, value);
    }
    cache
}

/// Something done with each contestant in turn.
pub trait Visitor {
    /// Does it with `C`.
    fn visit<C: Contestant>(&mut self);
}

/// Visits ourselves again (how far that ratio is from 1 is the noise), ourselves reading a clock at
/// each call as most peers do, and every peer that evicts.
pub fn each_rival(visitor: &mut impl Visitor) {
    visitor.visit::<Ours>();
    visitor.visit::<OursWithClock>();
    each_peer(visitor);
}

/// Visits every peer that evicts.
pub fn each_peer(visitor: &mut impl Visitor) {
    visitor.visit::<Quick>();
    visitor.visit::<QuickSip>();
    visitor.visit::<QuickSync>();
    visitor.visit::<MiniMoka>();
    visitor.visit::<MiniMokaSync>();
    visitor.visit::<Moka>();
}
