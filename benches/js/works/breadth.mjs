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
/** Of fewer loads at once one would see pages. */
const WEIGHED = 10_000;
const make = async () => (await contestant(OURS)).make(1_000_000, HOUR);

/** Nanoseconds of each of `count` steps. */
function each(count, step) {
  const began = processor();
  for (let number = 0; number < count; number += 1) step(number);
  return ((processor() - began) * 1e6) / count;
}

/** The compiler's part is done with few: wasm memory that was taken once is used again, and would not be seen to grow. */
const WARM = 5_000;

/** Each does its steps with a `width` and as many entries, and gives figures; `weigh` tells what each of so many has taken by now. */
const GROWING = {
  "tags on each entry": {
    widths: [0, 1, 2, 4, 8, 16, 32],
    async run(width, entries, weigh) {
      const cache = await make();
      const named = Array.from({ length: 1_000 }, (_, number) => `tag:${number}`);
      const tags = (number) => Array.from({ length: width }, (_, place) => named[(number + 31 * place) % 1_000]);
      const set = each(entries, (number) => cache.set(keyOf("long", number), number, { tags: tags(number) }));
      const bytes = await weigh(entries);
      const get = each(entries, (number) => cache.get(keyOf("long", number)));
      if (width === 0) return { set, get, bytes };
      const began = processor();
      const removed = cache.invalidateTag("tag:7");
      return { set, get, bytes, invalidate: ((processor() - began) * 1e6) / removed };
    },
  },
  namespaces: {
    widths: [1, 10, 100, 1_000, 10_000],
    run: (width, entries, weigh) => spread(width, entries, weigh, (cache, number) => cache.namespace(`space${number}`)),
  },
  partitions: {
    widths: [1, 10, 100, 1_000, 10_000, 100_000],
    run: (width, entries, weigh) => spread(width, entries, weigh, (cache, number) => cache.partition(`user${number}`)),
  },
  "loads in flight": {
    widths: [1, 10, 100, 1_000, 10_000, 100_000],
    async run(width, entries, weigh) {
      const cache = await make();
      const times = Math.ceil(entries / width);
      let [begun, ended, bytes, number] = [0, 0, undefined, 0];
      for (let time = 0; time < times; time += 1) {
        const { promise, resolve } = Promise.withResolvers();
        const waiting = [];
        begun += each(width, () => waiting.push(cache.getOrSet(keyOf("long", (number += 1)), () => promise)));
        if (time === 0 && width >= WEIGHED) bytes = await weigh(width);
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
async function spread(width, entries, weigh, open) {
  const cache = await make();
  const places = Array.from({ length: width }, (_, number) => open(cache, number));
  const set = each(entries, (number) => places[number % width].set(keyOf("long", number), number));
  const bytes = await weigh(entries);
  const get = each(entries, (number) => places[number % width].get(keyOf("long", number)));
  return { set, get, bytes };
}

const NAMES = {
  set: "set, ns",
  get: "get, ns",
  begin: "begin, ns",
  end: "answer, ns",
  invalidate: "invalidateTag, ns for each that goes",
  bytes: "bytes each (RSS)",
};

export default {
  name: "breadth",
  title: "Growth: tags, namespaces, partitions, loads in flight",
  about: `${shortly(ENTRIES)} entries with fresh long keys, or as many loads; processor time. Bytes are what the process takes more, for each
entry or load.`,
  cells: () => Object.entries(GROWING).flatMap(([what, { widths }]) => widths.map((width) => ({ peer: OURS, what, width }))),
  async measure({ what, width }) {
    await GROWING[what].run(Math.min(width, 100), WARM, async () => undefined);
    const before = await settled();
    return GROWING[what].run(width, ENTRIES, async (count) => ((await settled()).rss - before.rss) / count);
  },
  told: (figures) =>
    Object.entries(figures)
      .map(([which, figure]) => `${NAMES[which]} ${digits(figure)}`)
      .join(", "),
  tables(results) {
    return Object.keys(GROWING).map((what) => {
      const those = results.filter(({ cell }) => cell.what === what);
      const columns = Object.keys(NAMES).filter((which) => those.some(({ figures }) => figures[which] !== undefined));
      const rows = those.map(({ cell, figures }) => ({
        name: shortly(cell.width),
        cells: columns.map((which) => (figures[which] === undefined ? none : shown(digits(figures[which])))),
      }));
      return table(
        what,
        columns.map((which) => NAMES[which]),
        rows,
      );
    });
  },
  pictures: (results) =>
    Object.keys(GROWING).flatMap((what) => {
      const those = results.filter(({ cell, figures }) => cell.what === what && !figures.failed);
      const file = `growth-${what.replaceAll(" ", "-")}`;
      return [drawn(file, `ns, by ${what}`, what, those, TIMES), drawn(`${file}-bytes`, `bytes each, by ${what}`, what, those, ["bytes"])];
    }),
};

const TIMES = ["set", "get", "begin", "end", "invalidate"];

/** A width of nothing has no place on a scale of factors. */
function drawn(file, title, what, results, figures) {
  const lines = figures.map((which) => ({
    name: NAMES[which].replace(/, ns.*| each.*/, ""),
    points: results
      .filter(({ cell, figures }) => figures[which] !== undefined && cell.width > 0)
      .map(({ cell, figures }) => [cell.width, figures[which]]),
  }));
  return { file, svg: curves({ title, across: what, lines: lines.filter(({ points }) => points.length > 0) }), says: title };
}
