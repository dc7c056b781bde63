// Node, from a project with nothing but the package.

import { assert, test } from "../harness.mjs";
import { ANSWER, APP, inNode, output, project } from "./projects.mjs";

test("Node imports the package", async () => {
  const folder = await project("node-import", { "app.js": APP, "start.js": inNode("./app.js") });
  assert.equal((await output(process.execPath, ["start.js"], folder)).trim(), ANSWER);
});

test("CommonJS gets the package by require", async () => {
  const app = `const { createCache } = require("fetchwell");
const cache = createCache();
cache.set("greeting", "${ANSWER}");
console.log(cache.get("greeting"));
`;
  const folder = await project("node-require", { "app.cjs": app });
  assert.equal((await output(process.execPath, ["app.cjs"], folder)).trim(), ANSWER);
});

test("the bytes of the engine can be had by name", async () => {
  const app = `import { readFileSync } from "node:fs";
const bytes = readFileSync(new URL(import.meta.resolve("fetchwell/fetchwell.wasm")));
console.log(WebAssembly.validate(bytes));
`;
  const folder = await project("node-bytes", { "app.js": app });
  assert.equal((await output(process.execPath, ["app.js"], folder)).trim(), "true");
});

test("what is not public cannot be imported", async () => {
  const app = `for (const name of ["fetchwell/pkg/core.js", "fetchwell/core"]) {
  try {
    import.meta.resolve(name);
    console.log("found", name);
  } catch (error) {
    console.log(error.code);
  }
}
import("fetchwell").then((all) => console.log("provide" in all));
`;
  const folder = await project("node-private", { "app.js": app });
  const refused = "ERR_PACKAGE_PATH_NOT_EXPORTED";
  assert.deepEqual((await output(process.execPath, ["app.js"], folder)).trim().split("\n"), [refused, refused, "false"]);
});
