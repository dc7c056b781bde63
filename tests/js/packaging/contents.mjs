// What is in the tarball, and what those say who know what should be.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { assert, test } from "../harness.mjs";
import { output, tarball, tool } from "./projects.mjs";

const FILES = [
  "LICENSE-APACHE",
  "LICENSE-MIT",
  "README.md",
  "package.json",
  "pkg/ABOUT.md",
  "pkg/core.js",
  "pkg/fetchwell.wasm",
  "pkg/glue.js",
  "pkg/index.d.ts",
  "pkg/index.js",
  "pkg/inline.js",
  "pkg/url.d.ts",
  "pkg/url.js",
  "pkg/workerd.js",
];

test("the tarball holds what the package needs and nothing else", async () => {
  assert.deepEqual((await tarball()).files, FILES);
});

test("the package depends on no other", async () => {
  const manifest = JSON.parse(await readFile(join((await tarball()).installed, "fetchwell/package.json"), "utf8"));
  const kinds = ["dependencies", "peerDependencies", "optionalDependencies", "bundleDependencies"];
  assert.deepEqual(kinds.filter((kind) => manifest[kind] !== undefined), []);
  assert.deepEqual(Object.keys(manifest.scripts ?? {}), []);
});

test("nothing in the package names a folder of the machine that built it", async () => {
  const { files, installed } = await tarball();
  for (const file of files.filter((name) => name.startsWith("pkg/"))) {
    const text = await readFile(join(installed, "fetchwell", file), "latin1");
    assert.ok(!/\/(?:home|root|Users|tmp)\//.test(text), file);
  }
});

test("publint finds nothing", async () => {
  const pkgDir = join((await tarball()).installed, "fetchwell");
  const { messages, pkg } = await publint({ pkgDir, pack: false, strict: true });
  assert.deepEqual(messages.map((message) => formatMessage(message, pkg)), []);
});

test("arethetypeswrong finds nothing", async () => {
  const { path } = await tarball();
  // There are no types for the bytes. CommonJS loads the modules as they are, which Node does since 20.19.
  const how = ["--profile", "esm-only", "--exclude-entrypoints", "./fetchwell.wasm", "--no-emoji", "--no-color"];
  await output(tool("attw"), [path, ...how]);
});
