/**
 * Calls pipelines of transformers.js: `node transformers_js.mjs LIBRARY FOLDERS REQUESTS`.
 *
 * LIBRARY is the package's folder. REQUESTS is JSON: for each model its folder, the kind of its pipeline, and the
 * arguments of each call. Prints the answers by folder.
 */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [, , library, folders, requests] = process.argv;
const hf = await import(pathToFileURL(`${library}/dist/transformers.node.mjs`));
hf.env.localModelPath = `${folders}/`;
hf.env.allowRemoteModels = false;

const found = {};
for (const { name, kind, calls } of JSON.parse(readFileSync(requests, "utf-8"))) {
  const pipe = await hf.pipeline(kind, name, { dtype: "fp32", device: "cpu" });
  found[name] = [];
  for (const given of calls) {
    const answer = await pipe(...given);
    found[name].push(answer?.tolist?.() ?? answer);
  }
  await pipe.dispose();
}
console.log(JSON.stringify(found));
