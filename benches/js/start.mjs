// From the import to the first `get`, above importing an empty module: `cargo xtask bench start`. In Node, a process for each; in Chromium
// (`--chromium`), a page for each. Medians of twenty.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { basename, extname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const TIMES = 20;
const entry = fileURLToPath(import.meta.resolve("fetchwell"));
const median = (times) => times.sort((a, b) => a - b)[times.length >> 1];

/** What is timed: from before the import to after the first answer. */
const timed = (address) => `
const began = performance.now();
const { createCache } = await import(${JSON.stringify(address)});
if (createCache) createCache().get("a");
const took = performance.now() - began;`;

if (process.argv.includes("--chromium")) {
  await chromium();
} else {
  node();
}

function node() {
  const folder = mkdtempSync(join(tmpdir(), "fetchwell-start-"));
  const empty = join(folder, "empty.mjs");
  writeFileSync(empty, "export const createCache = undefined;\n");
  const run = (file) => {
    const script = `${timed(pathToFileURL(file).href)}\nconsole.log(took);`;
    return Number(execFileSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8" }));
  };
  const [ours, nothing] = [[], []];
  for (let time = 0; time < TIMES; time += 1) {
    nothing.push(run(empty));
    ours.push(run(entry));
  }
  rmSync(folder, { recursive: true });
  tell(`Node ${process.versions.node}`, median(ours), median(nothing));
}

async function chromium() {
  const { withPage } = await import("../../tests/js/www/chromium.mjs");
  const kinds = { ".js": "text/javascript" };
  const package_ = fileURLToPath(new URL(".", pathToFileURL(entry)));
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://here/");
    const files = { "/": "<!doctype html><title>start</title>", "/empty.js": "", "/favicon.ico": "" };
    const text = files[pathname] ?? readFileSync(join(package_, basename(pathname)));
    response.writeHead(200, { "content-type": kinds[extname(pathname)] ?? "text/html", "cache-control": "no-store" }).end(text);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const origin = `http://127.0.0.1:${server.address().port}`;
  await withPage(async (page) => {
    // Each time in a page that was just opened, so that nothing is there yet.
    const run = async (address) => {
      await page.open(`${origin}/`);
      return page.run(async (address) => {
        const began = performance.now();
        const { createCache } = await import(address);
        if (createCache) createCache().get("a");
        return performance.now() - began;
      }, address);
    };
    const [ours, nothing] = [[], []];
    for (let time = 0; time < TIMES; time += 1) {
      nothing.push(await run("/empty.js"));
      ours.push(await run("/inline.js"));
    }
    tell("Chromium", median(ours), median(nothing));
  });
  server.close();
}

function tell(host, ours, nothing) {
  console.log(`${host}: import and first get ${ours.toFixed(1)} ms, an empty module ${nothing.toFixed(1)} ms, above it ${(ours - nothing).toFixed(1)} ms`);
}
