// The connection alone: hello, heartbeat, reconnect, refusal.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { jitter, systemClock } from '../src/clock.js';
import { Connection, type ConnectionState } from '../src/connection.js';
import { ApiError, NetworkError } from '../src/errors.js';
import { FakeTransport } from './fakes.js';

let transport: FakeTransport;
let states: [ConnectionState, string | null][];
let refused: number;
let random: number;
let credential: () => Promise<string>;
let connection: Connection<unknown>;

beforeEach(() => {
  vi.useFakeTimers();
  transport = new FakeTransport();
  states = [];
  refused = 0;
  random = 0.5;
  credential = async () => 'secret';
  connection = new Connection({
    url: 'wss://host/api/visitor/socket',
    transport,
    clock: systemClock,
    random: () => random,
    credential: () => credential(),
    credentialRefused: () => (refused += 1),
    onState: (state, reason) => states.push([state, reason]),
    onWelcome: () => {},
    onFrame: () => {},
  });
});
afterEach(() => {
  connection.stop();
  vi.useRealTimers();
});

const settle = () => vi.advanceTimersByTimeAsync(0);

test('hello_is_the_first_frame_and_nothing_is_sent_before_welcome', async () => {
  connection.start();
  await settle();
  const socket = transport.last().open();
  expect(socket.frames).toEqual([{ type: 'hello', protocol: 1, credential: 'secret' }]);
  expect(connection.send({ type: 'ping' })).toBe(false);
  socket.welcome();
  expect(connection.send({ type: 'ping' })).toBe(true);
});

test('silence_brings_a_ping_and_more_silence_a_new_connection', async () => {
  connection.start();
  await settle();
  const socket = transport.last().welcome();
  await vi.advanceTimersByTimeAsync(24_999);
  expect(socket.of('ping')).toHaveLength(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(socket.of('ping')).toHaveLength(1);
  socket.push({ type: 'pong' });
  await vi.advanceTimersByTimeAsync(25_000);
  expect(socket.of('ping')).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(25_000);
  expect(socket.closed).toBe(true);
  expect(connection.state).toBe('waiting');
  await vi.advanceTimersByTimeAsync(500);
  expect(transport.sockets).toHaveLength(2);
});

test('no_welcome_within_ten_seconds_is_a_failure', async () => {
  connection.start();
  await settle();
  transport.last().open();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(connection.state).toBe('waiting');
});

test('jitter_stays_within_its_bounds_and_reaches_both_ends', () => {
  for (let failures = 0; failures < 40; failures++) {
    const most = Math.min(30_000, 500 * 2 ** failures);
    expect(jitter(failures, () => 0)).toBe(0);
    expect(jitter(failures, () => 0.999_999)).toBeLessThan(most);
    expect(jitter(failures, () => 0.999_999)).toBeGreaterThan(most * 0.99);
  }
});

test('waits_grow_while_the_server_is_away_and_start_over_after_a_connection_that_lasted', async () => {
  connection.start();
  await settle();
  for (const wait of [250, 500, 1000, 2000]) {
    transport.last().drop();
    const count = transport.sockets.length;
    await vi.advanceTimersByTimeAsync(wait - 1);
    expect(transport.sockets).toHaveLength(count);
    await vi.advanceTimersByTimeAsync(1);
    expect(transport.sockets).toHaveLength(count + 1);
  }
  transport.last().welcome();
  await vi.advanceTimersByTimeAsync(10_000);
  transport.last().drop();
  const count = transport.sockets.length;
  await vi.advanceTimersByTimeAsync(250);
  expect(transport.sockets).toHaveLength(count + 1);
});

test('waking_up_skips_the_wait_but_not_the_servers', async () => {
  connection.start();
  await settle();
  transport.last().drop();
  transport.wake();
  await settle();
  expect(transport.sockets).toHaveLength(2);
  transport.last().drop(4029, 'retry_after=7');
  transport.wake();
  await settle();
  expect(transport.sockets).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(6_999);
  expect(transport.sockets).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(transport.sockets).toHaveLength(3);
});

test('waking_up_tests_a_connection_that_looks_alive', async () => {
  connection.start();
  await settle();
  const socket = transport.last().welcome();
  transport.wake();
  expect(socket.of('ping')).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(connection.state).toBe('waiting');
});

test('refused_credential_is_renewed_once_and_then_given_up', async () => {
  connection.start();
  await settle();
  transport.last().open().push({ type: 'error', code: 'invalid_session' });
  transport.last().drop(4001);
  await settle();
  expect(refused).toBe(1);
  expect(transport.sockets).toHaveLength(2);
  transport.last().open().push({ type: 'error', code: 'invalid_session' });
  transport.last().drop(4001);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(transport.sockets).toHaveLength(2);
  expect(states[states.length - 1]).toEqual(['refused', 'invalid_session']);
});

test('a_session_that_ends_right_after_every_welcome_is_no_loop', async () => {
  connection.start();
  await settle();
  for (let i = 0; i < 5 && connection.state !== 'refused'; i++) {
    transport.last().welcome();
    transport.last().drop(4001);
    await settle();
  }
  expect(transport.sockets).toHaveLength(2);
  expect(connection.state).toBe('refused');
});

test('a_refusal_of_the_credential_by_http_stops_and_trouble_does_not', async () => {
  credential = async () => {
    throw new NetworkError();
  };
  connection.start();
  await settle();
  expect(connection.state).toBe('waiting');
  credential = async () => {
    throw new ApiError('foreign_origin', 403);
  };
  await vi.advanceTimersByTimeAsync(30_000);
  expect(states[states.length - 1]).toEqual(['refused', 'foreign_origin']);
  expect(transport.sockets).toHaveLength(0);
});

test('an_outdated_client_does_not_try_again', async () => {
  connection.start();
  await settle();
  transport.last().open().push({ type: 'error', code: 'protocol_too_old' });
  transport.last().drop(4002);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(transport.sockets).toHaveLength(1);
  expect(connection.state).toBe('refused');
});

test('late_events_of_an_old_socket_are_ignored', async () => {
  connection.start();
  await settle();
  const old = transport.last().welcome();
  connection.restart();
  await settle();
  const socket = transport.last().welcome();
  old.drop(4001);
  expect(refused).toBe(0);
  expect(connection.state).toBe('online');
  expect(socket.closed).toBe(false);
});

test('no_frame_and_no_timer_remains_after_stop', async () => {
  connection.start();
  await settle();
  transport.last().welcome();
  connection.stop();
  expect(vi.getTimerCount()).toBe(0);
});
