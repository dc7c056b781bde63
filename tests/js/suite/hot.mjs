// Keys that are asked for again and again. However they are answered, every change must be seen by the next reader, and counted.

import { test, assert } from "../harness.mjs";
import { createCache, manualClock } from "fetchwell";

const KEYS = Array.from({ length: 40 }, (_, number) => `GET https://api.example.com/products/${number}/details`);

/** A cache in which all of these were asked for often, and are there. */
function hot(options) {
  const clock = manualClock(1_700_000_000_000);
  const cache = createCache({ clock, ttl: "1h", ...options });
  for (const key of KEYS) cache.set(key, `old ${key}`);
  ask(cache, 5);
  return { cache, clock };
}

function ask(cache, times) {
  for (let time = 0; time < times; time += 1) for (const key of KEYS) cache.get(key);
}

test("a hot key answers with its own value, whether the text is the same one or put together anew", () => {
  const { cache } = hot();
  for (let time = 0; time < 3; time += 1) {
    KEYS.forEach((key, number) => {
      assert.equal(cache.get(key), `old ${key}`);
      assert.equal(cache.get(`GET https://api.example.com/products/${number}/` + "details"), `old ${key}`);
    });
  }
});

test("keys of any length and letters are told apart, however hot", () => {
  const { cache } = hot();
  const keys = ["", "a", "b", "ab", "ba", "ä", "日本", "😀", "\0", "a".repeat(300), `${"a".repeat(299)}b`, ...Array.from({ length: 300 }, (_, n) => `${n}`)];
  for (const key of keys) cache.set(key, `value of ${key}`);
  for (let time = 0; time < 6; time += 1) for (const key of keys) assert.equal(cache.get(key), `value of ${key}`);
});

for (const [what, change, answer] of [
  ["set", (cache, key) => cache.set(key, "new"), "new"],
  ["setMany", (cache, key) => cache.setMany([[key, "new"]]), "new"],
  ["a set that is rejected", (cache, key) => cache.set(key, "new", { ttl: 0 }), undefined],
  ["delete", (cache, key) => cache.delete(key), undefined],
  ["invalidate", (cache, key) => cache.invalidate(key), undefined],
  ["a soft invalidation", (cache, key) => cache.invalidate(key, { soft: true }), undefined],
  ["invalidatePrefix", (cache) => cache.invalidatePrefix("GET "), undefined],
  ["a soft prefix", (cache) => cache.invalidatePrefix("GET ", { soft: true }), undefined],
  ["a glob", (cache) => cache.invalidateMatching("GET **/details"), undefined],
  ["a soft expression", (cache) => cache.invalidateMatching(/details/, { soft: true }), undefined],
  ["invalidateWhere", (cache) => cache.invalidateWhere(() => true), undefined],
  ["a soft predicate", (cache) => cache.invalidateWhere(() => true, { soft: true }), undefined],
  ["clear", (cache) => cache.clear(), undefined],
  ["touch with nothing left", (cache, key) => cache.touch(key, 0), undefined],
  ["close", (cache) => cache.close(), undefined],
]) {
  test(`the reader after ${what} sees it, however hot the key`, () => {
    for (const key of [KEYS[0], KEYS[17]]) {
      const { cache } = hot();
      change(cache, key);
      assert.equal(cache.get(key), answer);
      assert.equal(cache.get(key), answer);
    }
  });
}

test("a tag reaches hot keys", () => {
  const { cache } = hot({ tags: ["book"] });
  assert.equal(cache.invalidateTag("book"), KEYS.length);
  for (const key of KEYS) assert.equal(cache.get(key), undefined);
});

test("a hot key expires exactly at its deadline, and a longer life is seen", async () => {
  const { cache, clock } = hot();
  await clock.advance(3_599_999);
  assert.equal(cache.get(KEYS[3]), `old ${KEYS[3]}`);
  cache.touch(KEYS[4], "1h");
  await clock.advance(1);
  assert.equal(cache.get(KEYS[3]), undefined);
  assert.equal(cache.get(KEYS[4]), `old ${KEYS[4]}`);
});

test("being asked for keeps a hot key with an idle time alive, and only that", async () => {
  const { cache, clock } = hot({ tti: "1m" });
  for (let minute = 0; minute < 5; minute += 1) {
    await clock.advance("50s");
    assert.equal(cache.get(KEYS[1]), `old ${KEYS[1]}`);
  }
  assert.equal(cache.get(KEYS[2]), undefined);
});

