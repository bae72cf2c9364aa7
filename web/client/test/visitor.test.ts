// The visitor's client against a server played by hand: nothing lost, nothing twice.

import 'fake-indexeddb/auto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { IndexedDbOutbox, MemoryOutbox, type OutboxStorage } from '../src/outbox.js';
import { MemoryToken } from '../src/session.js';
import type { MessageView } from '../src/types.js';
import { VisitorClient } from '../src/visitor.js';
import { FakeTransport, conversation, message, problem, session } from './fakes.js';

let transport: FakeTransport;
let client: VisitorClient;
let tokens: MemoryToken;
let outbox: OutboxStorage;
let added: MessageView[];

function newClient(): VisitorClient {
  const made = new VisitorClient({
    host: 'https://host',
    channel: 'key',
    transport,
    random: () => 0.5,
    outbox,
    tokens,
  });
  made.on('log', (event) => added.push(...event.added));
  return made;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  transport = new FakeTransport().on('POST https://host/api/visitor/session', () => ({
    status: 200,
    body: session(),
  }));
  tokens = new MemoryToken();
  outbox = new MemoryOutbox();
  added = [];
  client = newClient();
});
afterEach(() => {
  client.stop();
  vi.useRealTimers();
});

const settle = () => vi.advanceTimersByTimeAsync(0);

async function online(epoch = 'e1') {
  await client.start();
  await settle();
  return transport.last().welcome(epoch);
}

const sent = (client_id: unknown, seq: number, duplicate = false) => ({
  type: 'sent', client_id, conversation_id: '7', seq, created_at: 0, duplicate,
});
const own = (client_id: unknown, seq: number) =>
  message(seq, { sender: { kind: 'visitor' }, client_id: client_id as string });

test('a_message_leaves_the_outbox_only_when_it_is_confirmed', async () => {
  const socket = await online();
  await client.send('hello');
  const [frame] = socket.of('send');
  expect(frame).toMatchObject({ content: { type: 'text', text: 'hello' } });
  expect(frame).not.toHaveProperty('conversation_id');
  expect(await outbox.load()).toHaveLength(1);
  socket.push(sent(frame!['client_id'], 1));
  expect(client.pending()).toEqual([]);
  expect(await outbox.load()).toHaveLength(0);
  expect(client.active).toBe('7');
});

test('a_lost_ack_brings_the_same_message_again_and_no_second_copy', async () => {
  const socket = await online();
  const id = await client.send('one');
  await client.send('two');
  socket.drop();
  await vi.advanceTimersByTimeAsync(500);
  const next = transport.last().welcome();
  expect(next.of('send').map((frame) => (frame['content'] as { text: string }).text)).toEqual(['one', 'two']);
  expect(next.of('send')[0]!['client_id']).toBe(id);
  next.push(sent(id, 1, true));
  next.push({ type: 'changed', conversation: conversation({ last_seq: 1 }), messages: [own(id, 1)] });
  next.push({ type: 'changed', conversation: conversation({ last_seq: 1 }), messages: [own(id, 1)] });
  expect(client.log('7').messages).toHaveLength(1);
  expect(client.pending().map((item) => item.client_id)).not.toContain(id);
});

test('silence_on_a_live_connection_brings_it_again_too', async () => {
  const socket = await online();
  await client.send('one');
  await vi.advanceTimersByTimeAsync(15_000);
  expect(socket.of('send')).toHaveLength(2);
  expect(socket.of('send')[0]).toEqual(socket.of('send')[1]);
});

test('seeing_the_message_in_the_log_confirms_it_without_an_ack', async () => {
  const socket = await online();
  const id = await client.send('one');
  socket.push({ type: 'changed', conversation: conversation({ last_seq: 1 }), messages: [own(id, 1)] });
  expect(client.pending()).toEqual([]);
});

test('a_gap_is_asked_for_once_and_filled', async () => {
  const socket = await online();
  client.watch('7');
  socket.push({ type: 'stream', conversation_id: '7', recovered: false, conversation: conversation({ last_seq: 1 }), messages: [message(1)], has_more: false });
  const before = socket.of('watch').length;
  socket.push({ type: 'changed', conversation: conversation({ last_seq: 3, version: 3 }), messages: [message(3)] });
  socket.push({ type: 'changed', conversation: conversation({ last_seq: 4, version: 4 }), messages: [message(4)] });
  expect(socket.of('watch').slice(before)).toEqual([{ type: 'watch', conversation_id: '7', epoch: 'e1', after: 1 }]);
  socket.push({ type: 'stream', conversation_id: '7', recovered: true, conversation: conversation({ last_seq: 4, version: 4 }), messages: [message(2), message(3), message(4)], has_more: false });
  expect(client.log('7').messages.map((m) => m.seq)).toEqual([1, 2, 3, 4]);
  expect(added.map((m) => m.seq)).toEqual([1, 2, 3, 4]);
});

