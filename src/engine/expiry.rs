//! Who dies next, without timers: a first-in-first-out lane for each class of remaining lifetime, sixteen classes an octave.
//!
//! Entries of one lifetime end in the order in which they came, so a lane is sorted for nothing; what differs inside a class is put in
//! order by a short walk from the tail. Nobody is served late whatever the lanes say: reads compare the exact deadline.

use super::pages::{NoMemory, Pages};
use super::time::{Deadline, Moment};

const NONE: u32 = u32::MAX;
const UNLISTED: u16 = u16::MAX;
/// How far a newcomer walks from the tail to its place.
const WALK: usize = 8;

#[derive(Debug)]
struct Node {
    due: Moment,
    prev: u32,
    next: u32,
    lane: u16,
}

impl Default for Node {
    fn default() -> Self {
        Self { due: 0, prev: NONE, next: NONE, lane: UNLISTED }
    }
}

#[derive(Clone, Copy, Debug)]
struct Lane {
    head: u32,
    tail: u32,
    /// When its head was said to be due.
    due: Moment,
}

const QUIET: Lane = Lane { head: NONE, tail: NONE, due: Moment::MAX };

/// The lanes.
#[derive(Debug, Default)]
pub(super) struct Expiry {
    nodes: Pages<Node>,
    lanes: Vec<Lane>,
    /// Which lanes hold anybody, a bit each.
    busy: Vec<u64>,
    /// Nobody is due before this.
    quiet_until: Moment,
}

/// Sixteen classes an octave: those in a class differ by at most a sixteenth.
fn lane_of(left: u64) -> usize {
    if left < 16 {
        return usize::try_from(left).unwrap_or(0);
    }
    let octave = left.ilog2();
    let within = (left >> (octave - 4)) & 15;
    (octave as usize - 3) * 16 + usize::try_from(within).unwrap_or(0)
}

impl Expiry {
    /// Makes sure that entry `number` can be listed.
    pub(super) fn reserve(&mut self, number: u32, due: Deadline, now: Moment) -> Result<(), NoMemory> {
        self.nodes.reach(number)?;
        let lane = lane_of(due.0.saturating_sub(now));
        if !due.is_never() && lane >= self.lanes.len() {
            let more = lane + 1 - self.lanes.len();
            self.lanes.try_reserve(more)?;
            let words = (lane + 64) / 64;
            self.busy.try_reserve(words.saturating_sub(self.busy.len()))?;
            self.lanes.resize(lane + 1, QUIET);
            self.busy.resize(words.max(self.busy.len()), 0);
        }
        Ok(())
    }

    /// Puts an entry where it will be found when `due` has come. `reserve` went before.
    pub(super) fn list(&mut self, number: u32, due: Deadline, now: Moment) {
        if due.is_never() {
            return;
        }
        let due = due.0;
        let class = lane_of(due.saturating_sub(now)).min(self.lanes.len().saturating_sub(1));
        let Some(lane) = self.lanes.get(class).copied() else { return };
        // Behind the last of those who are due no later.
        let mut before = lane.tail;
        for _ in 0..WALK {
            if before == NONE || self.nodes.at(before).due <= due {
                break;
            }
            before = self.nodes.at(before).prev;
        }
        let after = if before == NONE { lane.head } else { self.nodes.at(before).next };
        *self.nodes.at_mut(number) = Node { due, prev: before, next: after, lane: u16::try_from(class).unwrap_or(0) };
        self.link(class, before, number);
        self.link_back(class, after, number);
        if let Some(word) = self.busy.get_mut(class / 64) {
            *word |= 1 << (class % 64);
        }
        self.quiet_until = self.quiet_until.min(due);
    }

    /// Takes an entry out of its lane, if it is in one.
    pub(super) fn unlist(&mut self, number: u32) {
        let Node { prev, next, lane, .. } = std::mem::take(self.nodes.at_mut(number));
        if lane == UNLISTED {
            return;
        }
        let class = usize::from(lane);
        self.link(class, prev, next);
        self.link_back(class, next, prev);
        if prev == NONE
            && next == NONE
            && let Some(word) = self.busy.get_mut(class / 64)
        {
            *word &= !(1 << (class % 64));
        }
    }

    /// An entry whose end has come, still listed; `None` when there is none, or when `steps` looks were used up.
    ///
    /// `end` tells an entry's true end: where hits have moved it since it was listed, it is listed again.
    pub(super) fn next_dead(&mut self, now: Moment, steps: &mut usize, end: impl Fn(u32) -> Deadline) -> Option<u32> {
        if now < self.quiet_until {
            return None;
        }
        let mut quiet_until = Moment::MAX;
        for word in 0..self.busy.len() {
            let mut bits = self.busy.get(word).copied().unwrap_or(0);
            while bits != 0 {
                let class = word * 64 + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                while let Some(lane) = self.lanes.get(class).copied().filter(|lane| lane.head != NONE) {
                    if lane.due > now {
                        quiet_until = quiet_until.min(lane.due);
                        break;
                    }
                    if *steps == 0 {
                        return None;
                    }
                    *steps -= 1;
                    let due = end(lane.head);
                    if due.has_passed(now) {
                        return Some(lane.head);
                    }
                    self.unlist(lane.head);
                    if self.reserve(lane.head, due, now).is_ok() {
                        self.list(lane.head, due, now);
                    }
                    quiet_until = quiet_until.min(due.0);
                }
            }
        }
        self.quiet_until = quiet_until;
        None
    }

