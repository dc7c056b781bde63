// bentocache with its layer in memory alone, and without serialising values. Each of its calls is a promise.

import { BentoCache, bentostore } from "bentocache";
import { memoryDriver } from "bentocache/drivers/memory";

export default {
  awaits: true,
  make(max, ttl) {
    const memory = bentostore({ ttl }).useL1Layer(memoryDriver({ maxItems: max, serialize: false }));
    return new BentoCache({ default: "memory", stores: { memory } });
  },
  get: (key) => `cache.get({ key: ${key} })`,
  set: (key, value) => `cache.set({ key: ${key}, value: ${value} })`,
  load: (cache) => (key, load) => cache.getOrSet({ key, factory: load }),
  close: (cache) => cache.disconnect(),
};
