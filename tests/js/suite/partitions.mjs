// Partitions: one user sees and touches nothing of another, and what concerns everybody reaches everybody.

import { test, assert } from "../harness.mjs";
import { FetchwellError, createCache } from "fetchwell";
import { attempt, listed, listening, made } from "./support.mjs";

function three(options) {
  const world = made({ tags: ["t"], ...options });
  const { cache } = world;
  const [ada, bob] = [cache.partition("ada"), cache.partition("bob")];
  const fill = () => {
    cache.set("me", "everybody");
    ada.set("me", "ada");
    bob.set("me", "bob");
  };
  fill();
  return { ...world, ada, bob, fill };
}

test("each partition sees its own values and no others", async () => {
  const { cache, ada, bob } = three();
  assert.deepEqual(
    [cache, ada, bob].map((each) => each.get("me")),
    ["everybody", "ada", "bob"],
  );
  assert.equal(cache.partition("ada").peek("me"), "ada", "the same name, the same partition");
  ada.set("hers", 1);
  for (const each of [cache, bob]) {
    assert.equal(each.get("hers"), undefined);
    assert.equal(each.getStale("hers"), undefined);
    assert.equal(each.peek("hers"), undefined);
    assert.equal(each.has("hers"), false);
    assert.equal(each.entry("hers"), undefined);
    assert.equal(each.touch("hers"), false);
    assert.equal(each.delete("hers"), false);
    assert.equal(each.getMany(["hers"]).size, 0);
    assert.equal(listed(each).includes("hers"), false);
    assert.equal(
      [...each.entries()].some(({ key }) => key === "hers"),
      false,
    );
  }
  assert.equal(await bob.getOrSet("hers", () => "his own"), "his own");
  assert.equal(ada.get("hers"), 1);
});

test("a view's size and bytes are its own, those of the cache are the whole", () => {
  const { cache, ada, bob } = three();
  ada.set("more", "x".repeat(1_000));
  assert.deepEqual([cache.size, ada.size, bob.size], [4, 2, 1]);
  assert.ok(ada.bytes >= 1_000 && bob.bytes < 1_000 && cache.bytes > ada.bytes + bob.bytes);
  assert.equal(cache.partition("nobody").size, 0);
  assert.equal(cache.partition("nobody").bytes, 0);
});

test("delete is of the current partition, every invalidation of the cache reaches all, of a view only that one", () => {
  const { cache, ada, bob, fill } = three();
  const holds = () => [cache, ada, bob].map((each) => each.has("me"));
  assert.equal(ada.delete("me"), true);
  assert.deepEqual(holds(), [true, false, true]);
  fill();
  assert.equal(cache.delete("me"), true);
  assert.deepEqual(holds(), [false, true, true]);
  const ways = [
    [(each) => each.invalidate("me"), true],
    [(each) => each.invalidatePrefix("m"), 3],
    [(each) => each.invalidatePrefix(["me"]), 3],
    [(each) => each.invalidatePrefix(""), 3],
    [(each) => each.invalidateTag("t"), 3],
    [(each) => each.invalidateMatching("m?"), 3],
    [(each) => each.invalidateMatching(/me/), 3],
    [(each) => each.invalidateWhere(() => true), 3],
    [(each) => each.clear(), undefined],
  ];
  for (const [number, [act, whole]] of ways.entries()) {
    fill();
    assert.equal(act(ada), whole === 3 ? 1 : whole, `way ${number} on a view`);
    assert.deepEqual(holds(), [true, false, true], `way ${number} on a view`);
    fill();
    assert.equal(act(cache), whole, `way ${number} on the cache`);
    assert.deepEqual(holds(), [false, false, false], `way ${number} on the cache`);
  }
});

test("no text of a key reaches into another partition", () => {
  const cuts = [
    ["a", "b:c"],
    ["a:b", "c"],
    ["a", ""],
    ["a\0", "b"],
    ["a", "\0b"],
    ["1", "a"],
    ["a/../b", "c"],
    ["b", "c"],
    ["A", "b"],
    ["é", "b"],
    ["e\u0301", "b"],
  ];
  const cache = createCache();
  for (const [who, key] of cuts) {
    cache.partition(who).set(key, `${who}|${key}`);
    cache.set(`${who}${key}`, "everybody's");
  }
  for (const [who, key] of cuts) {
    assert.equal(cache.partition(who).get(key), `${who}|${key}`);
    const right = cuts
      .filter(([other]) => other === who)
      .map(([, own]) => own)
      .sort();
    assert.deepEqual(listed(cache.partition(who)), right);
  }
});

