// Traps on purpose: the engine is made to trap at every point that it names, in the middle of a cache in use, and nobody may notice
// more than an empty cache.
//
// This list runs against the test build of the package, which exports `injection` as well.

import { test, assert } from "../harness.mjs";
import { createCache, hashKey, injection, manualClock } from "fetchwell";

const HASH = "a29e1a394fbdf5b51382eaf402fecd96"; // of { b: true, a: "x" }, see suite/helpers.mjs

async function settle() {
  for (let turn = 0; turn < 40; turn += 1) {
    await undefined;
  }
}

/** A load that waits until it is told. */
function gated() {
  let finish;
  const load = () => new Promise((resolve, reject) => (finish = { resolve, reject }));
  return { load, finish: () => finish };
}

/** Two caches in use: entries in every state, namespaces, partitions, listeners, subscribers, a listing begun, loads in flight. */
async function inUse() {
  const clock = manualClock(1_700_000_000_000);
  const cache = createCache({ clock, maxEntries: 200, name: "first" });
  const other = createCache({ clock, maxEntries: 50 });
  const space = cache.namespace("space", { maxEntries: 20 });
  const view = cache.partition("ada");
  for (const each of [cache, space, view, other]) {
    for (let number = 0; number < 12; number += 1) {
      each.set(["pre", number], `old ${number}`, { tags: ["old", `tag ${number % 3}`] });
    }
  }
  cache.set("pre:stale", "old", { ttl: "1s", swr: "1h", staleIfError: "1h" }).set("pre:dead", "old", { ttl: "1s" }).set("pre:soft", "old");
  await clock.advance("1s");
  cache.invalidate("pre:soft", { soft: true });
  const traps = [];
  cache.on("error", ({ phase }) => phase === "trap" && traps.push(phase));
  const heard = [];
  cache.on("set", ({ key }) => heard.push(key));
  let called = 0;
  cache.subscribe("watched", () => (called += 1));
  const listing = cache.entries();
  listing.next();
  const flights = [cache, other, space, view].map((each) => {
    const { load, finish } = gated();
    return { each, caller: each.getOrSet("in flight", load), joined: each.getOrSet("in flight", load), finish };
  });
  const leaving = new AbortController();
  const left = cache.getOrSet("to be left", gated().load, { signal: leaving.signal }).catch((reason) => reason);
  const landing = gated();
  const landed = cache.getOrSet("to land", landing.load, { tags: ["t"] });
  const failing = gated();
  const failed = cache.getOrSet("pre:dead", failing.load).catch((error) => error);
  await settle();
  const bytes = cache.snapshot();
  return {
    clock,
    cache,
    other,
    space,
    view,
    traps,
    heard,
    called: () => called,
    listing,
    flights,
    leaving,
    left,
    landing,
    landed,
    failing,
    failed,
    bytes,
  };
}

