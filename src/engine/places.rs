//! The namespaces, the partitions, and the places where they meet. A place is a number in every key, so no key text can forge it.

use super::config::Bounds;
use super::hash::KeyedHash;
use super::pages::{NoMemory, Pages, copied};
use super::scope::{Namespace, Partition, Place, Scope};
use super::stats::Counters;
use super::table::Table;
use std::collections::VecDeque;

const NONE: u32 = u32::MAX;
/// The shared place of the root namespace. It also counts what happens in places that are forgotten.
pub(super) const ROOT: u32 = 0;
/// Empty places that are kept for their next use.
const EMPTY_KEPT: usize = 1_024;
/// The realms of partition names and places among hashed texts.
const REALM: u64 = 1 << 42;

/// How much is held somewhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Held {
    pub(super) entries: usize,
    pub(super) bytes: u64,
}

/// A partition that has places.
#[derive(Debug, Default)]
pub(super) struct PartitionRecord {
    credential: bool,
    name: Box<str>,
    hash: u64,
    /// How many places it has.
    places: u32,
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
    pub(super) held: Held,
    pub(super) loads: usize,
    /// Struck entries that are still to be taken out.
    pub(super) struck: usize,
    in_use: bool,
    /// Is it in the queue of empty places?
    waiting: bool,
    /// Where in its namespace's list it stands.
    at: u32,
    next_free: u32,
}

