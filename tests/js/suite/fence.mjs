// The fence: after a change of data returns, no later reader gets a value whose load began before it.

import { test, assert } from "../harness.mjs";
import { gated, made, settle } from "./support.mjs";

/** Every kind of change that concerns the key `a:1` with the tag `t`. */
const CHANGES = [
  ["invalidate", (cache) => cache.invalidate("a:1")],
  ["a soft invalidate", (cache) => cache.invalidate("a:1", { soft: true })],
  ["a raw prefix", (cache) => cache.invalidatePrefix("a")],
  ["a segment prefix", (cache) => cache.invalidatePrefix(["a"])],
  ["the empty prefix", (cache) => cache.invalidatePrefix("")],
  ["a soft prefix", (cache) => cache.invalidatePrefix("a:", { soft: true })],
  ["a tag", (cache) => cache.invalidateTag("t")],
  ["a soft tag", (cache) => cache.invalidateTag("t", { soft: true })],
  ["a list of tags", (cache) => cache.invalidateTag(["x", "t"])],
  ["a pattern", (cache) => cache.invalidateMatching("a:*")],
  ["a soft pattern", (cache) => cache.invalidateMatching("**", { soft: true })],
  ["a regular expression", (cache) => cache.invalidateMatching(/^a:/)],
  ["a predicate", (cache) => cache.invalidateWhere(() => false)],
  ["a soft predicate", (cache) => cache.invalidateWhere(() => true, { soft: true })],
  ["clear", (cache) => cache.clear()],
  ["delete", (cache) => cache.delete("a:1")],
  ["set", (cache) => cache.set("a:1", "newer")],
  ["setMany", (cache) => cache.setMany([["a:1", "newer"]])],
  ["a rejected set", (cache) => cache.set("a:1", "newer", { ttl: 0 })],
];

/** Changes that do not concern it. */
const OTHERS = [
  ["a dry run by key", (cache) => cache.invalidate("a:1", { dryRun: true })],
  ["a dry run by tag", (cache) => cache.invalidateTag("t", { dryRun: true })],
  ["a dry run by prefix", (cache) => cache.invalidatePrefix("", { dryRun: true })],
  ["a dry run by pattern", (cache) => cache.invalidateMatching("**", { dryRun: true })],
  ["a dry run by predicate", (cache) => cache.invalidateWhere(() => true, { dryRun: true })],
  ["another key", (cache) => cache.invalidate("a:10")],
  ["the prefix of another segment", (cache) => cache.invalidatePrefix(["a", 10])],
  ["another tag", (cache) => cache.invalidateTag("u")],
  ["another pattern", (cache) => cache.invalidateMatching("a:?0")],
  ["another expression", (cache) => cache.invalidateMatching(/^b/)],
  ["a set of another key", (cache) => cache.set("a", 1)],
  ["a delete of another key", (cache) => cache.delete("a")],
  ["a touch", (cache) => cache.touch("a:1")],
  ["another namespace", (cache) => cache.namespace("n").invalidatePrefix("")],
  ["another namespace's clear", (cache) => cache.namespace("n").clear()],
  ["another namespace's predicate", (cache) => cache.namespace("n").invalidateWhere(() => true)],
  ["another partition", (cache) => cache.partition("p").invalidate("a:1")],
  ["another partition's clear", (cache) => cache.partition("p").clear()],
  ["another partition's set", (cache) => cache.partition("p").set("a:1", 1)],
  ["a drop of somebody", (cache) => cache.drop("p")],
];

const EMPTY = [undefined, "newer"];

test("a load that any kind of change overtook answers who waits, and is never stored", async () => {
  for (const [name, change] of CHANGES) {
    const { cache } = made();
    const { load, runs } = gated();
    const waiting = cache.getOrSet("a:1", load, { tags: ["t"] });
    change(cache);
    runs[0].resolve("old");
    assert.equal(await waiting, "old", `${name}: who asked before gets the answer`);
    await settle();
    assert.ok(EMPTY.includes(cache.get("a:1")), `${name}: ${cache.get("a:1")} is there`);
    assert.equal(cache.getStale("a:1"), cache.get("a:1"), `${name}: not even as a stale one`);
    assert.equal(cache.stats().rejections, name === "a rejected set" ? 2 : 1, name);
  }
});

