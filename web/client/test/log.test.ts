// The reducer: a snapshot and all later frames give what a fresh snapshot gives.

import { expect, test } from 'vitest';
import { type ConversationLog, applyChanged, applyStream, emptyLog, have, prependPage } from '../src/log.js';
import type { MessageView, VisitorConversation } from '../src/types.js';
import { conversation, message } from './fakes.js';

type Log = ConversationLog<VisitorConversation>;

/** Deterministic, so that a failing seed can be run again. */
function dice(seed: number): (sides: number) => number {
  let state = seed * 2_654_435_761 + 1;
  return (sides) => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 3_266_489_917) >>> 0;
    return state % sides;
  };
}

class Server {
  messages: MessageView[] = [];
  state = conversation({ version: 0 });

  commit(count: number): { conversation: VisitorConversation; messages: MessageView[] } {
    const added = Array.from({ length: count }, () => {
      const next = message(this.messages.length + 1);
      this.messages.push(next);
      return next;
    });
    this.state = { ...this.state, last_seq: this.messages.length, version: this.state.version + 1 };
    return { conversation: this.state, messages: added };
  }

  watch(after: number | null) {
    const missing = after === null ? Infinity : this.messages.length - after;
    const recovered = missing <= 500 && after !== null && after <= this.messages.length;
    const messages = recovered ? this.messages.slice(after) : this.messages.slice(-50);
    const has_more = recovered ? false : this.messages.length > 50;
    return { recovered, conversation: this.state, messages: [...messages], has_more };
  }
}

test('snapshot_and_events_equal_a_fresh_snapshot_whatever_is_lost_repeated_or_late', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const roll = dice(seed);
    const server = new Server();
    server.commit(roll(120));
    let log: Log = applyStream(emptyLog<VisitorConversation>(), server.watch(null), 'e').log;
    const late: ReturnType<Server['commit']>[] = [];
    for (let step = 0; step < 60; step++) {
      const frame = server.commit(roll(4));
      const fate = roll(6);
      if (fate === 0) continue; // lost
      if (fate === 1) {
        late.push(frame);
        continue;
      }
      const frames = fate === 2 ? [frame, frame] : [frame];
      if (roll(5) === 0) frames.push(...late.splice(0));
      for (const each of frames) {
        const applied = applyChanged(log, each);
        log = applied.log;
        if (applied.gap) log = applyStream(log, server.watch(have(log)), 'e').log;
      }
    }
    log = applyStream(log, server.watch(have(log)), 'e').log;
    const fresh = applyStream(emptyLog<VisitorConversation>(), server.watch(null), 'e').log;
    const tail = log.messages.slice(-fresh.messages.length);
    expect(tail, `seed ${seed}`).toEqual(fresh.messages.slice(-tail.length));
    expect(log.conversation, `seed ${seed}`).toEqual(fresh.conversation);
    const seqs = log.messages.map((m) => m.seq);
    expect(seqs, `seed ${seed}`).toEqual(seqs.map((_, i) => (seqs[0] ?? 0) + i));
  }
});

test('older_state_never_replaces_newer', () => {
  const first = applyChanged<VisitorConversation>(emptyLog(), {
    conversation: conversation({ version: 5, status: 'resolved' }),
    messages: [],
  }).log;
  const second = applyChanged(first, { conversation: conversation({ version: 4 }), messages: [] }).log;
  expect(second.conversation?.status).toBe('resolved');
});

test('a_gap_takes_no_message_and_is_reported', () => {
  const log = { ...emptyLog<VisitorConversation>(), messages: [message(1), message(2)] };
  const applied = applyChanged(log, { conversation: conversation({ last_seq: 4 }), messages: [message(4)] });
  expect(applied.gap).toBe(true);
  expect(applied.log.messages).toHaveLength(2);
});

test('state_without_messages_that_is_ahead_of_the_log_is_a_gap', () => {
  const applied = applyChanged<VisitorConversation>(emptyLog(), {
    conversation: conversation({ last_seq: 3 }),
    messages: [],
  });
  expect(applied.gap).toBe(true);
});

test('another_epoch_replaces_everything_even_newer_looking_state', () => {
  const old: Log = {
    conversation: conversation({ version: 99 }),
    messages: [message(1), message(2), message(3)],
    epoch: 'e1',
    hasMore: false,
  };
  const restored = { recovered: false, conversation: conversation({ version: 2, last_seq: 1 }), messages: [message(1)], has_more: false };
  const { log } = applyStream(old, restored, 'e2');
  expect(log.messages).toHaveLength(1);
  expect(log.conversation?.version).toBe(2);
  expect(log.epoch).toBe('e2');
});

test('history_is_put_before_the_log_only_when_it_fits', () => {
  const log: Log = { ...emptyLog<VisitorConversation>(), messages: [message(5), message(6)], hasMore: true };
  const fits = prependPage(log, { messages: [message(3), message(4), message(5)], has_more: true });
  expect(fits.messages.map((m) => m.seq)).toEqual([3, 4, 5, 6]);
  const hole = prependPage(log, { messages: [message(1), message(2)], has_more: false });
  expect(hole).toBe(log);
});
