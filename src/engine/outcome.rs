//! The answers of the cache: each says what happened and why, in the words that statistics and events use too.

/// Why a request found nothing. Use it to tell a cache that is too small (`Evicted`) from one whose lifetimes are too short (`Expired`).
///
/// ```
/// use fetchwell::engine::{Config, Insert, Lookup, MissReason, Place, Span, Store, Terms, Timestamp};
///
/// let mut store = Store::new(Config::default());
/// assert_eq!(store.lookup(Place::ROOT, "books:7", Timestamp(0)), Lookup::Miss(MissReason::Cold));
/// let _ = store.insert(Place::ROOT, "books:7", "Emma", Insert::on(Terms::ttl(Span::secs(1))), Timestamp(0));
/// assert_eq!(store.lookup(Place::ROOT, "books:7", Timestamp(1_000)), Lookup::Miss(MissReason::Expired));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum MissReason {
    /// Never stored, or so long ago that nothing is known of it.
    Cold,
    /// Its lifetime or idle time ran out.
    Expired,
    /// It had to make room.
    Evicted,
    /// Somebody invalidated, deleted or replaced it.
    Invalidated,
    /// Stored, but for a request that differs where the response varies.
    Vary,
    /// The request was told not to look.
    Bypass,
}

impl MissReason {
    /// All of them, in the order in which [`Stats`](super::Stats) counts them. Use it to show them side by side.
    ///
    /// ```
    /// use fetchwell::engine::{MissReason, Stats};
    ///
    /// let stats = Stats::default(); // or those of a store
    /// let shown = MissReason::ALL.map(|reason| format!("{} {}", reason.word(), stats.misses_by(reason)));
    /// assert_eq!(shown.join(", "), "cold 0, expired 0, evicted 0, invalidated 0, vary 0, bypass 0");
    /// ```
    pub const ALL: [Self; 6] = [Self::Cold, Self::Expired, Self::Evicted, Self::Invalidated, Self::Vary, Self::Bypass];

    /// The word for it in statistics, events and metrics. Use it as a label: it stays the same.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Cold => "cold",
            Self::Expired => "expired",
            Self::Evicted => "evicted",
            Self::Invalidated => "invalidated",
            Self::Vary => "vary",
            Self::Bypass => "bypass",
        }
    }
}

/// Why a request found nothing, and whether a larger or longer-lived cache would have had it: for the statistics.
///
/// Use it to count a miss that is answered later: ask for it with [`Store::why_missing`](super::Store::why_missing) *before* the value is
/// loaded, and give it to [`Counted::Miss`](super::Counted::Miss) after. A bare [`MissReason`] does where nothing was looked up.
///
/// ```
/// use fetchwell::engine::{MissReason, Why};
///
/// assert_eq!(Why::from(MissReason::Bypass).reason(), MissReason::Bypass);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Why {
    pub(super) reason: MissReason,
    pub(super) what_if: WhatIf,
}

impl Why {
    /// The reason alone. Use it to tell people.
    pub const fn reason(self) -> MissReason {
        self.reason
    }
}

impl Why {
    /// As a number, for hosts that cannot hold it otherwise: the reason's place among all, then the two bits of what would have helped.
    #[cfg(any(test, all(target_arch = "wasm32", feature = "bindings")))]
    pub(crate) fn pack(self) -> u32 {
        let place = MissReason::ALL.iter().position(|reason| *reason == self.reason).unwrap_or(0);
        let bits = u32::from(self.what_if.double_size) | u32::from(self.what_if.double_ttl) << 1;
        u32::try_from(place).unwrap_or(0) | bits << 3
    }

    /// What was packed.
    #[cfg(any(test, all(target_arch = "wasm32", feature = "bindings")))]
    pub(crate) fn unpack(number: u32) -> Self {
        let reason = MissReason::ALL.get(number as usize & 7).copied().unwrap_or(MissReason::Cold);
        let what_if = WhatIf { double_size: number >> 3 & 1 == 1, double_ttl: number >> 4 & 1 == 1 };
        Self { reason, what_if }
    }
}

