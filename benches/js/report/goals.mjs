// What the project promises to reach, beside what was measured. Each goal gives its figures as text and whether they meet it; of what was not
// measured it gives nothing.

import { OURS, REFERENCE } from "../contestants.mjs";
import { geometricMean } from "../measure/stats.mjs";
import { works } from "../works.mjs";
import { digits, percent, shortly } from "./numbers.mjs";

const resultsOf = (measured, name) => measured[name]?.results ?? [];
const figuresOf = (measured, name, fits = () => true, peer = OURS) =>
  resultsOf(measured, name)
    .filter(({ cell, figures }) => cell.peer === peer && figures.failed === undefined && fits(cell))
    .map(({ cell, figures }) => ({ cell, ...figures }));

/** Ratios of our cells: their mean, and the worst of them. */
function ratios(measured, name, fits, { mean = 0, worst = 0 }) {
  const all = figuresOf(measured, name, fits);
  if (all.length === 0) return undefined;
  const of = geometricMean(all.map(({ ratio }) => ratio.median));
  const least = all.reduce((a, b) => (b.ratio.median < a.ratio.median ? b : a));
  const where = `${least.cell.table}, ${least.cell.column}`;
  return {
    told: `${digits(of)} × in the mean of ${all.length}, worst ${digits(least.ratio.median)} (${where})`,
    met: of >= mean && least.ratio.median >= worst,
  };
}

/** All parts of a goal have to be measured, and to be met. */
function all(parts) {
  return parts.some((part) => part === undefined)
    ? undefined
    : { told: parts.map(({ told }) => told).join("; "), met: parts.every(({ met }) => met) };
}

const atMost = (figure, bound, unit) =>
  figure === undefined || Number.isNaN(figure) ? undefined : { told: `${digits(figure)} ${unit}`, met: figure <= bound };
const atLeast = (figure, bound, told) => (figure === undefined ? undefined : { told, met: figure >= bound });

/** The share of a table's last column, which is over all traces. */
function overTraces(measured) {
  const results = resultsOf(measured, "traces");
  const [table] = works.traces.tables(results);
  return table.rows.find(({ name }) => name === OURS)?.cells.at(-1).number;
}

const zipf = (measured, size, peer = OURS) => figuresOf(measured, "hit-ratio", (cell) => cell.size === size && cell.scans, peer)[0]?.share;

export const GOALS = [
  {
    work: "get, hit, same keys",
    goal: "≥ 1.3 × lru-cache in the geometric mean, nowhere below 1.0",
    of: (measured) => ratios(measured, "get", ({ fresh }) => !fresh, { mean: 1.3, worst: 1 }),
  },
  {
    work: "get, hit, fresh keys",
    goal: "≥ 1.5 × lru-cache in the geometric mean, nowhere below 1.0",
    of: (measured) => ratios(measured, "get", ({ fresh }) => fresh, { mean: 1.5, worst: 1 }),
  },
  {
    work: "set with eviction",
    goal: "≥ 2.5 × lru-cache",
    of: (measured) => ratios(measured, "set", ({ body }) => body === "evict", { worst: 2.5 }),
  },
  {
    work: "mixed 90/10, zipf, fresh keys",
    goal: "≥ 2 × lru-cache",
    of: (measured) => ratios(measured, "mixed", ({ fresh }) => fresh, { worst: 2 }),
  },
  {
    work: "… at a better hit ratio",
    goal: "more than lru-cache with scans",
    of: (measured) => {
      const sizes = [10_000, 100_000, 1_000_000].filter(
        (size) => zipf(measured, size) !== undefined && zipf(measured, size, REFERENCE) !== undefined,
      );
      if (sizes.length === 0) return undefined;
      return all(
        sizes.map((size) => ({
          told: `${shortly(size)}: ${percent(zipf(measured, size))}, lru-cache ${percent(zipf(measured, size, REFERENCE))}`,
          met: zipf(measured, size) > zipf(measured, size, REFERENCE),
        })),
      );
    },
  },
  {
    work: "hit ratio, zipf with one third scans",
    goal: "≥ 68.5, 74.0, 73.0 % at 10k, 100k, 1M keys",
    of: (measured) =>
      all(
        [
          [10_000, 0.685],
          [100_000, 0.74],
          [1_000_000, 0.73],
        ].map(([size, bound]) => atLeast(zipf(measured, size), bound, percent(zipf(measured, size)))),
      ),
  },
  { work: "hit ratio, open traces", goal: "≥ 64.8 %", of: (measured) => atLeast(overTraces(measured), 0.648, percent(overTraces(measured))) },
  {
    work: "invalidate a prefix of 1 000 in 1M",
    goal: "≥ 1 000 × a scan in lru-cache",
    of: (measured) => {
      const [found] = figuresOf(measured, "prefix");
      return found && atLeast(found.ratio, 1_000, `${digits(found.ratio)} ×`);
    },
  },
  {
    work: "… its very first call",
    goal: "not more than lru-cache's scan",
    of: (measured) => {
      const [found] = figuresOf(measured, "prefix");
      return (
        found && { told: `${digits(found.first / 1_000)} ms, lru-cache ${digits(found.reference / 1_000)} ms`, met: found.first <= found.reference }
      );
    },
  },
  {
    work: "coalesced caller",
    goal: "< 2 µs above waiting for the promise, at 1 000 callers",
    of: (measured) => atMost(measured.loads && works.loads.overhead(resultsOf(measured, "loads")), 2, "µs"),
  },
  {
    work: "memory at 1M entries",
    goal: "≤ 280 B RSS, ≤ 130 B of heap an entry",
    of: (measured) => {
      const [found] = figuresOf(measured, "memory");
      return found && all([atMost(found.rss, 280, "B RSS"), atMost(found.heap, 130, "B heap")]);
    },
  },
  {
    work: "pauses at 1M live entries, 0.2 M op/s",
    goal: "worst ≤ 5 ms",
    of: (measured) => atMost(figuresOf(measured, "pauses")[0]?.own.max, 5, "ms of its own"),
  },
  {
    work: "everything expires untouched",
    goal: "gone without a get, no stall above 5 ms",
    of: (measured) => {
      const [found] = figuresOf(measured, "expiry");
      return found && all([{ told: `${digits(found.left)} left`, met: found.left === 0 }, atMost(found.own, 5, "ms of its own")]);
    },
  },
  {
    work: "start",
    goal: "import and first get ≤ 10 ms above an empty module, in Node and Chromium",
    of: (measured) =>
      measured.start &&
      all(["Node", "Chromium"].map((place) => atMost(works.start.above(resultsOf(measured, "start"), place), 10, `ms in ${place}`))),
  },
];
