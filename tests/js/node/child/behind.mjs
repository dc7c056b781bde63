// Loads that go on though everybody has an answer, on the host's own timers.

import { createCache } from "fetchwell";

const down = () => Promise.reject(new Error("down"));
const hangs = () => new Promise(() => {});
const later = () => new Promise((_, reject) => setTimeout(() => reject(new Error("down")), 20));
const stale = (policy) => {
  const cache = createCache(policy);
  cache.set("a", "old");
  cache.invalidate("a", { soft: true });
  return cache;
};
const retry = { limit: 5, backoff: "30s" };
const answers = await Promise.all([
  stale({ swr: "1h", timeout: "1h" }).getOrSet("a", hangs),
  stale({ swr: "1h", retry }).getOrSet("a", down),
  // The pause begins while its caller still waits, or when he has gone.
  stale({ staleIfError: "1h", softTimeout: 10, timeout: "1h", retry }).getOrSet("a", down),
  stale({ staleIfError: "1h", softTimeout: 10, timeout: "1h", retry }).getOrSet("a", later),
]);
await new Promise((resolve) => setTimeout(resolve, 50));
const timers = process.getActiveResourcesInfo().filter((name) => name === "Timeout");
console.log(`${answers.join(", ")}; ${timers.length === 0 ? "nothing" : `${timers.length} timers`} to wait for`);
