// `set`: new keys that push others out, and keys that are there already.

import { OURS, bounded, everybody } from "../contestants.mjs";
import { few, speed } from "./speed.mjs";

export default speed({
  name: "set",
  title: "set",
  about: `All keys are long and fresh. In a full cache each new key pushes another out; keys that are there already get another value. Values are
texts of a hundred characters; objects are small ones with five fields, whose size we estimate and the others do not ask for.`,
  groups(quick) {
    const sizes = quick ? [1_000, 100_000] : [1_000, 100_000, 1_000_000];
    const variant = { kind: "long", fresh: true };
    return [
      {
        title: "new keys, with eviction",
        variants: [
          ...sizes.map((size) => ({ ...variant, body: "evict", size, peers: bounded })),
          ...(quick ? [{ ...variant, body: "evict", size: 1_000_000, peers: few }] : []),
        ],
      },
      {
        title: "keys that are there, no eviction",
        variants: sizes.map((size) => ({ ...variant, body: "replace", size, peers: quick && size < 100_000 ? few : everybody })),
      },
      {
        title: "new keys, with eviction, short",
        variants: [{ ...variant, kind: "short", body: "evict", size: 100_000, peers: quick ? [OURS] : bounded }],
      },
      {
        title: "new keys, with eviction, objects",
        variants: [{ ...variant, objects: true, body: "evict", size: 100_000, peers: quick ? few : bounded }],
      },
    ];
  },
});
