// Caches with everything that could keep a process awake.

import { createCache } from "fetchwell";

const caches = Array.from({ length: 10 }, () =>
  createCache({
    ttl: "1h",
    tti: "10m",
    swr: "1h",
    staleIfError: "1d",
    negativeTtl: "1h",
    refreshAhead: true,
    timeout: "1h",
    softTimeout: "30m",
  }),
);
for (const cache of caches) {
  cache.on("*", () => {});
  cache.subscribe("a", () => {});
  cache.set("a", 1);
  await cache.getOrSet("b", async () => 2);
  await cache.getOrSet("c", () => Promise.reject(new Error("down"))).catch(() => {});
  cache.namespace("n", { ttl: "7d" }).partition("p").set("a", 1, { ttl: "30d" });
}
console.log("done");
