// What the cache lets go of is gone: no reference to it is left anywhere. Needs `node --expose-gc`.

import { test, assert } from "../harness.mjs";
import { createCache, manualClock } from "fetchwell";

const gc = globalThis.gc ?? (() => assert.ok(false, "these tests need node --expose-gc"));

/** Collects what can be collected, also what only later turns of the loop let go of. */
async function collect() {
  for (let turn = 0; turn < 4; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    gc();
  }
}

/** Stores a large value by `put`, and gives a weak reference to it. In a function of its own, so that nothing here holds it. */
function stored(put) {
  const value = { large: new Array(1_000).fill("x") };
  put(value);
  return new WeakRef(value);
}

/** Every way for an entry to go. */
const WAYS = {
  delete: (cache) => cache.delete("a"),
  invalidate: (cache) => cache.invalidate("a"),
  "a prefix": (cache) => cache.invalidatePrefix("a"),
  "a segment": (cache) => cache.invalidatePrefix(["a"]),
  "a tag": (cache) => cache.invalidateTag("t"),
  "a pattern": (cache) => cache.invalidateMatching("a*"),
  "an expression": (cache) => cache.invalidateMatching(/a/),
  "a predicate": (cache) => cache.invalidateWhere(({ key }) => key === "a"),
  "everything of many": (cache) => cache.invalidatePrefix(""),
  clear: (cache) => cache.clear(),
  "a newer value": (cache) => cache.set("a", 1),
  "a rejected value": (cache) => cache.set("a", 1, { ttl: 0 }),
  "a touch of zero": (cache) => cache.touch("a", 0),
  close: (cache) => cache.close(),
  eviction: (cache) => cache.setMany(Array.from({ length: 5_000 }, (_, number) => [`k${number}`, number])),
  "expiry that somebody noticed": async (cache, clock) => {
    await clock.advance("1h");
    cache.get("a");
  },
  "expiry while others are stored": async (cache, clock) => {
    await clock.advance("1h");
    cache.setMany(Array.from({ length: 200 }, (_, number) => [`k${number}`, number]));
  },
  "a loaded value": (cache) => cache.getOrSet("a", async () => 1, { force: true }),
};

for (const [name, act] of Object.entries(WAYS)) {
  test(`a value that went by ${name} is held by nobody`, async () => {
    const clock = manualClock(1_700_000_000_000);
    const cache = createCache({ clock, ttl: "1h", maxEntries: 1_000 });
    cache.on("*", () => {});
    cache.subscribe("a", () => {});
    // More than a few others, so that what goes in great number goes as it would.
    cache.setMany(Array.from({ length: 100 }, (_, number) => [`other${number}`, number]));
    const reference = stored((value) => cache.set("a", value, { tags: ["t"] }));
    for (let times = 0; times < 100; times += 1) {
      cache.get("a");
      cache.getStale("a");
    }
    cache.entry("a");
    await collect();
    assert.ok(reference.deref() !== undefined, "while it is held it is there");
    await act(cache, clock);
    await collect();
    assert.equal(reference.deref(), undefined);
  });
}

test("an old value that went while a load of its key is in flight is held by nobody", async () => {
  const clock = manualClock(1_700_000_000_000);
  const flights = {
    "behind a caller": { swr: "1h" },
    "waited for": { staleIfError: "1h" },
    "waited for, for a time": { staleIfError: "1h", softTimeout: "1h", timeout: "2h" },
    "in a pause": { staleIfError: "1h", retry: { limit: 3, backoff: "30s" } },
    forced: { staleIfError: "1h", force: true },
  };
  for (const [name, { force, ...policy }] of Object.entries(flights)) {
    const cache = createCache({ clock, ...policy });
    const reference = stored((value) => cache.set("a", value, { ttl: 1 }));
    await clock.advance(1);
    const load = name === "in a pause" ? () => Promise.reject(new Error("down")) : () => new Promise(() => {});
    void cache.getOrSet("a", load, { force: force ?? false });
    await clock.advance(1);
    await collect();
    assert.ok(reference.deref() !== undefined, `${name}: while it is held it is there`);
    cache.delete("a");
    await collect();
    assert.equal(reference.deref(), undefined, name);
    cache.close();
  }
});

test("a value of a partition that was dropped is held by nobody", async () => {
  const cache = createCache();
  const references = [cache, cache.namespace("n")].map((each) => stored((value) => each.partition("ada").set("a", value)));
  await cache.drop("ada");
  await collect();
  assert.deepEqual(
    references.map((reference) => reference.deref()),
    [undefined, undefined],
  );
});

test("a loaded value that was fenced, skipped or too large is held by nobody once its caller has it", async () => {
  const cache = createCache({ maxEntryBytes: 5_000 });
  const references = [];
  const load = (policy, change) =>
    (async () => {
      await cache.getOrSet(
        "a",
        async (context) => {
          let made;
          references.push(stored((value) => (made = value)));
          change(context);
          return made;
        },
        policy,
      );
    })();
  await load({}, () => cache.invalidate("a"));
  await load({}, ({ skip }) => skip());
  await load({ weight: 6_000 }, () => {});
  await load({ ttl: 0 }, () => {});
  await collect();
  assert.deepEqual(
    references.map((reference) => reference.deref()),
    [undefined, undefined, undefined, undefined],
  );
});

