import assert from "node:assert/strict";
import { test } from "node:test";
import { refuses } from "./expect.mjs";
import { leaves } from "./leaves.mjs";

const { events } = await leaves("events");
const hub = () => new events.Hub();
const hit = (key = "a") => ({ type: "hit", key, stale: false });
const miss = (key = "a") => ({ type: "miss", key, reason: "cold" });
const settled = () => new Promise((resolve) => setImmediate(resolve));

test("listeners hear what they listen to, in the order in which they came", () => {
  const all = hub();
  const heard = [];
  all.on("hit", undefined, (event) => heard.push(["1", event.type]));
  all.on("*", undefined, (event) => heard.push(["2", event.type]));
  all.on("hit", undefined, (event) => heard.push(["3", event.type]));
  all.emit(0, hit());
  all.emit(0, miss());
  assert.deepEqual(heard, [["1", "hit"], ["2", "hit"], ["3", "hit"], ["2", "miss"]]);
});

test("a listener of a namespace hears of that one, and one of all hears of all", () => {
  const all = hub();
  const heard = [];
  all.on("*", 1, (event) => heard.push(`one ${event.key}`));
  all.on("*", undefined, (event) => heard.push(`all ${event.key}`));
  all.emit(1, hit("a"));
  all.emit(2, hit("b"));
  assert.deepEqual(heard, ["one a", "all a", "all b"]);
});

test("the hub knows whether anybody listens or has subscribed, and ends may be said twice", () => {
  const all = hub();
  assert.deepEqual([all.listening, all.subscribed], [false, false]);
  const same = () => {};
  const [end, endToo, leave, leaveToo] = [all.on("hit", 0, same), all.on("hit", 0, same), all.subscribe(0, "a", same), all.subscribe(0, "a", same)];
  end();
  end();
  leave();
  leave();
  assert.deepEqual([all.listening, all.subscribed], [true, true]);
  endToo();
  leaveToo();
  assert.deepEqual([all.listening, all.subscribed], [false, false]);
});

test("a name that is no event is refused with the nearest right one, and so is what is no function", () => {
  refuses(() => hub().on("hits", undefined, () => {}), "invalid-option", "event", '"hits"', 'did you mean "hit"?');
  refuses(() => hub().on("anything", undefined, () => {}), "invalid-option", "event", "hit, miss");
  for (const name of [undefined, null, 7, Symbol("hit"), {}, "__proto__", ""]) refuses(() => hub().on(name, undefined, () => {}), "invalid-option", "event");
  for (const fn of [undefined, null, "x", {}]) {
    refuses(() => hub().on("hit", undefined, fn), "invalid-option", "fn");
    refuses(() => hub().subscribe(0, "a", fn), "invalid-option", "fn");
  }
});

test("a listener that throws hurts nobody, and the others are told", () => {
  const all = hub();
  const mine = new Error("mine");
  const heard = [];
  all.on("*", undefined, () => { throw mine; });
  all.on("*", undefined, (event) => heard.push(event));
  all.on("error", 7, () => heard.push("of another namespace"));
  all.emit(0, hit());
  assert.deepEqual(heard, [hit(), { type: "error", error: mine, phase: "listener" }]);
});

test("listeners that fail at hearing of failures do so quietly", async () => {
  const all = hub();
  let calls = 0;
  all.on("*", undefined, () => { calls++; throw new Error("1"); });
  all.on("error", undefined, () => { calls++; throw new Error("2"); });
  all.on("error", undefined, async () => { calls++; throw new Error("3"); });
  all.emit(0, { type: "error", error: "x", phase: "load" });
  await settled();
  assert.ok(calls >= 3 && calls < 12, String(calls));
});

test("a listener whose promise rejects is told like one that throws, and nothing is left unhandled", async () => {
  const all = hub();
  const mine = new Error("mine");
  const heard = [];
  all.on("hit", undefined, async () => { throw mine; });
  all.on("hit", undefined, () => ({ then: (_, no) => no("thenable") }));
  all.on("error", undefined, (event) => heard.push(event));
  all.emit(0, hit());
  await settled();
  assert.deepEqual(heard, [{ type: "error", error: mine, phase: "listener" }, { type: "error", error: "thenable", phase: "listener" }]);
});

test("what a listener causes is told to no listener, but subscriptions run", () => {
  const all = hub();
  const heard = [];
  all.subscribe(0, "a", () => heard.push("changed"));
  all.on("*", undefined, (event) => {
    heard.push(event.type);
    all.emit(0, miss());
    all.changed(0, "a");
  });
  all.emit(0, hit());
  all.emit(0, hit());
  assert.deepEqual(heard, ["hit", "changed", "hit", "changed"]);
});

