// What a million entries weigh.

import { contestant, everybody } from "../contestants.mjs";
import { settled } from "../measure/heap.mjs";
import { flat } from "../measure/keys.mjs";
import { digits } from "../report/numbers.mjs";
import { cell as shown, table } from "../report/table.mjs";

export const ENTRIES = 1_000_000;
const HOUR = 3_600_000;
const LONG = "x".repeat(93);

export default {
  name: "memory",
  title: "Memory at a million entries",
  about: `Bytes an entry: a key of 55 characters and a text of 100, each of its own and in one piece, so 192 bytes of heap are what was given in.
*RSS* counts whole pages of everything, WebAssembly's memory too; *external* is what JavaScript's own buffers hold.`,
  cells: () => everybody.map((peer) => ({ peer })),
  measure: async ({ peer }) => weighed(await contestant(peer), ENTRIES),
  told: ({ rss, heap }) => `RSS ${digits(rss)}, heap ${digits(heap)} bytes`,
  tables(results) {
    const rows = results.map(({ cell, figures }) => ({
      name: cell.peer,
      cells: figures.failed
        ? [shown(figures.failed)]
        : [shown(digits(figures.rss), figures.rss), shown(digits(figures.heap), figures.heap), shown(digits(figures.external))],
    }));
    return [table("bytes an entry", ["RSS", "heap", "external"], rows, "less")];
  },
};

/** Fills a cache and tells what each entry weighs; by `store`, or by its own `set`. */
export async function weighed(who, count, store = new Function("cache", "key", "value", `return ${who.set("key", "value")};`)) {
  const before = await settled();
  const cache = who.make(count, HOUR);
  for (let number = 0; number < count; number += 1) {
    const name = String(number).padStart(7, "0");
    const stored = store(cache, flat(`GET https://api.example.com/v2/tenants/0042/book/${name}`.slice(0, 56)), flat(LONG + name), number);
    if (who.awaits) await stored;
  }
  const after = await settled();
  await who.close(cache);
  const each = (of) => (after[of] - before[of]) / count;
  return { rss: each("rss"), heap: each("heap"), external: each("external") };
}
