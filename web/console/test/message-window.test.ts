// The run of messages that is in the page, without a screen: what moves, what stays bounded.

import { describe, expect, it, vi } from 'vitest';
import { ref, shallowRef } from 'vue';
import type { AgentLog } from '@octim/client';
import { SPAN, STEP, useMessageWindow } from '~/inbox/message-window';
import { conversation, message } from './samples';

function log(from: number, to: number): AgentLog {
  const messages = Array.from({ length: to - from + 1 }, (_, at) => message(from + at));
  return { conversation: conversation('1', { last_seq: to }), messages, epoch: 'e', hasMore: from > 1 };
}

/** A screen that stands at one edge of what is in the page. */
function at(edge: 'top' | 'bottom') {
  const top = edge === 'top' ? 0 : 90_000;
  return { scrollTop: top, scrollHeight: 100_000, clientHeight: 800, querySelectorAll: () => [], querySelector: () => null, getBoundingClientRect: () => ({ top: 0 }) };
}

function setUp(from: number, to: number) {
  const held = shallowRef(log(from, to));
  const screen = ref<unknown>(at('top'));
  const loadOlder = vi.fn(async () => {
    held.value = log(Math.max(1, held.value.messages[0]!.seq - 100), to);
  });
  const view = useMessageWindow({ scroller: screen as never, log: () => held.value, loadOlder });
  const seqs = () => view.messages.value.map(({ seq }) => seq);
  const ends = () => [seqs()[0], seqs().at(-1)];
  return { held, screen, loadOlder, view, seqs, ends };
}

describe('the run of messages in the page', () => {
  it('begins with the newest and grows upwards, loading what is missing', async () => {
    const { view, ends, loadOlder } = setUp(4951, 5000);
    expect(ends()).toEqual([4951, 5000]);
    await view.follow();
    expect(loadOlder).toHaveBeenCalledTimes(1);
    expect(ends()).toEqual([4871, 5000]);
    await view.follow();
    expect(loadOlder).toHaveBeenCalledTimes(1);
  });

  it('goes to the first message and back to the newest without ever holding more than its span', async () => {
    const { view, ends, seqs, screen } = setUp(4951, 5000);
    for (let step = 0; step < 200 && view.more.value; step += 1) {
      await view.follow();
      expect(seqs().length).toBeLessThanOrEqual(SPAN);
    }
    expect(ends()[0]).toBe(1);
    expect(view.isLive.value).toBe(false);
    screen.value = { ...at('bottom'), scrollTop: 99_200 };
    for (let step = 0; step < 200 && !view.isLive.value; step += 1) {
      await view.follow();
      expect(seqs().length).toBeLessThanOrEqual(SPAN);
      expect(seqs()).toEqual(Array.from({ length: seqs().length }, (_, index) => seqs()[0]! + index));
    }
    expect(ends()[1]).toBe(5000);
  });

  it('does not move when news come while one reads further up, and drops old ones at the end', () => {
    const { view, held, ends, seqs } = setUp(1, 100);
    held.value = log(1, 130);
    expect(ends()).toEqual([100 - STEP + 1, 130]);
    held.value = log(1, 1000);
    view.settle();
    expect(seqs()).toHaveLength(SPAN);
    view.latest();
    expect(ends()).toEqual([1000 - STEP + 1, 1000]);
  });

  it('shows a message from far back in the middle of its neighbours', async () => {
    const { view, seqs, loadOlder } = setUp(4951, 5000);
    await view.around(1234);
    expect(seqs()).toContain(1234);
    expect(seqs().length).toBeLessThanOrEqual(SPAN);
    expect(loadOlder.mock.calls.length).toBeLessThanOrEqual(38);
  });

  it('survives a log that begins anew with other positions', async () => {
    const { view, held, ends } = setUp(4951, 5000);
    await view.around(4000);
    held.value = log(1, 30);
    expect(ends()).toEqual([1, 30]);
    held.value = log(9000, 9049);
    expect(ends()).toEqual([9000, 9049]);
    expect(view.isLive.value).toBe(true);
  });
});
