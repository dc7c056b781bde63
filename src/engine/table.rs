//! A hash table from a keyed hash to a number, whose growth is spread: it grows by splitting one small leaf, never by a rehash of all.
//!
//! The upper bits of a hash choose a leaf through the directory (extendible hashing), the lower bits a cell in it (linear probing).
//! The table holds numbers only; whether two keys are equal is the caller's to say.

use super::pages::{NoMemory, collected, put};

const VACANT: u32 = u32::MAX;
const SMALLEST: usize = 8;
const LARGEST: usize = 256;

#[derive(Clone, Copy, Debug)]
struct Cell {
    hash: u32,
    number: u32,
}

const EMPTY: Cell = Cell { hash: 0, number: VACANT };

#[derive(Debug, Default)]
struct Leaf {
    cells: Vec<Cell>,
    used: usize,
    depth: u32,
}

/// Numbers by hash.
#[derive(Debug, Default)]
pub(super) struct Table {
    directory: Vec<u32>,
    depth: u32,
    leaves: Vec<Leaf>,
    len: usize,
}

/// The half of the hash that the table keeps.
fn upper(hash: u64) -> u32 {
    (hash >> 32) as u32
}

impl Table {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The number stored under `hash` for which `is_it` says yes.
    #[inline]
    pub(super) fn find(&self, hash: u64, mut is_it: impl FnMut(u32) -> bool) -> Option<u32> {
        let hash = upper(hash);
        let leaf = self.leaf(hash)?;
        leaf.probe(hash).find(|(_, cell)| cell.hash == hash && is_it(cell.number)).map(|(_, cell)| cell.number)
    }

    /// Splits and grows until one more number under `hash` fits, so that the `insert` after it cannot fail.
    pub(super) fn make_room(&mut self, hash: u64) -> Result<(), NoMemory> {
        let hash = upper(hash);
        if self.directory.is_empty() {
            self.leaves.clear();
            put(&mut self.leaves, Leaf::empty(SMALLEST, 0)?)?;
            put(&mut self.directory, 0)?;
        }
        loop {
            let number = self.leaf_number(hash);
            match self.leaves.get_mut(number) {
                Some(leaf) if leaf.is_full() && leaf.cells.len() < LARGEST => leaf.grow()?,
                Some(leaf) if leaf.is_full() => self.split(hash)?,
                _ => return Ok(()),
            }
        }
    }

    /// Adds a number. The caller has seen that it is not there yet.
    #[cfg(test)]
    pub(super) fn insert(&mut self, hash: u64, number: u32) -> Result<(), NoMemory> {
        self.make_room(hash)?;
        self.insert_here(hash, number);
        Ok(())
    }

    /// Adds a number where `make_room` made room.
    pub(super) fn insert_here(&mut self, hash: u64, number: u32) {
        let hash = upper(hash);
        let leaf = self.leaf_number(hash);
        if let Some(leaf) = self.leaves.get_mut(leaf) {
            leaf.place(Cell { hash, number });
            self.len += 1;
        }
    }

    /// Takes a number out. Says whether it was there.
    pub(super) fn remove(&mut self, hash: u64, number: u32) -> bool {
        let hash = upper(hash);
        let leaf = self.leaf_number(hash);
        let removed = self.leaves.get_mut(leaf).is_some_and(|leaf| leaf.take(hash, number));
        self.len -= usize::from(removed);
        removed
    }

    fn leaf(&self, hash: u32) -> Option<&Leaf> {
        self.leaves.get(self.leaf_number(hash))
    }

    #[inline]
    fn leaf_number(&self, hash: u32) -> usize {
        self.directory.get(top_bits(hash, self.depth)).map_or(0, |leaf| *leaf as usize)
    }

