// Runs lists of tests that are for Node alone, in the repository as it is: `node tests/js/hosts/here.mjs scenario`. `--only` chooses by a
// text in the sentence; what else stands there, such as `--operations 1000000` for the model, the tests read themselves.

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../harness.mjs";
import { root } from "./stage.mjs";
import { told } from "./told.mjs";

const [list, ...rest] = process.argv.slice(2);
const folder = join(root, "tests/js", list);
for (const name of (await readdir(folder)).sort()) {
  if (name.endsWith(".mjs")) {
    await import(join(folder, name));
  }
}
const only = rest.includes("--only") ? rest[rest.indexOf("--only") + 1] : "";
const failed = told(list, await run({ only }), { folder: root, url: new URL("../../../", import.meta.url).href });
process.exitCode = failed === 0 ? 0 : 1;
