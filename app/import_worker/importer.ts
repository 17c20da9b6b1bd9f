/** Cuts a model into shards, hashes and stores them, and marks it as complete: all of it, or nothing. */

import { cancelled, WardianError } from "../shared/errors";
import type { GivenFile, NotKept } from "../shared/messages";
import type { DecoderSizes, ModelFile, Shard } from "../shared/site";
import { refusal } from "../shared/store/budget";
import { decoderSizes } from "../shared/store/decoder_memory";
import { sha256 } from "../shared/store/hash";
import { Journal } from "../shared/store/imports";
import { distinctShards, shardUrl } from "../shared/store/manifest";
import { localId, OWN, type OwnModel, ownMarker } from "../shared/store/own_models";
import { changing, markerUrl } from "../shared/store/presence";
import { MODEL_CACHE } from "../shared/store/shards";
import { type FoundModel, graphsOf, unreadable } from "./model_folder";

/** As `SHARD_BYTES` of `py/wardian_build/shards.py`. */
const SHARD_BYTES = 16 << 20;

export interface Imported {
  model: OwnModel;
  isNew: boolean;
  notKept: NotKept | null;
}

export class Importer {
  private readonly cancelling = new AbortController();
  private journal: Journal | undefined;
  private notKept: NotKept | null = null;
  private done = 0;

  constructor(private readonly base: string, private readonly report: (done: number, total: number) => void) {}

  cancel(): void {
    this.cancelling.abort(cancelled());
  }

  /** Rejects with a `WardianError`, or a `CancelledError`; nothing of the model is left then. */
  async run(found: FoundModel, kind: string, dtypes: string[]): Promise<Imported> {
    const decoder = await sizesOf(found);
    await refuseTooLarge(found, dtypes, decoder);
    const wanted = filesOf(found, dtypes);
    const total = wanted.reduce((sum, { file }) => sum + file.size, 0);
    this.journal = await Journal.begin(this.base);
    try {
      const files: ModelFile[] = [];
      for (const { path, file } of wanted) files.push(await this.file(path, file, total));
      const model = await described(found, kind, dtypes, files, decoder);
      const isNew = this.notKept !== null || (await this.finish(model));
      await this.journal.end(this.notKept === null ? "complete" : "undo");
      return { model, isNew, notKept: this.notKept };
    } catch (error) {
      await this.journal.end("undo").catch(() => undefined);
      throw error;
    }
  }

  private async file(path: string, file: File, total: number): Promise<ModelFile> {
    const shards: Shard[] = [];
    for (let start = 0; start < file.size; start += SHARD_BYTES) {
      this.cancelling.signal.throwIfAborted();
      const piece = file.slice(start, start + SHARD_BYTES);
      const bytes = await read(path, piece);
      const shard: Shard = { sha256: await sha256(bytes), bytes: bytes.byteLength, own: piece };
      shards.push(shard);
      await this.store(shard, bytes);
      this.done += bytes.byteLength;
      this.report(this.done, total);
    }
    // A file of several shards is named by the list of their hashes: there is no hash in parts in browsers.
    const [first] = shards;
    const list = new TextEncoder().encode(shards.map((shard) => shard.sha256).join(""));
    return { path, bytes: file.size, sha256: shards.length === 1 ? first!.sha256 : await sha256(list), shards };
  }

  /** Writes a shard that is not there yet; where that is not possible, all that was written goes. */
  private async store(shard: Shard, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    if (this.notKept !== null) return;
    try {
      const cache = await caches.open(MODEL_CACHE);
      if (await cache.match(shardUrl(this.base, shard))) return;
      await this.journal!.add(shard.sha256);
      const headers = { "Content-Type": "application/octet-stream", "Content-Length": String(shard.bytes) };
      await cache.put(shardUrl(this.base, shard), new Response(bytes, { headers }));
    } catch (error) {
      await this.giveUp(error);
    }
  }

  /** The model will run from the visitor's own files, as long as the page lives. */
  private async giveUp(error: unknown): Promise<void> {
    this.notKept = error instanceof DOMException && error.name === "QuotaExceededError" ? "quota" : "none";
    await this.journal!.end("undo").catch(() => undefined);
  }

