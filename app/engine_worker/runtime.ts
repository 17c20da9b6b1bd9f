/** Which build of onnxruntime-web to load, on which device, with how many threads. */

import type * as OrtCommon from "onnxruntime-common";

import { hasGpu } from "../shared/adapter";
import { errorFrom, WardianError } from "../shared/errors";
import type { Device } from "../shared/messages";
import { fileError, importVerified } from "../shared/verified_fetch";

export type Ort = typeof OrtCommon;

/** More threads than this gain nothing on the models of a page and starve the Python worker. */
const MAX_THREADS = 4;

const MODULES = { wasm: "ort.wasm.min.mjs", webgpu: "ort.webgpu.min.mjs" };
const WASM = { wasm: "ort-wasm-simd-threaded", webgpu: "ort-wasm-simd-threaded.asyncify" };

/** onnxruntime itself could not be loaded. It remembers that: only a new worker can try again. */
export class EngineUnavailable extends WardianError {
  constructor(url: string, cause: unknown) {
    super(cause instanceof WardianError ? cause.wire : fileError(url, errorFrom(cause).message).wire);
  }
}

interface Loaded {
  ort: Ort;
  threads: number;
}

const loaded = new Map<"wasm" | "webgpu", Promise<Loaded>>();

/** "auto" is WebGPU when there is a real adapter, else WASM: a software adapter is slower than WASM. */
export async function chooseDevice(device: Device): Promise<"wasm" | "webgpu"> {
  if (device === "wasm") return "wasm";
  if (device === "auto") return (await hasGpu()) ? "webgpu" : "wasm";
  if (await navigator.gpu?.requestAdapter()) return "webgpu";
  throw new WardianError({
    kind: "DeviceError",
    message: "WebGPU is not available in this browser",
    value: device,
    expected: navigator.gpu ? "a GPU adapter" : "a browser with navigator.gpu",
    received: navigator.gpu ? "requestAdapter() found none" : "navigator.gpu is undefined",
    hint: 'Use device "auto" or "wasm".',
  });
}

/** Loads a build once. The plain one serves WASM alone and is half the size; both can live in one worker. */
export function loadRuntime(base: string, device: "wasm" | "webgpu", threads: number): Promise<Loaded> {
  const runtime = loaded.get(device) ?? load(base, device, threads);
  loaded.set(device, runtime);
  // A build that could not be fetched is tried again by the next session.
  runtime.catch(() => loaded.delete(device));
  return runtime;
}

async function load(base: string, device: "wasm" | "webgpu", threads: number): Promise<Loaded> {
  const script = base + MODULES[device];
  const ort = (await importVerified(script, [`${base}${WASM[device]}.mjs`]).catch((error: unknown) => {
    throw new EngineUnavailable(script, error);
  })) as Ort;
  const most = crossOriginIsolated ? Math.min(navigator.hardwareConcurrency || 1, MAX_THREADS) : 1;
  const count = threads > 0 && crossOriginIsolated ? threads : most;
  ort.env.wasm.numThreads = count;
  ort.env.wasm.wasmPaths = { mjs: `${base}${WASM[device]}.mjs`, wasm: `${base}${WASM[device]}.wasm` };
  return { ort, threads: count };
}
