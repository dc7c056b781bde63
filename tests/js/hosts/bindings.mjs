// Runs the Rust tests of the bindings in Firefox, without a driver: the runner serves its page, this stands before it and adds a line to
// the page that tells what the tests printed. `cargo xtask test` says which runner, in the environment.

import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { firefoxCommand, open } from "./browsers.mjs";
import { listen } from "./server.mjs";
import { stageless } from "./stage.mjs";
import { Absent, LIMIT_MS } from "./started.mjs";

const TEST = ["test", "--locked", "--test", "bindings", "--target", "wasm32-unknown-unknown"];

const WATCH = `<script type="module">
const output = document.getElementById("output");
const look = () => {
  if (output.textContent.includes("test result: ")) {
    watcher.disconnect();
    fetch("/told", { method: "POST", body: JSON.stringify(output.textContent) });
  }
};
const watcher = new MutationObserver(look);
watcher.observe(output, { childList: true, characterData: true, subtree: true });
look();
</script>`;

const port = await freePort();
const origin = `http://127.0.0.1:${port}`;
const environment = { NO_HEADLESS: "1", WASM_BINDGEN_USE_BROWSER: "1", WASM_BINDGEN_TEST_ADDRESS: `127.0.0.1:${port}` };
const runner = spawn(process.env.CARGO ?? "cargo", TEST, {
  detached: true,
  env: { ...process.env, ...environment },
  stdio: ["ignore", "pipe", "pipe"],
});
const server = await listen(async (pathname) => {
  const response = await fetch(origin + pathname);
  if (!response.ok) {
    throw new Error(`${pathname} is not there`);
  }
  const kind = response.headers.get("content-type") ?? "application/octet-stream";
  return { kind, text: pathname === "/" ? (await response.text()) + WATCH : Buffer.from(await response.arrayBuffer()) };
});
try {
  await serves();
  const told = await open(firefoxCommand, await stageless("bindings"), server, `${server.origin}/`);
  console.log(typeof told === "string" ? told : JSON.stringify(told));
  process.exitCode = typeof told === "string" && told.includes("test result: ok") ? 0 : 1;
} catch (error) {
  console.error(error instanceof Absent ? `absent: ${error.message}` : error);
  process.exitCode = 1;
} finally {
  server.close();
  process.kill(-runner.pid, "SIGKILL");
}

/** When the tests are built, the runner says where its page is. */
function serves() {
  return new Promise((resolve, reject) => {
    let said = "";
    const limit = setTimeout(() => reject(new Error(`the runner serves no page:\n${said}`)), LIMIT_MS);
    const hear = (text) => {
      said += text;
      if (said.includes(origin)) {
        clearTimeout(limit);
        resolve();
      }
    };
    runner.stdout.setEncoding("utf8").on("data", hear);
    runner.stderr.setEncoding("utf8").on("data", hear);
    runner.on("error", reject);
    runner.on("exit", () => reject(new Error(`the runner ended:\n${said}`)));
  });
}

/** A port that nobody has at the moment. */
function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port: free } = probe.address();
      probe.close(() => resolve(free));
    });
  });
}
