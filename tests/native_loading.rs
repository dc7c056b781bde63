//! Loading: one run for all who ask at once, nobody a hostage of anybody, and the fence behind it.
#![cfg(not(target_arch = "wasm32"))]

mod native_support;

use fetchwell::engine::{MissReason, Span};
use fetchwell::{Cache, Code, Load, Policy};
use native_support::{Down, Dropped, Gate, Log, Origin, Runs, World, failure};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

fn cache(world: &World) -> Cache<usize> {
    Cache::builder().ttl("1m").clock(world.clock.clone()).build().unwrap()
}

#[test]
fn a_thousand_callers_at_once_share_one_run_of_the_loader() {
    let (world, origin) = (World::new(), Origin::new());
    let cache = cache(&world);
    let gate = origin.gate();
    let callers: Vec<_> = (0..1_000).map(|_| world.start(origin.caller(&cache, "a"))).collect();
    assert_eq!(cache.loads_in_flight(), 1);
    gate.open();
    for caller in callers {
        assert_eq!(world.end(caller).unwrap(), 1);
    }
    let stats = cache.stats();
    assert_eq!((stats.loads, stats.misses, stats.coalesced, stats.hits, stats.sets), (1, 1_000, 999, 0, 1));
    assert_eq!((stats.load_errors, stats.misses_by(MissReason::Cold), cache.loads_in_flight()), (0, 1_000, 0));
    assert_eq!(world.run(origin.caller(&cache, "a")).unwrap(), 1);
    assert_eq!((origin.asked.count(), cache.stats().hits), (1, 1));
}

#[test]
fn a_leader_that_goes_away_harms_nobody_and_the_loader_runs_on() {
    let (world, origin) = (World::new(), Origin::new());
    let cache = cache(&world);
    let gate = origin.gate();
    let leader = world.start(origin.caller(&cache, "a"));
    let followers: Vec<_> = (0..3).map(|_| world.start(origin.caller(&cache, "a"))).collect();
    world.leave(leader);
    assert_eq!((origin.left.count(), cache.loads_in_flight()), (0, 1));
    gate.open();
    for follower in followers {
        assert_eq!(world.end(follower).unwrap(), 1);
    }
    assert_eq!((origin.asked.count(), cache.get("a")), (1, Some(1)));
}

/// Lets a caller look once; tells whether it has to wait.
fn waits<T>(caller: &mut (impl Future<Output = T> + Unpin)) -> bool {
    smol::block_on(smol::future::poll_once(caller)).is_none()
}

/// Callers one after the other drive a load just when it could go on, and leave.
#[test]
fn leaders_that_leave_just_when_the_load_could_go_on_leave_nobody_waiting() {
    let world = World::new();
    let cache = cache(&world);
    let gate = Gate::new();
    let (inside, passed) = (world.clone(), gate.clone());
    let (left, leaves) = smol::channel::unbounded::<Box<dyn FnOnce() + Send>>();
    let load = move |_: Load<usize>| async move {
        passed.passed().await;
        let mut turns = 0;
        // Wakes those who wait while a leader still drives: they look, and see that somebody is at it.
        std::future::poll_fn(|context| {
            turns += 1;
            if turns > 2 {
                return std::task::Poll::Ready(());
            }
            while let Ok(leave) = leaves.try_recv() {
                leave();
            }
            context.waker().wake_by_ref();
            inside.settle();
            std::task::Poll::Pending
        })
        .await;
        7
    };
    let (asking, others) = (cache.clone(), || {
        let asking = cache.clone();
        Box::pin(async move { asking.get_or_set("a", |_| async { 8 }).await })
    });
    let mut first = Box::pin(async move { asking.get_or_set("a", load).await });
    assert!(waits(&mut first));
    let (mut second, mut third) = (others(), others());
    assert!(waits(&mut second) && waits(&mut third));
    let follower = world.start(others());
    gate.open();
    // The third leaves while the first drives; the first right after; then the second drives and leaves.
    left.try_send(Box::new(move || drop(third))).unwrap_or_else(|_| panic!("it is heard"));
    assert!(waits(&mut first), "it could go on now");
    drop(first);
    drop(second);
    assert_eq!(world.end(follower).unwrap(), 7);
}

