// Messages as a screen shows them: days, notices, and runs of one sender grouped together.

import type { MessageView, Pending } from '@octim/client';

/** A run is broken by a pause this long. */
const PAUSE_MS = 5 * 60_000;

export type Block =
  | { kind: 'day'; key: string; at: number }
  | { kind: 'notice'; key: string; message: MessageView }
  | {
      kind: 'group';
      key: string;
      side: 'visitor' | 'staff';
      sender: MessageView['sender'];
      messages: MessageView[];
    };

export function sideOf(sender: MessageView['sender']): 'visitor' | 'staff' {
  return sender.kind === 'visitor' ? 'visitor' : 'staff';
}

function sameSender(a: MessageView['sender'], b: MessageView['sender']): boolean {
  if (a.kind !== b.kind) return false;
  return a.kind !== 'agent' || b.kind !== 'agent' || a.id === b.id;
}

export function blocksOf(messages: readonly MessageView[], dayKey: (at: number) => string): Block[] {
  const blocks: Block[] = [];
  let day = '';
  let previous: MessageView | undefined;
  for (const message of messages) {
    const today = dayKey(message.created_at);
    if (today !== day) {
      day = today;
      previous = undefined;
      blocks.push({ kind: 'day', key: `day-${today}-${message.seq}`, at: message.created_at });
    }
    const last = blocks.at(-1);
    if (message.content.type === 'notice' || message.sender.kind === 'system') {
      blocks.push({ kind: 'notice', key: `n${message.seq}`, message });
      previous = undefined;
    } else if (
      last?.kind === 'group' &&
      previous &&
      sameSender(previous.sender, message.sender) &&
      message.created_at - previous.created_at < PAUSE_MS
    ) {
      last.messages.push(message);
      previous = message;
    } else {
      blocks.push({
        kind: 'group',
        key: `g${message.seq}`,
        side: sideOf(message.sender),
        sender: message.sender,
        messages: [message],
      });
      previous = message;
    }
  }
  return blocks;
}

/** Pending messages of one conversation, in the order they were written. */
export function pendingOf(pending: readonly Pending[], conversationId: string): Pending[] {
  return pending.filter((item) => item.conversation_id === conversationId);
}
