//! The namespaces, the partitions, and the places where they meet. A place is a number in every key, so no key text can forge it.

use super::config::Bounds;
use super::hash::KeyedHash;
use super::pages::{NoMemory, Pages, copied, put, put_at, take_at};
use super::partitions::{LONGEST_NAME, PARTITION_BYTES, Partitions, REALM};
use super::scope::{Namespace, Partition, Place, Scope};
use super::stats::{Counter, Counters};
use super::table::Table;

const NONE: u32 = u32::MAX;
/// The shared place of the root namespace. It also counts what happens in places that are forgotten.
pub(super) const ROOT: u32 = 0;
/// Empty places that are remembered for their next use.
const EMPTY_KEPT: usize = 1_024;

/// How much is held somewhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Held {
    pub(super) entries: usize,
    pub(super) bytes: u64,
}

#[derive(Debug)]
pub(super) struct NamespaceRecord {
    pub(super) name: Box<str>,
    pub(super) bounds: Option<Bounds>,
    pub(super) pool: u32,
    pub(super) counters: Counters,
    pub(super) held: Held,
    /// Made for what a snapshot brought, before the application asked for it.
    pub(super) implied: bool,
    /// Its places, the shared one first.
    pub(super) places: Vec<u32>,
}

/// A namespace and a partition in it.
#[derive(Debug, Default)]
pub(super) struct PlaceRecord {
    pub(super) generation: u32,
    pub(super) namespace: u32,
    /// `None` is everybody's.
    pub(super) partition: Option<u32>,
    /// What an entry here is charged for that.
    pub(super) charge: u64,
    pub(super) held: Held,
    /// Loads in flight, and a call that is storing something here.
    pub(super) busy: usize,
    /// Struck entries that are still to be taken out.
    pub(super) struck: usize,
    in_use: bool,
    /// Is it in the queue of empty places?
    waiting: bool,
    /// Where in its namespace's list it stands.
    at: u32,
    /// In the queue: who was emptied before and after it. Among the free numbers: the next.
    before: u32,
    after: u32,
}

impl PlaceRecord {
    fn is_empty(&self) -> bool {
        self.held.entries == 0 && self.busy == 0 && self.struck == 0
    }
}

/// All of them.
#[derive(Debug)]
pub(super) struct Places {
    namespaces: Vec<NamespaceRecord>,
    /// Their numbers, sorted by name: asked for before there may be a seed to hash with.
    by_name: Vec<u32>,
    records: Pages<PlaceRecord>,
    free_place: u32,
    by_partition: Table,
    partitions: Partitions,
    /// The places that were emptied, or asked for and never used, the oldest first. Some may be in use again.
    empty: Waiting,
    /// What they may be charged for together.
    empty_limit: u64,
}

/// The ends of the queue of empty places, and what is in it. It is linked through the places, so that it never needs memory.
#[derive(Debug)]
struct Waiting {
    first: u32,
    last: u32,
    count: usize,
    bytes: u64,
}

impl Places {
    /// The root namespace with its shared place, in pool 0. Empty places are remembered up to a limit of what they would be charged.
    pub(super) fn new(empty_limit: u64) -> Self {
        let mut places = Self {
            namespaces: Vec::new(),
            by_name: Vec::new(),
            records: Pages::default(),
            free_place: NONE,
            by_partition: Table::default(),
            partitions: Partitions::default(),
            empty: Waiting { first: NONE, last: NONE, count: 0, bytes: 0 },
            // Those that one call has to do with are never forgotten under its hands.
            empty_limit: empty_limit.max(16 * (LONGEST_NAME as u64 + PARTITION_BYTES)),
        };
        // Without memory for this there is none for anything; every later call then finds nothing and stores nothing.
        let _ = places.add_namespace("", None, 0);
        places
    }

    pub(super) fn add_namespace(
        &mut self,
        name: &str,
        bounds: Option<Bounds>,
        pool: u32,
    ) -> Result<Namespace, NoMemory> {
        let number = u32::try_from(self.namespaces.len()).map_err(|_| NoMemory)?;
        self.namespaces.try_reserve(1)?;
        let (name, mut places) = (copied(name)?, Vec::new());
        put(&mut places, self.add_place(number, None)?)?;
        let (counters, held) = (Counters::default(), Held::default());
        let at = self.named(&name).unwrap_or_else(|at| at);
        put_at(&mut self.by_name, at, number)?;
        self.namespaces.push(NamespaceRecord { name, bounds, pool, counters, held, implied: false, places });
        Ok(Namespace(number))
    }

