// From the import to the first `get`: in Node, a process for each time; in Chromium, a page.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { basename, extname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { OURS, contestant, fileOf } from "../contestants.mjs";
import { median } from "./stats.mjs";

const TIMES = 20;
const entry = import.meta.resolve("fetchwell");

/** Another's `make` and `get` are what its file says; that file is read too, which costs less than what is told here. */
export async function inNode(name) {
  const folder = mkdtempSync(join(tmpdir(), "fetchwell-start-"));
  const empty = join(folder, "empty.mjs");
  writeFileSync(empty, "export default undefined;\n");
  const timed = (address, after) => `
const began = performance.now();
const { createCache, default: who } = await import(${JSON.stringify(address)});
${after}
console.log(performance.now() - began);
process.exit(0);`;
  const run = (address, after) =>
    Number(execFileSync(process.execPath, ["--input-type=module", "--eval", timed(address, after)], { encoding: "utf8" }));
  const first = name === OURS ? "createCache().get('a');" : `const cache = who.make(1000, 1000); await ${(await contestant(name)).get("'a'")};`;
  const [its, nothing] = [[], []];
  for (let time = 0; time < TIMES; time += 1) {
    nothing.push(run(pathToFileURL(empty).href, ""));
    its.push(run(name === OURS ? entry : fileOf(name), first));
  }
  rmSync(folder, { recursive: true });
  return { took: median(its), empty: median(nothing) };
}

export async function inChromium() {
  const { withPage } = await import("../../../tests/js/www/chromium.mjs");
  const kinds = { ".js": "text/javascript" };
  const package_ = fileURLToPath(new URL(".", entry));
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://here/");
    const files = { "/": "<!doctype html><title>start</title>", "/empty.js": "", "/favicon.ico": "" };
    const text = files[pathname] ?? readFileSync(join(package_, basename(pathname)));
    response.writeHead(200, { "content-type": kinds[extname(pathname)] ?? "text/html", "cache-control": "no-store" }).end(text);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const origin = `http://127.0.0.1:${server.address().port}`;
  const [ours, nothing] = [[], []];
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
    for (let time = 0; time < TIMES; time += 1) {
      nothing.push(await run("/empty.js"));
      ours.push(await run("/inline.js"));
    }
  });
  server.close();
  return { took: median(ours), empty: median(nothing) };
}
