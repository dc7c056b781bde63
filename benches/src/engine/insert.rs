//! An insert that evicts: the cache is full, every key is new.

use super::Scale;
use super::contestants::{Contestant, HOUR, Ours, Visitor, each_rival};
use super::cpu::timed;
use super::duel::{COLUMNS, Duel};
use super::get::per;
use crate::table::Table;
use crate::workload::api_keys;

/// Every rival at `room` entries.
pub fn table(room: u32, scale: &Scale) -> Table {
    let mut columns = COLUMNS.to_vec();
    columns.push("full to");
    let title = format!("insert with eviction, {room} entries, all new keys");
    let table = Table::new(title, &columns);
    let room = room as usize;
    // Filled once, then two blocks a round, and a new key for each.
    let count = 2 * room + scale.rounds * 2 * scale.block;
    let keys = api_keys(u32::try_from(count).unwrap_or(u32::MAX));
    let mut bench = Insert { keys, room, scale: *scale, table };
    each_rival(&mut bench);
    bench.table
}

struct Insert {
    keys: Vec<String>,
    room: usize,
    scale: Scale,
    table: Table,
}

impl Visitor for Insert {
    fn visit<C: Contestant>(&mut self) {
        let mut ours = Stream::<Ours>::new(self.room, &self.keys);
        let mut theirs = Stream::<C>::new(self.room, &self.keys);
        let (rounds, block) = (self.scale.rounds, self.scale.block);
        let duel = Duel::fight(rounds, || ours.block(block), || theirs.block(block));
        let held = ours.check().max(theirs.check());
        assert!(held <= self.room + self.room / 10 + 1000, "{held} entries where {} fit", self.room);
        let full = super::of(theirs.cache.len(), self.room);
        duel.row(&mut self.table, C::NAME, [full]);
    }
}

/// A full cache and the keys still to come.
struct Stream<'a, C> {
    cache: C,
    keys: &'a [String],
    next: usize,
}

impl<'a, C: Contestant> Stream<'a, C> {
    /// Twice as many keys as fit: full, and its ghosts (if any) as well.
    fn new(room: usize, keys: &'a [String]) -> Self {
        let mut stream = Self { cache: C::new(room, HOUR), keys, next: 0 };
        stream.block(2 * room);
        stream
    }

    /// Inserts the next `count` keys; nanoseconds per insert.
    fn block(&mut self, count: usize) -> f64 {
        let range = self.next..self.next + count;
        self.next = range.end;
        let ((), nanos) = timed(|| write(&mut self.cache, &self.keys[range.clone()], range.start));
        per(nanos, count)
    }

    /// How many entries there are, after making sure that the newest have their own values.
    fn check(&mut self) -> usize {
        for number in self.next.saturating_sub(1000)..self.next {
            let value = self.cache.get(&self.keys[number]);
            assert!(value.is_none_or(|value| value == number as u64), "{} mixed up values", C::NAME);
        }
        self.cache.len()
    }
}

/// Not inlined, so that each contestant's loop is compiled alike in all its uses.
#[inline(never)]
pub(super) fn write<C: Contestant>(cache: &mut C, keys: &[String], first: usize) {
    for (value, key) in (first as u64..).zip(keys) {
        cache.insert(key, value);
    }
}