test('reconnect_resumes_with_epoch_and_position_and_a_new_epoch_replaces_all', async () => {
  const socket = await online();
  client.watch('7');
  socket.push({ type: 'stream', conversation_id: '7', recovered: false, conversation: conversation({ last_seq: 2, version: 9 }), messages: [message(1), message(2)], has_more: false });
  socket.drop(1012);
  await vi.advanceTimersByTimeAsync(500);
  const next = transport.last().welcome('e2');
  expect(next.of('watch')).toEqual([{ type: 'watch', conversation_id: '7', epoch: 'e1', after: 2 }]);
  next.push({ type: 'stream', conversation_id: '7', recovered: false, conversation: conversation({ last_seq: 1, version: 2 }), messages: [message(1)], has_more: false });
  expect(client.log('7').messages).toHaveLength(1);
  expect(client.log('7').conversation?.version).toBe(2);
});

test('resync_asks_for_everything_again', async () => {
  const socket = await online();
  client.watch('7');
  client.watch('8');
  const before = socket.of('watch').length;
  socket.push({ type: 'resync' });
  expect(socket.of('watch').slice(before).map((f) => f['conversation_id'])).toEqual(['7', '8']);
});

test('offline_compose_is_kept_and_sent_in_order_later', async () => {
  transport.on('POST https://host/api/visitor/session', 'network');
  await client.start();
  await client.send('one');
  await client.send('two');
  await client.send('three');
  await settle();
  expect(transport.sockets).toHaveLength(0);
  expect(client.pending()).toHaveLength(3);
  transport.on('POST https://host/api/visitor/session', { status: 200, body: session() });
  transport.wake();
  await settle();
  const socket = transport.last().welcome();
  expect(socket.of('send').map((frame) => (frame['content'] as { text: string }).text)).toEqual(['one', 'two', 'three']);
});

test('the_outbox_survives_a_reload', async () => {
  vi.useRealTimers();
  outbox = new IndexedDbOutbox('reload');
  client = newClient();
  transport.on('POST https://host/api/visitor/session', 'network');
  await client.start();
  const id = await client.send('written in a tunnel');
  await client.sendFile(new Blob(['x']), 'a.txt', 'text/plain');
  client.stop();
  outbox = new IndexedDbOutbox('reload');
  expect(await new IndexedDbOutbox('another channel').load()).toEqual([]);
  client = newClient();
  await client.start();
  expect(client.pending().map((item) => item.content.type)).toEqual(['text', 'upload']);
  expect(client.pending()[0]!.client_id).toBe(id);
});

test('refused_for_good_is_shown_and_sent_again_only_by_hand', async () => {
  const socket = await online();
  const id = await client.send('x');
  socket.push({ type: 'error', code: 'message_too_long', client_id: id });
  expect(client.pending()[0]).toMatchObject({ failed: 'message_too_long' });
  await vi.advanceTimersByTimeAsync(20_000);
  expect(socket.of('send')).toHaveLength(1);
  client.retry(id);
  expect(socket.of('send')).toHaveLength(2);
  expect(socket.of('send')[1]!['client_id']).toBe(id);
  client.discard(id);
  expect(client.pending()).toEqual([]);
  expect(await outbox.load()).toEqual([]);
});

test('temporary_trouble_waits_as_told_and_keeps_the_order', async () => {
  const socket = await online();
  const id = await client.send('one');
  await client.send('two');
  socket.push({ type: 'error', code: 'rate_limited', client_id: id, retry_after: 7 });
  expect(client.pending().every((item) => item.failed === null)).toBe(true);
  await vi.advanceTimersByTimeAsync(6_900);
  expect(socket.of('send')).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(socket.of('send').slice(2).map((f) => (f['content'] as { text: string }).text)).toEqual(['one', 'two']);
});

test('without_a_socket_messages_go_over_http_one_by_one', async () => {
  let seq = 0;
  transport.on('POST https://host/api/visitor/messages', (request) => {
    const { client_id } = JSON.parse(request.body as string) as { client_id: string };
    return { status: 201, body: { client_id, conversation_id: '7', seq: ++seq, created_at: 0, duplicate: false } };
  });
  await client.start();
  await client.send('one');
  await client.send('two');
  await settle();
  transport.last().drop();
  expect(transport.calls('POST https://host/api/visitor/messages')).toHaveLength(0);
  await vi.advanceTimersByTimeAsync(6_000);
  const bodies = transport.calls('POST https://host/api/visitor/messages').map((r) => r.body as string);
  expect(bodies.map((body) => (JSON.parse(body) as { content: { text: string } }).content.text)).toEqual(['one', 'two']);
  expect(client.pending()).toEqual([]);
  expect(client.active).toBe('7');
});

