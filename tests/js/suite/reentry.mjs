// Callbacks may do whatever they like: call the cache again, throw, or never come back to it. All combinations hold.

import { test, assert } from "../harness.mjs";
import { createCache, manualClock } from "fetchwell";
import { START, attempt, settle } from "./support.mjs";

/** Every public method, called in an ordinary way. */
const METHODS = {
  get: (cache) => cache.get("a"),
  peek: (cache) => cache.peek("a"),
  getStale: (cache) => cache.getStale("a"),
  entry: (cache) => cache.entry("a"),
  has: (cache) => cache.has("a"),
  set: (cache) => cache.set("inner", 1),
  "set of the same key": (cache) => cache.set("a", "inner"),
  getOrSet: (cache) => cache.getOrSet("inner", () => 1).catch(() => {}),
  "getOrSet of the same key": (cache) => void cache.getOrSet("a", () => 1).catch(() => {}),
  touch: (cache) => cache.touch("a"),
  delete: (cache) => cache.delete("a"),
  clear: (cache) => cache.clear(),
  "clear with its statistics": (cache) => cache.clear({ resetStats: true }),
  getMany: (cache) => cache.getMany(["a", "b"]),
  setMany: (cache) =>
    cache.setMany([
      ["a", 1],
      ["inner", 2],
    ]),
  invalidate: (cache) => cache.invalidate("a"),
  invalidatePrefix: (cache) => cache.invalidatePrefix(""),
  "a soft prefix": (cache) => cache.invalidatePrefix(["b"], { soft: true }),
  invalidateTag: (cache) => cache.invalidateTag("t"),
  invalidateMatching: (cache) => cache.invalidateMatching("*"),
  invalidateWhere: (cache) => cache.invalidateWhere(() => true),
  namespace: (cache) => cache.namespace("n").set("a", 1),
  partition: (cache) => cache.partition("p").set("a", 1),
  drop: (cache) => void cache.drop("p"),
  stats: (cache) => cache.stats(),
  resetStats: (cache) => cache.resetStats(),
  metrics: (cache) => cache.metrics(),
  on: (cache) => cache.on("*", () => {}),
  subscribe: (cache) => cache.subscribe("a", () => {}),
  keys: (cache) => [...cache.keys()],
  entries: (cache) => [...cache.entries("a")],
  size: (cache) => cache.size + cache.bytes,
  snapshot: (cache) => cache.snapshot(),
  restore: (cache) => cache.restore(cache.snapshot()),
  "many more values": (cache) => {
    for (let number = 0; number < 50; number += 1) {
      cache.set(`more${number}`, number, { tags: ["t"] });
    }
  },
  close: (cache) => cache.close(),
};

/** Each kind of callback: a cache, and what makes it run. The first time it runs when all is ready, it calls `inside`. */
function callbacks(inside, ready = () => true) {
  let ran = 0;
  const once =
    (give) =>
    (...args) => {
      if (ran === 0 && ready()) {
        ran += 1;
        inside();
      }
      return give(...args);
    };
  const clock = manualClock(START);
  const made = (options = {}) => createCache({ clock, maxEntries: 30, tags: ["t"], ttl: "1h", ...options });
  const table = {
    weight: [() => made(), (cache) => cache.set("a", 2, { weight: once(() => 5) })],
    ttl: [() => made(), (cache) => cache.set("a", 2, { ttl: once(() => 5_000) })],
    tags: [() => made(), (cache) => cache.set("a", 2, { tags: once(() => ["t"]) })],
    "tags of many": [
      () => made(),
      (cache) =>
        cache.setMany(
          [
            ["a", 2],
            ["b", 3],
            ["c", 4],
          ],
          { tags: once(() => ["t"]) },
        ),
    ],
    partition: [() => made({ partition: once(() => "ada") }), (cache) => cache.get("a")],
    loader: [
      () => made(),
      (cache) =>
        cache.getOrSet(
          "new",
          once(() => 1),
        ),
    ],
    "a later loader": [
      () => made(),
      (cache) =>
        cache.getOrSet("new", async () => {
          await undefined;
          return once(() => 1)();
        }),
    ],
    "a loader's weight": [() => made(), (cache) => cache.getOrSet("new", () => 1, { weight: once(() => 5) })],
    predicate: [() => made(), (cache) => cache.invalidateWhere(once(({ key }) => key === "a"))],
    "a listener of set": [
      () => made(),
      (cache) => {
        cache.on(
          "set",
          once(() => {}),
        );
        cache.set("a", 2);
      },
    ],
    "a listener of remove": [
      () => made(),
      (cache) => {
        cache.on(
          "remove",
          once(() => {}),
        );
        cache.invalidatePrefix("");
      },
    ],
    "a listener of hit": [
      () => made(),
      (cache) => {
        cache.on(
          "hit",
          once(() => {}),
        );
        cache.get("a");
      },
    ],
    "a listener of miss": [
      () => made(),
      (cache) => {
        cache.on(
          "miss",
          once(() => {}),
        );
        cache.get("never");
      },
    ],
    "a listener of everything": [
      () => made(),
      (cache) => {
        cache.on(
          "*",
          once(() => {}),
        );
        cache.set("a", 3);
        cache.invalidateTag("t");
      },
    ],
    subscriber: [
      () => made(),
      (cache) => {
        cache.subscribe(
          "a",
          once(() => {}),
        );
        cache.set("a", 2);
      },
    ],
    clock: [() => made({ clock: { now: once(() => START) } }), (cache) => cache.get("a")],
    "an iterator of keys": [
      () => made(),
      (cache) =>
        cache.getMany(
          (function* () {
            yield "a";
            once(() => {})();
            yield "b";
          })(),
        ),
    ],
    "an iterator of entries": [
      () => made(),
      (cache) =>
        cache.setMany(
          (function* () {
            yield ["a", 2];
            once(() => {})();
            yield ["b", 2];
          })(),
        ),
    ],
    "a getter of an option": [
      () => made(),
      (cache) =>
        cache.set("a", 2, {
          get ttl() {
            return once(() => 5_000)();
          },
        }),
    ],
    waitUntil: [
      () => made(),
      async (cache) => {
        cache.set("s", 1, { ttl: 1, swr: "1h" });
        await clock.advance(1);
        await cache.getOrSet("s", () => 2, { waitUntil: once(() => {}) });
      },
    ],
    "a listener of an abort": [
      () => made(),
      async (cache) => {
        const controller = new AbortController();
        const caller = cache.getOrSet(
          "new",
          ({ signal }) =>
            new Promise(() =>
              signal.addEventListener(
                "abort",
                once(() => {}),
              ),
            ),
          { signal: controller.signal },
        );
        controller.abort();
        await caller.catch(() => {});
      },
    ],
  };
  return { table, ran: () => ran };
}

