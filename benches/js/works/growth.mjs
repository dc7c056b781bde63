// From a thousand entries to four million: what an operation and an entry cost. Curves must be flat, but for the memory that gets farther away.

import { OURS, REFERENCE, contestant } from "../contestants.mjs";
import { processor } from "../measure/duel.mjs";
import { settled } from "../measure/heap.mjs";
import { fresh, texts } from "../measure/keys.mjs";
import { fill, loop } from "../measure/loops.mjs";
import { median } from "../measure/stats.mjs";
import { random, requests } from "../measure/zipf.mjs";
import { digits, shortly } from "../report/numbers.mjs";
import { curves } from "../report/svg.mjs";
import { cell as shown, none, table } from "../report/table.mjs";

const HOUR = 3_600_000;
const CALLS = 200_000;
/** Memory is weighed of at least so many entries: of a thousand one would see pages. */
const WEIGHED = 256_000;
const key = fresh("long", "number");

const COLUMNS = { get: "get, ns", evict: "set with eviction, ns", fill: "set of a new key while there is room, ns", bytes: "bytes an entry (RSS)" };

export default {
  name: "growth",
  title: "Growth: entries",
  about: `Fresh long keys, texts of a hundred characters that all entries share, processor time; each contestant by itself, so these are no ratios.
Memory is weighed without values; below ${WEIGHED / 1_000}k entries, of several caches together.`,
  cells: (quick) =>
    (quick ? [1_000, 16_000, 250_000, 4_000_000] : [1_000, 4_000, 16_000, 64_000, 250_000, 1_000_000, 4_000_000]).flatMap((size) =>
      [OURS, REFERENCE].map((peer) => ({ peer, size })),
    ),
  async measure({ peer, size }) {
    const who = await contestant(peer);
    const copies = Math.ceil(WEIGHED / size);
    const before = await settled();
    const caches = [];
    const [began, count] = [processor(), copies * size];
    for (let copy = 0; copy < copies; copy += 1) {
      caches.push(who.make(size, HOUR));
      await fill(who, { cache: caches[copy], key, values: texts, count: size });
    }
    const filled = ((processor() - began) * 1e6) / count;
    const bytes = ((await settled()).rss - before.rss) / count;
    const cache = caches[0];
    const order = requests(size, CALLS, random());
    const timed = (body) => {
      const run = loop(body, who, { cache, order, key, values: texts, next: size });
      const times = Array.from({ length: 7 }, () => {
        const began = processor();
        run();
        return ((processor() - began) * 1e6) / CALLS;
      });
      return median(times.slice(2));
    };
    return { get: timed("get"), evict: timed("evict"), fill: filled, bytes };
  },
  told: ({ get, evict, bytes }) => `get ${digits(get)} ns, set ${digits(evict)} ns, ${digits(bytes)} bytes an entry`,
  tables(results) {
    const rows = results.map(({ cell, figures }) => ({
      name: `${cell.peer}, ${shortly(cell.size)}`,
      cells: Object.keys(COLUMNS).map((which) => (figures.failed ? none : shown(digits(figures[which])))),
    }));
    return [table("entries", Object.values(COLUMNS), rows)];
  },
  pictures(results) {
    const line = (peer, which) => ({
      name: peer,
      points: results.filter(({ cell, figures }) => cell.peer === peer && !figures.failed).map(({ cell, figures }) => [cell.size, figures[which]]),
    });
    return Object.entries(COLUMNS).map(([which, title]) => ({
      file: `growth-${which}`,
      svg: curves({ title, across: "entries", lines: [OURS, REFERENCE].map((peer) => line(peer, which)) }),
      says: `${title}, from a thousand entries to four million`,
    }));
  },
};
