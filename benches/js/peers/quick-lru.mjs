// quick-lru: two maps that take turns, so it holds up to twice what it is told to.

import QuickLRU from "quick-lru";
import { startingWith } from "./scan.mjs";

export default {
  make: (max, ttl) => new QuickLRU({ maxSize: max, maxAge: ttl }),
  get: (key) => `cache.get(${key})`,
  set: (key, value) => `cache.set(${key}, ${value})`,
  removePrefix: (cache, prefix) => startingWith([...cache.keys()], prefix, (key) => cache.delete(key)),
  size: (cache) => cache.size,
};