    /// Where in the order of names a name stands, or would.
    fn named(&self, name: &str) -> Result<usize, usize> {
        self.by_name.binary_search_by(|number| {
            self.namespaces.get(*number as usize).map_or("", |record| &*record.name).cmp(name)
        })
    }

    pub(super) fn find_namespace(&self, name: &str) -> Option<(Namespace, &NamespaceRecord)> {
        let number = *self.by_name.get(self.named(name).ok()?)?;
        self.namespaces.get(number as usize).map(|record| (Namespace(number), record))
    }

    pub(super) fn namespaces(&self) -> &[NamespaceRecord] {
        &self.namespaces
    }

    pub(super) fn namespace(&self, number: u32) -> Option<&NamespaceRecord> {
        self.namespaces.get(number as usize)
    }

    pub(super) fn namespace_mut(&mut self, number: u32) -> Option<&mut NamespaceRecord> {
        self.namespaces.get_mut(number as usize)
    }

    /// Moves a counter of the namespace that a place belongs to.
    pub(super) fn count(&mut self, place: u32, counter: Counter, number: u64) {
        if let Some(counters) = self.counters(place) {
            counters.add(counter, number);
        }
    }

    /// The counters of the namespace that a place belongs to.
    pub(super) fn counters(&mut self, place: u32) -> Option<&mut Counters> {
        let namespace = self.records.at(place).namespace;
        self.namespaces.get_mut(namespace as usize).map(|record| &mut record.counters)
    }

    #[inline]
    pub(super) fn at(&self, place: u32) -> &PlaceRecord {
        self.records.at(place)
    }

    pub(super) fn at_mut(&mut self, place: u32) -> &mut PlaceRecord {
        self.records.at_mut(place)
    }

    /// Changes what a place holds, and its namespace with it.
    pub(super) fn holds(&mut self, place: u32, change: impl Fn(&mut Held)) {
        let record = self.records.at_mut(place);
        change(&mut record.held);
        if let Some(namespace) = self.namespaces.get_mut(record.namespace as usize) {
            change(&mut namespace.held);
        }
    }

    /// The number of a place that is still known.
    #[inline]
    pub(super) fn known(&self, place: Place) -> Option<u32> {
        if place.number as usize >= self.records.len() {
            return None;
        }
        let record = self.records.at(place.number);
        (record.in_use && record.generation == place.generation).then_some(place.number)
    }

    pub(super) fn shared(&self, namespace: Namespace) -> Option<u32> {
        self.namespaces.get(namespace.0 as usize)?.places.first().copied()
    }

    /// The place where two meet, if it exists.
    pub(super) fn find(&self, namespace: Namespace, partition: Partition<'_>, hash: KeyedHash) -> Option<u32> {
        if partition == Partition::Shared {
            return self.shared(namespace);
        }
        let partition = self.partitions.find(partition, hash)?;
        self.by_partition.find(meeting(hash, namespace.0, partition), |place| {
            let record = self.records.at(place);
            record.namespace == namespace.0 && record.partition == Some(partition)
        })
    }

    /// The place where two meet, made if need be.
    pub(super) fn make(
        &mut self,
        namespace: Namespace,
        partition: Partition<'_>,
        hash: KeyedHash,
    ) -> Result<Place, NoMemory> {
        let number = if let Some(number) = self.find(namespace, partition, hash) {
            // Whoever asks is about to use it.
            if self.records.at(number).waiting {
                self.unqueue(number);
                self.queue(number);
            }
            number
        } else {
            self.add_meeting(namespace, partition, hash)?
        };
        Ok(Place { number, generation: self.records.at(number).generation })
    }

    fn add_meeting(
        &mut self,
        namespace: Namespace,
        partition: Partition<'_>,
        hash: KeyedHash,
    ) -> Result<u32, NoMemory> {
        if namespace.0 as usize >= self.namespaces.len() {
            return Err(NoMemory);
        }
        let partition = self.partitions.find_or_add(partition, hash)?;
        let place = self.meet(namespace, partition, hash);
        self.partitions.forget_unused(partition);
        place
    }

