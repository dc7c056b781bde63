// A cache, from its options.

import type { Cache, CacheOptions } from "./api.js";
import { View } from "./cache.js";
import { clockOption, tickerOf } from "./clock.js";
import { Core } from "./core.js";
import { Hub } from "./events.js";
import { Keys } from "./keys.js";
import { bytes } from "./lengths.js";
import { callback, flag, integer, oneOf, readOptions, someText, text } from "./options.js";
import { policyReaders } from "./policy.js";
import { joined } from "./texts.js";
import { Root, SWEEPS } from "./root.js";

const READERS = {
  ...policyReaders,
  name: text,
  maxEntries: integer(1),
  maxBytes: bytes,
  maxEntryBytes: bytes,
  separator: someText,
  prefixIndex: oneOf("lazy", "eager"),
  partition: callback,
  clock: clockOption,
  waitUntil: callback,
  enabled: flag,
};

/** The engine numbers entries with 31 bits. */
const MOST_ENTRIES = 2 ** 31 - 1;

export function createCache<V = unknown>(options?: CacheOptions<V>): Cache<V> {
  const {
    name = "default",
    maxEntries = 1_000,
    maxBytes = 16 << 20,
    maxEntryBytes = 1 << 20,
    separator = ":",
    prefixIndex,
    partition,
    clock,
    waitUntil,
    enabled = true,
    ...rules
  } = readOptions(options, "createCache", READERS);
  const bounds = { maxEntries: Math.min(maxEntries, MOST_ENTRIES), maxBytes, maxEntryBytes };
  const root = new Root(new Core(bounds, separator, prefixIndex === "eager"), {
    name,
    keys: new Keys(separator, joined),
    ticker: tickerOf(clock),
    hub: new Hub(),
    enabled,
    partition,
    waitUntil,
    sweeps: clock?.setTimer !== undefined || SWEEPS,
  });
  const space = { number: 0, name: "", rules: Object.assign(Object.create(null), rules), asked: "", implied: false };
  root.spaces.push(space);
  return new View<V>(root, space);
}
