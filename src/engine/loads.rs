//! The fence: a value whose load began before an invalidation that concerns it is never stored.
//!
//! Order is told by an operation counter, never by time. Every load in flight is known here, and an invalidation marks those it
//! concerns; so what is remembered grows with the loads in flight, not with the invalidations. Tags are the exception: a load's tags
//! are known only when it ends, so the tags invalidated meanwhile are noted, a bounded number of them; what must be forgotten turns
//! every tagged load away that began before.

use super::hash::KeyedHash;
use super::pages::{NoMemory, Pages, copied, put_at};
use super::table::Table;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// How many invalidated tags are remembered while loads are in flight.
pub(super) const TAGS_REMEMBERED: usize = 1_024;
const NONE: u32 = u32::MAX;
/// How many stores there were; each takes the next number.
static STORES: AtomicU32 = AtomicU32::new(0);

/// A load in flight: got from [`Store::begin_load`](super::Store::begin_load), given back to `complete` or `abandon`.
///
/// Use one for each run of a loader. One that is never given back costs its key's memory until newer loads crowd it out.
///
/// ```
/// use fetchwell::engine::{Config, Insert, Place, Store, Ticket, Timestamp};
///
/// let mut store = Store::new(Config::default());
/// let ticket: Ticket = store.begin_load(Place::ROOT, "books:7");
/// let loaded: Result<&str, ()> = Ok("Emma"); // what the loader brings, a while later
/// match loaded {
///     Ok(value) => assert!(store.complete(ticket, value, Insert::default(), Timestamp(40)).is_stored()),
///     Err(()) => store.abandon(ticket),
/// }
/// assert_eq!(store.loads_in_flight(), 0);
/// ```
#[derive(PartialEq, Eq, Debug)]
#[must_use = "a load that is neither completed nor abandoned is remembered for nothing"]
pub struct Ticket {
    store: u32,
    number: u32,
    began: u64,
}

#[derive(Debug)]
struct Load {
    place: u32,
    key: Box<str>,
    /// What its key and the name of its partition take up.
    size: usize,
    hash: u64,
    /// The operation counter when it began; 0 = nobody.
    began: u64,
    fenced: AtomicBool,
    /// The loads in flight in order of beginning.
    older: u32,
    newer: u32,
}

impl Default for Load {
    fn default() -> Self {
        Self {
            place: 0,
            key: Box::default(),
            size: 0,
            hash: 0,
            began: 0,
            fenced: AtomicBool::new(false),
            older: NONE,
            newer: NONE,
        }
    }
}

/// A load that came to its end.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) place: u32,
    pub(super) key: Box<str>,
    pub(super) began: u64,
    pub(super) fenced: bool,
}

/// Why a finished load may not be stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum TagVerdict {
    Clear,
    Fenced,
    /// One of the forgotten tags may have been among its own.
    Unsure,
}

/// All loads in flight.
#[derive(Debug)]
pub(super) struct Loads {
    /// Which store's they are, so that no store takes another's ticket for its own.
    store: u32,
    known: Pages<Load>,
    table: Table,
    free: u32,
    oldest: u32,
    newest: u32,
    count: usize,
    limit: usize,
    /// What their keys and the names of their partitions take up, and may.
    key_bytes: usize,
    key_limit: usize,
    operation: u64,
    /// The tags invalidated while loads were in flight, sorted, with when.
    tags: Vec<(u64, u64)>,
    /// Tagged loads that began before this are turned away.
    forgotten: u64,
    last_tag: u64,
}