impl PlaceRecord {
    fn is_empty(&self) -> bool {
        self.held.entries == 0 && self.loads == 0 && self.struck == 0
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
    partitions: Pages<PartitionRecord>,
    partition_names: Table,
    free_partitions: Vec<u32>,
    empty: VecDeque<u32>,
}

impl Places {
    /// The root namespace with its shared place, in pool 0.
    pub(super) fn new() -> Self {
        let mut places = Self {
            namespaces: Vec::new(),
            by_name: Vec::new(),
            records: Pages::default(),
            free_place: NONE,
            by_partition: Table::default(),
            partitions: Pages::default(),
            partition_names: Table::default(),
            free_partitions: Vec::new(),
            empty: VecDeque::new(),
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
        self.by_name.try_reserve(1)?;
        let (name, mut places) = (copied(name)?, Vec::new());
        places.try_reserve_exact(1)?;
        places.push(self.add_place(number, None)?);
        let (counters, held) = (Counters::default(), Held::default());
        let at = self.named(&name).unwrap_or_else(|at| at);
        self.by_name.insert(at, number);
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
        let partition = self.find_partition(partition, hash)?;
        self.by_partition.find(meeting(hash, namespace.0, partition), |place| {
            let record = self.records.at(place);
            record.namespace == namespace.0 && record.partition == Some(partition)
        })
    }

    /// The place where two meet, made if need be. Forgets a few empty places that were not used for long.
    pub(super) fn make(
        &mut self,
        namespace: Namespace,
        partition: Partition<'_>,
        hash: KeyedHash,
    ) -> Result<Place, NoMemory> {
        let number = if let Some(number) = self.find(namespace, partition, hash) {
            number
        } else {
            self.forget_empty(hash);
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
        let partition = match self.find_partition(partition, hash) {
            Some(partition) => partition,
            None => self.add_partition(partition, hash)?,
        };
        let place = self.meet(namespace, partition, hash);
        if self.partitions.at(partition).places == 0 {
            self.forget_partition(partition);
        }
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
        self.partitions.at_mut(partition).places += 1;
        self.records.at_mut(place).at = at;
        if let Some(record) = self.namespaces.get_mut(namespace.0 as usize) {
            record.places.push(place);
        }
        self.emptied(place);
        Ok(place)
    }

    fn add_place(&mut self, namespace: u32, partition: Option<u32>) -> Result<u32, NoMemory> {
        let number = if self.free_place == NONE {
            self.records.push(PlaceRecord { next_free: NONE, ..PlaceRecord::default() })?
        } else {
            self.free_place
        };
        let record = self.records.at_mut(number);
        if self.free_place == number {
            self.free_place = record.next_free;
        }
        let generation = record.generation;
        *record = PlaceRecord { generation, namespace, partition, in_use: true, ..PlaceRecord::default() };
        Ok(number)
    }

    fn add_partition(&mut self, partition: Partition<'_>, hash: KeyedHash) -> Result<u32, NoMemory> {
        let (credential, name) = spelled(partition);
        let name_hash = hash.of(REALM | u64::from(credential), name.as_bytes());
        self.partition_names.make_room(name_hash)?;
        let record = PartitionRecord { credential, name: copied(name)?, hash: name_hash, places: 0 };
        let number = match self.free_partitions.pop() {
            Some(number) => {
                *self.partitions.at_mut(number) = record;
                number
            }
            None => self.partitions.push(record)?,
        };
        self.partition_names.insert(name_hash, number)?;
        Ok(number)
    }

    pub(super) fn find_partition(&self, partition: Partition<'_>, hash: KeyedHash) -> Option<u32> {
        let (credential, name) = spelled(partition);
        let name_hash = hash.of(REALM | u64::from(credential), name.as_bytes());
        self.partition_names.find(name_hash, |number| {
            let record = self.partitions.at(number);
            record.credential == credential && *record.name == *name
        })
    }

    /// Whose a place is.
    pub(super) fn partition_of(&self, place: u32) -> Partition<'_> {
        let Some(number) = self.records.at(place).partition else { return Partition::Shared };
        let record = self.partitions.at(number);
        if record.credential { Partition::Credential(&record.name) } else { Partition::Named(&record.name) }
    }

    /// Notes that a place may be empty now; after a while it is forgotten.
    pub(super) fn emptied(&mut self, place: u32) {
        let record = self.records.at_mut(place);
        if record.partition.is_some() && !record.waiting && record.is_empty() {
            // Without memory to remember it, it is kept.
            record.waiting = self.empty.try_reserve(1).is_ok();
            if record.waiting {
                self.empty.push_back(place);
            }
        }
    }

    fn forget_empty(&mut self, hash: KeyedHash) {
        for _ in 0..2 {
            if self.empty.len() <= EMPTY_KEPT {
                return;
            }
            let Some(place) = self.empty.pop_front() else { return };
            let record = self.records.at_mut(place);
            record.waiting = false;
            if record.is_empty() {
                self.forget(place, hash);
            }
        }
    }

    fn forget(&mut self, place: u32, hash: KeyedHash) {
        let record = self.records.at_mut(place);
        let (namespace, at) = (record.namespace, record.at as usize);
        let Some(partition) = record.partition else { return };
        record.in_use = false;
        record.generation = record.generation.wrapping_add(1);
        record.next_free = std::mem::replace(&mut self.free_place, place);
        self.by_partition.remove(meeting(hash, namespace, partition), place);
        if let Some(places) = self.namespaces.get_mut(namespace as usize).map(|record| &mut record.places)
            && at < places.len()
        {
            places.swap_remove(at);
            if let Some(moved) = places.get(at) {
                self.records.at_mut(*moved).at = u32::try_from(at).unwrap_or(0);
            }
        }
        let record = self.partitions.at_mut(partition);
        record.places -= 1;
        if record.places == 0 {
            self.forget_partition(partition);
        }
    }

    fn forget_partition(&mut self, partition: u32) {
        let gone = std::mem::take(self.partitions.at_mut(partition));
        self.partition_names.remove(gone.hash, partition);
        // Without memory for the list the number is lost, nothing else.
        if self.free_partitions.try_reserve(1).is_ok() {
            self.free_partitions.push(partition);
        }
    }

    /// The places that a scope reaches.
    pub(super) fn in_scope(&self, scope: Scope<'_>, hash: KeyedHash) -> Vec<u32> {
        match scope {
            Scope::All => self.namespaces.iter().flat_map(|namespace| &namespace.places).copied().collect(),
            Scope::Namespace(namespace) => {
                self.namespace(namespace.0).map(|record| record.places.clone()).unwrap_or_default()
            }
            Scope::Partition(partition) => {
                let namespaces = (0..).map(Namespace).take(self.namespaces.len());
                namespaces.filter_map(|namespace| self.find(namespace, partition, hash)).collect()
            }
            Scope::Place(place) => self.known(place).into_iter().collect(),
        }
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

    /// Every place that belongs to a credential.
    pub(super) fn of_credentials(&self) -> Vec<u32> {
        let is_one = |record: &PlaceRecord| {
            record.in_use && record.partition.is_some_and(|partition| self.partitions.at(partition).credential)
        };
        self.records.iter().filter(|(_, record)| is_one(record)).map(|(place, _)| place).collect()
    }

    /// Every place in use.
    pub(super) fn live(&self) -> impl Iterator<Item = (u32, &PlaceRecord)> {
        self.records.iter().filter(|(_, record)| record.in_use)
    }
}

fn spelled(partition: Partition<'_>) -> (bool, &str) {
    match partition {
        Partition::Shared => (false, ""),
        Partition::Named(name) => (false, name),
        Partition::Credential(name) => (true, name),
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
        let mut places = Places::new();
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
        let mut places = Places::new();
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
        let mut places = Places::new();
        let ann = places.make(Namespace::ROOT, Partition::Named("ann"), hash()).unwrap();
        places.at_mut(ann.number).loads = 1;
        for visitor in 0..5_000 {
            places.make(Namespace::ROOT, Partition::Named(&visitor.to_string()), hash()).unwrap();
        }
        assert_eq!(places.known(ann), Some(ann.number));
        assert_eq!(places.partition_of(ann.number), Partition::Named("ann"));
    }
}
