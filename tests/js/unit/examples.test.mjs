// The documentation of the public types: every name says when to use it, and its examples, run with the built package, do what they say.
import assert from "node:assert/strict";
import { transform } from "esbuild";
import * as fetchwell from "fetchwell";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const source = readFileSync(new URL("../../../js/api.d.ts", import.meta.url), "utf8");

/** Names with the comment before them. */
const documented = [...source.matchAll(/\/\*\*((?:(?!\*\/)[^])*)\*\/\nexport (?:declare )?(?:const |class |function |interface |type )(\w+)/g)];
const exported = [...source.matchAll(/^export (?:declare )?(?:const |class |function |interface |type )(\w+)/gm)].map(([, name]) => name);

test("every public name says when to use it, with an example", () => {
  assert.deepEqual(documented.map(([, , name]) => name), exported);
  for (const [, comment, name] of documented) {
    assert.match(comment, /\bUse\b/, name);
    assert.match(comment, /```(js|ts)\n/, name);
  }
});

test("every method and every option says what it is for", () => {
  for (const name of ["Policy", "CacheOptions", "InvalidateOptions", "GetOrSetOptions", "LoadContext", "Cache", "Stats", "EntryInfo", "CacheEvents", "Clock"]) {
    const [, body] = new RegExp(`export interface ${name}\\b[^{]*\\{\\n([^]*?)\\n\\}`).exec(source);
    const lines = body.split("\n").filter((line) => /^ {2}(readonly )?(\w+|\[Symbol\.\w+\])[?<(:]/.test(line));
    assert.ok(lines.length > 1, name);
    for (const line of lines) {
      const before = body.slice(0, body.indexOf(line)).trimEnd();
      // Overloads and what closes a cache share the comment of the line before.
      const shared = /^ {2}(on\(event: "\*"|\[Symbol)/.test(line);
      assert.ok(shared || before.endsWith("*/"), `${name}: ${line}`);
    }
  }
});

test("the package exports what the types say, and nothing else", () => {
  const values = [...source.matchAll(/^export declare (?:const |class |function )(\w+)/gm)].map(([, name]) => name);
  assert.deepEqual(Object.keys(fetchwell).sort(), values.sort());
});

/** The examples, with the name they stand below and the line of the file. */
const examples = [...source.matchAll(/^ *\*  ?```(js|ts)\n([^]*?)^ *\*  ?```/gm)].map(({ 1: language, 2: text, index }) => ({
  line: source.slice(0, index).split("\n").length,
  language,
  code: text.replace(/^ *\*  ?/gm, "").replace(/^(\s*)(.+); \/\/ → (.+)$/gm, "$1$$equal($2, $3);"),
}));

for (const { line, language, code } of examples) {
  test(`the example in line ${line} of api.d.ts does what it says`, async () => {
    const { code: plain } = await transform(code, { loader: language, target: "es2022" });
    const names = { ...fetchwell, $equal: assert.deepEqual, console: { log() {}, warn() {} } };
    const run = new Function(...Object.keys(names), `return (async () => { ${plain} })();`);
    await run(...Object.values(names));
  });
}
