//! The peers, each as its own documentation says to use it from one thread.

use std::collections::HashMap;
use std::hash::RandomState;
use std::time::Duration;

use mini_moka::sync::ConcurrentCacheExt as _;
use quick_cache::UnitWeighter;

use super::{Contestant, Key};

/// `moka::sync::Cache`.
pub struct Moka(pub moka::sync::Cache<String, u64>);

impl Contestant for Moka {
    const NAME: &'static str = "moka sync";

    fn new(room: usize, ttl: Duration) -> Self {
        let builder = moka::sync::Cache::builder().max_capacity(room as u64);
        Self(builder.time_to_live(ttl).build())
    }

    fn get(&mut self, key: &Key) -> Option<u64> {
        self.0.get(key)
    }

    fn insert(&mut self, key: &Key, value: u64) {
        self.0.insert(key.to_owned(), value);
    }

    fn len(&mut self) -> usize {
        self.0.run_pending_tasks();
        usize::try_from(self.0.entry_count()).unwrap_or(usize::MAX)
    }
}

/// `mini_moka::unsync::Cache`.
pub struct MiniMoka(pub mini_moka::unsync::Cache<String, u64>);

impl Contestant for MiniMoka {
    const NAME: &'static str = "mini-moka unsync";

    fn new(room: usize, ttl: Duration) -> Self {
        let builder = mini_moka::unsync::Cache::builder().max_capacity(room as u64);
        Self(builder.time_to_live(ttl).build())
    }

    fn get(&mut self, key: &Key) -> Option<u64> {
        self.0.get(key).copied()
    }

    fn insert(&mut self, key: &Key, value: u64) {
        self.0.insert(key.to_owned(), value);
    }

    fn len(&mut self) -> usize {
        usize::try_from(self.0.entry_count()).unwrap_or(usize::MAX)
    }
}

/// `mini_moka::sync::Cache`.
pub struct MiniMokaSync(pub mini_moka::sync::Cache<String, u64>);

impl Contestant for MiniMokaSync {
    const NAME: &'static str = "mini-moka sync";

    fn new(room: usize, ttl: Duration) -> Self {
        let builder = mini_moka::sync::Cache::builder().max_capacity(room as u64);
        Self(builder.time_to_live(ttl).build())
    }

    fn get(&mut self, key: &Key) -> Option<u64> {
        self.0.get(key)
    }

    fn insert(&mut self, key: &Key, value: u64) {
        self.0.insert(key.to_owned(), value);
    }

    fn len(&mut self) -> usize {
        self.0.sync();
        usize::try_from(self.0.entry_count()).unwrap_or(usize::MAX)
    }
}

/// `quick_cache::unsync::Cache`, which knows no lifetimes, with its own hash.
pub struct Quick(pub quick_cache::unsync::Cache<String, u64>);

impl Contestant for Quick {
    const NAME: &'static str = "quick_cache unsync";

    fn new(room: usize, _: Duration) -> Self {
        Self(quick_cache::unsync::Cache::new(room))
    }

    fn get(&mut self, key: &Key) -> Option<u64> {
        self.0.get(key).copied()
    }

    fn insert(&mut self, key: &Key, value: u64) {
        self.0.insert(key.to_owned(), value);
    }

    fn len(&mut self) -> usize {
        self.0.len()
    }
}

/// The same with the standard library's `SipHash`, which like ours resists flooding.
pub struct QuickSip(quick_cache::unsync::Cache<String, u64, UnitWeighter, RandomState>);

impl Contestant for QuickSip {
    const NAME: &'static str = "quick_cache unsync, SipHash";

    fn new(room: usize, _: Duration) -> Self {
        let (hash, lifecycle) = (RandomState::new(), quick_cache::unsync::DefaultLifecycle::default());
        let weight = room as u64;
        Self(quick_cache::unsync::Cache::with(room, weight, UnitWeighter, hash, lifecycle))
    }

    fn get(&mut self, key: &Key) -> Option<u64> {
        self.0.get(key).copied()
    }

    fn insert(&mut self, key: &Key, value: u64) {
        self.0.insert(key.to_owned(), value);
    }

    fn len(&mut self) -> usize {
        self.0.len()
    }
}

/// `quick_cache::sync::Cache`, which knows no lifetimes, with its own hash.
pub struct QuickSync(pub quick_cache::sync::Cache<String, u64>);

impl Contestant for QuickSync {
    const NAME: &'static str = "quick_cache sync";

    fn new(room: usize, _: Duration) -> Self {
        Self(quick_cache::sync::Cache::new(room))
    }

    fn get(&mut self, key: &Key) -> Option<u64> {
        self.0.get(key)
    }

    fn insert(&mut self, key: &Key, value: u64) {
        self.0.insert(key.to_owned(), value);
    }

    fn len(&mut self) -> usize {
        self.0.len()
    }
}

/// The standard library's map: no bound, no lifetimes, no policy. Not a cache, but the limit.
pub struct Plain(pub HashMap<String, u64>);

impl Contestant for Plain {
    const NAME: &'static str = "std HashMap (no bound)";

    fn new(_: usize, _: Duration) -> Self {
        Self(HashMap::new())
    }

    fn get(&mut self, key: &Key) -> Option<u64> {
        self.0.get(key).copied()
    }

    fn insert(&mut self, key: &Key, value: u64) {
        self.0.insert(key.to_owned(), value);
    }

    fn len(&mut self) -> usize {
        self.0.len()
    }
}
