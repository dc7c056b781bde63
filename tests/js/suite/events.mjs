// Events and subscriptions: who is told what and when, and that listeners do nobody harm.

import { test, assert } from "../harness.mjs";
import { createCache } from "fetchwell";
import { deferred, listening, made, settle } from "./support.mjs";

test("events come in the order in which things happened", async () => {
  const { cache, clock } = made({ ttl: "1m" });
  const told = listening(cache);
  cache.get("a");
  cache.set("a", 1);
  cache.get("a");
  cache.getStale("a");
  assert.deepEqual(told.take(), ["miss a cold", "set a", "hit a", "hit a"]);
  cache.set("a", 2);
  assert.deepEqual(told.take(), ["remove a replaced", "set a"]);
  cache.set("a", 3, { ttl: 0 });
  assert.deepEqual(told.take(), ["remove a replaced", "reject a ttl-0"]);
  cache.set("a", 4, { weight: 2 ** 31 });
  assert.deepEqual(told.take(), ["reject a too-large"]);
  cache.set("a", 5);
  await clock.advance("1m");
  cache.get("a");
  assert.deepEqual(told.take(), ["set a", "remove a expired", "miss a expired"]);
  cache.set("a", 6);
  cache.delete("a");
  assert.deepEqual(told.take(), ["set a", "remove a invalidated", 'invalidate key "a" 1']);
  cache.peek("a");
  cache.has("a");
  cache.entry("a");
  cache.touch("a");
  cache.invalidate("a", { dryRun: true });
  assert.deepEqual([...cache.keys(), ...told.take()], []);
});

test("an invalidation tells how it was said, and how many went, even when nothing was held", () => {
  const { cache } = made();
  const told = listening(cache);
  const lines = () => told.take().filter((line) => line.startsWith("invalidate"));
  cache.invalidate(["a", 1]);
  cache.invalidatePrefix("a");
  cache.invalidateTag("t");
  cache.invalidateMatching("a*");
  cache.invalidate("b", { soft: true });
  assert.deepEqual(lines(), [
    'invalidate key "a:1" 0',
    'invalidate prefix "a" 0',
    'invalidate tag "t" 0',
    'invalidate match "a*" 0',
    'invalidate key "b" 0',
  ]);
  cache.set("a:1", 1, { tags: ["t"] }).set("a:2", 1, { tags: ["t"] });
  lines();
  cache.invalidateTag("t", { dryRun: true });
  assert.deepEqual(lines(), [], "a dry run is no event");
  cache.invalidateTag("t", { soft: true });
  assert.deepEqual(lines(), ['invalidate tag "t" 2']);
  cache.set("a:1", 1);
  const where = [];
  cache.on("invalidate", ({ by, what, count }) => where.push([by, typeof what, count]));
  cache.invalidateWhere(() => true);
  cache.invalidateMatching(/x/);
  cache.invalidateTag(["t", "u"]);
  assert.deepEqual(where.slice(0, 2), [
    ["where", "string", 1],
    ["match", "string", 0],
  ]);
  assert.ok(where.slice(2).every(([by, what]) => by === "tag" && what === "string") && where.length > 2);
});