#[test]
fn when_the_last_caller_leaves_the_loader_is_dropped_and_nothing_stays_behind() {
    let (world, origin) = (World::new(), Origin::new());
    let cache = cache(&world);
    let gate = origin.gate();
    let callers: Vec<_> = (0..3).map(|_| world.start(origin.caller(&cache, "a"))).collect();
    for (gone, caller) in callers.into_iter().enumerate() {
        assert_eq!((origin.left.count(), cache.loads_in_flight()), (0, 1), "{gone} have left");
        world.leave(caller);
    }
    assert_eq!((origin.left.count(), cache.loads_in_flight()), (1, 0));
    gate.open();
    world.settle();
    assert_eq!((cache.len(), cache.stats().sets, cache.stats().load_errors), (0, 0, 0));
    origin.no_gate();
    assert_eq!(world.run(origin.caller(&cache, "a")).unwrap(), 2, "the next caller loads");
}

#[test]
fn a_call_that_is_never_polled_loads_nothing() {
    let (world, origin) = (World::new(), Origin::new());
    let cache = cache(&world);
    drop(origin.caller(&cache, "a"));
    assert_eq!((origin.asked.count(), cache.loads_in_flight(), cache.stats().loads), (0, 0, 0));
}

#[test]
fn an_error_reaches_every_caller_and_the_next_one_loads_anew() {
    let (world, origin) = (World::new(), Origin::new());
    let cache = cache(&world);
    let gate = origin.gate();
    origin.is_down(true);
    let callers: Vec<_> = (0..5).map(|_| world.start(origin.caller(&cache, "a"))).collect();
    gate.open();
    for caller in callers {
        let error = world.end(caller).unwrap_err();
        assert_eq!((error.code(), error.downcast_ref::<Down>()), (Code::LoadFailed, Some(&Down(1))));
        assert_eq!(error.to_string(), "the loader failed: down for the 1. time");
        assert!(std::error::Error::source(&error).unwrap().is::<Down>());
    }
    let stats = cache.stats();
    assert_eq!((stats.loads, stats.load_errors, stats.misses, stats.coalesced, stats.sets), (1, 1, 5, 4, 0));
    assert_eq!(failure(world.run(origin.caller(&cache, "a"))), Down(2));
    origin.is_down(false);
    assert_eq!(world.run(origin.caller(&cache, "a")).unwrap(), 3);
}

#[test]
fn a_panic_in_a_loader_reaches_every_caller_as_an_error_wherever_it_happens() {
    #[derive(Clone, Copy, PartialEq, Debug)]
    enum Where {
        BeforeTheFuture,
        BeforeTheFirstAwait,
        AfterAnAwait,
        Weigher,
        Tagger,
    }
    use Where::{AfterAnAwait, BeforeTheFirstAwait, BeforeTheFuture, Tagger, Weigher};
    for place in [BeforeTheFuture, BeforeTheFirstAwait, AfterAnAwait, Weigher, Tagger] {
        let world = World::new();
        let armed = Arc::new(AtomicBool::new(true));
        let at = move |armed: &AtomicBool, here| {
            assert!(!(here == place && armed.load(Ordering::SeqCst)), "at {here:?}");
        };
        let (weighs, tags) = (Arc::clone(&armed), Arc::clone(&armed));
        let cache = Cache::<usize>::builder().clock(world.clock.clone());
        let cache = cache.weigher(move |_, _| {
            at(&weighs, Weigher);
            1
        });
        let cache = cache.tagger(move |_, _| {
            at(&tags, Tagger);
            vec![]
        });
        let cache = cache.build().unwrap();
        let gate = Gate::new();
        let caller = || {
            let (cache, armed, gate) = (cache.clone(), Arc::clone(&armed), gate.clone());
            async move {
                let load = move |_: Load<usize>| {
                    at(&armed, BeforeTheFuture);
                    async move {
                        at(&armed, BeforeTheFirstAwait);
                        gate.passed().await;
                        at(&armed, AfterAnAwait);
                        7
                    }
                };
                cache.get_or_set("a", load).await
            }
        };
        let callers = [world.start(caller()), world.start(caller()), world.start(caller())];
        gate.open();
        for caller in callers {
            let error = world.end(caller).unwrap_err();
            assert_eq!(error.code(), Code::LoadPanicked);
            assert_eq!(error.to_string(), format!("the loader panicked: at {place:?}"));
        }
        assert_eq!((cache.loads_in_flight(), cache.len(), cache.stats().sets), (0, 0, 0), "{place:?}");
        armed.store(false, Ordering::SeqCst);
        assert_eq!(world.run(caller()).unwrap(), 7, "nothing is left locked");
    }
}

