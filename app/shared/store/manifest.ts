/** From a model to its files, and from a file to its shards: what the manifest in the site's description says. */

import { WardianError } from "../errors";
import type { ModelFile, ModelManifest, Shard, Site } from "../site";

/** Manifests by id: the site's, or one of the visitor's own models. */
export type Models = Pick<Site, "models">;

/** Where a shard is fetched, and the key under which it is kept: its content, whichever model it belongs to. */
export function shardUrl(base: string, shard: Shard): string {
  return new URL(`models/${shard.sha256}`, base).href;
}

/** The shards of a file in their order; a small file is its own only shard. */
export function shardsOf(file: ModelFile): Shard[] {
  return file.shards ?? [{ sha256: file.sha256, bytes: file.bytes }];
}

/** The shards of several files, each once. */
export function distinctShards(files: ModelFile[]): Shard[] {
  return [...new Map(files.flatMap(shardsOf).map((shard) => [shard.sha256, shard])).values()];
}

export function sizeOf(shards: Shard[]): number {
  return shards.reduce((sum, { bytes }) => sum + bytes, 0);
}

export function modelFile(site: Models, model: string, path: string): ModelFile {
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

/** An ONNX file of a model, and the files of its external data. */
export function weightFiles(site: Models, model: string, path: string): [ModelFile, ...ModelFile[]] {
  const others = site.models[model]?.external_data?.[path] ?? [];
  return [modelFile(site, model, path), ...others.map((other) => modelFile(site, model, other))];
}
