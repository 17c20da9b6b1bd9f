/**
 * Models of the visitor's own: ids that begin with `local/`, shards as every model has, and one entry that lists them
 * and says that they are complete. It is written last, so that there is never a half of a model.
 */

import { WardianError } from "../errors";
import type { ModelManifest, Shard } from "../site";
import { sha256 } from "./hash";
import { distinctShards } from "./manifest";
import { contents, type Marker, markerUrl, present } from "./presence";
import { MODEL_CACHE } from "./shards";

export const LOCAL = "local/";

/** The place of the dtype in the marker of a model of one's own: all of its dtypes are kept or removed together. */
export const OWN = "own";

export interface OwnModel extends ModelManifest {
  /** Of the folder or the file, as the visitor knows it. */
  name: string;
}

export function isLocal(id: string): boolean {
  return id.startsWith(LOCAL);
}

/** The id tells name and content: the same folder again is the same model, and a damaged list does not fit its id. */
export async function localId(model: Omit<OwnModel, "id">): Promise<string> {
  const letters = model.name.replace(/\.onnx$/i, "").replace(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^[-.]+|[-.]+$/g, "").slice(0, 40);
  return `${LOCAL}${letters || "model"}-${await contentKey(model)}`;
}

async function contentKey({ default_dtype, dtypes, parts, external_data, files }: Omit<OwnModel, "id">): Promise<string> {
  const listed = files.map(({ path, bytes, sha256, shards }) => [path, bytes, sha256, ...(shards ?? []).map((shard) => shard.sha256)]);
  const text = JSON.stringify([default_dtype, dtypes, external_data ?? {}, listed, ...(parts ? [parts] : [])]);
  return (await sha256(new TextEncoder().encode(text))).slice(0, 8);
}

/** What is written: no file of the visitor's disk is referred to. */
export function ownMarker(model: OwnModel): Marker {
  const files = model.files.map((file) => ({ ...file, shards: file.shards!.map(plain) }));
  return { model: model.id, dtype: OWN, shards: distinctShards(files).map(({ sha256, bytes }) => ({ sha256, bytes })), own: { ...model, files } };
}

const plain = ({ sha256, bytes }: Shard): Shard => ({ sha256, bytes, own: true });

/** Those kept on this device and those that this page has in memory alone. */
export class OwnModels {
  private readonly memory = new Map<string, OwnModel>();

  constructor(private readonly base: string) {}

  /** A model that could not be kept: its shards say where in the visitor's files they are. */
  add(model: OwnModel): void {
    this.memory.set(model.id, model);
  }

  /** It is of no use. */
  remove(id: string): void {
    this.memory.delete(id);
  }

  get inMemory(): OwnModel[] {
    return [...this.memory.values()];
  }

  /** The complete ones, by name. */
  async list(): Promise<OwnModel[]> {
    const kept = await contents(this.base).then(present, () => []);
    const models = new Map([...kept.flatMap(({ own }) => (own ? [own] : [])), ...this.inMemory].map((model) => [model.id, model]));
    return [...models.values()].sort((a, b) => a.name.localeCompare(b.name));
  }

  /** Undefined if there is none of this id. Rejects with an `IntegrityError` if its list of files is damaged. */
  async find(id: string): Promise<OwnModel | undefined> {
    const own = this.memory.get(id) ?? (await this.kept(id));
    if (!own) return undefined;
    const key = await contentKey(own).catch(() => "unreadable");
    if (own.id === id && id.endsWith(`-${key}`)) return own;
    throw new WardianError({
      kind: "IntegrityError",
      message: "The list of files of your own model is damaged.",
      value: id,
      expected: `content ${id.slice(-8)}`,
      received: `content ${key}`,
      hint: "Delete it on the page Storage and give its folder or file once more.",
    });
  }

  /** The model as a site of its own, for whatever looks models up in a site. */
  async site(id: string): Promise<{ models: Record<string, ModelManifest> }> {
    const own = await this.find(id);
    if (own) return { models: { [id]: own } };
    const known = (await this.list()).map((model) => model.id);
    throw new WardianError({
      kind: "UnknownNameError",
      message: `There is no model of your own named ${id} on this device.`,
      value: id,
      expected: known.length > 0 ? `one of ${known.join(", ")}` : "none is kept",
      hint: "Give its folder or file once more.",
    });
  }

  private async kept(id: string): Promise<OwnModel | undefined> {
    try {
      const cache = await caches.open(MODEL_CACHE);
      const entry = await cache.match(markerUrl(this.base, id, OWN));
      return entry && ((await entry.json()) as Marker).own;
    } catch {
      return undefined;
    }
  }
}
