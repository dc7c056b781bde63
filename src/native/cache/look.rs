//! Looking on: entries, sizes, statistics, metrics, events.

use super::Cache;
use crate::cache::{Description, MetricNames, describe, open_metrics};
use crate::engine::{EntryInfo, Freshness, Namespace, Place, Scope, Selector, Span, Stats, Store, Timestamp};
use crate::error::{Code, Error};
use crate::native::events::{Event, Subscription};
use crate::native::form::Form;
use crate::native::key::Key;
use crate::native::space::{Held, Reach};
use std::sync::Arc;

/// What is known of an entry. Use it to show or to decide by times, tags or size.
///
/// ```
/// use fetchwell::{Cache, Entry, ManualClock, engine::Span};
///
/// let clock = ManualClock::new();
/// let books = Cache::<u32>::builder().ttl("5m").tags(["drafts"]).clock(clock.clone()).build()?;
/// books.insert("books:7", 1);
/// clock.advance("1m");
/// for Entry { key, age, left, tags, .. } in books.entries("books:") {
///     assert_eq!((&*key, age, left), ("books:7", Span::mins(1), Span::mins(4)));
///     assert_eq!(tags, ["drafts".into()]);
/// }
/// # assert_eq!(books.len(), 1);
/// # Ok::<(), fetchwell::Error>(())
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct Entry<T> {
    /// Its key.
    pub key: Box<str>,
    /// Its value, as the cache gives values out.
    pub value: T,
    /// Fresh or stale.
    pub state: Freshness,
    /// When its value was stored.
    pub created_at: Timestamp,
    /// When it expires or expired; `None` is never. Idle time does not show here.
    pub expires_at: Option<Timestamp>,
    /// How long ago it was stored.
    pub age: Span,
    /// What is left of its lifetime: nothing when it is stale, [`Span::FOREVER`] when it never expires.
    pub left: Span,
    /// What it counts for: value, key, tags and overhead.
    pub bytes: u64,
    /// Its tags.
    pub tags: Vec<Box<str>>,
    /// About how often it was asked for since it was stored: saturates at 4; 0 is never.
    pub hits: u8,
}

/// An entry as it was found under the lock.
pub(super) struct Found {
    pub(super) place: Place,
    pub(super) held: Held,
    entry: Entry<()>,
}

impl Found {
    pub(super) fn of(info: &EntryInfo<'_, Held>) -> Self {
        let entry = Entry {
            key: info.key.into(),
            value: (),
            state: info.state,
            created_at: info.created_at,
            expires_at: info.expires_at,
            age: Span::ms(info.age),
            left: info.remaining.map_or(Span::FOREVER, |left| Span::ms(u64::try_from(left).unwrap_or(0))),
            bytes: info.bytes,
            tags: info.tags.iter().map(Box::from).collect(),
            hits: info.hits,
        };
        Self { place: info.place, held: info.value.clone(), entry }
    }
}

