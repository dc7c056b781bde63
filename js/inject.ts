// Traps on purpose; in test builds alone. A point is named by the operation of the engine and the moment in it, "Set.changed".

import { Aside } from "./aside.js";
import { isOf, raw, textOf } from "./wasm.js";

/** What the engine of a test build exports beside the rest. */
interface Injecting {
  injectionPoints(): number;
  injectionPoint(number: number): number;
  injectionArm(number: number): void;
}

const engine = (): Injecting => {
  isOf(0);
  return raw as unknown as Injecting;
};

export const injection = {
  /** The names of all points. */
  points: (): string[] => Array.from({ length: engine().injectionPoints() }, (_, number) => textOf(engine().injectionPoint(number))),
  /** Has the engine trap when it passes this point next. */
  arm: (point: string): void => engine().injectionArm(injection.points().indexOf(point)),
  /** From now on every hit is asked of the engine. */
  straight: (): void => void (Aside.prototype.find = () => -1),
  /** Has it trap nowhere. */
  disarm: (): void => engine().injectionArm(-1),
};
