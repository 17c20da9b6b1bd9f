/**
 * Runs an encoder and its merged decoder in onnxruntime-web: `node generation_wasm.mjs ORT_FOLDER REQUEST`.
 *
 * REQUEST is JSON: folder, dtype ending, features {data, dims}, prompt, steps. Prints all logits of greedy decoding.
 */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [, , runtime, request] = process.argv;
const { folder, ending, features, prompt, steps } = JSON.parse(request);
const ort = await import(pathToFileURL(`${runtime}/ort.wasm.min.mjs`));
ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = pathToFileURL(`${runtime}/`).href;
ort.env.logLevel = "error";

const open = (name) =>
  ort.InferenceSession.create(new Uint8Array(readFileSync(`${folder}/${name}${ending}.onnx`)), { executionProviders: ["wasm"] });
const encoder = await open("encoder_model");
const decoder = await open("decoder_model_merged");
const input = new ort.Tensor("float32", Float32Array.from(features.data), features.dims);
const { last_hidden_state: hidden } = await encoder.run({ input_features: input });

/** A cache that holds nothing: unknown lengths are 0, as in transformers.js. */
const past = {};
for (const { name, shape } of decoder.inputMetadata) {
  if (!name.startsWith("past_key_values")) continue;
  const dims = shape.map((dim) => (typeof dim === "number" ? dim : dim === "batch_size" ? 1 : 0));
  past[name] = new ort.Tensor("float32", new Float32Array(), dims);
}
const logits = [];
let ids = prompt;
for (let step = 0; step < steps; step++) {
  const tokens = new ort.Tensor("int64", BigInt64Array.from(ids, BigInt), [1, ids.length]);
  const outputs = await decoder.run({ input_ids: tokens, encoder_hidden_states: hidden, ...past });
  for (const name of Object.keys(past)) {
    if (step === 0 || name.includes(".decoder.")) past[name] = outputs[name.replace("past_key_values", "present")];
  }
  const words = outputs.logits.dims[2];
  const last = outputs.logits.data.slice(-words);
  logits.push(...last);
  ids = [last.indexOf(Math.max(...last))];
}
console.log(JSON.stringify(logits));
