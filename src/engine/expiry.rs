//! Who dies next, without timers: lanes of moments, finer the nearer they are.
//!
//! An entry waits in a lane whose time begins before its end, by at most a thirty-second of what it had left when it was listed. When a
//! lane's time has begun, its entries are looked at one by one: who is dead is told, who is not is listed again in a finer lane, at most
//! once for each five bits of its lifetime. So nobody hides behind anybody, no call has to do more than the steps it was given, and an
//! entry that goes before its time (most do) was never touched again. Nobody is *served* late whatever the lanes say: reads compare the
//! exact deadline.

use super::pages::{NoMemory, Pages};
use super::time::{Deadline, Moment};

const NONE: u32 = u32::MAX;
const UNLISTED: u16 = u16::MAX;
/// Lanes of a level; their times follow one another and wrap.
const LANES: usize = 64;
/// The coarsest level, whose one lane's time is all time.
const COARSEST: usize = 63;

#[derive(Debug)]
struct Node {
    prev: u32,
    next: u32,
    /// Its level and lane.
    lane: u16,
}

impl Default for Node {
    fn default() -> Self {
        Self { prev: NONE, next: NONE, lane: UNLISTED }
    }
}

#[derive(Clone, Copy, Debug)]
struct Lane {
    head: u32,
    tail: u32,
    /// When its time begins.
    begins: Moment,
}

const EMPTY: Lane = Lane { head: NONE, tail: NONE, begins: 0 };

/// Lanes of 2^level milliseconds each.
#[derive(Debug)]
struct Level {
    /// None at all until one is needed.
    lanes: Vec<Lane>,
    /// Which lanes hold anybody, a bit each.
    busy: u64,
    /// No lane's time begins before this.
    quiet_until: Moment,
}

impl Level {
    const UNUSED: Self = Self { lanes: Vec::new(), busy: 0, quiet_until: Moment::MAX };

    fn busy_lanes(&self) -> impl Iterator<Item = usize> + use<> {
        let mut busy = self.busy;
        std::iter::from_fn(move || {
            let lane = (busy != 0).then(|| busy.trailing_zeros() as usize);
            busy &= busy.wrapping_sub(1);
            lane
        })
    }
}

/// All lanes.
#[derive(Debug, Default)]
pub(super) struct Expiry {
    nodes: Pages<Node>,
    levels: Vec<Level>,
    /// Nobody has to be looked at before this.
    quiet_until: Moment,
}

/// The level for what is left: its lanes are at most a thirty-second of it wide.
fn level_of(left: u64) -> usize {
    left.checked_ilog2().map_or(0, |bits| bits.saturating_sub(5) as usize)
}

impl Expiry {
    /// Makes sure that entry `number` can be listed.
    pub(super) fn reserve(&mut self, number: u32, due: Deadline, now: Moment) -> Result<(), NoMemory> {
        self.nodes.reach(number)?;
        if due.is_never() { Ok(()) } else { self.open(level_of(due.0.saturating_sub(now))) }
    }

