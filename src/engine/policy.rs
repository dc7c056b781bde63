//! Who has to make room. S3-FIFO with three changes (docs/decisions/0002-eviction.md): a key that returns must contest its place in
//! the main queue, the small queue's share adapts, and hits are counted once an epoch.
//!
//! An entry is here a number; a *pool* is a group of entries with bounds of its own. Each pool has a small queue for newcomers and a
//! main queue for those who proved themselves; each queue is a set of first-in-first-out lanes, one for each class of weight. The
//! policy's only clock is what was inserted: a capacity's worth of inserts is `CAPACITY` ticks.

use super::ghosts::Ghosts;
use super::pages::{NoMemory, Pages, put};
use super::queues::{Bound, Links, Queue, Seat, class_of};
use std::sync::atomic::{AtomicU8, Ordering};

/// Ticks in one capacity's worth of inserts. Stamps drop the lower 16 bits.
const CAPACITY: u64 = 1 << CAPACITY_BITS;
const CAPACITY_BITS: u32 = 32;
/// A step of the hand costs a move; no call takes more of them than this.
const HAND: u32 = 32;
/// How many of the main queue's worst a returning key has to beat.
const CONTEST: u32 = 2;
/// How many are passed over where pools are only compared.
const LOOK: u32 = 4;
/// A ghost counts for the balance of the queues if it left within this share of the capacity.
const RECENT: u64 = CAPACITY / 10;

/// The limits of a pool.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Limits {
    pub(super) entries: usize,
    pub(super) bytes: u64,
}

/// How an entry stands with the policy: its seat, and what is known of its hits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    pub(super) seat: Seat,
    mark: Option<u8>,
}

impl Standing {
    pub(super) fn newcomer(seat: Seat) -> Self {
        Self { seat, mark: None }
    }

    /// How it stands once it has a new value: what lay dormant begins anew.
    pub(super) fn awake(self) -> Self {
        if self.seat == Seat::Dormant { Self::newcomer(Seat::Small) } else { self }
    }
}

/// What the policy asks about an entry.
#[derive(Clone, Copy, Debug)]
pub(super) struct About {
    pub(super) weight: u64,
    /// Past its lifetime: it is not worth a second chance.
    pub(super) stale: bool,
}

/// What a missed key's ghost tells about a cache of twice the size.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct WasEvicted {
    pub(super) kept_at_double_size: bool,
}

#[derive(Debug, Default)]
struct Pool {
    limits: Limits,
    small: Queue,
    main: Queue,
    dormant: Queue,
    /// What was inserted into this pool, in ticks of its own capacity.
    inserted: u64,
    left_small: u64,
    left_main: u64,
    /// The small queue's share of the capacity.
    share: f64,
}

/// All pools, and for each entry a byte that a hit may write and the links of its lane.
#[derive(Debug, Default)]
pub(super) struct Policy {
    links: Links,
    marks: Pages<Mark>,
    pools: Vec<Pool>,
    ghosts: Ghosts,
    live: usize,
    most: usize,
    now: u64,
}

/// Bits 0-1: counted hits; bit 2: asked for since stored; bits 3-7: the epoch of the last counted hit.
#[derive(Debug, Default)]
struct Mark(AtomicU8);

const COUNT: u8 = 0b11;
const ASKED: u8 = 0b100;

/// A ghost's note: bit 0 which queue, bits 1-15 how much had left that queue, bits 16-31 when it was last known to be touched.
struct Note {
    main: bool,
    left: u64,
    touched: u64,
}

/// A note's clocks count in these: 1/128 and 1/64 of a capacity.
const LEFT_UNIT: u32 = 25;
const TOUCH_UNIT: u32 = 26;

impl Note {
    #[expect(clippy::cast_possible_truncation, reason = "clocks that wrap: only recent differences count")]
    fn pack(&self) -> u32 {
        let left = (self.left >> LEFT_UNIT) as u32 & 0x7fff;
        let touched = (self.touched >> TOUCH_UNIT) as u32 & 0xffff;
        touched << 16 | left << 1 | u32::from(self.main)
    }

