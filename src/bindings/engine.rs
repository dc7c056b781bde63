//! The engines of this instance, one for each cache, and what a call leaves behind for JavaScript to fetch.

use super::desk::{self, Desk, Texts};
use super::inject::{Op, Phase, pass};
use crate::engine::{
    Bounds, Config, Insert, Inserted, MissReason, Namespace, Partition, Place, RejectReason, RemovalCause, Removed,
    Scope, Seed, Span, Store, Terms, Ticket, Timestamp,
};
use core::cell::RefCell;
use wasm_bindgen::prelude::wasm_bindgen;

/// What the store holds for a value that stays in JavaScript: the number under which it is kept there, and how long its load took.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Held {
    pub(super) handle: u32,
    pub(super) load_ms: u32,
}

/// From this number on an answer names the handles of what went first.
const FIRST_NAMED: usize = 40;

/// One store of a cache in JavaScript. Values are kept there, under numbers ("handles") that the store holds in their place.
pub(super) struct Engine {
    pub(super) store: Store<Held>,
    /// What went since JavaScript last looked.
    pub(super) gone: Vec<Removed<Held>>,
    /// Loads in flight by number.
    pub(super) tickets: Vec<Option<Ticket>>,
    /// Numbers that no load has.
    pub(super) free_tickets: Vec<u32>,
    /// Namespaces by number.
    pub(super) spaces: Vec<Namespace>,
    /// Numbers and handles of entries that were listed; see `list` and `persist`.
    pub(super) listed: Vec<u32>,
    /// Bytes of snapshots, on their way in or out.
    pub(super) staged: Vec<u8>,
}

/// All engines of this instance, by number, and the desk that they share: only one of them is at work at a time.
struct Hall {
    engines: Vec<Option<Engine>>,
    desk: Desk,
}

thread_local! {
    static HALL: RefCell<Hall> = RefCell::new(Hall { engines: Vec::new(), desk: Desk::new() });
}

/// Lets an engine do something; what is given `otherwise` is the answer of one that is not there.
pub(super) fn with<R>(engine: u32, otherwise: R, act: impl FnOnce(&mut Engine, &mut Desk) -> R) -> R {
    HALL.with_borrow_mut(|Hall { engines, desk }| match engines.get_mut(engine as usize) {
        Some(Some(engine)) => act(engine, desk),
        Some(None) | None => otherwise,
    })
}

/// Does something at the desk that concerns no engine.
pub(super) fn with_desk<R>(act: impl FnOnce(&mut Desk) -> R) -> R {
    HALL.with_borrow_mut(|hall| act(&mut hall.desk))
}

/// Where texts are laid, with room for so many bytes; 0 if there is no memory for them.
#[wasm_bindgen]
pub fn texts(bytes: usize) -> usize {
    with_desk(|desk| desk.reserve(bytes))
}

/// Where the numbers of answers lie: always the same place.
#[wasm_bindgen]
pub fn numbers() -> usize {
    with_desk(|desk| desk.numbers())
}

/// A new engine, by its number; the separator lies on the desk where keys lie. The seed is 128 random bits, as two numbers of any kind.
#[wasm_bindgen]
pub fn open(
    max_entries: u32,
    max_bytes: f64,
    max_entry_bytes: f64,
    separator: usize,
    eager: bool,
    seed_high: f64,
    seed_low: f64,
) -> u32 {
    HALL.with_borrow_mut(|Hall { engines, desk }| {
        let separator = desk.read(separator, separator).map_or(":", |texts| texts.key);
        let config = Config {
            bounds: bounds(max_entries, max_bytes, max_entry_bytes),
            seed: Seed::Fixed(seed_high.to_bits(), seed_low.to_bits()),
            separator: separator.into(),
            eager_prefix_index: eager,
            keep_removed: true,
            ..Config::default()
        };
        let mut store = Store::new(config);
        store.keep_keys(false);
        let engine = Some(Engine {
            store,
            gone: Vec::new(),
            tickets: Vec::new(),
            free_tickets: Vec::new(),
            spaces: vec![Namespace::ROOT],
            listed: Vec::new(),
            staged: Vec::new(),
        });
        let free = engines.iter().position(Option::is_none).unwrap_or(engines.len());
        match engines.get_mut(free) {
            Some(place) => *place = engine,
            None => engines.push(engine),
        }
        u32::try_from(free).unwrap_or(u32::MAX)
    })
}

