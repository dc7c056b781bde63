// Statistics as OpenMetrics text: byte for byte what src/cache/metrics.rs writes, and one family more, of traps, which only wasm has.

import type { Stats } from "./api.js";
import { type Reader, readOptions, refused } from "./options.js";

/** How metrics are named: what every name begins with, and the label that holds the namespace. */
export interface MetricNames {
  prefix: string;
  label: string;
}

const prefix: Reader<string> = (value, field) => {
  if (typeof value !== "string" || !/^([A-Za-z_:][\w:]*)?$/.test(value)) {
    throw refused(value, field, "the beginning of a metric's name: letters, digits, _ and :");
  }
  return value;
};

const label: Reader<string> = (value, field) => {
  if (typeof value !== "string" || !/^(?!__|reason$|cause$)[A-Za-z_]\w*$/.test(value)) {
    throw refused(value, field, 'a label\'s name: letters, digits and _, not "reason" or "cause", and not beginning with __');
  }
  return value as string;
};

/** Reads the options of metrics(). */
export function readMetricNames(given: unknown): MetricNames {
  return { prefix: "", label: "cache", ...readOptions(given, "metrics()", { prefix, label }) };
}

/** More labels, and a value. */
type Sample = readonly [more: string, value: number | string];

/** The members of the statistics that are figures. */
type Figure = { [K in keyof Stats]: Stats[K] extends number ? K : never }[keyof Stats];

/** One series for each pair of a label's value and statistics. */
export function openMetrics(series: readonly (readonly [label: string, stats: Stats])[], names: MetricNames): string {
  let page = "";
  /** A family: its head, and a line for each sample of each series. */
  const family = (name: string, kind: string, help: string, samples: (stats: Stats) => Sample[]): void => {
    const full = `${names.prefix}cache_${name}`;
    const unit = name.endsWith("_seconds") ? `# UNIT ${full} seconds\n` : "";
    page += `# TYPE ${full} ${kind}\n${unit}# HELP ${full} ${help}\n`;
    const end = kind === "counter" ? "_total" : "";
    for (const [of, stats] of series) {
      for (const [more, value] of samples(stats)) page += `${full}${end}{${names.label}="${escaped(of)}"${more}} ${value}\n`;
    }
  };
  const counter = (name: string, help: string, of: Figure): void => family(name, "counter", help, (stats) => [["", stats[of]]]);
  const gauge = (name: string, help: string, of: Figure): void => family(name, "gauge", help, (stats) => [["", stats[of]]]);
  /** A counter of milliseconds, shown in seconds as the format wants it. */
  const seconds = (name: string, help: string, of: Figure): void =>
    family(`${name}_seconds`, "counter", help, ({ [of]: ms }) => [
      ["", `${Math.floor(ms / 1_000)}.${String(Math.floor(ms % 1_000)).padStart(3, "0")}`],
    ]);
  /** A counter for each word, in the order of the words here. */
  const labelled = (name: string, help: string, label: string, of: "missesBy" | "removalsBy", words: string): void =>
    family(name, "counter", help, ({ [of]: counts }) =>
      words.split(" ").map((word) => [`,${label}="${word}"`, (counts as Record<string, number>)[word]!]),
    );

  counter("hits", "Requests answered from the cache, stale answers included.", "hits");
  counter("misses", "Requests answered otherwise.", "misses");
  counter("stale_hits", "Hits whose value was past its lifetime.", "staleHits");
  counter("revalidations", "Hits after the origin confirmed the stored value.", "revalidations");
  counter("coalesced", "Misses that joined a load which was already running.", "coalesced");
  counter("loads", "Loader runs begun.", "loads");
  counter("load_errors", "Loader runs that failed.", "loadErrors");
  seconds("load", "What loader runs took.", "loadMsTotal");
  counter("sets", "Values stored.", "sets");
  counter("rejections", "Values not stored.", "rejections");
  counter("invalidations", "Entries that invalidations took from readers.", "invalidations");
  counter("evictions", "Entries that had to make room.", "evictions");
  counter("expirations", "Entries whose time ran out.", "expirations");
  labelled("misses_by_reason", "Misses by reason.", "reason", "missesBy", "cold expired evicted invalidated vary bypass");
  labelled("removals_by_cause", "Removals by cause.", "cause", "removalsBy", "expired idle evicted invalidated replaced");
  counter("saved_bytes", "The weight of all values that hits answered with.", "bytesSaved");
  seconds("saved", "What hits saved, at the price of an average load.", "msSaved");
  gauge("entries", "Entries held now.", "entries");
  gauge("bytes", "Bytes held now.", "bytes");
  counter("traps", "WebAssembly instances that broke and were replaced.", "traps");
  return `${page}# EOF\n`;
}

/** A label's value as the format writes it. */
const escaped = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
