// The message list as data.

import { expect, test } from 'vitest';
import type { MessageView, Pending, VisitorConversation, VisitorLog } from '@octim/client';
import { texts } from '../src/window/texts.js';
import { type Bubble, characters, noticeText, timeline } from '../src/window/timeline.js';

const t = texts('en');
const MINUTE = 60_000;
const conversation = { staff_delivered: 3, staff_read: 1 } as VisitorConversation;

function message(seq: number, at: number, sender: MessageView['sender'], client_id: string | null = null): MessageView {
  return { conversation_id: '7', seq, sender, client_id, content: { type: 'text', text: 'x' }, created_at: at };
}
const log = (messages: MessageView[], hasMore = false): VisitorLog => ({ conversation, messages, epoch: 'e', hasMore });
const show = (logs: VisitorLog[], pending: Pending[] = []) =>
  timeline({ logs, pending, greeting: 'hi', bot: 'Robo', t, dayKey: (at) => String(Math.floor(at / 86_400_000)) });
const bubbles = (rows: ReturnType<typeof show>) => rows.filter((row): row is Bubble => row.kind === 'bubble');

const me = { kind: 'visitor' } as const;
const wang = { kind: 'agent', id: '1', name: 'Wang' } as const;
const li = { kind: 'agent', id: '2', name: 'Li' } as const;

test('own_messages_show_how_far_they_got', () => {
  const rows = show([log([1, 2, 3, 4].map((seq) => message(seq, seq, me, `c${seq}`)))]);
  expect(bubbles(rows).map((row) => row.mark)).toEqual(['read', 'delivered', 'delivered', 'sent']);
});

test('runs_end_at_another_person_a_pause_or_a_new_day', () => {
  const rows = bubbles(
    show([log([
      message(1, 0, wang),
      message(2, MINUTE, wang),
      message(3, 2 * MINUTE, li),
      message(4, 20 * MINUTE, li),
      message(5, 86_400_000, li),
    ])]),
  );
  expect(rows.map((row) => [row.first, row.last])).toEqual([
    [true, false],
    [false, true],
    [true, true],
    [true, true],
    [true, true],
  ]);
});

test('every_day_begins_with_its_separator', () => {
  const rows = show([log([message(1, 0, me), message(2, 10, me), message(3, 86_400_000, wang)])]);
  expect(rows.map((row) => row.kind)).toEqual(['greeting', 'day', 'bubble', 'bubble', 'day', 'bubble']);
});

test('what_only_staff_is_told_is_not_there', () => {
  const internal = { ...message(2, 10, { kind: 'system' }), content: { type: 'notice', notice: { event: 'internal' } } } as MessageView;
  const rows = show([log([message(1, 0, wang), internal, message(3, 20, wang)])]);
  expect(rows.map((row) => row.kind)).toEqual(['greeting', 'day', 'bubble', 'bubble']);
});

test('a_message_keeps_its_place_when_it_is_confirmed', () => {
  const item: Pending = {
    client_id: 'c9', conversation_id: null, content: { type: 'text', text: 'x' }, created_at: 5, failed: null, progress: null,
  };
  const [before] = bubbles(show([log([])], [item]));
  const [after] = bubbles(show([log([message(1, 6, me, 'c9')])]));
  expect(before!.key).toBe(after!.key);
  expect([before!.mark, bubbles(show([], [{ ...item, failed: 'x' }]))[0]!.mark]).toEqual(['sending', 'failed']);
});

test('the_greeting_waits_until_the_beginning_is_there', () => {
  expect(show([log([message(9, 1, me)], true)]).some((row) => row.kind === 'greeting')).toBe(false);
  expect(show([]).map((row) => row.kind)).toEqual(['greeting']);
});

test('every_notice_has_words_in_both_languages', () => {
  const notices = [
    { event: 'assigned', agent_id: '1', agent_name: 'Wang' },
    { event: 'queued', team_id: null, team_name: null },
    { event: 'queued', team_id: '1', team_name: 'Sales' },
    { event: 'resolved', by: null },
    { event: 'resolved', by: '1', by_name: 'Wang' },
    { event: 'reopened', by: '1' },
    { event: 'rated', stars: 4 },
  ] as const;
  for (const locale of ['zh-CN', 'en'] as const) {
    const words = notices.map((notice) => noticeText(notice, texts(locale)));
    expect(new Set(words).size).toBe(notices.length);
    for (const each of words) expect(each).not.toMatch(/[{}]|undefined/);
  }
  expect(noticeText({ event: 'new_thing' } as never, t)).toBe(t('unknown_content'));
});

test('what_only_a_later_version_can_show_is_a_line_of_its_own', () => {
  const content = { type: 'of_a_later_version' } as never;
  const rows = show([log([{ ...message(1, 0, { kind: 'system' }), content }, { ...message(2, 1, wang), content }])]);
  expect(rows.slice(2).map((row) => (row.kind === 'notice' ? row.text : row.kind))).toEqual([t('unknown_content'), 'bubble']);
});

test('characters_are_counted_as_the_server_counts_them', () => {
  expect([characters('你好'), characters('😀a'), characters('')]).toEqual([2, 2, 0]);
});

test('a_bot_has_the_name_of_its_channel_and_its_hand_off_is_told', () => {
  const [row] = bubbles(show([log([message(1, 0, { kind: 'bot' })])]));
  expect([row!.name, row!.mine, row!.author]).toEqual(['Robo', false, 'bot']);
  const notice = (staffed: boolean) => noticeText({ event: 'handed_off', reason: 'asked', staffed }, t);
  expect([notice(true), notice(false)]).toEqual([t('notice_handed_off'), t('notice_left_message')]);
});
