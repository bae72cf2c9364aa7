// One socket that stays: hello, heartbeat, reconnect with full jitter, refusals. Knows
// nothing of conversations.

import { type Clock, type Random, type Timer, jitter } from './clock.js';
import { ApiError } from './errors.js';
import type { Socket, Transport } from './transport.js';
import type { ClientFrame, ServerFrame, Welcome } from './types.js';

export const PROTOCOL = 1;
/** From opening the socket to `welcome`. */
const WELCOME_MS = 10_000;
/** A connection that lived this long was good: the next failure counts as the first. */
const LASTED_MS = 10_000;
/** After waking up, an answer to `ping` must come sooner than in normal life. */
const WAKE_PONG_MS = 5_000;

/** `stopped`: by the client itself. `refused`: the server does not want this credential. */
export type ConnectionState = 'idle' | 'connecting' | 'online' | 'waiting' | 'refused' | 'stopped';

export interface ConnectionOptions<C> {
  url: string;
  transport: Transport;
  clock: Clock;
  random: Random;
  /** A session token or a fresh ticket. Throwing an ApiError that is not temporary refuses. */
  credential(): Promise<string>;
  /** The server closed with 4001: forget what made the credential. */
  credentialRefused(): void;
  onState(state: ConnectionState, reason: string | null): void;
  onWelcome(welcome: Welcome): void;
  onFrame(frame: ServerFrame<C>): void;
}

export class Connection<C> {
  state: ConnectionState = 'idle';
  #socket: Socket | null = null;
  /** Counts sockets, so that late events of an old one are ignored. */
  #generation = 0;
  #failures = 0;
  #refusals = 0;
  #welcomedAt: number | null = null;
  #heartbeatMs = 25_000;
  #timer: Timer = null;
  #notBefore = 0;
  #lastError: string | null = null;
  #stopWake: (() => void) | null = null;

  constructor(private readonly options: ConnectionOptions<C>) {}

  /** Failures in a row since a connection last held. */
  get failures(): number {
    return this.#failures;
  }

  start(): void {
    if (this.state !== 'idle' && this.state !== 'stopped' && this.state !== 'refused') return;
    this.#failures = 0;
    this.#refusals = 0;
    this.#stopWake ??= this.options.transport.onWake(() => this.wake());
    void this.#open();
  }

  stop(): void {
    this.#stopWake?.();
    this.#stopWake = null;
    this.#drop(1000);
    this.#become('stopped', null);
  }

  /** Leave the socket and connect anew at once (another credential). */
  restart(): void {
    if (this.state === 'idle' || this.state === 'stopped') return;
    this.#drop(1000);
    this.#refusals = 0;
    void this.#open();
  }

  /** The network or the page came back: don't sit out the wait, and test the old socket. */
  wake(): void {
    if (this.state === 'waiting' && this.options.clock.now() >= this.#notBefore) {
      void this.#open();
    } else if (this.state === 'online') {
      this.#ping(WAKE_PONG_MS);
    }
  }

  /** False when there is no live connection; nothing is queued here. */
  send(frame: ClientFrame): boolean {
    if (this.state !== 'online' || !this.#socket) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  async #open(): Promise<void> {
    this.#clearTimer();
    const generation = ++this.#generation;
    this.#become('connecting', null);
    let credential: string;
    try {
      credential = await this.options.credential();
    } catch (error) {
      if (generation !== this.#generation) return;
      if (error instanceof ApiError && !error.temporary) return this.#refuse(error.code);
      return this.#retry(error instanceof ApiError ? (error.retryAfter ?? 0) : 0);
    }
    if (generation !== this.#generation) return;
    this.#lastError = null;
    const mine = () => generation === this.#generation;
    const socket = this.options.transport.openSocket(this.options.url, {
      open: () => {
        if (mine()) socket.send(JSON.stringify({ type: 'hello', protocol: PROTOCOL, credential }));
      },
      message: (text) => {
        if (mine()) this.#receive(text);
      },
      close: (code, reason) => {
        if (mine()) this.#closed(code, reason);
      },
    });
    this.#socket = socket;
    this.#arm(WELCOME_MS, () => this.#giveUp());
  }

  #receive(text: string): void {
    let frame: ServerFrame<C>;
    try {
      frame = JSON.parse(text) as ServerFrame<C>;
    } catch {
      return;
    }
    if (this.state === 'online') {
      this.#listen();
      if (frame.type !== 'pong') this.options.onFrame(frame);
      return;
    }
    if (frame.type === 'welcome') {
      this.#heartbeatMs = frame.heartbeat_ms;
      this.#welcomedAt = this.options.clock.now();
      this.#become('online', null);
      this.#listen();
      this.options.onWelcome(frame);
    } else if (frame.type === 'error') {
      this.#lastError = frame.code;
    }
  }

  #closed(code: number, reason: string): void {
    this.#socket = null;
    this.#clearTimer();
    const now = this.options.clock.now();
    if (this.#welcomedAt !== null && now - this.#welcomedAt >= LASTED_MS) {
      this.#failures = 0;
      this.#refusals = 0;
    }
    this.#welcomedAt = null;
    if (this.#lastError === 'protocol_too_old') return this.#refuse(this.#lastError);
    if (code === 4001) {
      this.#refusals += 1;
      this.options.credentialRefused();
      if (this.#refusals > 1) return this.#refuse(this.#lastError ?? 'invalid_session');
      void this.#open();
      return;
    }
    const wait = code === 4029 ? /retry_after=(\d+)/.exec(reason)?.[1] : undefined;
    this.#retry(Number(wait ?? 0));
  }

  #retry(afterSeconds: number): void {
    const { clock, random } = this.options;
    const delay = afterSeconds * 1000 + jitter(this.#failures, random);
    this.#failures += 1;
    this.#notBefore = clock.now() + afterSeconds * 1000;
    this.#become('waiting', null);
    this.#arm(delay, () => void this.#open());
  }

  #refuse(code: string): void {
    this.#drop(1000);
    this.#become('refused', code);
  }

  #giveUp(): void {
    this.#drop(1000);
    this.#closed(1006, '');
  }

  /** Something was heard: the next silence starts now. */
  #listen(): void {
    this.#arm(this.#heartbeatMs, () => this.#ping(this.#heartbeatMs));
  }

  #ping(patienceMs: number): void {
    this.send({ type: 'ping' });
    this.#arm(patienceMs, () => this.#giveUp());
  }

  #drop(code: number): void {
    this.#generation += 1;
    this.#clearTimer();
    const socket = this.#socket;
    this.#socket = null;
    try {
      socket?.close(code);
    } catch {
      // Closed before it was open.
    }
  }

  #arm(ms: number, run: () => void): void {
    this.#clearTimer();
    this.#timer = this.options.clock.setTimeout(run, ms);
  }

  #clearTimer(): void {
    if (this.#timer !== null) this.options.clock.clearTimeout(this.#timer);
    this.#timer = null;
  }

  #become(state: ConnectionState, reason: string | null): void {
    if (this.state === state) return;
    this.state = state;
    this.options.onState(state, reason);
  }
}