    /// Reads a note beside the present state of the clocks it was written from.
    fn unpack(note: u32, pool: &Pool, now: u64) -> Self {
        let main = note & 1 == 1;
        let clock = if main { pool.left_main } else { pool.left_small };
        let left = (clock >> LEFT_UNIT).wrapping_sub(u64::from(note >> 1)) & 0x7fff;
        let touched = (now >> TOUCH_UNIT).wrapping_sub(u64::from(note >> 16)) & 0xffff;
        Self { main, left: left << LEFT_UNIT, touched: touched << TOUCH_UNIT }
    }
}

impl Policy {
    /// Makes sure that the next `add_pool` has a place to put it.
    pub(super) fn reserve_pool(&mut self) -> Result<(), NoMemory> {
        Ok(self.pools.try_reserve(1)?)
    }

    pub(super) fn add_pool(&mut self, limits: Limits) -> Result<u32, NoMemory> {
        let number = u32::try_from(self.pools.len()).map_err(|_| NoMemory)?;
        put(&mut self.pools, Pool { limits, share: 0.1, ..Pool::default() })?;
        Ok(number)
    }

    /// Makes sure that entry `number` of this weight can be added.
    pub(super) fn reserve(&mut self, pool: u32, number: u32, weight: u64) -> Result<(), NoMemory> {
        self.links.reserve(number)?;
        self.marks.reach(number)?;
        self.most = self.most.max(self.live + 1);
        self.ghosts.grow_toward(self.most.saturating_mul(9) / 4)?;
        let Some(pool) = self.pools.get_mut(pool as usize) else { return Err(NoMemory) };
        pool.small.reserve(class_of(weight))?;
        pool.main.reserve(class_of(weight))?;
        pool.dormant.reserve(0)
    }

    /// A hit: reads one byte, and writes it if this is the first hit of the epoch.
    #[inline]
    pub(super) fn hit(&self, number: u32, pool: u32) {
        let Some(pool) = self.pools.get(pool as usize) else { return };
        let mark = &self.marks.at(number).0;
        let (old, wanted) = (mark.load(Ordering::Relaxed), pool.epoch(self.now) | ASKED);
        if (old ^ wanted) & !COUNT != 0 {
            let counts = u8::from((old ^ wanted) & !(COUNT | ASKED) != 0);
            mark.store(wanted | ((old & COUNT) + counts).min(3), Ordering::Relaxed);
        }
    }

    /// Roughly how often an entry was asked for since it was stored: 0 means never.
    pub(super) fn hits(&self, number: u32) -> u8 {
        let mark = self.marks.at(number).0.load(Ordering::Relaxed);
        if mark & ASKED == 0 { 0 } else { (mark & COUNT) + 1 }
    }

    /// Lets time pass: `weight` is about to be inserted.
    pub(super) fn advance(&mut self, pool: u32, root: Limits, weight: u64) {
        self.now = self.now.wrapping_add(root.ticks(weight));
        // The whole's own pool has no other clock than the whole.
        if let Some(pool) = self.pools.get_mut(pool as usize).filter(|_| pool != 0) {
            pool.inserted = pool.inserted.wrapping_add(pool.limits.ticks(weight));
        }
    }

    /// A newer value for an entry: a use for the policy, but nobody has asked for this value yet.
    pub(super) fn renew(&self, number: u32, pool: u32) {
        self.hit(number, pool);
        let mark = &self.marks.at(number).0;
        mark.store(mark.load(Ordering::Relaxed) & !ASKED, Ordering::Relaxed);
    }

    /// Where a new entry belongs. A key that was evicted lately contests its place in the main queue, and tells which queue was too short.
    pub(super) fn seat_for(&mut self, pool: u32, hash: u64, weight: u64, about: &dyn Fn(u32) -> About) -> Seat {
        let note = self.ghosts.take(hash);
        let now = self.now;
        let Some((pool, note)) = self.pools.get_mut(pool as usize).zip(note) else { return Seat::Small };
        let note = Note::unpack(note, pool, now);
        if note.left <= RECENT {
            #[expect(clippy::cast_precision_loss, reason = "a share is rough")]
            let one = 1.0 / (pool.entries().max(1) as f64);
            pool.share = (pool.share + if note.main { -one } else { one }).clamp(0.02, 0.9);
        }
        let bound = pool.tighter();
        let wanted = bound.score(note.touched >> 16, class_of(weight));
        if pool.contest(&mut self.links, &self.marks, bound, wanted, stamp(now), about) {
            Seat::Main
        } else {
            Seat::Small
        }
    }

