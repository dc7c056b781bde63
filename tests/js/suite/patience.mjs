// Patience: limits of time, tries again, loading ahead, and work that goes on when nobody waits for it.

import { test, assert } from "../harness.mjs";
import { createCache } from "fetchwell";
import { deferred, gated, made, settle } from "./support.mjs";

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

test("when a load is slow the old value answers, and the load goes on", async () => {
  const { cache, clock } = made({ ttl: "1m", staleIfError: "1h", softTimeout: "50ms" });
  cache.set("a", "old");
  await clock.advance("1m");
  const { load, runs } = gated();
  const answers = [];
  const callers = [1, 2].map(() => cache.getOrSet("a", load).then((value) => answers.push(value)));
  await clock.advance(49);
  await settle();
  assert.deepEqual(answers, []);
  await clock.advance(1);
  await Promise.all(callers);
  assert.deepEqual(answers, ["old", "old"]);
  assert.equal(runs[0].context.signal.aborted, false, "it goes on without them");
  runs[0].resolve("new");
  await settle();
  assert.deepEqual([cache.get("a"), runs.length], ["new", 1]);
});

test("a load that is slow and then fails fails nobody who has the old value", async () => {
  const { cache, clock } = made({ ttl: "1m", staleIfError: "1h", softTimeout: "50ms" });
  cache.set("a", "old");
  await clock.advance("1m");
  const { load, runs } = gated();
  const caller = cache.getOrSet("a", load);
  await clock.advance(50);
  assert.equal(await caller, "old");
  runs[0].reject(new Error("down"));
  await settle();
  assert.equal(cache.getStale("a"), "old");
});

test("without an old value, or when it goes meanwhile, a slow load is waited for", async () => {
  const { cache, clock } = made({ ttl: "1m", staleIfError: "1h", softTimeout: "50ms" });
  const { load, runs } = gated();
  let answer;
  const first = cache.getOrSet("a", load).then((value) => (answer = value));
  await clock.advance("10s");
  assert.equal(answer, undefined);
  runs[0].resolve("new");
  await first;
  assert.equal(answer, "new");
  await clock.advance("1m");
  answer = undefined;
  const second = cache.getOrSet("a", load).then((value) => (answer = value));
  cache.invalidate("a");
  await clock.advance("10s");
  assert.equal(answer, undefined, "the old value was invalidated, so it does not answer");
  runs[1].resolve("newer");
  await second;
  assert.equal(answer, "newer");
});

test("a load takes no longer than it may, and is aborted then", async () => {
  const { cache, clock } = made({ timeout: "2s" });
  const { load, runs } = gated();
  const callers = [1, 2].map(() => cache.getOrSet("a", load).catch((error) => error));
  await clock.advance(1_999);
  assert.equal(runs[0].context.signal.aborted, false);
  await clock.advance(1);
  for (const error of await Promise.all(callers)) {
    assert.deepEqual([error.name, error.code], ["FetchwellError", "timeout"]);
    assert.match(error.message, /2/);
  }
  assert.equal(runs[0].context.signal.aborted, true);
  const { loads, loadErrors, loadMsTotal } = cache.stats();
  assert.deepEqual([loads, loadErrors, loadMsTotal], [1, 1, 2_000]);
  runs[0].resolve("too late");
  await settle();
  assert.equal(cache.has("a"), false);
  const next = cache.getOrSet("a", load);
  runs[1].resolve("new");
  assert.equal(await next, "new");
});

test("a limit that ends when the load has ended harms nobody", async () => {
  const { cache, clock } = made({ timeout: "2s", softTimeout: "1s" });
  assert.equal(await cache.getOrSet("a", async () => 1), 1);
  await clock.advance("1h");
  assert.equal(cache.get("a"), 1);
  const { load, runs } = gated();
  const caller = cache.getOrSet("b", load);
  runs[0].resolve(2);
  await clock.advance("2s");
  assert.equal(await caller, 2);
});

test("a caller with less patience harms nobody who has more", async () => {
  const { cache, clock } = made();
  const { load, runs } = gated();
  const patient = cache.getOrSet("a", load);
  const hasty = cache.getOrSet("a", load, { timeout: "1s" }).catch((error) => error);
  await clock.advance("1s");
  assert.equal((await hasty).code, "timeout");
  assert.equal(runs[0].context.signal.aborted, false, "the other one still waits");
  runs[0].resolve(1);
  assert.equal(await patient, 1);
  assert.equal(cache.get("a"), 1);
});

