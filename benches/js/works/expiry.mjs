// A million entries end, and nobody asks for any of them: are they gone, and what did that cost everything else in the process?

import { OURS, REFERENCE, contestant, mortal } from "../contestants.mjs";
import { processor } from "../measure/duel.mjs";
import { settled } from "../measure/heap.mjs";
import { fresh, texts } from "../measure/keys.mjs";
import { fill } from "../measure/loops.mjs";
import { ticks } from "../measure/ticks.mjs";
import { digits, shortly } from "../report/numbers.mjs";
import { cell as shown, none, table } from "../report/table.mjs";

/** Entries live longer than filling takes the slowest, so that all are there when it begins. */
const TTL = { 200_000: 3_000, 1_000_000: 12_000 };
const AFTER = 4_000;
const HOUR = 3_600_000;

export default {
  name: "expiry",
  title: "Everything expires untouched",
  about: `Entries are stored and left alone until ${AFTER / 1_000} s after their end. *Left*: what the cache says it still holds. *Stall*: the longest
lateness of something that is done each 2 ms; *of its own*: as much of it as the process itself was busy, since others use the machine, too.
*Heap*: what is still held of an entry, bytes.`,
  cells: (quick) => mortal.map((peer) => ({ peer, size: quick && ![OURS, REFERENCE].includes(peer) ? 200_000 : 1_000_000 })),
  async measure({ peer, size }) {
    const who = await contestant(peer);
    const ttl = TTL[size];
    await warm(who);
    const before = await settled();
    const cache = who.make(size, ttl);
    const began = processor();
    await fill(who, { cache, key: fresh("long", "number"), values: texts, count: size });
    const spent = processor() - began;
    if ((who.size?.(cache) ?? size) < size) throw new Error("some ended before all were there");
    const idle = processor();
    const { late, own } = await ticks(() => {}, { every: 2, lasts: ttl + AFTER });
    const busy = processor() - idle;
    const left = who.size?.(cache);
    const after = await settled();
    const heap = (after.heap + after.external - before.heap - before.external) / size;
    // It is used once more, so that it was there all the time.
    await fill(who, { cache, key: fresh("long", "number"), values: texts, count: 1 });
    return { fill: (spent * 1e6) / size, left, busy, stall: late.max, own: own.max, heap };
  },
  told: ({ left, own, heap }) => `left ${left ?? "not told"}, stall ${digits(own)} ms, ${digits(heap)} bytes an entry`,
  tables(results) {
    const rows = results.map(({ cell, figures }) => ({
      name: cell.peer,
      cells: figures.failed
        ? [shown(shortly(cell.size)), shown(figures.failed)]
        : [
            shown(shortly(cell.size)),
            shown(digits(figures.fill)),
            figures.left === undefined ? none : shown(digits(figures.left)),
            shown(digits(figures.stall)),
            shown(digits(figures.own), cell.size === 1_000_000 ? figures.own : undefined),
            shown(digits(figures.heap)),
          ],
    }));
    return [table("expiry", ["entries", "fill, ns each", "left", "stall, ms", "of its own, ms", "heap, B"], rows, undefined)];
  },
};

/** The compiler's part, in a cache that is thrown away. */
async function warm(who) {
  const cache = who.make(20_000, HOUR);
  await fill(who, { cache, key: fresh("long", "number"), values: texts, count: 40_000 });
  await who.close(cache);
}
