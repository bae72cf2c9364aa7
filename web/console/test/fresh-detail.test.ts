// What is known of a visitor is asked for when it can have changed, and not by the clock.

import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type EffectScope, effectScope, nextTick, ref } from 'vue';
import { GONE_MS, PAUSE_MS, useFreshDetail } from '~/inbox/fresh-detail';
import { useChats } from '~/stores/chats';
import { conversation, message } from './samples';

const client = vi.hoisted(() => ({ conversation: vi.fn(), counts: vi.fn(), watch: vi.fn(), log: vi.fn() }));
vi.mock('~/lib/live', () => ({ live: () => client }));

const log = (messages: number) => ({
  conversation: conversation('1', { version: messages }),
  messages: Array.from({ length: messages }, (_, at) => message(at + 1)),
  epoch: 'e',
  hasMore: false,
});
let scope: EffectScope;
let online = true;
let focused = true;
const asked = () => client.conversation.mock.calls.length;

beforeEach(async () => {
  vi.useFakeTimers();
  setActivePinia(createPinia());
  [online, focused] = [true, true];
  vi.spyOn(document, 'hasFocus').mockImplementation(() => focused);
  client.counts.mockReset().mockResolvedValue({});
  client.log.mockReset().mockReturnValue(log(1));
  client.conversation.mockReset().mockImplementation(async () => ({
    conversation: conversation('1'),
    contact: { id: 'c1', online },
    others: [],
  }));
  await useChats().open('1');
  scope = effectScope();
  scope.run(() => useFreshDetail(ref('1')));
  expect(asked()).toBe(1);
});
afterEach(() => scope.stop());

describe('details of a contact', () => {
  it('are not asked for by the clock when nobody is there or nobody looks', async () => {
    focused = false;
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(asked()).toBe(1);
    [focused, online] = [true, false];
    window.dispatchEvent(new Event('focus'));
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(asked()).toBe(2);
  });

  it('are fresh when the agent comes back, however often that is', async () => {
    await vi.advanceTimersByTimeAsync(PAUSE_MS);
    for (let time = 0; time < 20; time += 1) window.dispatchEvent(new Event('focus'));
    await vi.advanceTimersByTimeAsync(PAUSE_MS);
    expect(asked()).toBe(2);
  });

  it('are asked for once more after a burst of messages of the visitor', async () => {
    online = false;
    for (let count = 2; count < 12; count += 1) {
      useChats().takeLog('1', log(count), []);
      await nextTick();
    }
    await vi.advanceTimersByTimeAsync(GONE_MS - 1);
    expect(asked()).toBe(2);
  });

  it('tell within a minute that a visitor left', async () => {
    online = false;
    await vi.advanceTimersByTimeAsync(GONE_MS);
    expect(useChats().details.get('1')?.contact.online).toBe(false);
    await vi.advanceTimersByTimeAsync(GONE_MS * 10);
    expect(asked()).toBe(2);
  });
});
