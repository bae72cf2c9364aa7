// The line between the customer's page and our frame lets only known shapes through.

import { expect, test } from 'vitest';
import { isToLoader, isToWindow } from '../src/shared/port.js';

const page = { url: 'https://x/', title: '', referrer: '', time_zone: '' };

test('every_message_of_the_contract_passes', () => {
  for (const message of [
    { type: 'open' },
    { type: 'close' },
    { type: 'unread', count: 3 },
    { type: 'preview', height: 88 },
    { type: 'event', name: 'message', detail: 'staff' },
  ]) {
    expect(isToLoader(message), JSON.stringify(message)).toBe(true);
  }
  for (const message of [
    { type: 'state', open: true, focused: false },
    { type: 'page', page },
    { type: 'hints', hints: { name: 'Li', attributes: { plan: 'pro' } } },
    { type: 'identify', jwt: 'a.b.c' },
    { type: 'reset' },
  ]) {
    expect(isToWindow(message), JSON.stringify(message)).toBe(true);
  }
});

test('anything_else_is_dropped', () => {
  const hostile: unknown[] = [
    null, undefined, 1, 'open', [], {}, { type: 'constructor' }, { type: '__proto__' },
    { type: 'unread', count: -1 }, { type: 'unread', count: 1.5 }, { type: 'unread', count: '3' },
    { type: 'preview', height: 9000 }, { type: 'preview', height: Number.NaN },
    { type: 'event', name: 'token', detail: '' }, { type: 'event', name: 'message', detail: 'x'.repeat(65) },
    { type: 'state', open: 1, focused: true }, { type: 'page', page: { ...page, url: 7 } }, { type: 'page' },
    { type: 'identify', jwt: 'x'.repeat(9000) }, { type: 'identify', jwt: {} },
    { type: 'hints', hints: { name: { $ne: null } } }, { type: 'hints', hints: [] },
    { type: 'hints', hints: { attributes: { a: 1 } } },
    { type: 'hints', hints: { attributes: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [i, ''])) } },
  ];
  for (const message of hostile) {
    expect(isToLoader(message), JSON.stringify(message)).toBe(false);
    expect(isToWindow(message), JSON.stringify(message)).toBe(false);
  }
});
