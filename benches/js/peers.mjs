// The package beside lru-cache in one run: `cargo xtask bench js`. Prints ratios, their time by ours; above 1 we are faster.
//
// Each measurement has a process of its own, in which both run the same loop, compiled for each apart (what one is like must not slow the
// other), in rounds of A B, B A; the median of the rounds' ratios counts, by processor time. Fresh keys are put together for each call, as a
// cache of API responses sees them; same keys are the same text objects each time.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const HOUR = 3_600_000;
const WORKS = ["get, same keys", "get, fresh keys", "set with eviction", "mixed 90/10"];
const [work, size] = process.argv.slice(2);

if (work === undefined || work === "--quick") {
  const sizes = work === "--quick" ? [1_000, 100_000] : [1_000, 100_000, 1_000_000];
  console.log(`Node ${process.versions.node}, lru-cache ${version("lru-cache")} with max and ttl; keys of some 50 characters`);
  console.log(["".padEnd(20), ...sizes.map((size) => String(size).padStart(24))].join(""));
  for (const work of WORKS) {
    const cells = sizes.map((size) => execFileSync(process.execPath, [fileURLToPath(import.meta.url), work, String(size)], { encoding: "utf8" }));
    console.log([work.padEnd(20), ...cells.map((cell) => cell.trim().padStart(24))].join(""));
  }
} else {
  await measure(work, Number(size));
}

function version(name) {
  return JSON.parse(readFileSync(new URL(`../../node_modules/${name}/package.json`, import.meta.url), "utf8")).version;
}

async function measure(work, size) {
  const { createCache } = await import("fetchwell");
  const { LRUCache } = await import("lru-cache");
  const keys = Array.from({ length: size }, (_, number) => `GET https://api.example.com/v1/products/${number}/details?full=1`);
  const ours = createCache({ ttl: HOUR, maxEntries: size, maxBytes: "8gb" });
  const theirs = new LRUCache({ max: size, ttl: HOUR });
  const calls = Math.min(200_000, 4 * size + 50_000);
  const order = zipf(work.startsWith("mixed") ? 10 * size : size, calls);
  const loops = [ours, theirs].map((cache) => loop(work, cache, keys, size));
  for (const cache of [ours, theirs]) for (const key of keys) cache.set(key, key.length);
  const ratios = [];
  let fastest = Infinity;
  for (let round = 0; round < 9; round += 1) {
    const times = [];
    for (const place of round % 2 === 0 ? [0, 1] : [1, 0]) {
      const began = process.cpuUsage();
      loops[place](order);
      const { user, system } = process.cpuUsage(began);
      times[place] = ((user + system) * 1_000) / calls;
    }
    // The first rounds are the compiler's.
    if (round < 2) continue;
    ratios.push(times[1] / times[0]);
    fastest = Math.min(fastest, times[0]);
  }
  ratios.sort((a, b) => a - b);
  console.log(`${ratios[ratios.length >> 1].toFixed(2)} × (${fastest.toFixed(0)} ns)`);
}

/** A loop of its own for each contestant. */
function loop(work, cache, keys, size) {
  const fresh = "'GET https://api.example.com/v1/products/' + number + '/details?full=1'";
  const bodies = {
    "get, same keys": "sum += cache.get(keys[number]);",
    "get, fresh keys": `sum += cache.get(${fresh});`,
    "set with eviction": "number = next++;" + `cache.set(${fresh}, number);`,
    "mixed 90/10": `const key = ${fresh}; if (cache.get(key) === undefined || (number * 31) % 10 === 0) cache.set(key, number);`,
  };
  const text = `let next = ${size}; return (order) => { let sum = 0; for (let number of order) { ${bodies[work]} } return sum; };`;
  return new Function("cache", "keys", text)(cache, keys);
}

/** Numbers below a limit, a few of them often, as requests come; the same ones each time. */
function zipf(limit, count) {
  const skew = 0.99;
  const harmonic = (limit ** (1 - skew) - 1) / (1 - skew) + 0.577;
  let state = 20_261_121;
  const order = new Uint32Array(count);
  for (let at = 0; at < count; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const share = (state / 2 ** 32) * harmonic;
    const rank = share < 0.577 ? 0 : ((share - 0.577) * (1 - skew) + 1) ** (1 / (1 - skew));
    // Scattered, so that what is asked for often does not lie together.
    order[at] = (Math.imul(Math.min(Math.floor(rank), limit - 1), 2_654_435_761) >>> 0) % limit;
  }
  return order;
}
