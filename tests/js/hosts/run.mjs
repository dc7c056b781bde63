// Runs a list of tests on a host:
//
//   node tests/js/hosts/run.mjs node                     the suite, on the Node that runs this
//   node tests/js/hosts/run.mjs chromium --only expired  the tests whose sentence contains a text
//   node tests/js/hosts/run.mjs deno --list inject --package target/inject
//
// The host gets the package as a user gets it: in `node_modules/fetchwell`, by its public name.

import { parseArgs } from "node:util";
import { stage } from "./stage.mjs";
import { hosts } from "./all.mjs";
import { Absent } from "./started.mjs";
import { told } from "./told.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    list: { type: "string", default: "suite" },
    package: { type: "string", default: "." },
    only: { type: "string", default: "" },
  },
});
const [name] = positionals;
const host = hosts[name];
if (host === undefined) {
  console.error(`there is no host "${name}", only ${Object.keys(hosts).join(", ")}`);
  process.exit(2);
}
process.exitCode = await tried();

async function tried() {
  try {
    let all = 0;
    for (const [place, run] of Object.entries(host)) {
      const where = `${name}${place === "" ? "" : `, ${place}`}`;
      await notices(where, run);
      const staged = await stage(name, values);
      all += told(where, await run(staged), staged);
    }
    return all === 0 ? 0 : 1;
  } catch (error) {
    // `cargo xtask` knows such a line, and takes it for something that cannot be done here.
    console.error(error instanceof Absent ? `absent: ${error.message}` : error);
    return 1;
  }
}

/** A place where a test can fail unnoticed is no place to test in. */
async function notices(where, run) {
  const { passed, failures } = await run(await stage(name, { list: "broken", package: values.package, only: "" }));
  const own = failures.filter(({ why }) => why.includes("on purpose") || why.includes("expected 2"));
  if (passed > 0 || own.length === 0 || own.length < failures.length) {
    const seen = failures.map(({ sentence, why }) => `${sentence}: ${why}`).join("\n");
    throw new Error(`${where}: ${passed} of the tests that must fail passed; of the others it told\n${seen}`);
  }
}
