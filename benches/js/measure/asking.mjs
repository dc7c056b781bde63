// A request as hit ratios know it.

/** Asks for the key of a number; stores it when it is not there; tells whether it was. (Of a contestant that awaits, a promise of that.) */
export function asking(who, cache) {
  const wait = who.awaits ? "await " : "";
  const text = `return ${who.awaits ? "async " : ""}(number) => {
  const key = "k" + number;
  if (${wait}${who.get("key")} != null) return true;
  ${wait}${who.set("key", "number")};
  return false;
};`;
  return new Function("cache", text)(cache);
}