impl From<MissReason> for Why {
    fn from(reason: MissReason) -> Self {
        Self { reason, what_if: WhatIf::default() }
    }
}

/// A miss in a larger or longer-lived cache would have been a hit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct WhatIf {
    pub(super) double_size: bool,
    pub(super) double_ttl: bool,
}

/// Why an entry went. Use it to tell entries that were wanted no longer from those there was no room for.
///
/// ```
/// use fetchwell::engine::{Config, Insert, Place, RemovalCause, Store, Timestamp};
///
/// let mut store = Store::new(Config { keep_removed: true, ..Config::default() });
/// let _ = store.insert(Place::ROOT, "books:7", "Emma", Insert::default(), Timestamp(0));
/// store.remove(Place::ROOT, "books:7", Timestamp(1));
/// assert_eq!(store.take_removed()[0].cause, RemovalCause::Invalidated);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum RemovalCause {
    /// Its lifetime and windows ended.
    Expired,
    /// Nobody asked for it during its idle time.
    Idle,
    /// Room was needed.
    Evicted,
    /// Somebody invalidated, deleted or dropped it.
    Invalidated,
    /// A newer value came, or was offered and rejected.
    Replaced,
}

impl RemovalCause {
    /// All of them, in the order in which [`Stats`](super::Stats) counts them. Use it to show them side by side.
    ///
    /// ```
    /// use fetchwell::engine::RemovalCause;
    /// let words = RemovalCause::ALL.map(RemovalCause::word);
    /// assert_eq!(words, ["expired", "idle", "evicted", "invalidated", "replaced"]);
    /// ```
    pub const ALL: [Self; 5] = [Self::Expired, Self::Idle, Self::Evicted, Self::Invalidated, Self::Replaced];

    /// The word for it in statistics, events and metrics. Use it as a label: it stays the same.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Idle => "idle",
            Self::Evicted => "evicted",
            Self::Invalidated => "invalidated",
            Self::Replaced => "replaced",
        }
    }
}

/// Why a value was not stored. Use it to warn about values that can never be cached.
///
/// ```
/// use fetchwell::engine::{Config, Insert, Inserted, Place, RejectReason, Span, Store, Terms, Timestamp};
///
/// let mut store = Store::new(Config::default());
/// let offered = store.insert(Place::ROOT, "books:7", "Emma", Insert::on(Terms::ttl(Span::ZERO)), Timestamp(0));
/// assert_eq!(offered, Inserted::Rejected(RejectReason::TtlZero));
/// assert_eq!(RejectReason::TtlZero.word(), "ttl-0");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum RejectReason {
    /// It is heavier than a bound allows, or its key longer than 64 kB; or there was no room for its key, because memory was refused or
    /// because hundreds of keys were made to collide.
    TooLarge,
    /// Its lifetime is zero.
    TtlZero,
    /// Its load began before an invalidation, a newer value or a drop that concerns it; or its place was forgotten.
    Fenced,
}

impl RejectReason {
    /// The word for it in events and metrics. Use it as a label: it stays the same.
    pub const fn word(self) -> &'static str {
        match self {
            Self::TooLarge => "too-large",
            Self::TtlZero => "ttl-0",
            Self::Fenced => "fenced",
        }
    }
}

/// What became of a value that was offered. Use it where a value that is not stored has to be handled otherwise.
///
/// ```
/// use fetchwell::engine::{Config, Insert, Inserted, Place, Store, Timestamp};
///
/// let mut store = Store::new(Config::default());
/// let offered = store.insert(Place::ROOT, "books:7", "Emma", Insert::default(), Timestamp(0));
/// assert!(offered.is_stored());
/// if let Inserted::Rejected(reason) = offered {
///     eprintln!("books:7 is not cached: {}", reason.word());
/// }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[must_use = "a rejected value is not in the cache"]
pub enum Inserted {
    /// It is in the cache.
    Stored,
    /// It is not, and an older value under its key is gone as well (not for `Fenced`, where the older *load* loses).
    Rejected(RejectReason),
}

