// A steady load on a million live entries: how late does it get?

import { OURS, REFERENCE, bounded, contestant } from "../contestants.mjs";
import { fresh, texts } from "../measure/keys.mjs";
import { fill, loop } from "../measure/loops.mjs";
import { mixed } from "../measure/ratio.mjs";
import { ticks } from "../measure/ticks.mjs";
import { digits } from "../report/numbers.mjs";
import { cell as shown, table } from "../report/table.mjs";

const ENTRIES = 1_000_000;
const HOUR = 3_600_000;
const EVERY = 2;
/** Two tenths of a million operations each second. */
const SLICE = 400;

export default {
  name: "pauses",
  title: "Pauses at a million live entries",
  about: `Nine reads and a write of fresh keys over ten times the entries, 0.2 million each second in slices of ${SLICE} each ${EVERY} ms. How late
the end of a slice is, in milliseconds; *of its own*: as much of it as the process itself was busy, since others use the machine, too.`,
  cells: (quick) =>
    (quick ? [OURS, REFERENCE, "mnemonist", "quick-lru", "tiny-lru"] : bounded).map((peer) => ({ peer, lasts: quick ? 6_000 : 20_000 })),
  async measure({ peer, lasts }) {
    const who = await contestant(peer);
    const cache = who.make(ENTRIES, HOUR);
    const key = fresh("long", "number");
    await fill(who, { cache, key, values: texts, count: ENTRIES });
    const order = mixed(10 * ENTRIES, 1_000_000, false);
    const slice = new Uint32Array(SLICE);
    const run = loop("mixed", who, { cache, order: slice, key, values: texts });
    let at = 0;
    const waiting = [];
    const act = () => {
      slice.set(order.subarray(at, at + SLICE));
      at = (at + SLICE) % (order.length - SLICE);
      const answer = run();
      if (answer instanceof Promise) waiting.push(answer);
    };
    // The compiler's part.
    await ticks(act, { every: EVERY, lasts: 1_000 });
    const told = await ticks(act, { every: EVERY, lasts });
    await Promise.all(waiting);
    return told;
  },
  told: ({ late, own }) => `worst ${digits(late.max)} ms, of its own ${digits(own.max)} ms`,
  tables(results) {
    const rows = results.map(({ cell, figures }) => ({
      name: cell.peer,
      cells: figures.failed
        ? [shown(figures.failed)]
        : [
            ...["p99", "p999", "max"].map((which) => shown(digits(figures.late[which]))),
            ...["p99", "p999", "max"].map((which) => shown(digits(figures.own[which]), figures.own[which])),
          ],
    }));
    return [table("ms late", ["p99", "p99.9", "worst", "of its own: p99", "p99.9", "worst"], rows, "less")];
  },
};
