//! First-in-first-out queues split by weight: within a lane nothing is sorted, and the worst of a queue is the worst of its few heads.

use super::pages::{NoMemory, Pages};

const NONE: u32 = u32::MAX;
/// Half powers of two up to 4 GB; heavier ones share the last.
const CLASSES: usize = 64;

/// Which bound is short of room, and so what is saved by letting somebody go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Bound {
    Entries,
    Bytes,
}

impl Bound {
    /// How much is won by letting go of an entry that was not touched for `age`.
    pub(super) fn score(self, age: u64, class: usize) -> u64 {
        match self {
            Self::Entries => age,
            Self::Bytes => age.saturating_mul(weight_of(class)),
        }
    }
}

/// Where in its pool an entry stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Seat {
    Small,
    Main,
    /// Past every window: the first to go.
    Dormant,
}

#[derive(Debug)]
struct Node {
    prev: u32,
    next: u32,
    /// When it was last known to be touched, in the policy's stamps.
    touched: u32,
    class: u8,
    seat: Option<Seat>,
}

impl Default for Node {
    fn default() -> Self {
        Self { prev: NONE, next: NONE, touched: 0, class: 0, seat: None }
    }
}

/// The links of all entries, by number.
#[derive(Debug, Default)]
pub(super) struct Links {
    nodes: Pages<Node>,
}

impl Links {
    pub(super) fn reserve(&mut self, number: u32) -> Result<(), NoMemory> {
        self.nodes.reach(number)?;
        Ok(())
    }

    pub(super) fn seat(&self, number: u32) -> Option<Seat> {
        self.nodes.at(number).seat
    }

    pub(super) fn touched(&self, number: u32) -> u32 {
        self.nodes.at(number).touched
    }
}

#[derive(Clone, Copy, Debug)]
struct Lane {
    head: u32,
    tail: u32,
    /// The stamp of its head, kept here so that a search for the worst reads no entry.
    touched: u32,
}

const VACANT: Lane = Lane { head: NONE, tail: NONE, touched: 0 };

/// One queue.
#[derive(Debug, Default)]
pub(super) struct Queue {
    lanes: Vec<Lane>,
    /// Which lanes hold anybody, a bit each.
    busy: u64,
    pub(super) entries: usize,
    pub(super) bytes: u64,
}

/// The class of a weight: two to each doubling.
pub(super) fn class_of(weight: u64) -> usize {
    let Some(octave) = weight.checked_ilog2() else { return 0 };
    // The upper half of an octave starts at its root-two point, here 1.4142 in 16 bits after the first.
    let fraction = if octave >= 16 { weight >> (octave - 16) } else { weight << (16 - octave) };
    let class = octave as usize * 2 + usize::from(fraction >= 92_682);
    class.min(CLASSES - 1)
}

/// What a member of a class weighs, about.
pub(super) fn weight_of(class: usize) -> u64 {
    let octave = 1_u64 << (class / 2).min(62);
    if class.is_multiple_of(2) { octave } else { octave + octave / 5 * 2 + octave % 5 * 2 / 5 }
}

impl Queue {
    pub(super) fn reserve(&mut self, class: usize) -> Result<(), NoMemory> {
        if class >= self.lanes.len() {
            self.lanes.try_reserve(class + 1 - self.lanes.len())?;
            self.lanes.resize(class + 1, VACANT);
        }
        Ok(())
    }

    /// The head with the largest score, and the score. Ages are compared with `now`.
    pub(super) fn worst(&self, now: u32, bound: Bound) -> Option<(u32, u64)> {
        let mut busy = self.busy;
        let mut worst: Option<(u32, u64)> = None;
        while busy != 0 {
            let class = busy.trailing_zeros() as usize;
            busy &= busy - 1;
            if let Some(lane) = self.lanes.get(class) {
                let score = bound.score(u64::from(now.wrapping_sub(lane.touched)), class);
                if worst.is_none_or(|(_, best)| score > best) {
                    worst = Some((lane.head, score));
                }
            }
        }
        worst
    }

    /// The first entries of each lane.
    pub(super) fn oldest(&self, links: &Links, count: usize) -> impl Iterator<Item = u32> {
        self.lanes.iter().flat_map(move |lane| {
            let held = |number: u32| (number != NONE).then_some(number);
            std::iter::successors(held(lane.head), move |number| held(links.nodes.at(*number).next)).take(count)
        })
    }

    /// Appends an entry; `touched` is its stamp.
    pub(super) fn push(&mut self, links: &mut Links, number: u32, class: usize, weight: u64, seat: Seat, touched: u32) {
        self.entries += 1;
        self.bytes = self.bytes.saturating_add(weight);
        self.append(links, number, class, seat, touched);
    }

    /// Takes an entry out.
    pub(super) fn remove(&mut self, links: &mut Links, number: u32, weight: u64) {
        self.entries = self.entries.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(weight);
        self.detach(links, number);
    }

    /// Moves a head to the tail of its lane, touched now.
    pub(super) fn requeue(&mut self, links: &mut Links, number: u32, now: u32) {
        let Node { class, seat, .. } = *links.nodes.at(number);
        self.detach(links, number);
        self.append(links, number, usize::from(class), seat.unwrap_or(Seat::Main), now);
    }

