//! The entries themselves: key, value and the moments that decide about them, by number.

use super::interner::Interner;
use super::life::{Course, Kept, Life};
use super::pages::{NoMemory, Pages, put};
use super::policy::About;
use super::table::Table;
use super::time::{Deadline, Moment};
use std::sync::atomic::{AtomicU64, Ordering};

const NONE: u32 = u32::MAX;

/// One entry. A vacant one has no value; its `place` links the vacant ones.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "four facts that do not exclude each other, a byte each")]
pub(super) struct Slot<V> {
    pub(super) key: Box<str>,
    pub(super) value: Option<V>,
    pub(super) hash: u64,
    /// The end of being fresh.
    pub(super) deadline: Deadline,
    pub(super) created: Moment,
    /// Of the value alone.
    pub(super) weight: u64,
    pub(super) place: u32,
    pub(super) kept: u32,
    /// When it was last asked for; kept up only where it has an idle time.
    pub(super) asked: AtomicU64,
    /// Has it an idle time? Then when it was last asked for decides, too.
    pub(super) idles: bool,
    /// Was `deadline` set by a soft invalidation?
    pub(super) soft: bool,
    /// Out of every reader's sight, and its value gone; it only has not been taken out of everything yet.
    pub(super) struck: bool,
    /// In a cache with lifetimes twice as long, its value would be the one before it.
    pub(super) second_life: bool,
}

impl<V> Default for Slot<V> {
    fn default() -> Self {
        Self {
            key: Box::default(),
            value: None,
            hash: 0,
            deadline: Deadline::NEVER,
            created: 0,
            weight: 0,
            place: NONE,
            kept: NONE,
            asked: AtomicU64::new(0),
            idles: false,
            soft: false,
            struck: false,
            second_life: false,
        }
    }
}

/// All entries.
#[derive(Debug)]
pub(super) struct Entries<V> {
    slots: Pages<Slot<V>>,
    table: Table,
    kept: Interner<Kept>,
    vacant: u32,
    /// Struck entries. A number whose entry went in another way may still be in it.
    struck: Vec<u32>,
    struck_now: usize,
    /// The terms that were taken into use last: most often they are asked for again.
    last_kept: u32,
    pub(super) overhead: u64,
}

impl<V> Entries<V> {
    pub(super) fn new(overhead: u64) -> Self {
        Self {
            slots: Pages::default(),
            table: Table::default(),
            kept: Interner::default(),
            vacant: NONE,
            struck: Vec::new(),
            struck_now: 0,
            last_kept: 0,
            overhead,
        }
    }

    #[inline]
    pub(super) fn find(&self, hash: u64, place: u32, key: &str) -> Option<u32> {
        self.table.find(hash, |number| {
            let slot = self.slots.at(number);
            slot.place == place && !slot.struck && *slot.key == *key
        })
    }

    /// The struck entry of a key. There is at most one.
    pub(super) fn find_struck(&self, hash: u64, place: u32, key: &str) -> Option<u32> {
        if self.struck_now == 0 {
            return None;
        }
        self.table.find(hash, |number| {
            let slot = self.slots.at(number);
            slot.place == place && slot.struck && *slot.key == *key
        })
    }

    /// Strikes an entry: nobody finds it any more. Gives its value, or nothing if there was no memory to remember it by.
    pub(super) fn strike(&mut self, number: u32) -> Option<V> {
        put(&mut self.struck, number).ok()?;
        self.struck_now += 1;
        let slot = self.slots.at_mut(number);
        slot.struck = true;
        slot.value.take()
    }

    /// A struck entry that is still to be taken out.
    pub(super) fn next_struck(&mut self) -> Option<u32> {
        while let Some(number) = self.struck.pop() {
            if self.slots.at(number).struck {
                return Some(number);
            }
        }
        // A list that was long once need not stay so.
        self.struck = Vec::new();
        None
    }

    pub(super) fn struck(&self) -> usize {
        self.struck_now
    }

    pub(super) fn len(&self) -> usize {
        self.table.len() - self.struck_now
    }

    #[inline]
    pub(super) fn at(&self, number: u32) -> &Slot<V> {
        self.slots.at(number)
    }

