// Works off the outbox: uploads files, pipelines sends over the socket, falls back to HTTP,
// sends everything again after a reconnect. Invariant: an item leaves the outbox only when
// the server confirmed it or a person discarded it.

import { type Clock, type Random, type Timer, jitter } from './clock.js';
import { ApiError, CancelledError, isTemporary } from './errors.js';
import { newClientId } from './id.js';
import type { OutboxContent, OutboxItem, OutboxStorage } from './outbox.js';
import type { ClientFrame, CommandFailed, FileView, Id, NewContent, Receipt } from './types.js';

/** No answer on a live connection: send again. */
const ANSWER_MS = 15_000;
/** Without a socket for this long, HTTP is tried. */
const FALLBACK_MS = 5_000;
/** An upload that must wait longer than this counts as failed. */
const LONG_MS = 30_000;

export interface SenderOptions {
  clock: Clock;
  random: Random;
  storage: OutboxStorage;
  /** False without a live socket. */
  send(frame: ClientFrame): boolean;
  post(item: { client_id: string; conversation_id: Id | null; content: NewContent }): Promise<Receipt>;
  upload(
    content: Extract<OutboxContent, { type: 'upload' }>,
    signal: AbortSignal,
    onProgress: (sent: number, total: number) => void,
  ): Promise<FileView>;
  /** The list or the progress of an upload changed. */
  onChange(): void;
  onSent(item: OutboxItem, receipt: Receipt): void;
}

/** An item and what is happening to it now. */
export interface Pending extends OutboxItem {
  /** 0 to 1 while a file is on its way. */
  progress: number | null;
}

interface Work {
  /** When it went over this connection. */
  inFlight: boolean;
  upload: AbortController | null;
  progress: number | null;
  /** When the next try of an upload is due. */
  notBefore: number;
}

export class Sender {
  #items: OutboxItem[] = [];
  #work = new Map<string, Work>();
  #failures = 0;
  #pausedUntil = 0;
  #timer: Timer = null;
  #wakeAt = 0;
  #watchdog: Timer = null;
  #online = false;
  #posting = false;
  #offlineSince: number;

  constructor(private readonly options: SenderOptions) {
    this.#offlineSince = options.clock.now();
  }

