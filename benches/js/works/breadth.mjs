// What grows besides entries: tags on each of them, namespaces, partitions, loads in flight. Ours alone, as few others have them.

import { OURS, contestant } from "../contestants.mjs";
import { processor } from "../measure/duel.mjs";
import { settled } from "../measure/heap.mjs";
import { keyOf } from "../measure/keys.mjs";
import { digits, shortly } from "../report/numbers.mjs";
import { curves } from "../report/svg.mjs";
import { cell as shown, none, table } from "../report/table.mjs";

const ENTRIES = 100_000;
const HOUR = 3_600_000;
const make = async () => (await contestant(OURS)).make(1_000_000, HOUR);

/** Nanoseconds of each of `count` steps. */
function each(count, step) {
  const began = processor();
  for (let number = 0; number < count; number += 1) step(number);
  return ((processor() - began) * 1e6) / count;
}

/** Each does its steps with a `width`, and gives figures; `weigh` ends the part of which memory is told. */
const GROWING = {
  "tags on each entry": {
    widths: [0, 1, 2, 4, 8, 16, 32],
    async run(width, weigh) {
      const cache = await make();
      const named = Array.from({ length: 1_000 }, (_, number) => `tag:${number}`);
      const tags = (number) => Array.from({ length: width }, (_, place) => named[(number + 31 * place) % 1_000]);
      const set = each(ENTRIES, (number) => cache.set(keyOf("long", number), number, { tags: tags(number) }));
      const bytes = await weigh(ENTRIES);
      const get = each(ENTRIES, (number) => cache.get(keyOf("long", number)));
      if (width === 0) return { set, get, bytes };
      const began = processor();
      const removed = cache.invalidateTag("tag:7");
      return { set, get, bytes, invalidate: ((processor() - began) * 1e6) / removed };
    },
  },
  namespaces: { widths: [1, 10, 100, 1_000, 10_000], run: (width, weigh) => spread(width, weigh, (cache, number) => cache.namespace(`space${number}`)) },
  partitions: { widths: [1, 10, 100, 1_000, 10_000, 100_000], run: (width, weigh) => spread(width, weigh, (cache, number) => cache.partition(`user${number}`)) },
  "loads in flight": {
    widths: [1, 10, 100, 1_000, 10_000, 100_000],
    async run(width, weigh) {
      const cache = await make();
      const times = Math.ceil(ENTRIES / width);
      let [begun, ended, bytes, number] = [0, 0, undefined, 0];
      for (let time = 0; time < times; time += 1) {
        const { promise, resolve } = Promise.withResolvers();
        const waiting = [];
        begun += each(width, () => waiting.push(cache.getOrSet(keyOf("long", (number += 1)), () => promise)));
        if (width === ENTRIES) bytes = await weigh(width);
        const began = processor();
        resolve("x");
        await Promise.all(waiting);
        ended += ((processor() - began) * 1e6) / width;
      }
      return { begin: begun / times, end: ended / times, bytes };
    },
  },
};

/** The same number of entries, over more and more of something. */
async function spread(width, weigh, open) {
  const cache = await make();
  const places = Array.from({ length: width }, (_, number) => open(cache, number));
  const set = each(ENTRIES, (number) => places[number % width].set(keyOf("long", number), number));
  const bytes = await weigh(ENTRIES);
  const get = each(ENTRIES, (number) => places[number % width].get(keyOf("long", number)));
  return { set, get, bytes };
}

const NAMES = { set: "set, ns", get: "get, ns", begin: "begin, ns", end: "answer, ns", invalidate: "invalidateTag, ns for each that goes", bytes: "bytes each (RSS)" };

export default {
  name: "breadth",
  title: "Growth: tags, namespaces, partitions, loads in flight",
  about: `${shortly(ENTRIES)} entries with fresh long keys, or as many loads; processor time. Bytes are what the process takes more, for each entry or load.`,
  cells: () => Object.entries(GROWING).flatMap(([what, { widths }]) => widths.map((width) => ({ peer: OURS, what, width }))),
  async measure({ what, width }) {
    // The compiler's part.
    await GROWING[what].run(Math.min(width, 100), async () => undefined);
    const before = await settled();
    return GROWING[what].run(width, async (count) => ((await settled()).rss - before.rss) / count);
  },
  told: (figures) => Object.entries(figures).map(([which, figure]) => `${NAMES[which]} ${digits(figure)}`).join(", "),
  tables(results) {
    return Object.keys(GROWING).map((what) => {
      const those = results.filter(({ cell }) => cell.what === what);
      const columns = Object.keys(NAMES).filter((which) => those.some(({ figures }) => figures[which] !== undefined));
      const rows = those.map(({ cell, figures }) => ({ name: shortly(cell.width), cells: columns.map((which) => (figures[which] === undefined ? none : shown(digits(figures[which])))) }));
      return table(what, columns.map((which) => NAMES[which]), rows);
    });
  },
  pictures(results) {
    return Object.keys(GROWING).map((what) => {
      const those = results.filter(({ cell, figures }) => cell.what === what && !figures.failed);
      const lines = ["set", "get", "begin", "end", "invalidate"].map((which) => ({
        name: NAMES[which].replace(/, ns.*/, ""),
        points: those.filter(({ cell, figures }) => figures[which] !== undefined && cell.width > 0).map(({ cell, figures }) => [cell.width, figures[which]]),
      }));
      return { file: `growth-${what.replaceAll(" ", "-")}`, svg: curves({ title: `ns, by ${what}`, across: what, lines: lines.filter(({ points }) => points.length > 0) }), says: `Nanoseconds by ${what}` };
    });
  },
};