    /// Gives half of the full leaf of `hash` to a new one.
    fn split(&mut self, hash: u32) -> Result<(), NoMemory> {
        let number = self.leaf_number(hash);
        let Some(depth) = self.leaves.get(number).map(|leaf| leaf.depth + 1) else { return Ok(()) };
        if depth > self.depth {
            self.double_directory()?;
        }
        let fresh = u32::try_from(self.leaves.len()).map_err(|_| NoMemory)?;
        self.leaves.try_reserve(1)?;
        let (mut low, mut high) = (Leaf::empty(LARGEST, depth)?, Leaf::empty(LARGEST, depth)?);
        let Some(old) = self.leaves.get_mut(number) else { return Ok(()) };
        for cell in old.cells.iter().filter(|cell| cell.number != VACANT) {
            let half = if top_bits(cell.hash, depth) & 1 == 0 { &mut low } else { &mut high };
            half.place(*cell);
        }
        *old = low;
        self.leaves.push(high);
        // The directory's entries of the old leaf lie side by side; the upper half of them now means the new leaf.
        let half = 1 << (self.depth - depth);
        let first = top_bits(hash, depth - 1) * 2 * half;
        for leaf in self.directory.iter_mut().skip(first + half).take(half) {
            *leaf = fresh;
        }
        Ok(())
    }

    fn double_directory(&mut self) -> Result<(), NoMemory> {
        // A keyed hash spreads evenly, so a directory far larger than its content means that the key is known to an attacker.
        // Then an insert is refused rather than memory given away.
        if self.directory.len() > 64 + self.len {
            return Err(NoMemory);
        }
        self.directory = collected(self.directory.iter().flat_map(|leaf| [*leaf, *leaf]))?;
        self.depth += 1;
        Ok(())
    }
}

#[inline]
fn top_bits(hash: u32, count: u32) -> usize {
    hash.checked_shr(32 - count).unwrap_or(0) as usize
}

impl Leaf {
    fn empty(size: usize, depth: u32) -> Result<Self, NoMemory> {
        let mut cells = Vec::new();
        cells.try_reserve_exact(size)?;
        cells.resize(size, EMPTY);
        Ok(Self { cells, used: 0, depth })
    }

    fn is_full(&self) -> bool {
        self.used >= self.cells.len() - self.cells.len() / 8
    }

    fn grow(&mut self) -> Result<(), NoMemory> {
        let mut wider = Self::empty(self.cells.len() * 2, self.depth)?;
        for cell in self.cells.iter().filter(|cell| cell.number != VACANT) {
            wider.place(*cell);
        }
        *self = wider;
        Ok(())
    }

    /// The occupied cells from a hash's home on, up to the first vacant one.
    #[inline]
    fn probe(&self, hash: u32) -> impl Iterator<Item = (usize, Cell)> {
        let mask = self.cells.len().wrapping_sub(1);
        (0..self.cells.len())
            .map(move |step| (hash as usize).wrapping_add(step) & mask)
            .map_while(|at| self.cells.get(at).map(|cell| (at, *cell)))
            .take_while(|(_, cell)| cell.number != VACANT)
    }

    fn place(&mut self, cell: Cell) {
        let mask = self.cells.len().wrapping_sub(1);
        let start = cell.hash as usize;
        for step in 0..self.cells.len() {
            if let Some(free) = self.cells.get_mut(start.wrapping_add(step) & mask)
                && free.number == VACANT
            {
                *free = cell;
                self.used += 1;
                return;
            }
        }
    }

