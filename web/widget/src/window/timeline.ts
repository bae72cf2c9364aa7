// What the message list shows, as data: greeting, days, bubbles in groups, notices, what is
// still on its way. Pure, so that every state can be tested without a screen.

import type { MessageView, NoticeView, Pending, VisitorConversation, VisitorLog } from '@octim/client';
import type { T } from './texts.js';

export type Mark = 'sending' | 'sent' | 'delivered' | 'read' | 'failed';

export interface Bubble {
  kind: 'bubble';
  key: string;
  mine: boolean;
  /** Whose: agents by id, so that a hand-over starts a new group. */
  author: string;
  name: string;
  message: MessageView | null;
  pending: Pending | null;
  at: number;
  mark: Mark | null;
  /** First and last of a run by the same author. */
  first: boolean;
  last: boolean;
}

export type Row =
  | { kind: 'greeting'; key: string; text: string }
  | { kind: 'day'; key: string; at: number }
  | { kind: 'notice'; key: string; text: string }
  | Bubble;

/** A run ends after this long without a message. */
const GROUP_MS = 5 * 60_000;

export interface TimelineInput {
  logs: readonly VisitorLog[];
  pending: readonly Pending[];
  greeting: string;
  /** What the bot is called here. */
  bot: string;
  t: T;
  dayKey: (at: number) => string;
}

export function timeline({ logs, pending, greeting, bot, t, dayKey }: TimelineInput): Row[] {
  const rows: Row[] = [];
  let day = '';
  const newDay = (at: number) => {
    const key = dayKey(at);
    if (key !== day) rows.push({ kind: 'day', key: `day:${key}`, at });
    day = key;
  };
  const complete = logs.length === 0 || !logs[0]!.hasMore;
  if (greeting && complete) rows.push({ kind: 'greeting', key: 'greeting', text: greeting });
  for (const log of logs) {
    for (const message of log.messages) {
      if (isInternal(message)) continue;
      newDay(message.created_at);
      rows.push(row(message, log.conversation, bot, t));
    }
  }
  for (const item of pending) {
    newDay(item.created_at);
    rows.push({
      kind: 'bubble',
      key: `own:${item.client_id}`,
      mine: true,
      author: 'me',
      name: t('you'),
      message: null,
      pending: item,
      at: item.created_at,
      mark: item.failed ? 'failed' : 'sending',
      first: true,
      last: true,
    });
  }
  return grouped(rows);
}

/** Something between members of staff. */
const isInternal = ({ content }: MessageView) => content.type === 'notice' && content.notice.event === 'internal';

function row(message: MessageView, conversation: VisitorConversation | null, bot: string, t: T): Row {
  const { content, sender } = message;
  const place = `${message.conversation_id}:${message.seq}`;
  if (content.type === 'notice' || sender.kind === 'system') {
    const text = content.type === 'notice' ? noticeText(content.notice, t) : t('unknown_content');
    return { kind: 'notice', key: place, text };
  }
  const mine = sender.kind === 'visitor';
  return {
    kind: 'bubble',
    // The same key before and after the confirmation: the bubble stays, only its mark changes.
    key: mine && message.client_id ? `own:${message.client_id}` : place,
    mine,
    author: mine ? 'me' : sender.kind === 'agent' ? sender.id : sender.kind,
    name: senderName(message, bot, t),
    message,
    pending: null,
    at: message.created_at,
    mark: mine ? markOf(message.seq, conversation) : null,
    first: true,
    last: true,
  };
}

export function senderName(message: MessageView, bot: string, t: T): string {
  const { sender } = message;
  if (sender.kind === 'agent') return sender.name || t('staff');
  if (sender.kind === 'bot') return bot || t('bot');
  return t(sender.kind === 'visitor' ? 'you' : 'staff');
}

function markOf(seq: number, conversation: VisitorConversation | null): Mark {
  if (!conversation) return 'sent';
  if (seq <= conversation.staff_read) return 'read';
  return seq <= conversation.staff_delivered ? 'delivered' : 'sent';
}

function grouped(rows: Row[]): Row[] {
  for (let at = 1; at < rows.length; at++) {
    const [before, after] = [rows[at - 1]!, rows[at]!];
    if (before.kind !== 'bubble' || after.kind !== 'bubble') continue;
    const failed = before.mark === 'failed' || after.mark === 'failed';
    const together = !failed && before.author === after.author && after.at - before.at < GROUP_MS;
    before.last = !together;
    after.first = !together;
  }
  return rows;
}

export function noticeText(notice: NoticeView, t: T): string {
  switch (notice.event) {
    case 'assigned':
      return t('notice_assigned', { name: notice.agent_name || t('staff') });
    case 'queued':
      return notice.team_name ? t('notice_queued_team', { name: notice.team_name }) : t('notice_queued');
    case 'resolved':
      return t(notice.by ? 'notice_resolved' : 'notice_resolved_you');
    case 'reopened':
      return t('notice_reopened');
    case 'handed_off':
      return t(notice.staffed ? 'notice_handed_off' : 'notice_left_message');
    case 'rated':
      return t('notice_rated', { count: notice.stars });
    default:
      return t('unknown_content');
  }
}

/** How many characters a text counts as: Unicode scalar values, as the server counts. */
export function characters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
