//! What a reader is given.

use super::Cache;
use crate::engine::{Lookup, MissReason, Timestamp};
use crate::native::body::Core;
use crate::native::events::{Event, What};
use crate::native::form::Form;
use crate::native::key::Key;
use crate::native::space::Held;
use crate::native::trace;
use std::collections::HashMap;
use std::sync::Arc;

impl<V: Send + Sync + 'static, F: Form<V>> Cache<V, F> {
    /// The fresh value under a key. Counts a hit, or a miss with its reason. Use it for plain reads.
    pub fn get<'k>(&self, key: impl Into<Key<'k>>) -> Option<F::Out> {
        self.answered(&key.into(), false)
    }

    /// As `get`, but also past its lifetime: inside a window, or soft-invalidated until its old deadline. Use it when loading anew has
    /// failed, or where any answer beats none.
    pub fn get_stale<'k>(&self, key: impl Into<Key<'k>>) -> Option<F::Out> {
        self.answered(&key.into(), true)
    }

    /// As `get`, but moves nothing: no statistics, no recency, no idle time. Use it for tools that look on.
    ///
    /// ```
    /// use fetchwell::Cache;
    ///
    /// let books = Cache::<u32>::builder().build()?;
    /// books.insert("a", 1);
    /// books.soft().invalidate("a");
    /// assert_eq!((books.peek("a"), books.contains("a"), books.get_stale("a")), (None, false, Some(1)));
    /// assert_eq!(books.stats().requests(), 1);
    /// # Ok::<(), fetchwell::Error>(())
    /// ```
    pub fn peek<'k>(&self, key: impl Into<Key<'k>>) -> Option<F::Out> {
        let key = key.into();
        let found = self.seen(&key.text(&self.body.separator));
        found.and_then(|held| self.out(held))
    }

    /// Would `get` answer? Moves nothing. Use it where the value does not matter.
    pub fn contains<'k>(&self, key: impl Into<Key<'k>>) -> bool {
        let key = key.into();
        self.seen(&key.text(&self.body.separator)).is_some()
    }

    /// The fresh values of several keys, by their text. Counts as many `get`s. Use it for lists of things that are cached one by one.
    ///
    /// ```
    /// use fetchwell::Cache;
    ///
    /// let books = Cache::<&str>::builder().build()?;
    /// assert_eq!(books.insert_many([(("books", 7), "Emma"), (("books", 8), "Persuasion")]), 2);
    /// let found = books.get_many([("books", 8), ("books", 9)]);
    /// assert_eq!((found.len(), found["books:8"]), (1, "Persuasion"));
    /// # Ok::<(), fetchwell::Error>(())
    /// ```
    pub fn get_many<'k, K: Into<Key<'k>>>(&self, keys: impl IntoIterator<Item = K>) -> HashMap<String, F::Out> {
        let pairs = keys.into_iter().filter_map(|key| {
            let key = key.into();
            let value = self.get(&key)?;
            Some((key.text(&self.body.separator).into_owned(), value))
        });
        pairs.collect()
    }

    /// Beside other readers if it is fresh, and alone if not: then something is counted, and perhaps taken out.
    fn answered(&self, key: &Key<'_>, stale_too: bool) -> Option<F::Out> {
        let key = key.text(&self.body.separator);
        if let Some(held) = self.hit(&key, |_, _, _| true) {
            return self.out(held);
        }
        let (found, is_fresh, why) = self.body.change(|core, now| {
            let place = self.spot.place(&mut core.store);
            let why = core.store.why_missing(place, &key, now);
            let is_fresh = core.store.contains(place, &key, now);
            let found =
                if stale_too { core.store.get_stale(place, &key, now) } else { core.store.get(place, &key, now) };
            (found.cloned(), is_fresh, why)
        });
        match &found {
            Some(_) => self.tell_hit(&key, !is_fresh),
            None => self.tell_miss(&key, why.reason()),
        }
        found.and_then(|held| self.out(held))
    }

    fn seen(&self, key: &str) -> Option<Held> {
        let (core, now) = self.body.look();
        core.store.peek(self.spot.seen(&core.store)?, key, now).cloned()
    }

    /// A fresh value that suits, found beside other readers. Counted and told as a hit; a miss is not counted here.
    pub(super) fn hit(&self, key: &str, suits: impl FnOnce(&Core, &Held, Timestamp) -> bool) -> Option<Held> {
        let (found, now) = {
            let (core, now) = self.body.look();
            let place = self.spot.seen(&core.store)?;
            let Lookup::Fresh(held) = core.store.lookup(place, key, now) else { return None };
            if !suits(&core, held, now) {
                return None;
            }
            (held.clone(), now)
        };
        self.spot.space.tally.hit(found.weight);
        self.body.tick(now);
        self.tell_hit(key, false);
        Some(found)
    }

    pub(super) fn tell_hit(&self, key: &str, stale: bool) {
        trace::hit(&self.body.name, &self.spot.space, key, stale);
        if self.body.watchers.are_listening() {
            let what = What::Hit { key: key.into(), stale };
            self.body.tell_all(&[Event { namespace: Arc::clone(&self.spot.space.name), what }]);
        }
    }

    pub(super) fn tell_miss(&self, key: &str, reason: MissReason) {
        trace::miss(&self.body.name, &self.spot.space, key, reason);
        if self.body.watchers.are_listening() {
            let what = What::Miss { key: key.into(), reason };
            self.body.tell_all(&[Event { namespace: Arc::clone(&self.spot.space.name), what }]);
        }
    }

    /// What the reader gets. A value of another type is none; there is none in a namespace of this type.
    #[expect(clippy::unused_self, reason = "it fixes the type of values")]
    pub(super) fn out(&self, held: Held) -> Option<F::Out> {
        held.value::<V>().map(F::out)
    }
}
