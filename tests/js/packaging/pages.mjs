// Pages, in Chromium: without a bundler, and with what the bundlers made.

import { cp } from "node:fs/promises";
import { join } from "node:path";
import { assert, test } from "../harness.mjs";
import { chromiumCommand, open } from "../hosts/browsers.mjs";
import { serveFolder } from "../hosts/server.mjs";
import { BUNDLERS, built, page } from "./bundlers.mjs";
import { ANSWER, APP, project } from "./projects.mjs";

const BY_ADDRESS = APP.replace('"fetchwell"', '"fetchwell/url"');

/** What a page of this folder tells. */
async function told(folder, path) {
  const server = await serveFolder(folder);
  try {
    return await open(chromiumCommand, folder, server, `${server.origin}/${path}`);
  } finally {
    server.close();
  }
}

/** A page that finds the package through an import map, where npm put it. */
function unbundled(app) {
  const imports = Object.fromEntries(
    [["fetchwell", "inline.js"], ["fetchwell/url", "url.js"]].map(([name, file]) => [name, `/node_modules/fetchwell/pkg/${file}`]),
  );
  const map = `<script type="importmap">${JSON.stringify({ imports })}</script>\n<script type="module"`;
  return { "app.js": app, "index.html": page("./app.js").replace('<script type="module"', map) };
}

test("a page without a bundler imports the package through an import map", async () => {
  assert.equal(await told(await project("page", unbundled(APP)), "index.html"), ANSWER);
});

test("a page without a bundler can load the engine by its address", async () => {
  assert.equal(await told(await project("page-by-address", unbundled(BY_ADDRESS)), "index.html"), ANSWER);
});

for (const name of Object.keys(BUNDLERS)) {
  test(`a page runs what ${name} made`, async () => {
    const folder = await built(name);
    if (name !== "Vite") {
      await cp(join(folder, "index.html"), join(folder, "dist/index.html"));
    }
    assert.equal(await told(join(folder, "dist"), "index.html"), ANSWER);
  });
}

for (const name of ["webpack", "Vite"]) {
  test(`${name} takes the engine along that is loaded by its address`, async () => {
    const folder = await built(name, BY_ADDRESS);
    if (name !== "Vite") {
      await cp(join(folder, "index.html"), join(folder, "dist/index.html"));
    }
    assert.equal(await told(join(folder, "dist"), "index.html"), ANSWER);
  });
}
