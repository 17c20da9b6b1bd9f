// The same question to the same model on both of transformers.js's engines: how long until the answer stands there?
export async function answer({ env, pipeline }, engine) {
  env.allowRemoteModels = false;
  env.allowLocalModels = true;
  env.localModelPath = "/models/";
  const local = (ending) => new URL(`${engine}.${ending}`, location.href).href;
  env.backends.onnx.wasm.wasmPaths = { mjs: local("mjs"), wasm: local("wasm") };
  env.backends.onnx.wasm.numThreads = Math.min(navigator.hardwareConcurrency, 4);

  const extract = await pipeline("feature-extraction", "minilm", { dtype: "q8", device: "wasm" });
  const options = { pooling: "mean", normalize: true };
  const passages = ["The bakery opens at six.", "Leaves turn light into sugar.", "The night train leaves at ten."];
  const texts = await extract(passages, options);
  const query = await extract("How do plants make food?", options);
  const scores = passages.map((_, i) => query.data.reduce((sum, value, j) => sum + value * texts.data[i * 384 + j], 0));
  document.body.innerHTML = '<p id="answer"></p>';
  document.getElementById("answer").textContent = passages[scores.indexOf(Math.max(...scores))];
}