test("a failed load is tried again as often as the rules say, after pauses that grow", async () => {
  const { cache, clock } = made({ retry: { limit: 3, backoff: "1m" } });
  const { state, load } = origin();
  state.down = new Error("down");
  const callers = [1, 2].map(() => cache.getOrSet("a", load).catch((error) => error));
  await settle();
  assert.equal(state.asked, 1, "not at once");
  const times = [];
  const began = clock.now();
  for (let step = 0; step < 40 && state.asked < 4; step += 1) {
    const before = state.asked;
    await clock.advance("15s");
    await settle();
    if (state.asked > before) {
      times.push((clock.now() - began) / 1_000);
    }
  }
  assert.equal(state.asked, 4);
  assert.ok(times[1] - times[0] >= times[0] / 2 && times[2] > times[1], `again after ${times} s`);
  assert.deepEqual(await Promise.all(callers), [state.down, state.down]);
  const { loads, loadErrors, misses, coalesced } = cache.stats();
  assert.deepEqual([loads, loadErrors, misses, coalesced], [4, 4, 2, 1]);
  await clock.advance("1h");
  assert.equal(state.asked, 4, "and no more");
});

test("a try that succeeds ends the retries", async () => {
  const { cache, clock } = made({ retry: 5 });
  const { state, load } = origin();
  state.down = new Error("down");
  const caller = cache.getOrSet("a", load);
  await settle();
  state.down = null;
  await clock.advance("1m");
  assert.equal(await caller, 2);
  const { loads, loadErrors, sets } = cache.stats();
  assert.deepEqual([loads, loadErrors, sets], [2, 1, 1]);
});

test("when the last caller leaves in a pause between two tries, nothing is tried any more", async () => {
  const { cache, clock } = made({ retry: { limit: 5, backoff: "1m" } });
  const { state, load } = origin();
  state.down = new Error("down");
  const controller = new AbortController();
  const caller = cache.getOrSet("a", load, { signal: controller.signal }).catch((reason) => reason);
  await settle();
  controller.abort("bye");
  assert.equal(await caller, "bye");
  await clock.advance("1h");
  assert.equal(state.asked, 1);
});

test("a limit of time holds for all tries together", async () => {
  const { cache, clock } = made({ retry: { limit: 9, backoff: "20s" }, timeout: "5s" });
  const { state, load } = origin();
  state.down = new Error("down");
  const caller = cache.getOrSet("a", load).catch((error) => error);
  await clock.advance("5s");
  assert.equal((await caller).code, "timeout");
  await clock.advance("1h");
  assert.equal(state.asked, 1);
});

test("an old value answers only when the last try has failed", async () => {
  const { cache, clock } = made({ ttl: "1m", staleIfError: "1h", retry: { limit: 1, backoff: "10s" } });
  cache.set("a", "old");
  await clock.advance("1m");
  const { state, load } = origin();
  state.down = new Error("down");
  let answer;
  const caller = cache.getOrSet("a", load).then((value) => (answer = value));
  await settle();
  assert.equal(answer, undefined);
  await clock.advance("10s");
  await caller;
  assert.deepEqual([answer, state.asked], ["old", 2]);
});

test("a popular value is loaded anew before it expires, and nobody waits", async () => {
  const { cache, clock } = made({ ttl: "1m", refreshAhead: true });
  const first = deferred();
  let asked = 0;
  const load = () => {
    asked += 1;
    return asked === 1 ? first.promise : asked;
  };
  const caller = cache.getOrSet("a", load);
  // It takes ten seconds; so a reader asks for it again when about as much of its lifetime is left.
  await clock.advance("10s");
  first.resolve(1);
  await caller;
  for (let step = 0; step < 599 && asked === 1; step += 1) {
    await clock.advance("100ms");
    assert.equal(await cache.getOrSet("a", load), 1, "nobody waits");
    await settle();
  }
  assert.equal(asked, 2, "it was never loaded ahead of time");
  assert.equal(cache.get("a"), 2);
  const { misses, loads, staleHits } = cache.stats();
  assert.deepEqual([misses, loads, staleHits], [1, 2, 0]);
});

test("a refresh ahead of time that fails keeps the value and rests for a second", async () => {
  const { cache, clock } = made({ ttl: "1m", refreshAhead: { beta: 1e12 } });
  const { state, load } = origin();
  await cache.getOrSet("a", load);
  await clock.advance("1s");
  state.down = new Error("down");
  for (let caller = 0; caller < 3; caller += 1) {
    assert.equal(await cache.getOrSet("a", load), 1);
    await settle();
  }
  assert.equal(state.asked, 2);
  await clock.advance("1s");
  assert.equal(await cache.getOrSet("a", load), 1);
  await settle();
  assert.equal(state.asked, 3);
});

