// transitory: W-TinyLFU, and loaders.

import { newCache } from "transitory";
import { startingWith } from "./scan.mjs";

export default {
  make: (max, ttl) => newCache().maxSize(max).expireAfterWrite(ttl).build(),
  get: (key) => `cache.getIfPresent(${key})`,
  set: (key, value) => `cache.set(${key}, ${value})`,
  removePrefix: (cache, prefix) => startingWith(cache.keys(), prefix, (key) => cache.delete(key)),
  load(_cache, max, ttl) {
    const cache = newCache().maxSize(max).expireAfterWrite(ttl).loading().build();
    return (key, load) => cache.get(key, load);
  },
  size: (cache) => cache.size,
};
