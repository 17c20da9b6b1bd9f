import { env, pipeline } from "./transformers.min.js";

env.allowRemoteModels = false;
env.allowLocalModels = true;
env.localModelPath = "/models/";
const local = (name) => new URL(name, location.href).href;
env.backends.onnx.wasm.wasmPaths = { mjs: local("ort-wasm-simd-threaded.asyncify.mjs"), wasm: local("ort-wasm-simd-threaded.asyncify.wasm") };
env.backends.onnx.wasm.numThreads = Math.min(navigator.hardwareConcurrency, 4);

const extract = await pipeline("feature-extraction", "minilm", { dtype: "q8", device: "wasm" });
const options = { pooling: "mean", normalize: true };
const passages = ["The bakery opens at six.", "Leaves turn light into sugar.", "The night train leaves at ten."];
const texts = await extract(passages, options);
const query = await extract("How do plants make food?", options);
const scores = passages.map((_, i) => query.data.reduce((sum, value, j) => sum + value * texts.data[i * 384 + j], 0));
const best = passages[scores.indexOf(Math.max(...scores))];
document.body.innerHTML = '<p id="answer"></p>';
document.getElementById("answer").textContent = best;