test("a clock that falls lengthens no hot key's life", () => {
  let now = 1_000_000;
  const cache = createCache({ clock: { now: () => now }, ttl: 1_000 });
  cache.set("a", 1);
  for (let time = 0; time < 5; time += 1) cache.get("a");
  now = 1_000_500;
  assert.equal(cache.get("a"), 1);
  now = 500_000;
  assert.equal(cache.get("a"), 1);
  now = 500_499;
  assert.equal(cache.get("a"), 1);
  now = 500_500;
  assert.equal(cache.get("a"), undefined);
  now = 1_000_999;
  assert.equal(cache.get("a"), undefined);
});

test("nor does one that falls after the end was seen by somebody else", () => {
  let now = 1_000_000;
  const cache = createCache({ clock: { now: () => now }, ttl: 1_000 });
  cache.set("a", 1);
  for (let time = 0; time < 5; time += 1) cache.get("a");
  now = 1_001_100;
  cache.set("b", 2);
  now = 500_000;
  assert.equal(cache.get("a"), undefined);
  assert.equal(cache.get("b"), 2);
});

test("whatever dies is told, also right after hot keys were asked for", () => {
  let now = 1_000_000;
  const cache = createCache({ clock: { now: () => now } });
  for (let number = 0; number < 50; number += 1) cache.set(`brief ${number}`, number, { ttl: "1m" });
  for (const key of KEYS) cache.set(key, key);
  ask(cache, 3);
  const gone = [];
  cache.on("remove", ({ key }) => gone.push(key));
  now += 61_000;
  for (let number = 0; number < 100; number += 1) cache.set("another", number);
  assert.equal(gone.filter((key) => key.startsWith("brief")).length, 50);
});

test("every hit on a hot key is counted, with what it saved, in its namespace and in its time", async () => {
  const { cache, clock } = hot();
  const shelf = cache.namespace("shelf");
  for (const key of KEYS) shelf.set(key, "12345678");
  cache.resetStats();
  shelf.resetStats();
  ask(cache, 10);
  ask(shelf, 7);
  ask(cache, 1);
  await clock.advance("2m");
  ask(shelf, 3);
  assert.deepEqual([cache.stats().hits, shelf.stats().hits], [21 * KEYS.length, 10 * KEYS.length]);
  assert.equal(shelf.stats().bytesSaved, 10 * KEYS.length * 8);
  assert.equal(shelf.stats().windows["1m"].hits, 3 * KEYS.length);
  assert.equal(shelf.stats().windows["5m"].hits, 10 * KEYS.length);
  assert.equal(cache.stats().misses, 0);
});

test("hot keys of namespaces and partitions are nobody else's", () => {
  const { cache } = hot();
  const [shelf, ada] = [cache.namespace("shelf"), cache.partition("ada")];
  for (let time = 0; time < 5; time += 1) {
    assert.equal(shelf.get(KEYS[0]), undefined);
    assert.equal(ada.get(KEYS[0]), undefined);
  }
  shelf.set(KEYS[0], "of the shelf");
  ada.set(KEYS[0], "of ada");
  for (let time = 0; time < 5; time += 1) {
    assert.deepEqual([cache, shelf, ada].map((each) => each.get(KEYS[0])), [`old ${KEYS[0]}`, "of the shelf", "of ada"]);
  }
});

test("a listener hears of every hit on a hot key, from its first moment on", () => {
  const { cache } = hot();
  const heard = [];
  const end = cache.on("hit", ({ key }) => heard.push(key));
  ask(cache, 2);
  end();
  ask(cache, 1);
  assert.equal(heard.length, 2 * KEYS.length);
});

test("a hot key that has to make room is gone", () => {
  const { cache } = hot({ maxEntries: KEYS.length });
  for (let number = 0; number < 10_000; number += 1) cache.set(`new ${number}`, number);
  for (const key of KEYS) assert.equal(cache.get(key), cache.peek(key));
  assert.ok(KEYS.some((key) => cache.get(key) === undefined));
});

test("what is asked for often stays when room is needed", () => {
  const { cache } = hot({ maxEntries: 1_000 });
  for (let number = 0; number < 20_000; number += 1) {
    cache.set(`new ${number}`, number);
    if (number % 10 === 0) ask(cache, 1);
  }
  assert.ok(KEYS.filter((key) => cache.peek(key) !== undefined).length > KEYS.length * 0.9);
});

test("getOrSet answers for a hot key without a load, unless it is forced to", async () => {
  const { cache } = hot();
  const before = cache.stats().hits;
  for (let time = 0; time < 3; time += 1) assert.equal(await cache.getOrSet(KEYS[5], () => "loaded"), `old ${KEYS[5]}`);
  assert.equal(cache.stats().hits, before + 3);
  assert.equal(await cache.getOrSet(KEYS[5], () => "loaded", { force: true }), "loaded");
  assert.equal(cache.get(KEYS[5]), "loaded");
});