    fn meet(&mut self, namespace: Namespace, partition: u32, hash: KeyedHash) -> Result<u32, NoMemory> {
        let meeting = meeting(hash, namespace.0, partition);
        self.by_partition.make_room(meeting)?;
        let Some(record) = self.namespaces.get_mut(namespace.0 as usize) else { return Err(NoMemory) };
        record.places.try_reserve(1)?;
        let at = u32::try_from(record.places.len()).map_err(|_| NoMemory)?;
        let place = self.add_place(namespace.0, Some(partition))?;
        self.by_partition.insert_here(meeting, place);
        self.partitions.enter(partition);
        let added = self.records.at_mut(place);
        (added.at, added.charge) = (at, self.partitions.charge(partition));
        if let Some(record) = self.namespaces.get_mut(namespace.0 as usize) {
            record.places.push(place);
        }
        self.emptied(place, hash);
        Ok(place)
    }

    fn add_place(&mut self, namespace: u32, partition: Option<u32>) -> Result<u32, NoMemory> {
        if self.free_place == NONE {
            self.free_place = self.records.add()?;
            self.records.at_mut(self.free_place).after = NONE;
        }
        let number = self.free_place;
        let record = self.records.at_mut(number);
        self.free_place = record.after;
        let generation = record.generation;
        *record = PlaceRecord { generation, namespace, partition, in_use: true, ..PlaceRecord::default() };
        Ok(number)
    }

    pub(super) fn find_partition(&self, partition: Partition<'_>, hash: KeyedHash) -> Option<u32> {
        self.partitions.find(partition, hash)
    }

    /// Whose a place is.
    pub(super) fn partition_of(&self, place: u32) -> Partition<'_> {
        self.records.at(place).partition.map_or(Partition::Shared, |number| self.partitions.partition(number))
    }

    /// Notes that a place may be empty now. The places that were emptied longest ago are forgotten when there are too many.
    pub(super) fn emptied(&mut self, place: u32, hash: KeyedHash) {
        let record = self.records.at(place);
        if record.partition.is_none() || !record.is_empty() {
            return;
        }
        if record.waiting {
            self.unqueue(place);
        }
        self.queue(place);
        while self.empty.count > EMPTY_KEPT || self.empty.bytes > self.empty_limit {
            let oldest = self.empty.first;
            if oldest == NONE {
                return;
            }
            self.unqueue(oldest);
            if self.records.at(oldest).is_empty() {
                self.forget(oldest, hash);
            }
        }
    }

    /// Somebody who kept a place from being forgotten is gone.
    pub(super) fn left(&mut self, place: u32, hash: KeyedHash) {
        let record = self.records.at_mut(place);
        record.busy = record.busy.saturating_sub(1);
        self.emptied(place, hash);
    }

    fn queue(&mut self, place: u32) {
        let before = std::mem::replace(&mut self.empty.last, place);
        if before == NONE {
            self.empty.first = place;
        } else {
            self.records.at_mut(before).after = place;
        }
        let record = self.records.at_mut(place);
        (record.waiting, record.before, record.after) = (true, before, NONE);
        self.empty.count += 1;
        self.empty.bytes += record.charge;
    }

    fn unqueue(&mut self, place: u32) {
        let record = self.records.at_mut(place);
        record.waiting = false;
        let (before, after) = (record.before, record.after);
        self.empty.count -= 1;
        self.empty.bytes -= record.charge;
        match before {
            NONE => self.empty.first = after,
            before => self.records.at_mut(before).after = after,
        }
        match after {
            NONE => self.empty.last = before,
            after => self.records.at_mut(after).before = before,
        }
    }

    fn forget(&mut self, place: u32, hash: KeyedHash) {
        let record = self.records.at_mut(place);
        let (namespace, at) = (record.namespace, record.at);
        let Some(partition) = record.partition else { return };
        record.in_use = false;
        record.generation = record.generation.wrapping_add(1);
        record.after = std::mem::replace(&mut self.free_place, place);
        self.by_partition.remove(meeting(hash, namespace, partition), place);
        if let Some(places) = self.namespaces.get_mut(namespace as usize).map(|record| &mut record.places)
            && let Some(moved) = take_at(places, at as usize)
        {
            self.records.at_mut(moved).at = at;
        }
        self.partitions.leave(partition);
    }

    /// The places of one partition.
    pub(super) fn of(&self, partition: Partition<'_>, hash: KeyedHash) -> impl Iterator<Item = u32> {
        let namespaces = (0..).map(Namespace).take(self.namespaces.len());
        namespaces.filter_map(move |namespace| self.find(namespace, partition, hash))
    }

    /// Is a place within a scope?
    pub(super) fn reaches(&self, scope: Scope<'_>, place: u32) -> bool {
        match scope {
            Scope::All => true,
            Scope::Namespace(namespace) => self.records.at(place).namespace == namespace.0,
            Scope::Partition(partition) => self.partition_of(place) == partition,
            Scope::Place(wanted) => self.known(wanted) == Some(place),
        }
    }

    pub(super) fn is_credentials(&self, place: u32) -> bool {
        matches!(self.partition_of(place), Partition::Credential(_))
    }

    /// Walks the queue of empty places and looks at what each place is charged; an error says what is broken. For checks.
    pub(super) fn check(&self) -> Result<(), String> {
        let charged = |record: &PlaceRecord| record.partition.map_or(0, |number| self.partitions.charge(number));
        if let Some((place, record)) = self.live().find(|(_, record)| record.charge != charged(record)) {
            return Err(format!("place {place} is charged {} bytes for its partition", record.charge));
        }
        let (mut place, mut before, mut count, mut bytes) = (self.empty.first, NONE, 0, 0);
        while place != NONE {
            let record = self.records.at(place);
            if record.before != before || !record.waiting || !record.in_use || record.partition.is_none() {
                return Err(format!("empty place {place} is queued wrongly"));
            }
            (count, bytes) = (count + 1, bytes + record.charge);
            (before, place) = (place, record.after);
        }
        let lost = self.live().find(|(_, record)| record.partition.is_some() && record.is_empty() && !record.waiting);
        if let Some((place, _)) = lost {
            return Err(format!("place {place} is empty and would never be forgotten"));
        }
        if (count, bytes, before) != (self.empty.count, self.empty.bytes, self.empty.last) {
            return Err(format!("{count} empty places of {bytes} bytes, counted {:?}", self.empty));
        }
        let over = count > EMPTY_KEPT || bytes > self.empty_limit;
        if over { Err(format!("{count} empty places of {bytes} bytes are remembered")) } else { Ok(()) }
    }

    /// Every place in use.
    pub(super) fn live(&self) -> impl Iterator<Item = (u32, &PlaceRecord)> {
        self.records.iter().filter(|(_, record)| record.in_use)
    }
}

