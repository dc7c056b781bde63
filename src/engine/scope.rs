//! Where keys live, and what an invalidation means by "there".

/// A group of keys with a name, statistics and perhaps bounds of its own, under the budget of the whole.
///
/// Use one for each kind of thing (products, tests, bugs). [`Namespace::ROOT`] is where keys live that were given none.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Namespace(pub(super) u32);

impl Namespace {
    /// The namespace of keys that were given none.
    pub const ROOT: Self = Self(0);

    /// Its number: 0 for the root, then in order of creation. Use it as an index of what belongs to namespaces.
    pub fn number(self) -> u32 {
        self.0
    }
}

/// Whose keys they are. Use a named one for each user or tenant whose data must not mix. The partition is a field of the key, not a part of its text: no text can reach into another partition.
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
/// Get it from [`Store::place`](super::Store::place), best on each call: it is cheap. A place stays known while it holds entries or loads;
/// an empty one that is not [`Partition::Shared`] is forgotten when a thousand newer ones were emptied. A forgotten place finds nothing
/// and stores nothing; it never means another one. A place belongs to the store that gave it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Place {
    pub(super) number: u32,
    pub(super) generation: u32,
}

impl Place {
    /// The root namespace, everybody's partition.
    pub const ROOT: Self = Self { number: 0, generation: 0 };
}

/// Which keys an operation may reach. Use the widest that a change of data concerns: mostly a namespace, for a user's own data a place.
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
    /// Entries that carry this tag.
    Tag(&'a str),
    /// Keys that match this pattern (see [`Glob`](super::Glob)).
    Glob(&'a str),
}

/// How to invalidate. Use [`How::DRY_RUN`] to see first, [`How::SOFT`] where an old answer is better than none while a new one is loaded.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct How {
    /// Make entries stale instead of removing them.
    pub soft: bool,
    /// Only count; change and fence nothing.
    pub dry_run: bool,
}

impl How {
    /// Remove them. The default.
    pub const HARD: Self = Self { soft: false, dry_run: false };
    /// Make them stale: windows count from now, without a window they serve `get_stale` until their old deadline.
    pub const SOFT: Self = Self { soft: true, dry_run: false };
    /// Count what would go.
    pub const DRY_RUN: Self = Self { soft: false, dry_run: true };
}
