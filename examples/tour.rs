//! A short tour in the terminal of what the engine does. `cargo xtask demo` runs it.
//!
//! Time is an argument everywhere, so an hour passes here in no time.

use fetchwell::engine::{
    Bounds, Config, How, Insert, Inserted, Lookup, MissReason, Namespace, Partition, Place, RemovalCause, Scope,
    Selector, Span, Store, Terms, Timestamp,
};
use std::collections::{BTreeMap, HashMap};

type Books = Store<&'static str>;

fn main() {
    println!("fetchwell: a tour of the engine\n");
    expiry();
    prefixes();
    fence();
    reasons();
    users();
    hit_ratio();
    println!(
        "Next: README.md for ten lines of use, docs/architecture.md for how it works, `cargo xtask test` for the proof."
    );
}

fn chapter(title: &str) {
    println!("── {title} {}", "─".repeat(88_usize.saturating_sub(title.chars().count())));
}

fn say(left: &str, right: impl std::fmt::Debug) {
    println!("  {left:<58} {right:?}");
}

/// Keeps a value and says so; the tour has room for all it keeps.
fn keep(store: &mut Books, place: Place, key: &str, value: &'static str, how: Insert<'_>, now: u64) {
    let outcome = store.insert(place, key, value, how, Timestamp(now));
    assert_eq!(outcome, Inserted::Stored, "{key}");
}

fn expiry() {
    chapter("1. Expiry: fresh, stale, gone");
    let mut store = Books::new(Config::default());
    let terms = Terms { swr: Span::mins(10), ..Terms::ttl(Span::mins(5)) };
    keep(&mut store, Place::ROOT, "books:7", "Emma", Insert::on(terms), 0);
    for (when, now) in
        [("4:59.999", 299_999), ("5:00.000, its deadline", 300_000), ("14:59.999", 899_999), ("15:00.000", 900_000)]
    {
        let found = match store.lookup(Place::ROOT, "books:7", Timestamp(now)) {
            Lookup::Fresh(value) => format!("fresh {value:?}"),
            Lookup::Stale(stale) => format!("stale {:?}, may be served while it is loaded anew", stale.value),
            Lookup::Dormant(value) => format!("dormant {value:?}"),
            Lookup::Miss(reason) => format!("a miss: {}", reason.word()),
        };
        println!("  at {when:<55} {found}");
    }
    say("memory goes back without a get: prune freed", store.prune(Timestamp(900_000), 16));
    println!();
}

fn prefixes() {
    chapter("2. Prefixes: what would go, then what goes");
    let mut store: Store<u32> = Store::new(Config { bounds: Bounds::entries(300_000), ..Config::default() });
    for number in 0..200_000 {
        let key = format!("tenant:{}:user:{}", number % 200, number / 200);
        let _ = store.insert(Place::ROOT, &key, number, Insert::default(), Timestamp(0));
    }
    let now = Timestamp(1);
    say(
        "200 000 keys; dry run of the segments tenant:1",
        store.invalidate(Scope::All, Selector::Segment("tenant:1"), How::DRY_RUN, now),
    );
    say(
        "dry run of the raw text tenant:1 (takes 10 to 19 and 100 to 199 too)",
        store.invalidate(Scope::All, Selector::Prefix("tenant:1"), How::DRY_RUN, now),
    );
    say(
        "a pattern: tenant:?:user:99?",
        store.invalidate(Scope::All, Selector::Glob("tenant:?:user:99?"), How::DRY_RUN, now),
    );
    say(
        "for real: tenant:1 and all below it",
        store.invalidate(Scope::All, Selector::Segment("tenant:1"), How::HARD, now),
    );
    say("tenant:10:user:0 is still there", store.contains(Place::ROOT, "tenant:10:user:0", now));
    println!();
}

fn fence() {
    chapter("3. The fence: a load in flight cannot bring back what was invalidated");
    let mut store = Books::new(Config::default());
    let load = store.begin_load(Place::ROOT, "books:7");
    println!("  a load of books:7 begins, and the origin is slow …");
    say(
        "… meanwhile books:7 is edited; entries invalidated",
        store.invalidate(Scope::All, Selector::Key("books:7"), How::HARD, Timestamp(10)),
    );
    say("may a new caller wait for the old load?", store.may_join(&load));
    say("the old load ends with the old text", store.complete(load, "Ema", Insert::default(), Timestamp(900)));
    say("what a reader gets", store.get(Place::ROOT, "books:7", Timestamp(901)));
    let load = store.begin_load(Place::ROOT, "books:7");
    say("a load that began after the edit", store.complete(load, "Emma", Insert::default(), Timestamp(1_500)));
    say("what a reader gets now", store.get(Place::ROOT, "books:7", Timestamp(1_501)));
    println!();
}

