// An agent's client: ticket, inbox events, watched conversations, sending. The console adds
// its stores and looks.

import { type Clock, type Random, systemClock } from './clock.js';
import { Connection, type ConnectionState } from './connection.js';
import { Emitter } from './emitter.js';
import { Follower } from './follower.js';
import { type FileBody, Http } from './http.js';
import { type ConversationLog, emptyLog } from './log.js';
import { MemoryOutbox, type OutboxItem, type OutboxStorage } from './outbox.js';
import { Receipts } from './receipts.js';
import { type Pending, Sender } from './sender.js';
import { browserTransport } from './transport.browser.js';
import type { Transport } from './transport.js';
import { type Typist, TypingState } from './typing.js';
import type {
  AgentConversation,
  AnswerImageView,
  Assign,
  ClientFrame,
  ConversationDetail,
  ConversationPage,
  Directory,
  FileView,
  Id,
  LinkCardView,
  ListOrder,
  Locale,
  MessagePage,
  MessageView,
  MoodKind,
  NewContent,
  Presence,
  Receipt,
  Seq,
  ServerFrame,
  View,
  ViewCounts,
} from './types.js';
import { socketUrl } from './visitor-api.js';

/** The most that the server gives at once. */
const OLDER = 100;

export interface AgentOptions {
  /** Empty for the page's own origin. */
  host?: string;
  /** From `GET /api/me`; asked for with every request that changes something. */
  csrf(): string;
  locale?(): Locale;
  transport?: Transport;
  clock?: Clock;
  random?: Random;
  /** Memory unless given; an IndexedDbOutbox survives reloads. */
  outbox?: OutboxStorage;
}

/** Below the words of an answer. */
export interface Shown {
  images: AnswerImageView[];
  cards: LinkCardView[];
}

export type AgentLog = ConversationLog<AgentConversation>;

export interface AgentEvents {
  /** `refused`: log in again. `reason` is an error code. */
  connection: { state: ConnectionState; reason: string | null };
  /** Take each whose version is higher. */
  inbox: AgentConversation[];
  /** Out of sight: drop them everywhere. */
  hidden: Id[];
  presence: { agent_id: Id; presence: Presence };
  /** Lists and counts may be stale: after connecting, and when the server says so. */
  refetch: undefined;
  log: { id: Id; log: AgentLog; added: readonly MessageView[] };
  pending: Pending[];
  sent: { item: OutboxItem; receipt: Receipt };
  typing: { id: Id; typists: Typist[] };
  /** A command failed that was not a message. */
  failed: { code: string; conversation_id: Id | null };
}

export class AgentClient extends Emitter<AgentEvents> {
  readonly http: Http;
  #connection: Connection<AgentConversation>;
  #follower: Follower<AgentConversation>;
  #sender: Sender;
  #receipts: Receipts;
  #typing: TypingState;

