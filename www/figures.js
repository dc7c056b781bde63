// Statistics: the rate, how it goes now, and the reasons. All rows are made once; afterwards only numbers and bars move.

import { describe } from "fetchwell";
import { byId, make, mark, put } from "./dom.js";
import { CAUSES, REASONS, percent, size, span } from "./words.js";

const WINDOWS = { "1m": "last minute", "5m": "last 5 minutes", "15m": "last 15 minutes" };

const OTHERS = {
  requests: ["requests", (s) => s.requests],
  sets: ["stored", (s) => s.sets],
  loads: ["loads", (s) => s.loads],
  coalesced: ["joined a load", (s) => s.coalesced],
  staleHits: ["stale hits", (s) => s.staleHits],
  loadErrors: ["loads failed", (s) => s.loadErrors],
  invalidations: ["invalidated", (s) => s.invalidations],
  rejections: ["rejected", (s) => s.rejections],
  bytesSaved: ["bytes saved", (s) => size(s.bytesSaved)],
  msSaved: ["time saved", (s) => span(s.msSaved)],
};

const ESTIMATES = {
  doubleSize: ["with twice the room", (s) => percent(s.whatIf.hitRateAtDoubleSize)],
  doubleTtl: ["with twice the ttl", (s) => percent(s.whatIf.hitRateAtDoubleTtl)],
};

export class Figures {
  #cache;
  #rate = make("strong", "rate");
  #windows;
  #misses;
  #removals;
  #others;
  #estimates;

  constructor(cache) {
    this.#cache = cache;
    this.#windows = meters("hits", "Hit rate", WINDOWS);
    this.#misses = meters("misses", "Misses by reason", named(REASONS), REASONS);
    this.#removals = meters("removals", "Removals by cause", named(CAUSES), CAUSES);
    this.#others = figures("Counted", OTHERS);
    this.#estimates = figures("The hit rate, estimated", ESTIMATES);
    this.#rate.title = "of all requests answered from the cache";
    const parts = [this.#windows, this.#misses, this.#removals, this.#others, this.#estimates];
    byId("figures").append(...parts.map(({ element }) => element));
    this.#windows.element.firstChild.after(this.#rate);
  }

  draw() {
    const stats = this.#cache.stats();
    const { rating, text } = describe(stats);
    put(byId("rating"), rating);
    mark(byId("rating"), "data-rating", rating);
    // The rating stands before it already.
    put(byId("verdict"), text.replace(`${rating}: `, ""));
    put(this.#rate, percent(stats.hitRate));
    for (const [name, { hits, misses, hitRate }] of Object.entries(stats.windows)) {
      this.#windows.show(name, hits + misses === 0 ? "–" : `${hits}/${hits + misses}`, hitRate);
    }
    for (const [reason, count] of Object.entries(stats.missesBy)) this.#misses.show(reason, `${count}`, share(count, stats.misses));
    const removed = Object.values(stats.removalsBy).reduce((sum, count) => sum + count, 0);
    for (const [cause, count] of Object.entries(stats.removalsBy)) this.#removals.show(cause, `${count}`, share(count, removed));
    this.#others.show(stats);
    this.#estimates.show(stats);
  }
}

const share = (count, whole) => (whole === 0 ? 0 : count / whole);
const named = (words) => Object.fromEntries(Object.keys(words).map((word) => [word, word]));

/** Named bars under a heading; `kind` is their class. */
function meters(kind, heading, names, titles = {}) {
  const rows = new Map();
  const list = make("dl", `meters ${kind}`);
  for (const [name, word] of Object.entries(names)) {
    const number = make("span", "number");
    const meter = make("span", "meter", make("span", "rest"));
    const value = make("dd", "", meter, number);
    const term = make("dt", "", word);
    if (titles[name] !== undefined) term.title = titles[name];
    rows.set(name, { number, meter });
    value.dataset.figure = name;
    list.append(make("div", "", term, value));
  }
  const show = (name, text, rate) => {
    const { number, meter } = rows.get(name);
    put(number, text);
    mark(meter, "--left", rate);
  };
  return { element: make("section", "", make("h3", "", heading), list), show };
}

/** Figures that have a name and no bar, and how each is read. */
function figures(heading, all) {
  const list = make("dl", "others");
  const rows = Object.entries(all).map(([name, [word, read]]) => {
    const value = make("dd", "number");
    value.dataset.figure = name;
    list.append(make("div", "", make("dt", "", word), value));
    return (stats) => put(value, `${read(stats)}`);
  });
  const show = (stats) => {
    for (const row of rows) row(stats);
  };
  return { element: make("section", "", make("h3", "", heading), list), show };
}
