// mnemonist's map with a bound: no lifetimes.

import { LRUMapWithDelete } from "mnemonist";
import { startingWith } from "./scan.mjs";

export default {
  lifetimes: false,
  make: (max) => new LRUMapWithDelete(max),
  get: (key) => `cache.get(${key})`,
  set: (key, value) => `cache.set(${key}, ${value})`,
  removePrefix: (cache, prefix) => startingWith([...cache.keys()], prefix, (key) => cache.delete(key)),
  size: (cache) => cache.size,
};