    pub(super) fn at_mut(&mut self, number: u32) -> &mut Slot<V> {
        self.slots.at_mut(number)
    }

    pub(super) fn live(&self) -> impl Iterator<Item = (u32, &Slot<V>)> {
        self.slots.iter().filter(|(_, slot)| slot.value.is_some())
    }

    /// Every number that was ever given out. Use it to look at all while some are taken out.
    pub(super) fn numbers(&self) -> std::ops::Range<u32> {
        0..u32::try_from(self.slots.len()).unwrap_or(u32::MAX)
    }

    /// All that are known anywhere: the live and the struck. For checks.
    pub(super) fn known(&self) -> impl Iterator<Item = (u32, &Slot<V>)> {
        self.slots.iter().filter(|(_, slot)| slot.value.is_some() || slot.struck)
    }

    /// A vacant number, with room for it everywhere here.
    pub(super) fn vacancy(&mut self, hash: u64) -> Result<u32, NoMemory> {
        self.table.make_room(hash)?;
        if self.vacant == NONE {
            self.vacant = self.slots.add()?;
        }
        Ok(self.vacant)
    }

    /// Gives the number that `vacancy` gave to a key.
    pub(super) fn occupy(&mut self, number: u32, place: u32, key: Box<str>, hash: u64) {
        let slot = self.slots.at_mut(number);
        (slot.key, slot.hash) = (key, hash);
        self.vacant = std::mem::replace(&mut slot.place, place);
        self.table.insert_here(hash, number);
    }

    /// Empties a number. Its terms are released.
    pub(super) fn vacate(&mut self, number: u32) -> Slot<V> {
        let slot = std::mem::take(self.slots.at_mut(number));
        self.table.remove(slot.hash, number);
        self.kept.release(slot.kept);
        self.struck_now -= usize::from(slot.struck);
        self.slots.at_mut(number).place = std::mem::replace(&mut self.vacant, number);
        slot
    }

    /// Takes terms into use; most are in use already.
    pub(super) fn keep(&mut self, kept: Kept) -> Result<u32, NoMemory> {
        if self.kept.get(self.last_kept) == Some(&kept) {
            self.kept.retain(self.last_kept);
        } else {
            self.last_kept = self.kept.take(kept.hash(), |other| *other == kept, || Ok(kept))?;
        }
        Ok(self.last_kept)
    }

    pub(super) fn unkeep(&mut self, kept: u32) {
        self.kept.release(kept);
    }

    pub(super) fn kept(&self, number: u32) -> &Kept {
        const FALLBACK: &Kept = &Kept::NONE;
        self.kept.get(self.slots.at(number).kept).unwrap_or(FALLBACK)
    }

    #[inline]
    pub(super) fn course(&self, number: u32) -> Course<'_> {
        let slot = self.slots.at(number);
        let kept = self.kept(number);
        let idle_since = slot.asked.load(Ordering::Relaxed);
        Course { deadline: slot.deadline, soft: slot.soft, kept, idle_since }
    }

    #[inline]
    pub(super) fn life(&self, number: u32, now: Moment) -> Life {
        let slot = self.slots.at(number);
        if !slot.idles && !slot.deadline.has_passed(now) {
            return Life::Fresh;
        }
        self.course(number).at(now)
    }

    /// Notes that an entry was asked for, if that matters to its life.
    #[inline]
    pub(super) fn asked(&self, number: u32, now: Moment) {
        let slot = self.slots.at(number);
        if slot.idles {
            slot.asked.fetch_max(now, Ordering::Relaxed);
        }
    }

    /// What an entry counts for, less its tags and its partition.
    pub(super) fn plain_charge(&self, weight: u64, key: &str) -> u64 {
        weight.saturating_add(key.len() as u64).saturating_add(self.overhead)
    }

    /// How many different terms are in use. For checks.
    pub(super) fn terms_in_use(&self) -> (usize, usize) {
        (self.kept.len(), self.kept.iter().map(|(_, _, uses)| uses as usize).sum())
    }

    pub(super) fn about(&self, number: u32, charge: u64, now: Moment) -> About {
        About { weight: charge, stale: self.slots.at(number).deadline.has_passed(now) }
    }
}
