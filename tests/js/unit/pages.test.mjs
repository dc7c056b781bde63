// The examples on the pages for users, each typed as printed into an empty module: it runs, and prints what the comments beside it say.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = new URL("../../../", import.meta.url);

for (const page of ["README.md", "docs/javascript.md"]) {
  const text = readFileSync(new URL(page, root), "utf8");
  const examples = [...text.matchAll(/^```js\n([^]*?)^```/gm)];

  test(`${page} has examples`, () => assert.ok(examples.length > 0));

  for (const { 1: code, index } of examples) {
    const line = text.slice(0, index).split("\n").length;
    test(`the example in line ${line} of ${page} prints what it says`, () => {
      const printed = execFileSync(process.execPath, ["--input-type=module", "--eval", code], { cwd: fileURLToPath(root), encoding: "utf8" });
      const lines = printed.split("\n");
      for (const said of promised(code)) {
        assert.ok(lines.some((line) => line.startsWith(said)), `"${said}" was not printed, but\n${printed}`);
      }
    });
  }
}

/** What stands as a comment behind a `console.log`, up to the explanation. */
function promised(code) {
  return [...code.matchAll(/^console\.log\(.*\);\s*\/\/ (.+)$/gm)].map(([, said]) => said.split(/[:,;]/)[0].trim()).filter((said) => !said.startsWith("one load"));
}
