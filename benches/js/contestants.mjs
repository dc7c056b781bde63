// Who is measured, each in the file that says how it is made and called. Only what a process measures is loaded into it.

import { readFileSync } from "node:fs";

export const OURS = "fetchwell";
/** The others are told as ratios to it. */
export const REFERENCE = "lru-cache";

const FILES = {
  [OURS]: "./ours.mjs",
  [REFERENCE]: "./peers/lru-cache.mjs",
  "@isaacs/ttlcache": "./peers/ttlcache.mjs",
  mnemonist: "./peers/mnemonist.mjs",
  "quick-lru": "./peers/quick-lru.mjs",
  "tiny-lru": "./peers/tiny-lru.mjs",
  transitory: "./peers/transitory.mjs",
  cacheable: "./peers/cacheable.mjs",
  bentocache: "./peers/bentocache.mjs",
  Map: "./peers/map.mjs",
};

export const everybody = Object.keys(FILES);
/** Those that hold no more than they are told to: a bare `Map` is not asked to evict. */
export const bounded = everybody.filter((name) => name !== "Map");
/** Those whose keys can be listed, so that a prefix can be found. */
export const listable = everybody.filter((name) => name !== "bentocache");
/** Those that load what is missing, a `Map` with the ten lines one writes around it. */
export const loading = [OURS, REFERENCE, "transitory", "cacheable", "bentocache", "Map"];
/** Those that know lifetimes. */
export const mortal = everybody.filter((name) => name !== "Map" && name !== "mnemonist");

/** The address of its file. */
export const fileOf = (name) => new URL(FILES[name], import.meta.url).href;

export async function contestant(name) {
  return { name, awaits: false, close: () => {}, ...(await import(FILES[name])).default };
}

/** `lru-cache 11.5.3` and so on; what is in a table as a name alone is here with its version. */
export function versions() {
  const manifest = JSON.parse(readFileSync(new URL("./peers/package.json", import.meta.url), "utf8"));
  return Object.entries(manifest.devDependencies).map(([name, version]) => `${name} ${version}`);
}
