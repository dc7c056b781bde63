// The list of entries: one row for each key, with what is left of its life. What goes stays for a moment, so that one can see why.

import { createCache, manualClock } from "fetchwell";
import { byId, make, mark, put } from "./dom.js";
import { keyName, many, shown, size, span } from "./words.js";

/** books:2 before books:10. */
const ORDER = new Intl.Collator("en", { numeric: true, caseFirst: "upper" });

/** How long a row stays when its entry has gone. */
const REMAINS_MS = 6_000;

export class Entries {
  #cache;
  #bounds;
  #on;
  #rows = new Map();
  /** Why entries went, as far as the cache has told. */
  #causes = new Map();
  /** How often each has answered since it was stored. What an entry itself says of that is rough: as much as eviction needs to know. */
  #hits = new Map();
  /** How long entries may be stale, in milliseconds: the one thing that an entry does not say of itself. */
  #windows = new Map();
  /** The same, as it was typed, for what is yet to be stored. */
  #expected = new Map();
  #marked = new Set();
  #fate = "";

  constructor(cache, bounds, on) {
    this.#cache = cache;
    this.#bounds = bounds;
    this.#on = on;
    cache.on("set", ({ key }) => {
      this.#causes.delete(key);
      this.#hits.delete(key);
      this.#windows.set(key, milliseconds(this.#expected.get(key) ?? 0));
    });
    cache.on("hit", ({ key }) => this.#hits.set(key, (this.#hits.get(key) ?? 0) + 1));
    cache.on("remove", ({ key, cause }) => this.#causes.set(key, cause));
  }

  /** What will be stored under a key may be stale for this long. */
  expect(key, swr) {
    this.#expected.set(key, swr);
  }

  /** Marks entries with a word for what would become of them. */
  mark(keys, fate) {
    this.#marked = new Set(keys);
    this.#fate = fate;
  }

  /** Draws the list as it is now. Is there anything that moves? */
  draw() {
    const held = new Map(Array.from(this.#cache.entries(), (entry) => [entry.key, entry]));
    for (const key of held.keys()) if (!this.#rows.has(key)) this.#insert(key);
    let moves = false;
    for (const [key, row] of this.#rows) {
      const entry = held.get(key);
      const marked = entry !== undefined && this.#marked.has(key);
      mark(row.element, "data-marked", marked);
      if (entry === undefined) this.#bury(key, row);
      else showEntry(row, entry, this.#hits.get(key) ?? 0, this.#windows.get(key) ?? 0, marked ? this.#fate : entry.state);
      moves ||= entry === undefined || entry.ttlMs !== Infinity;
    }
    byId("empty").hidden = this.#rows.size > 0;
    const { maxEntries, maxBytes } = this.#bounds;
    put(byId("room"), `${this.#cache.size} of ${maxEntries} entries, ${size(this.#cache.bytes)} of ${size(maxBytes)}`);
    return moves;
  }

  /** A row for a key, where the order of keys puts it: rows do not change places while one looks at them. */
  #insert(key) {
    const row = makeRow(key, this.#on);
    const next = [...this.#rows.keys()].filter((other) => ORDER.compare(other, key) > 0).sort(ORDER.compare)[0];
    byId("rows").insertBefore(row.element, next === undefined ? null : this.#rows.get(next).element);
    this.#rows.set(key, row);
  }

  #bury(key, row) {
    row.diedAt ??= performance.now();
    showDead(row, this.#causes.get(key));
    if (performance.now() - row.diedAt < REMAINS_MS) return;
    // Whoever is in that row with the keyboard must not fall out of the list.
    if (row.element.contains(document.activeElement)) byId("rows").focus({ preventScroll: true });
    row.element.remove();
    this.#rows.delete(key);
    this.#causes.delete(key);
    this.#windows.delete(key);
    this.#hits.delete(key);
    this.#marked.delete(key);
  }
}

/** How many milliseconds a duration is, as the cache itself reads it: what an entry with that life has left at once. */
function milliseconds(duration) {
  const scale = createCache({ clock: manualClock() });
  const left = scale.set("", 0, { ttl: duration }).entry("")?.ttlMs ?? 0;
  scale.close();
  return left;
}

function makeRow(key, on) {
  const parts = { value: make("span", "value"), tags: make("span", "tags"), state: make("span", "pill state") };
  for (const name of ["left", "hits", "bytes"]) parts[name] = make("span", `number ${name}`);
  const button = (word, act) => {
    const made = make("button", "", word);
    made.type = "button";
    mark(made, "aria-label", `${word} ${keyName(key)}`);
    made.addEventListener("click", () => act(key));
    return made;
  };
  const what = make("span", "what", make("b", "key", keyName(key)), parts.value);
  const life = make("span", "life", make("span", "rest"));
  const element = make("li", "", what, parts.left, parts.hits, parts.bytes, parts.state);
  parts.bytes.title = "what it counts for: value, key, tags and a fixed amount";
  parts.remove = button("delete", on.remove);
  parts.remove.className = "remove";
  element.append(button("get", on.get), parts.remove, life, parts.tags);
  element.dataset.key = key;
  return { ...parts, element, diedAt: undefined, expiresAt: 0 };
}

function showEntry(row, entry, hits, windowMs, word) {
  const { element } = row;
  const stale = entry.state === "stale";
  const whole = entry.expiresAt - entry.createdAt + windowMs;
  // ttlMs is negative once it is stale: it counts down the window then.
  const left = entry.ttlMs + windowMs;
  row.diedAt = undefined;
  row.expiresAt = entry.expiresAt;
  mark(element, "data-state", entry.state);
  mark(element, "--left", whole === Infinity ? 1 : Math.max(0, Math.min(1, left / whole)));
  mark(element, "--window", whole === Infinity ? 0 : windowMs / whole);
  put(row.value, shown(entry.value));
  put(row.tags, entry.tags.map((tag) => `#${tag}`).join(" "));
  put(row.left, span(Math.max(0, stale ? left : entry.ttlMs)));
  put(row.hits, many(hits, "hit"));
  put(row.bytes, size(entry.bytes));
  put(row.state, word);
}

function showDead(row, cause) {
  mark(row.element, "data-state", "dead");
  mark(row.element, "--left", 0);
  // Nothing was taken out, and yet no reader is given it: that is what a soft invalidation leaves where there is no window.
  const aside = cause === undefined && row.expiresAt > Date.now();
  put(row.left, "");
  put(row.state, cause ?? (aside ? "getStale only" : "dead"));
}