/** After whatever happened the cache is as good as any. */
function goesOn(cache, what, closed) {
  assert.equal(cache.stats().traps, 0, what);
  if (closed) {
    assert.equal(cache.size, 0, what);
    return;
  }
  cache.set("after", what);
  assert.equal(cache.get("after"), what, what);
  assert.equal(cache.size <= 30, true, what);
  assert.equal([...cache.keys()].includes("after"), true, what);
  const { sets, removalsBy, entries } = cache.stats();
  assert.ok(sets >= 0 && entries === cache.size && Object.values(removalsBy).every((count) => count >= 0), what);
  assert.equal(cache.invalidate("after"), true, what);
}

for (const kind of Object.keys(callbacks(() => {}).table)) {
  test(`every method may be called from inside ${kind}`, async () => {
    for (const [name, method] of Object.entries(METHODS)) {
      let cache;
      let ready = false;
      const { table, ran } = callbacks(
        () => method(cache),
        () => ready,
      );
      const [make, act] = table[kind];
      cache = make();
      cache.set("a", 1, { tags: ["t"] }).set("b", 1);
      await undefined;
      ready = true;
      await attempt(() => act(cache));
      await settle();
      assert.equal(ran(), 1, `${name} inside ${kind}: it never ran`);
      goesOn(cache, `${name} inside ${kind}`, name === "close");
    }
  });

  if (kind === "a listener of an abort") {
    // What such a listener throws the platform itself reports, to nobody's caller.
    continue;
  }

  test(`whatever is thrown inside ${kind} after a call of the cache leaves it whole`, async () => {
    for (const [name, method] of Object.entries(METHODS)) {
      if (name === "close") {
        continue;
      }
      let cache;
      const mine = new Error("mine");
      let ready = false;
      const { table, ran } = callbacks(
        () => {
          method(cache);
          throw mine;
        },
        () => ready,
      );
      const [make, act] = table[kind];
      cache = make();
      cache.set("a", 1, { tags: ["t"] }).set("b", 1);
      await undefined;
      ready = true;
      await attempt(() => act(cache)).catch((error) => assert.equal(error, mine, `${name} inside ${kind}: ${String(error)}`));
      await settle();
      assert.equal(ran(), 1, `${name} inside ${kind}: it never ran`);
      goesOn(cache, `${name} and a throw inside ${kind}`, false);
    }
  });
}

test("callbacks that call the cache again and again end where the stack does, and the cache goes on", () => {
  const cache = createCache();
  let depth = 0;
  const deeper = () => {
    depth += 1;
    if (depth < 100) {
      cache.set(`k${depth}`, depth, { weight: deeper });
    }
    return 5;
  };
  cache.set("a", 1, { weight: deeper });
  assert.equal(cache.size, 100);
  for (const recurse of [
    (again) => cache.set("deep", 1, { weight: again }),
    (again) => cache.set("deep", 1, { ttl: again }),
    (again) => cache.invalidateWhere(again),
    (again) => cache.getMany({ [Symbol.iterator]: again }),
  ]) {
    const again = () => recurse(again);
    try {
      recurse(again);
    } catch (error) {
      assert.ok(error instanceof Error, "an ordinary error of the host");
    }
    // Where the stack ends inside wasm the instance is lost; the next call may be the one that notices, and is lost with it.
    cache.set("before", 1);
    cache.set("after", 1);
    assert.equal(cache.get("after"), 1);
  }
});

test("a callback that never comes back to its caller leaves nothing locked", async () => {
  const cache = createCache();
  const stuck = (function* () {
    yield cache.set("a", 1, { weight: () => 5 });
    cache.getMany(
      (function* () {
        yield "a";
        yield "b";
      })(),
    );
    yield 1;
  })();
  stuck.next();
  const never = cache.getOrSet("never", () => new Promise(() => {}));
  void never;
  cache.set("never", "set meanwhile");
  assert.equal(await cache.getOrSet("never", () => "no"), "set meanwhile");
  assert.equal(cache.get("a"), 1);
});

test("methods taken off their cache and called without it work or fail plainly, and the cache goes on", () => {
  const cache = createCache();
  cache.set("a", 1);
  for (const name of ["get", "set", "invalidatePrefix", "stats", "on", "clear"]) {
    const method = cache[name];
    try {
      method("a", () => {});
    } catch (error) {
      assert.ok(error instanceof Error, name);
    }
  }
  cache.set("b", 1);
  assert.equal(cache.get("b"), 1);
});
