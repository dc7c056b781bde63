//! Storing, touching, deleting.

use super::read::Ending;
use super::{LONGEST_KEY, Store};
use crate::engine::life::{Course, Kept, Life, Terms};
use crate::engine::outcome::{Inserted, RejectReason, RemovalCause};
use crate::engine::pages::{NoMemory, copied};
use crate::engine::places::ROOT;
use crate::engine::policy::Standing;
use crate::engine::scope::Place;
use crate::engine::stats::Counter;
use crate::engine::tags::TAG_BYTES;
use crate::engine::time::{Deadline, Moment, Span, Timestamp};

/// How many dead entries a write takes out on its way.
const REAP: usize = 16;

/// How a value is to be stored. Use one of the constructors to start from, and struct update for the rest.
///
/// ```
/// use fetchwell::engine::{Insert, Span, Terms};
///
/// let how = Insert { weight: 2_048, tags: &["books"], ..Insert::on(Terms::ttl(Span::mins(5))) };
/// assert_eq!(how.terms.ttl, Span::mins(5));
/// ```
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Insert<'a> {
    /// What the value weighs, in bytes. Key, tags and overhead are added to it.
    pub weight: u64,
    /// How long it lives.
    pub terms: Terms,
    /// What it can be invalidated by, beside its key.
    pub tags: &'a [&'a str],
}

impl Insert<'_> {
    /// With these lifetime rules, without weight or tags. Use it where entries are bounded by number.
    pub fn on(terms: Terms) -> Self {
        Self { terms, ..Self::default() }
    }

    /// For ever, with a weight. Use it where entries are bounded by bytes, and go for room alone.
    ///
    /// ```
    /// use fetchwell::engine::{Insert, Terms};
    /// let page = "<h1>Emma</h1>";
    /// let how = Insert::weighing(page.len() as u64);
    /// assert_eq!((how.weight, how.terms), (13, Terms::default()));
    /// ```
    pub fn weighing(weight: u64) -> Self {
        Self { weight, ..Self::default() }
    }
}

impl<V> Store<V> {
    /// Stores a value, over an older one. Loads of this key that are in flight are fenced: what they bring is older.
    ///
    /// A rejected value takes the older one with it: nobody may get that after a newer one was offered. Use it for values you have; for
    /// values that are loaded on a miss use [`Store::begin_load`] and [`Store::complete`], which know what happened meanwhile.
    ///
    /// ```
    /// use fetchwell::engine::{Config, Insert, Place, Store, Timestamp};
    ///
    /// let mut store = Store::new(Config::default());
    /// assert!(store.insert(Place::ROOT, "books:7", "Emma", Insert::default(), Timestamp(0)).is_stored());
    /// let too_heavy = Insert::weighing(2 << 20);
    /// assert!(!store.insert(Place::ROOT, "books:7", "Emma, with pictures", too_heavy, Timestamp(1)).is_stored());
    /// assert_eq!(store.get(Place::ROOT, "books:7", Timestamp(2)), None); // the older value is not the book any more
    /// ```
    pub fn insert(&mut self, place: Place, key: &str, value: V, how: Insert<'_>, now: Timestamp) -> Inserted {
        let now = self.time.observe(now);
        let Some(place) = self.places.known(place) else {
            self.reject(ROOT, RejectReason::Fenced);
            return Inserted::Rejected(RejectReason::Fenced);
        };
        let hash = self.keys.make().of(u64::from(place), key.as_bytes());
        self.loads.fence_key(place, key, hash, u64::MAX);
        self.put(place, key, hash, value, &how, now)
    }

    /// Gives a fresh entry its lifetime anew, counted from now: `ttl`, or the one it was stored with. Also counts as use. Says whether
    /// there was one. Use it for sessions; a lifetime of nothing ends the entry.
    ///
    /// ```
    /// use fetchwell::engine::{Config, Insert, Place, Span, Store, Terms, Timestamp};
    ///
    /// let mut store = Store::new(Config::default());
    /// let _ = store.insert(Place::ROOT, "session:7", "Ada", Insert::on(Terms::ttl(Span::mins(5))), Timestamp(0));
    /// assert!(store.touch(Place::ROOT, "session:7", None, Timestamp(200_000)));
    /// assert!(store.contains(Place::ROOT, "session:7", Timestamp(499_999)));
    /// assert!(!store.touch(Place::ROOT, "session:7", Some(Span::hours(1)), Timestamp(500_000))); // too late
    /// ```
    pub fn touch(&mut self, place: Place, key: &str, ttl: Option<Span>, now: Timestamp) -> bool {
        let now = self.time.observe(now);
        let Some(number) = self.find(place, key) else { return false };
        if self.entries.life(number, now) != Life::Fresh {
            return false;
        }
        let stored_with = self.entries.kept(number).terms;
        let terms = Terms { ttl: ttl.unwrap_or(stored_with.ttl), ..stored_with };
        if terms.ttl.is_zero() {
            // Its lifetime was cut off: a longer one would not have helped.
            self.entries.at_mut(number).second_life = true;
            self.take_out(number, RemovalCause::Expired);
            return true;
        }
        self.stored = self.stored.wrapping_add(1);
        let deadline = Deadline::after(now, self.jittered(&terms));
        let slot = self.entries.at_mut(number);
        slot.deadline = deadline;
        slot.second_life = false;
        self.entries.asked(number, now);
        self.policy.hit(number, self.pool_of(self.entries.at(number).place));
        self.list_anew(number, now);
        true
    }

