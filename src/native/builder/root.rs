//! How a cache is set up.

use super::made::Made;
use super::setup::{Setup, shared_words};
use super::size::Size;
use crate::cache::{Lifetime, Policy, Retry};
use crate::engine::{Bounds, Config, Namespace, Store};
use crate::error::{Code, Error};
use crate::native::body::{Body, Core};
use crate::native::cache::Cache;
use crate::native::clock::{Clock, HostClock};
use crate::native::codec::Codec;
use crate::native::form::{Cloned, Form, Shared};
use crate::native::runtime::Runtime;
use crate::native::space::{AnyCodec, Spot};
use std::hash::{BuildHasher, RandomState};
use std::marker::PhantomData;
use std::sync::Arc;

impl<V: Send + Sync + 'static> Cache<V, Cloned> {
    /// A cache for so many entries (one at least), of 16 MiB and without a lifetime. Use it where that is all there is to say.
    ///
    /// ```
    /// use fetchwell::Cache;
    ///
    /// let squares = Cache::<u64>::new(1_000);
    /// squares.insert(12, 144);
    /// assert_eq!(squares.get(12), Some(144));
    /// ```
    #[must_use]
    pub fn new(max_entries: usize) -> Self
    where
        V: Clone,
    {
        match Self::builder().max_entries(max_entries.max(1)).build() {
            Ok(cache) => cache,
            Err(fault) => unreachable!("nothing else was said: {fault}"),
        }
    }

    /// A cache of these values, to be set up: 1 000 entries, 16 MiB, no lifetime, unless said otherwise. Use it at the start of a program.
    pub fn builder() -> Builder<V, Cloned> {
        Builder::new()
    }
}

/// Sets up a [`Cache`]. What is wrong is told by [`Builder::build`], by the name of the option.
///
/// Use it through [`Cache::builder`]. Each bound that is not given is the usual one: 1 000 entries, 16 MiB, 1 MiB for one value; without
/// `ttl` values stay until they are evicted or invalidated.
///
/// ```
/// use fetchwell::{Builder, Cache, Shared};
///
/// /// What all caches of this server have in common.
/// fn usual<V: Send + Sync + 'static>(name: &str) -> Builder<V, Shared> {
///     let is_on = std::env::var_os("NO_CACHE").is_none();
///     Cache::builder().shared().name(name).separator("/").eager_prefix_index().enabled(is_on)
/// }
///
/// let lists = usual::<Vec<u64>>("lists")
///     .max_entry_bytes("1kb")
///     .weigher(|_key, list| (list.len() * size_of::<u64>()) as u64)
///     .tagger(|_key, list| list.iter().map(|id| format!("book {id}")).collect())
///     .build()?;
/// assert!(lists.insert(("new", "today"), vec![7, 12]));
/// assert!(!lists.insert("all", vec![0; 129])); // too heavy
/// assert_eq!(lists.keys(""), ["new/today".into()]);
/// assert_eq!(lists.invalidate_tag("book 7"), 1);
/// # Ok::<(), fetchwell::Error>(())
/// ```
#[must_use = "a builder does nothing until `build`"]
pub struct Builder<V, F = Cloned> {
    setup: Setup<V>,
    name: Box<str>,
    separator: Box<str>,
    eager_prefix_index: bool,
    enabled: bool,
    clock: Option<Box<dyn Clock>>,
    runtime: Option<Arc<dyn Runtime>>,
    form: PhantomData<fn() -> F>,
}

impl<V, F> std::fmt::Debug for Builder<V, F> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Builder")
            .field("name", &self.name)
            .field("policy", &self.setup.policy)
            .finish_non_exhaustive()
    }
}

impl<V: Send + Sync + 'static> Builder<V, Cloned> {
    pub(super) fn new() -> Self {
        Self {
            setup: Setup::default(),
            name: "default".into(),
            separator: ":".into(),
            eager_prefix_index: false,
            enabled: true,
            clock: None,
            runtime: None,
            form: PhantomData,
        }
    }
}

