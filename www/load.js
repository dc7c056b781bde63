// Several callers at once for one key, each with a slow load of its own: the cache runs one of them.

import { byId, make, put } from "./dom.js";
import { bad, good } from "./forms.js";
import { many } from "./words.js";

let loads = 0;

/** Asks so many times at once, shows how each caller fares, and says in the end what it came to. */
export async function ask(cache, { key, callers, takesMs, fails, policy }) {
  const asked = performance.now();
  const fates = { load: 0, shared: 0, fresh: 0, stale: 0, failed: 0 };
  const seats = Array.from({ length: callers }, (_, at) => make("li", "", `${at + 1} waits`));
  byId("callers").replaceChildren(...seats);

  const one = async (seat, at) => {
    let ran = false;
    const slow = async ({ signal, background }) => {
      ran = !background;
      if (ran) put(seat, `${at + 1} loads`);
      await pause(takesMs, signal);
      if (fails) throw new Error("the origin said no");
      return { load: ++loads };
    };
    let found;
    const stop = cache.on("hit", (event) => {
      found = event;
    });
    // What is held is answered before getOrSet returns, so that the event is this caller's own.
    const answer = cache.getOrSet(key, slow, policy);
    stop();
    try {
      await answer;
      const fate = found === undefined ? (ran ? "load" : "shared") : found.stale ? "stale" : "fresh";
      fates[fate] += 1;
      settle(seat, fate, `${at + 1} ${SEATS[fate]}, ${Math.round(performance.now() - asked)} ms`);
    } catch (error) {
      fates.failed += 1;
      settle(seat, "failed", `${at + 1} failed`);
      return error;
    }
    return undefined;
  };

  const errors = await Promise.all(seats.map(one));
  const refused = errors.find((error) => error?.code === "invalid-option");
  if (refused !== undefined) {
    byId("callers").replaceChildren();
    throw refused;
  }
  return sentence(callers, fates);
}

const SEATS = { load: "loaded", shared: "shared", fresh: "hit", stale: "stale" };

function settle(seat, fate, text) {
  seat.dataset.fate = fate;
  put(seat, text);
}

function sentence(callers, { load, shared, fresh, stale, failed }) {
  const said = [
    load > 0 && `${load} ran its load`,
    shared > 0 && `${shared} shared one that was running`,
    fresh > 0 && `${fresh} got the stored value`,
    stale > 0 && `${stale} got the old value at once, while one load runs behind`,
    failed > 0 && `${failed} got the same error from one load`,
  ];
  const text = `Of ${many(callers, "caller")}: ${said.filter(Boolean).join(", ")}.`;
  return failed > 0 ? bad(text) : good(text);
}

/** The one thing here that takes long on purpose. */
function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
