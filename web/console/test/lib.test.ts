// Small pure functions: blocks of messages, alerts, highlights, devices, origins.

import { describe, expect, it } from 'vitest';
import { alertsFor } from '~/lib/alerts';
import { blocksOf } from '~/lib/blocks';
import { parseDevice } from '~/lib/device';
import { fileProblem, MAX_FILE } from '~/lib/files';
import { highlightParts } from '~/lib/highlight';
import { matches } from '~/lib/match';
import { siteOrigin } from '~/lib/origin';
import { urgencyOf } from '~/lib/urgency';
import { conversation, message } from './samples';

const MINUTE = 60_000;
const day = (at: number) => String(Math.floor(at / 86_400_000));

describe('blocks', () => {
  const agent = (id: string) => ({ kind: 'agent' as const, id, name: id });
  const kinds = (messages: ReturnType<typeof message>[]) =>
    blocksOf(messages, day).map((block) =>
      block.kind === 'group' ? `group ${block.messages.length}` : block.kind,
    );

  it('groups a run of one sender', () => {
    expect(kinds([message(1), message(2), message(3, { sender: agent('7') })])).toEqual([
      'day',
      'group 2',
      'group 1',
    ]);
  });

  it('separates two agents, a long pause, a notice and a new day', () => {
    expect(kinds([message(1, { sender: agent('7') }), message(2, { sender: agent('8') })])).toEqual([
      'day',
      'group 1',
      'group 1',
    ]);
    expect(kinds([message(1, { created_at: 0 }), message(2, { created_at: 6 * MINUTE })])).toEqual([
      'day',
      'group 1',
      'group 1',
    ]);
    const notice = message(2, {
      sender: { kind: 'system' },
      content: { type: 'notice', notice: { event: 'queued' } },
    });
    expect(kinds([message(1), notice, message(3)])).toEqual(['day', 'group 1', 'notice', 'group 1']);
    expect(kinds([message(1, { created_at: 0 }), message(2, { created_at: 86_400_000 })])).toEqual([
      'day',
      'group 1',
      'day',
      'group 1',
    ]);
  });

  it('keeps keys when newer messages come', () => {
    const before = blocksOf([message(1), message(2)], day).map((block) => block.key);
    const after = blocksOf([message(1), message(2), message(3)], day).map((block) => block.key);
    expect(after.slice(0, before.length)).toEqual(before);
  });
});

describe('alerts', () => {
  const mine = { status: 'open', assignee_id: '7' } as const;
  it('rings for a visitor who is new in the queue, once', () => {
    const first = conversation('1', { version: 1 });
    expect(alertsFor(undefined, first, '7')?.kind).toBe('queue');
    expect(alertsFor(first, { ...first, version: 2, last_seq: 2 }, '7')).toBeNull();
  });

  it('rings for a new message in mine, not for what I read, not for a colleague’s', () => {
    const before = conversation('1', { ...mine, version: 1, unread: 0 });
    const after = { ...before, version: 2, unread: 1 };
    expect(alertsFor(before, after, '7')?.kind).toBe('message');
    expect(alertsFor(after, { ...after, version: 3, unread: 0 }, '7')).toBeNull();
    expect(alertsFor(before, after, '8')).toBeNull();
  });

  it('rings when a conversation with something unread is given to me', () => {
    const before = conversation('1', { unread: 1 });
    expect(alertsFor(before, { ...before, ...mine, version: 2 }, '7')?.kind).toBe('message');
    expect(alertsFor(before, { ...before, ...mine, unread: 0, version: 2 }, '7')).toBeNull();
  });

  it('is silent for news that is old', () => {
    const now = conversation('1', { ...mine, version: 5 });
    expect(alertsFor(now, { ...now, version: 4, unread: 3 }, '7')).toBeNull();
  });

  it('rings when a conversation comes back to the queue', () => {
    const before = conversation('1', { ...mine, version: 1 });
    expect(alertsFor(before, conversation('1', { version: 2 }), '7')?.kind).toBe('queue');
  });
});

describe('highlights', () => {
  it('counts characters, so that an emoji before a hit does not shift it', () => {
    expect(highlightParts('👍🏽台灯好', [[2, 4]])).toEqual([
      { text: '👍🏽', hit: false },
      { text: '台灯', hit: true },
      { text: '好', hit: false },
    ]);
  });

  it('keeps every character when ranges overlap, touch or reach beyond the end', () => {
    const parts = highlightParts('abcdef', [
      [1, 3],
      [2, 4],
      [4, 99],
    ]);
    expect(parts.map((part) => part.text).join('')).toBe('abcdef');
    expect(parts.filter((part) => part.hit).map((part) => part.text)).toEqual(['bc', 'd', 'ef']);
  });
});

it.each([
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit Mobile/15E148 MicroMessenger/8.0.49',
    'WeChat 8',
    'iOS 17',
    'phone',
  ],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit Chrome/139.0.0.0 Safari/537.36 Edg/139.0',
    'Edge 139',
    'Windows',
    'computer',
  ],
  [
    'Mozilla/5.0 (Linux; Android 14; X) AppleWebKit Chrome/138.0 Mobile Safari/537.36',
    'Chrome 138',
    'Android 14',
    'phone',
  ],
  [
    'Mozilla/5.0 (Linux; Android 13; SM-X900) AppleWebKit Chrome/138.0 Safari/537.36',
    'Chrome 138',
    'Android 13',
    'tablet',
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit Version/17.5 Safari/605.1.15',
    'Safari 17',
    'macOS',
    'computer',
  ],
  ['', null, null, 'computer'],
])('device of %s', (userAgent, browser, system, kind) => {
  expect(parseDevice(userAgent)).toEqual({ browser, system, kind });
});

it.each([
  ['shop.example/a?b', 'https://shop.example'],
  ['http://localhost:3000/', 'http://localhost:3000'],
  [' HTTPS://Shop.Example ', 'https://shop.example'],
  ['javascript:alert(1)', null],
  ['ftp://shop.example', null],
  ['https://a@b.example', null],
  ['', null],
])('origin of %s', (typed, origin) => {
  expect(siteOrigin(typed)).toBe(origin);
});

it('finds every word anywhere, whatever the case', () => {
  expect(matches('Amy Zhang 售后', 'zhang am')).toBe(true);
  expect(matches('Amy Zhang 售后', '售前')).toBe(false);
  expect(matches('anything', '')).toBe(true);
});

it('tells waiting times apart', () => {
  expect([0, 59_999, 60_000, 180_000].map(urgencyOf)).toEqual(['calm', 'calm', 'soon', 'late']);
});

it('refuses empty and too large files before uploading', () => {
  expect(fileProblem({ size: 0 })).toBe('composer.fileEmpty');
  expect(fileProblem({ size: MAX_FILE + 1 })).toBe('composer.fileTooLarge');
  expect(fileProblem({ size: MAX_FILE })).toBeNull();
});