test("what invalidate events tell adds up to the counter, whatever took the entries", async () => {
  const { cache, clock } = made({ ttl: "1h", tags: ["t"] });
  const view = cache.partition("p");
  const space = cache.namespace("n");
  let sum = 0;
  const counts = [];
  cache.on("invalidate", ({ count }) => {
    sum += count;
    counts.push(count);
  });
  const changes = [
    ["delete", 1, () => cache.delete("a:1")],
    ["delete of nothing", 0, () => cache.delete("none")],
    ["delete in a partition", 1, () => view.delete("a:1")],
    ["delete in a namespace", 1, () => space.delete("a:1")],
    ["delete of what was softened", 0, () => cache.delete("soft")],
    ["delete of what is dead", 0, () => cache.delete("brief")],
    ["invalidate", 2, () => cache.invalidate("a:1")],
    ["a soft one", 2, () => cache.invalidate("a:1", { soft: true })],
    ["a prefix", 3, () => cache.invalidatePrefix(["a"])],
    ["a tag", 4, () => cache.invalidateTag("t")],
    ["a pattern", 2, () => cache.invalidateMatching("*:1")],
    ["an expression", 3, () => cache.invalidateMatching(/a/)],
    ["a predicate", 3, () => cache.invalidateWhere(() => true)],
    ["clear", 4, () => cache.clear()],
    ["drop", 1, () => cache.drop("p")],
  ];
  for (const [name, count, change] of changes) {
    cache.clear({ resetStats: true });
    cache.set("a:1", 1).set("a:2", 1).set("soft", 1).set("brief", 1, { ttl: "1s" });
    view.set("a:1", 1);
    space.set("a:1", 1);
    cache.invalidate("soft", { soft: true });
    await clock.advance("1s");
    [sum, counts.length] = [1, 0];
    await change();
    assert.deepEqual([counts, cache.stats().invalidations], [[count], sum], name);
    assert.equal(sum, 1 + count, name);
  }
  for (const change of [() => cache.set("a:1", 2), () => cache.set("a:1", 2, { ttl: 0 }), () => cache.invalidatePrefix("", { dryRun: true })]) {
    const { invalidations } = cache.stats();
    counts.length = 0;
    change();
    assert.deepEqual([counts, cache.stats().invalidations], [[], invalidations], "no invalidation, no event");
  }
});

test("a drop is told with the name of the partition", async () => {
  const { cache } = made();
  cache.partition("ada").set("a", 1);
  const told = listening(cache);
  await cache.drop("ada");
  assert.deepEqual(told.take().sort(), ['invalidate partition "ada" 1', "remove a invalidated"]);
});

test("every entry that an invalidation or clear takes is told by its key", () => {
  const { cache } = made();
  const removed = [];
  cache.on("remove", ({ key, cause }) => removed.push(`${key} ${cause}`));
  const keys = Array.from({ length: 100 }, (_, number) => `k${number}`);
  const right = keys.map((key) => `${key} invalidated`).sort();
  for (const act of [() => cache.invalidatePrefix("k"), () => cache.clear(), () => cache.invalidateWhere(() => true)]) {
    cache.setMany(keys.map((key) => [key, 1]));
    act();
    assert.deepEqual(removed.splice(0).sort(), right);
  }
});

test("a set tells how many bytes, a hit whether it was stale", async () => {
  const { cache, clock } = made({ ttl: "1s", swr: "1m" });
  const told = [];
  cache.on("*", (event) => told.push(event));
  cache.set("a", 1, { weight: 500 });
  assert.ok(told[0].bytes >= 500 && told[0].key === "a" && told[0].type === "set");
  cache.get("a");
  await clock.advance("1s");
  cache.getStale("a");
  assert.deepEqual(
    told.slice(1).map(({ type, key, stale }) => [type, key, stale]),
    [
      ["hit", "a", false],
      ["hit", "a", true],
    ],
  );
});

test("a listener hears its event and no other, a listener of * hears all", () => {
  const cache = createCache();
  const heard = { set: 0, get: 0, all: 0 };
  cache.on("set", (event) => {
    heard.set += 1;
    assert.deepEqual(
      Object.keys(event)
        .filter((name) => name !== "type")
        .sort(),
      ["bytes", "key"],
    );
  });
  cache.on("miss", () => (heard.get += 1));
  cache.on("*", () => (heard.all += 1));
  cache.set("a", 1);
  cache.get("b");
  cache.get("a");
  assert.deepEqual(heard, { set: 1, get: 1, all: 3 });
});

test("the same function listening twice hears twice, and each is ended alone", () => {
  const cache = createCache();
  let heard = 0;
  const listener = () => (heard += 1);
  const [one, other] = [cache.on("set", listener), cache.on("set", listener)];
  cache.set("a", 1);
  assert.equal(heard, 2);
  one();
  cache.set("a", 1);
  assert.equal(heard, 3);
  one();
  one();
  cache.set("a", 1);
  assert.equal(heard, 4, "ending twice ends no other");
  other();
  cache.set("a", 1);
  assert.equal(heard, 4);
});

