//! Snapshots: what is held, as bytes, and back. The byte format itself is in `engine::snapshot`.

use super::{Insert, Store};
use crate::engine::life::{Course, Kept, Life, Terms};
use crate::engine::outcome::{Inserted, RemovalCause};
use crate::engine::pages::{NoMemory, collected};
use crate::engine::ranked::{Ranked, sort};
use crate::engine::scope::{Namespace, Partition, Scope, Selector};
use crate::engine::snapshot::{Record, SnapshotError, decode, try_encode};
use crate::engine::time::{Deadline, Moment, Span, Timestamp};

/// What became of the entries of a snapshot. Use it to log how warm the start was.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Restored {
    /// Entries that are in the cache again.
    pub restored: usize,
    /// Entries that are not: expired meanwhile, older than what is held, without room, or not to be decoded.
    pub skipped: usize,
}

/// A snapshot's bytes, and what they hold. Use it to see whether anything was left out before the bytes are kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Snapshot {
    /// The bytes, for [`Store::restore`].
    pub bytes: Vec<u8>,
    /// How many entries are in them.
    pub entries: usize,
    /// How many are not: because `value_bytes` gave nothing for their value, or all of them because there was no memory for the bytes.
    /// There are none then, not even of an empty snapshot; keep an older one.
    pub left_out: usize,
}

impl<V> Store<V> {
    /// Writes what is selected, less what belongs to credentials. The same content gives the same bytes. `wall` is the time of day
    /// (milliseconds since 1970) at `now`: lifetimes are written by it, so that they survive a process whose clock differs.
    ///
    /// Use it to start warm next time, or to hand a server's cache to a page. `value_bytes` makes bytes of a value, or `None` to leave it
    /// out.
    ///
    /// ```
    /// use fetchwell::engine::{Config, Insert, Place, Scope, Selector, Snapshot, Store, Timestamp};
    ///
    /// let mut store = Store::new(Config::default());
    /// for (key, title) in [("books:7", Some("Emma")), ("books:8", None)] {
    ///     let _ = store.insert(Place::ROOT, key, title, Insert::default(), Timestamp(0));
    /// }
    /// let wall = 1_767_225_600_000; // the time of day at `now`
    /// let saved: Snapshot = store.snapshot(Scope::All, Selector::All, Timestamp(5_000), wall, |title| {
    ///     title.map(|title| title.as_bytes().to_vec())
    /// });
    /// assert_eq!((saved.entries, saved.left_out), (1, 1));
    /// ```
    pub fn snapshot(
        &mut self,
        scope: Scope<'_>,
        what: Selector<'_>,
        now: Timestamp,
        wall: u64,
        value_bytes: impl FnMut(&V) -> Option<Vec<u8>>,
    ) -> Snapshot {
        let now = self.time.observe(now);
        let chosen = self.choose(scope, what);
        chosen.and_then(|chosen| self.written(chosen, Dates { now, wall }, value_bytes)).unwrap_or_else(|NoMemory| {
            let meant = |number: &u32| self.is_meant(*number, scope, what) == Ok(true) && self.is_kept(*number, now);
            Snapshot { bytes: Vec::new(), entries: 0, left_out: self.entries.numbers().filter(meant).count() }
        })
    }

    fn written(
        &self,
        mut chosen: Vec<u32>,
        dated: Dates,
        mut value_bytes: impl FnMut(&V) -> Option<Vec<u8>>,
    ) -> Result<Snapshot, NoMemory> {
        chosen.retain(|number| self.is_kept(*number, dated.now));
        let mut of = |number: u32| value_bytes(self.entries.at(number).value.as_ref()?);
        let encoded = collected(chosen.iter().filter_map(|number| Some((*number, of(*number)?))))?;
        let mut records = Vec::new();
        records.try_reserve_exact(encoded.len())?;
        for (number, value) in &encoded {
            records.push(self.record(*number, value, dated)?);
        }
        let (entries, left_out) = (records.len(), chosen.len() - records.len());
        Ok(Snapshot { bytes: try_encode(records)?, entries, left_out })
    }

