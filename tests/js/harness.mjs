// The test harness: `test` registers, `run` runs. It needs nothing of its host but the language, so one suite runs on every host.
//
//   import { test, assert } from "../harness.mjs";
//   test("an entry is expired at its deadline and not before", async () => { … });

export { assert } from "./harness/assert.mjs";

const registered = [];

/** A sentence about behaviour, and the function that fails where the sentence is not true. */
export function test(sentence, body) {
  if (registered.some((one) => one.sentence === sentence)) {
    throw new Error(`two tests say the same: ${sentence}`);
  }
  registered.push({ sentence, body });
}

/**
 * Runs what was registered, one after the other, in the order of registration.
 *
 * What nobody caught fails the test during which it was noticed. `only`: those whose sentence contains the text. `began`: told each
 * sentence before its test, so that a host that hangs or dies can say where.
 */
export async function run({ only = "", began = () => {} } = {}) {
  const result = { passed: 0, failures: [] };
  const chosen = registered.filter((one) => one.sentence.includes(only));
  let uncaught = [];
  const unwatch = watchForUncaught((reason) => uncaught.push(reason));
  for (const { sentence, body } of chosen) {
    began(sentence);
    const wrong = [];
    try {
      await body();
    } catch (error) {
      wrong.push(told(error));
    }
    await turn();
    wrong.push(...uncaught.map((reason) => `nobody caught: ${told(reason)}`));
    uncaught = [];
    if (wrong.length === 0) {
      result.passed += 1;
    } else {
      result.failures.push({ sentence, why: wrong.join("\n") });
    }
  }
  await turn();
  unwatch();
  result.failures.push(...uncaught.map((reason) => ({ sentence: "(after the last test)", why: `nobody caught: ${told(reason)}` })));
  return result;
}

/** The text of what was thrown, which can be anything. */
function told(error) {
  if (!(error instanceof Error)) {
    return `thrown, and no Error: ${String(error)}`;
  }
  const stack = error.stack ?? "";
  // V8 begins the stack with the message, the others do not.
  return stack.includes(error.message) ? stack : `${error.name}: ${error.message}\n${stack}`;
}

/** A host notices a rejection that nobody handled when its microtasks have run out; one turn of its loop is enough. */
function turn() {
  if (typeof setTimeout !== "function") {
    return Promise.resolve();
  }
  return new Promise((resolve) => setTimeout(resolve, 0));
}

function watchForUncaught(tell) {
  const host = globalThis;
  if (typeof host.process?.on === "function" && typeof host.Deno === "undefined") {
    host.process.on("unhandledRejection", tell);
    host.process.on("uncaughtException", tell);
    return () => {
      host.process.off("unhandledRejection", tell);
      host.process.off("uncaughtException", tell);
    };
  }
  if (typeof host.addEventListener !== "function") {
    return () => {};
  }
  const rejected = (event) => {
    event.preventDefault();
    tell(event.reason);
  };
  const thrown = (event) => {
    event.preventDefault();
    tell(event.error ?? event.message);
  };
  host.addEventListener("unhandledrejection", rejected);
  host.addEventListener("error", thrown);
  return () => {
    host.removeEventListener("unhandledrejection", rejected);
    host.removeEventListener("error", thrown);
  };
}
