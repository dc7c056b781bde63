// How long a value lives, who still sees it after, and what moves its end.

import { test, assert } from "../harness.mjs";
import { createCache, manualClock } from "fetchwell";
import { START, listed, listening, made, random } from "./support.mjs";

/** Who sees the value under `a`. */
function seen(cache) {
  const by = {
    get: cache.get("a") !== undefined,
    peek: cache.peek("a") !== undefined,
    has: cache.has("a"),
    getStale: cache.getStale("a") !== undefined,
    entry: cache.entry("a") !== undefined,
    keys: listed(cache).includes("a"),
    entries: [...cache.entries()].some(({ key }) => key === "a"),
  };
  return Object.keys(by)
    .filter((name) => by[name])
    .join(" ");
}

const EVERYBODY = "get peek has getStale entry keys entries";
const INSIDE_A_WINDOW = "getStale entry keys entries";
const ON_REQUEST = "getStale";
const NOBODY = "";

test("an entry is expired at its deadline and not before", async () => {
  const { cache, clock } = made();
  cache.set("a", 1, { ttl: 1_000 });
  await clock.advance(999);
  assert.equal(seen(cache), EVERYBODY);
  await clock.advance(1);
  assert.equal(seen(cache), NOBODY);
});

test("a lifetime is a number of milliseconds or a text with its unit", async () => {
  const lengths = [
    [1, 1],
    [1.9, 1],
    [250, 250],
    ["1ms", 1],
    ["500ms", 500],
    ["30s", 30_000],
    ["5m", 300_000],
    ["1h", 3_600_000],
    ["7d", 604_800_000],
    ["1.5h", 5_400_000],
    ["0.5s", 500],
    ["1.9ms", 1],
    ["30d", 2_592_000_000],
    [2_592_000_000, 2_592_000_000],
  ];
  for (const [ttl, ms] of lengths) {
    const { cache, clock } = made();
    cache.set("a", 1, { ttl });
    assert.equal(cache.entry("a").ttlMs, ms, String(ttl));
    await clock.advance(ms - 1);
    assert.equal(cache.has("a"), true, `${ttl} is not over`);
    await clock.advance(1);
    assert.equal(cache.has("a"), false, `${ttl} is over`);
  }
});

test("a lifetime of zero stores nothing, and takes the older value away", () => {
  for (const ttl of [0, "0s", "0ms", 0.4, () => 0, () => "0d"]) {
    const { cache } = made();
    cache.set("a", "old");
    const told = listening(cache);
    cache.set("a", "new", { ttl });
    assert.equal(seen(cache), NOBODY, String(ttl));
    assert.equal(cache.size, 0);
    assert.deepEqual(
      told
        .take()
        .filter((line) => !line.startsWith("miss"))
        .sort(),
      ["reject a ttl-0", "remove a replaced"],
    );
  }
});

test("an infinite lifetime never ends, as that of a cache without one", async () => {
  for (const policy of [{}, { ttl: Infinity }, { ttl: () => Infinity }]) {
    const { cache, clock } = made();
    cache.set("a", 1, policy);
    await clock.advance("3650d");
    assert.equal(seen(cache), EVERYBODY);
  }
});

test("a lifetime can be told from the value and the key", async () => {
  const { cache, clock } = made({ ttl: (value, key) => (key === "a" ? value.ms : "1h") });
  cache.set("a", { ms: 500 }).set("b", { ms: 500 });
  assert.equal(cache.entry("a").ttlMs, 500);
  assert.equal(cache.entry("b").ttlMs, 3_600_000);
  await clock.advance(500);
  assert.deepEqual(listed(cache), ["b"]);
});

test("a lifetime function that gives no lifetime is refused, and what it throws reaches the caller untouched", () => {
  const { cache } = made();
  cache.set("a", 1);
  for (const wrong of [NaN, -1, "soon", undefined, null, {}, "5 m"]) {
    assert.throws(() => cache.set("a", 2, { ttl: () => wrong }), { field: "ttl", name: "FetchwellError" });
  }
  const mine = new RangeError("mine");
  assert.equal(
    assert.throws(() =>
      cache.set("a", 2, {
        ttl: () => {
          throw mine;
        },
      }),
    ),
    mine,
  );
  assert.equal(cache.get("a"), 1);
});

