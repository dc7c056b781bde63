// What an import of the `.wasm` gives: its bytes where the build puts them in, a module where the host does.
declare module "*.wasm" {
  const wasm: BufferSource | WebAssembly.Module;
  export default wasm;
}
