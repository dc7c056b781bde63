// Bundlers as they are without any plugin for wasm. What they make runs in Node here, and in a page in `pages.mjs`.

import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { build as esbuild } from "esbuild";
import { rollup } from "rollup";
import { build as vite } from "vite";
import webpack from "webpack";
import { assert, test } from "../harness.mjs";
import { asked, module } from "../hosts/workerd.mjs";
import { ANSWER, APP, inNode, output, project } from "./projects.mjs";

/** A page that runs what a bundler made, and tells the server. */
export const page = (script) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>A page</title>
<link rel="icon" href="data:,">
<script>globalThis.tell = (answer) => fetch("/told", { method: "POST", body: JSON.stringify(answer) });</script>
<script type="module" src="${script}"></script>
</html>
`;

/** Each takes a project's folder with an `app.js` and leaves `dist/app.js` there. */
export const BUNDLERS = {
  esbuild: (folder) =>
    esbuild({ absWorkingDir: folder, entryPoints: ["app.js"], bundle: true, format: "esm", outdir: "dist", logLevel: "silent" }),
  Rollup: async (folder) => {
    const plugins = [nodeResolve({ browser: true })];
    const onwarn = (warning) => assert.ok(false, `Rollup warns: ${warning.message}`);
    const bundle = await rollup({ input: join(folder, "app.js"), plugins, onwarn });
    await bundle.write({ dir: join(folder, "dist"), format: "es" });
  },
  webpack: (folder) =>
    new Promise((resolve, reject) => {
      const output = { path: join(folder, "dist"), filename: "app.js" };
      webpack({ context: folder, entry: "./app.js", mode: "production", output, performance: false }, (error, stats) => {
        const wrong = error ?? (stats.hasErrors() || stats.hasWarnings() ? new Error(stats.toString()) : undefined);
        wrong === undefined ? resolve() : reject(wrong);
      });
    }),
  Vite: (folder) =>
    vite({
      root: folder,
      configFile: false,
      logLevel: "silent",
      // Without the part for pages alone, so that Node can run it too.
      build: { target: "es2022", outDir: "dist", modulePreload: { polyfill: false }, rollupOptions: { output: { entryFileNames: "app.js" } } },
    }),
};

/** The folder of a project that this bundler built. */
export async function built(name, app = APP) {
  const files = { "app.js": app, "index.html": page("./app.js"), "start.js": inNode("./dist/app.js") };
  const folder = await project(`bundled-by-${name.toLowerCase()}`, files);
  await BUNDLERS[name](folder);
  return folder;
}

for (const name of Object.keys(BUNDLERS)) {
  test(`${name} bundles the package into one file, which runs in Node`, async () => {
    const folder = await built(name);
    const made = (await readdir(join(folder, "dist"), { recursive: true })).filter((file) => !file.endsWith(".html"));
    assert.deepEqual(made, ["app.js"]);
    assert.equal((await output(process.execPath, ["start.js"], folder)).trim(), ANSWER);
  });
}

test("a bundle for Node that esbuild made as CommonJS runs without any other file", async () => {
  const folder = await project("bundled-for-node", { "app.js": APP, "start.cjs": 'globalThis.tell = console.log;\nrequire("./dist/app.cjs");\n' });
  const where = { outfile: "dist/app.cjs", platform: "node", format: "cjs" };
  await esbuild({ absWorkingDir: folder, entryPoints: ["app.js"], bundle: true, logLevel: "silent", ...where });
  assert.equal((await output(process.execPath, ["start.cjs"], folder)).trim(), ANSWER);
});

test("a Worker gets the engine as a module, as wrangler bundles it", async () => {
  const app = `import { createCache } from "fetchwell";

const cache = createCache();

export default {
  async fetch() {
    cache.set("greeting", "${ANSWER}");
    return new Response(cache.get("greeting"));
  },
};
`;
  const folder = await project("worker", { "app.js": app });
  const how = { conditions: ["workerd", "worker", "browser"], loader: { ".wasm": "copy" }, assetNames: "[name]" };
  await esbuild({ absWorkingDir: folder, entryPoints: ["app.js"], bundle: true, format: "esm", outdir: "dist", ...how });
  const worker = await readFile(join(folder, "dist/app.js"), "utf8");
  assert.ok(worker.length < 300_000 && worker.includes('"./fetchwell.wasm"'), "the engine is a file of its own");
  const { text } = await asked(join(folder, "dist"), [module("app.js"), module("fetchwell.wasm")]);
  assert.equal(text, ANSWER);
});
