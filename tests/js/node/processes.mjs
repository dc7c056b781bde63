// A process of its own for each: it ends by itself when it has nothing to do, and no rejection in it is unhandled.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { test, assert } from "../harness.mjs";

/** Runs a script of the folder `child`; what is not handled ends it with an error. Returns what it printed. */
function child(name, ...args) {
  const script = fileURLToPath(new URL(`./child/${name}.mjs`, import.meta.url));
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, ["--unhandled-rejections=strict", ...args, script], {
    timeout: 60_000,
    encoding: "utf8",
  });
  assert.deepEqual([status, signal, stderr], [0, null, ""], `${name}: ${stdout}`);
  return stdout.trim();
}

test("a process with caches in it ends when its own work is done", () => {
  assert.equal(child("idle"), "done");
});

test("a process ends though loads that nobody waits for hang, or rest between two tries", () => {
  assert.equal(child("behind"), "old, old, old, old; nothing to wait for");
});

test("a process stays while somebody waits for a limit of time or a pause between two tries", () => {
  assert.equal(child("waits"), "timeout, second try, old, joined");
});

test("failures where nobody waits, of every kind and on the host's own timers, are handled", () => {
  assert.equal(child("failures"), "handled");
});

test("a process that is told of unhandled rejections and warnings is told of none", () => {
  assert.equal(child("told", "--trace-warnings"), "nothing");
});
