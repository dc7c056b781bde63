// What one prefix costs in lru-cache, whose users have to scan: `cargo xtask bench engine` starts this.
//
// Reads keys from its input, one on each line; the prefixes are its arguments, one for each round. Prints one line: the
// versions of lru-cache and of Node, then for each round how many were removed, a colon, and the microseconds it took.

import { readFileSync } from 'node:fs';

// Of the other caches' folder, which has packages of its own.
const { default: lru } = await import('./peers/lru-cache.mjs').catch((error) => {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  console.error('the npm package lru-cache is not installed: `cargo xtask setup`');
  process.exit(1);
});

const input = readFileSync(0);
const keys = [];
for (let start = 0, end; (end = input.indexOf(10, start)) >= 0; start = end + 1) {
  keys.push(input.latin1Slice(start, end)); // each a text of its own, no part of the input
}

const cache = lru.make(2 * keys.length, 3_600_000);
keys.forEach((key, number) => cache.set(key, number));

const rounds = process.argv.slice(2).map((prefix) => {
  const [wall, processor] = [process.hrtime.bigint(), process.cpuUsage()];
  const removed = lru.removePrefix(cache, prefix);
  const passed = Number(process.hrtime.bigint() - wall) / 1000;
  // The one counts the other processes of the machine, the other the helping threads of this one: the lower is nearer.
  const { user, system } = process.cpuUsage(processor);
  return `${removed}:${Math.min(passed, user + system).toFixed(1)}`;
});

const manifest = new URL('./peers/node_modules/lru-cache/package.json', import.meta.url); // the package exports it to nobody
const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
console.log(version, process.versions.node, ...rounds);
