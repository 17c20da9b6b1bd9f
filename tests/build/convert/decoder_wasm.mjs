/**
 * Runs a decoder with a cache of slices in onnxruntime-web: `node decoder_wasm.mjs ORT_FOLDER MODEL CASES`.
 *
 * CASES is a JSON list of token lists. Five tokens go first, then one at a time. Prints a JSON list of all logits.
 */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [, , folder, model, cases] = process.argv;
const ort = await import(pathToFileURL(`${folder}/ort.wasm.min.mjs`));
ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = pathToFileURL(`${folder}/`).href;
ort.env.logLevel = "error";

const ints = (values, dims) => new ort.Tensor("int64", BigInt64Array.from(values, BigInt), dims);
const data = model.replace(/_fold\.onnx$/, ".onnx_data");
const session = await ort.InferenceSession.create(new Uint8Array(readFileSync(model)), {
  executionProviders: ["wasm"],
  externalData: [{ path: data.split("/").pop(), data: new Uint8Array(readFileSync(data)) }],
});
const names = session.inputNames.filter((name) => name.startsWith("past_key_values"));

/** The past (1, heads, tokens, width) with new tokens after it. */
function appended(past, slice) {
  if (past === undefined) return slice;
  const [, heads, before, width] = past.dims;
  const added = slice.dims[2];
  const whole = new Float32Array(heads * (before + added) * width);
  for (let head = 0; head < heads; head++) {
    const at = head * (before + added) * width;
    whole.set(past.data.subarray(head * before * width, (head + 1) * before * width), at);
    whole.set(slice.data.subarray(head * added * width, (head + 1) * added * width), at + before * width);
  }
  return new ort.Tensor("float32", whole, [1, heads, before + added, width]);
}

async function logits(tokens, heads, width) {
  const found = [];
  const past = {};
  let done = 0;
  for (const ids of [tokens.slice(0, 5), ...tokens.slice(5).map((id) => [id])]) {
    const feeds = {
      input_ids: ints(ids, [1, ids.length]),
      attention_mask: ints(Array(done + ids.length).fill(1), [1, done + ids.length]),
      position_ids: ints(ids.map((_, index) => done + index), [1, ids.length]),
      num_logits_to_keep: ints([0], []),
    };
    for (const name of names) feeds[name] = past[name] ?? new ort.Tensor("float32", new Float32Array(), [1, heads, 0, width]);
    const outputs = await session.run(feeds);
    found.push(...outputs.logits.data);
    for (const name of names) past[name] = appended(past[name], outputs[name.replace("past_key_values", "present")]);
    done += ids.length;
  }
  return found;
}

const { heads, width, tokens } = JSON.parse(cases);
const results = [];
for (const one of tokens) results.push(await logits(one, heads, width));
console.log(JSON.stringify(results));