test('a_file_is_uploaded_then_sent_and_reports_progress', async () => {
  transport.on('POST https://host/api/visitor/uploads', (request) => {
    request.onProgress?.(5, 10);
    return { status: 201, body: { id: '55', name: 'a b.png', media_type: 'image/png', kind: 'image', size: 10, has_thumbnail: true } };
  });
  const progress: (number | null)[] = [];
  client.on('pending', (items) => progress.push(items[0]?.progress ?? null));
  const socket = await online();
  await client.sendFile(new Blob(['x']), 'a b.png', 'image/png');
  await settle();
  expect(progress).toContain(0.5);
  expect(transport.calls('POST https://host/api/visitor/uploads?name=a%20b.png')).toHaveLength(1);
  expect(socket.of('send')[0]).toMatchObject({ content: { type: 'file', attachment_id: '55' } });
});

test('a_cancelled_upload_leaves_nothing_and_a_refused_one_says_why', async () => {
  await online();
  transport.on('POST https://host/api/visitor/uploads', problem(413, 'file_too_large'));
  await client.sendFile(new Blob(['x']), 'big', '');
  await settle();
  expect(client.pending()[0]).toMatchObject({ failed: 'file_too_large' });
  client.discard(client.pending()[0]!.client_id);
  let aborted = false;
  transport.on('POST https://host/api/visitor/uploads', (request) => {
    request.signal?.addEventListener('abort', () => (aborted = true));
    return new Promise(() => {});
  });
  const id = await client.sendFile(new Blob(['x']), 'slow', '');
  await settle();
  client.discard(id);
  expect(aborted).toBe(true);
  expect(client.pending()).toEqual([]);
});

test('an_upload_in_trouble_is_tried_again_and_holds_up_no_text', async () => {
  const socket = await online();
  transport.on('POST https://host/api/visitor/uploads', 'network');
  await client.sendFile(new Blob(['x']), 'a.png', 'image/png');
  await settle();
  await client.send('meanwhile');
  expect(socket.of('send')).toHaveLength(1);
  transport.on('POST https://host/api/visitor/uploads', { status: 429, body: { code: 'rate_limited', retry_after: 5 } });
  await vi.advanceTimersByTimeAsync(4_000);
  const tries = transport.calls('POST https://host/api/visitor/uploads').length;
  await vi.advanceTimersByTimeAsync(4_000);
  expect(transport.calls('POST https://host/api/visitor/uploads')).toHaveLength(tries);
  transport.on('POST https://host/api/visitor/uploads', { status: 429, body: { code: 'rate_limited', retry_after: 300 } });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(client.pending().map((item) => item.failed)).toContain('rate_limited');
});

test('a_dead_token_is_replaced_once_and_the_message_still_goes_out', async () => {
  tokens.save('old');
  await client.start();
  await client.send('one');
  await settle();
  transport.last().open().push({ type: 'error', code: 'invalid_session' });
  transport.on('POST https://host/api/visitor/session', { status: 200, body: session({ token: 'vs_2' }) });
  transport.last().drop(4001);
  await settle();
  const socket = transport.last().welcome();
  expect(socket.of('hello')[0]).toMatchObject({ credential: 'vs_2' });
  expect(tokens.load()).toBe('vs_2');
  expect(socket.of('send')).toHaveLength(1);
});

test('becoming_somebody_else_drops_what_the_other_one_saw', async () => {
  const socket = await online();
  client.watch('7');
  socket.push({ type: 'stream', conversation_id: '7', recovered: false, conversation: conversation({ last_seq: 1 }), messages: [message(1)], has_more: false });
  transport.on('POST https://host/api/visitor/session', { status: 200, body: session({ token: 'vs_9', contact_id: '9' }) });
  await client.identify('jwt');
  expect(client.log('7').messages).toEqual([]);
  await settle();
  expect(transport.last().welcome().of('hello')[0]).toMatchObject({ credential: 'vs_9' });
});

test('an_identity_that_keeps_the_token_but_not_the_contact_opens_a_new_socket', async () => {
  const socket = await online();
  transport.on('POST https://host/api/visitor/session', { status: 200, body: session({ contact_id: '9' }) });
  await client.identify('jwt');
  await settle();
  expect(socket.closed).toBe(true);
  expect(transport.sockets).toHaveLength(2);
});

