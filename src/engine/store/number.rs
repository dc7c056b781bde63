//! Entries by number, for hosts that keep the values elsewhere and come back for some of them.

use super::Store;
use super::inspect::EntryInfo;
use crate::engine::life::Life;
use crate::engine::outcome::Removed;
use crate::engine::scope::{How, Namespace, Place, Scope, Selector};
use crate::engine::time::{Moment, Timestamp};

impl<V> Store<V> {
    /// The numbers of the entries that are meant, in no particular order: at a moment those that could be given to a reader, without one
    /// all of them. Nothing without memory.
    pub(crate) fn select(&mut self, scope: Scope<'_>, what: Selector<'_>, at: Option<Timestamp>) -> Option<Vec<u32>> {
        let mut chosen = self.choose(scope, what).ok()?;
        if let Some(now) = at.map(|now| self.time.moment(now)) {
            chosen.retain(|number| matches!(self.entries.life(*number, now), Life::Fresh | Life::Stale));
        }
        Some(chosen)
    }

    /// The value of an entry, if it has one still.
    pub(crate) fn at(&self, number: u32) -> Option<&V> {
        self.entries.at(number).value.as_ref()
    }

    /// As [`Store::get`] or [`Store::get_stale`], with the number of the entry.
    pub(crate) fn ask(&mut self, place: Place, key: &str, stale: bool, now: Timestamp) -> Option<(u32, &V)> {
        let suits = |life| life == Life::Fresh || (stale && matches!(life, Life::Stale | Life::Grace));
        let number = self.answer(place, key, now, suits)?;
        self.at(number).map(|value| (number, value))
    }

    /// Until when an entry is fresh whatever is asked meanwhile, by the caller's clock (0 for one that ends when nobody asks for it), and
    /// what its value weighs.
    #[expect(clippy::cast_precision_loss, reason = "times and sizes are far below 2^53")]
    pub(crate) fn fresh_until(&self, number: u32) -> (f64, f64) {
        let slot = self.entries.at(number);
        let until = match slot.deadline {
            _ if slot.idles => 0.0,
            deadline if deadline.is_never() => f64::INFINITY,
            deadline => self.time.shown(deadline.0).0 as f64,
        };
        (until, slot.weight as f64)
    }

    /// Readers were given the values of these entries of one namespace without a word to the store. It is no use to those that end when
    /// nobody asks for them, and moves no statistics: see [`Store::count_hits`].
    pub(crate) fn asked(&self, namespace: Namespace, numbers: &[u32]) {
        let Some(pool) = self.places.namespace(namespace.0).map(|namespace| namespace.pool) else { return };
        for number in numbers {
            self.policy.hit(*number, pool);
        }
    }

    /// Changes the list of what went for an empty one of the caller's.
    pub(crate) fn swap_removed(&mut self, empty: &mut Vec<Removed<V>>) {
        std::mem::swap(&mut self.removed, empty);
    }

    /// Are the keys of what goes kept with it, where they would have to be copied?
    pub(crate) fn keep_keys(&mut self, keep: bool) {
        self.keep_keys = keep;
    }

    /// Did something go of which there was no memory to tell?
    pub(crate) fn has_lost_removed(&self) -> bool {
        self.lost_removed
    }

    /// When it is worth while to prune again, at the earliest: some entry may have died by then. Nothing is never.
    pub(crate) fn next_prune(&self) -> Option<Timestamp> {
        let next = self.expiry.quiet_until();
        (next != Moment::MAX).then(|| self.time.shown(next))
    }