/// Panics when it is cloned.
struct NotToBeCloned;

impl Clone for NotToBeCloned {
    fn clone(&self) -> Self {
        panic!("it does not want to be cloned")
    }
}

#[test]
fn a_loader_whose_clone_panics_is_a_loader_that_panics() {
    let world = World::new();
    let cache = cache(&world);
    let (asking, touchy) = (cache.clone(), NotToBeCloned);
    let load = move |_| {
        let _ = &touchy;
        async { Ok::<_, Infallible>(1) }
    };
    let error = world.run(async move { asking.try_get_or_set("a", load).await }).unwrap_err();
    assert_eq!(error.code(), Code::LoadPanicked);
    assert_eq!((cache.loads_in_flight(), cache.len()), (0, 0));
}

/// Panics when the last of its clones goes, after everybody else had a chance to look.
#[derive(Clone)]
struct NotToBeDropped(Arc<World>);

impl Drop for NotToBeDropped {
    fn drop(&mut self) {
        if Arc::strong_count(&self.0) == 1 {
            self.0.settle();
            panic!("it does not want to go");
        }
    }
}

#[test]
fn a_panic_while_a_loader_is_let_go_of_reaches_every_caller_and_leaves_none_waiting() {
    let world = World::new();
    let cache = cache(&world);
    let gate = Gate::new();
    let caller = || {
        let (cache, gate, touchy) = (cache.clone(), gate.clone(), NotToBeDropped(Arc::new(world.clone())));
        async move {
            let load = move |_| {
                let _kept_by_the_loader = &touchy;
                async move {
                    gate.passed().await;
                    Ok::<_, Infallible>(1)
                }
            };
            cache.try_get_or_set("a", load).await
        }
    };
    let leader = world.start(caller());
    let asks_like_the_others = |cache: Cache<usize>| async move { cache.get_or_set("a", |_| async { 2 }).await };
    let followers = [(); 2].map(|()| world.start(asks_like_the_others(cache.clone())));
    gate.open();
    assert_eq!(world.end(leader).unwrap_err().code(), Code::LoadPanicked);
    for follower in followers {
        assert_eq!(world.end(follower).unwrap_err().to_string(), "the loader panicked: it does not want to go");
    }
    assert_eq!(cache.loads_in_flight(), 0);
}

#[test]
fn a_slow_loader_of_one_key_delays_no_other() {
    let (world, slow, quick) = (World::new(), Origin::new(), Origin::new());
    let cache = cache(&world);
    let gate = slow.gate();
    let waits = world.start(slow.caller(&cache, "slow"));
    assert_eq!(world.run(quick.caller(&cache, "quick")).unwrap(), 1);
    assert!(cache.insert("other", 5));
    assert_eq!((cache.get("quick"), cache.get("other"), cache.get("slow")), (Some(1), Some(5), None));
    assert!(cache.invalidate("other") && !waits.is_finished());
    gate.open();
    assert_eq!(world.end(waits).unwrap(), 1);
}

#[test]
fn a_loader_may_use_the_cache_that_it_loads_for() {
    let world = World::new();
    let cache = cache(&world);
    let (asking, inside) = (cache.clone(), cache.clone());
    let answer = world.run(async move {
        let load = move |_| async move {
            let part = inside.get_or_set("part", |_| async { 20 }).await.unwrap();
            inside.insert("beside", 1);
            inside.invalidate("beside");
            assert_eq!((inside.get("beside"), inside.loads_in_flight()), (None, 1));
            part + inside.len()
        };
        asking.get_or_set("whole", load).await
    });
    assert_eq!((answer.unwrap(), cache.get("whole"), cache.get("part")), (21, Some(21), Some(20)));
}

