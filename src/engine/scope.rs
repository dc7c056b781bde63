//! Where keys live, and what an invalidation means by "there".

/// A group of keys with a name, statistics and perhaps bounds of its own, under the budget of the whole.
///
/// Use one for each kind of thing (products, tests, bugs). [`Namespace::ROOT`] is where keys live that were given none.
///
/// ```
/// use fetchwell::engine::{Config, Insert, Namespace, NamespaceDiffers, Partition, Store, Timestamp};
///
/// let mut store = Store::new(Config::default());
/// let bugs = store.namespace("bugs", None)?;
/// let place = store.place(bugs, Partition::Shared);
/// let _ = store.insert(place, "7", "it blinks", Insert::default(), Timestamp(0));
/// assert_eq!(store.stats(Some(bugs), Timestamp(1)).sets, 1);
/// assert_eq!(store.stats(Some(Namespace::ROOT), Timestamp(1)).sets, 0);
/// assert_eq!((Namespace::ROOT.number(), bugs.number()), (0, 1));
/// # Ok::<(), NamespaceDiffers>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Namespace(pub(super) u32);

impl Namespace {
    /// The namespace of keys that were given none. Use it where all keys are of one kind.
    pub const ROOT: Self = Self(0);
    /// One in which nothing is found and nothing stored.
    pub(crate) const NOWHERE: Self = Self(u32::MAX);

    /// Its number: 0 for the root, then in order of creation. Use it as an index of what belongs to namespaces.
    pub fn number(self) -> u32 {
        self.0
    }
}