    fn open(&mut self, level: usize) -> Result<(), NoMemory> {
        if level >= self.levels.len() {
            self.levels.try_reserve(level + 1 - self.levels.len())?;
            self.levels.resize_with(level + 1, || Level::UNUSED);
        }
        match self.levels.get_mut(level) {
            Some(level) if level.lanes.is_empty() => {
                level.lanes.try_reserve_exact(LANES)?;
                level.lanes.resize(LANES, EMPTY);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Puts an entry where it will be found when `due` has come. `reserve` went before.
    pub(super) fn list(&mut self, number: u32, due: Deadline, now: Moment) {
        if due.is_never() {
            return;
        }
        for level in level_of(due.0.saturating_sub(now))..=COARSEST {
            let slice = due.0 >> level;
            let (begins, lane) = (slice << level, usize::try_from(slice % LANES as u64).unwrap_or(0));
            // Without memory for a level the entry waits in no lane; it goes when it is looked up or when room is needed.
            if self.open(level).is_err() {
                return;
            }
            let Some(held) = self.levels.get_mut(level) else { return };
            let Some(here) = held.lanes.get_mut(lane) else { return };
            if here.head != NONE && here.begins != begins && level < COARSEST {
                // Somebody of another round still waits here. A coarser lane begins earlier, and that is all that matters.
                continue;
            }
            here.begins = begins;
            let last = std::mem::replace(&mut here.tail, number);
            if last == NONE {
                here.head = number;
            }
            held.busy |= 1 << lane;
            held.quiet_until = held.quiet_until.min(begins);
            self.quiet_until = self.quiet_until.min(begins);
            if last != NONE {
                self.nodes.at_mut(last).next = number;
            }
            let lane = u16::try_from(level * LANES + lane).unwrap_or(UNLISTED);
            *self.nodes.at_mut(number) = Node { prev: last, next: NONE, lane };
            return;
        }
    }

    /// Takes an entry out of its lane, if it is in one.
    pub(super) fn unlist(&mut self, number: u32) {
        let Node { prev, next, lane } = std::mem::take(self.nodes.at_mut(number));
        if lane == UNLISTED {
            return;
        }
        let (level, lane) = (usize::from(lane) / LANES, usize::from(lane) % LANES);
        if prev != NONE {
            self.nodes.at_mut(prev).next = next;
        }
        if next != NONE {
            self.nodes.at_mut(next).prev = prev;
        }
        let Some(level) = self.levels.get_mut(level) else { return };
        let Some(here) = level.lanes.get_mut(lane) else { return };
        if prev == NONE {
            here.head = next;
        }
        if next == NONE {
            here.tail = prev;
        }
        if here.head == NONE {
            level.busy &= !(1 << lane);
        }
    }

    /// An entry whose end has come, still listed; `None` when there is none, or when `steps` looks were used up.
    ///
    /// `end` tells an entry's true end: hits may have moved it since it was listed.
    pub(super) fn next_dead(&mut self, now: Moment, steps: &mut usize, end: impl Fn(u32) -> Deadline) -> Option<u32> {
        if now < self.quiet_until {
            return None;
        }
        for level in 0..self.levels.len() {
            let Some(held) = self.levels.get(level).filter(|held| held.quiet_until <= now) else { continue };
            for lane in held.busy_lanes() {
                while let Some(number) = self.waiting(level, lane, now) {
                    if *steps == 0 {
                        return None;
                    }
                    *steps -= 1;
                    let due = end(number);
                    if due.has_passed(now) {
                        return Some(number);
                    }
                    self.unlist(number);
                    self.list(number, due, now);
                }
            }
            if let Some(held) = self.levels.get_mut(level) {
                let begin = held.busy_lanes().filter_map(|lane| held.lanes.get(lane)).map(|lane| lane.begins);
                held.quiet_until = begin.min().unwrap_or(Moment::MAX);
            }
        }
        self.quiet_until = self.levels.iter().map(|level| level.quiet_until).min().unwrap_or(Moment::MAX);
        None
    }

    /// When somebody has to be looked at next, at the earliest; [`Moment::MAX`] is never.
    #[cfg(any(test, all(target_arch = "wasm32", feature = "bindings")))]
    pub(super) fn quiet_until(&self) -> Moment {
        self.quiet_until
    }

    /// The head of a lane whose time has begun.
    fn waiting(&self, level: usize, lane: usize, now: Moment) -> Option<u32> {
        let lane = self.levels.get(level)?.lanes.get(lane)?;
        (lane.head != NONE && lane.begins <= now).then_some(lane.head)
    }

    /// Is the entry in a lane? For checks.
    pub(super) fn is_listed(&self, number: u32) -> bool {
        self.nodes.at(number).lane != UNLISTED
    }

    /// How many are listed, counted along the lanes; an error says which link is broken. For checks.
    pub(super) fn check(&self, end: impl Fn(u32) -> Deadline) -> Result<usize, String> {
        let mut count = 0;
        for (level, held) in self.levels.iter().enumerate() {
            for (number, lane) in held.lanes.iter().enumerate() {
                let name = level * LANES + number;
                if (held.busy >> number & 1 == 1) != (lane.head != NONE) {
                    return Err(format!("lane {name} is marked wrongly"));
                }
                if lane.head != NONE && (lane.begins < held.quiet_until || held.quiet_until < self.quiet_until) {
                    return Err(format!("lane {name} begins before the quiet ends"));
                }
                let (mut at, mut prev) = (lane.head, NONE);
                while at != NONE {
                    let node = self.nodes.at(at);
                    if node.prev != prev || usize::from(node.lane) != name {
                        return Err(format!("entry {at} is linked wrongly in lane {name}"));
                    }
                    if end(at).0 < lane.begins {
                        return Err(format!("entry {at} ends before its lane {name} begins"));
                    }
                    count += 1;
                    (prev, at) = (at, node.next);
                }
                if lane.tail != prev {
                    return Err(format!("lane {name} has a wrong tail"));
                }
            }
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::time::Span;

    fn listed(dues: &[u64]) -> Expiry {
        let mut expiry = Expiry::default();
        for (number, due) in (0..).zip(dues) {
            expiry.reserve(number, Deadline(*due), 0).unwrap();
            expiry.list(number, Deadline(*due), 0);
        }
        expiry
    }

    fn dead_at(expiry: &mut Expiry, dues: &[u64], now: u64) -> Vec<u32> {
        let mut dead = Vec::new();
        while let Some(number) = expiry.next_dead(now, &mut 1_000_000, |number| Deadline(dues[number as usize])) {
            expiry.unlist(number);
            dead.push(number);
        }
        expiry.check(|number| Deadline(dues[number as usize])).unwrap();
        dead.sort_unstable();
        dead
    }

    #[test]
    fn all_the_dead_are_found_when_their_moment_has_come_and_none_before() {
        for spread in [1, 100, 5_000, 1_000_003, 1 << 40] {
            let dues: Vec<u64> =
                (0..4_000).map(|number: u64| 60_000 + number.wrapping_mul(7_919_777_777) % spread).collect();
            let mut expiry = listed(&dues);
            let mut found = 0;
            for now in [0, 1, 59_999, 60_000, 60_050, 62_000, 64_999, 500_000, 2_000_000, 1 << 39, 1 << 41] {
                found += dead_at(&mut expiry, &dues, now).len();
                assert_eq!(found, dues.iter().filter(|due| **due <= now).count(), "{spread} at {now}");
            }
            assert_eq!(found, dues.len());
        }
    }

    #[test]
    fn a_clock_that_jumps_past_whole_rounds_of_the_lanes_loses_nobody() {
        let mut dues = vec![70, 100, 5_000];
        let mut expiry = listed(&dues);
        for round in 1..200_u64 {
            let now = round * 1_000_003;
            for due in [now + 70, now + 64, now + 6_400] {
                let entry = u32::try_from(dues.len()).unwrap();
                dues.push(due);
                expiry.reserve(entry, Deadline(due), now).unwrap();
                expiry.list(entry, Deadline(due), now);
            }
            if round % 7 == 0 {
                dead_at(&mut expiry, &dues, now);
            }
        }
        dead_at(&mut expiry, &dues, u64::MAX - 1);
        assert_eq!(expiry.check(|_| Deadline(0)), Ok(0));
    }

    #[test]
    fn an_entry_that_was_asked_for_meanwhile_is_listed_again() {
        let mut expiry = listed(&[100, 101]);
        let later = [500, 101];
        assert_eq!(dead_at(&mut expiry, &later, 200), [1]);
        assert_eq!(dead_at(&mut expiry, &later, 499), [] as [u32; 0]);
        assert_eq!(dead_at(&mut expiry, &later, 500), [0]);
    }

    #[test]
    fn an_entry_is_looked_at_a_few_times_in_a_long_life() {
        let dues = vec![3_600_000; 1_000];
        let mut expiry = listed(&dues);
        let mut looks = 0;
        for now in (0..3_600_000).step_by(10) {
            let mut steps = 1_000_000;
            assert_eq!(expiry.next_dead(now, &mut steps, |_| Deadline(3_600_000)), None);
            looks += 1_000_000 - steps;
        }
        assert!(looks <= 5 * dues.len(), "{looks}");
    }

    #[test]
    fn a_call_costs_no_more_than_its_steps() {
        let mut expiry = listed(&vec![10; 5_000]);
        let mut steps = 3;
        assert_eq!(expiry.next_dead(50, &mut steps, |_| Deadline(1_000_000)), None);
        assert_eq!(steps, 0);
        let still = (0..5_000).filter(|number| usize::from(expiry.nodes.at(*number).lane) == 10).count();
        assert_eq!(still, 4_997);
    }

    #[test]
    fn lifetimes_of_any_length_have_a_lane() {
        let dues = [0, 1, 15, 16, 17, 1 << 31, 1 << 40, u64::MAX - 1];
        let mut expiry = listed(&dues);
        assert_eq!(expiry.check(|number| Deadline(dues[number as usize])), Ok(8));
        assert_eq!(dead_at(&mut expiry, &dues, u64::MAX - 1).len(), 8);
        let never = Deadline::after(0, Span::FOREVER);
        expiry.reserve(0, never, 0).unwrap();
        expiry.list(0, never, 0);
        assert!(!expiry.is_listed(0));
    }
}
