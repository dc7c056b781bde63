// Old answers and failures: who gets which, how long, and what is tried again when.

import { test, assert } from "../harness.mjs";
import { gated, made, settle } from "./support.mjs";

/** An origin that can be down; it counts how often it was asked. */
function origin() {
  const state = { asked: 0, down: null };
  const load = async () => {
    state.asked += 1;
    if (state.down !== null) {
      throw state.down;
    }
    return state.asked;
  };
  return { state, load };
}

/** An error with a status, as an HTTP client throws it. */
function answered(status) {
  return Object.assign(new Error(`the origin answered ${status}`), { status });
}

test("past its lifetime a value is served at once and loaded anew once behind", async () => {
  const { cache, clock } = made({ ttl: "1m", swr: "5m" });
  cache.set("a", "old");
  await clock.advance("1m");
  const { load, runs } = gated();
  for (let caller = 0; caller < 5; caller += 1) {
    assert.equal(await cache.getOrSet("a", load), "old", "nobody waits");
  }
  assert.equal(runs.length, 1);
  assert.equal(cache.get("a"), undefined, "stale is not fresh");
  runs[0].resolve("new");
  await settle();
  assert.equal(cache.get("a"), "new");
  await clock.advance("6m");
  const waits = cache.getOrSet("a", load);
  assert.equal(runs.length, 2, "after the window everybody waits");
  runs[1].resolve("newest");
  assert.equal(await waits, "newest");
});

test("a refresh that failed keeps the value and is not tried again within a second", async () => {
  const { cache, clock } = made({ ttl: "1m", swr: "5m" });
  const { state, load } = origin();
  await cache.getOrSet("a", load);
  await clock.advance("1m");
  state.down = new Error("down");
  const ask = async () => {
    const answer = await cache.getOrSet("a", load);
    await settle();
    return answer;
  };
  for (let caller = 0; caller < 3; caller += 1) {
    assert.equal(await ask(), 1);
    assert.equal(state.asked, 2);
  }
  await clock.advance(999);
  assert.deepEqual([await ask(), state.asked], [1, 2]);
  await clock.advance(1);
  assert.deepEqual([await ask(), state.asked], [1, 3]);
  state.down = null;
  await clock.advance("1s");
  assert.deepEqual([await ask(), state.asked, cache.get("a")], [1, 4, 4]);
  assert.equal(cache.stats().loadErrors, 2);
});

test("hits on a stale key of an origin that is down for ten minutes ask it once a second at most", async () => {
  const { cache, clock } = made({ ttl: "1m", swr: "1h" });
  const { state, load } = origin();
  await cache.getOrSet("a", load);
  await clock.advance("1m");
  state.down = new Error("down");
  for (let step = 0; step < 2_400; step += 1) {
    assert.equal(await cache.getOrSet("a", load), 1);
    await settle();
    await clock.advance(250);
  }
  assert.ok(state.asked <= 602, `${state.asked} times`);
});

test("a refresh that a load skips or that brings nothing fails nobody", async () => {
  for (const load of [() => undefined, ({ skip }) => (skip(), "skipped")]) {
    const { cache, clock } = made({ ttl: "1m", swr: "5m" });
    cache.set("a", "old");
    await clock.advance("1m");
    assert.equal(await cache.getOrSet("a", load), "old");
    await settle();
    assert.equal(cache.get("a"), undefined);
  }
});

test("past its lifetime a value answers for a load that fails, and only then", async () => {
  const { cache, clock } = made({ ttl: "1m", staleIfError: "5m" });
  const { state, load } = origin();
  await cache.getOrSet("a", load);
  await clock.advance("1m");
  state.down = new Error("down");
  assert.equal(await cache.getOrSet("a", load), 1);
  state.down = null;
  assert.equal(await cache.getOrSet("a", load), 3);
  state.down = new Error("down again");
  await clock.advance("6m");
  await assert.rejects(cache.getOrSet("a", load), state.down);
});

test("staleIfError with a list answers for those failures alone", async () => {
  const late = (on) => ({ ttl: "1m", staleIfError: { for: "1h", on } });
  const failures = { network: new TypeError("fetch failed"), 503: answered(503), 500: answered(500), 429: answered(429) };
  const table = [
    [["network"], ["network"]],
    [[503], ["503"]],
    [
      [429, 500],
      ["500", "429"],
    ],
    [
      ["network", "timeout", 503],
      ["network", "503"],
    ],
    [["timeout"], []],
    [[], []],
  ];
  for (const [on, covered] of table) {
    for (const [name, failure] of Object.entries(failures)) {
      const { cache, clock } = made(late(on));
      cache.set("a", "old");
      await clock.advance("1m");
      const answer = cache.getOrSet("a", () => Promise.reject(failure));
      if (covered.includes(name)) {
        assert.equal(await answer, "old", `${name} of ${JSON.stringify(on)}`);
      } else {
        await assert.rejects(answer, failure, `${name} of ${JSON.stringify(on)}`);
      }
    }
  }
});