    fn take(&mut self, hash: u32, number: u32) -> bool {
        let found = self.probe(hash).find(|(_, cell)| cell.number == number);
        let Some((mut hole, _)) = found else { return false };
        // Close the gap: whoever probed past the hole moves back into it, so that no probe stops short.
        let mask = self.cells.len().wrapping_sub(1);
        let mut at = hole;
        for _ in 0..self.cells.len() {
            at = (at + 1) & mask;
            let Some(cell) = self.cells.get(at).copied().filter(|cell| cell.number != VACANT) else { break };
            let from_home = at.wrapping_sub(cell.hash as usize) & mask;
            let from_hole = at.wrapping_sub(hole) & mask;
            if from_home >= from_hole {
                if let Some(free) = self.cells.get_mut(hole) {
                    *free = cell;
                }
                hole = at;
            }
        }
        if let Some(free) = self.cells.get_mut(hole) {
            *free = EMPTY;
        }
        self.used -= 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    fn mix(n: u64) -> u64 {
        let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        n ^ (n >> 31)
    }

    #[test]
    fn it_answers_as_a_map_does_through_growth_and_removal() {
        let (mut table, mut model) = (Table::default(), HashMap::new());
        for round in 0..60_000_u64 {
            let key = mix(round) % 20_000;
            let hash = mix(key);
            let number = u32::try_from(key).unwrap();
            if model.remove(&key).is_some() {
                assert!(table.remove(hash, number));
            } else {
                table.insert(hash, number).unwrap();
                model.insert(key, number);
            }
            assert_eq!(table.len(), model.len());
        }
        for key in 0..20_000 {
            let found = table.find(mix(key), |number| u64::from(number) == key);
            assert_eq!(found, model.get(&key).copied());
        }
    }

    #[test]
    fn hashes_that_all_collide_are_refused_before_memory_is_given_away() {
        let mut table = Table::default();
        let stored = (0..10_000).take_while(|number| table.insert(7 << 32, *number).is_ok()).count();
        assert!(stored >= 200, "{stored}");
        assert!(stored < 10_000);
        assert!(table.directory.len() <= 1_024, "{}", table.directory.len());
        assert_eq!(table.find(7 << 32, |number| number == 3), Some(3));
    }

    /// How many cells a look at this hash reads at most.
    fn steps(table: &Table, hash: u64) -> usize {
        table.leaf(upper(hash)).map_or(0, |leaf| leaf.probe(upper(hash)).count() + 1)
    }

    /// Twenty thousand numbers whose hashes under one seed are as wanted, and what each is under another seed.
    fn mined(wanted: impl Fn(u64) -> bool) -> Vec<(u64, u64)> {
        let pairs = (0_u64..).map(|number| (mix(number), mix(mix(number) ^ 0x5eed_5eed_5eed_5eed)));
        pairs.filter(|(known, _)| wanted(*known)).take(20_000).collect()
    }

    fn filled(hashes: impl Iterator<Item = u64>) -> (Table, usize) {
        let (mut table, mut steps) = (Table::default(), 0);
        for (number, hash) in (0..).zip(hashes) {
            steps += steps_of_insert(&mut table, hash, number);
        }
        (table, steps)
    }

    fn steps_of_insert(table: &mut Table, hash: u64, number: u32) -> usize {
        let before = steps(table, hash);
        let _ = table.insert(hash, number);
        before
    }

    #[test]
    fn keys_mined_for_another_seed_cost_less_than_twice_what_plain_keys_cost() {
        let (_, plain) = filled((1 << 40..).map(mix).take(20_000));
        for wanted in [|hash: u64| hash >> 54 == 5, |hash: u64| hash >> 32 & 0xff == 5] {
            let (table, steps) = filled(mined(wanted).into_iter().map(|(_, secret)| secret));
            assert_eq!(table.len(), 20_000);
            assert!(steps < 2 * plain, "{steps} cells for mined keys, {plain} for plain ones");
        }
    }

    #[test]
    fn keys_mined_for_the_very_seed_cost_no_more_than_a_leaf_each() {
        for wanted in [|hash: u64| hash >> 54 == 5, |hash: u64| hash >> 32 & 0xff == 5] {
            let (table, cells) = filled(mined(wanted).into_iter().map(|(known, _)| known));
            assert!(cells < 20_000 * LARGEST, "{cells}");
            assert!(table.len() > 200 && table.directory.len() < 64 + 2 * 20_000);
        }
    }
}
