// A conversation as this client has it: a pure reducer over `stream`, `changed` and pages
// of history. Invariant: `messages` is one unbroken run of seq, ending at `have(log)`.

import type { Changed, MessagePage, MessageView, Seq, Stream, Versioned } from './types.js';

export interface ConversationLog<C extends Versioned> {
  readonly conversation: C | null;
  readonly messages: readonly MessageView[];
  /** Epoch of the positions; null before the first stream. */
  readonly epoch: string | null;
  /** Older messages exist on the server. */
  readonly hasMore: boolean;
}

export interface Applied<C extends Versioned> {
  log: ConversationLog<C>;
  /** Messages that were not there before, in order. */
  added: readonly MessageView[];
  /** Something is missing: watch again. */
  gap: boolean;
}

export function emptyLog<C extends Versioned>(): ConversationLog<C> {
  return { conversation: null, messages: [], epoch: null, hasMore: false };
}

/** The newest seq that the log holds; 0 for none. */
export function have<C extends Versioned>(log: ConversationLog<C>): Seq {
  return log.messages[log.messages.length - 1]?.seq ?? 0;
}

function newer<C extends Versioned>(old: C | null, next: C): C {
  return old && old.version >= next.version ? old : next;
}

/** The part of `messages` that follows `after` without a hole; null when there is a hole. */
function following(messages: readonly MessageView[], after: Seq): readonly MessageView[] | null {
  const fresh = messages.filter((message) => message.seq > after);
  return fresh.every((message, index) => message.seq === after + index + 1) ? fresh : null;
}

export function applyChanged<C extends Versioned>(
  log: ConversationLog<C>,
  frame: Pick<Changed<C>, 'conversation' | 'messages'>,
): Applied<C> {
  const conversation = newer(log.conversation, frame.conversation);
  const fresh = following(frame.messages, have(log));
  if (fresh === null) return { log: { ...log, conversation }, added: [], gap: true };
  const next: ConversationLog<C> = {
    ...log,
    conversation,
    messages: fresh.length ? [...log.messages, ...fresh] : log.messages,
  };
  return { log: next, added: fresh, gap: conversation.last_seq > have(next) };
}

export function applyStream<C extends Versioned>(
  log: ConversationLog<C>,
  frame: Pick<Stream<C>, 'recovered' | 'conversation' | 'messages' | 'has_more'>,
  epoch: string,
): Applied<C> {
  if (frame.recovered) {
    const applied = applyChanged(log, frame);
    return { ...applied, log: { ...applied.log, epoch } };
  }
  // `changed` frames that overtook the snapshot may have brought later messages; with the
  // same epoch those stay.
  const end = frame.messages[frame.messages.length - 1]?.seq ?? 0;
  const later = log.epoch === epoch ? (following(log.messages, end) ?? []) : [];
  const kept = log.epoch === epoch ? have(log) : 0;
  const conversation =
    log.epoch === epoch ? newer(log.conversation, frame.conversation) : frame.conversation;
  const messages = [...frame.messages, ...later];
  const next = { conversation, messages, epoch, hasMore: frame.has_more };
  return {
    log: next,
    added: frame.messages.filter((message) => message.seq > kept),
    gap: conversation.last_seq > have(next),
  };
}

/** A page of history that ends right before the log's first message; any other is ignored. */
export function prependPage<C extends Versioned>(
  log: ConversationLog<C>,
  page: MessagePage,
): ConversationLog<C> {
  const first = log.messages[0]?.seq;
  const older = first === undefined ? page.messages : page.messages.filter((m) => m.seq < first);
  const last = older[older.length - 1]?.seq;
  if (first !== undefined && last !== undefined && last !== first - 1) return log;
  return { ...log, messages: [...older, ...log.messages], hasMore: page.has_more };
}
