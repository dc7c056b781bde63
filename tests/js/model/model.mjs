// The cache beside the most naive one imaginable: random programs of all methods, every answer compared.
//
//   node tests/js/model/model.mjs [--operations 1000000] [--seed 7] [--program 123]
//
// A failure prints the seed, the program, and the steps that led to it; `--seed S --program P` runs that one alone. One program in four
// runs under narrow bounds: there the cache may have evicted anything, so what is compared is that the bounds hold and that it never
// gives a value that the naive one would not give. Snapshots are taken all along and restored later: there, and in other caches.

import { pathToFileURL } from "node:url";
import { assert, run, test } from "../harness.mjs";
import { Program } from "./program.mjs";

const STEPS = 400;
const SIZES = { quick: 100_000, full: 1_000_000, long: 20_000_000 };

/** The number after `--name` on the command line. */
function argument(name) {
  const at = process.argv.indexOf(`--${name}`);
  if (at === -1) {
    return undefined;
  }
  const number = Number(process.argv[at + 1]);
  if (!Number.isSafeInteger(number) || number < 0) {
    throw new Error(`--${name} needs a number`);
  }
  return number;
}

const given = argument("seed") ?? process.env.FETCHWELL_SEED ?? 20_251_121;
/** The lower half of whatever was given: programs are told apart by 32 bits. */
const seed = Number(BigInt.asUintN(32, BigInt(given)));
const only = argument("program");
const operations = argument("operations") ?? SIZES[process.env.FETCHWELL_TEST] ?? SIZES.full;

test("the cache answers as a list searched from end to end would", async () => {
  const programs = Math.ceil(operations / STEPS);
  const kinds = new Map();
  const began = Date.now();
  console.log(`model: ${programs * STEPS} operations, seed ${seed}`);
  for (let number = only ?? 0; number < (only === undefined ? programs : only + 1); number += 1) {
    const bounded = number % 4 === 3;
    const program = new Program({ seed: Math.imul(seed, 0x9e3779b1) + number, bounded });
    const wrong = await program.run(STEPS);
    if (wrong !== undefined) {
      const where = `seed ${seed}, program ${number}${bounded ? " (bounded)" : ""}, step ${wrong.step}`;
      assert.ok(false, `${where}: ${wrong.what}\n${wrong.steps.join("\n")}`);
    }
    program.kinds.forEach((count, kind) => kinds.set(kind, (kinds.get(kind) ?? 0) + count));
    if ((number + 1) % 500 === 0) {
      console.log(`model: ${(number + 1) * STEPS} operations, ${((Date.now() - began) / 1_000).toFixed(1)} s`);
    }
  }
  console.log(
    `model: ${[...kinds]
      .sort(([, one], [, other]) => other - one)
      .map(([kind, count]) => `${kind} ${count}`)
      .join(", ")}`,
  );
});

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { failures } = await run();
  failures.forEach(({ why }) => console.log(why));
  process.exitCode = failures.length === 0 ? 0 : 1;
}