  /** What the last run left behind. */
  async load(): Promise<void> {
    const stored = await this.options.storage.load();
    const known = new Set(this.#items.map((item) => item.client_id));
    this.#items = [...stored.filter((item) => !known.has(item.client_id)), ...this.#items];
    this.options.onChange();
    this.#pump();
  }

  /** Nothing waits to be confirmed. */
  get idle(): boolean {
    return this.#items.length === 0;
  }

  pending(): Pending[] {
    return this.#items.map((item) => ({
      ...item,
      progress: this.#work.get(item.client_id)?.progress ?? null,
    }));
  }

  /** Stored before it is sent; resolves with the client id once it is stored. */
  async add(content: OutboxContent, conversationId: Id | null): Promise<string> {
    const now = this.options.clock.now();
    const item: OutboxItem = {
      client_id: newClientId(now),
      conversation_id: conversationId,
      content,
      created_at: now,
      failed: null,
    };
    this.#items.push(item);
    this.options.onChange();
    await this.options.storage.put(item);
    this.#pump();
    return item.client_id;
  }

  retry(clientId: string): void {
    const item = this.#find(clientId);
    if (!item?.failed) return;
    item.failed = null;
    this.#workOf(item).notBefore = 0;
    void this.options.storage.put(item);
    this.options.onChange();
    this.#pump();
  }

  /** Forget a message that is not confirmed; stops its upload. */
  discard(clientId: string): void {
    this.#work.get(clientId)?.upload?.abort();
    if (this.#remove(clientId)) this.options.onChange();
  }

  /** Confirmed: by `sent`, by HTTP, or by seeing the message in the log. */
  confirmed(receipt: Receipt): void {
    this.#failures = 0;
    const item = this.#remove(receipt.client_id);
    if (!item) return;
    this.options.onChange();
    this.options.onSent(item, receipt);
  }

  /** Without a client id: the whole connection was told to wait. */
  refused(error: CommandFailed): void {
    if (!error.client_id && [...this.#work.values()].some((work) => work.inFlight)) {
      return this.#pause(error.retry_after ?? null);
    }
    const item = error.client_id ? this.#find(error.client_id) : undefined;
    if (!item) return;
    if (isTemporary(error.code)) this.#pause(error.retry_after ?? null);
    else this.#fail(item, error.code);
  }

  online(): void {
    this.#online = true;
    this.#pausedUntil = 0;
    for (const work of this.#work.values()) work.inFlight = false;
    this.#pump();
  }

  offline(): void {
    if (this.#online) this.#offlineSince = this.options.clock.now();
    this.#online = false;
    for (const work of this.#work.values()) work.inFlight = false;
    this.#pump();
  }

  async clear(): Promise<void> {
    for (const work of this.#work.values()) work.upload?.abort();
    this.#items = [];
    this.#work.clear();
    this.options.onChange();
    await this.options.storage.clear();
  }

  stop(): void {
    this.#online = false;
    this.options.clock.clearTimeout(this.#timer);
    this.options.clock.clearTimeout(this.#watchdog);
    this.#timer = this.#watchdog = null;
  }

  #pump(): void {
    const { clock } = this.options;
    const wait = this.#pausedUntil - clock.now();
    if (wait > 0) return this.#wakeIn(wait);
    for (const item of this.#items) {
      if (item.failed || item.content.type !== 'upload') continue;
      const left = this.#workOf(item).notBefore - clock.now();
      if (left > 0) this.#wakeIn(left);
      else this.#upload(item);
    }
    const ready = this.#items.filter((item) => !item.failed && item.content.type !== 'upload');
    if (ready.length === 0) return;
    if (!this.#online) {
      const until = this.#offlineSince + FALLBACK_MS - clock.now();
      return until > 0 ? this.#wakeIn(until) : void this.#post(ready[0]!);
    }
    for (const item of ready) {
      const work = this.#workOf(item);
      if (work.inFlight) continue;
      const { client_id, conversation_id } = item;
      const content = item.content as NewContent;
      const frame: ClientFrame = conversation_id
        ? { type: 'send', client_id, conversation_id, content }
        : { type: 'send', client_id, content };
      if (!this.options.send(frame)) return;
      work.inFlight = true;
    }
    this.#watch();
  }

  /** Nothing confirmed for a while: send everything again, in order. */
  #watch(): void {
    this.options.clock.clearTimeout(this.#watchdog);
    this.#watchdog = this.options.clock.setTimeout(() => {
      if (!this.#online) return;
      for (const work of this.#work.values()) work.inFlight = false;
      this.#pump();
    }, ANSWER_MS);
  }

  async #post(item: OutboxItem): Promise<void> {
    if (this.#posting) return;
    this.#posting = true;
    try {
      const { client_id, conversation_id } = item;
      const receipt = await this.options.post({ client_id, conversation_id, content: item.content as NewContent });
      this.#posting = false;
      this.confirmed(receipt);
      this.#pump();
    } catch (error) {
      this.#posting = false;
      this.#stumble(item, error);
    }
  }

  #upload(item: OutboxItem): void {
    const work = this.#workOf(item);
    if (work.upload || item.content.type !== 'upload') return;
    const abort = new AbortController();
    work.upload = abort;
    work.progress = 0;
    const onProgress = (sent: number, total: number) => {
      work.progress = total > 0 ? sent / total : 0;
      this.options.onChange();
    };
    this.options.upload(item.content, abort.signal, onProgress).then(
      (file) => {
        if (!this.#find(item.client_id)) return;
        work.upload = null;
        work.progress = null;
        item.content = { type: 'file', attachment_id: file.id };
        void this.options.storage.put(item);
        this.options.onChange();
        this.#pump();
      },
      (error: unknown) => {
        work.upload = null;
        work.progress = null;
        if (this.#find(item.client_id)) this.#uploadFailed(item, work, error);
      },
    );
  }

  /** Holds up nothing but itself; a person is told when the wait is long. */
  #uploadFailed(item: OutboxItem, work: Work, error: unknown): void {
    if (error instanceof CancelledError) return;
    const wait = error instanceof ApiError ? (error.retryAfter ?? 0) * 1000 : 0;
    if (error instanceof ApiError && ((!error.temporary && error.status !== 401) || wait > LONG_MS)) {
      return this.#fail(item, error.code);
    }
    const { clock, random } = this.options;
    work.notBefore = clock.now() + wait + 1000 + jitter(this.#failures++, random, 1000);
    this.options.onChange();
    this.#pump();
  }

  #stumble(item: OutboxItem, error: unknown): void {
    // A dead session is renewed by the connection; the message has nothing to do with it.
    if (error instanceof ApiError && !error.temporary && error.status !== 401) {
      this.#fail(item, error.code);
      this.#pump();
    } else {
      this.#pause(error instanceof ApiError ? error.retryAfter : null);
    }
  }

  #fail(item: OutboxItem, code: string): void {
    item.failed = code;
    this.#workOf(item).inFlight = false;
    void this.options.storage.put(item);
    this.options.onChange();
  }

  /** Temporary trouble holds up the whole line, so that order survives. */
  #pause(seconds: number | null): void {
    const { clock, random } = this.options;
    const wait = seconds !== null ? seconds * 1000 + random() * 500 : 500 + jitter(this.#failures, random, 1000);
    this.#failures += 1;
    for (const work of this.#work.values()) work.inFlight = false;
    this.#pausedUntil = clock.now() + wait;
    this.#wakeIn(wait);
  }

  #wakeIn(ms: number): void {
    const { clock } = this.options;
    const due = clock.now() + Math.max(1, Math.ceil(ms));
    if (this.#timer !== null && this.#wakeAt <= due) return;
    clock.clearTimeout(this.#timer);
    this.#wakeAt = due;
    this.#timer = clock.setTimeout(() => {
      this.#timer = null;
      this.#pump();
    }, due - clock.now());
  }

  #workOf(item: OutboxItem): Work {
    let work = this.#work.get(item.client_id);
    if (!work) this.#work.set(item.client_id, (work = { inFlight: false, upload: null, progress: null, notBefore: 0 }));
    return work;
  }

  #find(clientId: string): OutboxItem | undefined {
    return this.#items.find((item) => item.client_id === clientId);
  }

  #remove(clientId: string): OutboxItem | undefined {
    const item = this.#find(clientId);
    if (!item) return undefined;
    this.#items = this.#items.filter((other) => other !== item);
    this.#work.delete(clientId);
    void this.options.storage.remove(clientId);
    return item;
  }
}
