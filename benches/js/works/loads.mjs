// What is missing is loaded: by one caller, and by a thousand at once of whom one loads and the others join.

import { OURS, contestant, loading } from "../contestants.mjs";
import { processor } from "../measure/duel.mjs";
import { fresh } from "../measure/keys.mjs";
import { median } from "../measure/stats.mjs";
import { digits } from "../report/numbers.mjs";
import { cell as shown, table } from "../report/table.mjs";

const HOUR = 3_600_000;
const CALLERS = 1_000;
const MISSES = 5_000;
/** The same work without any cache: what promises alone cost. */
const NOBODY = "no cache at all";
const keyOf = new Function("number", `return ${fresh("long", "number")};`);

export default {
  name: "loads",
  title: "getOrSet: a miss, and callers who join",
  about: `Processor time. A *miss* is one caller after another, each for a key that is not there, with a loader that answers at once. *Joined*: a
thousand callers for one key while its load is in flight, for each of them; without a cache it is a promise that all of them wait for. *Map* is
one with the ten lines around it that one writes.`,
  cells: () => [...loading, NOBODY].map((peer) => ({ peer })),
  async measure({ peer, quick }) {
    const load = peer === NOBODY ? (_key, load) => load() : await loader(peer);
    const [missed, joined] = [[], []];
    let next = 0;
    for (let round = -2; round < (quick ? 7 : 15); round += 1) {
      let began = processor();
      for (let time = 0; time < MISSES; time += 1) {
        next += 1;
        const number = next;
        if ((await load(keyOf(number), async () => number)) !== number) throw new Error("another value than was loaded");
      }
      const miss = ((processor() - began) * 1e3) / MISSES;
      began = processor();
      const TIMES = 10;
      for (let time = 0; time < TIMES; time += 1) {
        next += 1;
        const [number, { promise, resolve }] = [next, Promise.withResolvers()];
        let loads = 0;
        const once = () => {
          loads += 1;
          return promise;
        };
        const waiting = Array.from({ length: CALLERS }, () => (peer === NOBODY ? promise.then((value) => value) : load(keyOf(number), once)));
        resolve(number);
        const answers = await Promise.all(waiting);
        // Some begin later than they are called.
        if (answers[CALLERS - 1] !== number || loads > 1) throw new Error(`${loads} loads for one key`);
      }
      if (round < 0) continue;
      missed.push(miss);
      joined.push(((processor() - began) * 1e3) / TIMES / CALLERS);
    }
    return { miss: median(missed), joined: median(joined) };
  },
  told: ({ miss, joined }) => `a miss ${digits(miss)} µs, a joined caller ${digits(joined)} µs`,
  tables(results) {
    const rows = results.map(({ cell, figures }) => ({
      name: cell.peer,
      cells: figures.failed
        ? [shown(figures.failed)]
        : [
            shown(digits(figures.miss), cell.peer === NOBODY ? undefined : figures.miss),
            shown(digits(figures.joined), cell.peer === NOBODY ? undefined : figures.joined),
          ],
    }));
    return [table("µs for each caller", ["miss", "joined, of 1 000"], rows, "less")];
  },
  /** What a joined caller costs above waiting for the same promise. */
  overhead(results) {
    const of = (peer) => results.find(({ cell }) => cell.peer === peer)?.figures.joined;
    return of(OURS) - of(NOBODY);
  },
};

async function loader(peer) {
  const who = await contestant(peer);
  return who.load(who.make(1_000_000, HOUR), 1_000_000, HOUR);
}
