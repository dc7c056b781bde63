// Ours. The bytes are bounded too, but so that the number of entries decides, as it does for the others.

import { createCache } from "fetchwell";

export default {
  make: (max, ttl) => createCache({ ttl, maxEntries: max, maxBytes: "8gb" }),
  get: (key) => `cache.get(${key})`,
  set: (key, value) => `cache.set(${key}, ${value})`,
  removePrefix: (cache, prefix) => cache.invalidatePrefix(prefix),
  load: (cache) => (key, load) => cache.getOrSet(key, load),
  size: (cache) => cache.size,
  close: (cache) => cache.close(),
};
