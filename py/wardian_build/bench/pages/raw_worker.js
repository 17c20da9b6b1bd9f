// onnxruntime-web at its best: its plain build, as many threads as ours, tensors made beforehand.
let ort;
const jobs = {};

self.onmessage = async ({ data }) => {
  try {
    postMessage({ value: data.type === "prepare" ? await prepare(data) : await measure(data) });
  } catch (error) {
    postMessage({ error: String(error) });
  }
};

async function prepare({ ort: base, model, tokens, text }) {
  ort = await import(`${base}ort.wasm.min.mjs`);
  ort.env.wasm.wasmPaths = base;
  ort.env.wasm.numThreads = Math.min(navigator.hardwareConcurrency, 4);
  const bytes = Uint8Array.from(atob(model), (character) => character.charCodeAt(0));
  const pixels = Float32Array.from({ length: 3 * 224 * 224 }, (_, i) => i / (3 * 224 * 224 - 1));
  const ids = BigInt64Array.from({ length: tokens }, (_, i) => BigInt(((i * 37) % 20000) + 1000));
  const tensor = (data) => new ort.Tensor("int64", data, [1, tokens]);
  const options = { executionProviders: ["wasm"], logSeverityLevel: 3 };
  jobs.image = {
    session: await ort.InferenceSession.create(bytes, options),
    feeds: { image: new ort.Tensor("float32", pixels, [1, 3, 224, 224]) },
  };
  jobs.text = {
    session: await ort.InferenceSession.create(await joined(text), options),
    feeds: {
      input_ids: tensor(ids),
      attention_mask: tensor(new BigInt64Array(tokens).fill(1n)),
      token_type_ids: tensor(new BigInt64Array(tokens)),
    },
  };
}

async function joined(urls) {
  const pieces = await Promise.all(urls.map(async (url) => (await fetch(url)).blob()));
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

async function measure({ kind, calls }) {
  const { session, feeds } = jobs[kind];
  const samples = [];
  for (let i = 0; i < calls; i++) {
    const began = performance.now();
    await session.run(feeds);
    samples.push(performance.now() - began);
  }
  return samples;
}