test("drop removes all of a partition in every namespace when it is called, before its promise settles", async () => {
  const { cache, ada, bob } = three();
  const bugs = cache.namespace("bugs");
  bugs.partition("ada").set("a", 1);
  bugs.set("a", 1);
  const dropped = cache.drop("ada");
  assert.deepEqual([ada.has("me"), ada.size, bugs.partition("ada").size, cache.size], [false, 0, 0, 3]);
  assert.equal(await dropped, 2);
  assert.deepEqual([bob.get("me"), cache.get("me"), bugs.get("a")], ["bob", "everybody", 1]);
  assert.equal(await cache.drop("ada"), 0);
  assert.equal(await cache.drop("never seen"), 0);
});

test("drop of a namespace takes what that namespace holds for somebody", async () => {
  const cache = createCache();
  const bugs = cache.namespace("bugs");
  cache.partition("ada").set("a", 1);
  bugs.partition("ada").set("a", 1);
  assert.equal(await bugs.drop("ada"), 1);
  assert.deepEqual([bugs.partition("ada").size, cache.partition("ada").size], [0, 1]);
});

test("drop by credential takes no named partition", async () => {
  const { cache } = three();
  assert.equal(await cache.drop({ credential: "ada" }), 0);
  assert.equal(await cache.drop({ credentials: "all" }), 0);
  assert.equal(cache.size, 3);
});

test("a drop by credential is told as the invalidation of a partition, without the credential itself", async () => {
  const { cache } = three();
  const told = [];
  cache.on("invalidate", (event) => told.push(event));
  await cache.drop({ credential: "Bearer secret" });
  await cache.drop({ credentials: "all" });
  assert.deepEqual(
    told.map(({ by, count }) => [by, count]),
    [
      ["partition", 0],
      ["partition", 0],
    ],
  );
  assert.ok(!JSON.stringify(told).includes("secret"));
});

test("what is nobody to drop is refused, and everything stays", async () => {
  const { cache } = three();
  for (const wrong of [undefined, null, 7, {}, { credential: 7 }, { credentials: "some" }, { partition: "ada" }, ["ada"], Symbol("s")]) {
    const error = await assert.rejects(attempt(() => cache.drop(wrong)));
    assert.ok(error instanceof FetchwellError, String(error));
  }
  assert.equal(cache.size, 3);
});

test("what is no name of a partition is refused", () => {
  const cache = createCache();
  for (const wrong of [undefined, null, 7, {}, ["a"], Symbol("s"), () => "a"]) {
    assert.throws(() => cache.partition(wrong), { name: "FetchwellError" });
  }
});

test("a load in flight for somebody who is dropped is not stored, and reaches its caller", async () => {
  const { cache, ada } = three();
  let finish;
  const loading = ada.getOrSet("inbox", () => new Promise((resolve) => (finish = resolve)));
  await cache.drop("ada");
  finish("three letters");
  assert.equal(await loading, "three letters");
  assert.deepEqual([ada.has("inbox"), cache.stats().rejections], [false, 1]);
});

test("the partition option says at each call who is asking", () => {
  let who = "ada";
  const cache = createCache({ partition: () => who });
  cache.set("me", "Ada");
  who = "bob";
  assert.equal(cache.get("me"), undefined);
  cache.set("me", "Bob");
  assert.deepEqual([cache.size, listed(cache)], [2, ["me"]]);
  assert.equal(cache.partition("ada").get("me"), "Ada", "a view is bound to its own");
  who = "ada";
  assert.equal(cache.get("me"), "Ada");
  assert.equal(cache.namespace("n").set("x", 1).get("x"), 1);
  who = "bob";
  assert.equal(cache.namespace("n").get("x"), undefined);
  assert.equal(cache.invalidate("me"), true);
  assert.deepEqual([cache.partition("ada").has("me"), cache.partition("bob").has("me")], [false, false], "a change concerns everybody");
});

test("the partition is taken when a request begins, and holds for what is stored at its end", async () => {
  let who = "ada";
  const cache = createCache({ partition: () => who });
  let finish;
  const loading = cache.getOrSet("me", () => new Promise((resolve) => (finish = resolve)));
  who = "bob";
  finish("Ada");
  assert.equal(await loading, "Ada");
  assert.equal(cache.get("me"), undefined);
  assert.equal(cache.partition("ada").get("me"), "Ada");
});

