// The reference: what most people have.

import { LRUCache } from "lru-cache";
import { startingWith } from "./scan.mjs";

export default {
  make: (max, ttl) => new LRUCache({ max, ttl }),
  get: (key) => `cache.get(${key})`,
  set: (key, value) => `cache.set(${key}, ${value})`,
  removePrefix: (cache, prefix) => startingWith(cache.keys(), prefix, (key) => cache.delete(key)),
  load(_cache, max, ttl) {
    // Its loader belongs to the cache; the one of a call travels as that call's context.
    const cache = new LRUCache({ max, ttl, fetchMethod: (_key, _stale, { context }) => context() });
    return (key, load) => cache.fetch(key, { context: load });
  },
  size: (cache) => cache.size,
};
