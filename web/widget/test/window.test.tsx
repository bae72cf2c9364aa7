// The window on a simulated screen, with the client's fake server behind it.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { render } from 'preact';
import { MemoryOutbox, VisitorClient, type MessageView, type TokenStore } from '@octim/client';
import { FakeTransport, conversation, message, problem, session } from '../../client/test/fakes.js';
import { App } from '../src/window/app.js';
import type { Bridge } from '../src/window/bridge.js';
import { Store } from '../src/window/store.js';
import type { ToLoader } from '../src/shared/port.js';

let transport: FakeTransport;
let client: VisitorClient;
let store: Store;
let said: ToLoader[];

const tokens: TokenStore = { load: () => null, save: () => {} };
const bridge: Bridge = { say: (message) => said.push(message) };
const settle = () => vi.advanceTimersByTimeAsync(20);
const field = () => document.querySelector<HTMLTextAreaElement>('.composer textarea')!;
const text = () => document.body.textContent ?? '';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'requestAnimationFrame'] });
  vi.setSystemTime(new Date('2026-03-05T10:00:00Z'));
  localStorage.clear();
  said = [];
  transport = new FakeTransport()
    .on('POST https://host/api/visitor/session', () => ({ status: 200, body: session() }))
    .on('GET https://host/api/visitor/conversations', { status: 200, body: { conversations: [] } });
  client = new VisitorClient({
    host: 'https://host', channel: 'key', transport, tokens, outbox: new MemoryOutbox(), random: () => 0.5, locale: 'en',
  });
  document.body.innerHTML = '<div id="app"></div>';
});
afterEach(async () => {
  render(null, document.getElementById('app')!);
  client.stop();
  // Effects that wait for a frame must not wait for ever in the next test.
  await vi.advanceTimersByTimeAsync(200);
  vi.useRealTimers();
});

async function start(framed = true) {
  store = new Store(client, 'key', 'en', framed ? bridge : null);
  render(<App store={store} />, document.getElementById('app')!);
  if (framed) store.hostState(true, true);
  await client.start();
  await settle();
  const socket = transport.last().welcome();
  await settle();
  return socket;
}

function type(value: string) {
  field().value = value;
  field().dispatchEvent(new Event('input', { bubbles: true }));
}
const press = (init: KeyboardEventInit) =>
  field().dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init }));

const answer = (seq: number, words: string): MessageView =>
  message(seq, { content: { type: 'text', text: words }, created_at: Date.now() });

test('enter_sends_but_never_while_an_input_method_composes', async () => {
  const socket = await start();
  type('nihao');
  await settle();
  press({ key: 'Enter', isComposing: true });
  press({ key: 'Enter', keyCode: 229 } as KeyboardEventInit);
  press({ key: 'Enter', shiftKey: true });
  await settle();
  expect(socket.of('send')).toHaveLength(0);
  type('你好');
  await settle();
  press({ key: 'Enter' });
  await settle();
  expect(socket.of('send')[0]).toMatchObject({ content: { text: '你好' } });
  expect(field().value).toBe('');
  expect(document.querySelector('.mark.sending')).not.toBeNull();
});

test('nothing_but_space_and_too_much_are_not_sent', async () => {
  const socket = await start();
  for (const value of [' \n ', 'x'.repeat(4001)]) {
    type(value);
    await settle();
    press({ key: 'Enter' });
  }
  await settle();
  expect(socket.of('send')).toHaveLength(0);
  expect(text()).toContain('1 characters too many');
});

test('what_was_begun_is_there_again_after_closing', async () => {
  await start();
  type('half a thought');
  await settle();
  render(null, document.getElementById('app')!);
  render(<App store={store} />, document.getElementById('app')!);
  await settle();
  expect(field().value).toBe('half a thought');
});

test('a_refused_message_says_why_and_can_be_sent_again_or_deleted', async () => {
  const socket = await start();
  const id = await client.send('x');
  await settle();
  socket.push({ type: 'error', code: 'rate_limited', client_id: id });
  socket.push({ type: 'error', code: 'message_too_long', client_id: id });
  await settle();
  expect(text()).toContain('A message has at most 4,000 characters');
  const [again, remove] = [...document.querySelectorAll<HTMLButtonElement>('.meta.failed .link')];
  expect([again!.textContent, remove!.textContent]).toEqual(['Try again', 'Delete']);
  remove!.click();
  await settle();
  expect(document.querySelector('.meta.failed')).toBeNull();
});