    /// Shows `look` each entry that a snapshot of this selection would hold, with its value and without bytes for it, in no particular
    /// order. Use it where snapshots are made without holding the store: copy what is shown, and [`encode`](super::super::encode) it later.
    ///
    /// ```
    /// use fetchwell::engine::{Config, Insert, Place, Scope, Selector, Store, Timestamp};
    ///
    /// let mut store = Store::new(Config::default());
    /// let _ = store.insert(Place::ROOT, "books:7", "Emma", Insert::default(), Timestamp(0));
    /// let mut titles = Vec::new();
    /// store.each_record(Scope::All, Selector::All, Timestamp(1), 0, |title, record| titles.push((record.key.to_owned(), *title)));
    /// assert_eq!(titles, [("books:7".to_owned(), "Emma")]);
    /// ```
    pub fn each_record(
        &mut self,
        scope: Scope<'_>,
        what: Selector<'_>,
        now: Timestamp,
        wall: u64,
        mut look: impl FnMut(&V, Record<'_>),
    ) {
        let dated = Dates { now: self.time.observe(now), wall };
        self.each_chosen(scope, what, |store, number| {
            if store.is_kept(number, dated.now)
                && let Some(value) = store.entries.at(number).value.as_ref()
                && let Ok(record) = store.record(number, &[], dated)
            {
                look(value, record);
            }
        });
    }

    /// Is an entry one that a snapshot keeps?
    fn is_kept(&self, number: u32, now: Moment) -> bool {
        let is_credentials = self.places.is_credentials(self.entries.at(number).place);
        !is_credentials && !matches!(self.entries.life(number, now), Life::Dead(_))
    }

    /// Puts the entries of a snapshot back. Use it at start, before the first request. Each entry keeps its own deadline, and lives no
    /// longer than its full lifetime from now, whatever the clocks say. Replaces nothing newer and revives nothing expired. Namespaces it
    /// names are made; the application may still give them bounds. Damaged bytes change nothing.
    ///
    /// Nobody is evicted for it: the newest take the room there is, the others are skipped.
    ///
    /// ```
    /// use fetchwell::engine::{
    ///     Config, Insert, Place, Restored, Scope, Selector, SnapshotError, Span, Store, Terms, Timestamp,
    /// };
    ///
    /// let mut store = Store::new(Config::default());
    /// let how = Insert::on(Terms::ttl(Span::mins(5)));
    /// let _ = store.insert(Place::ROOT, "books:7", String::from("Emma"), how, Timestamp(60_000));
    /// let saved = store.snapshot(Scope::All, Selector::All, Timestamp(60_000), 1_767_225_600_000, |title| {
    ///     Some(title.clone().into_bytes())
    /// });
    ///
    /// // A minute later, in a process whose clock began anew.
    /// let mut next = Store::new(Config::default());
    /// let read = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
    /// let outcome = next.restore(&saved.bytes, Timestamp(0), 1_767_225_660_000, read)?;
    /// assert_eq!(outcome, Restored { restored: 1, skipped: 0 });
    /// assert!(next.contains(Place::ROOT, "books:7", Timestamp(239_999)));
    /// assert!(!next.contains(Place::ROOT, "books:7", Timestamp(240_000)));
    /// # Ok::<(), SnapshotError>(())
    /// ```
    pub fn restore(
        &mut self,
        bytes: &[u8],
        now: Timestamp,
        wall: u64,
        mut value_of: impl FnMut(&[u8]) -> Option<V>,
    ) -> Result<Restored, SnapshotError> {
        self.restore_each(bytes, now, wall, |_, bytes| value_of(bytes))
    }

    /// The same; `value_of` is also told which record of the snapshot it is, as they are not read in their order.
    pub(crate) fn restore_each(
        &mut self,
        bytes: &[u8],
        now: Timestamp,
        wall: u64,
        mut value_of: impl FnMut(usize, &[u8]) -> Option<V>,
    ) -> Result<Restored, SnapshotError> {
        let records = decode(bytes)?;
        let dated = Dates { now: self.time.observe(now), wall };
        let mut order = Vec::new();
        order.try_reserve_exact(records.len()).map_err(|_| SnapshotError::NoMemory)?;
        order.extend((0..).zip(&records).map(|(number, record)| Ranked { rank: !record.created_at, number }));
        sort(&mut order);
        let mut restored = 0;
        for Ranked { number, .. } in order {
            let at = number as usize;
            if let Some(record) = records.get(at)
                && let Some(value) = value_of(at, record.value)
                && self.restore_one(record, value, dated).is_some()
            {
                restored += 1;
            }
        }
        Ok(Restored { restored, skipped: records.len() - restored })
    }

    /// Puts one entry back; nothing if it may not be.
    fn restore_one(&mut self, record: &Record<'_>, value: V, dated: Dates) -> Option<()> {
        let partition = record.partition.map_or(Partition::Shared, Partition::Named);
        let namespace = self.implied_namespace(record.namespace)?;
        let place = self.place(namespace, partition);
        let place = self.places.known(place)?;
        // While this goes on the place is not forgotten, whatever goes to make room.
        self.places.at_mut(place).busy += 1;
        let restored = self.put_back(place, record, value, dated);
        self.left(place);
        restored
    }

    fn put_back(&mut self, place: u32, record: &Record<'_>, value: V, dated: Dates) -> Option<()> {
        let now = dated.now;
        let span = |ms: u64| if ms == u64::MAX { Span::FOREVER } else { Span::ms(ms) };
        let terms = Terms {
            ttl: record.ttl.map_or(Span::FOREVER, Span::ms),
            tti: span(record.tti),
            swr: span(record.swr),
            stale_if_error: span(record.stale_if_error),
            jitter: 0.0,
            dormant: record.dormant,
        };
        // A touch may have given it a longer life than it was stored with.
        let touched = record.deadline.map_or(Span::FOREVER, |at| Span::ms(at.saturating_sub(record.created_at)));
        let full = Deadline::after(now, terms.ttl.max(touched));
        let deadline = record.deadline.map_or(Deadline::NEVER, |at| Deadline(dated.moment(at)));
        let past = Past {
            created: dated.moment(record.created_at).min(now),
            asked: dated.moment(record.idle_since).min(now),
            // What was softly invalidated is not fresh, whatever the clocks say.
            deadline: deadline.min(if record.soft { Deadline(now) } else { full }),
            soft: record.soft,
            grace: span(record.grace),
        };
        let key = record.key;
        let hash = self.keys.make().of(u64::from(place), key.as_bytes());
        let held = self.entries.find(hash, place, key);
        let is_newer = |number| {
            let dead = matches!(self.entries.life(number, now), Life::Dead(_));
            !dead && self.entries.at(number).created >= past.created
        };
        if held.is_some_and(is_newer) || past.is_over(terms, now) {
            return None;
        }
        let how = Insert { weight: record.weight, terms, tags: &record.tags };
        let most = self.charge_of(place, key, &how);
        if self.verdict(place, key, &how).is_none() && !self.has_room(place, key, hash, most, now) {
            // As when a value is rejected: nobody may get an older one after a newer one was offered.
            if let Some(number) = self.entries.find(hash, place, key) {
                self.take_out(number, RemovalCause::Replaced);
            }
            return None;
        }
        if self.put(place, key, hash, value, &how, now) != Inserted::Stored {
            return None;
        }
        if let Some(number) = self.entries.find(hash, place, key) {
            self.backdate(number, past, now);
            let (entries, pool) = (&self.entries, self.pool_of(place));
            self.policy.set_back(number, pool, &|next| entries.at(next).created > past.created);
        }
        Some(())
    }

    fn record<'a>(&'a self, number: u32, value: &'a [u8], dated: Dates) -> Result<Record<'a>, NoMemory> {
        let (slot, kept) = (self.entries.at(number), self.entries.kept(number));
        let namespace = self.places.namespace(self.places.at(slot.place).namespace);
        let partition = match self.places.partition_of(slot.place) {
            Partition::Named(name) => Some(name),
            Partition::Shared | Partition::Credential(_) => None,
        };
        let ms = |span: Span| span.as_ms().unwrap_or(u64::MAX);
        Ok(Record {
            namespace: namespace.map_or("", |namespace| &*namespace.name),
            partition,
            key: &slot.key,
            created_at: dated.wall_of(slot.created),
            deadline: (!slot.deadline.is_never()).then(|| dated.wall_of(slot.deadline.0)),
            ttl: kept.terms.ttl.as_ms(),
            tti: ms(kept.terms.tti),
            idle_since: if slot.idles { dated.wall_of(self.entries.course(number).idle_since) } else { 0 },
            swr: ms(kept.terms.swr),
            stale_if_error: ms(kept.terms.stale_if_error),
            grace: ms(kept.grace),
            dormant: kept.terms.dormant,
            soft: slot.soft,
            weight: slot.weight,
            tags: collected(self.tags.of(number))?,
            value,
        })
    }

    /// The namespace that a snapshot names; nothing if there is no memory to make it.
    fn implied_namespace(&mut self, name: &str) -> Option<Namespace> {
        if name.is_empty() {
            return Some(Namespace::ROOT);
        }
        if let Some((namespace, _)) = self.places.find_namespace(name) {
            return Some(namespace);
        }
        let namespace = self.namespace(name, None).ok()?;
        self.places.namespace_mut(namespace.0)?.implied = true;
        Some(namespace)
    }

    /// Gives an entry that was just stored the past that it had.
    fn backdate(&mut self, number: u32, past: Past, now: Moment) {
        let kept = Kept { terms: self.entries.kept(number).terms, grace: past.grace };
        let slot = self.entries.at_mut(number);
        slot.created = past.created;
        slot.asked = past.asked.into();
        slot.deadline = past.deadline;
        slot.soft = past.soft;
        let old = slot.kept;
        if let Ok(kept) = self.entries.keep(kept) {
            self.entries.at_mut(number).kept = kept;
            self.entries.unkeep(old);
        }
        self.list_anew(number, now);
    }
}

/// What a snapshot tells of an entry's life so far.
#[derive(Clone, Copy)]
struct Past {
    created: Moment,
    asked: Moment,
    deadline: Deadline,
    soft: bool,
    grace: Span,
}

impl Past {
    fn is_over(self, terms: Terms, now: Moment) -> bool {
        let kept = Kept { terms, grace: self.grace };
        let course = Course { deadline: self.deadline, soft: self.soft, kept: &kept, idle_since: self.asked };
        matches!(course.at(now), Life::Dead(_))
    }
}

/// One moment, on the store's line and by the time of day.
#[derive(Clone, Copy)]
struct Dates {
    now: Moment,
    wall: u64,
}

impl Dates {
    fn wall_of(self, moment: Moment) -> u64 {
        self.wall.saturating_add(moment.saturating_sub(self.now)).saturating_sub(self.now.saturating_sub(moment))
    }

    fn moment(self, wall: u64) -> Moment {
        self.now.saturating_add(wall.saturating_sub(self.wall)).saturating_sub(self.wall.saturating_sub(wall))
    }
}