/// A way to say that what is being loaded is out of date.
type Change = fn(&Cache<usize>);

#[test]
fn what_a_change_overtook_reaches_those_who_waited_and_nobody_else() {
    let changes: [(&str, Change); 11] = [
        ("key", |cache| _ = cache.invalidate("a:1")),
        ("soft", |cache| _ = cache.soft().invalidate("a:1")),
        ("prefix", |cache| _ = cache.invalidate_prefix("a:")),
        ("parts", |cache| _ = cache.invalidate_prefix(("a",))),
        ("tag", |cache| _ = cache.invalidate_tag("t")),
        ("pattern", |cache| _ = cache.invalidate_matching("?:1")),
        ("test", |cache| _ = cache.invalidate_where(|_| false)),
        ("clear", |cache| _ = cache.clear()),
        ("insert", |cache| _ = cache.insert("a:1", 99)),
        ("remove", |cache| _ = cache.remove("a:1")),
        ("soft clear", |cache| _ = cache.soft().invalidate_prefix("")),
    ];
    for (name, change) in changes {
        let (world, origin) = (World::new(), Origin::new());
        let tagged = Cache::builder().ttl("1m").clock(world.clock.clone()).tags(["t"]).build().unwrap();
        let gate = origin.gate();
        let before = [world.start(origin.caller(&tagged, "a:1")), world.start(origin.caller(&tagged, "a:1"))];
        let elsewhere = world.start(origin.caller(&tagged, "b:2:3"));
        change(&tagged);
        let held = tagged.get("a:1");
        let after = held.is_none().then(|| world.start(origin.caller(&tagged, "a:1")));
        gate.open();
        for caller in before {
            assert_eq!(world.end(caller).unwrap(), 1, "{name}: who waited gets the answer");
        }
        assert_eq!(world.end(elsewhere).unwrap(), 2);
        if let Some(after) = after {
            assert_eq!(world.end(after).unwrap(), 3, "{name}: who came later has a load of his own");
            assert_eq!(tagged.get("a:1"), Some(3), "{name}");
        } else {
            assert_eq!((tagged.get("a:1"), origin.asked.count()), (held, 2), "{name}");
        }
        let stats = tagged.stats();
        assert!(stats.fenced >= 1 && stats.fenced_to_be_safe == 0, "{name}: {stats:?}");
        let all = ["tag", "test", "clear", "soft clear"].contains(&name);
        assert_eq!(tagged.get("b:2:3").is_none(), all, "{name}: only what it concerns");
        assert_eq!(tagged.loads_in_flight(), 0);
    }
}

#[test]
fn a_dry_run_fences_nothing() {
    let (world, origin) = (World::new(), Origin::new());
    let cache = cache(&world);
    let gate = origin.gate();
    let caller = world.start(origin.caller(&cache, "a"));
    cache.dry_run().invalidate("a");
    cache.dry_run().invalidate_prefix("");
    cache.dry_run().invalidate_tag("t");
    cache.dry_run().invalidate_where(|_| true);
    let joined = world.start(origin.caller(&cache, "a"));
    gate.open();
    assert_eq!((world.end(caller).unwrap(), world.end(joined).unwrap(), cache.get("a")), (1, 1, Some(1)));
}

#[test]
fn a_partition_that_is_dropped_fences_its_own_loads_and_no_others() {
    let (world, origin) = (World::new(), Origin::new());
    let cache = cache(&world);
    let (ada, bob) = (cache.partition("ada"), cache.partition("bob"));
    let gate = origin.gate();
    let callers = [&ada, &bob, &cache].map(|cache| world.start(origin.caller(cache, "me")));
    assert_eq!(cache.drop_partition("ada"), 0);
    gate.open();
    let answers = callers.map(|caller| world.end(caller).unwrap());
    assert_eq!(answers, [1, 2, 3], "partitions share no load");
    assert_eq!((ada.get("me"), bob.get("me"), cache.get("me")), (None, Some(2), Some(3)));
}

