// cacheable: its store in memory by itself, without the layers above and without copying values, which is the fastest it has.
// Loading is done by the layer above.

import { Cacheable, CacheableMemory } from "cacheable";
import { startingWith } from "./scan.mjs";

export default {
  make: (max, ttl) => new CacheableMemory({ lruSize: max, ttl, useClone: false, checkInterval: 1_000 }),
  get: (key) => `cache.get(${key})`,
  set: (key, value) => `cache.set(${key}, ${value})`,
  removePrefix: (cache, prefix) => startingWith([...cache.keys], prefix, (key) => cache.delete(key)),
  load(_cache, _max, ttl) {
    const cache = new Cacheable({ ttl });
    return (key, load) => cache.getOrSet(key, load);
  },
  size: (cache) => cache.size,
  close: (cache) => cache.stopIntervalCheck(),
};