test("the change is complete when listeners hear of it, and they hear before the call returns", () => {
  const cache = createCache();
  const seen = [];
  cache.on("*", ({ type }) => seen.push([type, cache.peek("a"), cache.size]));
  cache.set("a", 1);
  assert.deepEqual(seen.splice(0), [["set", 1, 1]]);
  cache.set("a", 2);
  assert.deepEqual(seen.splice(0), [
    ["remove", 2, 1],
    ["set", 2, 1],
  ]);
  cache.set("b", 1);
  seen.length = 0;
  cache.invalidatePrefix("");
  assert.ok(seen.length === 3 && seen.every(([, value, size]) => value === undefined && size === 0));
});

test("a listener that throws hurts neither the caller nor the other listeners, and is told as an error", () => {
  const cache = createCache();
  const mine = new Error("mine");
  const heard = [];
  cache.on("set", () => heard.push("before"));
  cache.on("set", () => {
    throw mine;
  });
  cache.on("set", () => heard.push("after"));
  const errors = [];
  cache.on("error", ({ error, phase }) => errors.push([error, phase]));
  assert.equal(cache.set("a", 1), cache);
  assert.deepEqual(heard, ["before", "after"]);
  assert.deepEqual(
    errors.map(([error]) => error),
    [mine],
  );
  assert.equal(typeof errors[0][1], "string");
  assert.equal(cache.get("a"), 1);
});

test("a listener of errors that throws ends there", () => {
  const cache = createCache();
  let heard = 0;
  cache.on("error", () => {
    heard += 1;
    throw new Error("again");
  });
  cache.on("set", () => {
    throw new Error("first");
  });
  cache.set("a", 1);
  assert.ok(heard >= 1 && heard < 5, String(heard));
  assert.equal(cache.get("a"), 1);
});

test("an asynchronous listener that rejects is nobody's unhandled rejection", async () => {
  const cache = createCache();
  cache.on("set", async () => {
    throw new Error("later");
  });
  cache.subscribe("a", () => Promise.reject(new Error("later, too")));
  cache.set("a", 1);
  await settle();
  assert.equal(cache.get("a"), 1);
});

test("what a listener causes is counted and told to no listener of that cache", () => {
  const [cache, other] = [createCache(), createCache()];
  let heard = 0;
  cache.on("*", () => {
    heard += 1;
    cache.set(`derived${heard}`, 1);
    other.set("beside", 1);
  });
  const [told, elsewhere] = [listening(cache), listening(other)];
  cache.set("a", 1);
  assert.deepEqual([heard, cache.size, cache.stats().sets], [1, 2, 2]);
  assert.deepEqual(told.take(), ["set a"]);
  assert.deepEqual(elsewhere.take(), ["set beside"], "another cache tells its own");
  cache.set("b", 1);
  assert.equal(heard, 2, "the next one is told again");
});

test("a listener that comes or goes while others are told disturbs nobody", () => {
  const cache = createCache();
  const heard = [];
  const stops = [];
  stops.push(
    cache.on("set", () => {
      heard.push("first");
      stops[1]();
      cache.on("set", () => heard.push("new"));
    }),
  );
  stops.push(cache.on("set", () => heard.push("second")));
  cache.on("set", () => heard.push("third"));
  cache.set("a", 1);
  assert.deepEqual(
    heard.filter((name) => name === "third"),
    ["third"],
  );
  assert.equal(heard.includes("second"), false, "ended is ended");
  heard.length = 0;
  stops[0]();
  cache.set("a", 1);
  assert.deepEqual(heard, ["third", "new"]);
});

test("what is no event and no function is refused", () => {
  const cache = createCache();
  for (const wrong of ["sett", "", "toString", "__proto__", undefined, null, 7, Symbol("s")]) {
    assert.throws(() => cache.on(wrong, () => {}), { name: "FetchwellError" });
  }
  assert.match(assert.throws(() => cache.on("mis", () => {})).message, /miss/);
  for (const wrong of [undefined, null, "f", {}, 7]) {
    assert.throws(() => cache.on("set", wrong), { name: "FetchwellError" });
    assert.throws(() => cache.subscribe("a", wrong), { name: "FetchwellError" });
  }
});