test("idle time is slid by get, getStale, getOrSet and touch, and not by peek, has, entry or a listing", async () => {
  const acts = [
    ["get", true, (cache) => cache.get("a")],
    ["getStale", true, (cache) => cache.getStale("a")],
    ["getMany", true, (cache) => cache.getMany(["a"])],
    ["getOrSet", true, (cache) => cache.getOrSet("a", () => 2)],
    ["touch", true, (cache) => cache.touch("a")],
    ["peek", false, (cache) => cache.peek("a")],
    ["has", false, (cache) => cache.has("a")],
    ["entry", false, (cache) => cache.entry("a")],
    ["keys", false, (cache) => [...cache.keys()]],
    ["entries", false, (cache) => [...cache.entries()]],
    ["a dry run", false, (cache) => cache.invalidate("a", { dryRun: true })],
    ["a snapshot", false, (cache) => cache.snapshot()],
  ];
  for (const [name, slides, act] of acts) {
    const { cache, clock } = made({ tti: "10s" });
    cache.set("a", 1);
    await clock.advance("9s");
    await act(cache);
    await clock.advance("9s");
    assert.equal(cache.has("a"), slides, name);
    await clock.advance("1s");
    assert.equal(cache.has("a"), false, name);
  }
});

test("idle time that ran out is the end at once, whatever window is open", async () => {
  const { cache, clock } = made({ ttl: "5s", tti: "10s", swr: "1h", staleIfError: "1h" });
  const told = listening(cache);
  cache.set("a", 1);
  await clock.advance("8s");
  assert.equal(cache.getStale("a"), 1, "stale, and used");
  await clock.advance("9999ms");
  assert.ok(cache.entry("a") !== undefined);
  await clock.advance("1ms");
  assert.equal(seen(cache), NOBODY);
  assert.ok(told.take().includes("remove a idle"));
  assert.equal(cache.stats().removalsBy.idle, 1);
});

test("an idle time never makes a life longer than its ttl", async () => {
  const { cache, clock } = made({ ttl: "1m", tti: "50s" });
  cache.set("a", 1);
  await clock.advance("40s");
  assert.equal(cache.get("a"), 1);
  await clock.advance("20s");
  assert.equal(cache.get("a"), undefined);
});

test("past its lifetime a value is stale inside a window: only those see it who may", async () => {
  for (const window of [
    { swr: "50ms" },
    { staleIfError: "50ms" },
    { staleIfError: { for: "50ms" } },
    { swr: "20ms", staleIfError: "50ms" },
    { swr: "50ms", staleIfError: "20ms" },
  ]) {
    const { cache, clock } = made({ ttl: "100ms", ...window });
    cache.set("a", 1);
    await clock.advance(99);
    assert.equal(seen(cache), EVERYBODY);
    await clock.advance(1);
    assert.equal(seen(cache), INSIDE_A_WINDOW, JSON.stringify(window));
    await clock.advance(49);
    assert.equal(seen(cache), INSIDE_A_WINDOW);
    await clock.advance(1);
    assert.equal(seen(cache), NOBODY, JSON.stringify(window));
  }
});

test("windows of zero are off", async () => {
  for (const window of [{ swr: 0 }, { staleIfError: 0 }, { staleIfError: "0s" }, { staleIfError: { for: 0 } }, { swr: "0ms", tti: 0 }]) {
    const { cache, clock } = made({ ttl: "100ms", ...window });
    cache.set("a", 1);
    await clock.advance(100);
    assert.equal(seen(cache), NOBODY, JSON.stringify(window));
  }
});

test("a window of a call overrides that of the cache, also to switch it off", async () => {
  const { cache, clock } = made({ ttl: "1s", swr: "1m" });
  cache.set("a", 1, { swr: 0 });
  cache.set("b", 1);
  await clock.advance("1s");
  assert.deepEqual(listed(cache), ["b"]);
});

