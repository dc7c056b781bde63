// Hosts that are programs: they are started with a script, tell on their output what they do, and end.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** A host that this machine does not have. */
export class Absent extends Error {}

/** How long all tests of one place may take: what takes longer hangs. */
export const LIMIT_MS = 240_000;

/** How a guest tells its host: each line begins with one of these. */
export const BEGAN = "@began ";
export const RESULT = "@result ";

/** The first of these programs that is on the path. */
export function onPath(...names) {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    for (const name of names) {
      if (existsSync(join(folder, name))) {
        return join(folder, name);
      }
    }
  }
  return undefined;
}

/** A program of `tests/js/hosts/node_modules`. */
export function fromNpm(path) {
  const program = new URL(`./node_modules/${path}`, import.meta.url).pathname;
  if (!existsSync(program)) {
    throw new Absent("please run `npm ci` in tests/js/hosts, which installs the hosts that npm has");
  }
  return program;
}

/** Starts the program, waits for its end, and returns what its guest told. */
export function started(program, args, { cwd, env = {} }) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: { ...process.env, NO_COLOR: "1", ...env }, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (text) => {
        said += text;
      });
    }
    const limit = setTimeout(() => child.kill("SIGKILL"), LIMIT_MS);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(limit);
      resolve(understood(said, code ?? signal));
    });
  });
}

/** The result, or that there is none: a host that ends early fails the test it was at, and what came before is not counted. */
export function understood(said, ended) {
  const lines = said.split("\n");
  const result = lines.find((line) => line.startsWith(RESULT));
  if (result !== undefined && ended === 0) {
    return JSON.parse(result.slice(RESULT.length));
  }
  const began = lines.filter((line) => line.startsWith(BEGAN)).map((line) => line.slice(BEGAN.length));
  const rest = lines.filter((line) => !line.startsWith(BEGAN) && !line.startsWith(RESULT)).join("\n");
  const sentence = began.at(-1) ?? "(before the first test)";
  const why = `the host ended (${ended}) without a result, at this test\n${rest}`;
  return { passed: 0, failures: [{ sentence, why }] };
}