test("staleIfError without a list answers for whatever the load throws", async () => {
  for (const failure of [new Error("down"), new TypeError("fetch failed"), answered(503), answered(404), "a text", undefined, null, 0]) {
    const { cache, clock } = made({ ttl: "1m", staleIfError: { for: "1h" } });
    cache.set("a", "old");
    await clock.advance("1m");
    assert.equal(await cache.getOrSet("a", () => Promise.reject(failure)), "old");
  }
});

test("an old value answers for a load that took too long, where the list says so or there is none", async () => {
  for (const [on, covered] of [
    [undefined, true],
    [["timeout"], true],
    [["network"], false],
    [[503], false],
  ]) {
    const staleIfError = on === undefined ? "1h" : { for: "1h", on };
    const { cache, clock } = made({ ttl: "1m", timeout: "2s", staleIfError });
    cache.set("a", "old");
    await clock.advance("1m");
    const { load, runs } = gated();
    const answer = cache.getOrSet("a", load).then(
      (value) => ({ value }),
      (error) => ({ error }),
    );
    await clock.advance("2s");
    const { value, error } = await answer;
    if (covered) {
      assert.equal(value, "old", JSON.stringify(on));
    } else {
      assert.equal(error.code, "timeout", JSON.stringify(on));
    }
    assert.equal(runs[0].context.signal.aborted, true);
  }
});

test("force with an old value inside staleIfError: it answers when the load fails", async () => {
  const { cache, clock } = made({ ttl: "1m", staleIfError: "1h" });
  cache.set("a", "old");
  await clock.advance("1m");
  assert.equal(await cache.getOrSet("a", () => Promise.reject(new Error("down")), { force: true }), "old");
});

test("a softly invalidated value is served inside its windows, and not without one", async () => {
  const { cache } = made({ swr: "10s" });
  const { state, load } = origin();
  await cache.getOrSet("a", load);
  cache.invalidate("a", { soft: true });
  assert.equal(await cache.getOrSet("a", load), 1, "served");
  await settle();
  assert.deepEqual([cache.get("a"), state.asked], [2, 2]);
  const plain = made();
  plain.cache.set("a", "old");
  plain.cache.invalidate("a", { soft: true });
  assert.equal(await plain.cache.getOrSet("a", () => "new"), "new");
});

test("a failure is remembered as long as the rules say, and is the very same", async () => {
  for (const negativeTtl of [10_000, "10s"]) {
    const { cache, clock } = made({ negativeTtl });
    const { state, load } = origin();
    state.down = new Error("down");
    await assert.rejects(cache.getOrSet("a", load), state.down);
    const first = state.down;
    state.down = null;
    await clock.advance(9_999);
    await assert.rejects(cache.getOrSet("a", load), first);
    assert.deepEqual([state.asked, cache.has("a"), cache.size], [1, false, 0]);
    await clock.advance(1);
    assert.equal(await cache.getOrSet("a", load), 2);
  }
});

test("failures are remembered by their status where the rules tell them apart", async () => {
  const { cache, clock } = made({ negativeTtl: { 404: "30s", 410: "1h" } });
  for (const [failure, remembered] of [
    [answered(404), 30_000],
    [answered(410), 3_600_000],
    [answered(500), 0],
    [new Error("down"), 0],
    ["a text", 0],
    [null, 0],
  ]) {
    cache.clear();
    let asked = 0;
    const load = () => {
      asked += 1;
      return Promise.reject(failure);
    };
    const ask = () =>
      cache.getOrSet("a", load).then(
        () => assert.ok(false),
        (error) => assert.ok(Object.is(error, failure)),
      );
    await ask();
    await ask();
    assert.equal(asked, remembered > 0 ? 1 : 2);
    if (remembered > 0) {
      await clock.advance(remembered - 1);
      await ask();
      assert.equal(asked, 1);
      await clock.advance(1);
      await ask();
      assert.equal(asked, 2);
    }
  }
});

test("a remembered failure is forgotten by every change that could have mended it", async () => {
  const changes = {
    invalidate: (cache) => cache.invalidate("a:1"),
    soft: (cache) => cache.invalidate("a:1", { soft: true }),
    prefix: (cache) => cache.invalidatePrefix(["a"]),
    pattern: (cache) => cache.invalidateMatching("a:*"),
    predicate: (cache) => cache.invalidateWhere(() => false),
    clear: (cache) => cache.clear(),
    delete: (cache) => cache.delete("a:1"),
    tag: (cache) => cache.invalidateTag("t"),
    tags: (cache) => cache.invalidateTag(["x", "t"]),
    expression: (cache) => cache.invalidateMatching(/^a/),
    "raw prefix": (cache) => cache.invalidatePrefix("a:"),
    everything: (cache) => cache.invalidatePrefix(""),
    set: (cache) => {
      cache.set("a:1", 1);
      cache.touch("a:1", 0);
    },
  };
  for (const [name, change] of Object.entries(changes)) {
    const { cache } = made({ negativeTtl: "10s", tags: ["t"] });
    const { state, load } = origin();
    state.down = new Error("down");
    await assert.rejects(cache.getOrSet("a:1", load), state.down);
    change(cache);
    await assert.rejects(cache.getOrSet("a:1", load), state.down);
    assert.equal(state.asked, 2, `${name}: it is tried again`);
  }
});

