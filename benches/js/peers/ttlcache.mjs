// @isaacs/ttlcache: no order of use; what ends first goes first. It hands out what a late timer has not removed yet, by design.

import { TTLCache } from "@isaacs/ttlcache";
import { startingWith } from "./scan.mjs";

export default {
  make: (max, ttl) => new TTLCache({ max, ttl }),
  get: (key) => `cache.get(${key})`,
  set: (key, value) => `cache.set(${key}, ${value})`,
  removePrefix: (cache, prefix) => startingWith(cache.keys(), prefix, (key) => cache.delete(key)),
  size: (cache) => cache.size,
  close: (cache) => cache.cancelTimer(),
};
