// getOrSet: one run of the loader for all who ask at once, nobody a hostage of anybody, and what is given to loaders.

import { test, assert } from "../harness.mjs";
import { FetchwellError, createCache } from "fetchwell";
import { attempt, counters, deferred, gated, made, moved, settle } from "./support.mjs";

test("a thousand callers at once share one run of the loader and get the very same value", async () => {
  const { cache } = made();
  const { load, runs } = gated();
  const callers = Array.from({ length: 1_000 }, () => cache.getOrSet("a", load));
  const value = { the: "value" };
  runs[0].resolve(value);
  const answers = await Promise.all(callers);
  assert.ok(answers.every((answer) => answer === value));
  assert.equal(runs.length, 1);
  const { loads, misses, coalesced, sets, hits } = cache.stats();
  assert.deepEqual([loads, misses, coalesced, sets, hits], [1, 1_000, 999, 1, 0]);
  assert.equal(await cache.getOrSet("a", load), value);
  assert.equal(runs.length, 1);
});

test("getOrSet gives a promise in every case, and a fresh value needs no loader", async () => {
  const cache = createCache();
  cache.set("a", 1);
  const hit = cache.getOrSet("a", () => assert.ok(false, "it was loaded"));
  assert.ok(hit instanceof Promise);
  assert.equal(await hit, 1);
  const miss = cache.getOrSet("b", () => 2);
  assert.ok(miss instanceof Promise);
  assert.equal(await miss, 2);
});

test("a loader may answer at once, later, or with anything that can be awaited", async () => {
  const cache = createCache();
  assert.equal(await cache.getOrSet("a", () => 1), 1);
  assert.equal(await cache.getOrSet("b", async () => 2), 2);
  const thenable = { then: (resolve) => resolve(3) };
  assert.equal(await cache.getOrSet("c", () => thenable), 3);
  const twice = {
    then(resolve, reject) {
      resolve(4);
      resolve(5);
      reject(new Error("too late"));
      throw new Error("also too late");
    },
  };
  assert.equal(await cache.getOrSet("d", () => twice), 4);
  assert.deepEqual(
    ["a", "b", "c", "d"].map((key) => cache.get(key)),
    [1, 2, 3, 4],
  );
});

test("null, false, 0 and the empty string are loaded once; undefined reaches its callers and is not cached", async () => {
  for (const value of [null, false, 0, "", NaN]) {
    const cache = createCache();
    let loads = 0;
    const load = () => {
      loads += 1;
      return value;
    };
    assert.equal(await cache.getOrSet("a", load), value);
    assert.equal(await cache.getOrSet("a", load), value);
    assert.equal(loads, 1);
  }
  const cache = createCache();
  let loads = 0;
  const nothing = () => {
    loads += 1;
  };
  assert.equal(await cache.getOrSet("a", nothing), undefined);
  assert.equal(await cache.getOrSet("a", nothing), undefined);
  assert.deepEqual([loads, cache.size, cache.stats().sets, cache.stats().loadErrors], [2, 0, 0, 0]);
});

test("a loader that throws, at once or later, whatever it throws, fails every caller with the very same, and nothing is cached", async () => {
  const thrown = [
    new Error("down"),
    new TypeError("t"),
    "a text",
    null,
    undefined,
    0,
    Symbol("s"),
    { code: 1 },
    Object.freeze({}),
    [],
    Object.create(null),
  ];
  for (const reason of thrown) {
    for (const later of [false, true]) {
      const cache = createCache();
      const gate = deferred();
      const load = () => {
        if (!later) {
          throw reason;
        }
        return gate.promise;
      };
      const callers = [1, 2, 3].map(() =>
        attempt(() => cache.getOrSet("a", load)).then(
          () => assert.ok(false, "it did not fail"),
          (error) => ({ error }),
        ),
      );
      gate.reject(reason);
      gate.promise.catch(() => {});
      for (const { error } of await Promise.all(callers)) {
        assert.ok(Object.is(error, reason), `${String(typeof reason)} came back as ${typeof error}`);
      }
      assert.equal(cache.size, 0);
      assert.equal(await cache.getOrSet("a", () => 7), 7, "the next one loads anew");
    }
  }
});

test("a loader that throws at once gives a promise that rejects, and throws nothing at its caller", async () => {
  const cache = createCache();
  const mine = new Error("mine");
  const promise = cache.getOrSet("a", () => {
    throw mine;
  });
  assert.ok(promise instanceof Promise);
  await assert.rejects(promise, mine);
});

