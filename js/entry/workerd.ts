// For Workers: there only modules that were deployed with the code can be instantiated, never bytes.
import wasm from "../fetchwell.wasm";
import { provide } from "../core.js";

provide(wasm);

export * from "../index.js";