    /// The values of all entries, whatever state they are in.
    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        self.entries.numbers().filter_map(|number| self.at(number))
    }

    /// What the value of an entry weighs.
    pub(crate) fn weight(&self, place: Place, key: &str) -> u64 {
        self.find(place, key).map_or(0, |number| self.entries.at(number).weight)
    }

    /// Fences the loads in flight that an invalidation would, and leaves what is stored.
    pub(crate) fn fence_only(&mut self, scope: Scope<'_>, what: Selector<'_>) {
        self.fence(scope, what);
    }

    /// The key of an entry, if it is there still.
    pub(crate) fn key_at(&self, number: u32) -> Option<&str> {
        self.at(number).map(|_| &*self.entries.at(number).key)
    }

    /// What is known of an entry by its number, unless it is dead.
    pub(crate) fn entry_at(&self, number: u32, now: Timestamp) -> Option<EntryInfo<'_, V>> {
        self.at(number)?;
        self.alive(number, self.time.moment(now))
    }

    /// Invalidates entries by number; their loads were fenced before. Tells how many a reader could still have been given.
    pub(crate) fn end_numbers(&mut self, numbers: &[u32], how: How, now: Timestamp) -> usize {
        let now = self.time.observe(now);
        self.end(numbers, how, now)
    }

    /// Invalidates by several tags at once: an entry that carries more than one of them counts once.
    pub(crate) fn invalidate_tags(&mut self, scope: Scope<'_>, tags: &[&str], how: How, now: Timestamp) -> usize {
        let mut count = 0;
        for (place, tag) in tags.iter().enumerate() {
            let before = tags.get(..place).unwrap_or_default();
            if !how.dry_run {
                self.fence(scope, Selector::Tag(tag));
            }
            let Ok(mut chosen) = self.choose(scope, Selector::Tag(tag)) else {
                count += self.invalidate(scope, Selector::Tag(tag), how, now);
                continue;
            };
            // Those of the tags before were counted.
            chosen.retain(|number| !self.tags.of(*number).any(|carried| before.contains(&carried)));
            count += self.end_numbers(&chosen, how, now);
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Bounds, Config, Insert, Inserted, RejectReason, Span, Terms, Why};

    /// Three books of a minute each; the first two carry tags.
    fn shelf() -> Store<u32> {
        let mut store = Store::new(Config::default());
        let how = |tags| Insert { tags, weight: 5, terms: Terms { swr: Span::mins(1), ..Terms::ttl(Span::mins(1)) } };
        for (key, value, tags) in [("a", 1, &["novel", "new"][..]), ("b", 2, &["novel"]), ("c", 3, &[])] {
            assert!(store.insert(Place::ROOT, key, value, how(tags), Timestamp(0)).is_stored());
        }
        store
    }

    #[test]
    fn entries_are_found_again_by_their_numbers_as_long_as_they_are_there() {
        let mut store = shelf();
        let numbers = store.select(Scope::All, Selector::Prefix("b"), Some(Timestamp(1))).unwrap();
        let [book] = numbers[..] else { panic!("{numbers:?}") };
        assert_eq!((store.at(book), store.weight(Place::ROOT, "b")), (Some(&2), 5));
        assert_eq!(store.entry_at(book, Timestamp(1)).map(|entry| entry.key), Some("b"));
        assert_eq!(store.key_at(book), Some("b"));
        assert_eq!(store.end_numbers(&[book], How::HARD, Timestamp(2)), 1);
        assert_eq!((store.at(book), store.entry_at(book, Timestamp(2)).is_none()), (None, true));
        assert_eq!(store.values().copied().collect::<std::collections::BTreeSet<_>>(), [1, 3].into());
    }

    #[test]
    fn without_a_moment_what_nobody_could_be_given_is_listed_too() {
        let mut store = shelf();
        store.invalidate(Scope::All, Selector::Key("a"), How::SOFT, Timestamp(1));
        let later = Timestamp(150_000);
        assert_eq!(store.select(Scope::All, Selector::All, Some(later)).map(|numbers| numbers.len()), Some(0));
        let kept = store.select(Scope::All, Selector::All, None).unwrap();
        assert_eq!(kept.len(), 3);
        assert!(kept.iter().all(|number| store.entry_at(*number, later).is_none()), "they are dead");
    }

    #[test]
    fn an_entry_with_two_of_the_tags_counts_once_however_it_is_invalidated() {
        for how in [How::DRY_RUN, How::SOFT, How::HARD] {
            let mut store = shelf();
            assert_eq!(store.invalidate_tags(Scope::All, &["novel", "new", "novel"], how, Timestamp(1)), 2, "{how:?}");
        }
    }

    #[test]
    fn a_fence_alone_turns_loads_away_and_leaves_what_is_stored() {
        let mut store = shelf();
        let (one, other) = (store.begin_load(Place::ROOT, "a"), store.begin_load(Place::ROOT, "c"));
        store.fence_only(Scope::All, Selector::Key("a"));
        let late = store.complete(one, 9, Insert::default(), Timestamp(1));
        assert_eq!(late, Inserted::Rejected(RejectReason::Fenced));
        assert!(store.complete(other, 9, Insert::default(), Timestamp(1)).is_stored());
        assert_eq!(store.peek(Place::ROOT, "a", Timestamp(1)), Some(&1));
    }

    #[test]
    fn a_reader_is_told_which_entry_answered_and_until_when_nobody_need_ask_again() {
        let mut store = shelf();
        let (number, value) = store.ask(Place::ROOT, "b", false, Timestamp(5)).unwrap();
        assert_eq!((*value, store.key_at(number)), (2, Some("b")));
        assert_eq!(store.fresh_until(number), (60_000.0, 5.0));
        assert!(store.ask(Place::ROOT, "b", false, Timestamp(60_000)).is_none());
        assert_eq!(store.ask(Place::ROOT, "b", true, Timestamp(60_000)).map(|(_, value)| *value), Some(2));
        let stats = store.stats(None, Timestamp(60_000));
        assert_eq!((stats.hits, stats.stale_hits, stats.misses), (2, 1, 1));
    }

    #[test]
    fn without_an_end_it_may_answer_for_ever_and_with_an_idle_time_never_by_itself() {
        let mut store = Store::new(Config::default());
        let idle = Insert::on(Terms { tti: Span::mins(1), ..Terms::default() });
        let _ = store.insert(Place::ROOT, "for ever", 1, Insert::default(), Timestamp(0));
        let _ = store.insert(Place::ROOT, "while used", 2, idle, Timestamp(0));
        let mut until = |key| {
            let (number, _) = store.ask(Place::ROOT, key, false, Timestamp(1)).unwrap();
            store.fresh_until(number).0
        };
        assert_eq!((until("for ever"), until("while used")), (f64::INFINITY, 0.0));
    }

    #[test]
    fn what_readers_were_given_without_a_word_stays_when_room_is_needed() {
        let mut store = Store::new(Config { bounds: Bounds::entries(100), ..Config::default() });
        let add = |store: &mut Store<u32>, key: &str| {
            assert!(store.insert(Place::ROOT, key, 0, Insert::default(), Timestamp(0)).is_stored());
        };
        let hot: Vec<String> = (0..10).map(|number| format!("hot {number}")).collect();
        for key in &hot {
            add(&mut store, key);
        }
        let numbers = store.select(Scope::All, Selector::Prefix("hot"), None).unwrap();
        for round in 0..1_000 {
            add(&mut store, &format!("new {round}"));
            store.asked(Namespace::ROOT, &numbers);
        }
        store.asked(Namespace::NOWHERE, &numbers);
        assert!(hot.iter().all(|key| store.contains(Place::ROOT, key, Timestamp(0))));
        assert_eq!(store.stats(None, Timestamp(0)).hits, 0);
    }

    #[test]
    fn what_went_is_handed_over_once_and_nothing_is_lost_where_there_is_memory() {
        let mut store = Store::new(Config { keep_removed: true, ..Config::default() });
        let _ = store.insert(Place::ROOT, "a", 1, Insert::default(), Timestamp(0));
        let _ = store.insert(Place::ROOT, "a", 2, Insert::default(), Timestamp(0));
        let (mut first, mut second) = (Vec::new(), Vec::new());
        store.swap_removed(&mut first);
        store.swap_removed(&mut second);
        assert_eq!(first.iter().map(|removed| removed.value).collect::<Vec<_>>(), [1]);
        assert!(second.is_empty() && !store.has_lost_removed());
        store.keep_keys(false);
        let _ = store.insert(Place::ROOT, "a", 3, Insert::default(), Timestamp(0));
        store.swap_removed(&mut second);
        assert_eq!(second.iter().map(|removed| (&*removed.key, removed.value)).collect::<Vec<_>>(), [("", 2)]);
    }

    #[test]
    fn pruning_is_worth_while_at_or_before_the_end_of_the_first() {
        let mut store = shelf();
        let next = store.next_prune().unwrap();
        assert!((100_000..=120_000).contains(&next.0), "{next:?}");
        assert_eq!(store.prune(Timestamp(120_000), 10), 3);
        store.prune(Timestamp(120_000), 10);
        assert_eq!(store.next_prune(), None);
    }

    #[test]
    fn why_a_request_missed_survives_as_a_number() {
        let mut store = shelf();
        store.invalidate(Scope::All, Selector::Key("a"), How::HARD, Timestamp(1));
        store.prune(Timestamp(130_000), 10);
        for (key, at) in [("a", 2), ("b", 130_000), ("z", 2)] {
            let why = store.why_missing(Place::ROOT, key, Timestamp(at));
            assert_eq!(Why::unpack(why.pack()), why, "{key}");
        }
        assert_eq!(store.peek(Place::NOWHERE, "b", Timestamp(1)), None);
    }
}
