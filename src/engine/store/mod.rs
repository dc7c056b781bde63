//! The cache as a data structure: the one place where entries, policy, expiry, indexes, fence and statistics meet.
//!
//! | file | what it does |
//! |---|---|
//! | `read` | look-ups: what a reader is given at a moment, and what it counts |
//! | `write` | storing, touching, deleting |
//! | `room` | bounds: who goes so that another fits, and how an entry is taken out |
//! | `choose` | who is meant: by key, prefix, segment, tag, glob |
//! | `invalidate` | the fence, and what becomes of them; clear and drop |
//! | `load` | loads in flight behind the fence |
//! | `inspect` | sizes, statistics, listings |
//! | `persist` | snapshots |
//! | `number` | entries by number, for hosts that keep the values elsewhere |
//! | `check` | every invariant, for tests |

mod check;
mod choose;
mod inspect;
mod invalidate;
mod load;
#[cfg(test)]
mod miri_tests;
#[cfg(any(test, all(target_arch = "wasm32", feature = "bindings")))]
mod number;
mod persist;
mod read;
mod room;
mod write;

use super::config::{Bounds, Config};
use super::entries::Entries;
use super::expiry::Expiry;
use super::ghosts::Ghosts;
use super::hash::Keys;
use super::loads::Loads;
use super::outcome::Removed;
use super::pages::NoMemory;
use super::partitions::LONGEST_NAME;
use super::places::Places;
use super::policy::{Limits, Policy};
use super::prefix::PrefixTree;
use super::scope::{Namespace, Partition, Place};
use super::tags::TagIndex;
use super::time::TimeLine;

pub use inspect::{EntryInfo, Freshness};
pub use persist::{Restored, Snapshot};
pub use read::Counted;
pub use write::Insert;

/// A bounded cache of values under text keys. It never reads a clock, does no I/O, starts no thread and never panics.
///
/// Use it where you bring the clock and the concurrency yourself: under a lock, in a single-threaded host, in a simulation. Every
/// method does bounded work, except those that concern many entries (listings, invalidations, snapshots): their cost follows that number,
/// or what they say.
///
/// ```
/// use fetchwell::engine::{Config, How, Insert, Place, Scope, Selector, Span, Store, Terms, Timestamp};
///
/// let mut books = Store::new(Config::default());
/// let terms = Terms::ttl(Span::mins(5));
/// let _ = books.insert(Place::ROOT, "books:7", "Emma", Insert::on(terms), Timestamp(0));
///
/// assert_eq!(books.get(Place::ROOT, "books:7", Timestamp(299_999)), Some(&"Emma"));
/// assert_eq!(books.get(Place::ROOT, "books:7", Timestamp(300_000)), None); // expired *at* its deadline
///
/// let _ = books.insert(Place::ROOT, "books:7", "Emma", Insert::on(terms), Timestamp(300_000));
/// let below = Selector::Segment("books");
/// assert_eq!(books.invalidate(Scope::All, below, How::HARD, Timestamp(300_001)), 1);
/// assert_eq!(books.get(Place::ROOT, "books:7", Timestamp(300_002)), None);
/// ```
#[derive(Debug)]
pub struct Store<V> {
    bounds: Bounds,
    separator: Box<str>,
    keep_removed: bool,
    /// With their keys.
    keep_keys: bool,
    keys: Keys,
    time: TimeLine,
    entries: Entries<V>,
    bytes: u64,
    /// Of struck entries that are still to be buried.
    struck_bytes: u64,
    places: Places,
    policy: Policy,
    expiry: Expiry,
    tags: TagIndex,
    /// By place, then text: for prefixes in a few places. Built when first asked for.
    by_place: Option<PrefixTree>,
    /// By namespace, then text, then place: for prefixes in many partitions at once. Built when first asked for.
    by_namespace: Option<PrefixTree>,
    loads: Loads,
    /// How entries ended that were not evicted.
    ended: Ghosts,
    removed: Vec<Removed<V>>,
    /// Something went and is not in that list, for want of memory.
    lost_removed: bool,
    /// How many values were offered; jitter is drawn from it.
    stored: u64,
    /// Where to look first for a pool that can spare something.
    next_pool: u32,
}

/// A namespace was asked for again with other bounds. Use it to find the two places in a program that disagree.
///
/// ```
/// use fetchwell::engine::{Bounds, Config, NamespaceDiffers, Store};
///
/// let mut store = Store::<String>::new(Config::default());
/// assert!(store.namespace("bugs", Some(Bounds::entries(100))).is_ok());
/// assert_eq!(store.namespace("bugs", Some(Bounds::entries(200))), Err(NamespaceDiffers));
/// assert_eq!(NamespaceDiffers.code(), "namespace-differs");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NamespaceDiffers;

