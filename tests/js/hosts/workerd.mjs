// workerd, which runs Workers. The package is imported at the Worker's global scope, where nothing but memory may be had: no random
// numbers, no timers, no clock. The tests run at a request.

import { spawn } from "node:child_process";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { addressed } from "./stage.mjs";
import { LIMIT_MS, fromNpm } from "./started.mjs";

const WORKER = `import { guest } from "./guest.mjs";

export default {
  async fetch() {
    return Response.json(await guest());
  },
};
`;

export async function workerd(staged) {
  await writeFile(join(staged.folder, "worker.mjs"), WORKER);
  const { text, said } = await asked(staged.folder, await modules(staged));
  return withUncaught(JSON.parse(text), said);
}

/** What the Worker of these modules, the first its own, answers to a request; and what workerd had to say. */
export async function asked(folder, modules) {
  await writeFile(join(folder, "config.capnp"), config(modules));
  const child = spawn(fromNpm(".bin/workerd"), ["serve", "config.capnp", "--verbose", "--control-fd=3"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (text) => {
      said += text;
    });
  }
  try {
    const closed = new Promise((resolve) => child.on("close", resolve));
    const port = await listening(child, () => said);
    const response = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(LIMIT_MS) });
    const text = await response.text();
    child.kill("SIGKILL");
    await closed; // now all that it said was heard
    if (!response.ok) {
      throw new Error(`workerd answered ${response.status}: ${text}\n${said}`);
    }
    return { text, said };
  } finally {
    child.kill("SIGKILL");
  }
}

/** What a timer throws no Worker can hear; workerd says it, and not in which test. One that passed did not. */
function withUncaught({ passed, failures }, said) {
  const uncaught = said.split("\n").filter((line) => line.includes("uncaught exception; source"));
  const told = uncaught.map((why) => ({ sentence: "(one of the tests)", why }));
  return { passed: passed - told.length, failures: [...failures, ...told] };
}

/** workerd tells on its control pipe which port it got. */
function listening(child, said) {
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`workerd ended (${code}):\n${said()}`)));
    let told = "";
    child.stdio[3].setEncoding("utf8");
    child.stdio[3].on("data", (text) => {
      told += text;
      const line = told.split("\n").find((one) => one.includes('"listen"'));
      if (line !== undefined) {
        resolve(JSON.parse(line).port);
      }
    });
  });
}

/** Every file is a module by its path, and the package one by its name: as an absolute path, since workerd takes all names for paths. */
async function modules(staged) {
  const files = await readdir(staged.folder, { recursive: true });
  const own = files.filter((name) => name.endsWith(".mjs") && name !== "worker.mjs");
  for (const name of own) {
    const file = join(staged.folder, name);
    await writeFile(file, addressed(await readFile(file, "utf8"), (specifier) => `/${specifier}`));
  }
  const installed = "node_modules/fetchwell/pkg";
  return [
    module("worker.mjs"),
    ...own.map((name) => module(name)),
    ...["core.js", "glue.js", "index.js"].map((name) => module(name, `${installed}/${name}`)),
    module("fetchwell", `${installed}/workerd.js`),
    module("fetchwell.wasm", `${installed}/fetchwell.wasm`),
  ];
}

/** A module by its name, as a configuration has it. */
export function module(name, path = name) {
  return `(name = "${name}", ${path.endsWith(".wasm") ? "wasm" : "esModule"} = embed "${path}")`;
}

function config(modules) {
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
  v8Flags = ["--expose-gc"],
);

const worker :Workerd.Worker = (
  compatibilityDate = "2026-10-01",
  modules = [
    ${modules.join(",\n    ")}
  ],
);
`;
}
