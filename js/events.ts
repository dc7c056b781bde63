// Who wants to know what happens: listeners of events, and subscriptions to keys. They are the user's: whatever they do hurts nobody else.

import type { AnyCacheEvent } from "./api.js";
import { fault, shown } from "./errors.js";
import { callback, instead } from "./options.js";

const EVENTS: readonly AnyCacheEvent["type"][] = ["hit", "miss", "set", "reject", "remove", "invalidate", "refresh", "error"];

/** How often the callbacks of one key run for changes that they make themselves, before they are left alone. */
const ENOUGH = 100;

interface Listener {
  readonly event: string;
  readonly namespace: number | undefined;
  readonly fn: Function;
  gone: boolean;
}

/** The subscriptions to one key. */
interface Watched {
  callbacks: readonly (() => void)[];
}

/** All listeners and subscriptions of one cache. */
export class Hub {
  /** Does anybody listen to events? */
  listening = false;
  /** Did anybody subscribe to a key? */
  subscribed = false;

  /** Replaced and never changed, so that one who comes or goes meanwhile disturbs no round. */
  #listeners: readonly Listener[] = [];
  #telling = false;
  readonly #keys = new Map<number, Map<string, Watched>>();
  readonly #changes: [namespace: number, key: string][] = [];
  #draining = false;

  /** Listens to one kind of event, or to all ("*"), of one namespace or of all. The returned function ends it. */
  on(event: string, namespace: number | undefined, fn: Function): () => void {
    const names = [...EVENTS, "*"];
    if (!names.includes(event)) {
      throw fault("invalid-option", `${shown(event)} is no event; ${instead(String(shown(event)).slice(1, -1), names)}`, { field: "event" });
    }
    const listener: Listener = { event, namespace, fn: callback(fn, "fn"), gone: false };
    this.#listeners = [...this.#listeners, listener];
    this.listening = true;
    return () => {
      listener.gone = true;
      this.#listeners = this.#listeners.filter((other) => other !== listener);
      this.listening = this.#listeners.length > 0;
    };
  }

  /** Calls back when what a key answers may have changed. The returned function ends it. */
  subscribe(namespace: number, key: string, fn: () => void): () => void {
    callback(fn, "fn");
    // A function of its own, so that one that subscribes twice also ends twice.
    const call = (): void => fn();
    let keys = this.#keys.get(namespace);
    if (!keys) this.#keys.set(namespace, (keys = new Map()));
    let watched = keys.get(key);
    if (!watched) keys.set(key, (watched = { callbacks: [] }));
    watched.callbacks = [...watched.callbacks, call];
    this.subscribed = true;
    return () => {
      watched.callbacks = watched.callbacks.filter((other) => other !== call);
      // By now another may stand there, when the cache was closed in between.
      if (watched.callbacks.length || keys.get(key) !== watched) return;
      keys.delete(key);
      if (!keys.size && this.#keys.get(namespace) === keys) this.#keys.delete(namespace);
      this.subscribed = this.#keys.size > 0;
    };
  }

  /** Tells everybody. What listeners cause while they are told is told to nobody: no endless loops. */
  emit(namespace: number, event: AnyCacheEvent): void {
    this.#tell(namespace, event);
  }

  /** `except` is who failed, when that is what is told. */
  #tell(namespace: number, event: AnyCacheEvent, except?: Listener): void {
    if (this.#telling || !this.listening) return;
    this.#telling = true;
    // One listener must not change what the next one sees.
    Object.freeze(event);
    const failures: [Listener, unknown][] = [];
    for (const listener of this.#listeners) {
      const concerned = listener.namespace === undefined || listener.namespace === namespace;
      const listens = listener.event === "*" || listener.event === event.type;
      if (!concerned || !listens || listener.gone || listener === except) continue;
      run(() => listener.fn(event), (error) => {
        // Who fails at hearing of a failure has said enough.
        if (except) return;
        if (this.#telling) failures.push([listener, error]);
        else this.#failed(namespace, error, "listener", listener);
      });
    }
    this.#telling = false;
    for (const [listener, error] of failures) this.#failed(namespace, error, "listener", listener);
  }

  #failed(namespace: number, error: unknown, phase: string, except?: Listener): void {
    this.#tell(namespace, { type: "error", error, phase }, except);
  }

  /**
   * Tells those who subscribed to a key. What they change themselves is told when they are done, so that nobody is called while he is
   * called. One who answers each change with another is stopped at some time, and that is said.
   */
  changed(namespace: number, key: string): void {
    if (!this.#keys.get(namespace)?.has(key)) return;
    this.#changes.push([namespace, key]);
    if (this.#draining) return;
    this.#draining = true;
    /** How often each key was told of: the key, as its subscribers may end and come anew each time. */
    const told = new Map<string, number>();
    for (const [namespace, key] of this.#changes) {
      const watched = this.#keys.get(namespace)?.get(key);
      const name = `${namespace} ${key}`;
      const times = (told.get(name) ?? 0) + 1;
      if (!watched || times > ENOUGH + 1) continue;
      told.set(name, times);
      if (times > ENOUGH) {
        const message = `callbacks of the key ${shown(key)} changed it ${ENOUGH} times when they were told that it had changed`;
        this.#failed(namespace, fault("callback-loop", message, { field: "subscribe" }), "subscribe");
        continue;
      }
      for (const call of watched.callbacks) {
        // One that was ended meanwhile is not called.
        if (watched.callbacks.includes(call)) run(call, (error) => this.#failed(namespace, error, "subscribe"));
      }
    }
    this.#changes.length = 0;
    this.#draining = false;
  }

  /** Forgets everybody. */
  close(): void {
    for (const listener of this.#listeners) listener.gone = true;
    for (const keys of this.#keys.values()) for (const watched of keys.values()) watched.callbacks = [];
    this.#listeners = [];
    this.#keys.clear();
    this.#changes.length = 0;
    this.listening = this.subscribed = false;
  }
}

/** Runs what is the user's. It may throw, or return a promise that rejects: nobody else would catch that. */
function run(call: () => unknown, failed: (error: unknown) => void): void {
  try {
    const result = call();
    if (typeof result === "object" && result !== null) Promise.resolve(result).then(undefined, failed);
  } catch (error) {
    failed(error);
  }
}
