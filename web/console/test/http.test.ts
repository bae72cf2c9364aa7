// Every change carries the token of the session; the end of a session is noticed anywhere.

import { NetworkError } from '@octim/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { http, isCode, onSessionEnded, sentenceOf, setCsrfToken } from '~/api/http';
import { i18n, useLocale } from '~/lib/i18n';
import { ownPath } from '~/lib/origin';

const answer = (status: number, body: unknown = {}, headers = {}) =>
  new Response(status === 204 ? null : JSON.stringify(body), { status, headers });
const problem = (status: number, code: string, more = {}) =>
  answer(status, { code, status, title: code, ...more });
const fetched = vi.fn<typeof fetch>();

beforeEach(async () => {
  vi.stubGlobal('fetch', fetched.mockReset());
  i18n.global.setLocaleMessage('zh-CN', {
    error: { network: '网络连接失败', retryIn: '请 {seconds} 秒后再试' },
  });
  await useLocale('zh-CN');
});
afterEach(() => {
  setCsrfToken('');
  vi.unstubAllGlobals();
});

const headersOf = (call: number) => new Headers(fetched.mock.calls[call]?.[1]?.headers);

describe('http', () => {
  it('sends the token with changes only, and the language always', async () => {
    fetched.mockImplementation(async () => answer(200));
    setCsrfToken('t1');
    await http.get('/api/me');
    await http.json('POST', '/api/logout');
    expect(headersOf(0).has('x-csrf-token')).toBe(false);
    expect(headersOf(1).get('x-csrf-token')).toBe('t1');
    expect(headersOf(0).get('accept-language')).toBe('zh-CN');
  });

  it('tells that the session ended, but not for a wrong password', async () => {
    const ended = vi.fn();
    onSessionEnded(ended);
    fetched
      .mockResolvedValueOnce(problem(401, 'invalid_credentials'))
      .mockResolvedValueOnce(problem(401, 'unauthenticated'));
    await expect(http.json('POST', '/api/login', {})).rejects.toThrow();
    expect(ended).not.toHaveBeenCalled();
    await expect(http.get('/api/directory')).rejects.toThrow();
    expect(ended).toHaveBeenCalledOnce();
  });

  it('says in words what went wrong', async () => {
    fetched
      .mockResolvedValueOnce(problem(409, 'already_assigned'))
      .mockResolvedValueOnce(problem(429, 'rate_limited', { retry_after: 23 }))
      .mockRejectedValueOnce(new TypeError('offline'));
    const failures = [];
    for (let i = 0; i < 3; i += 1) failures.push(await http.get('/api/x').catch((error: unknown) => error));
    expect(sentenceOf(failures[0])).toBe('会话已被其他客服接待');
    expect(isCode(failures[0], 'already_assigned')).toBe(true);
    expect(sentenceOf(failures[1])).toContain('23');
    expect(failures[2]).toBeInstanceOf(NetworkError);
    expect(sentenceOf(new Error('bug'))).toBe('系统内部错误');
  });
});

describe('events', () => {
  const bytes = new TextEncoder().encode('data: {"text":"退款"}\n\n: note\ndata:{"text":"好"}\r\n\n');

  it.each([1, 2, 7, bytes.length])('come whole however they are cut, here by %i bytes', async (size) => {
    const body = new ReadableStream({
      start(pieces) {
        for (let at = 0; at < bytes.length; at += size) pieces.enqueue(bytes.slice(at, at + size));
        pieces.close();
      },
    });
    fetched.mockResolvedValueOnce(new Response(body, { status: 200 }));
    const heard: unknown[] = [];
    await http.events('POST', '/api/x', {}, { onEvent: (event) => heard.push(event), timeoutMs: 1_000 });
    expect(heard).toEqual([{ text: '退款' }, { text: '好' }]);
    expect(headersOf(0).get('accept')).toBe('text/event-stream');
  });

  it('are no answer where the server refuses, and break off when they are cancelled', async () => {
    const ask = (signal?: AbortSignal) =>
      http.events('POST', '/api/x', {}, { onEvent: () => {}, timeoutMs: 1_000, ...(signal ? { signal } : {}) });
    fetched.mockResolvedValueOnce(problem(409, 'llm_off'));
    await expect(ask()).rejects.toMatchObject({ code: 'llm_off' });
    const stop = new AbortController();
    fetched.mockImplementationOnce(async (_, init) => {
      const body = new ReadableStream({
        start: (pieces) => init!.signal!.addEventListener('abort', () => pieces.error(new Error('aborted'))),
      });
      return new Response(body, { status: 200 });
    });
    const asking = ask(stop.signal);
    stop.abort();
    await expect(asking).rejects.toMatchObject({ code: 'cancelled' });
  });
});

it.each([
  ['/console/inbox/mine/12?seq=3', '/console/inbox/mine/12?seq=3'],
  ['//evil.example/console/', '/console'],
  ['https://evil.example/', '/console'],
  ['/console//evil.example', '/console'],
  ['/console/\\evil.example', '/console'],
  ['/setup', '/console'],
  [undefined, '/console'],
])('after logging in goes on to %s', (next, path) => {
  expect(ownPath(next)).toBe(path);
});
