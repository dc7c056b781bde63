// One of a thousand groups out of a million entries by what its keys begin with. Who has no prefixes looks at every key.

import { OURS, REFERENCE, contestant, listable } from "../contestants.mjs";
import { processor } from "../measure/duel.mjs";
import { flat } from "../measure/keys.mjs";
import { median } from "../measure/stats.mjs";
import { digits, shortly } from "../report/numbers.mjs";
import { cell as shown, table } from "../report/table.mjs";

const GROUPS = 1_000;
const HOUR = 3_600_000;
const ROUNDS = 7;
const prefixOf = (group) => `GET https://api.example.com/v2/tenants/${String(group).padStart(4, "0")}/`;

export default {
  name: "prefix",
  title: "Invalidate a prefix",
  about: `One of ${GROUPS} groups out of a million entries. The first call builds our index (it is lazy), so it stands apart. The others have no such
call: a loop over all keys, as one writes it. Medians of ${ROUNDS} groups; *vs lru-cache*: its loop in the same process.`,
  cells: (quick) => listable.map((peer) => ({ peer, size: quick && ![OURS, REFERENCE].includes(peer) ? 100_000 : 1_000_000 })),
  async measure({ peer, size }) {
    const [who, reference] = [await contestant(peer), await contestant(REFERENCE)];
    const caches = [who, reference].map((one) => one.make(2 * size, HOUR));
    for (let number = 0; number < size; number += 1) {
      const key = flat(`${prefixOf(number % GROUPS)}books/${String(number).padStart(7, "0")}`);
      [who, reference].forEach((one, place) => put(one)(caches[place], key, number));
    }
    const all = [[], []];
    const [rates, removed] = [[], []];
    for (let round = 0; round < ROUNDS + 1; round += 1) {
      const prefix = prefixOf(41 * round + 3);
      for (const place of round % 2 === 0 ? [0, 1] : [1, 0]) {
        const [wall, began] = [performance.now(), processor()];
        removed[place] = [who, reference][place].removePrefix(caches[place], prefix);
        // The one counts the other processes of the machine, the other the helping threads of this one: the lower is nearer.
        all[place].push(Math.min(performance.now() - wall, processor() - began) * 1_000);
        if (removed[place] !== size / GROUPS) throw new Error(`removed ${removed[place]} in place of ${size / GROUPS}`);
      }
      rates.push(all[1][round] / all[0][round]);
    }
    return {
      first: all[0][0],
      later: median(all[0].slice(1)),
      reference: median(all[1].slice(1)),
      referenceFirst: all[1][0],
      ratio: median(rates.slice(1)),
      removed: removed[0],
    };
  },
  told: ({ ratio, later }) => `${digits(ratio)} × (${digits(later)} µs)`,
  tables(results) {
    const rows = results.map(({ cell, figures }) => ({
      name: cell.peer,
      cells: figures.failed
        ? [shown(shortly(cell.size)), shown(figures.failed)]
        : [
            shown(shortly(cell.size)),
            shown(digits(figures.first)),
            shown(digits(figures.later)),
            shown(digits(figures.ratio), figures.ratio),
            shown(`${figures.removed}`),
          ],
    }));
    return [table("prefix", ["of entries", "first call, µs", "later, µs", "vs lru-cache", "removed"], rows, "more")];
  },
};

/** The contestant's own `set`. */
function put(who) {
  who.put ??= new Function("cache", "key", "value", who.set("key", "value"));
  return who.put;
}