test("what a load failed with is held by nobody when it is not to be remembered", async () => {
  const cache = createCache();
  const references = [];
  await (async () => {
    await cache
      .getOrSet("a", () => {
        let made;
        references.push(stored((value) => (made = value)));
        throw made;
      })
      .catch(() => {});
  })();
  await collect();
  assert.equal(references[0].deref(), undefined);
});

test("what a caller gave with a load is held by nobody when that has ended or was left", async () => {
  const cache = createCache();
  const references = [];
  const ask = (end) => {
    const controller = new AbortController();
    const holder = { load: async () => 1 };
    references.push(new WeakRef(holder), new WeakRef(controller.signal));
    const { load } = holder;
    const caller = cache.getOrSet(`k${references.length}`, () => (holder.load === load ? end(load) : 2), { signal: controller.signal });
    return { caller, controller };
  };
  await (async () => {
    await ask((load) => load()).caller;
    const { caller, controller } = ask(() => new Promise(() => {}));
    controller.abort("bye");
    await caller.catch(() => {});
  })();
  await collect();
  assert.deepEqual(
    references.map((reference) => reference.deref()),
    references.map(() => undefined),
  );
});

test("listeners and subscribers that ended are held by nobody", async () => {
  const cache = createCache();
  const references = [];
  (() => {
    const listener = () => {};
    const subscriber = () => {};
    references.push(new WeakRef(listener), new WeakRef(subscriber));
    const stops = [cache.on("set", listener), cache.on("*", listener), cache.subscribe("a", subscriber)];
    cache.set("a", 1);
    stops.forEach((stop) => stop());
  })();
  await collect();
  assert.deepEqual(
    references.map((reference) => reference.deref()),
    [undefined, undefined],
  );
});

test("a cache that nobody holds any more goes with all its values, closed or not", async () => {
  const references = [];
  (() => {
    for (const closed of [false, true]) {
      const cache = createCache({ ttl: "1h", tti: "1h" });
      references.push(
        stored((value) => cache.set("a", value)),
        stored((value) => cache.namespace("n").partition("p").set("a", value)),
      );
      cache.on("*", () => {});
      cache.subscribe("a", () => {});
      cache.get("a");
      if (closed) {
        cache.close();
      }
    }
  })();
  await collect();
  assert.deepEqual(
    references.map((reference) => reference.deref()),
    references.map(() => undefined),
  );
});

test("memory is flat through many fillings and clearings", async () => {
  const cache = createCache({ maxEntries: 20_000, maxBytes: "64mb" });
  const marks = [];
  for (let cycle = 0; cycle < 24; cycle += 1) {
    for (let number = 0; number < 20_000; number += 1) {
      cache.set(["cycle", cycle % 3, number], { number }, { tags: [`t${number % 10}`] });
    }
    cache.invalidatePrefix(["cycle"]);
    cache.clear();
    await collect();
    const { external, heapUsed } = process.memoryUsage();
    marks.push(external + heapUsed);
  }
  const [early, late] = [marks[5], marks.at(-1)];
  assert.ok(late < early + (4 << 20), `${early} bytes, and then ${late}`);
});

test("caches that come and go leave no memory behind", async () => {
  const held = async () => {
    await collect();
    const { external, heapUsed } = process.memoryUsage();
    return external + heapUsed;
  };
  const round = () => {
    for (let number = 0; number < 300; number += 1) {
      const cache = createCache();
      cache.setMany(Array.from({ length: 50 }, (_, key) => [`k${key}`, { key }]));
      if (number % 2 === 0) {
        cache.close();
      }
    }
  };
  for (let times = 0; times < 3; times += 1) {
    round();
    await collect();
  }
  const before = await held();
  for (let times = 0; times < 10; times += 1) {
    round();
    await collect();
  }
  const after = await held();
  assert.ok(after < before + (4 << 20), `${before} bytes, and then ${after}`);
});

test("loads that come, fail and are left leave nothing behind", async () => {
  const cache = createCache({ maxEntries: 100, negativeTtl: "1s" });
  const storm = async () => {
    const callers = [];
    for (let number = 0; number < 5_000; number += 1) {
      const controller = new AbortController();
      const { signal } = controller;
      const load = [async () => number, () => Promise.reject(new Error("down")), () => new Promise(() => {}), () => undefined][number % 4];
      callers.push(cache.getOrSet(`k${number}`, load, { signal }).catch(() => {}));
      if (number % 4 === 2) {
        controller.abort();
      }
    }
    await Promise.all(callers);
    await collect();
    const { external, heapUsed } = process.memoryUsage();
    return external + heapUsed;
  };
  await storm();
  await storm();
  const before = await storm();
  for (let times = 0; times < 8; times += 1) {
    await storm();
  }
  const after = await storm();
  assert.ok(after < before + (4 << 20), `${before} bytes, and then ${after}`);
});
