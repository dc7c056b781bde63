// TypeScript in the ways in which people set it up, with the newest compiler and an older one.

import { test } from "../harness.mjs";
import { output, project, tool } from "./projects.mjs";

const TYPED = `import { createCache, type Cache } from "fetchwell";

const cache: Cache<string> = createCache<string>();
cache.set("greeting", "Hello, Ada!");
export const greeting: string | undefined = cache.get("greeting");
`;
const REQUIRED = `import fetchwell = require("fetchwell");

export const cache: fetchwell.Cache<string> = fetchwell.createCache<string>();
`;
const COMPILERS = { newest: tool("tsc", ""), older: tool("tsc") };

/** Strict, and with the declarations of the package checked as well. */
const strict = (options) => ({ strict: true, skipLibCheck: false, noEmit: true, types: [], target: "es2022", ...options });

for (const [age, tsc] of Object.entries(COMPILERS)) {
  const compiles = (sentence, name, options, file, text) =>
    test(`${sentence}, with the ${age} compiler`, async () => {
      const tsconfig = JSON.stringify({ compilerOptions: strict(options), files: [file] });
      const folder = await project(`types-${name}-${age}`, { [file]: text, "tsconfig.json": tsconfig });
      await output(tsc, ["--project", "."], folder);
    });
  compiles("types are found with moduleResolution node16", "node16", { module: "node16", lib: ["es2022"] }, "app.ts", TYPED);
  compiles("types are found with moduleResolution nodenext", "nodenext", { module: "nodenext" }, "app.ts", TYPED);
  const bundler = { module: "esnext", moduleResolution: "bundler" };
  compiles("types are found with moduleResolution bundler", "bundler", bundler, "app.ts", TYPED);
}

test("types are found through require", async () => {
  const tsconfig = JSON.stringify({ compilerOptions: strict({ module: "nodenext" }), files: ["app.cts"] });
  const folder = await project("types-require", { "app.cts": REQUIRED, "tsconfig.json": tsconfig });
  await output(COMPILERS.newest, ["--project", "."], folder);
});
