/** One request for one shard: its bytes, whole, or why they did not come. Nothing is verified or tried again here. */

import { errorFrom } from "../errors";
import type { Shard } from "../site";

/** What may help: the same again after a pause, one fresh copy, or nothing. */
export type Remedy = "pause" | "refetch" | "none";

export class Broken extends Error {
  constructor(readonly reason: string, readonly remedy: Remedy) {
    super(reason);
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

export async function receive(url: string, shard: Shard, { stall, signal, onbytes }: Receiving): Promise<Uint8Array<ArrayBuffer>> {
  signal.throwIfAborted();
  const stalled = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => stalled.abort(new Broken(`nothing arrived for ${Math.round(stall / 1000)} s`, "pause")), stall);
  };
  alive();
  try {
    // Not through the HTTP cache: what it keeps is not verified, and would be there twice.
    const response = await fetch(url, { credentials: "omit", cache: "no-store", signal: AbortSignal.any([signal, stalled.signal]) });
    checkHead(response, shard);
    return await readBody(response, shard, (loaded) => {
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

function checkHead(response: Response, shard: Shard): void {
  if (!response.ok) throw new Broken(`HTTP status ${response.status}`, PASSING.has(response.status) ? "pause" : "none");
  if (response.headers.get("Content-Type")?.startsWith("text/html")) throw new Broken("a page of HTML", "refetch");
  // A compressed answer states its compressed length.
  const length = response.headers.has("Content-Encoding") ? null : response.headers.get("Content-Length");
  if (length !== null && Number(length) !== shard.bytes) throw new Broken(`${length} bytes`, "refetch");
}

async function readBody(response: Response, shard: Shard, onbytes: (loaded: number) => void): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(shard.bytes);
  let loaded = 0;
  const reader = response.body!.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (loaded + value.byteLength > shard.bytes) {
      await reader.cancel();
      throw new Broken(`more than ${shard.bytes} bytes`, "refetch");
    }
    bytes.set(value, loaded);
    loaded += value.byteLength;
    onbytes(loaded);
  }
  if (loaded < shard.bytes) throw new Broken(`only ${loaded} bytes`, "refetch");
  return bytes;
}
