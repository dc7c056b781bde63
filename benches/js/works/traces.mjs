// The open traces, replayed through the npm packages. They are not part of the project: `FETCHWELL_TRACES` names their folder, as it does
// for `cargo xtask bench hit-ratio`. Format: `HRT1`, three words (flags, requests, distinct keys), then the key of each request.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bounded, contestant } from "../contestants.mjs";
import { asking } from "../measure/asking.mjs";
import { percent } from "../report/numbers.mjs";
import { cell as shown, none, table } from "../report/table.mjs";
import { few } from "./speed.mjs";

const NAMES = ["web12", "orm-night", "arc-oltp", "nasa-950801"];
const SHARES = [0.001, 0.01, 0.05, 0.1, 0.25];
/** Where a share gives fewer entries it is left out, as in the native bench. */
const LEAST = 10;
const HOUR = 3_600_000;
const folder = process.env.FETCHWELL_TRACES ?? fileURLToPath(new URL("../../../../shared/traces", import.meta.url));
const fileOf = (name) => join(folder, `${name}.hrt.xz`);

export default {
  name: "traces",
  title: "Hit ratio on the open traces",
  about: `Room for 0.1, 1, 5, 10 and 25 % of each trace's keys; the means over these. \`cargo xtask bench hit-ratio\` shows each, beside the optimum
(72.9 %), with the same engine.`,
  absent: () => (NAMES.every((name) => existsSync(fileOf(name))) ? undefined : `no traces in ${folder} (FETCHWELL_TRACES names another folder)`),
  cells: (quick) => NAMES.flatMap((trace) => (quick ? few : bounded).map((peer) => ({ peer, trace }))),
  async measure({ peer, trace }) {
    const who = await contestant(peer);
    const { keys, distinct } = read(fileOf(trace));
    const shares = [];
    for (const share of SHARES) {
      const room = Math.round(share * distinct);
      if (room < LEAST) continue;
      const cache = who.make(room, HOUR);
      const ask = asking(who, cache);
      let hits = 0;
      for (const key of keys) {
        const answer = ask(key);
        if (who.awaits ? await answer : answer) hits += 1;
      }
      shares.push(hits / keys.length);
      await who.close(cache);
    }
    return { shares };
  },
  told: ({ shares }) => shares.map(percent).join(", "),
  tables(results) {
    const mean = (shares) => (shares.length > 0 ? shares.reduce((sum, share) => sum + share, 0) / shares.length : undefined);
    const names = [...new Set(results.map(({ cell }) => cell.peer))];
    const rows = names.map((name) => {
      const of = (trace) => results.find(({ cell }) => cell.peer === name && cell.trace === trace)?.figures.shares ?? [];
      const means = [...NAMES.map((trace) => mean(of(trace))), mean(NAMES.flatMap(of))];
      return { name, cells: means.map((share) => (share === undefined ? none : shown(percent(share), share))) };
    });
    return [table("hits", [...NAMES, "all"], rows, "more")];
  },
};

function read(file) {
  const bytes = execFileSync("xz", ["--decompress", "--stdout", file], { maxBuffer: 2 ** 30 });
  if (bytes.toString("latin1", 0, 4) !== "HRT1") throw new Error(`${file} is no trace`);
  const [requests, distinct] = [bytes.readUInt32LE(8), bytes.readUInt32LE(12)];
  return { distinct, keys: new Uint32Array(bytes.buffer.slice(bytes.byteOffset + 16, bytes.byteOffset + 16 + 4 * requests)) };
}
