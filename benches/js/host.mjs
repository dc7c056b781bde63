// The newest Node that tests/js/hosts has locked, and processes of it.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { fromNpm } from "../../tests/js/hosts/started.mjs";

/** What hangs is ended, and its cell says so. */
const LIMIT_MS = { quick: 90_000, full: 400_000 };
const script = fileURLToPath(new URL("./cell.mjs", import.meta.url));

function newest() {
  const { devDependencies } = JSON.parse(readFileSync(new URL("../../tests/js/hosts/package.json", import.meta.url), "utf8"));
  const all = Object.keys(devDependencies).filter((name) => /^node-\d+$/.test(name));
  const [name] = all.sort((a, b) => Number(b.slice(5)) - Number(a.slice(5)));
  return { program: fromNpm(`${name}/bin/node`), version: devDependencies[name].split("@").at(-1) };
}

export const node = newest();
export const machine = `${cpus()[0]?.model.trim() ?? "a processor"}, ${availableParallelism()} cores`;

/** Runs a cell in a process of its own. What goes wrong in it is its figure. */
export function run(work, cell, quick) {
  const args = ["--expose-gc", "--max-old-space-size=8192", script, JSON.stringify({ ...cell, work, quick })];
  return new Promise((resolve, reject) => {
    const child = spawn(node.program, args, { stdio: ["ignore", "pipe", "pipe"] });
    let [told, said, late] = ["", "", false];
    child.stdout.setEncoding("utf8").on("data", (text) => (told += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (said += text));
    const limit = setTimeout(() => (late = child.kill("SIGKILL")), LIMIT_MS[quick ? "quick" : "full"]);
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(limit);
      if (late) return resolve({ failed: "too slow" });
      if (code === 0) return resolve(JSON.parse(told.trimEnd().split("\n").at(-1)));
      resolve({ failed: "failed", why: said.split("\n").find((line) => line.includes("Error")) ?? said });
    });
  });
}
