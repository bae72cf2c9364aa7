// The agent's client: tickets, inbox events, watched conversations.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AgentClient } from '../src/agent.js';
import { FakeTransport, message, problem } from './fakes.js';

let transport: FakeTransport;
let client: AgentClient;
let tickets: number;

const conversation = (version: number, last_seq: number) => ({ id: '7', version, last_seq });

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  tickets = 0;
  transport = new FakeTransport().on('POST https://host/api/socket-ticket', () => ({
    status: 200,
    body: { ticket: `tk_${++tickets}` },
  }));
  client = new AgentClient({ host: 'https://host', csrf: () => 'csrf', transport, random: () => 0.5 });
});
afterEach(() => {
  client.stop();
  vi.useRealTimers();
});

async function online() {
  await client.start();
  await vi.advanceTimersByTimeAsync(0);
  return transport.last().welcome();
}

test('every_connection_has_a_ticket_of_its_own', async () => {
  (await online()).drop();
  await vi.advanceTimersByTimeAsync(500);
  transport.last().welcome();
  expect(transport.sockets.map((socket) => socket.of('hello')[0]!['credential'])).toEqual(['tk_1', 'tk_2']);
  expect(transport.requests[0]!.headers['x-csrf-token']).toBe('csrf');
});

test('the_inbox_is_watched_before_lists_are_fetched_again', async () => {
  let frames = -1;
  client.on('refetch', () => (frames = transport.last().of('watch_inbox').length));
  await online();
  expect(frames).toBe(1);
});

test('a_logged_out_agent_is_refused_and_comes_back_after_logging_in', async () => {
  transport.on('POST https://host/api/socket-ticket', problem(401, 'unauthenticated'));
  const reasons: (string | null)[] = [];
  client.on('connection', ({ state, reason }) => state === 'refused' && reasons.push(reason));
  await client.start();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(reasons).toEqual(['unauthenticated']);
  transport.on('POST https://host/api/socket-ticket', { status: 200, body: { ticket: 'tk_9' } });
  client.reconnect();
  await vi.advanceTimersByTimeAsync(0);
  transport.last().welcome();
  expect(client.connection).toBe('online');
});

test('a_hidden_conversation_is_forgotten_and_late_frames_do_not_bring_it_back', async () => {
  const socket = await online();
  client.watch('7');
  socket.push({ type: 'stream', conversation_id: '7', recovered: false, conversation: conversation(1, 1), messages: [message(1)], has_more: false });
  const hidden: string[][] = [];
  client.on('hidden', (ids) => hidden.push(ids));
  socket.push({ type: 'hidden', conversation_ids: ['7'] });
  socket.push({ type: 'changed', conversation: conversation(2, 2), messages: [message(2)] });
  expect(hidden).toEqual([['7']]);
  expect(client.log('7').messages).toEqual([]);
});

test('messages_name_their_conversation', async () => {
  const socket = await online();
  const id = await client.send('7', 'hi');
  expect(socket.of('send')[0]).toMatchObject({ conversation_id: '7', client_id: id });
  socket.push({ type: 'error', code: 'conversation_resolved', client_id: id });
  expect(client.pending()[0]).toMatchObject({ failed: 'conversation_resolved' });
});