test("a loader is told its key, what is stale, whether anybody waits, and a signal", async () => {
  const { cache, clock } = made({ ttl: "1m", swr: "1m", staleIfError: "5m" });
  const seen = [];
  const load = ({ key, stale, background, signal }) => {
    seen.push([key, stale, background, signal instanceof AbortSignal, signal.aborted]);
    return seen.length;
  };
  await cache.getOrSet(["a", 1], load);
  await clock.advance("1m");
  await cache.getOrSet("a:1", load);
  await settle();
  await clock.advance("3m");
  await cache.getOrSet("a:1", load);
  await clock.advance("10m");
  await cache.getOrSet("a:1", load);
  assert.deepEqual(seen, [
    ["a:1", undefined, false, true, false],
    ["a:1", 1, true, true, false],
    ["a:1", 2, false, true, false],
    ["a:1", undefined, false, true, false],
  ]);
});

test("a loader that looks for the old value after that went finds none", async () => {
  const ways = {
    delete: (cache) => cache.delete("a"),
    invalidate: (cache) => cache.invalidate("a"),
    clear: (cache) => cache.clear(),
    set: (cache) => cache.set("a", "newer"),
    "the end of its window": (cache, clock) => clock.advance("1h"),
    "another in its place": (cache) => cache.clear() ?? cache.set("b", "another's").set("a", "newer"),
    close: (cache) => cache.close(),
  };
  for (const window of ["swr", "staleIfError"]) {
    for (const [name, act] of Object.entries(ways)) {
      const { cache, clock } = made({ ttl: "1m", [window]: "5m" });
      cache.set("a", "old");
      await clock.advance("1m");
      const { load, runs } = gated();
      const answer = cache.getOrSet("a", load);
      await act(cache, clock);
      assert.equal(runs[0].context.stale, undefined, `${window}, ${name}`);
      runs[0].resolve("new");
      assert.equal(await answer, window === "swr" ? "old" : "new");
    }
  }
});

test("a loader that asked for the old value has it to the end, as an answer that nothing was modified is about that one", async () => {
  const { cache, clock } = made({ ttl: "1m", staleIfError: "5m" });
  cache.set("a", "old");
  await clock.advance("1m");
  const { load, runs } = gated();
  const answer = cache.getOrSet("a", (context) => {
    assert.equal(context.stale, "old");
    return load(context);
  });
  cache.invalidate("a");
  assert.equal(runs[0].context.stale, "old");
  runs[0].resolve(runs[0].context.stale);
  assert.equal(await answer, "old");
  assert.equal(cache.get("a"), undefined, "it was fenced");
});

test("a loader that is tried again is given the old value anew, if that is still there", async () => {
  const { cache, clock } = made({ ttl: "1m", staleIfError: "1h", retry: { limit: 2, backoff: 10 } });
  cache.set("a", "old");
  await clock.advance("1m");
  const seen = [];
  const answer = cache.getOrSet("a", ({ stale }) => {
    seen.push(stale);
    if (seen.length === 2) cache.delete("a");
    if (seen.length < 3) throw new Error("down");
    return "new";
  });
  await clock.advance("1m");
  assert.deepEqual([await answer, seen], ["new", ["old", "old", undefined]]);
});

test("a loader can say how long its value lives and what it carries", async () => {
  const { cache } = made({ ttl: "1h", tags: ["common"] });
  await cache.getOrSet("a", (context) => {
    context.ttl("5s");
    context.tags("one", "two");
    return 1;
  });
  assert.equal(cache.entry("a").ttlMs, 5_000);
  assert.ok(["one", "two"].every((tag) => cache.entry("a").tags.includes(tag)));
  assert.equal(cache.invalidateTag("two"), 1);
  await cache.getOrSet("b", async ({ ttl, tags }) => {
    await undefined;
    ttl(7_000);
    tags("late");
    return 1;
  });
  assert.equal(cache.entry("b").ttlMs, 7_000, "taken apart, and after a wait");
  assert.equal(cache.invalidateTag("late"), 1);
  await cache.getOrSet("c", ({ ttl }) => {
    ttl(0);
    return 1;
  });
  assert.equal(cache.has("c"), false);
});

test("a loader can skip storing: its callers get the value, nothing is kept and nothing rejected", async () => {
  const { cache } = made();
  const before = counters(cache);
  assert.equal(
    await cache.getOrSet("a", ({ skip }) => {
      skip();
      return 1;
    }),
    1,
  );
  assert.equal(cache.has("a"), false);
  assert.equal(moved(cache, before), "misses 1, loads 1, missesBy.cold 1");
});

