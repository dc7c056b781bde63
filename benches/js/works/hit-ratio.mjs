// How many requests hit: zipf alone, and with scans. The streams are those of `cargo xtask bench hit-ratio`, which says where they come from.

import { bounded, contestant } from "../contestants.mjs";
import { asking } from "../measure/asking.mjs";
import { random, zipf } from "../measure/zipf.mjs";
import { percent, shortly } from "../report/numbers.mjs";
import { cell as shown, none, table } from "../report/table.mjs";
import { few } from "./speed.mjs";

const REQUESTS = 1_000_000;
const BURST = 100;
const HOUR = 3_600_000;
const SIZES = [10_000, 100_000, 1_000_000];

export default {
  name: "hit-ratio",
  title: "Hit ratio",
  about: `Zipf 0.99, room for a tenth of the keys that the column names, after a warm-up; a million requests. With scans, after each 200 requests come
100 for keys that nobody asks for again, and hits are counted among the others. quick-lru holds up to twice what it is told to.
\`cargo xtask bench hit-ratio\` replays the open traces, natively, with the same engine.`,
  cells: (quick) =>
    SIZES.flatMap((size) =>
      [false, true].flatMap((scans) => (quick && size === SIZES.at(-1) ? few : bounded).map((peer) => ({ peer, size, scans }))),
    ),
  async measure({ peer, size, scans }) {
    const who = await contestant(peer);
    const cache = who.make(size / 10, HOUR);
    const ask = asking(who, cache);
    const rank = zipf(size, random(1));
    for (let time = Math.max(REQUESTS, 2 * size); time > 0; time -= 1) {
      const hit = ask(rank());
      if (who.awaits) await hit;
    }
    let [hits, asked] = [0, 0];
    for (let position = 0; position < REQUESTS; position += 1) {
      const scan = scans && Math.floor(position / BURST) % 3 === 2;
      const answer = ask(scan ? size + position : rank());
      const hit = who.awaits ? await answer : answer;
      if (scan) continue;
      asked += 1;
      if (hit) hits += 1;
    }
    return { share: hits / asked };
  },
  told: ({ share }) => percent(share),
  tables(results) {
    const columns = SIZES.flatMap((size) => [`${shortly(size)} zipf`, `${shortly(size)} with scans`]);
    const find = (name, column) =>
      results.find(({ cell }) => cell.peer === name && column === `${shortly(cell.size)} ${cell.scans ? "with scans" : "zipf"}`);
    const names = [...new Set(results.map(({ cell }) => cell.peer))];
    const rows = names.map((name) => ({
      name,
      cells: columns.map((column) => {
        const { figures } = find(name, column) ?? {};
        return figures?.share === undefined ? (figures?.failed ? shown(figures.failed) : none) : shown(percent(figures.share), figures.share);
      }),
    }));
    return [table("hits", columns, rows, "more")];
  },
};