/** Every kind of change that takes `a:1` of the partition "p" away, from the cache or from its view of that partition. */
const TAKING = [
  ["invalidate", (cache) => cache.invalidate("a:1")],
  ["a raw prefix", (cache) => cache.invalidatePrefix("a:")],
  ["a segment prefix", (cache) => cache.invalidatePrefix(["a"])],
  ["the empty prefix", (cache) => cache.invalidatePrefix("")],
  ["a tag", (cache) => cache.invalidateTag("t")],
  ["a list of tags", (cache) => cache.invalidateTag(["x", "t"])],
  ["a pattern", (cache) => cache.invalidateMatching("a:*")],
  ["a regular expression", (cache) => cache.invalidateMatching(/^a:/)],
  ["a predicate", (cache) => cache.invalidateWhere(({ key, value, state }) => key === "a:1" && value === "old" && state === "stale")],
  ["clear", (cache) => cache.clear()],
  ["drop", (cache) => cache.drop("p")],
  ["delete", (_, view) => view.delete("a:1")],
  ["set", (_, view) => view.set("a:1", "newer")],
  ["setMany", (_, view) => view.setMany([["a:1", "newer"]])],
  ["a rejected set", (_, view) => view.set("a:1", "newer", { ttl: 0 })],
];

test("soft first, then hard takes what getStale could still give", async () => {
  const lives = [
    ["without a lifetime", {}, "0ms"],
    ["before its old deadline", { ttl: "1h" }, "59m"],
    ["past its window", { ttl: "1h", swr: "1m", staleIfError: "2m" }, "2m"],
    ["with an idle time", { ttl: "1h", tti: "10m" }, "9m"],
  ];
  for (const [life, policy, later] of lives) {
    for (const [name, change] of TAKING) {
      for (const asked of ["the cache", "the view"]) {
        const what = `${name}, ${life}, asked of ${asked}`;
        const { cache, clock } = made();
        const view = cache.partition("p");
        view.set("a:1", "old", { ...policy, tags: ["t"] });
        view.invalidate("a:1", { soft: true });
        await clock.advance(later);
        assert.deepEqual([view.entry("a:1"), view.getStale("a:1")], [undefined, "old"], what);
        const count = await change(asked === "the cache" ? cache : view, view);
        assert.ok(EMPTY.includes(view.getStale("a:1")), `${what}: ${view.getStale("a:1")} is there`);
        assert.ok(typeof count !== "number" || count === 0, `${what}: no reader could have been given it`);
        assert.equal(cache.stats().invalidations, 1, `${what}: the soft one alone counts`);
      }
    }
  }
});

test("who asks after a change joins no load that began before it", async () => {
  for (const [name, change] of CHANGES) {
    const { cache } = made();
    const { load, runs } = gated();
    const before = cache.getOrSet("a:1", load, { tags: ["t"] });
    change(cache);
    cache.delete("a:1");
    const after = cache.getOrSet("a:1", load, { tags: ["t"] });
    assert.equal(runs.length, 2, name);
    runs[1].resolve("new");
    assert.equal(await after, "new", name);
    runs[0].resolve("old");
    assert.equal(await before, "old", name);
    assert.equal(cache.get("a:1"), "new", name);
  }
});

test("the older of two loads ends last or first: the newer one's value stays", async () => {
  for (const order of [
    [0, 1],
    [1, 0],
  ]) {
    const { cache } = made();
    const { load, runs } = gated();
    const callers = [cache.getOrSet("a:1", load)];
    cache.invalidate("a:1");
    callers.push(cache.getOrSet("a:1", load));
    for (const number of order) {
      runs[number].resolve(`load ${number}`);
      await settle();
    }
    assert.deepEqual(await Promise.all(callers), ["load 0", "load 1"]);
    assert.equal(cache.get("a:1"), "load 1");
  }
});

