//! How a store is set up.

use super::hash::Seed;

/// The most a store, or a namespace in it, may hold. All three hold at every moment.
///
/// Use the default with struct update to say what differs, [`Bounds::entries`] and [`Bounds::bytes`] where one bound is enough.
///
/// ```
/// use fetchwell::engine::{Bounds, Config, Insert, Inserted, Place, RejectReason, Store, Timestamp};
///
/// let bounds = Bounds { max_entries: 2, max_entry_bytes: 1_000, ..Bounds::default() };
/// let mut store = Store::new(Config { bounds, ..Config::default() });
/// for key in ["a", "b", "c"] {
///     let _ = store.insert(Place::ROOT, key, (), Insert::default(), Timestamp(0));
/// }
/// assert_eq!(store.len(), 2);
/// let heavy = store.insert(Place::ROOT, "d", (), Insert::weighing(1_001), Timestamp(0));
/// assert_eq!(heavy, Inserted::Rejected(RejectReason::TooLarge));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bounds {
    /// Entries. Less than one is taken as one, more than 2^31 - 1 as that.
    pub max_entries: usize,
    /// Bytes: for each entry its value as weighed, its key, its tags with 16 bytes each, and [`Config::entry_overhead`]; in a partition
    /// of its own also the partition's name and 144 bytes, as if they were a part of the key. That is about what a partition with one
    /// entry takes; entries that share one are charged more than they take, so the bound holds however many partitions there are.
    ///
    /// Beside this, an eighth of it may be taken by keys of loads in flight (or 128 kB, if that is more), and another eighth by the names
    /// of empty partitions that are remembered (or 19 kB; never more than a thousand of them). More than 2^62 is taken as 2^62.
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
    ///
    /// ```
    /// use fetchwell::engine::Bounds;
    /// assert_eq!(Bounds::entries(500), Bounds { max_entries: 500, max_bytes: u64::MAX, max_entry_bytes: u64::MAX });
    /// ```
    pub const fn entries(max_entries: usize) -> Self {
        Self { max_entries, max_bytes: u64::MAX, max_entry_bytes: u64::MAX }
    }

    /// Bounds by bytes alone. Use it where sizes differ widely; each [`Insert`](super::Insert) then says what its value weighs.
    ///
    /// ```
    /// use fetchwell::engine::Bounds;
    /// assert_eq!(Bounds::bytes(64 << 20).max_entry_bytes, 64 << 20); // one entry may take it all
    /// ```
    pub const fn bytes(max_bytes: u64) -> Self {
        Self { max_entries: usize::MAX, max_bytes, max_entry_bytes: max_bytes }
    }
}

/// Everything a store is told when it is made. Use `Config::default()` or [`Config::seeded`], and struct update for what differs.
///
/// ```
/// use fetchwell::engine::{Config, Insert, Place, Scope, Selector, Store, Timestamp};
///
/// let mut store = Store::new(Config { separator: "/".into(), ..Config::default() });
/// let _ = store.insert(Place::ROOT, "books/7", "Emma", Insert::default(), Timestamp(0));
/// assert_eq!(store.keys(Scope::All, Selector::Segment("books"), Timestamp(1)), ["books/7"]);
/// ```
#[derive(Debug)]
pub struct Config {
    /// The most the whole may hold.
    pub bounds: Bounds,
    /// Where the hash key comes from.
    pub seed: Seed,
    /// Bytes charged for each entry beside its weight, key, tags and partition. The default is about what the store's own records take.
    pub entry_overhead: u64,
    /// What stands between the segments of a key, for [`Selector::Segment`](super::Selector::Segment) and globs.
    pub separator: Box<str>,
    /// Build the prefix index from the start, instead of when a prefix is first asked for.
    pub eager_prefix_index: bool,
    /// Keep what goes for [`Store::take_removed`](super::Store::take_removed). Whoever sets this must call it. Without memory to keep
    /// something it is dropped, and counted all the same.
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
    /// Default bounds, and a hash key that is asked for when it is first needed. Use it where strangers choose keys.
    ///
    /// ```
    /// use fetchwell::engine::{Config, Store};
    /// use std::hash::{BuildHasher, RandomState};
    ///
    /// let random = || RandomState::new().hash_one(()); // or whatever randomness the host has
    /// let store = Store::<String>::new(Config::seeded(move || (random(), random())));
    /// assert!(store.is_empty());
    /// ```
    pub fn seeded(seed: impl FnOnce() -> (u64, u64) + Send + Sync + 'static) -> Self {
        Self { seed: Seed::Lazy(Box::new(seed)), ..Self::default() }
    }
}
