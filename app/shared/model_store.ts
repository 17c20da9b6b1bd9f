/**
 * Model files by content: every byte is checked against its SHA-256 before anything uses it.
 *
 * Files live in the Cache API under their URL, which carries the hash (`?v=`), so a new version is a new entry.
 * Only verified bytes are written. Without storage (private mode, quota, insecure context) everything still
 * works from the network; the caller learns through `stored` that the file will not be there offline.
 */

import { errorFrom, WardianError } from "./errors";
import type { ModelFile, ModelManifest, Site } from "./site";

export const MODEL_CACHE = "wardian-models";

export interface VerifiedFile {
  bytes: Uint8Array<ArrayBuffer>;
  /** True once the file is in the model cache; settles after the bytes are already usable. */
  stored: Promise<boolean>;
}

export type Progress = (loaded: number, total: number) => void;

/** The URL of a model's file; `?v=` pins the content. */
export function modelFileUrl(base: string, model: string, file: ModelFile): string {
  return new URL(`models/${model}/${file.path}?v=${file.sha256.slice(0, 16)}`, base).href;
}

export function modelFile(site: Site, model: string, path: string): ModelFile {
  const manifest = site.models[model];
  const file = manifest?.files.find((candidate) => candidate.path === path);
  if (file) return file;
  throw new WardianError({
    kind: "UnknownNameError",
    message: manifest ? `the model ${model} has no file ${path}` : `there is no model ${model} on this site`,
    value: manifest ? path : model,
    expected: (manifest ? manifest.files.map((f) => f.path) : Object.keys(site.models)).join(", "),
  });
}

/** Everything of a model but its weights: what Python reads when a pipeline opens. */
export function smallFiles(manifest: ModelManifest): ModelFile[] {
  // The prepared form of a tokenizer is read in place of its JSON.
  const prepared = manifest.files.some(({ path }) => path === "tokenizer.bin");
  return manifest.files.filter(({ path }) => !path.startsWith("onnx/") && !(prepared && path === "tokenizer.json"));
}

export async function readModelFile(url: string, file: ModelFile, progress?: Progress): Promise<VerifiedFile> {
  const cached = await readCached(url, file);
  if (cached) {
    progress?.(file.bytes, file.bytes);
    return { bytes: cached, stored: Promise.resolve(true) };
  }
  const bytes = await download(url, file, progress);
  return { bytes, stored: store(url, bytes) };
}

/** Whether the file is in the cache; the content is verified when it is read. */
export async function isStored(url: string): Promise<boolean> {
  try {
    const cache = await caches.open(MODEL_CACHE);
    return (await cache.match(url)) !== undefined;
  } catch {
    return false;
  }
}

async function readCached(url: string, file: ModelFile): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    const cache = await caches.open(MODEL_CACHE);
    const response = await cache.match(url);
    if (!response) return null;
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (await matches(bytes, file)) return bytes;
    await cache.delete(url);
    return null;
  } catch {
    return null;
  }
}

async function download(url: string, file: ModelFile, progress?: Progress): Promise<Uint8Array<ArrayBuffer>> {
  let response: Response;
  try {
    response = await fetch(url, { credentials: "omit" });
  } catch (error) {
    throw downloadError(file, `no answer from the server (${errorFrom(error).message})`);
  }
  if (!response.ok || !response.body) throw downloadError(file, `HTTP status ${response.status}`);
  const bytes = new Uint8Array(file.bytes);
  let loaded = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch((error: unknown) => {
      throw downloadError(file, `the connection broke after ${loaded} bytes (${errorFrom(error).message})`);
    });
    if (done) break;
    if (loaded + value.byteLength > file.bytes) {
      await reader.cancel();
      throw downloadError(file, `more than ${file.bytes} bytes`);
    }
    bytes.set(value, loaded);
    loaded += value.byteLength;
    progress?.(loaded, file.bytes);
  }
  if (loaded < file.bytes) throw downloadError(file, `only ${loaded} bytes`);
  if (!(await matches(bytes, file))) throw downloadError(file, "other content (its SHA-256 differs)");
  return bytes;
}

async function store(url: string, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  try {
    const cache = await caches.open(MODEL_CACHE);
    await cache.put(url, new Response(bytes, { headers: { "Content-Type": "application/octet-stream" } }));
    return true;
  } catch {
    return false;
  }
}

async function matches(bytes: Uint8Array<ArrayBuffer>, file: ModelFile): Promise<boolean> {
  if (bytes.byteLength !== file.bytes) return false;
  if (!globalThis.crypto?.subtle) {
    throw new WardianError({
      kind: "DeviceError",
      message: "this page cannot verify what it downloads: it is not in a secure context",
      expected: "https, or http on localhost",
      received: location.origin,
    });
  }
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  let hex = "";
  for (const byte of digest) hex += byte.toString(16).padStart(2, "0");
  return hex === file.sha256;
}

function downloadError(file: ModelFile, received: string): WardianError {
  return new WardianError({
    kind: "DownloadError",
    message: `${file.path} could not be downloaded: ${received}`,
    value: file.path,
    expected: `${file.bytes} bytes with SHA-256 ${file.sha256.slice(0, 16)}…`,
    received,
    hint: "Check the connection and try again; what is already on this device stays.",
  });
}
