//! Invalidation: what goes, or becomes stale, or would go.

use super::{Cache, Entry};
use crate::engine::{Freshness, How, Scope, Selector, Timestamp};
use crate::native::body::Core;
use crate::native::events::{Event, InvalidatedBy, What};
use crate::native::form::Form;
use crate::native::key::Key;
use crate::native::space::Reach;
use std::sync::Arc;

/// The invalidations of a [`Cache`], soft or as a dry run: got from [`Cache::soft`] and [`Cache::dry_run`], with the same methods.
///
/// Use it at once: `cache.dry_run().invalidate_prefix("user:1")`.
///
/// ```
/// use fetchwell::{Cache, Cloned, Invalidating};
///
/// fn dutch_pages(pages: &Invalidating<'_, u32, Cloned>) -> usize {
///     pages.invalidate_matching("page:*:nl")
/// }
///
/// let pages = Cache::<u32>::builder().build()?;
/// pages.insert_many([("page:7:nl", 1), ("page:7:en", 2)]);
/// assert_eq!(dutch_pages(&pages.dry_run()), 1); // would go
/// assert_eq!(dutch_pages(&pages.soft()), 1); // stale from now on
/// assert_eq!((pages.get("page:7:nl"), pages.get_stale("page:7:nl")), (None, Some(1)));
/// # Ok::<(), fetchwell::Error>(())
/// ```
#[derive(Debug)]
pub struct Invalidating<'a, V, F> {
    cache: &'a Cache<V, F>,
    how: How,
}

impl<V: Send + Sync + 'static, F: Form<V>> Cache<V, F> {
    /// The invalidations, so that fresh entries become stale instead of going. Use it where an old answer is better than none while a new
    /// one is loaded. It fences as the hard ones do.
    pub fn soft(&self) -> Invalidating<'_, V, F> {
        Invalidating { cache: self, how: How::SOFT }
    }

    /// The invalidations, so that they only count. Use it to see what would go.
    pub fn dry_run(&self) -> Invalidating<'_, V, F> {
        Invalidating { cache: self, how: How::DRY_RUN }
    }

    fn hard(&self) -> Invalidating<'_, V, F> {
        Invalidating { cache: self, how: How::HARD }
    }

    /// Invalidates a key: in every partition, unless the handle is on one. Tells whether a reader could still have been given
    /// it. Use it on each write.
    pub fn invalidate<'k>(&self, key: impl Into<Key<'k>>) -> bool {
        self.hard().invalidate(key)
    }

    /// Invalidates what begins with a text, wherever that ends, or, where the prefix is made of parts, the key of these parts and every
    /// key below it: `"user:1"` takes `user:10` too, `("user", 1)` does not. The empty text is everything here. Use it for all that hangs
    /// on one thing.
    pub fn invalidate_prefix<'k>(&self, prefix: impl Into<Key<'k>>) -> usize {
        self.hard().invalidate_prefix(prefix)
    }

    /// Invalidates all entries with a tag. Use it for what no key tells.
    pub fn invalidate_tag(&self, tag: &str) -> usize {
        self.hard().invalidate_tag(tag)
    }

    /// Invalidates all keys that match a pattern: `*` and `?` stop at the separator and at `/`, `**` crosses both. Use it for keys that
    /// share their end or their middle.
    pub fn invalidate_matching(&self, pattern: &str) -> usize {
        self.hard().invalidate_matching(pattern)
    }

    /// Invalidates the entries that `test` says yes to. It sees all that somebody could still be given, if only by `get_stale` after a
    /// soft invalidation; such show as stale, and count for nothing. No lock is held meanwhile: an entry that is replaced while `test`
    /// looks at it stays. Use it where no key, prefix, pattern or tag says what is meant.
    ///
    /// ```
    /// use fetchwell::Cache;
    ///
    /// let ages = Cache::<u32>::builder().build()?;
    /// ages.insert_many([("ada", 36), ("charles", 79)]);
    /// assert_eq!(ages.invalidate_where(|entry| entry.value > 65), 1);
    /// assert_eq!(ages.keys(""), ["ada".into()]);
    /// # Ok::<(), fetchwell::Error>(())
    /// ```
    pub fn invalidate_where(&self, test: impl FnMut(&Entry<F::Out>) -> bool) -> usize {
        self.hard().invalidate_where(test)
    }

    /// Takes everything out: in every partition, unless the handle is on one; on a root in every namespace too. Statistics stay. Use it
    /// to start over.
    pub fn clear(&self) -> usize {
        self.body.change_telling(|core, now, events| {
            let count = core.invalidate(&self.spot, Reach::Whole, Selector::All, How::HARD, now);
            self.note(events, InvalidatedBy::Clear, "", count);
            count
        })
    }

    /// Takes out everything of one partition, on a root in every namespace, and fences its loads. Use it when a user logs out.
    pub fn drop_partition(&self, name: &str) -> usize {
        let theirs = self.partition(name);
        self.body.change_telling(|core, now, events| {
            let count = core.invalidate(&theirs.spot, Reach::Whole, Selector::All, How::HARD, now);
            self.note(events, InvalidatedBy::Partition, name, count);
            count
        })
    }

    pub(super) fn note(&self, events: &mut Vec<Event>, by: InvalidatedBy, what: &str, count: usize) {
        if self.body.watchers.are_listening() {
            let what = What::Invalidate { by, what: what.into(), count };
            events.push(Event { namespace: Arc::clone(&self.spot.space.name), what });
        }
    }

    /// A soft invalidation removes nothing, and yet `get` answers otherwise: the keys that somebody subscribed to among those that it
    /// is about to make stale.
    fn to_be_softened(
        &self,
        core: &mut Core,
        scope: Scope<'_>,
        what: Selector<'_>,
        how: How,
        now: Timestamp,
    ) -> Softened {
        if !how.soft || how.dry_run || !self.body.watchers.are_subscribed() {
            return Softened::new();
        }
        let spaces = core.spaces.clone();
        let fresh = core.store.entries(scope, what, now).into_iter().filter(|entry| entry.state == Freshness::Fresh);
        let told = fresh.filter_map(|entry| {
            let name = &spaces.get(entry.namespace.number() as usize)?.name;
            let subscribed = self.body.watchers.is_subscribed(name, entry.key);
            subscribed.then(|| (Arc::clone(name), entry.key.into()))
        });
        told.collect()
    }

    fn tell_softened(&self, softened: &Softened) {
        for (namespace, key) in softened {
            self.body.watchers.changed(namespace, key);
        }
    }
}