/// Whose keys they are. Use a named one for each user or tenant whose data must not mix. The partition is a field of the key, not a part
/// of its text: no text can reach into another partition.
///
/// ```
/// use fetchwell::engine::{Config, Insert, Namespace, Partition, Store, Timestamp};
///
/// let mut store = Store::new(Config::default());
/// let ada = store.place(Namespace::ROOT, Partition::Named("ada"));
/// let bob = store.place(Namespace::ROOT, Partition::Named("bob"));
/// let _ = store.insert(ada, "inbox", "3 letters", Insert::default(), Timestamp(0));
/// assert_eq!(store.get(ada, "inbox", Timestamp(1)), Some(&"3 letters"));
/// assert_eq!(store.get(bob, "inbox", Timestamp(1)), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Partition<'a> {
    /// Everybody's.
    #[default]
    Shared,
    /// One user's or tenant's, by a name the application chose.
    Named(&'a str),
    /// Of requests that carried this credential (its keyed hash, never the credential itself).
    Credential(&'a str),
}

/// One namespace and one partition in it: where a key is looked up.
///
/// Use [`Place::ROOT`], or ask [`Store::place`](super::Store::place), best on each call: it is cheap. A place stays known while it holds
/// entries or loads; an empty one that is not [`Partition::Shared`] is forgotten when a thousand others were emptied or asked for since,
/// or fewer whose names are long. A forgotten place finds nothing and stores nothing; it never means another one. A place belongs to the
/// store that gave it.
///
/// ```
/// use fetchwell::engine::{Config, Insert, Namespace, Partition, Place, Store, Timestamp};
///
/// let mut store = Store::new(Config::default());
/// assert_eq!(store.place(Namespace::ROOT, Partition::Shared), Place::ROOT);
/// let _ = store.insert(Place::ROOT, "motd", "Hello", Insert::default(), Timestamp(0));
/// let adas = store.place(Namespace::ROOT, Partition::Named("ada"));
/// assert_eq!(store.get(adas, "motd", Timestamp(1)), None); // the same text, another place
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Place {
    pub(super) number: u32,
    pub(super) generation: u32,
}

impl Place {
    /// The root namespace, everybody's partition. Use it where nothing has to be kept apart.
    pub const ROOT: Self = Self { number: 0, generation: 0 };
    /// Where nothing is found and nothing stored.
    #[cfg(any(test, all(target_arch = "wasm32", feature = "bindings")))]
    pub(crate) const NOWHERE: Self = Self { number: u32::MAX, generation: 0 };
}

/// Which keys an operation may reach. Use the widest that a change of data concerns: mostly a namespace, for a user's own data a place.
///
/// ```
/// use fetchwell::engine::{Config, How, Insert, NamespaceDiffers, Partition, Scope, Selector, Store, Timestamp};
///
/// let mut store = Store::new(Config::default());
/// let bugs = store.namespace("bugs", None)?;
/// for partition in [Partition::Shared, Partition::Named("ada"), Partition::Named("bob")] {
///     let place = store.place(bugs, partition);
///     let _ = store.insert(place, "7", "it blinks", Insert::default(), Timestamp(0));
/// }
/// let mut would_take = |scope| store.invalidate(scope, Selector::Key("7"), How::DRY_RUN, Timestamp(1));
/// assert_eq!(would_take(Scope::Namespace(bugs)), 3);
/// assert_eq!(would_take(Scope::Partition(Partition::Named("ada"))), 1);
/// # Ok::<(), NamespaceDiffers>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope<'a> {
    /// Every namespace, every partition.
    All,
    /// One namespace with all its partitions.
    Namespace(Namespace),
    /// One partition in every namespace.
    Partition(Partition<'a>),
    /// One partition in one namespace.
    Place(Place),
}

/// Which entries are meant, inside a [`Scope`]. Use `Segment` for keys made of parts, `Tag` for what no key tells.
///
/// ```
/// use fetchwell::engine::{Config, Insert, Place, Scope, Selector, Store, Timestamp};
///
/// let mut store = Store::new(Config::default());
/// for (key, tags) in [("user:1", &["paying"][..]), ("user:1:name", &[]), ("user:10", &["paying"])] {
///     let _ = store.insert(Place::ROOT, key, (), Insert { tags, ..Insert::default() }, Timestamp(0));
/// }
/// let mut chosen = |what| store.keys(Scope::All, what, Timestamp(1)).len();
/// assert_eq!((chosen(Selector::Key("user:1")), chosen(Selector::Prefix("user:1"))), (1, 3));
/// assert_eq!((chosen(Selector::Segment("user:1")), chosen(Selector::Glob("user:*"))), (2, 2));
/// assert_eq!((chosen(Selector::Tag("paying")), chosen(Selector::All)), (2, 3));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Selector<'a> {
    /// All of them.
    All,
    /// The key with this text, in each partition that has one.
    Key(&'a str),
    /// Keys that begin with this text, wherever it ends: `user:1` means `user:10` too.
    Prefix(&'a str),
    /// This key and every key below it: `user:1` means `user:1` and `user:1:name`, not `user:10`.
    Segment(&'a str),
    /// Entries that carry this tag. Looks at all that do, in whatever scope.
    Tag(&'a str),
    /// Keys that match this pattern (see [`Glob`](super::Glob)). Looks at all keys that begin as it does before its first wildcard.
    Glob(&'a str),
}

/// How to invalidate. Use [`How::DRY_RUN`] to see first, [`How::SOFT`] where an old answer is better than none while a new one is loaded.
///
/// ```
/// use fetchwell::engine::{Config, How, Insert, Place, Scope, Selector, Store, Timestamp};
///
/// let mut store = Store::new(Config::default());
/// let _ = store.insert(Place::ROOT, "books:7", "Emma", Insert::default(), Timestamp(0));
/// assert_eq!(store.invalidate(Scope::All, Selector::All, How::DRY_RUN, Timestamp(1)), 1);
/// assert_eq!(store.invalidate(Scope::All, Selector::All, How::SOFT, Timestamp(1)), 1);
/// assert_eq!(store.get(Place::ROOT, "books:7", Timestamp(2)), None);
/// assert_eq!(store.get_stale(Place::ROOT, "books:7", Timestamp(2)), Some(&"Emma"));
/// store.invalidate(Scope::All, Selector::All, How::HARD, Timestamp(3));
/// assert_eq!(store.get_stale(Place::ROOT, "books:7", Timestamp(4)), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct How {
    /// Make entries stale instead of removing them.
    pub soft: bool,
    /// Only count; change and fence nothing.
    pub dry_run: bool,
}

impl How {
    /// Remove them. The default: use it when the old answer is wrong.
    pub const HARD: Self = Self { soft: false, dry_run: false };
    /// Make them stale: windows count from now, without a window they serve `get_stale` until their old deadline. Use it when the old
    /// answer still does for a while.
    pub const SOFT: Self = Self { soft: true, dry_run: false };
    /// Count what would go. Use it to try a selector out.
    pub const DRY_RUN: Self = Self { soft: false, dry_run: true };
}