test("a load that no change concerned is stored", async () => {
  for (const [name, change] of OTHERS) {
    const { cache } = made();
    const { load, runs } = gated();
    const waiting = cache.getOrSet("a:1", load, { tags: ["t"] });
    await change(cache);
    runs[0].resolve("value");
    assert.equal(await waiting, "value", name);
    assert.equal(cache.get("a:1"), "value", name);
    assert.equal(cache.stats().rejections, 0, name);
  }
});

test("a tag fences the loads whose finished value carries it, wherever the tag comes from", async () => {
  const ways = [
    ["of the call", {}, { tags: ["t"] }, undefined],
    ["of the cache", { tags: ["t"] }, {}, undefined],
    ["of a function", { tags: (value) => [value] }, {}, undefined],
    ["of the loader", {}, {}, "t"],
  ];
  for (const [name, options, policy, said] of ways) {
    const { cache } = made(options);
    const { load, runs } = gated();
    const waiting = cache.getOrSet("a", load, policy);
    cache.invalidateTag("t");
    if (said !== undefined) {
      runs[0].context.tags(said);
    }
    runs[0].resolve("t");
    assert.equal(await waiting, "t");
    assert.equal(cache.has("a"), false, name);
  }
});

test("after a tag was invalidated nobody joins a load that began before it, as its tags are not known yet", async () => {
  const { cache } = made();
  const { load, runs } = gated();
  const before = cache.getOrSet("a", load);
  cache.invalidateTag("any");
  const after = cache.getOrSet("a", load);
  assert.equal(runs.length, 2);
  runs.forEach((run, number) => run.resolve(number));
  assert.deepEqual(await Promise.all([before, after]), [0, 1]);
  assert.equal(cache.get("a"), 1);
});

test("an older load that nobody can join any more is fenced by every change as well", async () => {
  for (const [name, change] of CHANGES) {
    for (const fails of [false, true]) {
      const { cache } = made();
      const { load, runs } = gated();
      const older = cache.getOrSet("a:1", load, { tags: ["t"] });
      cache.invalidateTag("another");
      const newer = cache.getOrSet("a:1", load, { tags: ["t"] }).catch(() => "failed");
      assert.equal(runs.length, 2, name);
      if (fails) {
        runs[1].reject(new Error("down"));
        await newer;
      }
      change(cache);
      runs[0].resolve("old");
      assert.equal(await older, "old");
      runs[1].resolve("old, too");
      await newer;
      assert.ok(EMPTY.includes(cache.get("a:1")), `${name}: ${cache.get("a:1")} is there`);
    }
  }
});

test("a change of the root fences loads of its namespaces where it reaches them", async () => {
  const reaches = [
    ["invalidateTag", true, (cache) => cache.invalidateTag("t")],
    ["clear", true, (cache) => cache.clear()],
    ["invalidatePrefix", false, (cache) => cache.invalidatePrefix("")],
    ["invalidateWhere", false, (cache) => cache.invalidateWhere(() => true)],
    ["invalidate", false, (cache) => cache.invalidate("a")],
  ];
  for (const [name, reached, change] of reaches) {
    const { cache } = made();
    const space = cache.namespace("n");
    const { load, runs } = gated();
    const waiting = space.getOrSet("a", load, { tags: ["t"] });
    change(cache);
    runs[0].resolve(1);
    await waiting;
    assert.equal(space.has("a"), !reached, name);
  }
});

test("a change on the cache fences loads of every partition, on a view those of its own", async () => {
  for (const [name, change] of CHANGES.slice(0, 15)) {
    const { cache } = made();
    const { load, runs } = gated();
    const waiting = [cache.partition("p"), cache.partition("q"), cache].map((each) => each.getOrSet("a:1", load, { tags: ["t"] }));
    change(cache.partition("p"));
    runs.forEach((run) => run.resolve(1));
    await Promise.all(waiting);
    assert.deepEqual(
      [cache.partition("p"), cache.partition("q"), cache].map((each) => each.has("a:1")),
      [false, true, true],
      `${name} on a view`,
    );
    const again = [cache.partition("p"), cache.partition("q")].map((each) => each.getOrSet("a:1", load, { tags: ["t"], force: true }));
    change(cache);
    runs.slice(3).forEach((run) => run.resolve(2));
    await Promise.all(again);
    assert.ok(
      [cache.partition("p"), cache.partition("q")].every((each) => each.get("a:1") !== 2),
      `${name} on the cache`,
    );
  }
});