    /// Moves an entry to the head of its lane if who is there is newer, touched no later than that one.
    pub(super) fn set_back(&mut self, links: &mut Links, number: u32, is_newer: &dyn Fn(u32) -> bool) {
        let Node { class, seat, .. } = *links.nodes.at(number);
        if !self.lanes.get(usize::from(class)).is_some_and(|lane| is_newer(lane.head)) {
            return;
        }
        self.detach(links, number);
        let Some(lane) = self.lanes.get_mut(usize::from(class)) else { return };
        let next = std::mem::replace(&mut lane.head, number);
        links.nodes.at_mut(next).prev = number;
        *links.nodes.at_mut(number) = Node { prev: NONE, next, touched: lane.touched, class, seat };
    }

    fn append(&mut self, links: &mut Links, number: u32, class: usize, seat: Seat, touched: u32) {
        let Some(lane) = self.lanes.get_mut(class) else { return };
        let last = std::mem::replace(&mut lane.tail, number);
        if last == NONE {
            lane.head = number;
            lane.touched = touched;
            self.busy |= 1 << class;
        } else {
            links.nodes.at_mut(last).next = number;
        }
        let class = u8::try_from(class).unwrap_or(0);
        *links.nodes.at_mut(number) = Node { prev: last, next: NONE, touched, class, seat: Some(seat) };
    }

    fn detach(&mut self, links: &mut Links, number: u32) {
        let Node { prev, next, class, .. } = std::mem::take(links.nodes.at_mut(number));
        let Some(lane) = self.lanes.get_mut(usize::from(class)) else { return };
        if next == NONE {
            lane.tail = prev;
        } else {
            links.nodes.at_mut(next).prev = prev;
        }
        if prev != NONE {
            links.nodes.at_mut(prev).next = next;
            return;
        }
        lane.head = next;
        if next == NONE {
            self.busy &= !(1 << class);
        } else {
            lane.touched = links.nodes.at(next).touched;
        }
    }

    /// How many are queued, counted along the lanes; an error says which link is broken. For checks.
    pub(super) fn check(&self, links: &Links) -> Result<usize, String> {
        let mut count = 0;
        for (class, lane) in self.lanes.iter().enumerate() {
            if (self.busy >> class & 1 == 1) != (lane.head != NONE) {
                return Err(format!("lane {class} is marked wrongly"));
            }
            let (mut at, mut prev) = (lane.head, NONE);
            while at != NONE {
                let node = links.nodes.at(at);
                if node.prev != prev || usize::from(node.class) != class || node.seat.is_none() {
                    return Err(format!("entry {at} is linked wrongly in lane {class}"));
                }
                if prev == NONE && node.touched != lane.touched {
                    return Err(format!("lane {class} has a wrong stamp"));
                }
                count += 1;
                (prev, at) = (at, node.next);
            }
            if lane.tail != prev {
                return Err(format!("lane {class} has a wrong tail"));
            }
        }
        if count == self.entries {
            Ok(count)
        } else {
            Err(format!("{count} entries in the lanes, {} counted", self.entries))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_half_powers_of_two() {
        let classes: Vec<usize> = [0, 1, 2, 3, 4, 5, 6, 8, 11, 12, 1 << 20, u64::MAX].map(class_of).to_vec();
        assert_eq!(classes, [0, 0, 2, 3, 4, 4, 5, 6, 6, 7, 40, 63]);
        assert!((0..CLASSES).map(weight_of).is_sorted());
        assert_eq!((weight_of(40), weight_of(41)), (1 << 20, 1_468_006));
    }

    #[test]
    fn the_worst_is_the_oldest_by_age_and_the_heaviest_old_one_by_bytes() {
        let (mut links, mut queue) = (Links::default(), Queue::default());
        queue.reserve(40).unwrap();
        for (number, class, touched) in [(0, 10, 5), (1, 40, 50), (2, 10, 60)] {
            links.reserve(number).unwrap();
            queue.push(&mut links, number, class, 1, Seat::Main, touched);
        }
        assert_eq!(queue.worst(100, Bound::Entries), Some((0, 95)));
        assert_eq!(queue.worst(100, Bound::Bytes).map(|(number, _)| number), Some(1));
        queue.requeue(&mut links, 0, 100);
        assert_eq!(queue.worst(100, Bound::Entries), Some((1, 50)));
        queue.remove(&mut links, 1, 1);
        assert_eq!(queue.worst(100, Bound::Entries), Some((2, 40)));
        assert_eq!(queue.check(&links), Ok(2));
    }

    #[test]
    fn who_is_set_back_goes_before_those_of_its_lane_who_are_newer() {
        let (mut links, mut queue) = (Links::default(), Queue::default());
        queue.reserve(1).unwrap();
        for (number, class) in [(0, 0), (1, 0), (2, 0), (3, 1)] {
            links.reserve(number).unwrap();
            queue.push(&mut links, number, class, 1, Seat::Small, 10 + number);
        }
        for number in [0, 2, 3, 1, 1] {
            queue.set_back(&mut links, number, &|head| head != number);
            assert_eq!(queue.check(&links), Ok(4), "{number}");
        }
        queue.set_back(&mut links, 0, &|_| false);
        assert_eq!(queue.oldest(&links, 9).collect::<Vec<_>>(), [1, 2, 0, 3]);
        assert_eq!(queue.worst(20, Bound::Entries), Some((1, 10)));
    }

    #[test]
    fn ages_are_right_when_the_stamps_wrap() {
        let (mut links, mut queue) = (Links::default(), Queue::default());
        queue.reserve(0).unwrap();
        links.reserve(0).unwrap();
        queue.push(&mut links, 0, 0, 1, Seat::Small, u32::MAX - 5);
        assert_eq!(queue.worst(4, Bound::Entries), Some((0, 10)));
    }
}