test("refreshAhead that is off never loads ahead", async () => {
  for (const refreshAhead of [false, { beta: 0 }]) {
    const { cache, clock } = made({ ttl: "1m", refreshAhead });
    const { state, load } = origin();
    await cache.getOrSet("a", load);
    for (let step = 0; step < 59; step += 1) {
      await clock.advance("1s");
      await cache.getOrSet("a", load);
      await settle();
    }
    assert.equal(state.asked, 1);
  }
});

test("waitUntil is given the work that goes on behind a caller's back, and that work never rejects the host", async () => {
  for (const where of ["cache", "call"]) {
    for (const fails of [false, true]) {
      const works = [];
      const waitUntil = (work) => works.push(work);
      const { cache, clock } = made({ ttl: "1m", swr: "1h", ...(where === "cache" ? { waitUntil } : {}) });
      cache.set("a", "old");
      await clock.advance("1m");
      const { load, runs } = gated();
      assert.equal(await cache.getOrSet("a", load, where === "call" ? { waitUntil } : {}), "old");
      assert.equal(works.length, 1, `${where}`);
      assert.ok(typeof works[0]?.then === "function");
      let done = false;
      works[0].then(() => (done = true));
      await settle();
      assert.equal(done, false);
      if (fails) {
        runs[0].reject(new Error("down"));
      } else {
        runs[0].resolve("new");
      }
      await settle();
      assert.equal(done, true, "it ends when the work does");
    }
  }
});

test("waitUntil is given a load that goes on after its callers had the old value", async () => {
  const works = [];
  const { cache, clock } = made({ ttl: "1m", staleIfError: "1h", softTimeout: "50ms", waitUntil: (work) => works.push(work) });
  cache.set("a", "old");
  await clock.advance("1m");
  const { load, runs } = gated();
  const caller = cache.getOrSet("a", load);
  await clock.advance("50ms");
  assert.equal(await caller, "old");
  assert.ok(works.length >= 1);
  runs[0].resolve("new");
  await Promise.all(works);
  assert.equal(cache.get("a"), "new");
});

test("a waitUntil that throws fails no caller", async () => {
  const { cache, clock } = made({
    ttl: "1m",
    swr: "1h",
    waitUntil: () => {
      throw new Error("no context");
    },
  });
  cache.set("a", "old");
  await clock.advance("1m");
  assert.equal(await cache.getOrSet("a", () => "new"), "old");
  await settle();
  assert.equal(cache.get("a"), "new");
});

test("nothing that fails where nobody waits is an unhandled rejection", async () => {
  const { cache, clock } = made({
    ttl: "1m",
    swr: "1h",
    staleIfError: "1h",
    retry: { limit: 1, backoff: 10 },
    negativeTtl: "1s",
    timeout: "5s",
    softTimeout: "1s",
  });
  const failures = [
    () => Promise.reject(new Error("down")),
    () => {
      throw new Error("at once");
    },
    () => new Promise(() => {}),
    async ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  ];
  for (const [number, load] of failures.entries()) {
    cache.set(`k${number}`, "old");
  }
  await clock.advance("1m");
  for (const [number, load] of failures.entries()) {
    const controller = new AbortController();
    const caller = cache.getOrSet(`k${number}`, load, { signal: controller.signal });
    await settle();
    controller.abort("gone");
    await caller.catch(() => {});
    const alone = cache.getOrSet(`new${number}`, load, { signal: AbortSignal.abort("gone") });
    alone.catch(() => {});
  }
  await clock.advance("1m");
  await settle();
  assert.equal(cache.size, 4);
});

test("a load on the side that has no end does not hold the next ones up for ever", async () => {
  const { cache, clock } = made({ ttl: "1m", swr: "1h", timeout: "5s" });
  cache.set("a", "old");
  await clock.advance("1m");
  const { load, runs } = gated();
  await cache.getOrSet("a", load);
  await clock.advance("5s");
  await settle();
  assert.equal(runs[0].context.signal.aborted, true);
  await clock.advance("1s");
  await cache.getOrSet("a", load);
  assert.equal(runs.length, 2);
});

test("a clock that rings twice, or late, or cannot be stopped answers nobody twice", async () => {
  let time = 0;
  const rings = [];
  const clock = { now: () => time, setTimer: (run) => (rings.push(run), () => {}) };
  const cache = createCache({ clock, ttl: "1s", staleIfError: "1h", softTimeout: 10, timeout: 50 });
  cache.set("a", "old");
  time = 2_000;
  const answer = cache.getOrSet("a", () => new Promise(() => {}));
  const before = cache.stats();
  for (let round = 0; round < 3; round += 1) {
    for (const ring of [...rings]) ring();
  }
  assert.equal(await answer, "old");
  for (const ring of [...rings]) ring();
  const after = cache.stats();
  assert.equal(after.requests - before.requests, 1);
});