fn reasons() {
    chapter("4. Reasons: why a request missed, why an entry went");
    let mut store = Books::new(Config { bounds: Bounds::entries(3), ..Config::default() });
    keep(&mut store, Place::ROOT, "a", "1", Insert::on(Terms::ttl(Span::secs(1))), 0);
    keep(&mut store, Place::ROOT, "b", "2", Insert { tags: &["shelf"], ..Insert::default() }, 0);
    store.invalidate(Scope::All, Selector::Tag("shelf"), How::HARD, Timestamp(5));
    for key in ["c", "d", "e"] {
        keep(&mut store, Place::ROOT, key, "3", Insert::default(), 1_000);
    }
    keep(&mut store, Place::ROOT, "f", "4", Insert::default(), 1_000);
    for key in ["a", "b", "c", "d", "e", "f", "never"] {
        let _ = store.get(Place::ROOT, key, Timestamp(2_000));
    }
    let stats = store.stats(None, Timestamp(2_000));
    let misses = MissReason::ALL.map(|reason| (reason.word(), stats.misses_by(reason)));
    let removals = RemovalCause::ALL.map(|cause| (cause.word(), stats.removals_by(cause)));
    let told = |counts: &[(&str, u64)]| {
        let told = counts.iter().filter(|(_, count)| *count > 0).map(|(word, count)| format!("{word} {count}"));
        told.collect::<Vec<_>>().join(", ")
    };
    println!("  {:<58} {} of {}", "hits", stats.hits, stats.requests());
    println!("  {:<58} {}", "misses by reason", told(&misses));
    println!("  {:<58} {}", "removals by cause", told(&removals));
    println!();
}

fn users() {
    chapter("5. Users: a partition is no part of the key's text");
    let mut store = Books::new(Config::default());
    let ann = store.place(Namespace::ROOT, Partition::Named("ann"));
    let bob = store.place(Namespace::ROOT, Partition::Named("bob"));
    keep(&mut store, ann, "me", "Ann's profile", Insert::default(), 0);
    keep(&mut store, bob, "me", "Bob's profile", Insert::default(), 0);
    say("bob asks for me", store.get(bob, "me", Timestamp(1)));
    say("ann logs out; entries dropped", store.drop_partition(Partition::Named("ann"), Timestamp(2)));
    say("ann's place", store.get(ann, "me", Timestamp(3)));
    say("bob's place", store.get(bob, "me", Timestamp(3)));
    println!();
}

fn hit_ratio() {
    chapter("6. Hit ratio beside LRU: popular keys, with scans in between");
    let (keys, capacity) = (20_000, 2_000);
    let mut ours: Store<()> = Store::new(Config { bounds: Bounds::entries(capacity), ..Config::default() });
    let mut lru = Lru { capacity, ..Lru::default() };
    let (mut our_hits, mut lru_hits, mut asked) = (0_u32, 0_u32, 0_u32);
    let mut state = 1_u64;
    for request in 0..600_000_u32 {
        // Every third request belongs to a crawler that asks for everything once; the rest choose by popularity.
        let key =
            if request % 3 == 0 { format!("page:{request}") } else { format!("book:{}", popular(&mut state, keys)) };
        let counted = u32::from(request % 3 != 0);
        asked += counted;
        if ours.get(Place::ROOT, &key, Timestamp(u64::from(request))).is_some() {
            our_hits += counted;
        } else {
            let _ = ours.insert(Place::ROOT, &key, (), Insert::default(), Timestamp(u64::from(request)));
        }
        lru_hits += u32::from(lru.ask(&key)) * counted;
    }
    let percent = |hits: u32| 100.0 * f64::from(hits) / f64::from(asked);
    let stats = ours.stats(None, Timestamp(600_000));
    println!("  {:<58} {:.1} %", "LRU, room for a tenth of the keys", percent(lru_hits));
    println!("  {:<58} {:.1} %", "fetchwell, the same room", percent(our_hits));
    let more = 100.0 * (stats.hit_rate_at_double_size() - stats.hit_rate());
    println!("  {:<58} + {more:.1} points", "what twice the room would add, by its own estimate");
    println!();
}

/// A key by popularity: the chance of rank r is about 1 / r.
fn popular(state: &mut u64, keys: u32) -> u32 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    let share = f64::from(u32::try_from(*state >> 32).unwrap_or(0)) / f64::from(u32::MAX);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank below the number of keys")]
    let rank = f64::from(keys).powf(share) as u32;
    rank.min(keys - 1)
}

/// The cache that everybody knows: who was asked for longest ago goes.
#[derive(Default)]
struct Lru {
    capacity: usize,
    clock: u64,
    last_asked: HashMap<String, u64>,
    by_age: BTreeMap<u64, String>,
}

impl Lru {
    fn ask(&mut self, key: &str) -> bool {
        self.clock += 1;
        let before = self.last_asked.insert(key.to_owned(), self.clock);
        if let Some(before) = before {
            self.by_age.remove(&before);
        }
        self.by_age.insert(self.clock, key.to_owned());
        if self.by_age.len() > self.capacity
            && let Some((_, oldest)) = self.by_age.pop_first()
        {
            self.last_asked.remove(&oldest);
        }
        before.is_some()
    }
}
