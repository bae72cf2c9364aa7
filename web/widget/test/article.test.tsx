// An article that the bot quotes: the way to it, the words in it, and the way back.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { render } from 'preact';
import { MemoryOutbox, VisitorClient, type TokenStore } from '@octim/client';
import { FakeTransport, conversation, message, session } from '../../client/test/fakes.js';
import { App } from '../src/window/app.js';
import { Store } from '../src/window/store.js';

let transport: FakeTransport;
let client: VisitorClient;
let store: Store;

const tokens: TokenStore = { load: () => null, save: () => {} };
const settle = () => vi.advanceTimersByTimeAsync(20);
const of = (selector: string) => [...document.querySelectorAll<HTMLElement>(selector)];
const QUOTE = 'Two days <b>at most</b>.';
const LINK = { entry_id: '9', title: 'Delivery', section: 0, heading: 'Time', quote: QUOTE };
const ARTICLE = {
  id: '9',
  title: 'Delivery',
  summary: 'All of it.',
  // The section has moved since it was quoted.
  sections: [
    { heading: 'Fees', text: 'Free.' },
    { heading: 'Time', text: `Before. ${QUOTE} See https://shop.example/t` },
    { heading: 'Pick-up', text: '' },
  ],
  related: [
    { id: '10', question: 'Returns', is_article: true },
    { id: '11', question: 'Can I collect it?', is_article: false },
  ],
};

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'requestAnimationFrame'] });
  localStorage.clear();
  const channel = { ...session().channel, bot: { name: 'Robo' } };
  transport = new FakeTransport()
    .on('POST https://host/api/visitor/session', { status: 200, body: session({ channel }) })
    .on('GET https://host/api/visitor/articles/9', { status: 200, body: ARTICLE })
    .on('GET https://host/api/visitor/conversations/7', {
      status: 200,
      body: { conversation: conversation({ status: 'bot' }), rating: null, feedback: [] },
    });
  client = new VisitorClient({
    host: 'https://host', channel: 'key', transport, tokens, outbox: new MemoryOutbox(), random: () => 0.5, locale: 'en',
  });
  document.body.innerHTML = '<div id="app"></div>';
  store = new Store(client, 'key', 'en', null);
  render(<App store={store} />, document.getElementById('app')!);
  await client.start();
  await settle();
  const socket = transport.last().welcome();
  client.watch('7');
  store.set({ thread: ['7'] });
  const state = conversation({ status: 'bot', last_seq: 1, version: 1 });
  const said = message(1, {
    sender: { kind: 'bot' },
    content: { type: 'text', text: QUOTE, article: LINK },
    created_at: Date.now(),
  });
  socket.push({ type: 'stream', conversation_id: '7', recovered: false, conversation: state, messages: [said], has_more: false });
  await settle();
});
afterEach(async () => {
  render(null, document.getElementById('app')!);
  client.stop();
  await vi.advanceTimersByTimeAsync(200);
  vi.useRealTimers();
});

async function open() {
  of('.article-chip')[0]!.click();
  await settle();
}

test('the_quoted_words_are_marked_where_they_stand_now', async () => {
  expect(of('.article-chip')[0]!.textContent).toContain('Delivery · Time');
  await open();
  expect(of('mark').map((mark) => mark.textContent)).toEqual([QUOTE]);
  expect(of('mark')[0]!.closest('section')!.textContent).toContain('Time');
  expect(of('article a')[0]!.getAttribute('href')).toBe('https://shop.example/t');
  expect(of('article nav button').map((each) => each.textContent)).toEqual(['Fees', 'Time', 'Pick-up']);
  expect(document.activeElement?.textContent).toBe('Delivery');
});

test('images_stand_between_the_lines_and_open_large', async () => {
  const file = { id: '71', name: 'box.png', media_type: 'image/png', kind: 'image', size: 9, width: 80, height: 60, has_thumbnail: true };
  const text = `Before.\n${QUOTE}\nAfter.`;
  const images = [{ file, alt: 'A packed box', after: 1 }, { file: { ...file, id: '72' }, alt: '', after: 3 }];
  const sections = [{ heading: 'Time', text, images }];
  transport.on('GET https://host/api/visitor/articles/9', { status: 200, body: { ...ARTICLE, sections } });
  for (const id of ['71', '72']) transport.on(`GET https://host/api/visitor/files/${id}/thumbnail`, { status: 200, body: 'x' });
  await open();
  const shown = [...of('article section')[0]!.children].map((each) => each.getAttribute('aria-label') ?? each.textContent);
  expect(shown).toEqual(['Time', 'Before.', 'View picture A packed box', `${QUOTE}\nAfter.`, 'View picture box.png']);
  expect(of('mark').map((mark) => mark.textContent)).toEqual([QUOTE]);
  of('article .picture')[0]!.click();
  await settle();
  expect(store.state.dialog).toEqual({ name: 'image', fileId: '71', title: 'A packed box' });
});

test('the_focus_comes_back_to_where_the_article_was_opened', async () => {
  await open();
  of('header .tool')[0]!.click();
  await settle();
  expect(document.activeElement?.classList.contains('article-chip')).toBe(true);
});

test('a_related_article_opens_and_a_related_question_is_asked', async () => {
  await open();
  transport.on('GET https://host/api/visitor/articles/10', { status: 200, body: { ...ARTICLE, id: '10', title: 'Returns' } });
  of('.article-related button')[0]!.click();
  await settle();
  expect(of('article h2')[0]!.textContent).toBe('Returns');
  expect(of('mark')).toHaveLength(0);
  of('.article-related button')[1]!.click();
  await settle();
  expect(client.pending().map((each) => each.content)).toEqual([{ type: 'text', text: 'Can I collect it?' }]);
  expect(of('article')).toHaveLength(0);
});

test('it_can_be_said_whether_the_article_helped', async () => {
  await open();
  const path = 'PUT https://host/api/visitor/conversations/7/messages/1/feedback';
  transport.on(path, { status: 204 });
  of('.article-helped .thumb')[0]!.click();
  await settle();
  expect(JSON.parse(transport.calls(path)[0]!.body as string)).toEqual({ helpful: true });
  expect(of('.article-helped .thumb')[0]!.getAttribute('aria-pressed')).toBe('true');
});

test('an_article_that_cannot_be_had_says_so_and_is_asked_for_again', async () => {
  transport.on('GET https://host/api/visitor/articles/9', 'network');
  await open();
  await settle();
  expect(of('[role=alert]')[0]!.textContent).toContain('could not be loaded');
  transport.on('GET https://host/api/visitor/articles/9', { status: 200, body: ARTICLE });
  of('[role=alert] button')[0]!.click();
  await settle();
  expect(of('article h2')).toHaveLength(1);
});

test('an_article_is_opened_from_what_is_suggested_while_typing', async () => {
  const suggestions = [{ entry_id: '9', question: 'Delivery', answer: QUOTE, article: LINK }];
  transport.on('GET https://host/api/visitor/suggestions', { status: 200, body: { suggestions } });
  const field = of('textarea')[0] as HTMLTextAreaElement;
  field.value = 'how long';
  field.dispatchEvent(new Event('input', { bubbles: true }));
  await vi.advanceTimersByTimeAsync(400);
  of('.suggest button')[0]!.click();
  await settle();
  expect(of('article h2')[0]!.textContent).toBe('Delivery');
  expect(client.pending()).toEqual([]);
});