/// Keys, and their namespaces.
type Softened = Vec<(Arc<str>, Box<str>)>;

impl<V: Send + Sync + 'static, F: Form<V>> Invalidating<'_, V, F> {
    /// As [`Cache::invalidate`]. Use it for one key.
    pub fn invalidate<'k>(&self, key: impl Into<Key<'k>>) -> bool {
        let key = key.into();
        let key = key.text(&self.cache.body.separator);
        self.end(InvalidatedBy::Key, Reach::Keys, Selector::Key(&key), &key) > 0
    }

    /// As [`Cache::invalidate_prefix`]. Use it for all that hangs on one thing.
    pub fn invalidate_prefix<'k>(&self, prefix: impl Into<Key<'k>>) -> usize {
        let prefix = prefix.into();
        let text = prefix.text(&self.cache.body.separator);
        self.end(InvalidatedBy::Prefix, Reach::Keys, prefix.as_prefix(&text), &text)
    }

    /// As [`Cache::invalidate_tag`]. Use it for what no key tells.
    pub fn invalidate_tag(&self, tag: &str) -> usize {
        self.end(InvalidatedBy::Tag, Reach::Whole, Selector::Tag(tag), tag)
    }

    /// As [`Cache::invalidate_matching`]. Use it for keys that share their end or their middle.
    pub fn invalidate_matching(&self, pattern: &str) -> usize {
        self.end(InvalidatedBy::Match, Reach::Keys, Selector::Glob(pattern), pattern)
    }

    /// As [`Cache::invalidate_where`]. Use it where nothing else says what is meant.
    pub fn invalidate_where(&self, mut test: impl FnMut(&Entry<F::Out>) -> bool) -> usize {
        let (cache, how) = (self.cache, self.how);
        let body = &cache.body;
        // The fence first: what began to load before the test looks may bring what the test would have taken.
        let candidates = body.change(|core, now| {
            if !how.dry_run {
                let scope = cache.spot.scope(Reach::Keys, &mut core.store);
                core.store.fence_loads(scope);
                let scope = cache.spot.scope(Reach::Keys, &mut core.failures);
                core.failures.invalidate(scope, Selector::All, How::HARD, now);
            }
            let scope = cache.spot.scope(Reach::Keys, &mut core.store);
            let mut candidates = Vec::new();
            core.store.each_alive(scope, now, |entry| candidates.push(super::look::Found::of(&entry)));
            candidates
        });
        let mut chosen = Vec::new();
        for found in candidates {
            let (place, held) = (found.place, found.held.clone());
            if let Some(entry) = cache.entry_of(found)
                && test(&entry)
            {
                chosen.push((place, entry.key, held));
            }
        }
        let (count, softened) = body.change_telling(|core, now, events| {
            let (mut count, mut softened) = (0, Softened::new());
            for (place, key, held) in &chosen {
                let same = |held_now: &crate::native::space::Held| Arc::ptr_eq(&held_now.value, &held.value);
                if core.store.held(*place, key, now).is_some_and(same) {
                    let (scope, what) = (Scope::Place(*place), Selector::Key(key));
                    softened.append(&mut cache.to_be_softened(core, scope, what, how, now));
                    count += core.store.invalidate(scope, what, how, now);
                }
            }
            if !how.dry_run {
                cache.note(events, InvalidatedBy::Where, "", count);
            }
            (count, softened)
        });
        drop(chosen);
        cache.tell_softened(&softened);
        count
    }

    fn end(&self, by: InvalidatedBy, reach: Reach, what: Selector<'_>, text: &str) -> usize {
        let (cache, how) = (self.cache, self.how);
        let (count, softened) = cache.body.change_telling(|core, now, events| {
            let scope = cache.spot.scope(reach, &mut core.store);
            let softened = cache.to_be_softened(core, scope, what, how, now);
            let count = core.invalidate(&cache.spot, reach, what, how, now);
            if !how.dry_run {
                cache.note(events, by, text, count);
            }
            (count, softened)
        });
        cache.tell_softened(&softened);
        count
    }
}