    /// How an entry stands, to be given back to `add` when it comes back.
    pub(super) fn standing(&self, number: u32) -> Standing {
        let seat = self.links.seat(number).unwrap_or(Seat::Small);
        Standing { seat, mark: Some(self.marks.at(number).0.load(Ordering::Relaxed)) }
    }

    /// Is the entry in no queue? For checks.
    pub(super) fn standing_is_unknown(&self, number: u32) -> bool {
        self.links.seat(number).is_none()
    }

    /// Adds an entry. `reserve` went before.
    pub(super) fn add(&mut self, number: u32, pool: u32, weight: u64, standing: Standing) {
        let (stamp, now, seat) = (stamp(self.now), self.now, standing.seat);
        let Some(pool) = self.pools.get_mut(pool as usize) else { return };
        self.marks.at(number).0.store(standing.mark.unwrap_or(pool.epoch(now)), Ordering::Relaxed);
        let class = if seat == Seat::Dormant { 0 } else { class_of(weight) };
        pool.queue(seat).push(&mut self.links, number, class, weight, seat, stamp);
        self.live += 1;
    }

    /// Takes an entry out; it leaves no ghost.
    pub(super) fn remove(&mut self, number: u32, pool: u32, weight: u64) {
        let seat = self.links.seat(number);
        if let Some((pool, seat)) = self.pools.get_mut(pool as usize).zip(seat) {
            self.live = self.live.saturating_sub(1);
            pool.queue(seat).remove(&mut self.links, number, weight);
        }
    }

    /// Moves an entry to another seat of its pool.
    pub(super) fn reseat(&mut self, number: u32, pool: u32, weight: u64, seat: Seat) {
        let standing = Standing { seat, ..self.standing(number) };
        self.remove(number, pool, weight);
        self.add(number, pool, weight, standing);
    }

    /// Lets an entry go before the others of its queue that weigh as much, if who of them would go next is newer.
    pub(super) fn set_back(&mut self, number: u32, pool: u32, is_newer: &dyn Fn(u32) -> bool) {
        let seat = self.links.seat(number);
        if let Some((pool, seat)) = self.pools.get_mut(pool as usize).zip(seat) {
            pool.queue(seat).set_back(&mut self.links, number, is_newer);
        }
    }

    /// Notes that an entry which is about to be removed was evicted.
    pub(super) fn remember(&mut self, number: u32, pool: u32, weight: u64, hash: u64) {
        let touched = age_base(self.now, self.links.touched(number));
        let Some(pool) = self.pools.get_mut(pool as usize) else { return };
        let main = self.links.seat(number) == Some(Seat::Main);
        let ticks = pool.limits.ticks(weight);
        let clock = if main { &mut pool.left_main } else { &mut pool.left_small };
        *clock = clock.wrapping_add(ticks);
        let note = Note { main, left: *clock, touched };
        self.ghosts.put(hash, note.pack());
    }

