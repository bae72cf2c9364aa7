// Looking something up beside a conversation: what is suggested, what is typed, what comes back and how
// it is written in the reader's language.

import { ApiError } from '@octim/client';
import { format } from '@octim/ui';
import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { effectScope, nextTick, ref } from 'vue';
import { http } from '~/api/http';
import { useLookUp } from '~/inbox/look-up';
import { rowText, shownValue } from '~/lib/lookup';

vi.mock('~/api/http', () => ({ http: { get: vi.fn(), json: vi.fn() }, sentenceOf: () => 'sentence' }));
vi.mock('~/lib/i18n', () => ({ translate: (key: string) => key, currentLocale: () => 'en' }));
const get = vi.mocked(http.get);
const json = vi.mocked(http.json);

const parameter = { name: 'order', label: 'Order', kind: 'text', required: true, example: '' };
const orders = { id: '1', name: 'Orders', about: '', parameters: [parameter], available: true, suggested: { order: 'A1' } };
const points = { id: '2', name: 'Points', about: '', parameters: [], available: false, why: 'visitor_not_signed', suggested: {} };

describe('a look-up', () => {
  const scope = effectScope();
  const id = ref('7');
  let card: ReturnType<typeof useLookUp>;
  const settle = async () => {
    await vi.runAllTimersAsync();
    await nextTick();
  };

  beforeEach(async () => {
    vi.useFakeTimers();
    setActivePinia(createPinia());
    get.mockReset().mockResolvedValue({ items: [orders, points] } as never);
    json.mockReset();
    id.value = '7';
    card = scope.run(() => useLookUp(id))!;
    await settle();
  });
  afterEach(() => void vi.useRealTimers());

  it('asks with what is suggested, or with what was typed instead', async () => {
    json.mockResolvedValue({ rows: [], more: false, cached: false, ms: 3 } as never);
    await card.run();
    card.set('order', ' B2 ');
    await card.run();
    expect(json.mock.calls.map((call) => call[2])).toEqual([
      { connector_id: '1', values: { order: 'A1' } },
      { connector_id: '1', values: { order: 'B2' } },
    ]);
    expect(card.result.value!.rows).toEqual([]);
  });

  it('does not ask without what is needed, nor for whom nobody vouches', async () => {
    card.set('order', ' ');
    await card.run();
    expect(card.wrong.value).toEqual({ order: 'lookUp.needed' });
    card.choose('2');
    await card.run();
    expect(json).not.toHaveBeenCalled();
  });

  it('says in plain words why it failed, and at which value', async () => {
    json.mockRejectedValueOnce(new ApiError('connector_failed', 502, null, null, 'timeout'));
    await card.run();
    expect(card.failed.value).toBe('lookUp.failed.timeout');
    json.mockRejectedValueOnce(new ApiError('connector_failed', 502, null, null, 'of tomorrow'));
    await card.run();
    expect(card.failed.value).toBe('sentence');
    json.mockRejectedValueOnce(new ApiError('invalid_request', 422, 'order'));
    await card.run();
    expect([card.failed.value, card.wrong.value]).toEqual(['', { order: 'lookUp.wrongValue' }]);
  });

  it('of another conversation is not shown in this one', async () => {
    let answer = (_: unknown) => {};
    json.mockImplementationOnce(() => new Promise((done) => (answer = done)) as never);
    const asked = card.run();
    id.value = '8';
    await settle();
    answer({ rows: [[{ label: 'State', value: 'sent', kind: 'text' }]], more: false, cached: false, ms: 3 });
    await asked;
    expect([card.result.value, card.busy.value]).toEqual([null, false]);
  });

  it('is not offered where it cannot be asked for', async () => {
    get.mockRejectedValue(new Error('x'));
    id.value = '9';
    await settle();
    expect(card.chosen.value).toBe(null);
  });
});

describe('a value', () => {
  const zh = format('zh-CN', 'Asia/Shanghai');
  const en = format('en', 'Asia/Shanghai');
  const both = (kind: string, value: string) => [zh, en].map((fmt) => shownValue({ kind, value } as never, fmt));

  it('is written as the reader writes it', () => {
    expect(both('money', '1299.5')).toEqual(['1,299.50', '1,299.50']);
    expect(both('money', '1299')).toEqual(['1,299', '1,299']);
    expect(both('date', '2026-11-30')).toEqual(['2026年11月30日', 'Nov 30, 2026']);
    expect(both('date', '2026-11-30T20:00:00Z')[1]).toContain('12/01/2026');
    expect(both('date', '1796068800')[0]).toBe(both('date', '1796068800000')[0]);
  });

  it('stays as it came where it is not what it should be', () => {
    for (const [kind, value] of [
      ['number', '12345678901234567890'],
      ['number', '1e5'],
      ['money', '¥12.00'],
      ['date', '03/04/2026'],
      ['date', 'yesterday'],
      ['text', '0012'],
      ['link', 'https://t.example/1'],
    ] as const) {
      expect(both(kind, value), value).toEqual([value, value]);
    }
  });

  it('goes into a reply line by line, without what is empty', () => {
    const row = [
      { label: 'State', value: 'sent', kind: 'text' as const },
      { label: 'Note', value: '', kind: 'text' as const },
      { label: 'Paid', value: '1299.5', kind: 'money' as const },
    ];
    expect(rowText(row, en, (label, value) => `${label}: ${value}`)).toBe('State: sent\nPaid: 1,299.50');
  });
});
