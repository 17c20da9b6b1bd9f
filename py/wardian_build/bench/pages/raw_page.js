// Drives a worker that runs onnxruntime-web and nothing else.
const site = await (await fetch("../site.json")).json();
const base = new URL("../", location.href).href;
const worker = new Worker("raw_worker.js", { type: "module" });
const call = (message) =>
  new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data.value));
    worker.postMessage(message);
  });

const minilm = site.models["all-MiniLM-L6-v2"];
const weights = minilm.files.find(({ path }) => path === minilm.dtypes.q8);
const text = (weights.shards ?? [weights]).map(({ sha256 }) => `${base}models/${sha256}`);
window.prepare = (model, tokens) =>
  call({ type: "prepare", ort: base + site.urls.ort, model, tokens, text });
window.measure = (kind, calls) => call({ type: "measure", kind, calls });
