//! No lock is held while code of the user's runs: from inside each kind of it the cache can be used, writes included.
//!
//! A lock that is held would show as a thread that never ends; only then does anybody here wait for the clock on the wall.
#![cfg(not(target_arch = "wasm32"))]

mod native_support;

use fetchwell::engine::Timestamp;
use fetchwell::{Cache, Clock, Codec, Functions, Load, ManualClock};
use native_support::{Gate, Runs, World};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, mpsc};
use std::time::Duration;

/// The code of the user's that a cache runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    Clock,
    Weigher,
    Tagger,
    Predicate,
    Listener,
    Callback,
    LoaderCall,
    LoaderRun,
    LoaderClone,
    LoaderDrop,
    RunDrop,
    ValueClone,
    ValueDrop,
    ErrorDrop,
    Encode,
    Decode,
    ListenerDrop,
    CallbackDrop,
    Spawn,
    Sleep,
}

const PLACES: [Place; 20] = [
    Place::Clock,
    Place::Weigher,
    Place::Tagger,
    Place::Predicate,
    Place::Listener,
    Place::Callback,
    Place::LoaderCall,
    Place::LoaderRun,
    Place::LoaderClone,
    Place::LoaderDrop,
    Place::RunDrop,
    Place::ValueClone,
    Place::ValueDrop,
    Place::ErrorDrop,
    Place::Encode,
    Place::Decode,
    Place::ListenerDrop,
    Place::CallbackDrop,
    Place::Spawn,
    Place::Sleep,
];

/// A way back into the cache, from one place.
#[derive(Clone)]
struct WayBack {
    from: Place,
    cache: Arc<OnceLock<Cache<Value>>>,
    inside: Arc<AtomicBool>,
    taken: Runs,
}

impl WayBack {
    fn new(from: Place) -> Self {
        Self { from, cache: Arc::default(), inside: Arc::default(), taken: Runs::default() }
    }

    /// Called from everywhere; does something in the one place, and not from inside itself.
    fn take(&self, here: Place) {
        let Some(cache) = self.cache.get().filter(|_| here == self.from) else { return };
        if self.inside.swap(true, Ordering::SeqCst) {
            return;
        }
        self.taken.one();
        cache.insert("inside", Value(None));
        assert!(cache.get("inside").is_some());
        cache.invalidate_prefix("inside");
        cache.dry_run().invalidate_tag("none");
        cache.partition("inside").get_stale("inside");
        let _ = (cache.len(), cache.stats(), cache.keys(""), cache.metrics(), cache.loads_in_flight());
        cache.namespace::<u32>("inside").build().unwrap().insert("inside", 1);
        drop(cache.on(|_| ()));
        drop(cache.subscribe("inside", || ()));
        self.inside.store(false, Ordering::SeqCst);
    }
}

/// Takes the way back when it goes.
struct Goes(WayBack, Place);

impl Drop for Goes {
    fn drop(&mut self) {
        self.0.take(self.1);
    }
}

impl Clone for Goes {
    fn clone(&self) -> Self {
        self.0.take(Place::LoaderClone);
        Self(self.0.clone(), self.1)
    }
}

struct Value(Option<WayBack>);

impl Clone for Value {
    fn clone(&self) -> Self {
        self.0.iter().for_each(|back| back.take(Place::ValueClone));
        Self(self.0.clone())
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        self.0.iter().for_each(|back| back.take(Place::ValueDrop));
    }
}

struct Sad(#[expect(dead_code, reason = "it only goes")] Goes);

impl fmt::Debug for Sad {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Sad")
    }
}

impl fmt::Display for Sad {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("sad")
    }
}

impl std::error::Error for Sad {}

struct Talking(ManualClock, WayBack);

impl Clock for Talking {
    fn now(&self) -> Timestamp {
        self.1.take(Place::Clock);
        self.0.now()
    }
}

struct Bytes(WayBack);

impl Codec<Value> for Bytes {
    fn encode(&self, _: &Value) -> Option<Vec<u8>> {
        self.0.take(Place::Encode);
        Some(vec![])
    }

    fn decode(&self, _: &[u8]) -> Option<Value> {
        self.0.take(Place::Decode);
        Some(Value(Some(self.0.clone())))
    }
}

/// A cache that runs all of it.
fn cache(world: &World, back: &WayBack) -> Cache<Value> {
    let (weighs, tags, spawns, sleeps) = (back.clone(), back.clone(), back.clone(), back.clone());
    let (inner, clock) = (Arc::new(world.runtime()), world.clock.clone());
    let runtime = Functions::new(
        move |task| {
            spawns.take(Place::Spawn);
            fetchwell::Runtime::spawn(&*inner, task);
        },
        move |time| {
            sleeps.take(Place::Sleep);
            clock.sleep(time)
        },
    );
    let cache = Cache::<Value>::builder().ttl("1m").tti("30m").swr("5m").stale_if_error("10m").negative_ttl("1m");
    let cache = cache.timeout("10s").retry(1).max_entries(3).runtime(runtime).codec(Bytes(back.clone()));
    let cache = cache.clock(Talking(world.clock.clone(), back.clone()));
    let cache = cache.weigher(move |_, _| {
        weighs.take(Place::Weigher);
        1
    });
    let cache = cache.tagger(move |key, _| {
        tags.take(Place::Tagger);
        vec![key.to_owned()]
    });
    let cache = cache.build().unwrap();
    assert!(back.cache.set(cache.clone()).is_ok());
    cache
}

