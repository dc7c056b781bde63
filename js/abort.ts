// Hearing of aborts. A server passes the signal of a request to all it loads for it: each signal has one listener of ours, however many wait.

/** Who waits for a signal, in the order of coming. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls back when a signal aborts; the returned function ends that. */
export function onAbort(signal: AbortSignal, run: () => void): () => void {
  let runs = waiting.get(signal);
  if (!runs) {
    const all = new Set<() => void>();
    const abort = (): void => {
      waiting.delete(signal);
      for (const run of [...all]) run();
    };
    signal.addEventListener("abort", abort);
    // Nobody is left: nothing of ours stays with a signal that may live as long as the program.
    listeners.set(all, () => signal.removeEventListener("abort", abort));
    waiting.set(signal, (runs = all));
  }
  const own = runs;
  own.add(run);
  return () => {
    own.delete(run);
    if (own.size > 0) return;
    if (waiting.get(signal) === own) waiting.delete(signal);
    listeners.get(own)?.();
  };
}

/** How to take a listener back. */
const listeners = new WeakMap<Set<() => void>, () => void>();