test("a soft invalidation leaves what serves getStale until the old deadline, and no reader else", async () => {
  const { cache, clock } = made({ ttl: "100ms" });
  cache.set("a", 1);
  await clock.advance(40);
  assert.equal(cache.invalidate("a", { soft: true }), true);
  assert.equal(seen(cache), ON_REQUEST);
  assert.equal(cache.invalidate("a", { soft: true }), false, "nobody could have been given it");
  await clock.advance(59);
  assert.equal(seen(cache), ON_REQUEST);
  await clock.advance(1);
  assert.equal(seen(cache), NOBODY);
});

test("the windows of a soft invalidation count from it", async () => {
  const { cache, clock } = made({ ttl: "100ms", swr: "20ms", staleIfError: "30ms" });
  cache.set("a", 1);
  await clock.advance(40);
  cache.invalidatePrefix("a", { soft: true });
  assert.equal(seen(cache), INSIDE_A_WINDOW);
  await clock.advance(29);
  assert.equal(seen(cache), INSIDE_A_WINDOW);
  assert.equal(cache.invalidate("a", { soft: true }), true, "a reader could still have been given it");
  await clock.advance(1);
  assert.equal(seen(cache), ON_REQUEST, "which did not move its windows");
  await clock.advance(30);
  assert.equal(seen(cache), NOBODY);
});

test("a soft invalidation of what never expires leaves it to getStale until something newer comes", async () => {
  const { cache, clock } = made();
  cache.set("a", 1);
  cache.invalidate("a", { soft: true });
  await clock.advance("365d");
  assert.equal(seen(cache), ON_REQUEST);
  cache.set("a", 2);
  assert.equal(seen(cache), EVERYBODY);
});

test("a soft invalidation of what is stale already changes nothing", async () => {
  const { cache, clock } = made({ ttl: "1s", swr: "10s" });
  cache.set("a", 1);
  await clock.advance("5s");
  assert.equal(cache.invalidate("a", { soft: true }), true);
  await clock.advance("5999ms");
  assert.equal(seen(cache), INSIDE_A_WINDOW);
  await clock.advance("1ms");
  assert.equal(seen(cache), NOBODY, "its window was over after eleven seconds");
});

test("touch gives a fresh entry its lifetime anew, and cannot wake another", async () => {
  const { cache, clock } = made({ ttl: "10s", swr: "50s" });
  cache.set("a", 1);
  await clock.advance("9s");
  assert.equal(cache.touch("a"), true);
  assert.equal(cache.entry("a").ttlMs, 10_000);
  assert.equal(cache.touch("a", "3s"), true);
  assert.equal(cache.entry("a").ttlMs, 3_000, "shorter is possible, too");
  assert.equal(cache.touch("a"), true);
  assert.equal(cache.entry("a").ttlMs, 10_000, "the one that it was stored with");
  await clock.advance("10s");
  for (const ttl of [undefined, "1h", Infinity]) {
    assert.equal(ttl === undefined ? cache.touch("a") : cache.touch("a", ttl), false, "stale");
  }
  assert.equal(cache.entry("a").state, "stale");
  await clock.advance("50s");
  assert.equal(cache.touch("a", "1h"), false, "dead");
  assert.equal(cache.touch("nobody"), false);
});

test("touch with an infinite lifetime makes an entry stay, and with none it ends it", async () => {
  const { cache, clock } = made({ ttl: "10s", swr: "1h" });
  cache.set("a", 1);
  cache.touch("a", Infinity);
  await clock.advance("365d");
  assert.equal(cache.get("a"), 1);
  cache.touch("a", 0);
  assert.equal(seen(cache), NOBODY);
});

test("touch changes no value, no tag and no time of birth", async () => {
  const { cache, clock } = made({ ttl: "10s", tags: ["t"] });
  cache.set("a", 1);
  const born = cache.entry("a").createdAt;
  await clock.advance("5s");
  cache.touch("a", "1h");
  const { createdAt, ageMs, value, tags } = cache.entry("a");
  assert.deepEqual([createdAt, ageMs, value, [...tags]], [born, 5_000, 1, ["t"]]);
});

