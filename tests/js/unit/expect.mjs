// What the unit tests ask in common.
import assert from "node:assert/strict";

/** That a call is refused: the error has this code and field, and its text says these words. */
export function refuses(call, code, field, ...words) {
  let refused;
  try {
    call();
  } catch (error) {
    refused = error;
  }
  assert.ok(refused, `not refused; ${code} of ${field} expected`);
  assert.equal(refused.name, "FetchwellError", refused.stack);
  assert.deepEqual([refused.code, refused.field], [code, field], refused.message);
  for (const word of words) assert.ok(refused.message.includes(word), `"${word}" is not in: ${refused.message}`);
  return refused;
}

/** Values of every kind there is, for "and everything else is refused". The last two answer (or refuse) whatever they are asked. */
export const everyKind = () => {
  const revoked = Proxy.revocable([], {});
  revoked.revoke();
  return [undefined, null, true, false, 0, -1, 1.5, NaN, Infinity, -Infinity, 7n, "", "5m", "x", "\ud800", Symbol("s"), () => 1, class {}, {}, [],
    [1], ["a"], new Date(0), new Map(), /x/, new Number(5), new String("5m"), Object.create(null), revoked.proxy, new Proxy({}, { get: () => 1 })];
};