/// An engine is not needed any more.
#[wasm_bindgen]
pub fn close(engine: u32) {
    let gone = HALL.with_borrow_mut(|hall| hall.engines.get_mut(engine as usize).and_then(Option::take));
    drop(gone);
}

/// From now on the namespace whose name lies on the desk has this number. Bounds of nothing (`max_entries` 0) are the whole's. Without memory
/// for it, or if it exists with other bounds, it is one in which nothing is found and nothing stored.
#[wasm_bindgen]
pub fn namespace(engine: u32, number: usize, name: usize, max_entries: u32, max_bytes: f64, max_entry_bytes: f64) {
    with(engine, (), |this, desk| {
        pass(Op::Namespace, Phase::Before);
        let Engine { store, spaces, .. } = this;
        let Some(Texts { key: name, .. }) = desk.read(name, name) else { return };
        let own = (max_entries > 0).then(|| bounds(max_entries, max_bytes, max_entry_bytes));
        let namespace = store.namespace(name, own).unwrap_or(Namespace::NOWHERE);
        pass(Op::Namespace, Phase::Changed);
        while spaces.len() <= number {
            spaces.push(Namespace::NOWHERE);
        }
        if let Some(place) = spaces.get_mut(number) {
            *place = namespace;
        }
        this.settle(desk);
        pass(Op::Namespace, Phase::After);
    });
}

/// The names of all namespaces but the root's, laid on the desk in the order of their numbers: how long they are. Those that a snapshot
/// brought get numbers behind the others.
#[wasm_bindgen(js_name = "spaceNames")]
pub fn space_names(engine: u32) -> usize {
    with(engine, 0, |this, desk| {
        let Engine { store, spaces, .. } = this;
        for (namespace, _) in store.namespaces() {
            if !spaces.contains(&namespace) {
                spaces.push(namespace);
            }
        }
        let name =
            |space: &Namespace| store.namespaces().find(|(known, _)| known == space).map_or("", |(_, name)| name);
        desk.lay(spaces.iter().skip(1).map(name))
    })
}

/// From now on the keys of what goes are kept for `goneKey`, or are not.
#[wasm_bindgen]
pub fn name(engine: u32, keys: bool) {
    with(engine, (), |this, _| this.store.keep_keys(keys));
}

/// The handle of something that went; `number` counts from 0 up to what the first number of the last answer said.
#[wasm_bindgen]
pub fn gone(engine: u32, number: usize) -> u32 {
    with(engine, u32::MAX, |this, _| this.gone.get(number).map_or(u32::MAX, |removed| removed.value.handle))
}

/// The key of something that went, laid on the desk: its length. Its namespace and cause are numbers 1 and 2.
#[wasm_bindgen(js_name = "goneKey")]
pub fn gone_key(engine: u32, number: usize) -> usize {
    with(engine, 0, |this, desk| {
        let Some(removed) = this.gone.get(number) else { return 0 };
        let space = this.spaces.iter().position(|space| *space == removed.namespace);
        let cause = RemovalCause::ALL.iter().position(|cause| *cause == removed.cause);
        desk.put(1, &[space.unwrap_or(0), cause.unwrap_or(0)].map(whole));
        desk.lay(core::iter::once(&*removed.key)).saturating_sub(1)
    })
}

/// Forgets what went: JavaScript has let go of it.
#[wasm_bindgen(js_name = "goneAll")]
pub fn gone_all(engine: u32) {
    with(engine, (), |this, desk| {
        // A list that was long once need not stay so.
        this.gone = Vec::new();
        desk.put(0, &[0.0]);
    });
}