/** What the cache may say about an old value: that, or nothing. */
const oldOr = (right) => (got) => assert.ok(got === undefined || got === right, `got ${String(got)}`);
const isNumber = (got) => assert.ok(Number.isInteger(got) && got >= 0, `got ${String(got)}`);
const isFlag = (got) => assert.ok(typeof got === "boolean", `got ${String(got)}`);
const isText = (got) => assert.match(got, /# EOF\n$/);
const is = (right) => (got) => assert.equal(got, right);

/** Snapshots are refused: an empty one, taken for the whole, would be worse. */
function orRefused(act, otherwise) {
  try {
    return act();
  } catch (error) {
    assert.equal(error.code, "trap");
    return otherwise;
  }
}

/** Operations of every kind, and what each may answer should the engine trap in it. */
const SCRIPT = [
  ["get", ({ cache }) => cache.get("pre:1"), oldOr("old 1")],
  // Hits that the engine is told of later; only where nobody listens.
  ["get a hot key", ({ other }) => [1, 2, 3].map(() => other.get("pre:1")).concat(other.size)[0], oldOr("old 1")],
  ["get what was never there", ({ cache }) => cache.get("never"), is(undefined)],
  ["get what is dead", ({ cache }) => cache.get("pre:dead"), is(undefined)],
  ["peek", ({ cache }) => cache.peek("pre:2"), oldOr("old 2")],
  ["has", ({ cache }) => cache.has("pre:2"), isFlag],
  ["getStale", ({ cache }) => cache.getStale("pre:soft"), oldOr("old")],
  ["getStale of nothing", ({ cache }) => cache.getStale("never"), is(undefined)],
  ["entry", ({ cache }) => cache.entry("pre:3")?.value, oldOr("old 3")],
  ["getMany", ({ cache }) => [...cache.getMany(["pre:1", "never"]).values()], (got) => assert.ok(got.length === 0 || got[0] === "old 1")],
  ["in a namespace", ({ space }) => space.get("pre:1"), oldOr("old 1")],
  ["in a partition", ({ view }) => view.get("pre:1"), oldOr("old 1")],
  ["an escaped key", ({ cache }) => cache.get(["pre", "a:b"]), is(undefined)],
  ["hashKey", () => hashKey({ b: true, a: "x" }), is(HASH)],
  ["touch", ({ cache }) => cache.touch("pre:3", "1h"), isFlag],
  ["size and bytes", ({ cache }) => cache.size + cache.bytes, isNumber],
  ["size of a view", ({ view }) => view.size, isNumber],
  ["keys", ({ cache }) => [...cache.keys()], (got) => assert.ok(got.every((key) => typeof key === "string"))],
  ["keys below a prefix", ({ cache }) => [...cache.keys(["pre"])], (got) => assert.ok(got.every((key) => key.startsWith("pre")))],
  ["entries", ({ cache }) => [...cache.entries("pre")], (got) => assert.ok(got.every(({ value }) => String(value).startsWith("old")))],
  ["stats", ({ cache }) => cache.stats().hits, isNumber],
  ["stats of a namespace", ({ space }) => space.stats().hits, isNumber],
  ["metrics", ({ cache }) => cache.metrics(), isText],
  ["set", ({ cache }) => cache.set("new", 1, { ttl: "1m", tags: ["t"] }) === cache, is(true)],
  ["set over an older one", ({ cache }) => cache.set("pre:4", 1) === cache, is(true)],
  ["a set that is rejected", ({ cache }) => cache.set("pre:5", 1, { ttl: 0 }) === cache, is(true)],
  [
    "setMany",
    ({ cache }) =>
      cache.setMany([
        ["x", 1],
        ["y", 2],
        ["z", 3],
      ]) === cache,
    is(true),
  ],
  [
    "many sets, with evictions",
    ({ space }) => {
      for (let number = 0; number < 60; number += 1) {
        space.set(`k${number}`, number);
      }
      return space;
    },
    (space) => assert.ok(space.size <= 20),
  ],
  [
    "getOrSet of what is there",
    ({ cache }) => cache.getOrSet("pre:6", () => "loaded"),
    (got) => assert.ok(got === "old 6" || got === "loaded"),
  ],
  ["getOrSet of what is not", ({ cache }) => cache.getOrSet("fresh", async () => "loaded"), is("loaded")],
  [
    "getOrSet of what is stale",
    async ({ cache }) => {
      const got = await cache.getOrSet("pre:stale", async () => "loaded");
      await settle();
      return got;
    },
    (got) => assert.ok(got === "old" || got === "loaded"),
  ],
  [
    "two who ask at once",
    ({ cache }) => Promise.all([cache.getOrSet("pair", async () => "loaded"), cache.getOrSet("pair", async () => "loaded")]),
    (got) => assert.deepEqual(got, ["loaded", "loaded"]),
  ],
  [
    "a loader that throws",
    ({ cache }) => cache.getOrSet("bad", () => Promise.reject(new Error("mine"))).catch((error) => error.message),
    is("mine"),
  ],
  [
    "a loader that throws, remembered",
    ({ cache }) => cache.getOrSet("worse", () => Promise.reject(new Error("mine")), { negativeTtl: "1m" }).catch((error) => error.message),
    is("mine"),
  ],
  ["a forced load", ({ cache }) => cache.getOrSet("pre:7", async () => "loaded", { force: true }), is("loaded")],
  ["a load that skips", ({ cache }) => cache.getOrSet("skipped", ({ skip }) => (skip(), "loaded")), is("loaded")],
  [
    "who asks after a tag was invalidated",
    async ({ cache }) => {
      cache.invalidateTag("nothing");
      const { load, finish } = gated();
      const caller = cache.getOrSet("in flight", load);
      await settle();
      finish()?.resolve("loaded");
      return caller;
    },
    is("loaded"),
  ],
  [
    "a load that lands",
    async ({ landing, landed }) => {
      landing.finish().resolve("landed");
      return landed;
    },
    is("landed"),
  ],
  [
    "a load that fails",
    async ({ failing, failed }) => {
      failing.finish().reject("its reason");
      return failed;
    },
    is("its reason"),
  ],
  [
    "a load that is left",
    async ({ leaving, left }) => {
      leaving.abort("bye");
      return left;
    },
    is("bye"),
  ],
  ["a restore", ({ cache, bytes }) => orRefused(() => cache.restore(bytes), 0), isNumber],
  ["a snapshot", ({ cache }) => orRefused(() => cache.snapshot(), new Uint8Array()), (got) => assert.ok(got instanceof Uint8Array)],
  [
    "a snapshot below a prefix",
    ({ cache }) => orRefused(() => cache.snapshot({ prefix: ["pre"] }), new Uint8Array()),
    (got) => assert.ok(got instanceof Uint8Array),
  ],
  ["invalidate", ({ cache }) => cache.invalidate("pre:8"), isFlag],
  ["a dry run", ({ cache }) => cache.invalidatePrefix("pre", { dryRun: true }), isNumber],
  ["a soft invalidation", ({ cache }) => cache.invalidatePrefix(["pre", 9], { soft: true }), isNumber],
  ["by tag", ({ cache }) => cache.invalidateTag("tag 1"), isNumber],
  ["by pattern", ({ cache }) => cache.invalidateMatching("pre:1?"), isNumber],
  ["by expression", ({ cache }) => cache.invalidateMatching(/0$/), isNumber],
  ["by predicate", ({ cache }) => cache.invalidateWhere(({ key }) => key === "pre:2"), isNumber],
  ["delete", ({ cache }) => cache.delete("pre:2"), isFlag],
  ["drop", ({ cache }) => cache.drop("ada"), isNumber],
  ["drop of all credentials", ({ cache }) => cache.drop({ credentials: "all" }), isNumber],
  [
    "another namespace",
    ({ cache }) => cache.namespace("another", { maxEntries: 5 }).set("a", 1).get("a"),
    (got) => assert.ok(got === 1 || got === undefined),
  ],
  ["resetStats of a namespace", ({ space }) => space.resetStats(), is(undefined)],
  [
    "an hour later",
    async ({ clock, cache }) => {
      for (let number = 0; number < 30; number += 1) {
        cache.set(`brief${number}`, 1, { ttl: "1m" });
      }
      await clock.advance("1h");
      return cache.get("brief1");
    },
    is(undefined),
  ],
  ["clear", ({ cache }) => cache.clear(), is(undefined)],
  ["resetStats", ({ cache }) => cache.resetStats(), is(undefined)],
];

/** What stood under a key before the trap. */
function oldValue(key) {
  const [, number] = /^pre:(\d+)$/.exec(key) ?? [];
  return number === undefined ? "old" : `old ${number}`;
}

/** As good as new: what any cache does. */
async function asNew(cache, clock, what) {
  cache
    .set("one", 1, { ttl: "1m", tags: ["fresh"] })
    .set(["two", 2], 2)
    .set("two:20", 3);
  assert.deepEqual([cache.get("one"), cache.get("two:2"), cache.entry("one").ttlMs], [1, 2, 60_000], what);
  assert.equal(await cache.getOrSet("three", async () => 3), 3, what);
  assert.equal(cache.get("three"), 3, what);
  assert.equal(cache.invalidatePrefix(["two", 2]), 1, what);
  assert.equal(cache.get("two:20"), 3, what);
  assert.equal(cache.invalidateTag("fresh", { dryRun: true }), 1, what);
  await clock.advance("1m");
  assert.equal(cache.get("one"), undefined, what);
  const left = [...cache.keys()].filter((key) => key === "three" || key === "two:20").sort();
  assert.deepEqual(left, ["three", "two:20"], what);
  const { load, finish } = gated();
  const fenced = cache.getOrSet("four", load);
  await settle();
  cache.invalidate("four");
  finish().resolve("old");
  assert.equal(await fenced, "old", what);
  assert.equal(cache.has("four"), false, what);
}

/** Nothing of what was there before is. */
function forgotten(cache, what) {
  for (let number = 0; number < 12; number += 1) {
    const value = cache.getStale(["pre", number]);
    assert.ok(!String(value).startsWith("old"), `${what}: pre:${number} is still there, ${value}`);
  }
}

/** Operations that change nothing in the engine: they have no moment in which it is changed. */
const READS = "Peek Look Entry Count Why MayJoin Abandon Fence Info KeyAt Size Stats ResetStats Stage Decode Escape Digest".split(" ");
/** A Worker has no timer that prunes. */
const NEVER = globalThis.navigator?.userAgent === "Cloudflare-Workers" ? ["Prune.before", "Prune.changed", "Prune.after"] : [];
const POINTS = injection.points().filter((point) => !READS.some((operation) => point === `${operation}.changed`) && !NEVER.includes(point));

test("the test build has at least sixty points to trap at", () => {
  assert.ok(POINTS.length >= 60 && new Set(POINTS).size === POINTS.length && POINTS.every((point) => point !== ""), POINTS.join(", "));
});

for (const point of POINTS) {
  test(`a trap at ${point} is survived`, async () => {
    const world = await inUse();
    const { clock, cache, other, space, view, traps, listing, flights, called, heard } = world;
    let at;
    injection.arm(point);
    try {
      for (const [name, act, may] of SCRIPT) {
        const answer = await act(world);
        may(answer);
        await settle();
        if (traps.length > 0 || cache.stats().traps > 0) {
          at = name;
          break;
        }
      }
    } finally {
      injection.disarm();
    }
    assert.ok(at !== undefined, "none of the operations passes it");
    const what = `${point}, in ${at}`;
    // It is counted and told, once, and everything is gone: here, in every namespace and partition, and in the other cache.
    assert.equal(cache.stats().traps, 1, what);
    assert.equal(traps.length, 1, `${what}: told ${traps.length} times`);
    // (A restore or a load that came after the trap may have brought something back.)
    const restored = at === "a restore";
    if (!restored) {
      forgotten(cache, what);
      forgotten(space, what);
      forgotten(view, what);
    }
    forgotten(other, what);
    assert.equal(other.size, 0, what);
    assert.equal(other.stats().traps, 1, `${what}: the other cache counts that it was emptied`);
    // A listing that was begun ends, and gives nothing that is not what it was.
    for (const { key, value } of listing) {
      assert.ok([oldValue(key), cache.peek(key)].includes(value), `${what}: the listing gives ${String(value)} under ${key}`);
    }
    // Loads that were in flight reach their callers and are not stored.
    const before = heard.length;
    for (const { each, caller, joined, finish } of flights) {
      finish().resolve("in time");
      assert.deepEqual([await caller, await joined], ["in time", "in time"], what);
      if (!(at === "who asks after a tag was invalidated" && each === cache)) {
        assert.equal(each.getStale("in flight"), undefined, `${what}: a load from before the trap was stored`);
      }
    }
    assert.equal(heard.length, before, what);
    // Everybody goes on, with the old handles.
    const calls = called();
    cache.set("watched", 1);
    assert.equal(called(), calls + 1, `${what}: a subscriber hears`);
    assert.equal(heard.at(-1), "watched", `${what}: a listener hears`);
    for (const each of [cache, other, space, view, cache.namespace("space"), cache.partition("bob")]) {
      await asNew(each, clock, what);
      each.clear();
    }
    view.set("a", "Ada's");
    assert.deepEqual([cache.get("a"), space.get("a"), view.get("a")], [undefined, undefined, "Ada's"], what);
    for (let number = 0; number < 400; number += 1) {
      cache.set(["many", number], number);
      space.set(["many", number], number);
      assert.ok(cache.size <= 200 && space.size <= 20, `${what}: the bounds hold`);
    }
    assert.equal(hashKey({ b: true, a: "x" }), HASH, what);
    assert.deepEqual([cache.stats().traps, other.stats().traps], [1, 1], what);
    const late = gated();
    const caller = cache.getOrSet("late", late.load);
    await settle();
    late.finish().resolve(1);
    assert.equal(await caller, 1, what);
    cache.close();
    other.close();
    world.leaving.abort("over");
    world.landing.finish().resolve(1);
    world.failing.finish().reject("over");
    await settle();
  });
}

test("a trap after a trap, and again, is survived each time", async () => {
  const cache = createCache();
  for (let round = 1; round <= 10; round += 1) {
    cache.set("a", round).set("b", round);
    assert.equal(cache.get("a"), round);
    injection.arm("Set.changed");
    cache.set("c", round);
    injection.disarm();
    assert.deepEqual([cache.get("a"), cache.get("c"), cache.size], [undefined, undefined, 0]);
    assert.equal(cache.stats().traps, round);
  }
});

test("a cache that is closed when another one traps stays closed and counts nothing", () => {
  const [closed, cache] = [createCache(), createCache()];
  closed.set("a", 1);
  closed.close();
  cache.set("a", 1);
  injection.arm("Get.before");
  assert.equal(cache.get("a"), undefined);
  injection.disarm();
  closed.set("b", 1);
  assert.deepEqual([closed.size, closed.stats().traps, cache.stats().traps], [0, 0, 1]);
});

test("a hot key of another cache goes with the instance, and its next reader is told so", () => {
  const [one, other] = [createCache({ clock: manualClock(0) }), createCache({ clock: manualClock(0) })];
  other.set("hot", "old");
  for (let time = 0; time < 5; time += 1) other.get("hot");
  injection.arm("Set.changed");
  one.set("a", 1);
  injection.disarm();
  assert.deepEqual([other.get("hot"), other.has("hot")], [undefined, false]);
  assert.deepEqual([other.stats().hits, other.stats().misses, other.stats().traps], [0, 1, 1]);
});