impl NamespaceDiffers {
    /// The stable code. Use it in programs; `Display` is for people.
    pub const fn code(self) -> &'static str {
        "namespace-differs"
    }
}

impl std::fmt::Display for NamespaceDiffers {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("the namespace exists with other bounds")
    }
}

impl std::error::Error for NamespaceDiffers {}

impl<V> Store<V> {
    /// An empty store. Use one for everything that shares a budget, with namespaces in it, rather than several stores.
    ///
    /// ```
    /// use fetchwell::engine::{Bounds, Config, Store};
    ///
    /// let store = Store::<String>::new(Config { bounds: Bounds::bytes(64 << 20), ..Config::default() });
    /// assert_eq!((store.len(), store.bytes()), (0, 0));
    /// ```
    pub fn new(config: Config) -> Self {
        let bounds = countable(config.bounds);
        let mut policy = Policy::default();
        // Without memory for this there is none for anything; every later insert is then refused.
        let _ = policy.add_pool(limits(bounds));
        Self {
            bounds,
            separator: config.separator,
            keep_removed: config.keep_removed,
            keep_keys: config.keep_removed,
            keys: Keys::new(config.seed),
            time: TimeLine::default(),
            entries: Entries::new(config.entry_overhead),
            bytes: 0,
            struck_bytes: 0,
            places: Places::new(bounds.max_bytes / 8),
            policy,
            expiry: Expiry::default(),
            tags: TagIndex::default(),
            by_place: config.eager_prefix_index.then(PrefixTree::default),
            by_namespace: config.eager_prefix_index.then(PrefixTree::default),
            loads: Loads::new(config.max_loads, load_keys(bounds)),
            ended: Ghosts::default(),
            removed: Vec::new(),
            lost_removed: false,
            stored: 0,
            next_pool: 0,
        }
    }

    /// The namespace of this name, made if need be. With bounds it evicts its own entries when they are reached, and still shares the
    /// budget of the whole; wider ones than the whole's are legal, the narrower holds.
    ///
    /// The empty name is the root's. Use one for each kind of thing that deserves statistics, bounds or a `clear` of its own. Without
    /// memory for it the namespace is one in which nothing is found and nothing stored; ask again later.
    ///
    /// ```
    /// use fetchwell::engine::{Bounds, Config, Insert, NamespaceDiffers, Partition, Scope, Store, Timestamp};
    ///
    /// let mut store = Store::new(Config::default());
    /// let thumbnails = store.namespace("thumbnails", Some(Bounds::entries(2)))?;
    /// assert_eq!(store.namespace("thumbnails", None), Ok(thumbnails)); // made once, found from then on
    /// for key in ["a", "b", "c"] {
    ///     let place = store.place(thumbnails, Partition::Shared);
    ///     let _ = store.insert(place, key, (), Insert::default(), Timestamp(0));
    /// }
    /// assert_eq!(store.size_of(Scope::Namespace(thumbnails)).0, 2);
    /// # Ok::<(), NamespaceDiffers>(())
    /// ```
    pub fn namespace(&mut self, name: &str, bounds: Option<Bounds>) -> Result<Namespace, NamespaceDiffers> {
        let bounds = bounds.map(countable);
        if name.is_empty() {
            let same = bounds.is_none_or(|bounds| bounds == self.bounds);
            return if same { Ok(Namespace::ROOT) } else { Err(NamespaceDiffers) };
        }
        if let Some((namespace, record)) = self.places.find_namespace(name) {
            if record.implied {
                return Ok(self.adopt(namespace, bounds).map_or(Namespace::NOWHERE, |()| namespace));
            }
            let same = bounds.is_none() || record.bounds == bounds;
            return if same { Ok(namespace) } else { Err(NamespaceDiffers) };
        }
        // Out of memory no other namespace may serve: the same key means something else there.
        Ok(self.add_namespace(name, bounds).unwrap_or(Namespace::NOWHERE))
    }

    fn add_namespace(&mut self, name: &str, bounds: Option<Bounds>) -> Result<Namespace, NoMemory> {
        let Some(own) = bounds else { return self.places.add_namespace(name, None, 0) };
        self.policy.reserve_pool()?;
        let namespace = self.places.add_namespace(name, bounds, 0)?;
        let pool = self.policy.add_pool(limits(own))?;
        if let Some(record) = self.places.namespace_mut(namespace.0) {
            record.pool = pool;
        }
        Ok(namespace)
    }

