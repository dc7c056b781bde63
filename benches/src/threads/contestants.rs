//! The caches, each as its own documentation says to share it between threads.

use std::time::Duration;

use fetchwell::Cache;

/// A cache that many threads share.
pub trait Threaded: Sync {
    /// What it is called in the tables.
    const NAME: &'static str;

    /// A cache for so many entries.
    fn new(room: usize) -> Self;

    /// A look-up.
    fn get(&self, key: &str) -> Option<u64>;

    /// A write.
    fn insert(&self, key: &str, value: u64);

    /// Everything that fits of these, in this order.
    fn fill(&self, keys: &[String]) {
        for (value, key) in (0..).zip(keys) {
            self.insert(key, value);
        }
    }
}

const HOUR: Duration = Duration::from_secs(3_600);

/// `fetchwell::Cache`.
#[derive(Debug)]
pub struct Ours(Cache<u64>);

impl Threaded for Ours {
    const NAME: &'static str = "fetchwell, beside itself";

    fn new(room: usize) -> Self {
        let builder = Cache::builder().ttl(HOUR).max_entries(room).max_bytes("4gb");
        Self(builder.build().expect("options that are legal"))
    }

    fn get(&self, key: &str) -> Option<u64> {
        self.0.get(key)
    }

    fn insert(&self, key: &str, value: u64) {
        self.0.insert(key, value);
    }
}

/// `moka::sync::Cache`.
#[derive(Debug)]
pub struct Moka(moka::sync::Cache<String, u64>);

impl Threaded for Moka {
    const NAME: &'static str = "moka sync";

    fn new(room: usize) -> Self {
        Self(moka::sync::Cache::builder().max_capacity(room as u64).time_to_live(HOUR).build())
    }

    fn get(&self, key: &str) -> Option<u64> {
        self.0.get(key)
    }

    fn insert(&self, key: &str, value: u64) {
        self.0.insert(key.to_owned(), value);
    }
}

/// `quick_cache::sync::Cache`.
#[derive(Debug)]
pub struct QuickCache(quick_cache::sync::Cache<String, u64>);

impl Threaded for QuickCache {
    const NAME: &'static str = "quick_cache sync";

    fn new(room: usize) -> Self {
        Self(quick_cache::sync::Cache::new(room))
    }

    fn get(&self, key: &str) -> Option<u64> {
        self.0.get(key)
    }

    fn insert(&self, key: &str, value: u64) {
        self.0.insert(key.to_owned(), value);
    }
}