  constructor(options: AgentOptions) {
    super();
    const clock = options.clock ?? systemClock;
    const random = options.random ?? Math.random;
    const transport = options.transport ?? browserTransport;
    const host = options.host ?? '';
    const send = (frame: ClientFrame) => this.#connection.send(frame);
    this.http = new Http({
      transport,
      host,
      headers: (method) => ({
        ...(method === 'GET' ? {} : { 'x-csrf-token': options.csrf() }),
        ...(options.locale ? { 'accept-language': options.locale() } : {}),
      }),
    });
    this.#connection = new Connection<AgentConversation>({
      url: socketUrl(host, '/api/socket'),
      transport,
      clock,
      random,
      credential: async () =>
        (await this.http.json<{ ticket: string }>('POST', '/api/socket-ticket')).ticket,
      credentialRefused: () => {},
      onState: (state, reason) => {
        if (state !== 'online') {
          this.#follower.disconnected();
          this.#sender.offline();
        }
        this.emit('connection', { state, reason });
      },
      onWelcome: (welcome) => {
        send({ type: 'watch_inbox' });
        this.#follower.welcomed(welcome.epoch);
        this.#sender.online();
        this.#receipts.flush();
        this.emit('refetch', undefined);
      },
      onFrame: (frame) => this.#receive(frame),
    });
    this.#follower = new Follower<AgentConversation>({
      clock,
      send,
      onLog: (id, log, added) => {
        for (const message of this.#sender.idle ? [] : log.messages) {
          if (message.client_id && message.sender.kind === 'agent') {
            this.#sender.confirmed({ ...message, client_id: message.client_id, duplicate: false });
          }
        }
        this.#typing.messages(id, added);
        this.emit('log', { id, log, added });
      },
    });
    this.#sender = new Sender({
      clock,
      random,
      storage: options.outbox ?? new MemoryOutbox(),
      send,
      post: (item) =>
        this.http.json('POST', `/api/conversations/${item.conversation_id}/messages`, {
          client_id: item.client_id,
          content: item.content,
        }),
      upload: (content, signal, onProgress) =>
        this.http.upload<FileView>('/api/uploads', content.body, {
          name: content.name,
          mediaType: content.media_type,
          signal,
          onProgress,
        }),
      onChange: () => this.emit('pending', this.#sender.pending()),
      onSent: (item, receipt) => this.emit('sent', { item, receipt }),
    });
    this.#receipts = new Receipts(clock, send);
    this.#typing = new TypingState(clock, send, (id, typists) => this.emit('typing', { id, typists }));
  }

  get connection(): ConnectionState {
    return this.#connection.state;
  }
  log(id: Id): AgentLog {
    return this.#follower.log(id) ?? emptyLog();
  }
  pending(): Pending[] {
    return this.#sender.pending();
  }

  async start(): Promise<void> {
    this.#connection.start();
    await this.#sender.load();
  }
  stop(): void {
    this.#connection.stop();
    this.#sender.stop();
    this.#typing.clear();
  }
  /** Tries again at once, also after a refusal (one logged in again). */
  reconnect(): void {
    if (this.#connection.state === 'refused') this.#connection.start();
    else this.#connection.wake();
  }

  watch(id: Id): void {
    this.#follower.watch(id);
  }
  unwatch(id: Id): void {
    this.#follower.unwatch(id);
  }
  /** With images and link cards of the knowledge base. Resolves with the client id. */
  send(conversationId: Id, text: string, shown: Partial<Shown> = {}): Promise<string> {
    this.#typing.ended(conversationId);
    const { images = [], cards = [] } = shown;
    const content: NewContent =
      images.length + cards.length > 0 ? { type: 'answer', text, images, cards } : { type: 'text', text };
    return this.#sender.add(content, conversationId);
  }
  sendFile(conversationId: Id, body: FileBody, name: string, mediaType: string): Promise<string> {
    return this.#sender.add({ type: 'upload', name, media_type: mediaType, body }, conversationId);
  }
  retry(clientId: string): void {
    this.#sender.retry(clientId);
  }
  discard(clientId: string): void {
    this.#sender.discard(clientId);
  }
  receipt(id: Id, delivered: Seq, read: Seq): void {
    this.#receipts.mark(id, delivered, read);
  }
  typing(id: Id, active: boolean): void {
    if (active) this.#typing.pressed(id);
    else this.#typing.stopped(id);
  }
  async loadOlder(id: Id): Promise<boolean> {
    const log = this.log(id);
    if (!log.hasMore || !log.messages[0]) return false;
    this.#follower.prepend(id, await this.messages(id, { before: log.messages[0].seq, limit: OLDER }));
    return this.log(id).hasMore;
  }

  directory(): Promise<Directory> {
    return this.http.get('/api/directory');
  }
  counts(): Promise<ViewCounts> {
    return this.http.get('/api/conversations/counts');
  }
  conversations(
    view: View,
    query: { team_id?: Id; order?: ListOrder; mood?: MoodKind; before?: string; limit?: number } = {},
  ) {
    return this.http.get<ConversationPage>('/api/conversations', { view, ...query });
  }
  conversation(id: Id): Promise<ConversationDetail> {
    return this.http.get(`/api/conversations/${id}`);
  }
  messages(id: Id, query: { before?: Seq; after?: Seq; limit?: number } = {}) {
    return this.http.get<MessagePage>(`/api/conversations/${id}/messages`, query);
  }
  accept(id: Id): Promise<AgentConversation> {
    return this.http.json('POST', `/api/conversations/${id}/accept`);
  }
  assign(id: Id, to: Assign): Promise<AgentConversation> {
    return this.http.json('POST', `/api/conversations/${id}/assign`, to);
  }
  resolve(id: Id): Promise<AgentConversation> {
    return this.http.json('POST', `/api/conversations/${id}/resolve`);
  }
  reopen(id: Id): Promise<AgentConversation> {
    return this.http.json('POST', `/api/conversations/${id}/reopen`);
  }
  askHelp(id: Id): Promise<AgentConversation> {
    return this.http.json('POST', `/api/conversations/${id}/help`);
  }
  declineHelp(id: Id): Promise<AgentConversation> {
    return this.http.json('POST', `/api/conversations/${id}/help/decline`);
  }
  takeOver(id: Id): Promise<AgentConversation> {
    return this.http.json('POST', `/api/conversations/${id}/help/take-over`);
  }
  async setPresence(presence: Presence): Promise<void> {
    await this.http.json('PUT', '/api/me/presence', { presence });
  }
  file(id: Id, thumbnail = false, signal?: AbortSignal): Promise<ArrayBuffer> {
    return this.http.bytes(`/api/files/${id}${thumbnail ? '/thumbnail' : ''}`, signal);
  }

  #receive(frame: ServerFrame<AgentConversation>): void {
    switch (frame.type) {
      case 'sent':
        return this.#sender.confirmed(frame);
      case 'changed':
        // A watch that was given up can still have a frame on its way.
        return this.#follower.log(frame.conversation.id) ? this.#follower.changed(frame) : undefined;
      case 'stream':
        return this.#follower.stream(frame);
      case 'typing':
        return this.#typing.received(frame);
      case 'inbox':
        return this.emit('inbox', frame.conversations);
      case 'hidden':
        for (const id of frame.conversation_ids) this.#follower.refused(id);
        return this.emit('hidden', frame.conversation_ids);
      case 'presence':
        return this.emit('presence', { agent_id: frame.agent_id, presence: frame.presence });
      case 'resync':
        this.#follower.askAll();
        return this.emit('refetch', undefined);
      case 'error':
        if (frame.client_id || frame.code === 'rate_limited') this.#sender.refused(frame);
        if (frame.client_id) return;
        if (frame.conversation_id && ['not_found', 'too_many_watched'].includes(frame.code)) {
          this.#follower.refused(frame.conversation_id);
        }
        return this.emit('failed', {
          code: frame.code,
          conversation_id: frame.conversation_id ?? null,
        });
      default:
    }
  }
}
