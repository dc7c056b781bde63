// Everything that can fail behind everybody's back, on the host's own clock and timers.

import { createCache } from "fetchwell";

const cache = createCache({
  swr: "1h",
  staleIfError: "1h",
  negativeTtl: 1,
  refreshAhead: { beta: 1e12 },
  waitUntil: () => {
    throw new Error("no context");
  },
});
cache.on("*", async () => {
  throw new Error("a listener");
});
cache.subscribe("k1", async () => {
  throw new Error("a subscriber");
});
const loads = [
  () => Promise.reject(new Error("later")),
  () => {
    throw new Error("at once");
  },
  () => Promise.reject(undefined),
  ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  () => ({ then: (_, reject) => reject("thenable") }),
  () => ({
    then() {
      throw new Error("in then");
    },
  }),
];
const options = [{}, { retry: { limit: 1, backoff: 1 } }, { timeout: 2 }, { softTimeout: 1 }, { force: true }, { negativeTtl: "1h" }];
const callers = [];
// (AbortSignal.timeout would not keep the process.)
const late = [];
setTimeout(() => late.forEach((controller) => controller.abort()), 20);
let number = 0;
for (const load of loads) {
  for (const option of options) {
    for (const held of [false, true]) {
      number += 1;
      const key = `k${number}`;
      if (held) {
        cache.set(key, "old");
        cache.invalidate(key, { soft: true });
      }
      const controller = new AbortController();
      late.push(new AbortController());
      callers.push(
        cache.getOrSet(key, load, { ...option, signal: controller.signal }).catch(() => {}),
        cache.getOrSet(key, load, { ...option, signal: late.at(-1).signal }).catch(() => {}),
      );
      controller.abort();
    }
  }
}
await Promise.all(callers);
cache.close();
console.log("handled");