test("touch refuses what is no lifetime and leaves the entry as it is", () => {
  const { cache } = made({ ttl: "10s" });
  cache.set("a", 1);
  for (const wrong of [-1, NaN, "soon", null, {}, "5 s", true]) {
    assert.throws(() => cache.touch("a", wrong), { name: "FetchwellError", field: "ttl" });
  }
  assert.equal(cache.entry("a").ttlMs, 10_000);
});

test("jitter only shortens, by no more than its share, and spreads what was stored together", () => {
  const { cache } = made({ ttl: 10_000, jitter: 0.25, maxEntries: 5_000 });
  const left = [];
  for (let number = 0; number < 2_000; number += 1) {
    cache.set(["k", number], number);
    left.push(cache.entry(["k", number]).ttlMs);
  }
  assert.ok(left.every((ms) => ms >= 7_500 && ms <= 10_000));
  for (let from = 7_500; from < 10_000; from += 250) {
    const share = left.filter((ms) => ms >= from && ms < from + 250).length;
    assert.ok(share >= 100 && share <= 320, `${share} of 2 000 end in the tenth that begins at ${from}`);
  }
});

test("jitter of zero is none, of one leaves at least a millisecond, and for ever stays for ever", () => {
  const { cache } = made();
  cache.set("a", 1, { ttl: 10_000, jitter: 0 });
  assert.equal(cache.entry("a").ttlMs, 10_000);
  for (let number = 0; number < 500; number += 1) {
    cache.set(["b", number], 1, { ttl: 100, jitter: 1 });
    const { ttlMs } = cache.entry(["b", number]);
    assert.ok(ttlMs >= 1 && ttlMs <= 100, String(ttlMs));
  }
  cache.set("c", 1, { ttl: Infinity, jitter: 1 });
  assert.equal(cache.entry("c").ttlMs, Infinity);
});

test("a life of seven or thirty days is as exact as one of a second", async () => {
  const { cache, clock } = made();
  cache.set("week", 1, { ttl: "7d" }).set("month", 1, { ttl: "30d" });
  await clock.advance(7 * 86_400_000 - 1);
  assert.deepEqual(listed(cache), ["month", "week"]);
  await clock.advance(1);
  assert.deepEqual(listed(cache), ["month"]);
  await clock.advance(23 * 86_400_000 - 1);
  assert.deepEqual(listed(cache), ["month"]);
  await clock.advance(1);
  assert.deepEqual(listed(cache), []);
});

test("a clock that goes back lengthens no life", async () => {
  let now = START;
  const cache = createCache({ clock: { now: () => now }, ttl: "1m" });
  cache.set("a", 1);
  await undefined;
  now -= 3_600_000;
  assert.equal(cache.get("a"), 1);
  cache.set("b", 2);
  await undefined;
  now += 59_999;
  assert.deepEqual([cache.get("a"), cache.get("b")], [1, 2]);
  await undefined;
  now += 1;
  assert.deepEqual([cache.get("a"), cache.get("b")], [undefined, undefined]);
});

test("a clock that jumps far ahead and back makes nothing live for ever", async () => {
  let now = START;
  const cache = createCache({ clock: { now: () => now }, ttl: "1m" });
  now = START + 1_000 * 86_400_000;
  cache.set("a", 1);
  await undefined;
  now = START;
  cache.set("b", 1);
  await undefined;
  now = START + 60_000;
  assert.deepEqual([cache.get("a"), cache.get("b")], [undefined, undefined]);
});

test("a given clock is believed where it stands at zero", async () => {
  const clock = manualClock(0);
  const cache = createCache({ clock, ttl: "1s" });
  cache.set("a", 1);
  assert.equal(cache.get("a"), 1);
  assert.equal(cache.entry("a").createdAt, 0);
  await clock.advance(999);
  assert.equal(cache.get("a"), 1);
  await clock.advance(1);
  assert.equal(cache.get("a"), undefined);
});