test("one who ends hears no more, even of what is being told, and one who comes hears of the next", () => {
  const all = hub();
  const heard = [];
  const end = [];
  all.on("hit", undefined, () => {
    heard.push(1);
    end[0]();
    if (heard.length === 1) all.on("hit", undefined, () => heard.push(3));
  });
  end.push(all.on("hit", undefined, () => heard.push(2)));
  all.emit(0, hit());
  assert.deepEqual(heard, [1]);
  all.emit(0, hit());
  assert.deepEqual(heard, [1, 1, 3]);
});

test("no listener can change what another hears", () => {
  const all = hub();
  const heard = [];
  all.on("hit", undefined, (event) => { event.key = "changed"; });
  all.on("hit", undefined, (event) => heard.push(event.key));
  all.on("error", undefined, (event) => heard.push(event.error.name));
  all.emit(0, hit());
  assert.deepEqual(heard, ["a", "TypeError"]);
});

test("a subscription is told of its key in its namespace and of no other", () => {
  const all = hub();
  const heard = [];
  all.subscribe(0, "a", () => heard.push("0 a"));
  all.subscribe(0, "a", () => heard.push("0 a too"));
  all.subscribe(1, "a", () => heard.push("1 a"));
  all.subscribe(0, "__proto__", () => heard.push("0 __proto__"));
  for (const [namespace, key] of [[0, "a"], [0, "b"], [1, "a"], [2, "a"], [0, "__proto__"], [1, "constructor"]]) all.changed(namespace, key);
  assert.deepEqual(heard, ["0 a", "0 a too", "1 a", "0 __proto__"]);
});

test("a callback that changes the cache is done before the next one is called", () => {
  const all = hub();
  const heard = [];
  all.subscribe(0, "a", () => { heard.push("a begins"); all.changed(0, "b"); heard.push("a ends"); });
  all.subscribe(0, "b", () => heard.push("b"));
  all.changed(0, "a");
  assert.deepEqual(heard, ["a begins", "a ends", "b"]);
});

test("a callback that answers each change with another is stopped, and that is said", () => {
  const all = hub();
  const [errors, calls] = [[], { a: 0, b: 0, c: 0 }];
  all.on("error", undefined, (event) => errors.push([event.phase, event.error.code]));
  all.subscribe(0, "a", () => { calls.a++; all.changed(0, "a"); all.changed(0, "c"); });
  all.subscribe(0, "b", () => { calls.b++; });
  all.subscribe(0, "c", () => { calls.c++; });
  all.changed(0, "a");
  assert.deepEqual([calls, errors], [{ a: 100, b: 0, c: 100 }, [["subscribe", "callback-loop"]]]);
  all.changed(0, "b");
  all.changed(0, "a"); // another change, another chance
  assert.deepEqual([calls.a, calls.b, errors.length], [200, 1, 2]);
});

test("a callback that ends itself and comes anew each time is stopped as well", () => {
  const all = hub();
  const errors = [];
  let calls = 0;
  all.on("error", undefined, (event) => errors.push([event.phase, event.error.code]));
  const come = () => {
    const end = all.subscribe(0, "a", () => { calls++; end(); come(); if (calls < 10_000) all.changed(0, "a"); });
  };
  come();
  all.changed(0, "a");
  assert.deepEqual([calls, errors], [100, [["subscribe", "callback-loop"]]]);
  all.changed(0, "a"); // another change, another chance
  assert.equal(calls, 200);
});

test("a callback that throws or rejects hurts nobody, and listeners are told", async () => {
  const all = hub();
  const heard = [];
  all.on("error", undefined, (event) => heard.push([event.phase, event.error]));
  all.subscribe(0, "a", () => { throw "thrown"; });
  all.subscribe(0, "a", async () => { throw "rejected"; });
  all.subscribe(0, "a", () => heard.push("called"));
  all.changed(0, "a");
  await settled();
  assert.deepEqual(heard, [["subscribe", "thrown"], "called", ["subscribe", "rejected"]]);
});

test("a subscription that ends while its key is told is not called", () => {
  const all = hub();
  const heard = [];
  const end = [];
  all.subscribe(0, "a", () => { heard.push(1); end[0](); });
  end.push(all.subscribe(0, "a", () => heard.push(2)));
  all.changed(0, "a");
  assert.deepEqual(heard, [1]);
});

test("a closed hub tells nobody, even when it is closed while it tells", () => {
  const all = hub();
  const heard = [];
  all.on("hit", undefined, () => { heard.push(1); all.close(); });
  all.on("hit", undefined, () => heard.push(2));
  const leave = all.subscribe(0, "a", () => heard.push(3));
  all.emit(0, hit());
  all.changed(0, "a");
  leave();
  assert.deepEqual([heard, all.listening, all.subscribed], [[1], false, false]);
});