#[test]
fn nobody_joins_a_load_once_any_tag_was_invalidated_since_it_began() {
    let (world, origin) = (World::new(), Origin::new());
    let cache = cache(&world);
    let gate = origin.gate();
    let before = world.start(origin.caller(&cache, "a"));
    cache.invalidate_tag("it might carry this one");
    let after = world.start(origin.caller(&cache, "a"));
    gate.open();
    assert_eq!((world.end(before).unwrap(), world.end(after).unwrap()), (1, 2));
    assert_eq!(cache.get("a"), Some(2), "the older load does not overwrite the newer one");
}

#[test]
fn an_older_load_that_ends_last_does_not_overwrite_a_newer_one() {
    let (world, origin) = (World::new(), Origin::new());
    let cache = cache(&world);
    let slow = origin.gate();
    let old = world.start(origin.caller(&cache, "a"));
    origin.no_gate();
    assert_eq!(world.run(origin.refresher(&cache, "a")).unwrap(), 2, "a reload joins nothing begun before");
    slow.open();
    assert_eq!((world.end(old).unwrap(), cache.get("a")), (1, Some(2)));
    let stats = cache.stats();
    assert_eq!((stats.loads, stats.misses_by(MissReason::Bypass), stats.coalesced), (2, 1, 0));
}

#[test]
fn a_reload_runs_though_a_fresh_value_is_there_and_others_may_join_it() {
    let (world, origin) = (World::new(), Origin::new());
    let cache = cache(&world);
    cache.insert("a", 100);
    let gate = origin.gate();
    let reloads = [world.start(origin.refresher(&cache, "a")), world.start(origin.refresher(&cache, "a"))];
    assert_eq!(world.run(origin.caller(&cache, "a")).unwrap(), 100, "the fresh value answers meanwhile");
    cache.invalidate("a");
    gate.open();
    let answers = reloads.map(|reload| world.end(reload).unwrap());
    assert_eq!((answers, cache.get("a")), ([1, 2], None), "the invalidation fenced both");
}

#[test]
fn a_loader_says_how_its_value_is_kept() {
    let world = World::new();
    let cache =
        Cache::<usize>::builder().ttl("1m").tags(["policy"]).tagger(|key, value| vec![format!("{key}={value}")]);
    let cache = cache.clock(world.clock.clone()).build().unwrap();
    let ask = |key: &'static str, load: fn(&Load<usize>)| {
        let cache = cache.clone();
        let load = move |told: Load<usize>| {
            load(&told);
            async move { told.key().len() }
        };
        world.run(async move { cache.get_or_set(key, load).await }).unwrap()
    };
    assert_eq!(ask("brief", |load| load.set_ttl("1s")), 5);
    assert_eq!(cache.entry("brief").unwrap().left, Span::secs(1));
    ask("tagged", |load| load.add_tags(["said"]));
    let mut tags = cache.entry("tagged").unwrap().tags;
    tags.sort();
    assert_eq!(tags, [Box::from("policy"), "said".into(), "tagged=6".into()]);
    assert_eq!(ask("skipped", Load::skip), 7);
    ask("zero", |load| load.set_ttl(Span::ZERO));
    assert_eq!((cache.get("skipped"), cache.get("zero"), cache.len()), (None, None, 2));
    assert_eq!((cache.stats().sets, cache.stats().rejections), (2, 1), "skipped is not rejected");
}

#[test]
fn a_loader_sees_the_value_that_is_past_its_lifetime() {
    let world = World::new();
    let cache = Cache::<usize>::builder().ttl("1m").stale_if_error("1h").clock(world.clock.clone()).build().unwrap();
    let ask = || {
        let cache = cache.clone();
        let load = |load: Load<usize>| async move {
            assert!(!load.is_background());
            load.stale().copied().unwrap_or(10) + 1
        };
        world.run(async move { cache.get_or_set("a", load).await }).unwrap()
    };
    assert_eq!((ask(), ask()), (11, 11));
    world.pass("1m");
    assert_eq!(ask(), 12);
    cache.soft().invalidate("a");
    assert_eq!(ask(), 13);
    cache.invalidate("a");
    assert_eq!(ask(), 11);
}

