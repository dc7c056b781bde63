// `get` of what is there.

import { OURS, everybody } from "../contestants.mjs";
import { kinds } from "../measure/keys.mjs";
import { few, speed } from "./speed.mjs";

const SIZES = [1_000, 100_000, 1_000_000];

export default speed({
  name: "get",
  title: "get, hit",
  about: `Zipf 0.99 over all entries. *Same*: the same text object each time, whose hash V8 keeps in it. *Fresh*: a key put together for the call,
which is what a cache of API responses sees. Long keys have some 55 characters, short ones up to 9.`,
  groups: (quick) =>
    kinds.map((kind) => ({
      title: `${kind.includes("ASCII") ? kind : `${kind}, ASCII`}`,
      variants: SIZES.flatMap((size) => {
        const large = size === SIZES.at(-1);
        // What is measured of the other kinds in a quick run: ours, at the middle size.
        if (quick && kind !== "long" && size !== 100_000) return [];
        const peers = quick && kind !== "long" ? [OURS] : quick && large ? few : everybody;
        return [false, true].map((fresh) => ({ body: "get", size, kind, fresh, peers }));
      }),
    })),
});
