// Callers who leave: each with its own reason, harming nobody; and a load that nobody waits for any more.

import { test, assert } from "../harness.mjs";
import { createCache } from "fetchwell";
import { attempt, gated, made, random, settle } from "./support.mjs";

test("a caller who leaves harms nobody, and is given its own reason", async () => {
  for (let leaver = 0; leaver < 3; leaver += 1) {
    const cache = createCache();
    const { load, runs } = gated();
    const controllers = [0, 1, 2].map(() => new AbortController());
    const callers = controllers.map(({ signal }) => cache.getOrSet("a", load, { signal }));
    const reason = { the: `reason of ${leaver}` };
    controllers[leaver].abort(reason);
    assert.equal(await callers[leaver].catch((error) => error), reason);
    assert.equal(runs[0].context.signal.aborted, false, "the others still wait");
    runs[0].resolve("value");
    const answers = await Promise.all(callers.filter((_, number) => number !== leaver));
    assert.deepEqual(answers, ["value", "value"]);
    assert.equal(cache.get("a"), "value");
  }
});

test("an abort without a reason rejects with the signal's own, an AbortError", async () => {
  const cache = createCache();
  const { load } = gated();
  const controller = new AbortController();
  const caller = cache.getOrSet("a", load, { signal: controller.signal });
  controller.abort();
  const error = await assert.rejects(caller);
  assert.equal(error, controller.signal.reason);
  assert.equal(error.name, "AbortError");
});

test("the load is aborted when the last caller leaves, and not before; its answer, should one come, is not stored", async () => {
  const { cache } = made();
  const { load, runs } = gated();
  const controllers = Array.from({ length: 5 }, () => new AbortController());
  const callers = controllers.map(({ signal }) => cache.getOrSet("a", load, { signal }));
  for (const [number, controller] of controllers.entries()) {
    assert.equal(runs[0].context.signal.aborted, false, `${number} have left`);
    controller.abort(number);
    assert.equal(await callers[number].catch((reason) => reason), number);
  }
  assert.equal(runs[0].context.signal.aborted, true);
  runs[0].resolve("too late");
  await settle();
  assert.deepEqual([cache.size, cache.stats().sets], [0, 0]);
  const again = gated();
  const next = cache.getOrSet("a", again.load);
  again.runs[0].resolve("new");
  assert.equal(await next, "new", "the next caller loads, and joins nothing that was left");
});

test("a caller without a signal keeps the load going whoever else leaves", async () => {
  const cache = createCache();
  const { load, runs } = gated();
  const controller = new AbortController();
  const leaves = cache.getOrSet("a", load, { signal: controller.signal });
  const stays = cache.getOrSet("a", load);
  controller.abort("bye");
  assert.equal(await leaves.catch((reason) => reason), "bye");
  assert.equal(runs[0].context.signal.aborted, false);
  runs[0].resolve(1);
  assert.equal(await stays, 1);
});

test("a caller who has left already begins nothing, joins nothing and gets its reason", async () => {
  const { cache } = made();
  const { load, runs } = gated();
  const gone = AbortSignal.abort("gone");
  assert.equal(await attempt(() => cache.getOrSet("a", load, { signal: gone })).catch((reason) => reason), "gone");
  assert.deepEqual([runs.length, cache.stats().loads], [0, 0]);
  const caller = cache.getOrSet("a", load);
  assert.equal(await attempt(() => cache.getOrSet("a", load, { signal: gone })).catch((reason) => reason), "gone");
  assert.equal(runs[0].context.signal.aborted, false);
  runs[0].resolve(1);
  assert.equal(await caller, 1);
});

test("an abort after the answer changes nothing, and no listener stays on the signal", async () => {
  const cache = createCache();
  let listeners = 0;
  const controller = new AbortController();
  const { signal } = controller;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args) => {
    listeners += 1;
    return addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args) => {
    listeners -= 1;
    return removeEventListener.apply(signal, args);
  };
  for (let round = 0; round < 20; round += 1) {
    assert.equal(await cache.getOrSet(`k${round}`, async () => round, { signal }), round);
    await assert.rejects(cache.getOrSet(`bad${round}`, () => Promise.reject(new Error("down")), { signal }));
  }
  await settle();
  assert.equal(listeners, 0);
  controller.abort();
  assert.equal(await cache.getOrSet("k3", () => "again"), 3);
});

test("groups of callers of which any leave at any time: who stays is answered, who leaves gets its own reason", async () => {
  const chance = random(77);
  for (let round = 0; round < 150; round += 1) {
    const { cache } = made();
    const { load, runs } = gated();
    const count = 1 + Math.floor(chance() * 6);
    const people = Array.from({ length: count }, (_, number) => {
      const controller = new AbortController();
      return { number, controller, leaves: Math.floor(chance() * 4), promise: null };
    });
    const fails = chance() < 0.3;
    const mine = new Error("down");
    for (const person of people) {
      const { signal } = person.controller;
      person.promise = cache.getOrSet("a", load, { signal }).then(
        (value) => ({ value }),
        (reason) => ({ reason }),
      );
    }
    for (let phase = 0; phase < 3; phase += 1) {
      for (const person of people) {
        if (person.leaves === phase) {
          person.controller.abort(`reason ${person.number}`);
        }
      }
      await settle();
    }
    if (fails) {
      runs[0].reject(mine);
    } else {
      runs[0].resolve("value");
    }
    await settle();
    const everybodyLeft = people.every(({ leaves }) => leaves < 3);
    for (const person of people) {
      const { value, reason } = await person.promise;
      if (person.leaves < 3) {
        assert.equal(reason, `reason ${person.number}`);
      } else if (fails) {
        assert.equal(reason, mine);
      } else {
        assert.equal(value, "value");
      }
    }
    assert.equal(runs.length, 1);
    assert.equal(cache.has("a"), !fails && !everybodyLeft, `round ${round}`);
  }
});

test("a loaded value whose last caller leaves while its lifetime is asked for is not stored", async () => {
  const { cache } = made();
  for (const rule of ["ttl", "tags", "weight"]) {
    const controller = new AbortController();
    const give = { ttl: 5_000, tags: ["t"], weight: 5 }[rule];
    const leaves = () => {
      controller.abort("bye");
      return give;
    };
    const answer = await cache.getOrSet("a", async () => 1, { signal: controller.signal, [rule]: leaves }).catch((reason) => reason);
    assert.equal(answer, "bye", rule);
    await settle();
    assert.deepEqual([cache.has("a"), cache.stats().sets], [false, 0], rule);
  }
});

test("a load that never ends holds up only those who wait for it", async () => {
  const { cache, clock } = made();
  const controller = new AbortController();
  const stuck = cache.getOrSet("a", () => new Promise(() => {}), { signal: controller.signal });
  await clock.advance("1h");
  assert.equal(cache.get("a"), undefined);
  cache.set("a", "set meanwhile");
  assert.equal(await cache.getOrSet("a", () => "no"), "set meanwhile");
  controller.abort("enough");
  assert.equal(await stuck.catch((reason) => reason), "enough");
});
