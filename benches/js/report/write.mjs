// docs/benchmarks.md and its pictures, from what was measured last.

import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { versions } from "../contestants.mjs";
import { works } from "../works.mjs";
import { GOALS } from "./goals.mjs";
import { losses } from "./losses.mjs";
import { forMarkdown } from "./table.mjs";

const docs = fileURLToPath(new URL("../../../docs/", import.meta.url));

/** Writes them; tells how many pictures there are. */
export function write(measured) {
  const known = Object.values(works).filter(({ name }) => measured[name] !== undefined);
  const folder = `${docs}benchmarks/`;
  mkdirSync(folder, { recursive: true });
  for (const old of readdirSync(folder).filter((name) => name.endsWith(".svg"))) rmSync(folder + old);
  const sections = known.map((work) => section(work, measured[work.name], folder));
  const text = [HEAD, about(measured, known), goals(measured), ...sections, lost(known, measured), FOOT].join("\n\n");
  writeFileSync(`${docs}benchmarks.md`, `${text}\n`);
  return readdirSync(folder).length;
}

const HEAD = `# Benchmarks

The npm package beside others, as \`cargo xtask bench js\` measured it; this page is written by that command. The crate for Rust has benches of its
own: \`cargo xtask bench\` lists them. Nothing here is asserted anywhere: a machine that does other things gives other figures.`;

const FOOT = `## How not to fool oneself

- Each figure has a process of its own, on the newest Node, in which lru-cache runs the same loop beside who is measured: rounds of A B, then
  B A. What counts is the median of the rounds' ratios; in parentheses the quartiles, between which half of the rounds lie. The row *lru-cache*
  is the reference against a second copy of itself: how far it is from 1 is the noise. *Too slow* is who did not get through in a minute and a half
  (in a full run, in nearly seven).
- Time is processor time (in Chromium wall time), so what else the machine does counts little.
- Loops are compiled for each contestant apart, so that what V8 learnt of one does not slow the other; they call its own methods. What \`get\`
  gives is summed and the sum is checked.
- The orders of requests are made beforehand and are the same for all. Fresh keys are put together by each call.
- All have a bound and a lifetime of an hour where they know such; a bare \`Map\` and mnemonist know no lifetimes, a \`Map\` no bound either.
  cacheable is its store in memory alone, without copying values; bentocache its layer in memory without serialising, and each of its calls is
  a promise.`;

function about(measured, known) {
  const newest = Object.values(measured)
    .sort((a, b) => a.when.localeCompare(b.when))
    .at(-1);
  const agents = known.flatMap(({ name }) => measured[name].results.map(({ figures }) => figures.agent)).filter(Boolean);
  const chromium = agents.at(-1)?.match(/Chrome\/(\d+)/)?.[1];
  const host = newest === undefined ? "" : `Node ${newest.node}${chromium === undefined ? "" : `, Chromium ${chromium}`}, ${newest.machine}. `;
  return `${host}Peers, each the newest: ${versions().join(", ")}. *Quick* runs leave out the larger
sizes for some, and have fewer rounds. What we lose stands [below](#the-rows-we-lose), in one list.`;
}

function goals(measured) {
  const rows = GOALS.map(({ work, goal, of }) => {
    const found = of(measured);
    const verdict = found === undefined ? "" : found.met ? "met" : "**not met**";
    return `| ${work} | ${goal} | ${found?.told ?? "not measured"} | ${verdict} |`;
  });
  const rest = "Size is `cargo xtask size`'s to tell; a hit of `fetch` will be measured when there is a `fetch`.";
  return ["## Goals", ["| work | goal | measured | |", "|---|---|---|---|", ...rows].join("\n"), rest].join("\n\n");
}

function section(work, { when, quick, node, results }, folder) {
  const pictures = (work.pictures?.(results) ?? []).map(({ file, svg, says }) => {
    writeFileSync(`${folder}${file}.svg`, svg);
    return `![${says}](benchmarks/${file}.svg)`;
  });
  const taken = `*${when}, Node ${node}${quick ? ", quick" : ""}*`;
  return [`## ${work.title}`, `${work.about} ${taken}`, ...pictures, ...work.tables(results).map(forMarkdown)].join("\n\n");
}

function lost(known, measured) {
  const rows = known.flatMap((work) => losses(work.tables(measured[work.name].results)).map((loss) => ({ work, ...loss })));
  const lines = rows.map(({ work, where, ours, ahead }) => `| ${work.title}: ${where} | ${ours} | ${ahead.join(", ")} |`);
  const table = ["| where | ours | in front |", "|---|--:|---|", ...lines].join("\n");
  return ["## The rows we lose", "Wherever somebody is in front of us, by however little.", table].join("\n\n");
}