    /// Says that `next` follows `prev` (or leads its lane).
    fn link(&mut self, class: usize, prev: u32, next: u32) {
        if prev != NONE {
            self.nodes.at_mut(prev).next = next;
            return;
        }
        let due = if next == NONE { Moment::MAX } else { self.nodes.at(next).due };
        if let Some(lane) = self.lanes.get_mut(class) {
            lane.head = next;
            lane.due = due;
        }
    }

    /// Says that `prev` goes before `next` (or ends its lane).
    fn link_back(&mut self, class: usize, next: u32, prev: u32) {
        if next != NONE {
            self.nodes.at_mut(next).prev = prev;
        } else if let Some(lane) = self.lanes.get_mut(class) {
            lane.tail = prev;
        }
    }

    /// Is the entry in a lane? For checks.
    pub(super) fn is_listed(&self, number: u32) -> bool {
        self.nodes.at(number).lane != UNLISTED
    }

    /// How many are listed, counted along the lanes; an error says which link is broken. For checks.
    pub(super) fn check(&self) -> Result<usize, String> {
        let mut count = 0;
        for (class, lane) in self.lanes.iter().enumerate() {
            let busy = self.busy.get(class / 64).is_some_and(|word| word >> (class % 64) & 1 == 1);
            if busy != (lane.head != NONE) {
                return Err(format!("lane {class} is marked wrongly"));
            }
            if lane.due < self.quiet_until {
                return Err(format!("lane {class} is due before the quiet ends"));
            }
            let (mut at, mut prev) = (lane.head, NONE);
            while at != NONE {
                let node = self.nodes.at(at);
                if node.prev != prev || usize::from(node.lane) != class {
                    return Err(format!("entry {at} is linked wrongly in lane {class}"));
                }
                if prev == NONE && lane.due != node.due {
                    return Err(format!("lane {class} has a wrong due time"));
                }
                count += 1;
                (prev, at) = (at, node.next);
            }
            if lane.tail != prev {
                return Err(format!("lane {class} has a wrong tail"));
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
        while let Some(number) = expiry.next_dead(now, &mut 1_000, |number| Deadline(dues[number as usize])) {
            expiry.unlist(number);
            dead.push(number);
        }
        expiry.check().unwrap();
        dead.sort_unstable();
        dead
    }

    #[test]
    fn the_dead_are_found_when_their_moment_has_come_and_not_before() {
        let dues: Vec<u64> = (0..4_000).map(|number| (number * 7_919) % 1_000_003).collect();
        let mut expiry = listed(&dues);
        let mut found = Vec::new();
        for now in [0, 1, 50, 999, 65_536, 500_000, 2_000_000] {
            found.extend(dead_at(&mut expiry, &dues, now));
            let passed = dues.iter().filter(|due| **due <= now).count();
            // Those that differ by less than a sixteenth may hide behind one another; none is found too early.
            assert!(found.iter().all(|number| dues[*number as usize] <= now));
            assert!(found.len() * 100 >= passed * 98, "{} of {passed} at {now}", found.len());
        }
        assert_eq!(found.len(), dues.len());
    }

    #[test]
    fn entries_of_one_lifetime_are_never_hidden() {
        let dues: Vec<u64> = (0..1_000).map(|number| 60_000 + number).collect();
        let mut expiry = Expiry::default();
        for (number, due) in (0..).zip(&dues) {
            expiry.reserve(number, Deadline(*due), u64::from(number)).unwrap();
            expiry.list(number, Deadline(*due), u64::from(number));
        }
        assert_eq!(dead_at(&mut expiry, &dues, 60_499).len(), 500);
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
    fn a_look_costs_no_more_than_its_steps() {
        let dues = vec![10; 5_000];
        let mut expiry = listed(&dues);
        let mut steps = 3;
        let moved = |_| Deadline(1_000_000);
        assert_eq!(expiry.next_dead(50, &mut steps, moved), None);
        assert_eq!(steps, 0);
        let still = (0..5_000).filter(|number| expiry.nodes.at(*number).due == 10).count();
        assert_eq!(still, 4_997);
    }

    #[test]
    fn lifetimes_of_any_length_have_a_lane() {
        let spans = [0, 1, 15, 16, 17, 1 << 31, 1 << 40, u64::MAX - 1];
        let lanes: Vec<usize> = spans.iter().map(|span| lane_of(*span)).collect();
        assert!(lanes.is_sorted());
        assert!(lanes[7] < usize::from(UNLISTED));
        let mut expiry = Expiry::default();
        let never = Deadline::after(0, Span::FOREVER);
        expiry.reserve(0, never, 0).unwrap();
        expiry.list(0, never, 0);
        assert!(!expiry.is_listed(0));
    }
}
