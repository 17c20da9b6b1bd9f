/**
 * Which models are complete on this device: a marker for a model and a dtype, written last, after all shards are in
 * the cache. Storage that the browser or the visitor cleared takes shards away, so a marker counts only with them.
 */

import type { ModelFile, ModelManifest, Shard, Site } from "../site";
import { distinctShards, shardUrl, smallFiles, weightFiles } from "./manifest";
import type { OwnModel } from "./own_models";
import { MODEL_CACHE, type ShardStore } from "./shards";

/** Markers lie beside the shards; no shard has this name. */
const MARKERS = "models/present/";

/** What an import of a visitor's model has written so far (`imports.ts`). */
export const JOURNALS = "models/importing/";

export interface Marker {
  model: string;
  /** Empty for the files beside the weights alone. */
  dtype: string;
  shards: Shard[];
  /** The manifest of a visitor's own model: no site has it. */
  own?: OwnModel;
}

/** The files that a model needs in a dtype: `null` is its default, `""` everything but weights. */
export function neededFiles(site: Site, model: string, dtype: string | null): ModelFile[] {
  const manifest = site.models[model];
  if (!manifest) return [];
  const path = dtype === "" ? undefined : manifest.dtypes[dtype ?? manifest.default_dtype];
  return [...smallFiles(manifest), ...(path ? weightFiles(site, model, path) : [])];
}

/**
 * Fetches what small files are missing, waits for weights that are being written, and sets the marker.
 * False where something is not there and cannot be kept.
 */
export async function complete(store: ShardStore, site: Site, model: string, dtype: string | null, signal: AbortSignal): Promise<boolean> {
  const manifest = site.models[model];
  if (!manifest) return false;
  const small = distinctShards(smallFiles(manifest));
  const weights = distinctShards(neededFiles(site, model, dtype));
  const has = (shard: Shard) => store.settled(shard, signal);
  try {
    const all = await Promise.all([
      ...small.map(async (shard) => (await has(shard)) || (await store.read(shard, { signal })).stored),
      ...weights.filter(({ sha256 }) => !small.some((other) => other.sha256 === sha256)).map(has),
    ]);
    return all.every(Boolean) && (await mark(store.base, manifest, dtype, [...small, ...weights]));
  } catch {
    return false;
  }
}

/** Whether all of it is in the cache now; fetches nothing. */
export async function isComplete(store: ShardStore, site: Site, model: string, dtype: string | null): Promise<boolean> {
  const all = await Promise.all(distinctShards(neededFiles(site, model, dtype)).map((shard) => store.has(shard)));
  return all.every(Boolean);
}

async function mark(base: string, manifest: ModelManifest, dtype: string | null, shards: Shard[]): Promise<boolean> {
  const name = dtype ?? manifest.default_dtype;
  const marker: Marker = { model: manifest.id, dtype: name, shards: [...new Map(shards.map((shard) => [shard.sha256, shard])).values()] };
  try {
    const cache = await caches.open(MODEL_CACHE);
    await cache.put(markerUrl(base, manifest.id, name), Response.json(marker));
    return true;
  } catch {
    return false;
  }
}

/** What lies in the store: the markers, and each shard by SHA-256 with its size. */
export interface Contents {
  markers: Marker[];
  shards: Map<string, number>;
}

export async function contents(base: string): Promise<Contents> {
  const markers: Marker[] = [];
  const shards = new Map<string, number>();
  const cache = await caches.open(MODEL_CACHE);
  for (const request of await cache.keys()) {
    const path = request.url.startsWith(base) ? request.url.slice(base.length) : request.url;
    const response = path.startsWith(JOURNALS) ? undefined : await cache.match(request);
    if (!response) continue;
    if (path.startsWith(MARKERS)) {
      const marker = (await response.json().catch(() => undefined)) as Marker | undefined;
      if (marker) markers.push(marker);
    } else shards.set(path.replace(/^models\//, ""), Number(response.headers.get("Content-Length") ?? 0));
  }
  return { markers, shards };
}

/** Markers whose shards are all there. */
export function present({ markers, shards }: Contents): Marker[] {
  return markers.filter((marker) => marker.shards.every(({ sha256 }) => shards.has(sha256)));
}

/**
 * Removes shards or sets the marker of a visitor's model: one at a time, so that none is marked whose shards are just
 * being removed.
 */
export function changing<T>(work: () => Promise<T>): Promise<T> {
  return navigator.locks.request("wardian-store-change", work) as Promise<T>;
}

/** Removes a marker, then those of its shards that no other marker needs. */
export function forget(base: string, gone: Marker): Promise<void> {
  return changing(async () => forgetNow(base, await contents(base), gone));
}

async function forgetNow(base: string, { markers }: Contents, gone: Marker): Promise<void> {
  const others = markers.filter(({ model, dtype }) => model !== gone.model || dtype !== gone.dtype);
  const needed = new Set(others.flatMap((marker) => marker.shards.map(({ sha256 }) => sha256)));
  const cache = await caches.open(MODEL_CACHE);
  await cache.delete(markerUrl(base, gone.model, gone.dtype));
  await Promise.all(gone.shards.filter(({ sha256 }) => !needed.has(sha256)).map((shard) => cache.delete(shardUrl(base, shard))));
}

/** Bytes of what no complete model needs: parts of downloads, and files of earlier versions. */
export function leftovers({ shards }: Contents, kept: Marker[]): number {
  const needed = new Set(kept.flatMap((marker) => marker.shards.map(({ sha256 }) => sha256)));
  return [...shards].reduce((sum, [name, bytes]) => sum + (needed.has(name) ? 0 : bytes), 0);
}

/** Removes everything but the complete models. */
export function forgetOthers(base: string): Promise<void> {
  return changing(async () => forgetOthersNow(base, present(await contents(base))));
}

async function forgetOthersNow(base: string, kept: Marker[]): Promise<void> {
  const needed = new Set(kept.flatMap(({ model, dtype, shards }) =>
    [markerUrl(base, model, dtype), ...shards.map((shard) => shardUrl(base, shard))]));
  const cache = await caches.open(MODEL_CACHE);
  const others = (await cache.keys()).filter(({ url }) => !needed.has(url));
  await Promise.all(others.map((request) => cache.delete(request)));
}

export async function forgetAll(): Promise<void> {
  await changing(() => caches.delete(MODEL_CACHE));
}

/** Removes those of these shards that no complete model needs. */
export async function forgetShards(base: string, names: string[]): Promise<void> {
  const needed = new Set(present(await contents(base)).flatMap(({ shards }) => shards.map(({ sha256 }) => sha256)));
  const cache = await caches.open(MODEL_CACHE);
  const gone = names.filter((name) => !needed.has(name));
  await Promise.all(gone.map((name) => cache.delete(shardUrl(base, { sha256: name, bytes: 0 }))));
}

export function markerUrl(base: string, model: string, dtype: string): string {
  return new URL(`${MARKERS}${encodeURIComponent(model)}/${encodeURIComponent(dtype)}`, base).href;
}
