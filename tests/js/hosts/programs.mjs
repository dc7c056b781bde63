// Node, Deno and Bun.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BEGAN, RESULT, fromNpm, started } from "./started.mjs";

/** The script that a program runs; `before` comes first. */
const script = (before) => `${before}
const { guest } = await import("./guest.mjs");
const result = await guest((sentence) => console.log("${BEGAN}" + sentence));
console.log("${RESULT}" + JSON.stringify(result));
`;

/** Node, this one or one of npm. The package is loaded by `require` before any `import` of it, and both give the very same. */
export function node(package_) {
  return async (staged) => {
    const program = package_ === undefined ? process.execPath : fromNpm(`${package_}/bin/node`);
    const before = `import { createRequire } from "node:module";
const required = createRequire(import.meta.url)("fetchwell");
const imported = await import("fetchwell");
for (const name of Object.keys(imported)) {
  if (required[name] !== imported[name]) {
    throw new Error("require gives another " + name + " than import");
  }
}`;
    await writeFile(join(staged.folder, "start.mjs"), script(before));
    // Rejections that nobody handles are the harness's to tell, also those of the last test.
    return started(program, ["--expose-gc", "start.mjs"], { cwd: staged.folder });
  };
}

/** Deno without a single permission: the import asks for none. */
export async function deno(staged) {
  await writeFile(join(staged.folder, "start.mjs"), script(""));
  const args = ["run", "--no-prompt", "--no-remote", "--quiet", "--v8-flags=--expose-gc", "start.mjs"];
  return started(fromNpm(".bin/deno"), args, { cwd: staged.folder, env: { DENO_NO_UPDATE_CHECK: "1" } });
}

export async function bun(staged) {
  await writeFile(join(staged.folder, "start.mjs"), script("globalThis.gc = () => Bun.gc(true);"));
  return started(fromNpm(".bin/bun"), ["run", "start.mjs"], { cwd: staged.folder });
}
