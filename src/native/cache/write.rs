//! Storing, touching, removing.

use super::Cache;
use crate::cache::Lifetime;
use crate::engine::{Insert, Inserted, Span, Terms};
use crate::error::Error;
use crate::native::events::InvalidatedBy;
use crate::native::form::Form;
use crate::native::key::Key;
use crate::native::space::Held;
use std::sync::Arc;

impl<V: Send + Sync + 'static, F: Form<V>> Cache<V, F> {
    /// Stores a value, over an older one. Loads of this key that are in flight are fenced: what they bring is older. Tells whether it is
    /// in the cache now; a value that is rejected (too large, without a lifetime) takes the older one with it.
    ///
    /// Use it for values you have; for values that are loaded on a miss use `get_or_set`, which knows what happened meanwhile.
    pub fn insert<'k>(&self, key: impl Into<Key<'k>>, value: V) -> bool {
        self.insert_shared(key, Arc::new(value))
    }

    /// As `insert`, for a value that is shared already. Use it to spare a copy.
    ///
    /// ```
    /// use fetchwell::Cache;
    /// use std::sync::Arc;
    ///
    /// let images = Cache::<Vec<u8>>::builder().shared().build()?;
    /// let logo = Arc::new(vec![0; 4_000]);
    /// images.insert_shared("logo", Arc::clone(&logo));
    /// assert!(images.get("logo").is_some_and(|held| Arc::ptr_eq(&held, &logo)));
    /// # Ok::<(), fetchwell::Error>(())
    /// ```
    pub fn insert_shared<'k>(&self, key: impl Into<Key<'k>>, value: Arc<V>) -> bool {
        let key = key.into();
        let key = key.text(&self.body.separator);
        // The user's own functions are asked before the lock is taken.
        let weight = self.kind.weight(&self.rules, &key, &value);
        let own_tags = self.kind.own_tags(&key, &value);
        let tags: Vec<&str> =
            self.rules.tags.iter().map(|tag| &**tag).chain(own_tags.iter().map(|tag| &**tag)).collect();
        let ttl = if self.body.enabled { self.rules.terms.ttl } else { Span::ZERO };
        let how = Insert { weight, terms: Terms { ttl, ..self.rules.terms }, tags: &tags };
        let held = Held { value, weight, load_ms: 0 };
        let stored = self.body.change_telling(|core, now, events| {
            let place = self.spot.place(&mut core.store);
            // A clone, so that a value which is rejected is not dropped under the lock.
            let stored = core.store.insert(place, &key, held.clone(), how, now);
            core.forget_failure(&self.spot, &key, now);
            if self.body.is_watched() {
                events.push(self.spot.stored(&key, weight, stored));
            }
            stored
        });
        stored == Inserted::Stored
    }

    /// Stores several values. Tells how many were stored; the first of them may have had to make room for the last. Use it to warm a cache.
    pub fn insert_many<'k, K: Into<Key<'k>>>(&self, values: impl IntoIterator<Item = (K, V)>) -> usize {
        values.into_iter().map(|(key, value)| usize::from(self.insert(key, value))).sum()
    }

    /// Gives a fresh entry the lifetime it was stored with, counted from now. Tells whether there was one. Use it for sessions.
    pub fn touch<'k>(&self, key: impl Into<Key<'k>>) -> bool {
        self.touched(&key.into(), None)
    }

    /// The same, with another lifetime. Use it to shorten or lengthen the life of one entry; none at all ends it, and a text that is no
    /// duration is an error.
    ///
    /// ```
    /// use fetchwell::{Cache, ManualClock};
    ///
    /// let clock = ManualClock::new();
    /// let sessions = Cache::<&str>::builder().ttl("30m").clock(clock.clone()).build()?;
    /// sessions.insert("a1b2", "Ada");
    /// assert!(sessions.touch_for("a1b2", "7d")?); // "remember me"
    /// clock.advance("6d");
    /// assert_eq!(sessions.get("a1b2"), Some("Ada"));
    /// # Ok::<(), fetchwell::Error>(())
    /// ```
    pub fn touch_for<'k>(&self, key: impl Into<Key<'k>>, ttl: impl Into<Lifetime>) -> Result<bool, Error> {
        let ttl = ttl.into().checked("ttl")?;
        Ok(self.touched(&key.into(), Some(ttl)))
    }

    fn touched(&self, key: &Key<'_>, ttl: Option<Span>) -> bool {
        let key = key.text(&self.body.separator);
        self.body.change(|core, now| {
            let place = self.spot.place(&mut core.store);
            core.store.touch(place, &key, ttl, now)
        })
    }

    /// Takes an entry away, in this handle's partition only, and fences its loads in flight. Tells whether a reader could still have been
    /// given it. It counts and is told as an invalidation by key. Use it for one user's own data; `invalidate` reaches all partitions.
    pub fn remove<'k>(&self, key: impl Into<Key<'k>>) -> bool {
        let key = key.into();
        let key = key.text(&self.body.separator);
        self.body.change_telling(|core, now, events| {
            let place = self.spot.place(&mut core.store);
            core.forget_failure(&self.spot, &key, now);
            let removed = core.store.remove(place, &key, now);
            self.note(events, InvalidatedBy::Key, &key, removed.into());
            removed
        })
    }
}
