/**
 * One shard, verified: from the cache, or from the network under a Web Lock, so that tabs and workers which want
 * the same one wait for each other and the second finds it in the cache.
 *
 * Bytes are compared with their SHA-256 as they were received and again whenever they come out of the cache. Only
 * verified bytes are written. Without storage everything still works from the network.
 */

import { WardianError } from "../errors";
import type { Shard } from "../site";
import { sha256 } from "./hash";
import { shardUrl } from "./manifest";
import { Broken, PartialShard, receive } from "./receive";

export const MODEL_CACHE = "wardian-models";

export interface StoreOptions {
  /** Milliseconds without a byte after which a connection is given up. */
  stall: number;
  /** Milliseconds to wait before each further attempt; their number is the number of attempts. */
  pauses: number[];
}

export const DEFAULTS: StoreOptions = { stall: 30_000, pauses: [500, 1000, 2000, 4000, 8000] };

export interface Watch {
  signal: AbortSignal;
  /** What an earlier attempt left; filled further. */
  partial?: PartialShard;
  /** Bytes of this shard that have arrived; falls back where it starts again. */
  onbytes?: (loaded: number) => void;
  /** A pause before another attempt begins, and why. */
  onwait?: (reason: string, milliseconds: number) => void;
}

export interface Held {
  bytes: Uint8Array<ArrayBuffer>;
  /** True once the shard is in the cache; settles after the bytes are already usable. */
  stored: Promise<boolean>;
}

export class ShardStore {
  constructor(readonly base: string, private readonly options: StoreOptions = DEFAULTS) {}

  /** Rejects with a `DownloadError` that names the shard, or with the signal's reason. */
  async read(shard: Shard, watch: Watch): Promise<Held> {
    const cached = await this.cached(shard);
    if (cached) return { bytes: cached, stored: Promise.resolve(true) };
    if (shard.own) return { bytes: await readOwn(shard, shard.own), stored: Promise.resolve(false) };
    return new Promise<Held>((resolve, reject) => {
      this.locked(shard, watch.signal, async () => {
        const found = await this.cached(shard);
        if (found) return resolve({ bytes: found, stored: Promise.resolve(true) });
        const bytes = await this.download(shard, watch);
        const stored = this.put(shard, bytes);
        resolve({ bytes, stored });
        // Held until it is written: who waits for the lock must find it.
        await stored;
      }).catch(reject);
    });
  }

  /** Whether the shard is in the cache, after waiting for whoever is fetching or writing it now. */
  async settled(shard: Shard, signal: AbortSignal): Promise<boolean> {
    return (await this.has(shard)) || this.locked(shard, signal, () => this.has(shard));
  }

  async has(shard: Shard): Promise<boolean> {
    try {
      return (await (await caches.open(MODEL_CACHE)).match(shardUrl(this.base, shard))) !== undefined;
    } catch {
      return false;
    }
  }

  /** The bytes from the cache, verified; a bad entry is removed. */
  private async cached(shard: Shard): Promise<Uint8Array<ArrayBuffer> | null> {
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      const response = await (await caches.open(MODEL_CACHE)).match(shardUrl(this.base, shard));
      if (!response) return null;
      bytes = new Uint8Array(await response.arrayBuffer());
    } catch {
      return null;
    }
    if (await matches(bytes, shard)) return bytes;
    await this.evict(shard);
    return null;
  }

  async evict(shard: Shard): Promise<void> {
    await caches.open(MODEL_CACHE).then((cache) => cache.delete(shardUrl(this.base, shard))).catch(() => undefined);
  }

  private async put(shard: Shard, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
    try {
      const cache = await caches.open(MODEL_CACHE);
      const headers = { "Content-Type": "application/octet-stream", "Content-Length": String(shard.bytes) };
      await cache.put(shardUrl(this.base, shard), new Response(bytes, { headers }));
      return true;
    } catch {
      return false;
    }
  }

  private locked<T>(shard: Shard, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return navigator.locks.request(`wardian-shard-${shard.sha256}`, { signal }, work) as Promise<T>;
  }

  /** Tries until the bytes are right: the rest after growing pauses, wrong content once more, a 404 never. */
  private async download(shard: Shard, watch: Watch): Promise<Uint8Array<ArrayBuffer>> {
    const url = shardUrl(this.base, shard);
    const partial = watch.partial ?? new PartialShard(shard);
    let refetched = false;
    for (let attempt = 0; ; ) {
      try {
        await receive(url, partial, {
          stall: this.options.stall, signal: watch.signal, onbytes: watch.onbytes ?? (() => undefined),
        });
        if (await matches(partial.bytes, shard)) return partial.bytes;
        throw new Broken("other content (its SHA-256 differs)", "refetch");
      } catch (error) {
        if (!(error instanceof Broken)) throw error;
        if (error.remedy === "refetch") partial.loaded = 0;
        watch.onbytes?.(partial.loaded);
        const pause = this.options.pauses[attempt];
        if (error.remedy === "none" || (error.remedy === "refetch" && refetched) || (error.remedy === "pause" && pause === undefined)) {
          throw downloadError(shard, error.reason);
        }
        if (error.remedy === "refetch") {
          refetched = true;
          continue;
        }
        attempt++;
        watch.onwait?.(error.reason, pause!);
        await pausing(pause!, watch.signal);
      }
    }
  }
}

/** No server has a shard of the visitor's own: it is read from the file that they gave, or it is lost. */
async function readOwn(shard: Shard, from: Blob | true): Promise<Uint8Array<ArrayBuffer>> {
  let received = "nothing: it was cleared, or was damaged on this device";
  if (from !== true) {
    try {
      const bytes = new Uint8Array(await from.arrayBuffer());
      if (await matches(bytes, shard)) return bytes;
      received = "other content: the file has changed";
    } catch (error) {
      received = `the file cannot be read any more (${error instanceof Error ? error.message : String(error)})`;
    }
  }
  throw new WardianError({
    kind: "IntegrityError",
    message: "A part of your own model is missing.",
    value: `models/${shard.sha256}`,
    expected: `${shard.bytes} bytes with SHA-256 ${shard.sha256.slice(0, 16)}…`,
    received,
    hint: "Give the model's folder or file once more; only what is missing is stored again.",
  });
}

async function matches(bytes: Uint8Array<ArrayBuffer>, shard: Shard): Promise<boolean> {
  return bytes.byteLength === shard.bytes && (await sha256(bytes)) === shard.sha256;
}

/** Ends early when the network comes back. */
function pausing(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      signal.removeEventListener("abort", done);
      if (signal.aborted) reject(signal.reason);
      else resolve();
    };
    const timer = setTimeout(done, milliseconds);
    addEventListener("online", done);
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}

function downloadError(shard: Shard, received: string): WardianError {
  return new WardianError({
    kind: "DownloadError",
    message: `A part of the model could not be downloaded: ${received}.`,
    value: `models/${shard.sha256}`,
    expected: `${shard.bytes} bytes with SHA-256 ${shard.sha256.slice(0, 16)}…`,
    received,
    hint: "Check the connection and try again; what is already on this device stays.",
  });
}