    /// Takes an entry away and fences its loads in flight. Says whether a reader could still have been given it. Use it for a key of
    /// this place alone; use [`Store::invalidate`] when a change of data concerns every partition.
    ///
    /// ```
    /// use fetchwell::engine::{Config, Insert, Place, Store, Timestamp};
    ///
    /// let mut store = Store::new(Config::default());
    /// let _ = store.insert(Place::ROOT, "books:7", "Emma", Insert::default(), Timestamp(0));
    /// assert!(store.remove(Place::ROOT, "books:7", Timestamp(1)));
    /// assert!(!store.remove(Place::ROOT, "books:7", Timestamp(2)));
    /// ```
    pub fn remove(&mut self, place: Place, key: &str, now: Timestamp) -> bool {
        let now = self.time.observe(now);
        let Some((place, hash)) = self.places.known(place).zip(self.keys.get()) else { return false };
        let hash = hash.of(u64::from(place), key.as_bytes());
        self.loads.fence_key(place, key, hash, u64::MAX);
        let Some(number) = self.entries.find(hash, place, key) else { return false };
        let life = self.entries.life(number, now);
        let readable = matches!(life, Life::Fresh | Life::Stale);
        self.places.count(place, Counter::Invalidations, readable.into());
        self.take_out(number, if let Life::Dead(cause) = life { cause } else { RemovalCause::Invalidated });
        readable
    }

    /// Stores a value that no fence stands against.
    pub(super) fn put(
        &mut self,
        place: u32,
        key: &str,
        hash: u64,
        value: V,
        how: &Insert<'_>,
        now: Moment,
    ) -> Inserted {
        // While this goes on the place is not forgotten, whatever goes to make room.
        self.places.at_mut(place).busy += 1;
        let outcome = self.put_here(place, key, hash, value, how, now);
        self.left(place);
        outcome
    }

    fn put_here(&mut self, place: u32, key: &str, hash: u64, value: V, how: &Insert<'_>, now: Moment) -> Inserted {
        self.stored = self.stored.wrapping_add(1);
        self.reap(now, REAP);
        if let Some(number) = self.entries.find_struck(hash, place, key) {
            self.bury(number);
        }
        let mut held = self.entries.find(hash, place, key);
        if let Some(number) = held
            && let Life::Dead(cause) = self.entries.life(number, now)
        {
            self.take_out(number, cause);
            held = None;
        }
        let verdict = self.verdict(place, key, how);
        let stored = match (verdict, held) {
            (Some(reason), _) => Err(reason),
            (None, Some(number)) => self.replace(number, value, how, now).map_err(|NoMemory| RejectReason::TooLarge),
            (None, None) => self.add(place, key, hash, value, how, now).map_err(|NoMemory| RejectReason::TooLarge),
        };
        if let Err(reason) = stored {
            self.reject(place, reason);
            if let Some(number) = self.entries.find(hash, place, key) {
                self.take_out(number, RemovalCause::Replaced);
            }
            return Inserted::Rejected(reason);
        }
        self.places.count(place, Counter::Sets, 1);
        Inserted::Stored
    }

    pub(super) fn reject(&mut self, place: u32, reason: RejectReason) {
        self.places.count(place, Counter::Rejections, 1);
        self.places.count(place, Counter::Fenced, (reason == RejectReason::Fenced).into());
    }

    /// Why a value may not be stored, if it may not.
    pub(super) fn verdict(&self, place: u32, key: &str, how: &Insert<'_>) -> Option<RejectReason> {
        let own = self.places.namespace(self.places.at(place).namespace).and_then(|namespace| namespace.bounds);
        let charge = self.charge_of(place, key, how);
        let too_large = [Some(self.bounds), own]
            .iter()
            .flatten()
            .any(|bounds| how.weight > bounds.max_entry_bytes || charge > bounds.max_bytes);
        if how.terms.ttl.is_zero() {
            Some(RejectReason::TtlZero)
        } else if too_large || key.len() > LONGEST_KEY {
            Some(RejectReason::TooLarge)
        } else {
            None
        }
    }

