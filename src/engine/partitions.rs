//! The partitions that have places: their names, held once each for as long as somebody lives there.

use super::hash::KeyedHash;
use super::pages::{NoMemory, Pages, copied};
use super::scope::Partition;
use super::table::Table;

const NONE: u32 = u32::MAX;
/// The realm of partition names among hashed texts.
pub(super) const REALM: u64 = 1 << 42;
/// What each entry in a partition is charged beside the partition's name: about what the records of a partition with one entry take.
pub(super) const PARTITION_BYTES: u64 = 144;
/// A longer name of a partition is no place.
pub(super) const LONGEST_NAME: usize = 1 << 10;

/// A partition. A free number has no places.
#[derive(Debug, Default)]
struct Record {
    credential: bool,
    name: Box<str>,
    hash: u64,
    /// How many places it has.
    places: u32,
    next_free: u32,
}

/// All that have places.
#[derive(Debug)]
pub(super) struct Partitions {
    records: Pages<Record>,
    names: Table,
    free: u32,
}

impl Default for Partitions {
    fn default() -> Self {
        Self { records: Pages::default(), names: Table::default(), free: NONE }
    }
}

impl Partitions {
    pub(super) fn find(&self, partition: Partition<'_>, hash: KeyedHash) -> Option<u32> {
        let (credential, name) = spelled(partition);
        self.names.find(name_hash(credential, name, hash), |number| {
            let record = self.records.at(number);
            record.credential == credential && *record.name == *name
        })
    }

    /// The number of a partition, made if need be. It has no place yet: `enter` it, or `forget_unused`.
    pub(super) fn find_or_add(&mut self, partition: Partition<'_>, hash: KeyedHash) -> Result<u32, NoMemory> {
        if let Some(number) = self.find(partition, hash) {
            return Ok(number);
        }
        let (credential, name) = spelled(partition);
        let hash = name_hash(credential, name, hash);
        self.names.make_room(hash)?;
        let record = Record { credential, name: copied(name)?, hash, places: 0, next_free: NONE };
        if self.free == NONE {
            self.free = self.records.add()?;
            self.records.at_mut(self.free).next_free = NONE;
        }
        let number = self.free;
        self.free = std::mem::replace(self.records.at_mut(number), record).next_free;
        self.names.insert_here(hash, number);
        Ok(number)
    }

    /// One more place.
    pub(super) fn enter(&mut self, number: u32) {
        self.records.at_mut(number).places += 1;
    }

    /// One place less.
    pub(super) fn leave(&mut self, number: u32) {
        let record = self.records.at_mut(number);
        record.places = record.places.saturating_sub(1);
        self.forget_unused(number);
    }

    /// Forgets a partition that has no place.
    pub(super) fn forget_unused(&mut self, number: u32) {
        if self.records.at(number).places > 0 {
            return;
        }
        let gone = std::mem::take(self.records.at_mut(number));
        self.names.remove(gone.hash, number);
        self.records.at_mut(number).next_free = std::mem::replace(&mut self.free, number);
    }

    pub(super) fn partition(&self, number: u32) -> Partition<'_> {
        let record = self.records.at(number);
        if record.credential { Partition::Credential(&record.name) } else { Partition::Named(&record.name) }
    }

    /// What each entry in it is charged for that: as if its name were a part of the key.
    pub(super) fn charge(&self, number: u32) -> u64 {
        PARTITION_BYTES + self.records.at(number).name.len() as u64
    }

    /// How many numbers were ever given out. For tests.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.records.len()
    }
}

fn spelled(partition: Partition<'_>) -> (bool, &str) {
    match partition {
        Partition::Shared => (false, ""),
        Partition::Named(name) => (false, name),
        Partition::Credential(name) => (true, name),
    }
}

fn name_hash(credential: bool, name: &str, hash: KeyedHash) -> u64 {
    hash.of(REALM | u64::from(credential), name.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::hash::{Keys, Seed};

    #[test]
    fn a_name_is_held_while_it_has_a_place_and_its_number_is_used_again() {
        let hash = Keys::new(Seed::Fixed(1, 2)).make();
        let mut partitions = Partitions::default();
        let ann = partitions.find_or_add(Partition::Named("ann"), hash).unwrap();
        partitions.enter(ann);
        partitions.enter(ann);
        assert_eq!(partitions.find_or_add(Partition::Named("ann"), hash), Ok(ann));
        assert_ne!(partitions.find_or_add(Partition::Credential("ann"), hash), Ok(ann));
        assert_eq!(partitions.charge(ann), PARTITION_BYTES + 3);
        partitions.leave(ann);
        assert_eq!(partitions.find(Partition::Named("ann"), hash), Some(ann));
        partitions.leave(ann);
        assert_eq!(partitions.find(Partition::Named("ann"), hash), None);
        assert_eq!(partitions.find_or_add(Partition::Named("bob"), hash), Ok(ann));
        assert_eq!((partitions.partition(ann), partitions.len()), (Partition::Named("bob"), 2));
    }
}
