/** Conversations in IndexedDB, a record each. */

import { type Conversation, newId } from "./conversation";

const NAME = "wardian-conversations";
const STORE = "conversations";

export class Database {
  private constructor(private readonly database: IDBDatabase) {}

  /** Rejects where the browser keeps nothing. */
  static async open(): Promise<Database> {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
    const database = await resultOf(request);
    // Another tab with a newer version waits for nobody.
    database.onversionchange = () => database.close();
    return new Database(database);
  }

  async all(): Promise<Conversation[]> {
    return resultOf(this.store("readonly").getAll() as IDBRequest<Conversation[]>);
  }

  async get(id: string): Promise<Conversation | undefined> {
    return resultOf(this.store("readonly").get(id) as IDBRequest<Conversation | undefined>);
  }

  /**
   * Writes a conversation as its next revision; if another tab has written it meanwhile, under a new id beside the
   * other's. Returns the id and the revision that it has now.
   */
  async put(conversation: Conversation): Promise<{ id: string; revision: number }> {
    const store = this.store("readwrite");
    const done = finished(store.transaction);
    const stored = await resultOf(store.get(conversation.id) as IDBRequest<Conversation | undefined>);
    const foreign = stored !== undefined && stored.revision !== conversation.revision;
    const written = { id: foreign ? newId() : conversation.id, revision: foreign ? 1 : conversation.revision + 1 };
    store.put({ ...conversation, ...written });
    await done;
    return written;
  }

  async delete(ids: string[]): Promise<void> {
    const store = this.store("readwrite");
    const done = finished(store.transaction);
    for (const id of ids) store.delete(id);
    await done;
  }

  private store(mode: IDBTransactionMode): IDBObjectStore {
    return this.database.transaction(STORE, mode).objectStore(STORE);
  }
}

function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("IndexedDB failed"));
  });
}

/** What is written is there only when its transaction is complete: that is where a quota is noticed. */
function finished(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = transaction.onerror = () => reject(transaction.error ?? new Error("IndexedDB failed"));
  });
}
