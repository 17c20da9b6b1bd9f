/**
 * The visitor's conversations: all in memory, each kept on the device as a record of its own. Where nothing can be kept
 * (no storage, no space) they live as long as the page, and `kept` says so.
 */

import { type Conversation, newId } from "./conversation";
import { Database } from "./database";

export type Kept = "yes" | "quota" | "none";

const CHANNEL = "wardian-conversations";

export class ConversationStore {
  kept: Kept = "yes";
  /** Settled when what was kept is in memory. */
  readonly ready: Promise<void>;
  private readonly known = new Map<string, Conversation>();
  private readonly listeners = new Set<() => void>();
  private readonly busy = new Set<(id: string) => boolean>();
  private readonly channel = typeof BroadcastChannel === "undefined" ? undefined : new BroadcastChannel(CHANNEL);
  private database: Database | undefined;
  /** Writes happen one after the other. */
  private writing: Promise<void>;
  private pending = 0;

  constructor() {
    this.ready = this.load();
    this.writing = this.ready;
    this.channel?.addEventListener("message", ({ data }: MessageEvent<string[]>) => void this.reload(data));
  }

  /** `onchange`: something is other than it was. `busy`: whether a conversation may not be replaced by another tab's now. */
  listen(onchange: () => void, busy: (id: string) => boolean): () => void {
    this.listeners.add(onchange);
    this.busy.add(busy);
    return () => {
      this.listeners.delete(onchange);
      this.busy.delete(busy);
    };
  }

  /** Whether all that was saved is kept. */
  get settled(): boolean {
    return this.kept === "yes" && this.pending === 0;
  }

  /** Those with something in them, the latest first. */
  list(): Conversation[] {
    return [...this.known.values()].filter(({ turns }) => turns.length > 0).sort((a, b) => b.changed - a.changed);
  }

  get(id: string): Conversation | undefined {
    return this.known.get(id);
  }

  /** Keeps a conversation as it is now. Its id changes if another tab has changed the same one meanwhile. */
  save(conversation: Conversation): Promise<void> {
    this.known.set(conversation.id, conversation);
    this.notify();
    return this.write(async (database) => {
      if (this.known.get(conversation.id) !== conversation) return;
      const before = conversation.id;
      const { id, revision } = await database.put(conversation);
      Object.assign(conversation, { id, revision });
      if (id !== before) {
        this.known.set(id, conversation);
        this.known.delete(before);
        await this.reload([before]);
      }
      this.channel?.postMessage([id]);
    });
  }

  /** Takes them away; `restore` brings them back. */
  remove(conversations: Conversation[]): Promise<void> {
    for (const { id } of conversations) this.known.delete(id);
    this.notify();
    const ids = conversations.map(({ id }) => id);
    return this.write(async (database) => {
      await database.delete(ids);
      this.channel?.postMessage(ids);
    });
  }

  restore(conversations: Conversation[]): void {
    for (const conversation of conversations) {
      // Written anew: nothing is stored under an id of its own.
      conversation.id = this.known.has(conversation.id) ? newId() : conversation.id;
      void this.save(conversation);
    }
  }

  private async load(): Promise<void> {
    try {
      this.database = await Database.open();
      for (const conversation of await this.database.all()) {
        if (!this.known.has(conversation.id)) this.known.set(conversation.id, conversation);
      }
    } catch {
      this.kept = "none";
    }
    this.notify();
  }

  private write(work: (database: Database) => Promise<void>): Promise<void> {
    this.pending++;
    this.writing = this.writing.then(async () => {
      try {
        if (this.database) await work(this.database);
        if (this.database) this.kept = "yes";
      } catch (error) {
        this.kept = (error as Error).name === "QuotaExceededError" ? "quota" : "none";
      }
      this.pending--;
      this.notify();
    });
    return this.writing;
  }

  /** Another tab has written these, or taken them away. */
  private async reload(ids: string[]): Promise<void> {
    await this.ready;
    for (const id of ids) {
      if ([...this.busy].some((busy) => busy(id))) continue;
      const stored = await this.database?.get(id).catch(() => undefined);
      const known = this.known.get(id);
      // The same object, which a view may show.
      if (stored && known) Object.assign(known, stored);
      else if (stored) this.known.set(id, stored);
      else this.known.delete(id);
    }
    this.notify();
  }

  private notify(): void {
    this.listeners.forEach((listener) => listener());
  }
}

let store: ConversationStore | undefined;

/** The one of this page. */
export function conversationStore(): ConversationStore {
  return (store ??= new ConversationStore());
}