impl<V: Send + Sync + 'static, F: Form<V>> Cache<V, F> {
    /// What is known of an entry that a reader could be given: fresh, or stale inside a window. Moves nothing. Use it for tools, and to
    /// tell how old an answer is.
    pub fn entry<'k>(&self, key: impl Into<Key<'k>>) -> Option<Entry<F::Out>> {
        let key = key.into();
        let found = {
            let (core, now) = self.body.look();
            let place = self.spot.seen(&core.store)?;
            Found::of(&core.store.entry(place, &key.text(&self.body.separator), now)?)
        };
        self.entry_of(found)
    }

    /// The entries below a prefix (`""` is all), in no particular order. Moves nothing. Use it for listings; its cost follows what it
    /// finds.
    pub fn entries<'k>(&self, prefix: impl Into<Key<'k>>) -> Vec<Entry<F::Out>> {
        self.found(&prefix.into()).into_iter().filter_map(|found| self.entry_of(found)).collect()
    }

    /// The keys below a prefix (`""` is all), in no particular order. Moves nothing. Use it where the keys are enough.
    pub fn keys<'k>(&self, prefix: impl Into<Key<'k>>) -> Vec<Box<str>> {
        self.below(&prefix.into(), |store, scope, what, now| {
            store.keys(scope, what, now).into_iter().map(Into::into).collect()
        })
    }

    fn found(&self, prefix: &Key<'_>) -> Vec<Found> {
        self.below(prefix, |store, scope, what, now| store.entries(scope, what, now).iter().map(Found::of).collect())
    }

    /// Lists what is below a prefix in the handle's own partition: the shared one, where it has none.
    fn below<R>(
        &self,
        prefix: &Key<'_>,
        list: impl FnOnce(&mut Store<Held>, Scope<'_>, Selector<'_>, Timestamp) -> R,
    ) -> R {
        let text = prefix.text(&self.body.separator);
        self.body.change(|core, now| {
            let scope = Scope::Place(self.spot.place(&mut core.store));
            list(&mut core.store, scope, prefix.as_prefix(&text), now)
        })
    }

    pub(super) fn entry_of(&self, found: Found) -> Option<Entry<F::Out>> {
        let Found { held, entry, .. } = found;
        let value = self.out(held)?;
        let Entry { key, state, created_at, expires_at, age, left, bytes, tags, hits, .. } = entry;
        Some(Entry { key, value, state, created_at, expires_at, age, left, bytes, tags, hits })
    }

    /// How many entries are held, dead ones that were not taken out yet included. A root counts its namespaces, a handle on a partition
    /// only its own. Use it for gauges.
    pub fn len(&self) -> usize {
        self.held().0
    }

    /// Is nothing held? Use it in tests.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes are held: values as weighed, keys, tags and an amount for each entry. Use it for gauges.
    pub fn bytes(&self) -> u64 {
        self.held().1
    }

    fn held(&self) -> (usize, u64) {
        self.body.change(|core, _| {
            let scope = self.spot.scope(Reach::Whole, &mut core.store);
            core.store.size_of(scope)
        })
    }

    /// How many loads are in flight in the whole cache. Use it for gauges, and in tests to see that none is left behind.
    pub fn loads_in_flight(&self) -> usize {
        self.body.look().0.flights.len()
    }

    /// The statistics of this namespace; a root's are those of the whole. Use it for metrics, and to see why a cache misses.
    pub fn stats(&self) -> Stats {
        self.body.counted(|core, now| core.store.stats(self.counts(), now))
    }

    /// Whose counters are this handle's: its namespace's, or a root's the whole.
    fn counts(&self) -> Option<Namespace> {
        Some(self.spot.space.namespace).filter(|namespace| *namespace != Namespace::ROOT)
    }

    /// Starts the counters from zero. Use it after a warm-up; rates taken across it are broken.
    pub fn reset_stats(&self) {
        self.body.counted(|core, _| core.store.reset_stats(self.counts()));
    }

    /// How well the cache does, in words. Use it in logs and health pages.
    pub fn describe(&self) -> Description {
        describe(&self.stats())
    }

    /// The statistics as `OpenMetrics` text, with one series for each namespace: what `/metrics` answers, with content type
    /// `application/openmetrics-text; version=1.0.0; charset=utf-8`. Read when it is called, so never old. Use it in servers that
    /// Prometheus looks at.
    ///
    /// ```
    /// use fetchwell::Cache;
    ///
    /// let root = Cache::<()>::builder().name("shop").build()?;
    /// let books = root.namespace::<u32>("books").build()?;
    /// books.insert("a", 1);
    /// books.get("a");
    /// let text = root.metrics();
    /// assert!(text.contains("cache_hits_total{cache=\"shop\"} 0\ncache_hits_total{cache=\"books\"} 1\n"));
    /// # Ok::<(), fetchwell::Error>(())
    /// ```
    pub fn metrics(&self) -> String {
        self.series(MetricNames::default())
    }

    /// The same under other names. Names that are not legal are an error. Use it where metrics have a prefix of their own.
    pub fn metrics_as(&self, names: MetricNames<'_>) -> Result<String, Error> {
        match names.fault() {
            Some(field) => Err(Error::about(field, Code::InvalidOption, "not a legal name for metrics")),
            None => Ok(self.series(names)),
        }
    }

    /// A root shows itself under its name and each of its namespaces; their sum is its `stats`. A namespace shows itself.
    fn series(&self, names: MetricNames<'_>) -> String {
        let own = self.spot.space.namespace;
        let series = self.body.counted(|core, now| {
            let mut series: Vec<(String, Stats)> = Vec::new();
            for space in core.spaces.iter().filter(|space| own == Namespace::ROOT || space.namespace == own) {
                let name = if space.namespace == Namespace::ROOT { &*self.body.name } else { &*space.name };
                let stats = core.store.stats(Some(space.namespace), now);
                // A namespace may be called as the root is: one series then, since no reader takes two of one name.
                match series.iter_mut().find(|(other, _)| other == name) {
                    Some((_, sum)) => *sum += &stats,
                    None => series.push((name.into(), stats)),
                }
            }
            series
        });
        open_metrics(&series, names)
    }

    /// Calls `listener` with every event of this cache: a root's are those of all its namespaces. It runs before the call that caused
    /// the event returns, and under no lock; what it causes itself is told to nobody. Ends when the answer is dropped.
    ///
    /// Use it for logs and for telling other processes.
    ///
    /// ```
    /// use fetchwell::{Cache, What};
    ///
    /// let books = Cache::<u32>::builder().max_entries(1).build()?;
    /// let log = books.on(|event| {
    ///     if let What::Remove { key, cause } = &event.what {
    ///         println!("{key} went: {}", cause.word());
    ///     }
    /// });
    /// books.insert("a", 1);
    /// books.insert("b", 2);
    /// drop(log);
    /// # Ok::<(), fetchwell::Error>(())
    /// ```
    pub fn on(&self, listener: impl Fn(&Event) + Send + Sync + 'static) -> Subscription {
        let space = &self.spot.space;
        let of = (space.namespace != Namespace::ROOT).then(|| Arc::clone(&space.name));
        self.body.watchers.listen(of, Arc::new(listener))
    }

    /// Calls `changed` when what `get` answers for this key may have changed: stored, invalidated, evicted, expired when noticed; in
    /// whichever partition. It runs before the call that caused it returns, and under no lock. Ends when the answer is dropped.
    ///
    /// Use it to keep something derived from a value up to date.
    ///
    /// ```
    /// use fetchwell::Cache;
    ///
    /// let books = Cache::<u32>::builder().build()?;
    /// let (send, receive) = std::sync::mpsc::channel();
    /// let told = books.subscribe("a", move || _ = send.send("changed"));
    /// books.insert("a", 1);
    /// books.insert("b", 1);
    /// drop(told);
    /// books.insert("a", 2);
    /// assert_eq!(receive.iter().count(), 1);
    /// # Ok::<(), fetchwell::Error>(())
    /// ```
    pub fn subscribe<'k>(&self, key: impl Into<Key<'k>>, changed: impl Fn() + Send + Sync + 'static) -> Subscription {
        let key = key.into();
        self.body.watchers.subscribe(&self.spot.space.name, &key.text(&self.body.separator), Arc::new(changed))
    }
}
