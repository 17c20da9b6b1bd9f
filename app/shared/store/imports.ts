/**
 * What an import of a visitor's model has written so far. Its journal names every shard before it is written, so that
 * they can be removed if the import fails, is cancelled, or ends with its page.
 */

import { changing, forgetShards, JOURNALS } from "./presence";
import { MODEL_CACHE } from "./shards";

/** Held by an import for as long as it lives, so that nobody takes its journal for a left one. */
const lockOf = (id: string) => `wardian-import-${id}`;

export class Journal {
  private readonly id = crypto.randomUUID();
  private readonly shards: string[] = [];
  private release: () => void = () => undefined;

  private constructor(private readonly base: string) {}

  static async begin(base: string): Promise<Journal> {
    const journal = new Journal(base);
    await new Promise<void>((held) => {
      void navigator.locks.request(lockOf(journal.id), () => {
        held();
        return new Promise<void>((resolve) => (journal.release = resolve));
      });
    });
    return journal;
  }

  /** To be called before the shard is written. */
  async add(sha256: string): Promise<void> {
    this.shards.push(sha256);
    await (await caches.open(MODEL_CACHE)).put(urlOf(this.base, this.id), Response.json(this.shards));
  }

  /** The model is complete, or what was written is to go. */
  async end(outcome: "complete" | "undo"): Promise<void> {
    if (this.shards.length > 0) {
      if (outcome === "undo") await changing(() => forgetShards(this.base, this.shards));
      await (await caches.open(MODEL_CACHE)).delete(urlOf(this.base, this.id));
      this.shards.length = 0;
    }
    this.release();
  }
}

/** Removes what imports left behind whose page was closed in the middle. Never rejects. */
export async function sweep(base: string): Promise<void> {
  try {
    const cache = await caches.open(MODEL_CACHE);
    const prefix = new URL(JOURNALS, base).href;
    for (const request of await cache.keys()) {
      if (!request.url.startsWith(prefix)) continue;
      await navigator.locks.request(lockOf(request.url.slice(prefix.length)), { ifAvailable: true }, async (lock) => {
        const left = lock && (await cache.match(request));
        if (!left) return;
        const shards = (await left.json()) as string[];
        await changing(() => forgetShards(base, shards));
        await cache.delete(request);
      });
    }
  } catch {
    // Without storage there is nothing to remove.
  }
}

function urlOf(base: string, id: string): string {
  return new URL(JOURNALS + id, base).href;
}