    /// Is there a ghost of this key, and would a cache of twice the size still hold it?
    ///
    /// A rule of thumb, fitted to runs at double size on real traces (docs/decisions/0002-eviction.md): it would if the key came back
    /// before one and a half capacities were inserted, or, to the main queue, before four of its lengths had left it.
    pub(super) fn was_evicted(&self, pool: u32, hash: u64) -> Option<WasEvicted> {
        let pool = self.pools.get(pool as usize)?;
        let note = Note::unpack(self.ghosts.get(hash)?, pool, self.now);
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of the capacity is rough"
        )]
        let small = (pool.share * CAPACITY as f64) as u64;
        let kept_at_double_size =
            if note.main { note.left <= 4 * (CAPACITY - small) } else { note.touched <= CAPACITY / 2 * 3 + small };
        Some(WasEvicted { kept_at_double_size })
    }

    /// Who has to go next from a pool that is short of room. The entry stays where it is until it is removed.
    pub(super) fn victim(&mut self, pool: u32, bound: Bound, coming: u64, about: &dyn Fn(u32) -> About) -> Option<u32> {
        let stamp = stamp(self.now);
        let pool = self.pools.get_mut(pool as usize)?;
        pool.victim(&mut self.links, &self.marks, bound, coming, stamp, about)
    }

    /// How long the entry that would have to go has not been asked for: pools are compared by it when the whole is short of room. A few
    /// who were asked for get their second chance on the way.
    pub(super) fn idleness(&mut self, pool: u32, bound: Bound, about: &dyn Fn(u32) -> About) -> Option<u64> {
        let now = stamp(self.now);
        let pool = self.pools.get_mut(pool as usize)?;
        if pool.dormant.entries > 0 {
            return Some(u64::MAX);
        }
        let (number, score) = pool.candidate(&mut self.links, &self.marks, bound, 0, now, LOOK, about)?;
        // Newcomers beyond their share are as cheap here as they would be in one pool with everybody else.
        let newcomer = self.links.seat(number) == Some(Seat::Small);
        Some(if newcomer { score.saturating_mul(pool.times_over(bound)) } else { score })
    }

    /// The oldest entries of a pool's queues, so many of each lane at most.
    pub(super) fn oldest(&self, pool: u32, count: usize) -> impl Iterator<Item = u32> {
        let queues = self.pools.get(pool as usize).map(|pool| [&pool.small, &pool.main]);
        queues.into_iter().flatten().flat_map(move |queue| queue.oldest(&self.links, count)).take(count * 2)
    }

    pub(super) fn live(&self) -> usize {
        self.live
    }

    /// The most entries there ever were at once.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    pub(super) fn pools(&self) -> u32 {
        u32::try_from(self.pools.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn held(&self, pool: u32) -> Limits {
        self.pools.get(pool as usize).map_or(Limits::default(), |pool| Limits {
            entries: pool.entries(),
            bytes: pool.small.bytes + pool.main.bytes + pool.dormant.bytes,
        })
    }

    pub(super) fn limits(&self, pool: u32) -> Limits {
        self.pools.get(pool as usize).map_or(Limits::default(), |pool| pool.limits)
    }

    /// Walks every lane; an error says which link is broken. For checks.
    pub(super) fn check(&self) -> Result<usize, String> {
        let mut count = 0;
        for pool in &self.pools {
            for queue in [&pool.small, &pool.main, &pool.dormant] {
                count += queue.check(&self.links)?;
            }
        }
        if count == self.live { Ok(count) } else { Err(format!("{count} entries are queued, {} counted", self.live)) }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "stamps wrap; only recent differences count")]
fn stamp(now: u64) -> u32 {
    (now >> 16) as u32
}

/// The full clock reading of a stamp that lies in the past.
fn age_base(now: u64, touched: u32) -> u64 {
    now.wrapping_sub(u64::from(stamp(now).wrapping_sub(touched)) << 16)
}

impl Limits {
    /// What share of these limits a weight takes up, in ticks: the larger of its share of entries and of bytes.
    fn ticks(self, weight: u64) -> u64 {
        let by_entries = CAPACITY / (self.entries.max(1) as u64);
        // Of a weight beyond 32 bits the lowest do not matter.
        let excess = CAPACITY_BITS.saturating_sub(weight.leading_zeros());
        let by_bytes = ((weight >> excess) << CAPACITY_BITS) / (self.bytes >> excess).max(1);
        by_entries.max(by_bytes).clamp(1, CAPACITY)
    }
}

impl Pool {
    /// A sixteenth of the capacity's worth of inserts, into this pool or into the whole: a pool into which nothing is inserted must see
    /// its hits as well.
    #[expect(clippy::cast_possible_truncation, reason = "five bits of it are the epoch")]
    fn epoch(&self, now: u64) -> u8 {
        ((self.inserted.wrapping_add(now) >> 28) as u8) << 3
    }

    fn entries(&self) -> usize {
        self.small.entries + self.main.entries + self.dormant.entries
    }

    /// The bound that is nearer to being exceeded.
    #[expect(clippy::cast_precision_loss, reason = "either will do where they are equally near")]
    fn tighter(&self) -> Bound {
        let bytes = (self.small.bytes + self.main.bytes) as f64;
        if bytes * self.limits.entries as f64 > self.entries() as f64 * self.limits.bytes as f64 {
            Bound::Bytes
        } else {
            Bound::Entries
        }
    }

    fn small_is_over(&self, bound: Bound, coming: u64) -> bool {
        let (small, share) = self.small_and_share(bound, coming);
        small > share
    }

    /// How many times its share the small queue holds, once at least.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a positive number of any size")]
    fn times_over(&self, bound: Bound) -> u64 {
        let (small, share) = self.small_and_share(bound, 0);
        (small / share).max(1.0) as u64
    }

