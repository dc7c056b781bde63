import { lru } from "tiny-lru";
import { startingWith } from "./scan.mjs";

export default {
  make: (max, ttl) => lru(max, ttl),
  get: (key) => `cache.get(${key})`,
  set: (key, value) => `cache.set(${key}, ${value})`,
  removePrefix: (cache, prefix) => startingWith(cache.keys(), prefix, (key) => cache.delete(key)),
  size: (cache) => cache.size,
};
