//! What the programs are made of.

use super::support::model::glob;
use fetchwell::engine::{How, Insert, Partition, Selector, Span, Terms};

/// A key: its namespace (0 is the root, 1 is another), whose it is, and its text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Spot {
    pub(crate) namespace: usize,
    pub(crate) whose: Partition<'static>,
    pub(crate) text: &'static str,
}

/// A value as it is offered. Its number is that of the operation, so no two are alike.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Offer {
    pub(crate) ttl: u64,
    pub(crate) swr: u64,
    pub(crate) tags: &'static [&'static str],
}

/// Which of the loads in flight.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Which {
    Oldest,
    Newest,
    /// Counted from the oldest, round and round.
    Nth(usize),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reach {
    All,
    Namespace(usize),
    Partition(Partition<'static>),
    Place(usize, Partition<'static>),
    /// Whatever belongs to any credential.
    Credentials,
}

/// Keys are told by their number among the spots.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    Begin(usize),
    Complete(Which, Offer),
    Abandon(Which),
    Set(usize, Offer),
    Delete(usize),
    Touch(usize, Option<u64>),
    Invalidate(Reach, Selector<'static>, How),
    /// By a predicate that says yes to this text.
    InvalidateWhere(Reach, &'static str, How),
    Clear(Reach),
    Drop(Partition<'static>),
    DropCredentials,
    Prune,
    Wait(u64),
}

impl Reach {
    pub(crate) fn covers(self, spot: Spot) -> bool {
        match self {
            Self::All => true,
            Self::Namespace(namespace) => spot.namespace == namespace,
            Self::Partition(whose) => spot.whose == whose,
            Self::Place(namespace, whose) => (spot.namespace, spot.whose) == (namespace, whose),
            Self::Credentials => matches!(spot.whose, Partition::Credential(_)),
        }
    }
}

/// Does a selector mean a key of this text with these tags?
pub(crate) fn means(what: Selector<'_>, text: &str, tags: &[&str]) -> bool {
    let chars = |text: &str| text.chars().collect::<Vec<_>>();
    match what {
        Selector::All => true,
        Selector::Key(key) => text == key,
        Selector::Prefix(prefix) => text.starts_with(prefix),
        Selector::Segment(prefix) => text == prefix || text.starts_with(&format!("{prefix}:")),
        Selector::Tag(tag) => tags.contains(&tag),
        Selector::Glob(pattern) => glob(&chars(pattern), &chars(text)),
    }
}

impl Which {
    pub(crate) fn among(self, count: usize) -> Option<usize> {
        let last = count.checked_sub(1)?;
        Some(match self {
            Self::Oldest => 0,
            Self::Newest => last,
            Self::Nth(nth) => nth % count,
        })
    }
}

impl Offer {
    pub(crate) fn how(&self) -> Insert<'_> {
        let terms = Terms { swr: Span::ms(self.swr), ..Terms::ttl(Span::ms(self.ttl)) };
        Insert { weight: 1, terms, tags: self.tags }
    }
}