test("two who ask for the same key at once in two partitions load twice", async () => {
  const { cache, ada, bob } = three();
  let loads = 0;
  const load = () => {
    loads += 1;
    return Promise.resolve(loads);
  };
  const answers = await Promise.all([ada, bob, ada, cache, bob].map((each) => each.getOrSet("x", load)));
  assert.equal(loads, 3);
  assert.deepEqual([answers[0] === answers[2], answers[1] === answers[4]], [true, true]);
  assert.equal(new Set(answers).size, 3);
});

test("a partition function that gives no text is refused, and what it throws reaches the caller untouched", () => {
  let give = () => "ada";
  const cache = createCache({ partition: () => give() });
  cache.set("a", 1);
  for (const wrong of [undefined, null, 7, {}, ["ada"], "\ud800"]) {
    give = () => wrong;
    assert.throws(() => cache.set("a", 2), { name: "FetchwellError", field: "partition" });
    assert.throws(() => cache.get("a"), { name: "FetchwellError", field: "partition" });
  }
  const mine = { signedOut: true };
  give = () => {
    throw mine;
  };
  assert.equal(
    assert.throws(() => cache.set("a", 2)),
    mine,
  );
  assert.equal(
    assert.throws(() => cache.get("a")),
    mine,
  );
  give = () => "ada";
  assert.equal(cache.get("a"), 1);
});

test("a view's statistics, metrics and events are the cache's", () => {
  const { cache, ada, bob } = three({ name: "api" });
  const told = listening(ada);
  bob.get("me");
  cache.get("none");
  assert.deepEqual(told.take(), ["hit me", "miss none cold"]);
  assert.deepEqual([ada.stats().hits, ada.stats().sets, ada.stats().entries], [1, 3, 3]);
  assert.equal(ada.metrics(), cache.metrics());
  ada.resetStats();
  assert.equal(cache.stats().hits, 0);
});

test("a namespace of a view is in that partition, a partition of a namespace is in that namespace", () => {
  const cache = createCache();
  const one = cache.partition("ada").namespace("bugs");
  one.set("a", 1);
  const bugs = cache.namespace("bugs");
  assert.deepEqual([bugs.get("a"), bugs.partition("bob").get("a"), bugs.partition("ada").get("a")], [undefined, undefined, 1]);
});

test("a subscription on a view is of that partition", () => {
  const { cache, ada, bob } = three();
  let told = 0;
  ada.subscribe("me", () => (told += 1));
  bob.set("me", 2);
  cache.set("me", 2);
  assert.equal(told, 0);
  ada.set("me", 2);
  assert.equal(told, 1);
  cache.invalidate("me");
  assert.ok(told >= 2);
  const before = told;
  bob.set("me", 3);
  bob.invalidate("me");
  cache.delete("me");
  assert.equal(told, before, "what becomes of others' values is nothing that changed here");
});

test("ten thousand visitors come and go, and only what is held is remembered", () => {
  const cache = createCache({ maxEntries: 100, maxBytes: "1mb" });
  for (let visitor = 0; visitor < 10_000; visitor += 1) {
    const view = cache.partition(`visitor ${visitor}`);
    view.set("a", visitor);
    assert.equal(view.get("a"), visitor);
    assert.ok(cache.size <= 100 && cache.bytes <= 1 << 20);
  }
  cache.clear();
  assert.deepEqual([cache.size, cache.bytes], [0, 0]);
});

test("a view has no way to another's entries: not by a partition, by a drop, nor by a snapshot", async () => {
  const cache = createCache();
  const ada = cache.partition("ada");
  cache.partition("bob").set("a", "bob's");
  const bytes = cache.snapshot();
  assert.throws(() => ada.partition("bob"), { code: "invalid-option", field: "partition" });
  await assert.rejects(ada.drop("bob"), { code: "invalid-option", field: "who" });
  await assert.rejects(ada.drop({ credentials: "all" }), { code: "invalid-option", field: "who" });
  assert.equal(ada.partition("ada").get("a"), undefined, "its own name is no other");
  cache.clear();
  assert.equal(ada.restore(bytes), 0);
  assert.equal(cache.size, 0);
  assert.equal(cache.partition("bob").restore(bytes), 1);
  assert.equal(cache.partition("bob").get("a"), "bob's");
});