    /// The most an entry can count for: a tag named twice counts twice here and once when stored.
    pub(super) fn charge_of(&self, place: u32, key: &str, how: &Insert<'_>) -> u64 {
        let tags: u64 = how.tags.iter().map(|tag| tag.len() as u64 + TAG_BYTES).sum();
        self.entries.plain_charge(how.weight, key).saturating_add(self.places.at(place).charge).saturating_add(tags)
    }

    fn jittered(&self, terms: &Terms) -> Span {
        if terms.jitter > 0.0
            && let Some(hash) = self.keys.get()
        {
            let dice = hash.random(self.stored) >> 11;
            #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
            let share = dice as f64 / (1_u64 << 53) as f64;
            return terms.ttl.shortened(share * f64::from(terms.jitter));
        }
        terms.ttl
    }

    /// A new entry.
    fn add(
        &mut self,
        place: u32,
        key: &str,
        hash: u64,
        value: V,
        how: &Insert<'_>,
        now: Moment,
    ) -> Result<(), NoMemory> {
        let (pool, most) = (self.pool_of(place), self.charge_of(place, key, how));
        self.policy.advance(pool, super::limits(self.bounds), most);
        let (entries, places, tags) = (&self.entries, &self.places, &self.tags);
        let about = |number| entries.about(number, super::room::charge(entries, places, tags, number), now);
        let seat = self.policy.seat_for(pool, hash, most, &about);
        self.make_room(place, most, now);

        let number = self.entries.vacancy(hash)?;
        let text = copied(key)?;
        let life = self.reserve(number, pool, most, how, now)?;
        let second_life = self.ended.take(hash).is_some_and(|note| {
            let ending = Ending::unpack(note);
            ending.expired && ending.outlived_by_double(now)
        });
        self.entries.occupy(number, place, text, hash);
        self.fill(number, value, how, life, now);
        self.entries.at_mut(number).second_life = second_life;
        self.link(number, Standing::newcomer(seat), now);
        self.index(number);
        Ok(())
    }

    /// A newer value for an entry that is held: it keeps its key, its place in the indexes and its standing with the policy.
    fn replace(&mut self, number: u32, value: V, how: &Insert<'_>, now: Moment) -> Result<(), NoMemory> {
        let slot = self.entries.at(number);
        let (place, most) = (slot.place, self.charge_of(slot.place, &slot.key, how));
        let (pool, charge) = (self.pool_of(place), self.charge(number));
        let standing = self.policy.standing(number).awake();
        self.unlink(number, pool, charge);
        // The entry is out of every queue now, so that room for its new size cannot be made at its own cost.
        self.make_room(place, most, now);
        self.tags.detach(number);
        let Ok(life) = self.reserve(number, pool, most, how, now) else {
            let slot = self.erase(number, charge);
            self.gone(place, Some(slot.key), slot.value, RemovalCause::Replaced);
            return Err(NoMemory);
        };
        self.entries.unkeep(self.entries.at(number).kept);
        let old = self.fill(number, value, how, life, now);
        self.link(number, standing, now);
        self.policy.renew(number, pool);
        let key = self.key_for_the_host(number);
        self.gone(place, key, old, RemovalCause::Replaced);
        Ok(())
    }

    /// Room for an entry everywhere, its tags and its terms, when they end. Without memory it has neither tags nor terms.
    fn reserve(
        &mut self,
        number: u32,
        pool: u32,
        most: u64,
        how: &Insert<'_>,
        now: Moment,
    ) -> Result<(u32, Deadline), NoMemory> {
        let jitter = if how.terms.jitter > 0.0 { how.terms.jitter.min(1.0) } else { 0.0 };
        let kept = Kept { terms: Terms { jitter, ..how.terms }, grace: Span::ZERO };
        let deadline = Deadline::after(now, self.jittered(&kept.terms));
        let course = Course { deadline, soft: false, kept: &kept, idle_since: now };
        self.policy.reserve(pool, number, most)?;
        self.expiry.reserve(number, course.held_end(), now)?;
        self.expiry.reserve(number, course.idle_end(), now)?;
        self.tags.attach(number, how.tags, self.keys.make())?;
        let kept = self.entries.keep(kept).inspect_err(|NoMemory| self.tags.detach(number))?;
        Ok((kept, deadline))
    }

    /// Gives an entry a value, and what came with it. Returns the value that it had.
    fn fill(&mut self, number: u32, value: V, how: &Insert<'_>, life: (u32, Deadline), now: Moment) -> Option<V> {
        let slot = self.entries.at_mut(number);
        (slot.kept, slot.deadline) = life;
        slot.weight = how.weight;
        slot.created = now;
        slot.asked = now.into();
        slot.idles = !how.terms.tti.is_zero();
        slot.soft = false;
        slot.second_life = false;
        slot.value.replace(value)
    }
}
