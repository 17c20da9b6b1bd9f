/**
 * Runs TensorFlow.js models in Node: `node run.mjs TF.MIN.JS JOBS.json`.
 *
 * JOBS is a list of {model, inputs: {name: {dtype, shape, data}}}. Its place is taken by a list of {outputs}, in the
 * order of the model's own list, each {name, dtype, shape, data}, or {error}. `data` is base64 of little-endian
 * float32, int32 or uint8 (bool).
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";

const [, , library, jobsPath] = process.argv;
const tf = createRequire(import.meta.url)(resolve(library));
const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array };

function handler(path) {
  const model = JSON.parse(readFileSync(path, "utf8"));
  const files = model.weightsManifest.flatMap((group) => group.paths);
  const bytes = Buffer.concat(files.map((file) => readFileSync(join(dirname(path), file))));
  const weightData = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const weightSpecs = model.weightsManifest.flatMap((group) => group.weights);
  return { graph: "node" in model.modelTopology, load: async () => ({ ...model, weightSpecs, weightData }) };
}

function tensor({ dtype, shape, data }) {
  const bytes = Buffer.from(data, "base64");
  const copy = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  return tf.tensor(new arrays[dtype](copy), shape, dtype);
}

async function run(job) {
  const source = handler(job.model);
  const feeds = Object.fromEntries(Object.entries(job.inputs).map(([name, value]) => [name, tensor(value)]));
  let found, names;
  if (source.graph) {
    const model = await tf.loadGraphModel(source);
    found = await model.executeAsync(feeds);
    names = model.outputNodes;
  } else {
    const model = await tf.loadLayersModel(source);
    const values = Object.values(feeds);
    found = model.predict(values.length === 1 ? values[0] : model.inputNames.map((name) => feeds[name]));
    const taken = new Set();
    names = model.outputNames.map((layer, index) => {
      const [node, port] = [model.outputLayersNodeIndices[index], model.outputLayersTensorIndices[index]];
      // As the converter calls several outputs of one layer.
      const several = [layer, `${layer}_${node || port}`, `${layer}_${node}_${port}`];
      const name = several.find((one) => !taken.has(one)) ?? several[2];
      taken.add(name);
      return name;
    });
  }
  return [found].flat().map((value, index) => ({
    name: names[index],
    dtype: value.dtype,
    shape: value.shape,
    data: Buffer.from(new arrays[value.dtype](value.dataSync()).buffer).toString("base64"),
  }));
}

await tf.setBackend("cpu");
const results = [];
for (const job of JSON.parse(readFileSync(jobsPath, "utf8"))) {
  try {
    results.push({ outputs: await run(job) });
  } catch (error) {
    results.push({ error: String(error.message ?? error) });
  }
}
writeFileSync(jobsPath, JSON.stringify(results));