    /// Where the keys of one partition live in one namespace. Use it on each call: it is cheap, and the store may forget a place that
    /// you keep. A partition's name is 1 kB long at most; with a longer one the place is one that finds and stores nothing.
    ///
    /// The partition is a part of the key, and is charged like one: to each entry in it, with its name and 144 bytes (see
    /// [`Bounds::max_bytes`]). A place without entries costs nothing; empty ones are forgotten before they take much.
    ///
    /// ```
    /// use fetchwell::engine::{Config, Insert, Namespace, Partition, Store, Timestamp};
    ///
    /// let mut store = Store::new(Config::default());
    /// let place = store.place(Namespace::ROOT, Partition::Named("ada"));
    /// let _ = store.insert(place, "inbox", "3 letters", Insert::default(), Timestamp(0));
    /// let place = store.place(Namespace::ROOT, Partition::Named("ada")); // a later call
    /// assert_eq!(store.get(place, "inbox", Timestamp(1)), Some(&"3 letters"));
    /// ```
    pub fn place(&mut self, namespace: Namespace, partition: Partition<'_>) -> Place {
        if partition == Partition::Shared
            && let Some(number) = self.places.shared(namespace)
        {
            return Place { number, generation: self.places.at(number).generation };
        }
        let too_long = match partition {
            Partition::Shared => false,
            Partition::Named(name) | Partition::Credential(name) => name.len() > LONGEST_NAME,
        };
        if too_long {
            return Place { number: u32::MAX, generation: 0 };
        }
        let hash = self.keys.make();
        self.places.make(namespace, partition, hash).unwrap_or(Place { number: u32::MAX, generation: 0 })
    }

    /// Takes what went since the last call, oldest first. Use it, with [`Config::keep_removed`], to let go of what belongs to the
    /// values or to tell listeners; values are then dropped by you, outside the store. What went when there was no memory to keep it is
    /// not among them: it was dropped, and counted ([`Stats::removals_by`](super::Stats::removals_by)).
    ///
    /// ```
    /// use fetchwell::engine::{Config, Insert, Place, Scope, Store, Timestamp};
    ///
    /// let mut store = Store::new(Config { keep_removed: true, ..Config::default() });
    /// let _ = store.insert(Place::ROOT, "cover:7", "emma.png", Insert::default(), Timestamp(0));
    /// store.clear(Scope::All, Timestamp(1));
    /// let files: Vec<&str> = store.take_removed().into_iter().map(|removed| removed.value).collect();
    /// assert_eq!(files, ["emma.png"]);
    /// assert!(store.take_removed().is_empty());
    /// ```
    pub fn take_removed(&mut self) -> Vec<Removed<V>> {
        std::mem::take(&mut self.removed)
    }
}

/// Numbers of entries are 32 bits wide, and a few are taken.
const MAX_ENTRIES: usize = (u32::MAX >> 1) as usize;

/// What the keys of loads in flight may take up: an eighth of the bytes, and enough for the longest key in any case.
fn load_keys(bounds: Bounds) -> usize {
    usize::try_from(bounds.max_bytes / 8).unwrap_or(usize::MAX).max(2 * LONGEST_KEY)
}

/// A longer key is rejected as too large.
const LONGEST_KEY: usize = 64 << 10;

/// So many bytes that two of it can still be added.
const MAX_BYTES: u64 = 1 << 62;

/// Bounds that all sums stay below.
fn countable(bounds: Bounds) -> Bounds {
    let (max_entries, max_bytes) = (bounds.max_entries.clamp(1, MAX_ENTRIES), bounds.max_bytes.min(MAX_BYTES));
    Bounds { max_entries, max_bytes, ..bounds }
}

fn limits(bounds: Bounds) -> Limits {
    Limits { entries: bounds.max_entries, bytes: bounds.max_bytes }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_can_be_shared_and_sent_between_threads() {
        fn shared_and_sent<T: Send + Sync>() {}
        shared_and_sent::<Store<String>>();
    }

    #[test]
    fn the_empty_name_is_the_roots() {
        let mut store = Store::<u32>::new(Config::default());
        assert_eq!(store.namespace("", None), Ok(Namespace::ROOT));
        assert_eq!(store.namespace("", Some(Bounds::default())), Ok(Namespace::ROOT));
        assert_eq!(store.namespace("", Some(Bounds::entries(1))), Err(NamespaceDiffers));
    }
}