test("a remembered failure is not forgotten by what does not concern it", async () => {
  // (Any tag forgets all failures: what a load that failed would have carried nobody knows.)
  const others = [
    (cache) => cache.invalidate("a:10"),
    (cache) => cache.invalidateMatching(/^b/),
    (cache) => cache.namespace("n").clear(),
    (cache) => cache.partition("p").clear(),
    (cache) => cache.invalidatePrefix("", { dryRun: true }),
    (cache) => cache.set("a", 1),
  ];
  for (const [number, other] of others.entries()) {
    const { cache } = made({ negativeTtl: "10s", tags: ["t"] });
    const { state, load } = origin();
    state.down = new Error("down");
    await assert.rejects(cache.getOrSet("a:1", load), state.down);
    other(cache);
    await assert.rejects(cache.getOrSet("a:1", load), state.down);
    assert.equal(state.asked, 1, String(number));
  }
});

test("an answer by an old value is told as a stale hit, whatever the load failed with and however often it is asked for", async () => {
  const { cache, clock } = made({ ttl: "1m", staleIfError: "1h", negativeTtl: "10s" });
  cache.set("a", "old");
  await clock.advance("1m");
  const told = [];
  cache.on("*", ({ type, stale }) => told.push(stale ? `stale ${type}` : type));
  for (let caller = 0; caller < 3; caller += 1) {
    assert.equal(await cache.getOrSet("a", () => Promise.reject(new Error("down"))), "old");
  }
  assert.deepEqual(told, ["stale hit", "stale hit", "stale hit"]);
  assert.deepEqual([cache.stats().hits, cache.stats().staleHits, cache.stats().misses, cache.stats().loads], [3, 3, 0, 1]);
});

test("a failure in one partition or namespace is none in another", async () => {
  const { cache } = made({ negativeTtl: "10s" });
  const { state, load } = origin();
  state.down = new Error("down");
  const bugs = cache.namespace("bugs");
  for (const [number, each] of [cache, cache.partition("ada"), bugs, bugs.partition("ada")].entries()) {
    await assert.rejects(each.getOrSet("a", load));
    await assert.rejects(each.getOrSet("a", load));
    assert.equal(state.asked, number + 1);
  }
});

test("force is not held back by a remembered failure", async () => {
  const { cache } = made({ negativeTtl: "10s" });
  await assert.rejects(cache.getOrSet("a", () => Promise.reject(new Error("down"))));
  assert.equal(await cache.getOrSet("a", () => 1, { force: true }), 1);
  assert.equal(cache.get("a"), 1);
});

test("an old value answers while a failure is remembered", async () => {
  const { cache, clock } = made({ ttl: "1m", negativeTtl: "10s", staleIfError: "5m" });
  const { state, load } = origin();
  await cache.getOrSet("a", load);
  await clock.advance("1m");
  state.down = new Error("down");
  for (let caller = 0; caller < 3; caller += 1) {
    assert.equal(await cache.getOrSet("a", load), 1);
  }
  assert.equal(state.asked, 2);
});

test("remembered failures are bounded", async () => {
  const { cache } = made({ negativeTtl: "1h", maxEntries: 10 });
  let asked = 0;
  const fail = (number) => () => {
    asked += 1;
    return Promise.reject(new Error(`${number}`));
  };
  for (let number = 0; number < 5_000; number += 1) {
    await cache.getOrSet(`k${number}`, fail(number)).catch(() => {});
  }
  asked = 0;
  for (let number = 0; number < 5_000; number += 1) {
    await cache.getOrSet(`k${number}`, fail(number)).catch((error) => assert.equal(error.message, String(number)));
  }
  assert.ok(asked > 1_000, `only ${asked} of 5 000 were forgotten by a cache of ten entries`);
});

test("a refresh that failed rests for a second, for however many keys", async () => {
  const { cache, clock } = made({ maxEntries: 3_000, maxBytes: "64mb", ttl: "1s", swr: "1h" });
  const keys = Array.from({ length: 3_000 }, (_, number) => `k${number}`);
  for (const key of keys) cache.set(key, 1);
  await clock.advance("2s");
  let runs = 0;
  const failing = () => {
    runs += 1;
    throw new Error("down");
  };
  for (const key of keys) await cache.getOrSet(key, failing);
  await settle();
  assert.equal(runs, 3_000);
  for (const key of keys) await cache.getOrSet(key, failing);
  await settle();
  assert.equal(runs, 3_000, "none was tried again");
  await clock.advance("1s");
  await cache.getOrSet("k0", failing);
  await settle();
  assert.equal(runs, 3_001);
});
