// The modules of js/ that need no wasm, bundled for Node as they are. Those with state of their own come anew each time.
import { build } from "esbuild";
import { fileURLToPath } from "node:url";

const js = fileURLToPath(new URL("../../../js/", import.meta.url));
let times = 0;

/** The exports of some modules, by the modules' names: `const { keys } = await leaves("keys")`. */
export async function leaves(...names) {
  const exports = names.map((name) => `export * as ${name.replaceAll("-", "_")} from "./${name}.ts";`);
  const stdin = { contents: exports.join("\n"), resolveDir: js, loader: "ts" };
  const { outputFiles } = await build({ stdin, bundle: true, format: "esm", target: "es2022", write: false, logLevel: "silent" });
  const source = `${outputFiles[0].text}\n// ${times++}`;
  return import(`data:text/javascript;base64,${Buffer.from(source).toString("base64")}`);
}