impl Inserted {
    /// Is it in the cache? Use it where the reason does not matter.
    pub fn is_stored(self) -> bool {
        self == Self::Stored
    }
}

/// What a look-up found. Use it to decide between serving, loading anew and both.
///
/// ```
/// use fetchwell::engine::{Config, Insert, Lookup, Place, Span, Store, Terms, Timestamp};
///
/// let mut store = Store::new(Config::default());
/// let terms = Terms { swr: Span::mins(10), ..Terms::ttl(Span::mins(5)) };
/// let _ = store.insert(Place::ROOT, "books:7", "Emma", Insert::on(terms), Timestamp(0));
/// let next_step = match store.lookup(Place::ROOT, "books:7", Timestamp(300_000)) {
///     Lookup::Fresh(_) => "serve",
///     Lookup::Stale(stale) if stale.while_revalidating => "serve and load anew",
///     Lookup::Stale(_) | Lookup::Dormant(_) | Lookup::Miss(_) => "load",
/// };
/// assert_eq!(next_step, "serve and load anew");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lookup<'a, V> {
    /// A fresh value: serve it.
    Fresh(&'a V),
    /// A value past its lifetime: what it may be served for stands beside it.
    Stale(Stale<'a, V>),
    /// A value past every window: only to be revalidated, or served to those who take anything.
    Dormant(&'a V),
    /// Nothing, and why.
    Miss(MissReason),
}

impl<'a, V> Lookup<'a, V> {
    /// The value if it is fresh. Use it where stale values are of no use.
    ///
    /// ```
    /// use fetchwell::engine::{Lookup, MissReason};
    /// assert_eq!(Lookup::Fresh(&"Emma").fresh(), Some(&"Emma"));
    /// assert_eq!(Lookup::<&str>::Miss(MissReason::Cold).fresh(), None);
    /// ```
    pub fn fresh(self) -> Option<&'a V> {
        match self {
            Self::Fresh(value) => Some(value),
            Self::Stale(_) | Self::Dormant(_) | Self::Miss(_) => None,
        }
    }
}

/// A value past its lifetime. With both windows closed it was soft-invalidated and is for `get_stale` and revalidation only.
///
/// Use `while_revalidating` before a load begins, and `if_error` when it has failed.
///
/// ```
/// use fetchwell::engine::{Config, Insert, Lookup, Place, Span, Stale, Store, Terms, Timestamp};
///
/// let mut store = Store::new(Config::default());
/// let terms = Terms { stale_if_error: Span::hours(1), ..Terms::ttl(Span::mins(5)) };
/// let _ = store.insert(Place::ROOT, "books:7", "Emma", Insert::on(terms), Timestamp(0));
/// let found = store.lookup(Place::ROOT, "books:7", Timestamp(300_000));
/// assert_eq!(found, Lookup::Stale(Stale { value: &"Emma", while_revalidating: false, if_error: true }));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stale<'a, V> {
    /// The value.
    pub value: &'a V,
    /// May it be served while it is loaded anew?
    pub while_revalidating: bool,
    /// May it be served when the load fails?
    pub if_error: bool,
}

/// An entry that went, with what was in it. Use it to let go of what belongs to the value, or to tell listeners.
///
/// ```
/// use fetchwell::engine::{Config, Insert, Place, RemovalCause, Removed, Store, Timestamp};
///
/// let mut store = Store::new(Config { keep_removed: true, ..Config::default() });
/// let _ = store.insert(Place::ROOT, "cover:7", "old.png", Insert::default(), Timestamp(0));
/// let _ = store.insert(Place::ROOT, "cover:7", "new.png", Insert::default(), Timestamp(1));
/// for Removed { key, value, cause, .. } in store.take_removed() {
///     assert_eq!((&*key, value, cause), ("cover:7", "old.png", RemovalCause::Replaced));
/// }
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Removed<V> {
    /// Where it lived.
    pub namespace: super::scope::Namespace,
    /// Its key.
    pub key: Box<str>,
    /// Its value.
    pub value: V,
    /// Why it went.
    pub cause: RemovalCause,
}