test("a subscription is told whenever what get answers may have changed", async () => {
  const { cache, clock } = made({ ttl: "1m", maxEntries: 50, tags: ["t"] });
  let told = 0;
  const stop = cache.subscribe(["a", 1], () => (told += 1));
  const put = () => cache.set("a:1", 1);
  const changes = [
    ["stored", put],
    ["replaced", put],
    ["deleted", () => cache.delete("a:1")],
    ["stored", put],
    ["invalidated", () => cache.invalidate("a:1")],
    ["stored", put],
    ["softened", () => cache.invalidate("a:1", { soft: true })],
    ["stored", put],
    ["by its tag", () => cache.invalidateTag("t")],
    ["stored", put],
    ["by a prefix", () => cache.invalidatePrefix("a")],
    ["stored", put],
    ["by a pattern", () => cache.invalidateMatching("a:*")],
    ["stored", put],
    ["by a predicate", () => cache.invalidateWhere(() => true)],
    ["stored", put],
    ["by a rejected value", () => cache.set("a:1", 2, { ttl: 0 })],
    ["stored", put],
    ["cleared", () => cache.clear()],
    ["stored many", () => cache.setMany([["a:1", 1]])],
    [
      "expired when noticed",
      async () => {
        await clock.advance("1m");
        assert.equal(cache.get("a:1"), undefined);
      },
    ],
    ["stored", put],
    ["evicted", () => cache.setMany(Array.from({ length: 1_000 }, (_, number) => [`k${number}`, 1]))],
    ["loaded", () => cache.getOrSet("a:1", () => 2)],
    ["loaded anew", () => cache.getOrSet("a:1", () => 3, { force: true })],
    [
      "restored",
      () => {
        const bytes = cache.snapshot({ prefix: "a:1" });
        cache.delete("a:1");
        told = 0;
        cache.restore(bytes);
      },
    ],
  ];
  for (const [name, change] of changes) {
    told = 0;
    await change();
    assert.ok(told >= 1, name);
  }
  told = 0;
  cache.get("a:1");
  cache.peek("a:1");
  cache.touch("a:1");
  cache.set("a:10", 1);
  cache.set("a", 1);
  cache.namespace("n").set("a:1", 1);
  cache.partition("p").set("a:1", 1);
  cache.invalidate("a:1", { dryRun: true });
  assert.equal(told, 0, "reads, other keys, other places");
  stop();
  stop();
  cache.delete("a:1");
  assert.equal(told, 0);
});

test("a subscriber sees the change that it is told of", async () => {
  const cache = createCache();
  const seen = [];
  cache.subscribe("a", () => seen.push(cache.peek("a")));
  cache.set("a", 1);
  cache.set("a", 2);
  cache.delete("a");
  await cache.getOrSet("a", () => 3);
  assert.deepEqual(seen, [1, 2, undefined, 3]);
});

test("subscribers are told of what listeners cause", () => {
  const cache = createCache();
  let told = 0;
  cache.on("set", ({ key }) => {
    if (key === "a") {
      cache.set("derived", 1);
    }
  });
  cache.subscribe("derived", () => (told += 1));
  cache.set("a", 1);
  assert.equal(told, 1);
});

test("a subscriber who changes what it subscribed to is called until it is content", () => {
  const cache = createCache();
  cache.subscribe("a", () => {
    const value = cache.peek("a");
    if (value < 20) {
      cache.set("a", value + 1);
    }
  });
  cache.set("a", 0);
  assert.equal(cache.get("a"), 20);
});

test("a subscriber who is never content brings nothing down", () => {
  const cache = createCache();
  let calls = 0;
  cache.subscribe("a", () => {
    calls += 1;
    if (calls < 1_000_000) {
      cache.set("a", calls);
    }
  });
  cache.set("a", 0);
  assert.ok(calls >= 1);
  cache.set("b", 1);
  assert.equal(cache.get("b"), 1);
});

test("a subscriber who ends and subscribes anew each time it is told brings nothing down either, and that is said", () => {
  const cache = createCache();
  const errors = [];
  cache.on("error", ({ error }) => errors.push(error.code));
  let calls = 0;
  const come = () => {
    const end = cache.subscribe("a", () => {
      calls += 1;
      end();
      come();
      if (calls < 100_000) cache.set("a", calls);
    });
  };
  come();
  cache.set("a", 0);
  assert.ok(calls < 1_000, `${calls} calls`);
  assert.deepEqual(errors, ["callback-loop"]);
});