test("what a loader says that cannot be fails its callers, by the field", async () => {
  const cache = createCache();
  for (const wrong of [-1, NaN, "soon", undefined]) {
    await assert.rejects(
      cache.getOrSet("a", ({ ttl }) => {
        ttl(wrong);
        return 1;
      }),
      { name: "FetchwellError", field: "ttl" },
    );
  }
  for (const wrong of [7, undefined, "\ud800", ["t"]]) {
    await assert.rejects(
      cache.getOrSet("a", ({ tags }) => {
        tags(wrong);
        return 1;
      }),
      { name: "FetchwellError", field: "tags" },
    );
  }
  assert.equal(cache.size, 0);
});

test("what a ttl, tags or weight function throws at a loaded value reaches its callers untouched", async () => {
  const cache = createCache();
  const mine = new Error("mine");
  const fails = () => {
    throw mine;
  };
  for (const policy of [{ ttl: fails }, { tags: fails }, { weight: fails }]) {
    await assert.rejects(
      attempt(() => cache.getOrSet("a", async () => 1, policy)),
      mine,
    );
    assert.equal(cache.has("a"), false);
  }
  assert.equal(await cache.getOrSet("a", () => 1), 1);
});

test("the nearest rules win: the call's over the namespace's over the cache's", async () => {
  const { cache } = made({ ttl: "1h", tags: ["cache"], weight: 10 });
  const space = cache.namespace("n", { ttl: "1m", weight: 20 });
  await space.getOrSet("a", () => 1, { ttl: "5s" });
  await space.getOrSet("b", () => 1);
  await cache.getOrSet("c", () => 1, { tags: ["call"] });
  assert.deepEqual([space.entry("a").ttlMs, space.entry("b").ttlMs, cache.entry("c").ttlMs], [5_000, 60_000, 3_600_000]);
  assert.deepEqual([[...space.entry("a").tags], [...cache.entry("c").tags]], [["cache"], ["call"]]);
});

test("a lifetime of zero is single-flight only", async () => {
  const { cache } = made();
  const { load, runs } = gated();
  const callers = [1, 2, 3].map(() => cache.getOrSet("a", load, { ttl: 0 }));
  runs[0].resolve(1);
  assert.deepEqual(await Promise.all(callers), [1, 1, 1]);
  assert.deepEqual([runs.length, cache.size, cache.stats().rejections], [1, 0, 1]);
  const next = cache.getOrSet("a", load, { ttl: 0 });
  runs[1].resolve(2);
  assert.equal(await next, 2);
});

test("force loads anew, joins nothing begun before, and is counted as a bypass", async () => {
  const { cache } = made();
  cache.set("a", "old");
  assert.equal(await cache.getOrSet("a", () => "new", { force: true }), "new");
  assert.equal(cache.get("a"), "new");
  assert.equal(cache.stats().missesBy.bypass, 1);
  const { load, runs } = gated();
  const first = cache.getOrSet("b", load);
  const forced = cache.getOrSet("b", load, { force: true });
  assert.equal(runs.length, 2);
  runs[1].resolve("newer");
  assert.equal(await forced, "newer");
  runs[0].resolve("older");
  assert.equal(await first, "older", "its own load's answer");
  assert.equal(cache.get("b"), "newer", "an older load never goes over a newer value");
  assert.equal(await cache.getOrSet("a", () => "no", { force: false }), "new");
});

test("a load that brings something too large answers its callers all the same", async () => {
  const { cache } = made({ maxEntryBytes: 100 });
  assert.equal(await cache.getOrSet("a", () => 1, { weight: 101 }), 1);
  assert.deepEqual([cache.has("a"), cache.stats().rejections], [false, 1]);
});

test("a loader may ask the cache for other keys, and store them", async () => {
  const cache = createCache();
  const load = (number) => async () => (number === 0 ? 0 : 1 + (await cache.getOrSet(`k${number - 1}`, load(number - 1))));
  assert.equal(await cache.getOrSet("k50", load(50)), 50);
  assert.equal(cache.size, 51);
  assert.equal(
    await cache.getOrSet("a", ({ key }) => {
      cache.set("beside", key);
      cache.invalidate("k50");
      return cache.get("beside");
    }),
    "a",
  );
});