#[test]
fn without_a_lifetime_callers_share_a_load_and_nothing_is_kept() {
    let (world, origin) = (World::new(), Origin::new());
    let cache = Cache::builder().ttl(Span::ZERO).clock(world.clock.clone()).build().unwrap();
    let gate = origin.gate();
    let callers = [world.start(origin.caller(&cache, "a")), world.start(origin.caller(&cache, "a"))];
    gate.open();
    assert_eq!(callers.map(|caller| world.end(caller).unwrap()), [1, 1]);
    assert_eq!((world.run(origin.caller(&cache, "a")).unwrap(), cache.len()), (2, 0));
}

#[test]
fn events_of_a_load_come_in_the_order_in_which_things_happened() {
    let (world, origin) = (World::new(), Origin::new());
    let cache = cache(&world);
    let log = Log::of(&cache);
    world.run(origin.caller(&cache, "a")).unwrap();
    assert_eq!(log.take(), ["set a 8", "miss a cold"]);
    world.run(origin.caller(&cache, "a")).unwrap();
    assert_eq!(log.take(), ["hit a"]);
    world.run(origin.refresher(&cache, "a")).unwrap();
    assert_eq!(log.take(), ["remove a replaced", "set a 8", "miss a bypass"]);
    cache.clear();
    let brief = cache.with(&Policy::new().ttl("0ms")).unwrap();
    log.take();
    world.run(origin.caller(&brief, "a")).unwrap();
    assert_eq!(log.take(), ["reject a ttl-0", "miss a invalidated"]);
}

#[test]
fn a_load_that_was_a_miss_is_no_sign_that_longer_lifetimes_would_help() {
    let (world, origin) = (World::new(), Origin::new());
    let cache = cache(&world);
    world.run(origin.caller(&cache, "a")).unwrap();
    let stats = cache.stats();
    assert_eq!((stats.hits, stats.misses), (0, 1));
    assert!(stats.hit_rate_at_double_ttl() < 0.1, "nobody ever stored it before: {stats:?}");
    // It expires; twice the lifetime would have kept it.
    world.pass("61s");
    world.run(origin.caller(&cache, "a")).unwrap();
    assert!((cache.stats().hit_rate_at_double_ttl() - 0.5).abs() < 1e-9, "{}", cache.describe());
}

#[test]
fn a_load_of_what_was_evicted_shows_that_more_room_would_help() {
    let (world, origin) = (World::new(), Origin::new());
    let by_get = Cache::<usize>::builder().max_entries(8).clock(world.clock.clone()).build().unwrap();
    let by_load = Cache::<usize>::builder().max_entries(8).clock(world.clock.clone()).build().unwrap();
    let keys: [&'static str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
    for _ in 0..20 {
        for key in keys {
            if by_get.get(key).is_none() {
                by_get.insert(key, 1);
            }
            world.run(origin.caller(&by_load, key)).unwrap();
        }
    }
    let (read, loaded) = (by_get.stats(), by_load.stats());
    assert_eq!((read.hits, read.misses), (loaded.hits, loaded.misses));
    let estimates = [read, loaded].map(|stats| stats.hit_rate_at_double_size());
    assert!(estimates[0] > read.hit_rate() + 0.1, "{estimates:?}");
    assert!((estimates[0] - estimates[1]).abs() < 1e-9, "{estimates:?}");
}

#[test]
fn dropped_values_of_a_load_are_not_kept_by_the_cache() {
    let world = World::new();
    let gone = Runs::default();
    let cache = Cache::<Dropped>::builder().shared().ttl("0ms").clock(world.clock.clone()).build().unwrap();
    let (asking, counted) = (cache.clone(), gone.clone());
    let answer = world.run(async move { asking.get_or_set("a", |_| async { Dropped(counted) }).await });
    assert_eq!((Arc::strong_count(answer.as_ref().unwrap_or_else(|_| panic!("an answer"))), gone.count()), (1, 0));
    drop(answer);
    assert_eq!((gone.count(), cache.len()), (1, 0));
}
