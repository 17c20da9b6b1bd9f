/** Files of a model, shard by shard over a bounded number of connections: progress, pause, resume, cancel. */

import { cancelled } from "../errors";
import type { DownloadState } from "../messages";
import type { ModelFile, Shard } from "../site";
import { distinctShards, shardsOf, sizeOf } from "./manifest";
import { Pool } from "./pool";
import { PartialShard } from "./receive";
import type { Held, ShardStore } from "./shards";

/** Connections at a time: browsers allow six to a host, and Python's start needs some. */
const CONNECTIONS = 4;

/** Milliseconds between two reports. */
const REPORT_EVERY = 100;

const pool = new Pool(CONNECTIONS);

export interface Loaded {
  /** By SHA-256. */
  shards: Map<string, Uint8Array<ArrayBuffer>>;
  /** True once all are in the cache; settles after the bytes are already usable. */
  stored: Promise<boolean>;
}

export class Download {
  private readonly shards: Shard[];
  private readonly total: number;
  private readonly loaded = new Map<string, number>();
  private readonly ended = new AbortController();
  /** Aborted by a pause; a new one for what comes after. */
  private round = new AbortController();
  private resumed: Promise<void> | undefined;
  private goOn: () => void = () => undefined;
  private waits: string | null = null;
  private reporting: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly store: ShardStore, files: ModelFile[], private readonly report: (state: DownloadState) => void = () => undefined) {
    this.shards = distinctShards(files);
    this.total = sizeOf(this.shards);
  }

  /** Rejects with a `DownloadError`, or with a `CancelledError` after `cancel`; whole shards stay on the device. */
  async run(): Promise<Loaded> {
    try {
      const held = await Promise.all(this.shards.map(async (shard) => [shard.sha256, await pool.run(() => this.fetch(shard))] as const));
      this.reportNow();
      const stored = Promise.all(held.map(([, { stored }]) => stored)).then((each) => each.every(Boolean));
      return { shards: new Map(held.map(([name, { bytes }]) => [name, bytes])), stored };
    } catch (error) {
      // The others stop too: nobody waits for them any more.
      this.ended.abort(error);
      throw error;
    } finally {
      clearTimeout(this.reporting);
      this.reporting = undefined;
    }
  }

  /** Ends the requests that go on; `resume` asks for the rest. */
  pause(): void {
    if (this.resumed || this.ended.signal.aborted) return;
    this.resumed = new Promise((resolve) => (this.goOn = resolve));
    this.round.abort();
    this.reportNow();
  }

  resume(): void {
    if (!this.resumed) return;
    this.resumed = undefined;
    this.round = new AbortController();
    this.goOn();
    this.reportNow();
  }

  cancel(): void {
    this.ended.abort(cancelled());
    this.goOn();
  }

  private async fetch(shard: Shard): Promise<Held> {
    const partial = new PartialShard(shard);
    for (;;) {
      await this.resumed;
      this.ended.signal.throwIfAborted();
      const { signal: round } = this.round;
      try {
        const held = await this.store.read(shard, {
          partial,
          signal: AbortSignal.any([this.ended.signal, round]),
          onbytes: (loaded) => this.arrived(shard, loaded),
          onwait: (reason) => {
            this.waits = reason;
            this.reportNow();
          },
        });
        this.arrived(shard, shard.bytes);
        return held;
      } catch (error) {
        this.arrived(shard, partial.loaded);
        if (this.ended.signal.aborted || !round.aborted) throw error;
      }
    }
  }

  private arrived(shard: Shard, loaded: number): void {
    this.loaded.set(shard.sha256, loaded);
    if (loaded > 0) this.waits = null;
    this.reporting ??= setTimeout(() => this.reportNow(), REPORT_EVERY);
  }

  private reportNow(): void {
    clearTimeout(this.reporting);
    this.reporting = undefined;
    if (this.ended.signal.aborted) return;
    const loaded = [...this.loaded.values()].reduce((sum, bytes) => sum + bytes, 0);
    const state = this.resumed ? "paused" : this.waits !== null ? "waiting" : "loading";
    this.report({ loaded, total: this.total, state, reason: this.waits });
  }
}

/** One file as one array; copied together only where it has several shards. */
export function joined(file: ModelFile, { shards }: Loaded): Uint8Array<ArrayBuffer> {
  const parts = shardsOf(file).map(({ sha256 }) => shards.get(sha256)!);
  if (parts.length === 1) return parts[0]!;
  const whole = new Uint8Array(file.bytes);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.byteLength;
  }
  return whole;
}