    /// What the small queue will hold, and what it should.
    #[expect(clippy::cast_precision_loss, reason = "a share is rough")]
    fn small_and_share(&self, bound: Bound, coming: u64) -> (f64, f64) {
        let (small, all) = match bound {
            Bound::Entries => ((self.small.entries + 1) as f64, self.entries() as f64),
            Bound::Bytes => ((self.small.bytes + coming) as f64, (self.small.bytes + self.main.bytes + coming) as f64),
        };
        (small, (all * self.share).max(1.0))
    }

    #[expect(clippy::cast_precision_loss, reason = "a share is rough")]
    fn main_has_room(&self, bound: Bound) -> bool {
        let (main, limit) = match bound {
            Bound::Entries => (self.main.entries as f64, self.limits.entries as f64),
            Bound::Bytes => (self.main.bytes as f64, self.limits.bytes as f64),
        };
        main < limit * (1.0 - self.share)
    }

    fn queue(&mut self, seat: Seat) -> &mut Queue {
        match seat {
            Seat::Small => &mut self.small,
            Seat::Main => &mut self.main,
            Seat::Dormant => &mut self.dormant,
        }
    }

    /// Does a key that returns after `wanted` deserve a place in the main queue more than the one who would have to leave it?
    fn contest(
        &mut self,
        links: &mut Links,
        marks: &Pages<Mark>,
        bound: Bound,
        wanted: u64,
        now: u32,
        about: &dyn Fn(u32) -> About,
    ) -> bool {
        if self.main_has_room(bound) {
            return true;
        }
        for _ in 0..CONTEST {
            let Some((worst, score)) = self.main.worst(now, bound) else { return true };
            if about(worst).stale || !spend(marks, worst) {
                return score > wanted;
            }
            self.main.requeue(links, worst, now);
        }
        false
    }

    fn victim(
        &mut self,
        links: &mut Links,
        marks: &Pages<Mark>,
        bound: Bound,
        coming: u64,
        now: u32,
        about: &dyn Fn(u32) -> About,
    ) -> Option<u32> {
        if let Some((dormant, _)) = self.dormant.worst(now, Bound::Entries) {
            return Some(dormant);
        }
        self.candidate(links, marks, bound, coming, now, HAND, about).map(|(number, _)| number)
    }

    /// Who has to go, and the score, after second chances for at most `steps` others.
    #[expect(clippy::too_many_arguments, reason = "the parts of the policy that lie outside the pool")]
    fn candidate(
        &mut self,
        links: &mut Links,
        marks: &Pages<Mark>,
        bound: Bound,
        coming: u64,
        now: u32,
        steps: u32,
        about: &dyn Fn(u32) -> About,
    ) -> Option<(u32, u64)> {
        for step in 0.. {
            let from_small = self.small_is_over(bound, coming) || self.main.entries == 0;
            let queue = if from_small && self.small.entries > 0 { &mut self.small } else { &mut self.main };
            let worst = queue.worst(now, bound)?;
            let (number, _) = worst;
            if step >= steps || about(number).stale {
                return Some(worst);
            }
            match links.seat(number) {
                Some(Seat::Small) if count(marks, number) > 0 => {
                    reset(marks, number);
                    let weight = about(number).weight;
                    self.small.remove(links, number, weight);
                    self.main.push(links, number, class_of(weight), weight, Seat::Main, now);
                }
                Some(Seat::Main) if spend(marks, number) => self.main.requeue(links, number, now),
                _ => return Some(worst),
            }
        }
        None
    }
}

fn count(marks: &Pages<Mark>, number: u32) -> u8 {
    marks.at(number).0.load(Ordering::Relaxed) & COUNT
}

/// Takes one counted hit away; says whether there was one.
fn spend(marks: &Pages<Mark>, number: u32) -> bool {
    let mark = &marks.at(number).0;
    let old = mark.load(Ordering::Relaxed);
    if old & COUNT == 0 {
        return false;
    }
    mark.store(old - 1, Ordering::Relaxed);
    true
}

fn reset(marks: &Pages<Mark>, number: u32) {
    let mark = &marks.at(number).0;
    mark.store(mark.load(Ordering::Relaxed) & !COUNT, Ordering::Relaxed);
}
