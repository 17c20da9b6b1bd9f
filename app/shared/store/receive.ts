/** One request for one shard: its bytes, or why they did not come. Nothing is verified or tried again here. */

import { errorFrom } from "../errors";
import type { Shard } from "../site";

/** What may help: the same again after a pause, one fresh copy, or nothing. */
export type Remedy = "pause" | "refetch" | "none";

export class Broken extends Error {
  constructor(readonly reason: string, readonly remedy: Remedy) {
    super(reason);
  }
}

/** What has arrived of a shard; the next request asks for the rest. */
export class PartialShard {
  loaded = 0;
  private buffer: Uint8Array<ArrayBuffer> | undefined;

  constructor(readonly shard: Shard) {}

  /** Made when it is needed: most shards come from the cache. */
  get bytes(): Uint8Array<ArrayBuffer> {
    this.buffer ??= new Uint8Array(this.shard.bytes);
    return this.buffer;
  }
}

export interface Receiving {
  /** Milliseconds without a byte after which the connection counts as dead. */
  stall: number;
  signal: AbortSignal;
  onbytes: (loaded: number) => void;
}

/** Statuses of a server or a gateway that is overloaded or restarts. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Fills `partial` up, or throws `Broken` or the signal's reason; what has arrived until then stays in it. */
export async function receive(url: string, partial: PartialShard, { stall, signal, onbytes }: Receiving): Promise<void> {
  signal.throwIfAborted();
  if (partial.loaded === partial.shard.bytes) return;
  const stalled = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => stalled.abort(new Broken(`nothing arrived for ${Math.round(stall / 1000)} s`, "pause")), stall);
  };
  alive();
  try {
    // Not through the HTTP cache: what it keeps is not verified, and would be there twice.
    const headers: HeadersInit = partial.loaded > 0 ? { Range: `bytes=${partial.loaded}-` } : {};
    const response = await fetch(url, {
      headers, credentials: "omit", cache: "no-store", signal: AbortSignal.any([signal, stalled.signal]),
    });
    checkHead(response, partial);
    await readBody(response, partial, (loaded) => {
      alive();
      onbytes(loaded);
    });
  } catch (error) {
    signal.throwIfAborted();
    if (stalled.signal.aborted) throw stalled.signal.reason;
    if (error instanceof Broken) throw error;
    throw new Broken(`no answer from the server, or the connection broke (${errorFrom(error).message})`, "pause");
  } finally {
    clearTimeout(timer);
  }
}

function checkHead(response: Response, partial: PartialShard): void {
  if (response.status === 416) throw new Broken("no such part of the file", "refetch");
  if (!response.ok) throw new Broken(`HTTP status ${response.status}`, PASSING.has(response.status) ? "pause" : "none");
  if (response.headers.get("Content-Type")?.startsWith("text/html")) throw new Broken("a page of HTML", "refetch");
  // Servers may answer with the whole instead of the rest.
  const rest = response.status === 206 && response.headers.get("Content-Range")?.startsWith(`bytes ${partial.loaded}-`);
  if (!rest) partial.loaded = 0;
  // A compressed answer states its compressed length.
  const length = response.headers.has("Content-Encoding") ? null : response.headers.get("Content-Length");
  if (length !== null && partial.loaded + Number(length) !== partial.bytes.byteLength) throw new Broken(`${length} bytes`, "refetch");
}

async function readBody(response: Response, partial: PartialShard, onbytes: (loaded: number) => void): Promise<void> {
  const { bytes } = partial;
  const reader = response.body!.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (partial.loaded + value.byteLength > bytes.byteLength) {
      await reader.cancel();
      throw new Broken(`more than ${bytes.byteLength} bytes`, "refetch");
    }
    bytes.set(value, partial.loaded);
    partial.loaded += value.byteLength;
    onbytes(partial.loaded);
  }
  if (partial.loaded < bytes.byteLength) throw new Broken(`only ${partial.loaded} bytes`, "refetch");
}