test("a subscriber that throws hurts nobody, and the others are told", () => {
  const cache = createCache();
  let told = 0;
  cache.subscribe("a", () => {
    throw new Error("mine");
  });
  cache.subscribe("a", () => (told += 1));
  const errors = [];
  cache.on("error", ({ error }) => errors.push(error.message));
  assert.equal(cache.set("a", 1), cache);
  assert.deepEqual([told, cache.get("a"), errors], [1, 1, ["mine"]]);
});

test("a thousand subscriptions that come and go leave the others as they are", () => {
  const cache = createCache();
  const told = new Map();
  const stops = [];
  for (let number = 0; number < 1_000; number += 1) {
    stops.push(cache.subscribe(`k${number % 100}`, () => told.set(number, (told.get(number) ?? 0) + 1)));
  }
  stops.forEach((stop, number) => number % 3 === 0 && stop());
  for (let number = 0; number < 100; number += 1) {
    cache.set(`k${number}`, 1);
  }
  for (let number = 0; number < 1_000; number += 1) {
    assert.equal(told.get(number), number % 3 === 0 ? undefined : 1, String(number));
  }
});

test("a refresh behind a caller's back is told with how it ended and how long it took", async () => {
  const { cache, clock } = made({ ttl: "1m", swr: "1h" });
  cache.set("a", 1);
  await clock.advance("1m");
  const told = listening(cache);
  const { promise, resolve } = deferred();
  assert.equal(await cache.getOrSet("a", () => promise), 1);
  await clock.advance("20ms");
  resolve(2);
  await settle();
  assert.deepEqual(told.take(), ["stale hit a", "remove a replaced", "set a", "refresh a ok 20"]);
  await clock.advance("1m");
  assert.equal(await cache.getOrSet("a", () => Promise.reject(new Error("down"))), 2);
  await settle();
  assert.deepEqual(
    told.take().filter((line) => line.startsWith("refresh")),
    ["refresh a failed 0"],
  );
});

test("listeners may be added to a namespace and to a view as to the cache", () => {
  const cache = createCache();
  const heard = [];
  cache.namespace("n").on("set", ({ key }) => heard.push(`n ${key}`));
  cache.partition("p").on("set", ({ key }) => heard.push(`p ${key}`));
  cache.set("a", 1);
  cache.namespace("n").set("b", 1);
  cache.partition("p").set("c", 1);
  assert.deepEqual(heard.sort(), ["n b", "p a", "p b", "p c"]);
});

test("a subscription is told when a value ceases to be fresh, though its window keeps it", async () => {
  const { cache, clock } = made({ ttl: "1m", swr: "10m" });
  cache.set("a", 1);
  let told = 0;
  cache.subscribe("a", () => (told += 1));
  await clock.advance("2m");
  assert.equal(cache.get("a"), undefined);
  assert.equal(told, 1);
  assert.equal(cache.get("a"), undefined);
  assert.equal(told, 1, "once is enough");
});

test("a removal with ten thousand subscriptions costs no walk over them", () => {
  const { cache } = made({ maxEntries: 10 });
  let told = 0;
  for (let number = 0; number < 10_000; number += 1) {
    cache.subscribe(`watched ${number}`, () => (told += 1));
  }
  for (let number = 0; number < 5_000; number += 1) {
    cache.set(`other ${number}`, 1);
  }
  assert.equal(told, 0);
  cache.set("watched 7", 1);
  assert.equal(told, 1);
});

test("many that are stored together are told of when all are there", () => {
  const { cache } = made();
  const sizes = [];
  cache.on("set", () => sizes.push(cache.size));
  cache.setMany([
    ["a", 1],
    ["b", 2],
    ["c", 3],
  ]);
  assert.deepEqual(sizes, [3, 3, 3]);
});

test("a subscription is told when a snapshot replaces its value", async () => {
  const { cache, clock } = made();
  const other = createCache({ clock });
  other.set("a", "older");
  await clock.advance(1_000);
  cache.set("a", "newer");
  let told = 0;
  other.subscribe("a", () => (told += 1));
  assert.equal(other.restore(cache.snapshot()), 1);
  assert.equal(other.get("a"), "newer");
  assert.ok(told >= 1);
});
