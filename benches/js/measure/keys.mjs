// The kinds of keys. A *fresh* key is put together for each call, as a cache of API responses sees it: nobody has hashed that text object
// before. A *same* key is the same text object each time; V8 keeps the hash in the object, so it is the best that a `Map` can be given.

const KINDS = {
  long: ["GET https://api.example.com/v2/tenants/books/", "?full=1"], // some 55 characters
  short: ["bk", ""],
  "long, not ASCII": ["GET https://api.example.com/v2/арендаторы/книги/", "?все=1"],
  "short, not ASCII": ["书", ""],
};

export const kinds = Object.keys(KINDS);

/** JavaScript that puts a fresh key together from a variable. (Constants alone would be folded into one text.) */
export function fresh(kind, variable) {
  const [before, after] = KINDS[kind].map((text) => JSON.stringify(text));
  return after === '""' ? `${before} + ${variable}` : `${before} + ${variable} + ${after}`;
}

/** The same key as a value. */
export function keyOf(kind, number) {
  const [before, after] = KINDS[kind];
  return before + number + after;
}

const [encoder, decoder] = [new TextEncoder(), new TextDecoder()];

/** A text in one piece: what `+` gives is a tree of pieces until somebody reads it. */
export const flat = (text) => decoder.decode(encoder.encode(text));

/** The keys of the numbers below `count`, each in one piece. */
export const keysOf = (kind, count) => Array.from({ length: count }, (_, number) => flat(keyOf(kind, number)));

/** 64 texts of some hundred characters, each of another length, so that a sum of lengths tells whether the right ones came back. */
export const texts = Array.from({ length: 64 }, (_, number) => flat("x".repeat(68 + number)));

/** The same as small objects, such as a parsed answer. */
export const objects = Array.from({ length: 64 }, (_, number) => ({
  id: number,
  title: `Book ${number}`,
  author: "Jane Austen",
  pages: 300 + number,
  tags: ["a", "b"],
}));