test("a loader that stores its own key itself does not undo that: the newer value stays", async () => {
  const cache = createCache();
  assert.equal(
    await cache.getOrSet("a", async () => {
      cache.set("a", "set meanwhile");
      return "loaded";
    }),
    "loaded",
  );
  assert.equal(cache.get("a"), "set meanwhile");
});

test("loads of different keys, namespaces and caches do not wait for each other", async () => {
  const [cache, other] = [createCache(), createCache()];
  const slow = gated();
  const places = [cache, cache.namespace("n"), cache.partition("p"), other];
  const waiting = places.map((place) => place.getOrSet("a", slow.load));
  assert.equal(slow.runs.length, 4);
  for (const place of places) {
    assert.equal(await place.getOrSet("b", () => 1), 1);
  }
  slow.runs.forEach((run, number) => run.resolve(number));
  assert.deepEqual(await Promise.all(waiting), [0, 1, 2, 3]);
});

test("what is no loader and no option is refused before anything is loaded", async () => {
  const cache = createCache();
  for (const wrong of [undefined, null, 7, "load", {}, Promise.resolve(1)]) {
    const error = await assert.rejects(attempt(() => cache.getOrSet("a", wrong)));
    assert.ok(error instanceof FetchwellError, String(error));
  }
  const load = () => assert.ok(false, "it was loaded");
  for (const [options, field] of [
    [{ ttl: "soon" }, "ttl"],
    [{ forced: true }, "forced"],
    [{ force: 1 }, "force"],
    [{ signal: {} }, "signal"],
    [{ signal: "now" }, "signal"],
    [{ waitUntil: 7 }, "waitUntil"],
    [{ retry: -1 }, "retry"],
  ]) {
    await assert.rejects(
      attempt(() => cache.getOrSet("a", load, options)),
      { name: "FetchwellError", field },
    );
  }
  assert.equal(cache.stats().loads, 0);
});

test("options are read when the call is made, each once", async () => {
  const reads = {};
  const options = {};
  for (const [name, value] of Object.entries({
    ttl: "1m",
    swr: "1m",
    staleIfError: "1m",
    tags: ["t"],
    force: false,
    weight: 5,
    timeout: "1m",
    retry: 1,
  })) {
    reads[name] = 0;
    Object.defineProperty(options, name, {
      enumerable: true,
      get() {
        reads[name] += 1;
        return value;
      },
    });
  }
  const { cache } = made();
  const { load, runs } = gated();
  const caller = cache.getOrSet("a", load, options);
  runs[0].resolve(1);
  await caller;
  assert.deepEqual(new Set(Object.values(reads)), new Set([1]));
});

test("twenty thousand calls leave nothing in flight and the counters right", async () => {
  const cache = createCache({ maxEntries: 100 });
  for (let batch = 0; batch < 200; batch += 1) {
    await Promise.all(Array.from({ length: 100 }, (_, number) => cache.getOrSet(`k${batch}:${number % 50}`, () => number)));
  }
  const { loads, misses, coalesced, sets, hits, requests } = cache.stats();
  assert.equal(requests, 20_000);
  assert.deepEqual([loads, sets, hits + misses], [10_000, 10_000, 20_000]);
  assert.ok(coalesced + hits === 10_000);
});

test("what a load throws may be anything, and is never looked into in a way that could throw", async () => {
  const hostile = new Proxy(
    {},
    {
      get() {
        throw new Error("do not look");
      },
      getPrototypeOf() {
        throw new Error("do not look");
      },
    },
  );
  const { cache, clock } = made({ ttl: "1s", staleIfError: { for: "1h", on: ["network"] }, negativeTtl: { 404: "1m" }, retry: 1 });
  cache.set("a", "old");
  await clock.advance("2s");
  const answer = cache.getOrSet("a", () => {
    throw hostile;
  });
  await clock.advance("1m");
  assert.equal(await answer, "old");
  const controller = new AbortController();
  const left = cache.getOrSet("b", () => new Promise(() => {}), { signal: controller.signal });
  // Not the hostile one: hosts look into reasons themselves.
  const reason = { why: "gone" };
  controller.abort(reason);
  await assert.rejects(left, reason);
});

test("twenty thousand loads may be in flight at once", async () => {
  const { cache } = made();
  const { load, runs } = gated();
  const callers = Array.from({ length: 20_000 }, (_, number) => cache.getOrSet(["k", number], load));
  await settle();
  assert.equal(runs.length, 20_000);
  runs.forEach((run, number) => run.resolve(number));
  assert.deepEqual((await Promise.all(callers)).slice(-2), [19_998, 19_999]);
});