/// A caller whose loader brings a value, or fails; and waits at a gate first.
fn caller(
    cache: &Cache<Value>,
    key: &'static str,
    back: &WayBack,
    fails: bool,
    gate: &Gate,
) -> impl Future<Output = bool> + use<> {
    let (cache, back, gate, carried) =
        (cache.clone(), back.clone(), gate.clone(), Goes(back.clone(), Place::LoaderDrop));
    async move {
        let load = move |_: Load<Value>| {
            let _ = &carried;
            back.take(Place::LoaderCall);
            let on_the_way = Goes(back.clone(), Place::RunDrop);
            async move {
                gate.passed().await;
                let _on_the_way = on_the_way;
                back.take(Place::LoaderRun);
                if fails { Err(Sad(Goes(back.clone(), Place::ErrorDrop))) } else { Ok(Value(Some(back))) }
            }
        };
        cache.try_get_or_set(key, load).await.is_ok()
    }
}

/// Everything that a cache does with code of the user's.
fn all_of_it(back: &WayBack) {
    let world = World::new();
    let cache = cache(&world, back);
    let (listens, called) = (Goes(back.clone(), Place::ListenerDrop), Goes(back.clone(), Place::CallbackDrop));
    let listening = cache.on(move |_| listens.0.take(Place::Listener));
    let subscribed = cache.subscribe("a", move || called.0.take(Place::Callback));
    let (open, shut) = (Gate::new(), Gate::new());
    open.open();
    let value = || Value(Some(back.clone()));

    for key in ["a", "a", "b", "c", "d"] {
        cache.insert(key, value());
        cache.get(key);
    }
    cache.insert("a", value());
    cache.touch("a");
    cache.soft().invalidate_prefix("a");
    cache.get_stale("a");
    cache.invalidate_where(|_| {
        back.take(Place::Predicate);
        true
    });
    cache.insert("a", value());
    let bytes = cache.snapshot().unwrap();
    cache.clear();
    cache.restore(&bytes).unwrap();
    cache.remove("a");

    // Loads: one that brings something, one behind somebody's back, one that fails and is remembered, one that everybody leaves.
    assert!(world.run(caller(&cache, "a", back, false, &open)));
    world.pass("2m");
    assert!(world.run(caller(&cache, "a", back, false, &open)), "an old value answers");
    let fails = world.start(caller(&cache, "sad", back, true, &open));
    world.pass("1s");
    assert!(!world.end(fails));
    assert!(!world.run(caller(&cache, "sad", back, true, &open)), "it is remembered");
    cache.invalidate("sad");
    let leaves = world.start(caller(&cache, "left", back, false, &shut));
    world.leave(leaves);
    let too_long = world.start(caller(&cache, "long", back, false, &shut));
    let joined = world.start(caller(&cache, "long", back, false, &shut));
    let overtaken = world.start(caller(&cache, "overtaken", back, false, &shut));
    cache.invalidate_prefix("overtaken");
    world.pass("1m");
    assert!([too_long, joined, overtaken].into_iter().all(|caller| !world.end(caller)));
    assert_eq!(cache.loads_in_flight(), 0);

    // What is dead goes when somebody looks.
    world.pass("1h");
    cache.get("a");
    cache.get("b");
    drop((listening, subscribed));
    cache.clear();
}

#[test]
fn from_inside_the_users_own_code_the_cache_can_be_used() {
    for place in PLACES {
        let (done, waits) = mpsc::channel();
        let back = WayBack::new(place);
        let taken = back.taken.clone();
        std::thread::spawn(move || {
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| all_of_it(&back)));
            // Nobody may be left to hear it.
            let _ = done.send(outcome.map_err(|payload| {
                let text = payload.downcast_ref::<String>().cloned();
                text.or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
            }));
        });
        let outcome = waits.recv_timeout(Duration::from_secs(60));
        let outcome = outcome.unwrap_or_else(|_| panic!("{place:?}: a lock is held, and the thread waits for itself"));
        assert_eq!(outcome, Ok(()), "{place:?}");
        assert!(taken.count() > 0, "{place:?} was never run");
    }
}

#[test]
fn a_listener_that_ends_itself_or_another_is_no_trouble() {
    let cache = Cache::<u32>::builder().build().unwrap();
    let own = Arc::new(std::sync::Mutex::new(None));
    let (mine, heard) = (Arc::clone(&own), Runs::default());
    let counted = heard.clone();
    *own.lock().unwrap() = Some(cache.on(move |_| {
        counted.one();
        let ended = mine.lock().unwrap().take();
        drop(ended);
    }));
    cache.insert("a", 1);
    cache.insert("b", 2);
    assert_eq!(heard.count(), 1);
}

#[test]
fn the_last_handle_of_a_cache_may_go_inside_a_load() {
    let world = World::new();
    let cache = Cache::<u32>::builder().clock(world.clock.clone()).build().unwrap();
    let gate = Gate::new();
    let (asking, passed) = (cache.clone(), gate.clone());
    let caller = world.start(async move {
        let load = move |_| async move {
            passed.passed().await;
            7
        };
        let answer = asking.get_or_set("a", load);
        answer.await.unwrap()
    });
    drop(cache);
    gate.open();
    assert_eq!(world.end(caller), 7);
}
