// A server that a test plays by hand: sockets that record frames, and HTTP answers by rule.

import { NetworkError } from '../src/errors.js';
import type { HttpRequest, HttpResponse, Socket, SocketHandlers, Transport } from '../src/transport.js';
import type { MessageView, VisitorConversation, VisitorSessionView } from '../src/types.js';

export class FakeSocket implements Socket {
  frames: Record<string, unknown>[] = [];
  closed = false;
  constructor(
    readonly url: string,
    private readonly handlers: SocketHandlers,
  ) {}

  send(text: string): void {
    if (this.closed) throw new Error('sent on a closed socket');
    this.frames.push(JSON.parse(text) as Record<string, unknown>);
  }
  close(): void {
    this.closed = true;
  }

  // The server's side
  open(): this {
    this.handlers.open();
    return this;
  }
  push(frame: object): void {
    this.handlers.message(JSON.stringify(frame));
  }
  welcome(epoch = 'e1'): this {
    this.open();
    this.push({ type: 'welcome', protocol: 1, epoch, heartbeat_ms: 25_000, now: 0 });
    return this;
  }
  drop(code = 1006, reason = ''): void {
    this.closed = true;
    this.handlers.close(code, reason);
  }
  of(type: string): Record<string, unknown>[] {
    return this.frames.filter((frame) => frame['type'] === type);
  }
}

export type Answer = { status: number; body?: unknown; headers?: Record<string, string> } | 'network';

export class FakeTransport implements Transport {
  sockets: FakeSocket[] = [];
  requests: HttpRequest[] = [];
  wake: () => void = () => {};
  /** Later rules win. */
  #rules: { match: string; answer: (request: HttpRequest) => Answer | Promise<Answer> }[] = [];

  on(match: string, answer: Answer | ((request: HttpRequest) => Answer | Promise<Answer>)): this {
    this.#rules.unshift({ match, answer: typeof answer === 'function' ? answer : () => answer });
    return this;
  }

  openSocket(url: string, handlers: SocketHandlers): FakeSocket {
    const socket = new FakeSocket(url, handlers);
    this.sockets.push(socket);
    return socket;
  }

  async request(request: HttpRequest): Promise<HttpResponse> {
    this.requests.push(request);
    const line = `${request.method} ${request.url}`;
    const rule = this.#rules.find(({ match }) => line.startsWith(match));
    const answer = rule ? await rule.answer(request) : { status: 404, body: { code: 'not_found' } };
    if (answer === 'network') throw new NetworkError();
    return {
      status: answer.status,
      header: (name) => answer.headers?.[name] ?? null,
      text: answer.body === undefined ? '' : JSON.stringify(answer.body),
    };
  }

  onWake(run: () => void): () => void {
    this.wake = run;
    return () => (this.wake = () => {});
  }

  last(): FakeSocket {
    const socket = this.sockets[this.sockets.length - 1];
    if (!socket) throw new Error('no socket was opened');
    return socket;
  }
  calls(line: string): HttpRequest[] {
    return this.requests.filter((request) => `${request.method} ${request.url}`.startsWith(line));
  }
}

export function conversation(change: Partial<VisitorConversation> = {}): VisitorConversation {
  return {
    id: '7',
    status: 'open',
    agent: null,
    last_seq: 0,
    staff_delivered: 0,
    staff_read: 0,
    visitor_read: 0,
    unread: 0,
    preview: '',
    preview_side: null,
    stars: null,
    created_at: 0,
    active_at: 0,
    version: 1,
    ...change,
  };
}

export function message(seq: number, change: Partial<MessageView> = {}): MessageView {
  return {
    conversation_id: '7',
    seq,
    sender: { kind: 'agent', id: '1', name: 'Wang' },
    client_id: null,
    content: { type: 'text', text: `m${seq}` },
    created_at: seq,
    ...change,
  };
}

export function session(change: Partial<VisitorSessionView> = {}): VisitorSessionView {
  return {
    token: 'vs_1',
    expires_at: 0,
    contact_id: '3',
    name: '',
    verified: false,
    channel: { title: '', greeting: '', color: '', locale: null, staffed: true, bot: null },
    conversation: null,
    epoch: 'e1',
    ...change,
  };
}

export function problem(status: number, code: string): Answer {
  return { status, body: { type: 'about:blank', title: '', status, code } };
}