test("a snapshot put back is seen under hot keys, and what was newer stays", async () => {
  const { cache, clock } = hot();
  const bytes = cache.snapshot();
  await clock.advance("1m");
  cache.set(KEYS[0], "newer");
  cache.delete(KEYS[1]);
  ask(cache, 5);
  cache.restore(bytes);
  assert.deepEqual([cache.get(KEYS[0]), cache.get(KEYS[1])], ["newer", `old ${KEYS[1]}`]);
});

test("it makes no difference which ways of asking made a key hot, nor who listened meanwhile", () => {
  const ways = [
    (cache, key) => cache.get(key),
    (cache, key) => cache.getMany([key]),
    (cache, key) => cache.get([key]),
    (cache, key) => cache.getOrSet(key, () => "loaded"),
    (cache, key) => {
      const end = cache.on("hit", () => undefined);
      cache.get(key);
      end();
    },
  ];
  const changes = [
    (cache, key) => cache.delete(key),
    (cache) => cache.clear(),
    (cache, key) => cache.set(key, "new"),
    (cache, key) => cache.touch(key, 0),
    (cache, key) => cache.invalidate(key),
  ];
  for (const one of ways) {
    for (const other of ways) {
      for (const change of changes) {
        const cache = createCache({ clock: manualClock(0) });
        const keys = Array.from({ length: 30 }, (_, number) => `key ${number}`);
        for (const key of keys) cache.set(key, "old");
        for (const way of [one, one, other, one, other, other]) for (const key of keys) way(cache, key);
        for (const key of keys) {
          change(cache, key);
          assert.equal(cache.get(key), cache.peek(key));
          assert.ok(cache.get(key) !== "old");
        }
      }
    }
  }
});

test("a hit is credited to the entry that was asked for, also when others die at the same time", () => {
  let now = 1_000_000;
  const cache = createCache({ clock: { now: () => now } });
  for (let number = 0; number < 20; number += 1) cache.set(`still ${number}`, number);
  for (let number = 0; number < 20; number += 1) cache.set(`brief ${number}`, number, { ttl: 1_000 });
  cache.set("hot", 1);
  now += 2_000;
  const end = cache.on("remove", () => undefined);
  cache.get("hot");
  end();
  for (let time = 0; time < 5; time += 1) cache.get("hot");
  assert.ok(cache.entry("hot").hits > 0);
  for (let number = 0; number < 20; number += 1) assert.equal(cache.entry(`still ${number}`).hits, 0);
});

test("a clock that changes the cache when it is read gives nobody another key's value", () => {
  let meddle = false;
  const clock = {
    now: () => {
      if (meddle) {
        meddle = false;
        cache.delete("hot");
        for (let number = 0; number < 300; number += 1) cache.set(`other ${number}`, `other ${number}`).get(`other ${number}`);
      }
      return 1_000;
    },
  };
  const cache = createCache({ clock });
  for (let round = 0; round < 20; round += 1) {
    cache.set("hot", "right");
    for (let time = 0; time < 3; time += 1) cache.get("hot");
    meddle = true;
    assert.ok([undefined, "right"].includes(cache.get("hot")));
    meddle = false;
  }
});

test("a listener that comes inside a predicate hears what goes by it, and one that left hears nothing later", () => {
  const cache = createCache({ clock: manualClock(0) });
  const heard = [];
  let end;
  for (let number = 0; number < 10; number += 1) cache.set(`a ${number}`, number);
  cache.invalidateWhere(() => {
    end ??= cache.on("remove", ({ key }) => heard.push(key));
    return true;
  });
  assert.equal(heard.length, 10);
  for (let number = 0; number < 10; number += 1) cache.set(`b ${number}`, number);
  cache.invalidateWhere(() => {
    end();
    return true;
  });
  cache.on("remove", ({ key }) => heard.push(key));
  cache.set("c", 1);
  assert.equal(heard.length, 10);
});

test("a short life begins when the value is stored, however long the turn has lasted", () => {
  const cache = createCache();
  for (let number = 0; number < 20; number += 1) cache.set(`early ${number}`, number);
  const until = Date.now() + 500;
  while (Date.now() < until);
  // Long enough for a machine that does other things between these two lines.
  cache.set("brief", 1, { ttl: 450 });
  assert.equal(cache.get("brief"), 1);
});
