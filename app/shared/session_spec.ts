/** Which session a model, device and thread count mean: the page and the Python worker must agree on it. */

import { hasGpu } from "./adapter";
import type { Device, OwnCanary, SessionSpec, ShippedCanary } from "./messages";
import { WardianError } from "./errors";
import type { ModelFile, ModelManifest } from "./site";
import { refusal } from "./store/budget";
import { type Models, weightFiles } from "./store/manifest";
import { isLocal } from "./store/own_models";

export function sessionSpec(
  base: string, site: Models, model: string, path: string, device: Device, threads: number,
): SessionSpec {
  const files = weightFiles(site, model, path);
  const chosen = autoDevice(site.models[model], device);
  return {
    key: `${contentName(model, files[0])}/${chosen}/${threads}`,
    source: { base, files, refusal: refusal(site, model, path) },
    device: chosen,
    threads,
    canary: shippedCanary(base, site.models[model], path) ?? ownCanary(path),
  };
}

/** Two of the visitor's models may have one ONNX file; they are two sessions, for one is closed without the other. */
function contentName(model: string, { path, sha256 }: ModelFile): string {
  return isLocal(model) ? `${model}:${path}`.replaceAll("/", ":") : sha256;
}

function shippedCanary(base: string, manifest: ModelManifest | undefined, path: string): ShippedCanary | null {
  const wanted = path.replace(/\.onnx$/, ".canary.json");
  const file = manifest?.files.find((candidate) => candidate.path === wanted);
  return file ? { base, file } : null;
}

/** `TOLERANCES` of `py/wardian_build/canary.py`, by what the file's name says of its dtype. */
function ownCanary(path: string): OwnCanary {
  if (/_(q8|quantized|int8|uint8)\.onnx$/.test(path)) return { tolerance: 0.1 };
  return { tolerance: /_(fp16|q4f16)\.onnx$/.test(path) ? 0.05 : 0.01 };
}

/** The same for an ONNX file without a name: whether it rounds activations is in it, half precision is to be allowed for. */
export function ownCanaryOf(onnx: Uint8Array): OwnCanary {
  return { tolerance: contains(onnx, "QuantizeLinear") ? 0.1 : 0.05 };
}

function contains(bytes: Uint8Array, text: string): boolean {
  const wanted = new TextEncoder().encode(text);
  for (let at = bytes.indexOf(wanted[0]!); at >= 0; at = bytes.indexOf(wanted[0]!, at + 1)) {
    if (wanted.every((byte, index) => bytes[at + index] === byte)) return true;
  }
  return false;
}

/** The file of a model in a dtype (`null`: the model's default for the device). */
export function dtypePath(manifest: ModelManifest, dtype: string | null, device: Device): string {
  const path = manifest.dtypes[dtype ?? manifest.device_dtypes?.[device] ?? manifest.default_dtype];
  if (path) return path;
  throw new WardianError({
    kind: "UnknownNameError",
    message: `the model ${manifest.id} has no dtype ${dtype}`,
    value: dtype,
    expected: Object.keys(manifest.dtypes).join(", "),
  });
}

/** "auto" of a model that has a graph for each device: which one is fetched depends on it, so it is decided before. */
export async function settledDevice(manifest: ModelManifest | undefined, device: Device): Promise<Device> {
  const undecided = manifest?.device_dtypes && autoDevice(manifest, device) === "auto";
  return undecided ? ((await hasGpu()) ? "webgpu" : "wasm") : device;
}

/**
 * "auto" is decided in the engine, where the adapter is known, unless the model's card names the devices it
 * gains from: an int8 or a very small model is slower on a GPU, and asking for an adapter costs start-up time.
 */
function autoDevice(manifest: ModelManifest | undefined, device: Device): Device {
  const devices = manifest?.devices;
  return device === "auto" && devices && devices.length === 1 ? devices[0]! : device;
}
