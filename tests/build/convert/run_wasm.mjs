/**
 * Runs models in onnxruntime-web (WASM, one thread): `node run_wasm.mjs ORT_FOLDER JOBS`.
 *
 * JOBS is a JSON file: a list of { model, inputs: { name: { dtype, dims, data } }, output }, data in base64. Prints a JSON
 * list: the numbers of each output.
 */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [, , folder, jobs] = process.argv;
const ort = await import(pathToFileURL(`${folder}/ort.wasm.min.mjs`));
ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = pathToFileURL(`${folder}/`).href;
ort.env.logLevel = "error";

const ARRAYS = { float32: Float32Array, float64: Float64Array, int32: Int32Array, int64: BigInt64Array };

function tensor({ dtype, dims, data }) {
  const bytes = Buffer.from(data, "base64");
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  return new ort.Tensor(dtype, new ARRAYS[dtype](buffer), dims);
}

const results = [];
for (const { model, inputs, output } of JSON.parse(readFileSync(jobs, "utf8"))) {
  const session = await ort.InferenceSession.create(new Uint8Array(readFileSync(model)), { executionProviders: ["wasm"] });
  const feeds = Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, tensor(value)]));
  const found = await session.run(feeds);
  results.push(Array.from(found[output].data));
  await session.release();
}
console.log(JSON.stringify(results));
