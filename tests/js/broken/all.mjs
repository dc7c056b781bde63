// Tests that must fail. Each host runs them before the others: a runner that lets one of these pass would let anything pass.

import { assert, test } from "../harness.mjs";

const aWhile = () => new Promise((resolve) => setTimeout(resolve, 20));

test("a claim that does not hold fails", () => assert.equal(1, 2));

test("a promise that rejects fails", async () => {
  throw new Error("on purpose");
});

test("a rejection that nobody handles fails", async () => {
  Promise.reject(new Error("on purpose"));
  await aWhile();
});

test("a rejection that nobody handles fails in a later turn too", async () => {
  setTimeout(() => Promise.reject(new Error("on purpose")), 0);
  await aWhile();
});

test("what a timer throws fails", async () => {
  setTimeout(() => {
    throw new Error("on purpose");
  }, 0);
  await aWhile();
});