test("a refresh behind the callers' backs is fenced like any load", async () => {
  for (const [name, change] of CHANGES) {
    const { cache, clock } = made({ ttl: "1m", swr: "1h", tags: ["t"] });
    cache.set("a:1", "first");
    await clock.advance("1m");
    const { load, runs } = gated();
    assert.equal(await cache.getOrSet("a:1", load), "first");
    change(cache);
    runs[0].resolve("old");
    await settle();
    assert.ok(EMPTY.includes(cache.get("a:1")), `${name}: ${cache.get("a:1")} is there`);
  }
});

test("an old value that was invalidated meanwhile does not answer for a load that fails", async () => {
  const { cache, clock } = made({ ttl: "1m", staleIfError: "1h" });
  cache.set("a", 1);
  await clock.advance("1m");
  const { load, runs } = gated();
  const waiting = cache.getOrSet("a", load);
  cache.invalidate("a");
  const mine = new Error("down");
  runs[0].reject(mine);
  await assert.rejects(waiting, mine);
});

test("a change in the same turn as the answer of a load is not overtaken by it", async () => {
  const { cache } = made();
  const { load, runs } = gated();
  const waiting = cache.getOrSet("a", load);
  runs[0].resolve("old");
  cache.invalidate("a");
  assert.equal(await waiting, "old");
  await settle();
  assert.equal(cache.has("a"), false, "the change came before the value was stored");
});

test("a hundred loads of one key, each begun after a change: only the last is stored", async () => {
  const { cache } = made();
  const { load, runs } = gated();
  const callers = [];
  for (let number = 0; number < 100; number += 1) {
    callers.push(cache.getOrSet("a", load));
    if (number < 99) {
      cache.invalidate("a");
    }
  }
  assert.equal(runs.length, 100);
  for (let number = 99; number >= 0; number -= 1) {
    runs[(number * 37) % 100].resolve((number * 37) % 100);
    await undefined;
  }
  const answers = await Promise.all(callers);
  assert.deepEqual(
    answers,
    answers.map((_, number) => number),
  );
  assert.equal(cache.get("a"), 99);
});

test("all orders of two loads and a change keep the promise", async () => {
  const steps = ["begin 0", "begin 1", "change", "end 0", "end 1"];
  const orders = (left) =>
    left.length === 0 ? [[]] : left.flatMap((step, at) => orders(left.filter((_, other) => other !== at)).map((rest) => [step, ...rest]));
  const legal = (order) => [0, 1].every((number) => order.indexOf(`begin ${number}`) < order.indexOf(`end ${number}`));
  for (const [name, change] of CHANGES.slice(0, 16).filter(([each]) => each !== "a predicate")) {
    for (const order of orders(steps).filter(legal)) {
      const { cache } = made();
      const { load, runs } = gated();
      const runOf = {};
      const callers = [];
      for (const step of order) {
        const [what, number] = step.split(" ");
        if (what === "begin") {
          const joined = runs.length;
          callers.push(cache.getOrSet("a:1", load, { tags: ["t"] }));
          runOf[number] = runs.length > joined ? runs.at(-1) : null;
        } else if (what === "end") {
          // Who joined the other's load, or found its value, began none.
          runOf[number]?.resolve({ began: order.indexOf(`begin ${number}`) });
        } else {
          change(cache);
        }
        await settle();
      }
      for (const run of runs) {
        run.resolve({ began: Infinity });
      }
      await Promise.all(callers);
      const found = cache.get("a:1");
      assert.ok(found === undefined || found.began > order.indexOf("change"), `${name}: ${order.join(", ")}`);
    }
  }
});
