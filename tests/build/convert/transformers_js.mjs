/**
 * Generates with folders in transformers.js: `node transformers_js.mjs LIBRARY FOLDERS REQUESTS`.
 *
 * LIBRARY is the package's folder. REQUESTS is JSON: for each model the folder's name, dtype, class, inputs
 * (name → {type, data, dims}) and how many tokens to add. Prints the tokens of each.
 */
import { pathToFileURL } from "node:url";

const [, , library, folders, requests] = process.argv;
const hf = await import(pathToFileURL(`${library}/dist/transformers.node.mjs`));
hf.env.localModelPath = `${folders}/`;
hf.env.allowRemoteModels = false;

const found = {};
for (const { name, dtype, kind, inputs, tokens } of JSON.parse(requests)) {
  const model = await hf[kind].from_pretrained(name, { dtype, device: "cpu" });
  const feeds = Object.entries(inputs).map(([key, { type, data, dims }]) => {
    const values = type === "int64" ? BigInt64Array.from(data, BigInt) : Float32Array.from(data);
    return [key, new hf.Tensor(type, values, dims)];
  });
  const output = await model.generate({ ...Object.fromEntries(feeds), max_new_tokens: tokens, do_sample: false, num_beams: 1 });
  (found[name] ??= {})[dtype] = output.tolist().map((row) => row.map(Number));
  await model.dispose();
}
console.log(JSON.stringify(found));
