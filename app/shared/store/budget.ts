/**
 * What fits into an engine worker: WebAssembly's memory ends at 4 GiB, whatever the machine has. Asked before the first
 * byte is fetched. docs/models.md has the measurements behind the factors and what memory64 would change.
 */

import type { WireError } from "../messages";
import type { ModelFile, ModelManifest } from "../site";
import { type Models, weightFiles } from "./manifest";

/** Pages of 64 KiB that 32 bits can address. */
const ENGINE_BYTES = 2 ** 32;

/** onnxruntime itself, and the activations of a run. */
const RESERVE = 300e6;

/** Inside the ONNX file weights are there as the file, as the parsed message, and as tensors. */
const INLINE = 2.8;

/** External data are read straight into tensors; onnxruntime then keeps most a second time, reordered. */
const EXTERNAL = 1.9;

/** The same without the reordered copy: slower, and the only way for the largest. */
const EXTERNAL_PLAIN = 1.02;

export interface Need {
  bytes: number;
  /** Whether weights may be kept a second time, reordered for speed. */
  prepack: boolean;
}

/** The ONNX file of a model and the files of its external data. */
type Sizes = readonly [{ bytes: number }, ...{ bytes: number }[]];

/** Memory of the engine that a model takes on WASM. */
export function needOf([model, ...external]: Sizes): Need {
  const beside = external.reduce((sum, { bytes }) => sum + bytes, 0);
  const fixed = RESERVE + INLINE * model.bytes;
  const prepacked = fixed + EXTERNAL * beside;
  if (prepacked <= ENGINE_BYTES) return { bytes: prepacked, prepack: true };
  return { bytes: fixed + EXTERNAL_PLAIN * beside, prepack: beside === 0 };
}

/** Whether one engine holds all of these models at once. */
export function fitTogether(models: Sizes[]): boolean {
  return models.reduce((sum, files) => sum + needOf(files).bytes, 0) <= ENGINE_BYTES;
}

function fits(files: [ModelFile, ...ModelFile[]]): boolean {
  return needOf(files).bytes <= ENGINE_BYTES;
}

/** Why WASM cannot hold the model, and what would fit; `null` where it can. */
export function refusal(site: Models, model: string, path: string): WireError | null {
  const files = weightFiles(site, model, path);
  if (fits(files)) return null;
  const smaller = smallerDtypes(site, site.models[model]!, path);
  return {
    kind: "ModelError",
    message: `The model ${model} is too large for the CPU engine of a browser.`,
    value: path,
    expected: `at most ${gigabytes(ENGINE_BYTES)} of memory`,
    received: `about ${gigabytes(needOf(files).bytes)}`,
    hint: smaller.length > 0
      ? `Its dtype ${smaller.join(" or ")} would fit. Or run it on WebGPU.`
      : "Run it on WebGPU, or convert it to a smaller dtype (q8, q4).",
  };
}

function smallerDtypes(site: Models, manifest: ModelManifest, path: string): string[] {
  return Object.entries(manifest.dtypes)
    .filter(([, other]) => other !== path && fits(weightFiles(site, manifest.id, other)))
    .map(([dtype]) => dtype);
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