impl Engine {
    /// Moves what left the store to where JavaScript finds it, and leaves the number of it as the first number, and the handles of the
    /// first few. What was moved there before is forgotten.
    #[inline]
    pub(super) fn settle(&mut self, desk: &mut Desk) {
        if self.store.has_lost_removed() {
            // JavaScript cannot be told which values it holds in vain. It loses all of them rather than go on giving those out.
            std::process::abort();
        }
        self.gone.clear();
        self.store.swap_removed(&mut self.gone);
        desk.put(0, &[whole(self.gone.len())]);
        for (place, removed) in (FIRST_NAMED..desk::NUMBERS).zip(&self.gone) {
            desk.put(place, &[removed.value.handle.into()]);
        }
    }

    /// A namespace by its number. One that could not be made finds and stores nothing: the same key means something else in another.
    pub(super) fn space(&self, number: u32) -> Namespace {
        self.spaces.get(number as usize).copied().unwrap_or(Namespace::NOWHERE)
    }
}

/// How far something reaches, as JavaScript says it: 0 is one namespace in one partition, 1 is one namespace in all partitions, 2 is the
/// whole. In a view (of a partition that is not the shared one) 1 and 2 keep to that partition.
pub(super) fn scope<'p>(store: &Store<Held>, reach: u32, namespace: Namespace, partition: Partition<'p>) -> Scope<'p> {
    match (reach, partition) {
        (2, Partition::Shared) if namespace == Namespace::ROOT => Scope::All,
        (1 | 2, Partition::Shared) => Scope::Namespace(namespace),
        (2, _) if namespace == Namespace::ROOT => Scope::Partition(partition),
        _ => Scope::Place(store.find_place(namespace, partition).unwrap_or(Place::NOWHERE)),
    }
}

/// What an insert is told beside the value.
pub(super) struct Offer {
    pub(super) held: Held,
    pub(super) weight: f64,
    pub(super) ttl: f64,
    pub(super) tti: f64,
    pub(super) swr: f64,
    pub(super) stale_if_error: f64,
    pub(super) jitter: f32,
}

impl Offer {
    pub(super) fn how<'t>(&self, tags: &'t [&'t str]) -> Insert<'t> {
        let terms = Terms {
            ttl: span(self.ttl),
            tti: span(self.tti),
            swr: span(self.swr),
            stale_if_error: span(self.stale_if_error),
            jitter: self.jitter,
            dormant: false,
        };
        Insert { weight: natural(self.weight), terms, tags }
    }
}

/// What became of a value, as a number: 0 is stored.
pub(super) fn verdict(inserted: Inserted) -> u32 {
    match inserted {
        Inserted::Stored => 0,
        Inserted::Rejected(RejectReason::TooLarge) => 1,
        Inserted::Rejected(RejectReason::TtlZero) => 2,
        Inserted::Rejected(RejectReason::Fenced) => 3,
    }
}

/// The number of a reason: its place among all.
pub(super) fn reason(reason: MissReason) -> i32 {
    let place = MissReason::ALL.iter().position(|each| *each == reason);
    place.and_then(|place| i32::try_from(place).ok()).unwrap_or(0)
}

pub(super) fn at(now: f64) -> Timestamp {
    Timestamp(natural(now))
}

pub(super) fn span(ms: f64) -> Span {
    if ms == f64::INFINITY { Span::FOREVER } else { Span::ms(natural(ms)) }
}

fn bounds(max_entries: u32, max_bytes: f64, max_entry_bytes: f64) -> Bounds {
    Bounds {
        max_entries: max_entries as usize,
        max_bytes: natural(max_bytes),
        max_entry_bytes: natural(max_entry_bytes),
    }
}

/// A whole number of JavaScript's: what is less than 0 is 0, what is too much the most.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates, as it should")]
pub(super) fn natural(number: f64) -> u64 {
    number as u64
}

/// A count for JavaScript.
#[expect(clippy::cast_precision_loss, reason = "beyond 2^53 of anything the last digit does not matter")]
pub(super) fn whole(count: usize) -> f64 {
    count as f64
}