test('a_token_that_another_tab_renewed_is_used_before_giving_up_the_old_one', async () => {
  await online();
  tokens.save('vs_newer');
  transport.last().drop(4001);
  await settle();
  const bodies = transport.calls('POST https://host/api/visitor/session').map((r) => JSON.parse(r.body as string) as { token: string });
  expect(bodies[bodies.length - 1]!.token).toBe('vs_newer');
});

test('a_conversation_opened_on_another_device_becomes_the_active_one', async () => {
  const socket = await online();
  socket.push({ type: 'changed', conversation: conversation({ id: '8', last_seq: 1 }), messages: [message(1, { conversation_id: '8' })] });
  expect(client.active).toBe('8');
  expect(client.log('8').messages).toHaveLength(1);
});

test('a_connection_that_is_told_to_wait_waits_with_its_messages', async () => {
  const socket = await online();
  await client.send('one');
  socket.push({ type: 'error', code: 'rate_limited', retry_after: 4 });
  await vi.advanceTimersByTimeAsync(3_900);
  expect(socket.of('send')).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(socket.of('send')).toHaveLength(2);
});

test('a_refused_identity_changes_nothing', async () => {
  const socket = await online();
  transport.on('POST https://host/api/visitor/session', problem(401, 'identity_expired'));
  await expect(client.identify('jwt')).rejects.toMatchObject({ code: 'identity_expired' });
  expect(client.connection).toBe('online');
  expect(client.session?.token).toBe('vs_1');
  expect(socket.closed).toBe(false);
});

test('receipts_are_gathered_never_go_back_and_wait_for_a_connection', async () => {
  const socket = await online();
  client.receipt('7', 1, 0);
  client.receipt('7', 3, 2);
  client.receipt('7', 2, 1);
  await vi.advanceTimersByTimeAsync(300);
  expect(socket.of('receipt')).toEqual([{ type: 'receipt', conversation_id: '7', delivered: 3, read: 2 }]);
  client.receipt('7', 3, 2);
  socket.drop();
  client.receipt('7', 4, 4);
  await vi.advanceTimersByTimeAsync(500);
  expect(transport.last().welcome().of('receipt')).toEqual([{ type: 'receipt', conversation_id: '7', delivered: 4, read: 4 }]);
});

test('typing_is_repeated_and_ends_on_both_sides', async () => {
  const socket = await online();
  client.typing('7', true);
  await vi.advanceTimersByTimeAsync(1_000);
  client.typing('7', true);
  expect(socket.of('typing')).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(2_000);
  client.typing('7', true);
  expect(socket.of('typing').map((f) => f['active'])).toEqual([true, true]);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(socket.of('typing').map((f) => f['active'])).toEqual([true, true, false]);
  const seen: number[] = [];
  client.on('typing', ({ typists }) => seen.push(typists.length));
  const typing = { type: 'typing', conversation_id: '7', side: 'staff', agent_id: '1', agent_name: 'Wang', active: true };
  socket.push(typing);
  await vi.advanceTimersByTimeAsync(6_000);
  socket.push(typing);
  socket.push({ type: 'changed', conversation: conversation({ last_seq: 1 }), messages: [message(1)] });
  expect(seen).toEqual([1, 0, 1, 0]);
});

test('polling_brings_answers_where_no_socket_can_be_had', async () => {
  transport
    .on('POST https://host/api/visitor/session', { status: 200, body: session({ conversation: conversation({ last_seq: 1 }) }) })
    .on('GET https://host/api/visitor/conversations/7', { status: 200, body: { conversation: conversation({ last_seq: 1 }), rating: null } })
    .on('GET https://host/api/visitor/conversations/7/messages', { status: 200, body: { messages: [message(1)], has_more: false } });
  await client.start();
  await settle();
  transport.last().drop();
  await vi.advanceTimersByTimeAsync(7_000);
  expect(client.log('7').messages).toHaveLength(1);
});

test('polling_reads_page_after_page_until_nothing_is_missing', async () => {
  let last = 1;
  const known = () => conversation({ last_seq: last, version: last });
  transport
    .on('POST https://host/api/visitor/session', () => ({ status: 200, body: session({ conversation: known() }) }))
    .on('GET https://host/api/visitor/conversations/7', () => ({ status: 200, body: { conversation: known(), rating: null } }))
    .on('GET https://host/api/visitor/conversations/7/messages', ({ url }) => {
      const next = Number(new URL(url).searchParams.get('after')) + 1;
      return { status: 200, body: { messages: [message(next)], has_more: next < last } };
    });
  await client.start();
  await settle();
  transport.last().drop();
  await vi.advanceTimersByTimeAsync(7_000);
  last = 4;
  await vi.advanceTimersByTimeAsync(4_000);
  expect(client.log('7').messages.map((each) => each.seq)).toEqual([1, 2, 3, 4]);
});
