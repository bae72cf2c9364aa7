// The bot in the window: labelled as AI, choices as buttons, whether it helped, a person in reach.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { render } from 'preact';
import { MemoryOutbox, VisitorClient, type MessageView, type TokenStore } from '@octim/client';
import { FakeTransport, type FakeSocket, conversation, message, session } from '../../client/test/fakes.js';
import { App } from '../src/window/app.js';
import { Store } from '../src/window/store.js';

let transport: FakeTransport;
let client: VisitorClient;
let store: Store;

const tokens: TokenStore = { load: () => null, save: () => {} };
const settle = () => vi.advanceTimersByTimeAsync(20);
const channel = { ...session().channel, bot: { name: 'Robo' } };
const of = (selector: string) => [...document.querySelectorAll<HTMLElement>(selector)];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'requestAnimationFrame'] });
  localStorage.clear();
  transport = new FakeTransport().on('POST https://host/api/visitor/session', { status: 200, body: session({ channel }) });
  client = new VisitorClient({
    host: 'https://host', channel: 'key', transport, tokens, outbox: new MemoryOutbox(), random: () => 0.5, locale: 'en',
  });
  document.body.innerHTML = '<div id="app"></div>';
});
afterEach(async () => {
  render(null, document.getElementById('app')!);
  client.stop();
  await vi.advanceTimersByTimeAsync(200);
  vi.useRealTimers();
});

async function start(): Promise<FakeSocket> {
  store = new Store(client, 'key', 'en', null);
  render(<App store={store} />, document.getElementById('app')!);
  await client.start();
  await settle();
  const socket = transport.last().welcome();
  await settle();
  return socket;
}

const said = (seq: number, content: MessageView['content']): MessageView =>
  message(seq, { sender: { kind: 'bot' }, content, created_at: Date.now() });
const choices = { prompt: 'Which?', options: [{ label: 'Refunds' }, { label: 'Shipping' }] };

async function shows(socket: FakeSocket, messages: MessageView[], status: 'bot' | 'queued' | 'open' = 'bot') {
  const last = messages[messages.length - 1]!.seq;
  transport.on('GET https://host/api/visitor/conversations/7', {
    status: 200,
    body: { conversation: conversation({ status }), rating: null, feedback: [{ seq: 1, helpful: false }] },
  });
  client.watch('7');
  store.set({ thread: ['7'] });
  const state = conversation({ status, last_seq: last, version: last });
  socket.push({ type: 'stream', conversation_id: '7', recovered: false, conversation: state, messages, has_more: false });
  await settle();
}

test('every_message_of_the_bot_is_labelled_as_ai', async () => {
  const socket = await start();
  await shows(socket, [said(1, { type: 'text', text: 'a' }), said(2, { type: 'text', text: 'b' })]);
  expect(of('.name').map((name) => name.textContent)).toEqual(['RoboAIWritten by AI']);
  expect(of('.row').map((row) => row.textContent?.includes('Written by AI'))).toContain(true);
  expect(of('.column').filter((column) => column.textContent?.includes('Written by AI'))).toHaveLength(2);
});

test('a_choice_is_sent_as_a_message_and_only_the_newest_offer_can_be_taken', async () => {
  const socket = await start();
  const offer = said(1, { type: 'text', text: 'Which?\n1. Refunds\n2. Shipping', choices });
  await shows(socket, [offer]);
  expect(document.body.textContent).not.toContain('1. Refunds');
  of('.option')[1]!.click();
  await settle();
  expect(socket.of('send')[0]).toMatchObject({ content: { type: 'text', text: 'Shipping' } });
  expect(of('.option').every((option) => (option as HTMLButtonElement).disabled)).toBe(true);
});