test('text_is_shown_as_text_with_safe_links_only', async () => {
  const socket = await start();
  const hostile = '<img src=x onerror=alert(1)> javascript:alert(1) {{constructor}} https://ok.example/a。';
  socket.push({ type: 'changed', conversation: conversation({ last_seq: 1 }), messages: [answer(1, hostile)] });
  client.watch('7');
  store.set({ thread: ['7'] });
  await settle();
  expect(document.querySelector('.bubble img')).toBeNull();
  const links = [...document.querySelectorAll<HTMLAnchorElement>('.bubble a')];
  expect(links.map((link) => link.getAttribute('href'))).toEqual(['https://ok.example/a']);
  expect(links[0]!.rel).toContain('noopener');
  expect(text()).toContain('<img src=x onerror=alert(1)>');
});

test('an_answer_while_closed_is_counted_previewed_and_read_only_when_opened', async () => {
  transport.on('POST https://host/api/visitor/session', { status: 200, body: session({ conversation: conversation() }) });
  const socket = await start();
  socket.push({ type: 'stream', conversation_id: '7', recovered: false, conversation: conversation(), messages: [], has_more: false });
  store.hostState(false, true);
  socket.push({ type: 'changed', conversation: conversation({ last_seq: 1, version: 2 }), messages: [answer(1, 'Your parcel is on its way')] });
  await settle();
  expect(said).toContainEqual({ type: 'unread', count: 1 });
  expect(said.some((each) => each.type === 'preview' && each.height > 0)).toBe(true);
  expect(JSON.stringify(said)).not.toContain('parcel');
  expect(document.querySelector('.preview')!.textContent).toContain('Your parcel is on its way');
  await vi.advanceTimersByTimeAsync(400);
  expect(socket.of('receipt').map((frame) => [frame['delivered'], frame['read']])).toEqual([[1, 0]]);
  store.hostState(true, true);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(socket.of('receipt')[1]).toMatchObject({ read: 1 });
  expect(said[said.length - 1]).toEqual({ type: 'unread', count: 0 });
});

test('an_ended_conversation_asks_for_a_rating_that_can_be_changed_once', async () => {
  const ended = conversation({ status: 'resolved', last_seq: 1 });
  let saved: unknown = null;
  transport
    .on('POST https://host/api/visitor/session', { status: 200, body: session({ conversation: conversation({ last_seq: 1 }) }) })
    .on('GET https://host/api/visitor/conversations/7', { status: 200, body: { conversation: ended, rating: null } })
    .on('PUT https://host/api/visitor/conversations/7/rating', (request) => {
      const changed_at = saved ? 2 : null;
      saved = { tags: [], solved: null, text: '', ...JSON.parse(request.body as string), created_at: 1, changed_at };
      return { status: 200, body: saved };
    });
  const socket = await start();
  socket.push({ type: 'stream', conversation_id: '7', recovered: false, conversation: ended, messages: [answer(1, 'Bye')], has_more: false });
  await settle();
  const rate = async (stars: number) => {
    document.querySelectorAll<HTMLInputElement>('.stars input')[stars - 1]!.click();
    await settle();
    document.querySelector<HTMLButtonElement>('.rating button[type=submit]')!.click();
    await settle();
  };
  await rate(2);
  expect(text()).toContain('Thank you');
  document.querySelector<HTMLButtonElement>('.thanks .link')!.click();
  await settle();
  await rate(5);
  expect(saved).toMatchObject({ stars: 5 });
  expect(document.querySelector('.thanks .link')).toBeNull();
});

test('a_refused_channel_says_so_and_offers_no_field', async () => {
  transport.on('POST https://host/api/visitor/session', problem(403, 'foreign_origin'));
  store = new Store(client, 'key', 'en', bridge);
  render(<App store={store} />, document.getElementById('app')!);
  await client.start();
  await settle();
  expect(text()).toContain('This site is not allowed to use the channel');
  expect(field()).toBeNull();
});

test('a_short_interruption_shows_nothing_a_longer_one_says_so', async () => {
  const socket = await start();
  transport.on('POST https://host/api/visitor/session', 'network');
  socket.drop();
  await vi.advanceTimersByTimeAsync(1_900);
  expect(document.querySelector('.banner')).toBeNull();
  await vi.advanceTimersByTimeAsync(400);
  expect(text()).toContain('Reconnecting');
});
