// transformers.js as shipped, embedding texts in batches of a given size, in their order.
import { env, pipeline } from "./transformers.min.js";

env.allowRemoteModels = false;
env.allowLocalModels = true;
env.localModelPath = "/models/";
const local = (ending) => new URL(`ort-wasm-simd-threaded.asyncify.${ending}`, location.href).href;
env.backends.onnx.wasm.wasmPaths = { mjs: local("mjs"), wasm: local("wasm") };
env.backends.onnx.wasm.numThreads = Math.min(navigator.hardwareConcurrency, 4);
const extract = await pipeline("feature-extraction", new URLSearchParams(location.search).get("model") ?? "minilm", { dtype: "q8", device: "wasm" });

window.embed = async (texts, size) => {
  const began = performance.now();
  let rows = 0;
  for (let start = 0; start < texts.length; start += size) {
    rows += (await extract(texts.slice(start, start + size), { pooling: "mean", normalize: true })).dims[0];
  }
  if (rows !== texts.length) throw new Error(`${rows} rows of ${texts.length} texts`);
  return performance.now() - began;
};
