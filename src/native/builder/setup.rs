//! What a cache and a namespace are set up with alike, and the words for it.

use super::size::Size;
use crate::cache::Policy;
use crate::engine::Bounds;
use crate::error::{Code, Error};
use crate::native::space::{AnyCodec, Tagger, Weigher};

/// What a cache and a namespace have in common: rules, bounds, and what they know of their values.
pub(super) struct Setup<V> {
    pub(super) policy: Policy,
    pub(super) bounds: Option<Bounds>,
    pub(super) weigher: Option<Weigher<V>>,
    pub(super) tagger: Option<Tagger<V>>,
    pub(super) codec: Option<AnyCodec>,
    /// The first option that was wrong, if it was none of the policy's.
    pub(super) fault: Option<Error>,
}

impl<V> Default for Setup<V> {
    fn default() -> Self {
        Self { policy: Policy::new(), bounds: None, weigher: None, tagger: None, codec: None, fault: None }
    }
}

impl<V> Setup<V> {
    fn bounds(&mut self) -> &mut Bounds {
        self.bounds.get_or_insert(Bounds { max_entries: usize::MAX, max_bytes: u64::MAX, max_entry_bytes: u64::MAX })
    }

    /// Is nothing said?
    pub(super) fn is_plain(&self) -> bool {
        self.policy == Policy::new() && self.bounds.is_none() && !self.has_functions()
    }

    /// Functions cannot be compared.
    pub(super) fn has_functions(&self) -> bool {
        self.weigher.is_some() || self.tagger.is_some() || self.codec.is_some()
    }

    fn blame(&mut self, fault: Error) {
        self.fault.get_or_insert(fault);
    }

    pub(super) fn max_entries(&mut self, entries: usize) {
        if entries == 0 {
            self.blame(Error::about("max_entries", Code::InvalidOption, "must be 1 or more"));
        }
        // The largest number stands for what was not said.
        self.bounds().max_entries = entries.min(usize::MAX - 1);
    }

    pub(super) fn size(&mut self, field: &'static str, size: Size, set: impl FnOnce(&mut Bounds, u64)) {
        match size.checked(field) {
            Ok(bytes) => set(self.bounds(), bytes.min(u64::MAX - 1)),
            Err(fault) => self.blame(fault),
        }
    }
}

/// The words that a builder shares with [`Policy`], and those that both builders share.
macro_rules! shared_words {
    () => {
        /// Fresh for this long: [`Policy::ttl`]. Use it always, unless every change reaches the cache as an invalidation.
        pub fn ttl(self, length: impl Into<Lifetime>) -> Self {
            self.policy(|policy| policy.ttl(length))
        }

        /// Gone when nobody asked for it this long: [`Policy::tti`]. Use it for what is read in bursts.
        pub fn tti(self, length: impl Into<Lifetime>) -> Self {
            self.policy(|policy| policy.tti(length))
        }

        /// Shortens each lifetime by up to this share: [`Policy::jitter`]. Use it where many values are stored together.
        pub fn jitter(self, share: f32) -> Self {
            self.policy(|policy| policy.jitter(share))
        }

        /// Past `ttl`, served at once while it is loaded anew: [`Policy::swr`]. Use it where a slightly old answer beats waiting.
        pub fn swr(self, length: impl Into<Lifetime>) -> Self {
            self.policy(|policy| policy.swr(length))
        }

        /// Past `ttl`, served when a load fails: [`Policy::stale_if_error`]. Use it to ride out an origin's bad minutes.
        pub fn stale_if_error(self, length: impl Into<Lifetime>) -> Self {
            self.policy(|policy| policy.stale_if_error(length))
        }

        /// When a load is slower than this, an old value answers: [`Policy::soft_timeout`]. Use it where latency counts most.
        pub fn soft_timeout(self, length: impl Into<Lifetime>) -> Self {
            self.policy(|policy| policy.soft_timeout(length))
        }

        /// The longest that a load may take: [`Policy::timeout`]. Use it always with origins that can hang.
        pub fn timeout(self, length: impl Into<Lifetime>) -> Self {
            self.policy(|policy| policy.timeout(length))
        }

        /// A load that failed is not tried again for this long: [`Policy::negative_ttl`]. Use it to spare an origin that is down.
        pub fn negative_ttl(self, length: impl Into<Lifetime>) -> Self {
            self.policy(|policy| policy.negative_ttl(length))
        }

        /// Loads a value anew shortly before it expires: [`Policy::refresh_ahead`]. Use it for popular values.
        pub fn refresh_ahead(self, beta: f64) -> Self {
            self.policy(|policy| policy.refresh_ahead(beta))
        }

        /// Tries a failed load again: [`Policy::retry`]. Use it for origins that stumble.
        pub fn retry(self, retry: impl Into<Retry>) -> Self {
            self.policy(|policy| policy.retry(retry))
        }

        /// What all values can be invalidated by: [`Policy::tags`]. Use it for what no key tells; `tagger` looks at each value.
        pub fn tags<T: Into<Box<str>>>(self, tags: impl IntoIterator<Item = T>) -> Self {
            self.policy(|policy| policy.tags(tags))
        }

        /// The most entries that are held, at every moment. Use it for values that are all about the same size.
        pub fn max_entries(mut self, entries: usize) -> Self {
            self.setup.max_entries(entries);
            self
        }

        /// The most bytes that are held, at every moment: values as weighed, keys, tags and an amount for each entry. Use it to bound
        /// memory; see `weigher` for what values weigh.
        pub fn max_bytes(mut self, size: impl Into<Size>) -> Self {
            self.setup.size("max_bytes", size.into(), |bounds, bytes| bounds.max_bytes = bytes);
            self
        }

        /// What one value may weigh; a heavier one is rejected. Use it to keep one value from pushing out hundreds.
        pub fn max_entry_bytes(mut self, size: impl Into<Size>) -> Self {
            self.setup.size("max_entry_bytes", size.into(), |bounds, bytes| bounds.max_entry_bytes = bytes);
            self
        }

        /// What a value weighs, in bytes. Without it texts and buffers are counted to the byte, and of anything else only what it takes
        /// up itself, not what it points to. Use it for structures that own memory. It runs under no lock.
        pub fn weigher(mut self, weigher: impl Fn(&str, &V) -> u64 + Send + Sync + 'static) -> Self {
            self.setup.weigher = Some(Box::new(weigher));
            self
        }

        /// The tags of a value, beside those of the policy. Use it where the value tells what it belongs to. It runs under no lock.
        pub fn tagger(mut self, tagger: impl Fn(&str, &V) -> Vec<String> + Send + Sync + 'static) -> Self {
            self.setup.tagger = Some(Box::new(tagger));
            self
        }

        /// How values are written to snapshots. Use it for caches that are to survive a restart.
        pub fn codec(mut self, codec: impl Codec<V>) -> Self
        where
            V: Send + Sync + 'static,
        {
            self.setup.codec = Some(AnyCodec::new(codec));
            self
        }

        fn policy(mut self, change: impl FnOnce(Policy) -> Policy) -> Self {
            self.setup.policy = change(std::mem::take(&mut self.setup.policy));
            self
        }
    };
}

pub(super) use shared_words;
