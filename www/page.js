// The page: one cache, the forms that act on it, and the views that show what it holds and counts.

import { createCache } from "fetchwell";
import { byId, put } from "./dom.js";
import { Entries } from "./entries.js";
import { examples, tenMore } from "./examples.js";
import { Figures } from "./figures.js";
import { answer, bad, good, nothing, onSubmit, typedLength, typedTags, typedValue } from "./forms.js";
import { rehearse, WAYS } from "./invalidate.js";
import { ask } from "./load.js";
import { Log } from "./log.js";
import { keyName, many, REASONS, shown, size } from "./words.js";

// Narrow bounds, so that one can see what it is like when room runs out.
const bounds = { maxEntries: 24, maxBytes: 64 << 10, maxEntryBytes: 4 << 10 };
const cache = createCache({ name: "page", ttl: "30s", ...bounds });

const entries = new Entries(cache, bounds, {
  get: (key) => answer(byId("entries"), read("get", key)),
  remove: (key) => answer(byId("entries"), read("delete", key)),
});
const figures = new Figures(cache);
const log = new Log(cache);

// Drawing: when something happens, and else ten times a second while something moves. A hidden page gets no frames and so sets no timers.

let asked = false;
let timer;

function draw() {
  asked = false;
  clearTimeout(timer);
  const moves = entries.draw();
  figures.draw();
  log.draw();
  timer = setTimeout(drawSoon, moves ? 100 : 1_000);
}

function drawSoon() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(draw);
}

cache.on("*", drawSoon);

// Storing.

function store(key, value, policy) {
  entries.expect(key, policy.swr);
  cache.set(key, value, policy);
}

/** What the cache tells while something is done. */
function heard(act) {
  const events = [];
  const stop = cache.on("*", (event) => events.push(event));
  try {
    return { result: act(), events };
  } finally {
    stop();
  }
}

onSubmit(byId("store"), ({ key, value, ttl, swr, tags }) => {
  const policy = { ttl: typedLength(ttl.value), swr: typedLength(swr.value), tags: typedTags(tags.value) };
  const { events } = heard(() => store(key.value, typedValue(value.value), policy));
  const rejected = events.find(({ type }) => type === "reject");
  if (rejected !== undefined) return bad(`Not stored: ${rejected.reason}. What was there is gone as well.`);
  const { bytes } = events.find(({ type }) => type === "set");
  const evicted = events.filter(({ cause }) => cause === "evicted").map((event) => keyName(event.key));
  const room = evicted.length === 0 ? "" : ` ${evicted.join(", ")} had to make room.`;
  return good(`Stored ${keyName(key.value)}: ${size(bytes)}.${room}`);
});

// Reading.

function read(method, key) {
  const { result, events } = heard(() => cache[method](key));
  const name = keyName(key);
  if (method === "touch") return result ? good(`${name} lives anew.`) : nothing(`${name} is not fresh: nothing to touch.`);
  if (method === "delete") return result ? good(`${name} is deleted.`) : nothing(`${name} was not there.`);
  const { reason, stale } = events.find(({ type }) => type === "hit" || type === "miss");
  if (reason !== undefined) return nothing(`Miss, ${reason}: ${REASONS[reason]}.`);
  return good(`${stale ? "Stale hit" : "Hit"}: ${shown(result)}`);
}

onSubmit(byId("read"), ({ key }, method) => read(method || "get", key.value));

// Invalidating.

const invalidate = byId("invalidate");

function explain() {
  const { label, hint } = WAYS[invalidate.elements.by.value];
  put(byId("invalidate-label"), label);
  put(byId("invalidate-hint"), hint);
}

invalidate.addEventListener("input", () => {
  explain();
  entries.mark([], "");
  answer(invalidate, "");
  drawSoon();
});
explain();

onSubmit(invalidate, ({ by, what, soft }, button) => {
  const way = WAYS[by.value];
  if (button === "invalidate") {
    const count = way.run(cache, what.value, { soft: soft.checked });
    entries.mark([], "");
    const done = soft.checked ? "made stale" : "invalidated";
    return count > 0 ? good(`${many(count, "entry", "entries")} ${done}.`) : nothing(`Nothing to be ${done}.`);
  }
  const count = way.run(cache, what.value, { soft: soft.checked, dryRun: true });
  entries.mark(rehearse(cache, way, what.value), soft.checked ? "turns stale" : "would go");
  drawSoon();
  const held = [...cache.keys()].length;
  const where = count > 0 ? ": marked in the list" : "";
  return `${count} of ${many(held, "entry", "entries")} would ${soft.checked ? "turn stale" : "go"}${where}.`;
});

// Loading.

onSubmit(byId("load"), async ({ key, callers, takes, ttl, swr, fails }) => {
  const policy = { ttl: typedLength(ttl.value), swr: typedLength(swr.value) };
  entries.expect(key.value, policy.swr);
  answer(byId("load"), `${many(Number(callers.value), "caller")} asked at once.`);
  return ask(cache, {
    key: key.value,
    callers: Number(callers.value),
    takesMs: 1_000 * Number(takes.value),
    fails: fails.checked,
    policy,
  });
});

// All together.

byId("examples").addEventListener("click", () => examples(cache, store));
byId("more").addEventListener("click", () => tenMore(store));
byId("clear").addEventListener("click", () => cache.clear());
byId("reset").addEventListener("click", () => {
  cache.resetStats();
  drawSoon();
});

examples(cache, store);
