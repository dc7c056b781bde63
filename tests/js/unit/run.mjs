// Runs the unit tests of js/: `node tests/js/unit/run.mjs`. Node only; what the whole package does is tested on every host elsewhere.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const files = readdirSync(here).filter((name) => name.endsWith(".test.mjs"));
const tests = run({ files: files.map((name) => join(here, name)), concurrency: true });
tests.on("test:fail", () => (process.exitCode = 1));
tests.compose(new spec()).pipe(process.stdout);
