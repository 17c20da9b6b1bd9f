/**
 * What fits into an engine worker: WebAssembly's memory ends at 4 GiB, whatever the machine has. Asked before the first
 * byte is fetched. docs/models.md has the measurements behind the factors and what memory64 would change.
 */

import type { WireError } from "../messages";
import type { DecoderSizes, ModelFile, ModelManifest } from "../site";
import { perToken, unpackedBytes } from "./decoder_memory";
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

/** A decoder that holds fewer tokens than this, and fewer than its context, is of no use. */
const LEAST_TOKENS = 1024;

export interface Need {
  /** The most: while it is opened. */
  bytes: number;
  /** What is left of that for good; a run may take the rest. */
  open: number;
  /** Whether weights may be kept a second time, reordered for speed. */
  prepack: boolean;
}

/** What a decoder takes with a text of so many tokens: all of its context, or what the engine holds of it. */
export interface TextNeed {
  bytes: number;
  tokens: number;
  context: number;
}

/** The ONNX file of a model and the files of its external data. */
type Sizes = readonly [{ bytes: number; path?: string }, ...{ bytes: number }[]];

/** Memory of the engine that a model takes on WASM, without what it keeps of a text. */
export function needOf([model, ...external]: Sizes): Need {
  const beside = external.reduce((sum, { bytes }) => sum + bytes, 0);
  const fixed = RESERVE + INLINE * model.bytes;
  const unpacked = unpackedBytes(model.path ?? "", beside);
  const plain = fixed + EXTERNAL_PLAIN * beside;
  if (unpacked !== null) return { bytes: plain + unpacked.opening, open: plain + unpacked.then, prepack: true };
  const prepacked = fixed + EXTERNAL * beside;
  if (prepacked <= ENGINE_BYTES) return { bytes: prepacked, open: prepacked, prepack: true };
  return { bytes: plain, open: plain, prepack: beside === 0 };
}

/** The same with the longest text that fits; `null` for a model that is no decoder. */
export function textNeed(site: Models, model: string, path: string): TextNeed | null {
  const sizes = site.models[model]?.decoder;
  if (!sizes) return null;
  const files = weightFiles(site, model, path);
  const tokens = mostTokens(files, sizes);
  const { kept, run } = perToken(sizes, path);
  const { bytes, open } = needOf(files);
  return { bytes: Math.max(bytes, open + tokens * run) + tokens * kept, tokens, context: sizes.context };
}

function mostTokens(files: [ModelFile, ...ModelFile[]], sizes: DecoderSizes): number {
  const room = ENGINE_BYTES - needOf(files).open;
  return Math.max(0, Math.min(sizes.context, Math.floor(room / perToken(sizes, files[0].path).run)));
}

/** Whether one engine holds all of these models at once. */
export function fitTogether(models: Sizes[]): boolean {
  return models.reduce((sum, files) => sum + needOf(files).bytes, 0) <= ENGINE_BYTES;
}

function fits(files: [ModelFile, ...ModelFile[]], sizes: DecoderSizes | undefined): boolean {
  const room = needOf(files).bytes <= ENGINE_BYTES;
  return room && (!sizes || mostTokens(files, sizes) >= Math.min(LEAST_TOKENS, sizes.context));
}

/** Why WASM cannot hold the model, and what would fit; `null` where it can. */
export function refusal(site: Models, model: string, path: string): WireError | null {
  const files = weightFiles(site, model, path);
  const manifest = site.models[model]!;
  if (fits(files, manifest.decoder)) return null;
  const bytes = needOf(files).bytes;
  const smaller = smallerDtypes(site, manifest, path);
  const facts = {
    kind: "ModelError",
    value: path,
    expected: `at most ${gigabytes(ENGINE_BYTES)} of memory`,
    hint: smaller.length > 0
      ? `Its dtype ${smaller.join(" or ")} would fit. Or run it on WebGPU.`
      : "Run it on WebGPU, or convert it to a smaller dtype (q8, q4).",
  };
  if (bytes > ENGINE_BYTES) {
    return { ...facts, message: `The model ${model} is too large for the CPU engine of a browser.`, received: `about ${gigabytes(bytes)}` };
  }
  const tokens = Math.min(LEAST_TOKENS, manifest.decoder!.context);
  const most = gigabytes(needOf(files).open + tokens * perToken(manifest.decoder!, path).run);
  return {
    ...facts,
    message: `The model ${model} leaves no room for a text in the CPU engine of a browser.`,
    received: `about ${most} with ${tokens} tokens`,
  };
}

function smallerDtypes(site: Models, manifest: ModelManifest, path: string): string[] {
  return Object.entries(manifest.dtypes)
    .filter(([, other]) => other !== path && fits(weightFiles(site, manifest.id, other), manifest.decoder))
    .map(([dtype]) => dtype);
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
