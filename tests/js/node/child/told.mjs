// A process that writes down whatever it is told of.

const told = [];
for (const event of ["unhandledRejection", "rejectionHandled", "uncaughtException", "warning"]) {
  process.on(event, (error) => told.push(`${event}: ${error?.stack ?? error}`));
}
const { createCache, manualClock } = await import("fetchwell");
const clock = manualClock(1_700_000_000_000);
const cache = createCache({ clock, ttl: "1m", swr: "10m", retry: { limit: 2, backoff: 50 }, timeout: "5s" });
const { signal } = new AbortController();
for (let round = 0; round < 200; round += 1) {
  const key = `k${round % 20}`;
  const load = round % 3 === 0 ? () => Promise.reject(new Error("down")) : async () => round;
  void cache.getOrSet(key, load, { signal }).catch(() => {});
  if (round % 10 === 0) {
    await clock.advance("90s");
  }
  if (round % 7 === 0) {
    cache.invalidate(key, { soft: round % 2 === 0 });
  }
}
await clock.advance("1h");
await new Promise((resolve) => setImmediate(resolve));
console.log(told.length === 0 ? "nothing" : told.join("\n"));
