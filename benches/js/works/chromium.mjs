// The works of speed once more in Chromium, in a page of a browser of its own for each cell: ours beside lru-cache.

import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { few, limits, speed } from "./speed.mjs";

const work = speed({
  name: "chromium",
  title: "In Chromium",
  about: "As above, by wall time, since a page cannot ask for processor time. Long keys.",
  groups(quick) {
    const sizes = quick ? [1_000, 100_000] : [1_000, 100_000, 1_000_000];
    const of = (body, variants) => ({
      title: body,
      variants: sizes.flatMap((size) => variants.map((variant) => ({ body, kind: "long", size, peers: few, ...variant }))),
    });
    const titled = (title, group) => ({ ...group, title });
    return [
      titled("get, hit", of("get", [{ fresh: false }, { fresh: true }])),
      titled("set of new keys, with eviction", of("evict", [{ fresh: true }])),
      titled("mixed, nine reads and a write", of("mixed", [{ fresh: true }, { fresh: true, scans: true }])),
    ];
  },
});

export default { ...work, measure: inPage };

async function inPage(cell) {
  const [{ build }, { withPage }] = await Promise.all([import("esbuild"), import("../../../tests/js/www/chromium.mjs")]);
  const entryPoints = [fileURLToPath(new URL("../measure/page.mjs", import.meta.url))];
  const { outputFiles } = await build({
    entryPoints,
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    write: false,
    logLevel: "error",
  });
  const script = outputFiles[0].text;
  const files = {
    "/": ["text/html", '<!doctype html><title>bench</title><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>'],
    "/page.js": ["text/javascript", script],
  };
  // Apart from all other pages it gets a clock of 5 µs in place of 100.
  const apart = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };
  const server = createServer((request, response) => {
    const [type, text] = files[request.url] ?? ["text/plain", ""];
    response.writeHead(200, { "content-type": type, ...apart }).end(text);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  try {
    let figures;
    await withPage(async (page) => {
      await page.open(`http://127.0.0.1:${server.address().port}/`);
      const agent = await page.run(() => navigator.userAgent);
      figures = { ...(await page.run((cell, limits) => globalThis.measured(cell, limits), cell, limits(cell.quick))), agent };
    });
    return figures;
  } finally {
    server.close();
  }
}
