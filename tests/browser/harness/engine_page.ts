/** A bare page with the site's own engine worker, for models that no task of the site has. */

import type { FromEngine, SiteWeights, ToEngine } from "../../../app/shared/messages";
import { refusal } from "../../../app/shared/store/budget";
import { weightFiles } from "../../../app/shared/store/manifest";
import { integrityAt } from "../../../app/shared/verified_fetch";
import type { ModelManifest, Site } from "../../../app/shared/site";

const base = new URL("../", location.href).href;
const site = (await (await fetch(new URL("site.json", base))).json()) as Site;

/** Opens the model and runs it once: the outputs, how long both took, and the last progress. */
async function open(manifest: ModelManifest, input: { name: string; dims: number[]; data: number[] }) {
  const models = { [manifest.id]: manifest };
  const path = manifest.dtypes[manifest.default_dtype]!;
  const source: SiteWeights = {
    base, files: weightFiles({ ...site, models }, manifest.id, path), refusal: refusal({ ...site, models }, manifest.id, path),
  };
  const worker = new Worker(new URL(site.urls.engine_worker, base), { type: "module" });
  const { port1, port2 } = new MessageChannel();
  let progress: FromEngine | undefined;
  worker.onmessage = ({ data }: MessageEvent<FromEngine>) => (progress = data);
  const call = (message: ToEngine) =>
    new Promise<FromEngine>((resolve) => {
      port2.onmessage = ({ data }: MessageEvent<FromEngine>) => resolve(data);
      port2.postMessage(message);
    });
  const connect: ToEngine = {
    type: "connect", ort: new URL(site.urls.ort, base).href, integrity: integrityAt(base, site.integrity), lifeline: "engine", port: port1,
  };
  worker.postMessage(connect, [port1]);
  const began = performance.now();
  const opened = await call({ type: "open", id: 1, spec: { key: "model", source, device: "wasm", threads: 0 } });
  const ready = performance.now();
  const heads = JSON.stringify([{ name: input.name, dims: input.dims, dtype: "float32" }]);
  const run = { feeds: { heads, data: [Float32Array.from(input.data)] }, fetches: "", keep: "", append: "", at: 0 };
  const ran = opened.type === "failed" ? undefined : await call({ type: "run", id: 2, key: "model", ...run });
  worker.terminate();
  const outputs = ran?.type === "ran" ? ran.outputs.data.map((data) => Array.from(data as Float32Array)) : null;
  return { opened, error: ran?.type === "failed" ? ran.error : null, outputs, progress, milliseconds: [ready - began, performance.now() - ready] };
}

Object.assign(window, { open });
