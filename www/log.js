// The last events, the newest first.

import { byId, make } from "./dom.js";
import { keyName, size } from "./words.js";

const MOST = 60;

export class Log {
  /** What has happened since it was last drawn. */
  #news = [];
  #begin = performance.now();

  constructor(cache) {
    cache.on("*", (event) => {
      this.#news.push({ event, at: performance.now() - this.#begin });
      if (this.#news.length > MOST) this.#news.shift();
    });
  }

  draw() {
    const list = byId("log");
    for (const { event, at } of this.#news.splice(0)) {
      const [key, detail] = told(event);
      const time = make("time", "number", `${(at / 1_000).toFixed(1)} s`);
      const line = make("li", "", time, make("b", "type", event.type), make("span", "key", key), make("span", "detail", detail));
      line.dataset.type = event.type;
      list.prepend(line);
    }
    while (list.childElementCount > MOST) list.lastElementChild.remove();
  }
}

/** What an event is about, and what it says. */
function told(event) {
  switch (event.type) {
    case "hit":
      return [keyName(event.key), event.stale ? "stale" : "fresh"];
    case "miss":
    case "reject":
      return [keyName(event.key), event.reason];
    case "set":
      return [keyName(event.key), size(event.bytes)];
    case "remove":
      return [keyName(event.key), event.cause];
    case "invalidate":
      return [event.what === "" ? "everything" : event.what, `${event.count} by ${event.by}`];
    case "refresh":
      return [keyName(event.key), `${event.ok ? "done" : "failed"} in ${Math.round(event.ms)} ms`];
    default:
      return [event.phase, String(event.error)];
  }
}
