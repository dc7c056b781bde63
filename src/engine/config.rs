//! How a store is set up.

use super::hash::Seed;

/// The most a store, or a namespace in it, may hold. All three hold at every moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bounds {
    /// Entries. Less than one is taken as one, more than 2^31 - 1 as that.
    pub max_entries: usize,
    /// Bytes: values as weighed, keys, tags and [`Config::entry_overhead`] for each entry. More than 2^62 is taken as 2^62.
    pub max_bytes: u64,
    /// What one value may weigh; a heavier one is rejected.
    pub max_entry_bytes: u64,
}

impl Default for Bounds {
    /// 1 000 entries, 16 MiB, 1 MiB an entry.
    fn default() -> Self {
        Self { max_entries: 1_000, max_bytes: 16 << 20, max_entry_bytes: 1 << 20 }
    }
}

impl Bounds {
    /// Bounds by number alone. Use it for values that are all about the same size.
    pub const fn entries(max_entries: usize) -> Self {
        Self { max_entries, max_bytes: u64::MAX, max_entry_bytes: u64::MAX }
    }

    /// Bounds by bytes alone.
    pub const fn bytes(max_bytes: u64) -> Self {
        Self { max_entries: usize::MAX, max_bytes, max_entry_bytes: max_bytes }
    }
}

/// Everything a store is told when it is made. Start from `Config::default()` or [`Config::seeded`].
#[derive(Debug)]
pub struct Config {
    /// The most the whole may hold.
    pub bounds: Bounds,
    /// Where the hash key comes from.
    pub seed: Seed,
    /// Bytes charged for each entry beside its weight, key and tags. The default is about what the store's own records take.
    pub entry_overhead: u64,
    /// What stands between the segments of a key, for [`Selector::Segment`](super::Selector::Segment) and globs.
    pub separator: Box<str>,
    /// Build the prefix index from the start, instead of when a prefix is first asked for.
    pub eager_prefix_index: bool,
    /// Keep what goes for [`Store::take_removed`](super::Store::take_removed). Whoever sets this must call it.
    pub keep_removed: bool,
    /// How many loads in flight are remembered; beyond that the oldest is forgotten, and turned away when it completes.
    pub max_loads: usize,
}

impl Default for Config {
    /// Default bounds and a fixed hash key: right for tests and trusted keys. Where strangers choose keys, use [`Config::seeded`].
    fn default() -> Self {
        Self {
            bounds: Bounds::default(),
            seed: Seed::Fixed(0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210),
            entry_overhead: 128,
            separator: ":".into(),
            eager_prefix_index: false,
            keep_removed: false,
            max_loads: 65_536,
        }
    }
}

impl Config {
    /// Default bounds, and a hash key that is asked for when it is first needed.
    pub fn seeded(seed: impl FnOnce() -> (u64, u64) + Send + Sync + 'static) -> Self {
        Self { seed: Seed::Lazy(Box::new(seed)), ..Self::default() }
    }
}
