// The launcher on a customer's page: nothing before intent, one exact handshake, no leaks.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Launcher } from '../src/loader/launcher.js';
import { PORT, READY } from '../src/shared/port.js';

const HOST = 'https://chat.example';
// A stand-in for the frame, which would be loaded.
const create = document.createElement.bind(document);
vi.spyOn(document, 'createElement').mockImplementation(((name: string) =>
  create(name === 'iframe' ? 'frame-stand-in' : name)) as typeof document.createElement);

let launcher: Launcher;
let sent: { data: unknown; origin: string; ports: MessagePort[] }[];

let box: Element;
const root = () => box.shadowRoot!;
const button = () => root().querySelector('button')!;
const frame = () => root().querySelector<HTMLIFrameElement>('.f');

beforeEach(() => {
  sessionStorage.clear();
  document.body.replaceChildren();
  launcher = new Launcher({ host: HOST, channel: 'key', color: '#ffcc33', left: false, locale: 'en' });
  launcher.mount();
  box = document.body.lastElementChild!;
});
afterEach(() => vi.useRealTimers());

/** Plays the window: what it posts to the page, and the port that it gets. */
function window_(origin = HOST, source: unknown = target()): void {
  const event = new MessageEvent('message', { data: READY, origin });
  Object.defineProperty(event, 'source', { value: source });
  globalThis.dispatchEvent(event);
}
function target() {
  sent = [];
  const made = { postMessage: (data: unknown, origin: string, ports: MessagePort[]) => sent.push({ data, origin, ports }) };
  if (frame()) Object.defineProperty(frame()!, 'contentWindow', { value: made, configurable: true });
  return made;
}
async function heard(port: MessagePort): Promise<Record<string, unknown>[]> {
  const messages: Record<string, unknown>[] = [];
  port.onmessage = ({ data }) => messages.push(data as Record<string, unknown>);
  await vi.waitFor(() => expect(messages.some((message) => message['type'] === 'state')).toBe(true));
  return messages;
}

test('before_anybody_means_to_chat_there_is_a_button_and_nothing_else', () => {
  expect(frame()).toBeNull();
  expect(sessionStorage.length).toBe(0);
  expect(button().getAttribute('aria-label')).toBe('Open chat');
  expect(button().getAttribute('aria-expanded')).toBe('false');
  button().dispatchEvent(new MouseEvent('mouseenter'));
  expect(frame()).toBeNull();
});

test('a_click_makes_a_sandboxed_titled_frame_of_our_origin', () => {
  button().click();
  const made = frame()!;
  expect(made.src).toBe(`${HOST}/window?channel=key&origin=https%3A%2F%2Fshop.example&locale=en`);
  expect(made.getAttribute('sandbox')).toBe('allow-scripts allow-same-origin allow-forms allow-popups allow-downloads');
  expect(made.title).not.toBe('');
  expect(button().getAttribute('aria-expanded')).toBe('true');
});

test('the_port_goes_to_our_window_of_our_origin_only', () => {
  button().click();
  window_('https://evil.example');
  expect(sent).toEqual([]);
  window_(HOST, globalThis.window);
  expect(sent).toEqual([]);
  window_();
  expect(sent).toHaveLength(1);
  expect(sent[0]).toMatchObject({ data: PORT, origin: HOST });
});

test('what_the_site_said_early_arrives_before_the_state', async () => {
  launcher.call('identify', 'a.b.c');
  launcher.call('set', { name: 'Li', plan: 'ignored', attributes: { plan: 'pro' } });
  expect(frame()).toBeNull();
  button().click();
  window_();
  const messages = await heard(sent[0]!.ports[0]!);
  expect(messages.map((message) => message['type'])).toEqual(['page', 'hints', 'identify', 'state']);
  expect(messages[1]).toEqual({ type: 'hints', hints: { name: 'Li', attributes: { plan: 'pro' } } });
  expect(messages[3]).toMatchObject({ open: true });
});

test('unread_is_shown_told_and_read_out', async () => {
  const counts: unknown[] = [];
  launcher.call('on', 'unread', (count: unknown) => counts.push(count));
  button().click();
  window_();
  launcher.call('close');
  sent[0]!.ports[0]!.postMessage({ type: 'unread', count: 120 });
  await vi.waitFor(() => expect(counts).toEqual([120]));
  expect(root().querySelector('.n')!.textContent).toBe('99+');
  expect(button().getAttribute('aria-label')).toBe('Open chat, 120 new');
});

test('hostile_messages_over_the_port_do_nothing', async () => {
  button().click();
  window_();
  const events: unknown[] = [];
  launcher.call('on', 'message', (detail: unknown) => events.push(detail));
  const port = sent[0]!.ports[0]!;
  for (const bad of [null, 'x', { type: 'unread', count: '<b>' }, { type: 'event', name: 'token', detail: 's' }]) port.postMessage(bad);
  port.postMessage({ type: 'event', name: 'message', detail: 'staff' });
  await vi.waitFor(() => expect(events).toEqual(['staff']));
  expect(root().querySelector('.n')!.textContent).toBe('');
});

test('escape_closes_and_the_focus_returns_to_the_button', () => {
  button().click();
  button().dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
  expect(button().getAttribute('aria-expanded')).toBe('false');
  expect(root().activeElement).toBe(button());
});

test('hide_and_show_open_close_and_toggle_do_as_they_say', () => {
  const seen: string[] = [];
  launcher.call('on', 'open', () => seen.push('open'));
  launcher.call('on', 'close', () => seen.push('close'));
  launcher.call('open');
  launcher.call('open');
  launcher.call('toggle');
  launcher.call('toggle');
  launcher.call('close');
  expect(seen).toEqual(['open', 'close', 'open', 'close']);
  launcher.call('hide');
  expect((button().parentElement as HTMLElement).hidden).toBe(true);
  launcher.call('show');
  expect((button().parentElement as HTMLElement).hidden).toBe(false);
});

test('a_listener_that_throws_stops_nobody', () => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => {});
  const seen: string[] = [];
  launcher.call('on', 'open', () => {
    throw new Error('site bug');
  });
  launcher.call('on', 'open', () => seen.push('second'));
  launcher.call('open');
  expect(seen).toEqual(['second']);
  expect(log).toHaveBeenCalledWith(expect.objectContaining({ message: 'site bug' }));
});

test('an_unknown_command_is_ignored', () => {
  launcher.call('track', 'x');
  launcher.call('on', 'open', 'not a function');
  launcher.call('identify', { jwt: 1 });
  expect(frame()).toBeNull();
});

test('the_button_comes_back_when_the_page_throws_it_out', async () => {
  document.body.replaceChildren(document.createElement('main'));
  expect(box.isConnected).toBe(false);
  await vi.waitFor(() => expect(box.isConnected).toBe(true));
});