test('follow_ups_are_offered_below_the_newest_answer_and_asked_by_a_click', async () => {
  const socket = await start();
  const answer = said(1, { type: 'text', text: 'In seven days.', follow_ups: [{ label: 'Who pays?' }, { label: 'How?' }] });
  await shows(socket, [answer]);
  expect(of('.options .option').map((option) => option.textContent)).toEqual(['Who pays?', 'How?']);
  expect(of('.thumb')).toHaveLength(2);
  of('.option')[1]!.click();
  await settle();
  expect(socket.of('send')[0]).toMatchObject({ content: { type: 'text', text: 'How?' } });
  expect(of('.option')).toHaveLength(0);
});

test('a_person_is_in_reach_while_the_bot_answers_and_no_longer', async () => {
  const socket = await start();
  expect(of('.to-person')).toHaveLength(1);
  of('.chip')[0]!.click();
  await settle();
  expect(socket.of('send')[0]).toMatchObject({ content: { text: 'Talk to a person' } });
  await shows(socket, [said(1, { type: 'text', text: 'a' })], 'open');
  expect(of('.to-person')).toHaveLength(0);
});

test('who_is_told_that_it_is_kept_as_a_message_is_not_told_that_somebody_is_called', async () => {
  const handedOff = (seq: number, staffed: boolean) =>
    message(seq, { sender: { kind: 'system' }, content: { type: 'notice', notice: { event: 'handed_off', reason: 'asked', staffed } }, created_at: Date.now() });
  const socket = await start();
  await shows(socket, [handedOff(1, true)], 'queued');
  expect(of('.notice.waiting')).toHaveLength(1);
  await shows(socket, [handedOff(1, true), handedOff(2, false)], 'queued');
  expect(of('.notice.waiting')).toHaveLength(0);
});

test('feedback_is_shown_kept_and_taken_back_when_it_cannot_be_saved', async () => {
  const socket = await start();
  await shows(socket, [said(1, { type: 'text', text: 'a' })]);
  await settle();
  const pressed = () => of('.thumb').map((thumb) => thumb.getAttribute('aria-pressed'));
  expect(pressed()).toEqual(['false', 'true']);
  const path = 'https://host/api/visitor/conversations/7/messages/1/feedback';
  transport.on(`PUT ${path}`, { status: 204 });
  of('.thumb')[0]!.click();
  await settle();
  expect(pressed()).toEqual(['true', 'false']);
  expect(JSON.parse(transport.calls(`PUT ${path}`)[0]!.body as string)).toEqual({ helpful: true });
  transport.on(`PUT ${path}`, 'network');
  of('.thumb')[1]!.click();
  await settle();
  expect(pressed()).toEqual(['true', 'false']);
});

test('questions_are_offered_while_typing_to_the_bot_and_choosing_one_asks_it', async () => {
  const suggestions = [{ entry_id: '9', question: 'How do refunds work?', answer: 'In three days.' }];
  transport.on('GET https://host/api/visitor/suggestions', { status: 200, body: { suggestions } });
  await start();
  const field = of('textarea')[0] as HTMLTextAreaElement;
  const type = async (text: string) => {
    field.value = text;
    field.dispatchEvent(new Event('input', { bubbles: true }));
    await vi.advanceTimersByTimeAsync(400);
  };
  await type('r');
  expect(of('.suggest button')).toHaveLength(0);
  await type('refund');
  expect(of('.suggest button').map((each) => each.textContent)).toEqual(['How do refunds work?']);
  of('.suggest button')[0]!.click();
  await settle();
  expect(client.pending().map((each) => each.content)).toEqual([{ type: 'text', text: 'How do refunds work?' }]);
  await vi.advanceTimersByTimeAsync(400);
  expect(of('.suggest button')).toHaveLength(0);
});

test('nothing_is_offered_while_a_person_answers', async () => {
  const socket = await start();
  await shows(socket, [said(1, { type: 'text', text: 'Hi' })], 'open');
  const field = of('textarea')[0] as HTMLTextAreaElement;
  field.value = 'refund';
  field.dispatchEvent(new Event('input', { bubbles: true }));
  await vi.advanceTimersByTimeAsync(400);
  expect(transport.requests.some(({ url }) => url.includes('/suggestions'))).toBe(false);
});
