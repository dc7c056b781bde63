// `cargo xtask bench js`: measures the package beside other caches, shows tables as it goes, and writes docs/benchmarks.md.

import { parseArgs } from "node:util";
import { machine, node, run } from "./host.mjs";
import { forTerminal } from "./report/table.mjs";
import { write } from "./report/write.mjs";
import { keep, kept } from "./results.mjs";
import { works } from "./works.mjs";

const HELP = `cargo xtask bench js [--quick] [--only get,set] [--chromium] [--peers fetchwell,lru-cache] [--no-write]

  --quick      fewer sizes and rounds, some contestants only where it takes long: half an hour
  --only       these works: ${Object.keys(works).join(", ")}; what was measured before of the others stays
  --chromium   the works of speed in Chromium alone
  --peers      these contestants alone; nothing is kept
  --no-write   only show; what is kept in target/bench-js and docs/benchmarks.md stay as they are
  --report     measure nothing, write docs/benchmarks.md from what is kept`;

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    chromium: { type: "boolean", default: false },
    peers: { type: "string" },
    "no-write": { type: "boolean", default: false },
    report: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const wanted = values.chromium ? ["chromium"] : (values.only?.split(",") ?? Object.keys(works));
const unknown = wanted.filter((name) => !Object.hasOwn(works, name));
if (values.help || unknown.length > 0) {
  console.log(unknown.length > 0 ? `there is no work "${unknown[0]}"\n\n${HELP}` : HELP);
  process.exit(values.help ? 0 : 2);
}
if (!values.report) await measure();
if (values.report || !(values["no-write"] || values.peers)) console.log(`\nwrote docs/benchmarks.md and ${write(kept())} pictures`);

async function measure() {
  console.log(`Node ${node.version}, ${machine}${values.quick ? ", quick" : ""}`);
  const peers = values.peers?.split(",");
  for (const name of wanted) {
    const work = works[name];
    const why = work.absent?.();
    if (why !== undefined) {
      console.log(`\n▸ ${work.title}: skipped, ${why}`);
      continue;
    }
    const results = await measured(work, peers);
    for (const table of work.tables(results)) console.log(`\n${forTerminal(table)}`);
    if (values["no-write"] || peers !== undefined) continue;
    keep({ ...kept(), [name]: { when: new Date().toISOString().slice(0, 10), node: node.version, machine, quick: values.quick, results } });
  }
}

async function measured(work, peers) {
  const cells = work.cells(values.quick).filter(({ peer }) => peers?.includes(peer) ?? true);
  console.log(`\n▸ ${work.title}: ${cells.length} processes, one after the other`);
  const results = [];
  for (const cell of cells) {
    const figures = await run(work.name, cell, values.quick);
    results.push({ cell, figures });
    // What a column says need not be said twice.
    const { peer, table, column, ...rest } = cell;
    const said = Object.entries(rest).filter(([, value]) => value !== false).map(([name, value]) => (value === true ? name : value));
    const what = [peer, ...(column === undefined ? said : [table, column])].join(", ");
    const told = figures.failed === undefined ? work.told(figures) : `${figures.failed} ${figures.why ?? ""}`;
    console.log(`  ${results.length}/${cells.length} ${what}: ${told}`);
  }
  return results;
}