fn meeting(hash: KeyedHash, namespace: u32, partition: u32) -> u64 {
    hash.of(REALM | 2 | u64::from(namespace) << 2, &partition.to_le_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::hash::{Keys, Seed};

    fn hash() -> KeyedHash {
        Keys::new(Seed::Fixed(3, 4)).make()
    }

    #[test]
    fn the_same_names_meet_in_the_same_place_and_others_elsewhere() {
        let mut places = Places::new(u64::MAX);
        let bugs = places.add_namespace("bugs", None, 0).unwrap();
        let mut at = |namespace, partition| places.make(namespace, partition, hash()).unwrap();
        let all = [
            at(Namespace::ROOT, Partition::Shared),
            at(Namespace::ROOT, Partition::Named("ann")),
            at(Namespace::ROOT, Partition::Credential("ann")),
            at(Namespace::ROOT, Partition::Named("")),
            at(bugs, Partition::Shared),
            at(bugs, Partition::Named("ann")),
        ];
        let distinct: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
        assert_eq!(at(bugs, Partition::Named("ann")), all[5]);
        assert_eq!(all[0], Place::ROOT);
    }

    #[test]
    fn a_million_visitors_leave_no_places_behind_and_an_old_place_means_nobody_elses() {
        let mut places = Places::new(u64::MAX);
        let first = places.make(Namespace::ROOT, Partition::Named("first"), hash()).unwrap();
        for visitor in 0..100_000 {
            places.make(Namespace::ROOT, Partition::Named(&visitor.to_string()), hash()).unwrap();
        }
        assert!(places.records.len() < EMPTY_KEPT + 10, "{}", places.records.len());
        assert!(places.partitions.len() < EMPTY_KEPT + 10);
        assert_eq!(places.known(first), None);
    }

    #[test]
    fn a_place_that_holds_something_is_never_forgotten() {
        let mut places = Places::new(u64::MAX);
        let ann = places.make(Namespace::ROOT, Partition::Named("ann"), hash()).unwrap();
        places.at_mut(ann.number).busy = 1;
        for visitor in 0..5_000 {
            places.make(Namespace::ROOT, Partition::Named(&visitor.to_string()), hash()).unwrap();
        }
        assert_eq!(places.known(ann), Some(ann.number));
        assert_eq!(places.partition_of(ann.number), Partition::Named("ann"));
    }
}
