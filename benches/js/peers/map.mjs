// A bare `Map`: no bound, no lifetime, nothing. The limit of what can be done with one.

import { startingWith } from "./scan.mjs";

export default {
  bounded: false,
  lifetimes: false,
  make: () => new Map(),
  get: (key) => `cache.get(${key})`,
  set: (key, value) => `cache.set(${key}, ${value})`,
  removePrefix: (cache, prefix) => startingWith(cache.keys(), prefix, (key) => cache.delete(key)),
  load(cache) {
    // What one writes in ten lines: who comes while somebody loads gets the same promise.
    const inFlight = new Map();
    return async (key, load) => {
      if (cache.has(key)) return cache.get(key);
      if (inFlight.has(key)) return inFlight.get(key);
      const loading = load().finally(() => inFlight.delete(key));
      inFlight.set(key, loading);
      const value = await loading;
      cache.set(key, value);
      return value;
    };
  },
  size: (cache) => cache.size,
};
