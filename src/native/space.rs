//! What belongs to one namespace: its name, its rules, its counters of hits, and what it knows of its type of values.

use super::codec::Codec;
use super::tally::Tally;
use crate::cache::{Policy, Rules};
use crate::engine::{Bounds, Namespace, Partition, Place, Scope, Store};
use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// A value as the store holds it, whatever its type.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) value: Arc<dyn Any + Send + Sync>,
    pub(super) weight: u64,
    /// How long its load took; zero if it was inserted.
    pub(super) load_ms: u32,
}

impl fmt::Debug for Held {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Held").field("weight", &self.weight).finish_non_exhaustive()
    }
}

impl Held {
    /// The value, if it is of this type: always, for values of a namespace of this type.
    pub(super) fn value<V: Send + Sync + 'static>(self) -> Option<Arc<V>> {
        self.value.downcast().ok()
    }
}

/// One namespace, for all handles on it.
#[derive(Debug)]
pub(super) struct Space {
    pub(super) name: Arc<str>,
    pub(super) namespace: Namespace,
    /// Where its keys of no partition live.
    pub(super) home: Place,
    /// The same in the store of failures.
    pub(super) failures_home: Place,
    pub(super) policy: Policy,
    pub(super) rules: Arc<Rules>,
    pub(super) bounds: Option<Bounds>,
    pub(super) tally: Tally,
    /// A [`Kind`] of its values' type.
    pub(super) kind: Arc<dyn Any + Send + Sync>,
    pub(super) codec: Option<AnyCodec>,
}

/// What a namespace knows of its type of values.
pub(super) struct Kind<V> {
    pub(super) weigher: Option<Weigher<V>>,
    pub(super) tagger: Option<Tagger<V>>,
}

pub(super) type Weigher<V> = Box<dyn Fn(&str, &V) -> u64 + Send + Sync>;
pub(super) type Tagger<V> = Box<dyn Fn(&str, &V) -> Vec<String> + Send + Sync>;

impl<V: Send + Sync + 'static> Kind<V> {
    /// What a value weighs: as its policy or its weigher says, or what can be seen of it.
    pub(super) fn weight(&self, rules: &Rules, key: &str, value: &V) -> u64 {
        match (&self.weigher, rules.weight) {
            (_, Some(weight)) => weight,
            (Some(weigher), None) => weigher(key, value),
            (None, None) => visible_weight(value),
        }
    }

    /// The tags that only the value tells.
    pub(super) fn own_tags(&self, key: &str, value: &V) -> Vec<String> {
        self.tagger.as_ref().map(|tagger| tagger(key, value)).unwrap_or_default()
    }
}

/// Texts and buffers to the byte; of anything else what it takes up itself, without what it points to.
fn visible_weight<V: Any>(value: &V) -> u64 {
    let any: &dyn Any = value;
    let behind = None
        .or_else(|| any.downcast_ref::<String>().map(String::len))
        .or_else(|| any.downcast_ref::<Vec<u8>>().map(Vec::len))
        .or_else(|| any.downcast_ref::<&'static str>().map(|text| text.len()))
        .or_else(|| any.downcast_ref::<Box<str>>().map(|text| text.len()))
        .or_else(|| any.downcast_ref::<Arc<str>>().map(|text| text.len()))
        .or_else(|| any.downcast_ref::<Box<[u8]>>().map(|bytes| bytes.len()))
        .or_else(|| any.downcast_ref::<Arc<[u8]>>().map(|bytes| bytes.len()))
        .or_else(|| any.downcast_ref::<Cow<'static, str>>().map(|text| text.len()));
    (size_of::<V>() + behind.unwrap_or(0)) as u64
}

type Encode = dyn Fn(&(dyn Any + Send + Sync)) -> Option<Vec<u8>> + Send + Sync;
type Decode = dyn Fn(&[u8]) -> Option<Arc<dyn Any + Send + Sync>> + Send + Sync;

/// A [`Codec`] whose type of values is forgotten.
#[derive(Clone)]
pub(super) struct AnyCodec {
    pub(super) encode: Arc<Encode>,
    pub(super) decode: Arc<Decode>,
}

impl fmt::Debug for AnyCodec {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("AnyCodec")
    }
}

impl AnyCodec {
    pub(super) fn new<V: Send + Sync + 'static>(codec: impl Codec<V>) -> Self {
        let codec = Arc::new(codec);
        let encoder = Arc::clone(&codec);
        Self {
            encode: Arc::new(move |value| encoder.encode(value.downcast_ref::<V>()?)),
            decode: Arc::new(move |bytes| Some(Arc::new(codec.decode(bytes)?))),
        }
    }
}

/// Where a handle's keys live: a namespace, and perhaps one partition in it.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    pub(super) space: Arc<Space>,
    pub(super) partition: Option<Arc<str>>,
}

impl Spot {
    fn named(&self) -> Option<Partition<'_>> {
        self.partition.as_deref().map(Partition::Named)
    }

    /// The place of its keys, for a look. Nothing if the partition holds nothing.
    pub(super) fn seen<T>(&self, store: &Store<T>) -> Option<Place> {
        match self.named() {
            None => Some(self.space.home),
            Some(partition) => store.find_place(self.space.namespace, partition),
        }
    }

    /// The place of its keys, made if need be.
    pub(super) fn place<T>(&self, store: &mut Store<T>) -> Place {
        match self.named() {
            None => self.space.home,
            Some(partition) => store.place(self.space.namespace, partition),
        }
    }

    /// The same in the store of failures, whose namespaces have the same numbers.
    pub(super) fn failures_place<T>(&self, failures: &mut Store<T>) -> Place {
        match self.named() {
            None => self.space.failures_home,
            Some(partition) => failures.place(self.space.namespace, partition),
        }
    }

    /// What an operation on this handle reaches in a store: the whole of it for a root, else its namespace; in every partition, or in
    /// the handle's own.
    pub(super) fn scope<T>(&self, reach: Reach, store: &mut Store<T>) -> Scope<'_> {
        let namespace = self.space.namespace;
        match (reach, self.named()) {
            (Reach::Whole, None) if namespace == Namespace::ROOT => Scope::All,
            (Reach::Whole, Some(partition)) if namespace == Namespace::ROOT => Scope::Partition(partition),
            (_, None) => Scope::Namespace(namespace),
            (_, Some(partition)) => Scope::Place(store.place(namespace, partition)),
        }
    }
}

/// How far an operation reaches from its handle.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reach {
    /// Its namespace only: keys, prefixes, patterns, predicates.
    Keys,
    /// The root is the whole: tags, clear, sizes.
    Whole,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_buffers_are_counted_to_the_byte() {
        assert_eq!(visible_weight(&String::from("twelve bytes")), size_of::<String>() as u64 + 12);
        assert_eq!(visible_weight(&vec![0_u8; 500]), size_of::<Vec<u8>>() as u64 + 500);
        assert_eq!(visible_weight(&"literal"), size_of::<&str>() as u64 + 7);
        assert_eq!(visible_weight(&Arc::<str>::from("shared")), size_of::<Arc<str>>() as u64 + 6);
        assert_eq!(visible_weight(&7_u64), 8);
    }
}
