// Projects as other people have them: an empty folder, the packed package in `node_modules`, and a few files.

import { execFile } from "node:child_process";
import { cp, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { root } from "../hosts/stage.mjs";

const execute = promisify(execFile);
const all = join(root, "target/packaging");
const npm = process.platform === "win32" ? "npm.cmd" : "npm";

/** What every project asks of the package. Who runs it has set `tell`. */
export const APP = `import { createCache } from "fetchwell";

const cache = createCache();
cache.set("greeting", "Hello, Ada!");
globalThis.tell(cache.get("greeting"));
`;
export const ANSWER = "Hello, Ada!";

/** A script that runs an app in Node and prints what it tells. */
export const inNode = (app) => `globalThis.tell = console.log;\nawait import("${app}");\n`;

let packed;

/** The tarball as npm would publish it, and what npm says is in it. */
export function tarball() {
  packed ??= pack();
  return packed;
}

async function pack() {
  await rm(all, { recursive: true, force: true });
  const folder = join(all, "tarball");
  await mkdir(folder, { recursive: true });
  const told = await output(npm, ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], root);
  // npm up to 11 prints a list, later ones an object by name.
  const [{ filename, files }] = Object.values(JSON.parse(told));
  const [file] = (await readdir(folder)).filter((name) => name.endsWith(".tgz"));
  await writeFile(join(folder, "package.json"), '{ "private": true }\n');
  await output(npm, ["install", "--no-audit", "--no-fund", "--no-package-lock", "--offline", join(folder, file)], folder);
  return { path: join(folder, file), filename, files: files.map(({ path }) => path).sort(), installed: join(folder, "node_modules") };
}

/** A new project with these files, each a name and its text. */
export async function project(name, files) {
  const folder = join(all, name);
  await cp((await tarball()).installed, join(folder, "node_modules"), { recursive: true });
  for (const [path, text] of Object.entries({ "package.json": '{ "private": true, "type": "module" }\n', ...files })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

/** What a program prints. If it fails, what it printed is the error. */
export async function output(program, args, cwd) {
  try {
    return (await execute(program, args, { cwd, maxBuffer: 1e8 })).stdout;
  } catch (error) {
    throw new Error(`${program} ${args.join(" ")}\n${error.stdout}${error.stderr}`);
  }
}

/** A program of an npm package: of this folder's own, or of the root's. */
export function tool(name, folder = "tests/js/packaging") {
  return join(root, folder, "node_modules/.bin", name);
}
