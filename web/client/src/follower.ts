// The conversations that a client watches: applies frames to their logs, notices gaps, and
// asks again after a reconnect. One `watch` per conversation is on its way at most.

import { type Clock, type Timer } from './clock.js';
import {
  type Applied,
  type ConversationLog,
  applyChanged,
  applyStream,
  emptyLog,
  have,
  prependPage,
} from './log.js';
import type { Changed, ClientFrame, Id, MessagePage, MessageView, Stream, Versioned } from './types.js';

/** A `watch` without an answer on a live connection is repeated. */
const ANSWER_MS = 15_000;
/** A snapshot that is already too old: a commit overtook it. Ask again, but not in a circle. */
const OVERTAKEN_MS = 500;

export interface FollowerOptions<C extends Versioned> {
  clock: Clock;
  send(frame: ClientFrame): boolean;
  /** `added` are messages that this client had not seen. */
  onLog(id: Id, log: ConversationLog<C>, added: readonly MessageView[]): void;
}

interface Entry<C extends Versioned> {
  log: ConversationLog<C>;
  /** Set while a `watch` is on its way or about to be. */
  asked: Timer | null;
}

export class Follower<C extends Versioned> {
  #entries = new Map<Id, Entry<C>>();
  #epoch: string | null = null;

  constructor(private readonly options: FollowerOptions<C>) {}

  ids(): Id[] {
    return [...this.#entries.keys()];
  }

  log(id: Id): ConversationLog<C> | null {
    return this.#entries.get(id)?.log ?? null;
  }

  watch(id: Id): void {
    if (this.#entries.has(id)) return;
    this.#entry(id);
    this.#ask(id);
  }

  unwatch(id: Id): void {
    if (!this.#forget(id)) return;
    this.options.send({ type: 'unwatch', conversation_id: id });
  }

  /** Another session: nothing of the old one may stay. */
  clear(): void {
    for (const id of this.ids()) this.#forget(id);
  }

  welcomed(epoch: string): void {
    this.#epoch = epoch;
    this.askAll();
  }

  disconnected(): void {
    for (const entry of this.#entries.values()) this.#answered(entry);
  }

  askAll(): void {
    for (const [id, entry] of this.#entries) {
      this.#answered(entry);
      this.#ask(id);
    }
  }

  changed(frame: Pick<Changed<C>, 'conversation' | 'messages'>): void {
    const id = frame.conversation.id;
    const entry = this.#entry(id);
    this.#take(id, entry, applyChanged(entry.log, frame));
  }

  stream(frame: Stream<C>): void {
    const entry = this.#entries.get(frame.conversation_id);
    if (!entry) return;
    this.#answered(entry);
    const epoch = this.#epoch ?? entry.log.epoch ?? '';
    const applied = applyStream(entry.log, frame, epoch);
    this.#take(frame.conversation_id, entry, { ...applied, gap: false });
    if (applied.gap && entry.asked === null) this.#askIn(OVERTAKEN_MS, frame.conversation_id, entry);
  }

  /** The same without a socket. */
  snapshot(frame: Parameters<typeof applyStream<C>>[1], epoch: string): void {
    const entry = this.#entry(frame.conversation.id);
    this.#take(frame.conversation.id, entry, applyStream(entry.log, frame, epoch));
  }

  /** A `watch` was refused: the conversation is out of reach. */
  refused(id: Id): void {
    this.#forget(id);
  }

  prepend(id: Id, page: MessagePage): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    entry.log = prependPage(entry.log, page);
    this.options.onLog(id, entry.log, []);
  }

  #entry(id: Id): Entry<C> {
    let entry = this.#entries.get(id);
    if (!entry) {
      // Also without `watch`: the server watches for a visitor who just opened a conversation.
      entry = { log: { ...emptyLog<C>(), epoch: this.#epoch }, asked: null };
      this.#entries.set(id, entry);
    }
    return entry;
  }

  #take(id: Id, entry: Entry<C>, applied: Applied<C>): void {
    entry.log = applied.log;
    if (applied.gap) this.#ask(id);
    this.options.onLog(id, applied.log, applied.added);
  }

  #ask(id: Id): void {
    const entry = this.#entries.get(id);
    if (!entry || entry.asked !== null) return;
    const { log } = entry;
    const sent = this.options.send(
      log.epoch === null || log.conversation === null
        ? { type: 'watch', conversation_id: id }
        : { type: 'watch', conversation_id: id, epoch: log.epoch, after: have(log) },
    );
    if (sent) this.#askIn(ANSWER_MS, id, entry);
  }

  #askIn(ms: number, id: Id, entry: Entry<C>): void {
    entry.asked = this.options.clock.setTimeout(() => {
      entry.asked = null;
      this.#ask(id);
    }, ms);
  }

  #answered(entry: Entry<C>): void {
    if (entry.asked !== null) this.options.clock.clearTimeout(entry.asked);
    entry.asked = null;
  }

  #forget(id: Id): boolean {
    const entry = this.#entries.get(id);
    if (entry) this.#answered(entry);
    return this.#entries.delete(id);
  }
}
