// Messages that the server has not confirmed. What stands here survives a reload when the
// storage does; the sender works it off (sender.ts).

import type { FileBody } from './http.js';
import type { Id, NewContent } from './types.js';

export type OutboxContent = NewContent | { type: 'upload'; name: string; media_type: string; body: FileBody };

export interface OutboxItem {
  client_id: string;
  /** Visitors leave it out. */
  conversation_id: Id | null;
  content: OutboxContent;
  created_at: number;
  /** Set when the server refused for good: only a person sends it again. */
  failed: string | null;
}

/** Where the outbox lives. `scope` keeps channels and people apart. */
export interface OutboxStorage {
  load(): Promise<OutboxItem[]>;
  put(item: OutboxItem): Promise<void>;
  remove(clientId: string): Promise<void>;
  clear(): Promise<void>;
}

/** For tests, and where nothing may be stored. */
export class MemoryOutbox implements OutboxStorage {
  #items = new Map<string, OutboxItem>();

  async load(): Promise<OutboxItem[]> {
    return [...this.#items.values()];
  }
  async put(item: OutboxItem): Promise<void> {
    this.#items.set(item.client_id, item);
  }
  async remove(clientId: string): Promise<void> {
    this.#items.delete(clientId);
  }
  async clear(): Promise<void> {
    this.#items.clear();
  }
}

const STORE = 'outbox';

/** IndexedDB; falls back to memory where it is blocked (private windows, old WebViews). */
export class IndexedDbOutbox implements OutboxStorage {
  #fallback = new MemoryOutbox();
  #database: Promise<IDBDatabase | null> | null = null;

  constructor(
    private readonly scope: string,
    private readonly factory?: IDBFactory,
  ) {}

  async load(): Promise<OutboxItem[]> {
    const rows = await this.#run('readonly', (store) => store.getAll(this.#range()));
    if (!rows) return this.#fallback.load();
    return (rows as { item: OutboxItem }[])
      .map((row) => row.item)
      .sort((a, b) => a.created_at - b.created_at || (a.client_id < b.client_id ? -1 : 1));
  }

  async put(item: OutboxItem): Promise<void> {
    const done = await this.#run('readwrite', (store) => store.put({ key: [this.scope, item.client_id], item }));
    if (done === null) await this.#fallback.put(item);
  }

  async remove(clientId: string): Promise<void> {
    await this.#fallback.remove(clientId);
    await this.#run('readwrite', (store) => store.delete([this.scope, clientId]));
  }

  async clear(): Promise<void> {
    await this.#fallback.clear();
    await this.#run('readwrite', (store) => store.delete(this.#range()));
  }

  #range(): IDBKeyRange {
    return IDBKeyRange.bound([this.scope], [this.scope, []]);
  }

  /** Null when there is no database to be had. */
  async #run(
    mode: IDBTransactionMode,
    request: (store: IDBObjectStore) => IDBRequest,
  ): Promise<unknown> {
    const database = await (this.#database ??= this.#open());
    if (!database) return null;
    return new Promise((resolve) => {
      try {
        const transaction = database.transaction(STORE, mode);
        const answer = request(transaction.objectStore(STORE));
        transaction.oncomplete = () => resolve(answer.result ?? true);
        transaction.onabort = transaction.onerror = () => resolve(null);
      } catch {
        resolve(null);
      }
    });
  }

  #open(): Promise<IDBDatabase | null> {
    return new Promise((resolve) => {
      try {
        // Read here: where storage is blocked, some browsers throw at the mere name.
        const factory = this.factory ?? globalThis.indexedDB;
        if (!factory) return resolve(null);
        const request = factory.open('octim', 1);
        request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'key' });
        request.onerror = request.onblocked = () => resolve(null);
        request.onsuccess = () => {
          request.result.onversionchange = () => request.result.close();
          resolve(request.result);
        };
      } catch {
        resolve(null);
      }
    });
  }
}
