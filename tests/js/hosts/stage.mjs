// A folder as a user's project has it: the tests, and the package in `node_modules`.

import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Lays the folder out and returns what a host has to know of it. */
export async function stage(host, { list, package: packageRoot, only }) {
  await complete(join(root, "tests/js", list));
  const folder = join(root, "target/js", `${host}-${list}`);
  await rm(folder, { recursive: true, force: true });
  const installed = join(folder, "node_modules/fetchwell");
  await mkdir(installed, { recursive: true });
  await cp(resolve(root, packageRoot, "package.json"), join(installed, "package.json"));
  await cp(resolve(root, packageRoot, "pkg"), join(installed, "pkg"), { recursive: true });
  // The list "straight" is the suite run in another way.
  const lists = list === "straight" ? [list, "suite"] : [list];
  for (const part of ["harness.mjs", "harness", "support", ...lists]) {
    await cp(join(root, "tests/js", part), join(folder, "tests/js", part), { recursive: true }).catch(absent);
  }
  await writeFile(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  await writeFile(join(folder, "guest.mjs"), guest(list, only));
  const { exports } = JSON.parse(await readFile(join(installed, "package.json"), "utf8"));
  return { folder, url: pathToFileURL(`${folder}/`).href, exports };
}

/** An empty folder, for a browser that is given no files. */
export async function stageless(name) {
  const folder = join(root, "target/js", name);
  await mkdir(folder, { recursive: true });
  return folder;
}

/** What every host runs. All its imports are static: a service worker allows no others, and a Worker's are run at its global scope. */
function guest(list, only) {
  return `import { run } from "./tests/js/harness.mjs";
import "./tests/js/${list}/all.mjs";

export const guest = (began) => run({ only: ${JSON.stringify(only)}, began });
`;
}

/** A file that nobody imports is a test that never runs. */
async function complete(folder) {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".mjs"));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  const missing = names.filter((name) => name !== "all.mjs" && !texts.some((text) => text.includes(`"./${name}"`)));
  if (missing.length > 0) {
    throw new Error(`${basename(folder)}/all.mjs does not import ${missing.join(", ")}`);
  }
}

/** Not every list has helpers beside it. */
function absent(error) {
  if (error.code !== "ENOENT") {
    throw error;
  }
}

/** A module as a host needs it that looks no names up: what it imports by the package's name, by address. */
export function addressed(text, addressOf) {
  return text.replace(/(\bfrom\s*|\bimport\s*\(?\s*)"(fetchwell(?:\/[\w.]+)?)"/g, (_, before, name) => `${before}"${addressOf(name)}"`);
}
