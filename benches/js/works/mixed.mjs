// Nine reads and a write, over ten times as many keys as there is room for; what a read does not find is stored.

import { bounded } from "../contestants.mjs";
import { few, speed } from "./speed.mjs";

export default speed({
  name: "mixed",
  title: "Mixed, nine reads and a write",
  about: `Zipf 0.99 over the keys that the column names, with room for a tenth of them; a miss is followed by a \`set\`. *Scans*: after each 200
requests come 100 for keys that nobody asks for again. Who evicts better has fewer misses to pay for.`,
  groups(quick) {
    const sizes = [10_000, 100_000, 1_000_000];
    const variants = sizes.flatMap((size) => {
      const peers = quick && size !== 100_000 ? few : bounded;
      const variant = { kind: "long", body: "mixed", size, peers };
      return [
        { ...variant, fresh: false },
        { ...variant, fresh: true },
        { ...variant, fresh: true, scans: true },
      ];
    });
    return [{ title: "long, ASCII", variants }];
  },
});