  /** Sets the marker once every shard is there: meanwhile others may have been deleted. False if it was set before. */
  private async finish(model: OwnModel): Promise<boolean> {
    for (;;) {
      this.cancelling.signal.throwIfAborted();
      const missing = await changing(async () => {
        const cache = await caches.open(MODEL_CACHE);
        const there = await Promise.all(distinctShards(model.files).map(async (shard) => ({ shard, held: await cache.match(shardUrl(this.base, shard)) })));
        const missing = there.filter(({ held }) => !held).map(({ shard }) => shard);
        if (missing.length > 0) return missing;
        const url = markerUrl(this.base, model.id, OWN);
        const before = await cache.match(url);
        await cache.put(url, Response.json(ownMarker(model)));
        return !before;
      }).catch(async (error: unknown) => {
        await this.giveUp(error);
        return true;
      });
      if (typeof missing === "boolean") return missing;
      for (const shard of missing) await this.store(shard, await read(model.name, shard.own as Blob));
      if (this.notKept !== null) return true;
    }
  }
}

/** Small files first, then weights: what is wrong with the former is known sooner. */
function filesOf(found: FoundModel, dtypes: string[]): GivenFile[] {
  const chosen = dtypes.flatMap((dtype) => graphsOf(found, dtype));
  const all = new Map([...found.small, ...chosen.flatMap(({ path, file, external }) => [[path, file] as const, ...external])]);
  return [...all].map(([path, file]) => ({ path, file }));
}

/** `config.json` was read as JSON when the folder was looked at. */
async function sizesOf({ small }: FoundModel): Promise<DecoderSizes | undefined> {
  const config = small.get("config.json");
  return config && decoderSizes(JSON.parse(await config.text()));
}

async function described(
  found: FoundModel, kind: string, dtypes: string[], files: ModelFile[], decoder: DecoderSizes | undefined,
): Promise<OwnModel> {
  const chosen = dtypes.map((dtype) => [dtype, found.weights.get(dtype)!] as const);
  const graphs = dtypes.flatMap((dtype) => graphsOf(found, dtype));
  const external = graphs.filter(({ external }) => external.size > 0).map(({ path, external }) => [path, [...external.keys()]]);
  const names = [...chosen[0]![1].parts.keys()];
  const parts = names.map((name) => [name, Object.fromEntries(chosen.map(([dtype, first]) => [dtype, first.parts.get(name)!.path]))]);
  const model = {
    name: found.name,
    kind,
    license: "",
    default_dtype: dtypes.includes(found.preferred) ? found.preferred : dtypes[0]!,
    dtypes: Object.fromEntries(chosen.map(([dtype, { path }]) => [dtype, path])),
    ...devicesOf(dtypes),
    ...(parts.length > 0 && { parts: Object.fromEntries(parts) as Record<string, Record<string, string>> }),
    ...(decoder && { decoder }),
    ...(external.length > 0 && { external_data: Object.fromEntries(external) as Record<string, string[]> }),
    files,
  };
  return { id: await localId(model), ...model };
}

/** A decoder's graph for the CPU gives slices of its cache, which a GPU's buffers do not take; beside it there may be one for the GPU. */
function devicesOf(dtypes: string[]): Pick<OwnModel, "devices" | "device_dtypes"> {
  const fold = dtypes.find((dtype) => dtype.endsWith("_fold"));
  const sibling = fold?.slice(0, -"_fold".length);
  if (fold === undefined) return {};
  return dtypes.includes(sibling!) ? { device_dtypes: { webgpu: sibling! } } : { devices: ["wasm"] };
}

/** Before a byte is read: what no engine of this browser could hold is not worth its space. */
async function refuseTooLarge(found: FoundModel, dtypes: string[], decoder: DecoderSizes | undefined): Promise<void> {
  const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<unknown> } };
  if (await gpu?.requestAdapter()) return;
  const entry = (path: string, { size }: File): ModelFile => ({ path, bytes: size, sha256: "" });
  for (const { dtype, path, file, external } of dtypes.flatMap((dtype) => graphsOf(found, dtype).map((graph) => ({ dtype, ...graph })))) {
    const files = [entry(path, file), ...[...external].map(([name, other]) => entry(name, other))];
    const manifest = {
      id: found.name, kind: "", license: "", default_dtype: dtype, dtypes: { [dtype]: path }, files,
      external_data: { [path]: [...external.keys()] }, ...(decoder && { decoder }),
    };
    const error = refusal({ models: { [found.name]: manifest } }, found.name, path);
    if (error) throw new WardianError(error);
  }
}

async function read(path: string, piece: Blob): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await piece.arrayBuffer());
  } catch (error) {
    throw unreadable(path, error);
  }
}
