//! The keyed hash of the tables. Its key comes from outside and is asked for once, by the first call that stores something.

use siphasher::sip::SipHasher13;
use std::fmt;

/// Where a store's hash key comes from. It must be unpredictable where strangers choose keys, or they can make them collide.
///
/// Use `Fixed` in tests, for runs that repeat exactly; `Lazy` everywhere else. `Lazy` is asked by the first insert, load or named
/// place, not when the store is made, because some hosts (Workers, at global scope) have no randomness yet at that time.
///
/// ```
/// use fetchwell::engine::{Config, Place, Seed, Store, Timestamp};
///
/// let seed = Seed::Lazy(Box::new(|| unreachable!("asked for too early")));
/// let store = Store::<String>::new(Config { seed, ..Config::default() });
/// assert!(!store.contains(Place::ROOT, "books:7", Timestamp(0))); // nothing was stored, nothing is asked for
/// assert_eq!(format!("{:?}", Seed::Fixed(1, 2)), "Seed::Fixed"); // logs do not show the key
/// ```
pub enum Seed {
    /// These 128 bits.
    Fixed(u64, u64),
    /// Whatever this gives, once.
    Lazy(Box<dyn FnOnce() -> (u64, u64) + Send + Sync>),
}

impl fmt::Debug for Seed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The key itself is a secret; logs are not the place for it.
        out.write_str(match self {
            Self::Fixed(..) => "Seed::Fixed",
            Self::Lazy(_) => "Seed::Lazy",
        })
    }
}

/// SipHash-1-3 under the store's seed.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeyedHash {
    keys: (u64, u64),
}

impl KeyedHash {
    /// The hash of a text in a `realm`; the same text in two realms has unrelated hashes.
    #[inline]
    pub(super) fn of(self, realm: u64, text: &[u8]) -> u64 {
        SipHasher13::new_with_keys(self.keys.0, self.keys.1 ^ realm).hash(text)
    }

    /// A number no outsider can guess, for jitter.
    pub(super) fn random(self, counter: u64) -> u64 {
        self.of(u64::MAX, &counter.to_le_bytes())
    }
}

/// The seed before and after it was asked for.
#[derive(Debug)]
pub(super) struct Keys {
    seed: Option<Seed>,
    hash: Option<KeyedHash>,
}

impl Keys {
    pub(super) fn new(seed: Seed) -> Self {
        Self { seed: Some(seed), hash: None }
    }

    /// The hash, once something was stored. Before that nothing can be found, so nobody needs it.
    #[inline]
    pub(super) fn get(&self) -> Option<KeyedHash> {
        self.hash
    }

    /// The hash; asks for the seed the first time.
    pub(super) fn make(&mut self) -> KeyedHash {
        if let Some(hash) = self.hash {
            return hash;
        }
        let keys = match self.seed.take() {
            Some(Seed::Fixed(a, b)) => (a, b),
            Some(Seed::Lazy(ask)) => ask(),
            None => (0, 0),
        };
        *self.hash.insert(KeyedHash { keys })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[test]
    fn the_seed_is_asked_for_once_and_late() {
        let asked = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&asked);
        let mut keys = Keys::new(Seed::Lazy(Box::new(move || {
            count.fetch_add(1, Ordering::Relaxed);
            (1, 2)
        })));
        assert!(keys.get().is_none());
        assert_eq!(asked.load(Ordering::Relaxed), 0);
        let first = keys.make().of(0, b"key");
        assert_eq!(keys.make().of(0, b"key"), first);
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn seeds_and_realms_give_unrelated_hashes() {
        let (mut a, mut b) = (Keys::new(Seed::Fixed(1, 2)), Keys::new(Seed::Fixed(1, 3)));
        assert_ne!(a.make().of(0, b"key"), b.make().of(0, b"key"));
        assert_ne!(a.make().of(0, b"key"), a.make().of(1, b"key"));
    }
}