impl Loads {
    pub(super) fn new(limit: usize, key_limit: usize) -> Self {
        Self {
            store: STORES.fetch_add(1, Ordering::Relaxed),
            known: Pages::default(),
            table: Table::default(),
            free: NONE,
            oldest: NONE,
            newest: NONE,
            count: 0,
            limit: limit.max(1),
            key_bytes: 0,
            key_limit,
            operation: 0,
            tags: Vec::new(),
            forgotten: 0,
            last_tag: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// A ticket for a load that is not remembered: its value will be turned away.
    pub(super) fn turned_away(&self) -> Ticket {
        Ticket { store: self.store, number: NONE, began: 0 }
    }

    fn tick(&mut self) -> u64 {
        self.operation += 1;
        self.operation
    }

    /// Registers a load; its key and the name of its partition are of this size. The oldest are forgotten if there are too many: their
    /// `complete` will be turned away. Tells `crowded_out` their places.
    pub(super) fn begin(
        &mut self,
        place: u32,
        key: &str,
        size: usize,
        hash: u64,
        mut crowded_out: impl FnMut(u32),
    ) -> Ticket {
        if self.count == 0 {
            // Nobody is left who began before any of them.
            self.tags.clear();
        }
        while self.count > 0 && (self.count >= self.limit || self.key_bytes.saturating_add(size) > self.key_limit) {
            self.forget(self.oldest).iter().for_each(|ended| crowded_out(ended.place));
        }
        let began = self.tick();
        let mut registered = self.register(place, key, size, hash, began);
        if registered.is_err()
            && let Some(oldest) = self.oldest_of(place, key, hash)
        {
            // The table holds no more loads of one key than a leaf has room for.
            self.forget(oldest).iter().for_each(|ended| crowded_out(ended.place));
            registered = self.register(place, key, size, hash, began);
        }
        Ticket { store: self.store, number: registered.unwrap_or(NONE), began }
    }

    /// The load of a key that began first.
    fn oldest_of(&self, place: u32, key: &str, hash: u64) -> Option<u32> {
        let mut oldest: Option<(u64, u32)> = None;
        self.table.find(hash, |number| {
            let load = self.known.at(number);
            if load.place == place && *load.key == *key && oldest.is_none_or(|(began, _)| load.began < began) {
                oldest = Some((load.began, number));
            }
            false
        });
        oldest.map(|(_, number)| number)
    }

    fn register(&mut self, place: u32, key: &str, size: usize, hash: u64, began: u64) -> Result<u32, NoMemory> {
        let key = copied(key)?;
        self.table.make_room(hash)?;
        let number = if self.free == NONE { self.known.add()? } else { self.free };
        self.table.insert_here(hash, number);
        let older = std::mem::replace(&mut self.newest, number);
        if older == NONE {
            self.oldest = number;
        } else {
            self.known.at_mut(older).newer = number;
        }
        let load = self.known.at_mut(number);
        if self.free == number {
            self.free = load.newer;
        }
        *load = Load { place, key, size, hash, began, fenced: AtomicBool::new(false), older, newer: NONE };
        self.count += 1;
        self.key_bytes = self.key_bytes.saturating_add(size);
        Ok(number)
    }

    /// Takes a load out; `None` if it was forgotten meanwhile.
    pub(super) fn end(&mut self, ticket: &Ticket) -> Option<Ended> {
        self.find(ticket)?;
        self.forget(ticket.number)
    }

    pub(super) fn is_known(&self, ticket: &Ticket) -> bool {
        self.find(ticket).is_some()
    }

    fn find(&self, ticket: &Ticket) -> Option<&Load> {
        if ticket.number == NONE || ticket.store != self.store {
            return None;
        }
        Some(self.known.at(ticket.number)).filter(|load| load.began == ticket.began)
    }

    fn forget(&mut self, number: u32) -> Option<Ended> {
        if number == NONE {
            return None;
        }
        let load = std::mem::take(self.known.at_mut(number));
        self.table.remove(load.hash, number);
        match load.older {
            NONE => self.oldest = load.newer,
            older => self.known.at_mut(older).newer = load.newer,
        }
        match load.newer {
            NONE => self.newest = load.older,
            newer => self.known.at_mut(newer).older = load.older,
        }
        self.known.at_mut(number).newer = std::mem::replace(&mut self.free, number);
        self.count -= 1;
        self.key_bytes = self.key_bytes.saturating_sub(load.size);
        Some(Ended { place: load.place, key: load.key, began: load.began, fenced: load.fenced.into_inner() })
    }

    /// May another caller wait for this load? Not once anything fenced it, nor once any tag was invalidated since it began.
    pub(super) fn may_join(&self, ticket: &Ticket) -> bool {
        self.find(ticket).is_some_and(|load| !load.fenced.load(Ordering::Relaxed) && self.last_tag < load.began)
    }

    /// Fences the loads of one key that began before `before`.
    pub(super) fn fence_key(&self, place: u32, key: &str, hash: u64, before: u64) {
        if self.count == 0 {
            return;
        }
        self.table.find(hash, |number| {
            let load = self.known.at(number);
            if load.place == place && *load.key == *key && load.began < before {
                load.fenced.store(true, Ordering::Relaxed);
            }
            false
        });
    }

    /// Fences every load for which `concerns` says yes: given its place and key.
    pub(super) fn fence_where(&mut self, mut concerns: impl FnMut(u32, &str) -> bool) {
        let mut number = self.oldest;
        while number != NONE {
            let load = self.known.at_mut(number);
            let fenced = load.fenced.get_mut();
            *fenced = *fenced || concerns(load.place, &load.key);
            number = load.newer;
        }
    }

    /// Notes that a tag was invalidated. `tag` is [`tag_hash`] of it and of where it was invalidated.
    pub(super) fn fence_tag(&mut self, tag: u64) {
        let operation = self.tick();
        self.last_tag = operation;
        if self.count == 0 {
            return;
        }
        match self.tags.binary_search_by_key(&tag, |noted| noted.0) {
            Ok(at) => {
                if let Some(noted) = self.tags.get_mut(at) {
                    noted.1 = operation;
                }
            }
            Err(at) => {
                if self.tags.len() >= TAGS_REMEMBERED || put_at(&mut self.tags, at, (tag, operation)).is_err() {
                    self.tags.clear();
                    self.forgotten = operation;
                }
            }
        }
    }

    /// Was any of these tags invalidated since a load began?
    pub(super) fn verdict(&self, began: u64, mut tags: impl Iterator<Item = u64>) -> TagVerdict {
        if self.last_tag < began {
            return TagVerdict::Clear;
        }
        let mut any = false;
        let fenced = tags.any(|tag| {
            any = true;
            let noted = self.tags.binary_search_by_key(&tag, |noted| noted.0).ok().and_then(|at| self.tags.get(at));
            noted.is_some_and(|(_, when)| *when > began)
        });
        if fenced {
            TagVerdict::Fenced
        } else if any && self.forgotten > began {
            TagVerdict::Unsure
        } else {
            TagVerdict::Clear
        }
    }

    /// Counts along the list; an error says what is broken. For checks.
    pub(super) fn check(&self) -> Result<(), String> {
        let (mut number, mut older, mut count) = (self.oldest, NONE, 0);
        while number != NONE {
            let load = self.known.at(number);
            if load.older != older || load.began == 0 {
                return Err(format!("load {number} is linked wrongly"));
            }
            if self.table.find(load.hash, |found| found == number).is_none() {
                return Err(format!("load {number} cannot be found"));
            }
            count += 1;
            (older, number) = (number, load.newer);
        }
        let right = count == self.count && older == self.newest && count == self.table.len();
        if right {
            Ok(())
        } else {
            Err(format!("{count} loads listed, {} counted, {} found", self.count, self.table.len()))
        }
    }
}

/// Where a tag was invalidated, as far as a load can be concerned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum TagScope {
    All,
    Namespace(u32),
    /// Everybody's partition, in every namespace.
    Shared,
    Partition(u32),
    Place(u32),
}

/// The number under which an invalidated tag is noted.
pub(super) fn tag_hash(hash: KeyedHash, scope: TagScope, tag: &str) -> u64 {
    let (kind, number) = match scope {
        TagScope::All => (0, 0),
        TagScope::Namespace(number) => (1, number),
        TagScope::Partition(number) => (2, number),
        TagScope::Place(number) => (3, number),
        TagScope::Shared => (4, 0),
    };
    hash.of((1 << 41) | (kind << 32) | u64::from(number), tag.as_bytes())
}