impl<V: Send + Sync + 'static, F> Builder<V, F> {
    shared_words!();

    /// Gives values out as `Arc<V>` in place of clones. Use it for large values, and for those that cannot be cloned.
    pub fn shared(self) -> Builder<V, Shared> {
        let Self { setup, name, separator, eager_prefix_index, enabled, clock, runtime, .. } = self;
        Builder { setup, name, separator, eager_prefix_index, enabled, clock, runtime, form: PhantomData }
    }

    /// The name in metrics; `default`, if none is given. Use it where a process has several caches.
    pub fn name(mut self, name: &str) -> Self {
        self.name = name.into();
        self
    }

    /// What stands between the parts of a key; `:`, if nothing else is said. Use it where keys are made elsewhere in another way.
    pub fn separator(mut self, separator: &str) -> Self {
        self.separator = separator.into();
        self
    }

    /// Keeps the prefix index from the start, in place of building it when a prefix is first asked for. Use it where that first call
    /// must not take longer than the rest.
    pub fn eager_prefix_index(mut self) -> Self {
        self.eager_prefix_index = true;
        self
    }

    /// `false` lets everything through: nothing is stored or joined, statistics still count. Use it to switch a cache off by
    /// configuration.
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// The clock. Use it in tests, with [`ManualClock`](crate::ManualClock).
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Some(Box::new(clock));
        self
    }

    /// What runs work on the side and waits. `swr`, `refresh_ahead`, `soft_timeout`, `timeout` and `retry` need one. Use
    /// `Tokio` (feature `tokio`), or [`Functions`](crate::Functions).
    ///
    /// ```
    /// use fetchwell::{Cache, Functions, ManualClock};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// // In a test: on the side is at once, and time passes by hand.
    /// let clock = ManualClock::new();
    /// let timer = clock.clone();
    /// let runtime = Functions::new(|task| smol::block_on(task), move |time| timer.sleep(time));
    /// let books = Cache::<u32>::builder().ttl("1m").swr("5m").clock(clock.clone()).runtime(runtime).build()?;
    /// books.insert("a", 1);
    /// clock.advance("2m");
    /// assert_eq!(books.get_or_set_blocking("a", |_| 2)?, 1); // the old value, and behind it …
    /// assert_eq!(books.get("a"), Some(2)); // … the new one
    /// # Ok(()) }
    /// ```
    pub fn runtime(mut self, runtime: impl Runtime) -> Self {
        self.runtime = Some(Arc::new(runtime));
        self
    }
}

impl<V: Send + Sync + 'static, F: Form<V>> Builder<V, F> {
    /// Makes the cache, or tells which option is wrong. Use it at the end.
    pub fn build(self) -> Result<Cache<V, F>, Error> {
        let Self { setup, name, separator, eager_prefix_index, enabled, clock, runtime, .. } = self;
        if separator.is_empty() {
            return Err(Error::about("separator", Code::InvalidOption, "must not be empty"));
        }
        let defaults = Bounds::default();
        let bounds = setup.bounds.map_or(defaults, |given| given_or(given, defaults));
        let config = |bounds| Config {
            bounds,
            separator: separator.clone(),
            eager_prefix_index,
            keep_removed: true,
            ..Config::seeded(random_seed)
        };
        let made = Made::new(setup, &Policy::new(), Some(bounds), runtime.as_ref())?;
        let most = bounds.max_bytes / FAILURES_SHARE;
        let failures = config(Bounds { max_entries: FAILURES, max_bytes: most, max_entry_bytes: most });
        let mut core =
            Core::new(Store::new(config(bounds)), Store::new(Config { eager_prefix_index: false, ..failures }));
        let space = made.add("", Namespace::ROOT, &mut core);
        let clock = clock.unwrap_or_else(|| Box::new(HostClock::new()));
        let body = Body::new(core, clock, runtime, (name, separator), enabled);
        Cache::of(Arc::new(body), Spot { space, partition: None })
    }
}

/// Bounds that were given, and the defaults where none was.
fn given_or(given: Bounds, defaults: Bounds) -> Bounds {
    let or = |given, default| if given == u64::MAX { default } else { given };
    Bounds {
        max_entries: if given.max_entries == usize::MAX { defaults.max_entries } else { given.max_entries },
        max_bytes: or(given.max_bytes, defaults.max_bytes),
        max_entry_bytes: or(given.max_entry_bytes, defaults.max_entry_bytes),
    }
}

/// No more failures are remembered, nor more than this part of the bytes, beside those of the values.
const FAILURES: usize = 1_000;
const FAILURES_SHARE: u64 = 8;

/// 128 bits from the operating system.
fn random_seed() -> (u64, u64) {
    let random = RandomState::new();
    (random.hash_one(0_u8), random.hash_one(1_u8))
}