test("a clock that gives no time lengthens no life and throws at nobody", async () => {
  let now = START;
  const cache = createCache({ clock: { now: () => now }, ttl: "1m" });
  cache.set("a", 1);
  for (const broken of [NaN, Infinity, -Infinity, undefined, null, "soon", {}, -5]) {
    await undefined;
    now = broken;
    cache.get("a");
    cache.set("b", 2);
    cache.stats();
  }
  await undefined;
  now = START + 120_000;
  cache.set("c", 3);
  await undefined;
  now = START + 180_000;
  assert.equal(cache.get("a"), undefined);
  assert.equal(cache.get("b"), undefined);
});

test("many lives of many lengths all end when they should", async () => {
  const chance = random(5);
  const { cache, clock } = made({ maxEntries: 5_000 });
  const ends = new Map();
  for (let number = 0; number < 2_000; number += 1) {
    const ttl = 1 + Math.floor(chance() ** 3 * 100_000);
    cache.set(String(number), number, { ttl });
    ends.set(String(number), clock.now() + ttl);
    if (number % 100 === 0) {
      await clock.advance(7);
    }
  }
  for (let step = 0; step < 200; step += 1) {
    await clock.advance(Math.floor(chance() * 1_000));
    const now = clock.now();
    const right = [...ends].filter(([, end]) => end > now).map(([key]) => key);
    assert.equal(cache.invalidatePrefix("", { dryRun: true }), right.length);
    if (step % 20 === 0) {
      assert.deepEqual(listed(cache), right.sort());
    }
  }
});

test("what expired goes without anybody asking for it when others are stored", async () => {
  const { cache, clock } = made({ maxEntries: 1_000 });
  for (let number = 0; number < 500; number += 1) {
    cache.set(["brief", number], 1, { ttl: "1s" });
  }
  await clock.advance("2s");
  for (let number = 0; number < 500; number += 1) {
    cache.set(["long", number % 50], 1, { ttl: "1h" });
  }
  assert.ok(cache.size < 100, `${cache.size} are held`);
  assert.equal(cache.stats().removalsBy.expired, 500 - (cache.size - 50));
  assert.equal(cache.stats().evictions, 0);
});

test("what expired goes soon without any call at all, where there are timers, and is told", async () => {
  const { cache, clock } = made({ maxEntries: 5_000 });
  const gone = { expired: 0, idle: 0, replaced: 0 };
  cache.on("remove", ({ cause }) => (gone[cause] += 1));
  for (let number = 0; number < 1_000; number += 1) {
    cache.set(["brief", number], number, { ttl: 1_000 + number });
    cache.set(["windowed", number], number, { ttl: "1s", swr: "5s" });
  }
  cache.set("idle", 1, { tti: "10s" }).set("long", 1, { ttl: "1d" });
  assert.equal(cache.size, 2_002);
  await clock.advance("1h");
  assert.deepEqual([cache.size, gone.expired, gone.idle], [1, 2_000, 1]);
  cache.set("later", 1, { ttl: "1m" });
  await clock.advance("1h");
  assert.equal(cache.size, 1);
  assert.equal(cache.get("long"), 1);
});

test("the wall clock may jump anywhere while a steady one goes on: a life is as long as the steady one says", async () => {
  for (const jump of [-315_360_000_000, -3_600_000, -1, 1, 3_600_000, 315_360_000_000, -START, 2 ** 52]) {
    let wall = START;
    let steady = 5;
    const cache = createCache({ clock: { now: () => wall, monotonic: () => steady }, ttl: "1m", swr: "1m" });
    cache.set("a", 1);
    await undefined;
    wall += jump;
    steady += 59_999;
    assert.equal(cache.get("a"), 1, String(jump));
    assert.equal(cache.entry("a").ttlMs, 1, String(jump));
    cache.set("b", 2);
    await undefined;
    steady += 1;
    assert.deepEqual([cache.get("a"), cache.getStale("a"), cache.get("b")], [undefined, 1, 2], String(jump));
    await undefined;
    steady += 60_000;
    assert.deepEqual([cache.getStale("a"), cache.get("b"), cache.getStale("b")], [undefined, undefined, 2], String(jump));
  }
});
