// A visitor's client: session, socket, outbox and logs put together. Everything that a chat
// window needs, and nothing of how it looks.

import { type Clock, type Random, systemClock } from './clock.js';
import { Connection, type ConnectionState } from './connection.js';
import { Emitter } from './emitter.js';
import { ApiError } from './errors.js';
import { Follower } from './follower.js';
import { type FileBody, Http } from './http.js';
import { type ConversationLog, emptyLog, have } from './log.js';
import { IndexedDbOutbox, type OutboxItem, type OutboxStorage } from './outbox.js';
import { Poller } from './poller.js';
import { Receipts } from './receipts.js';
import { type Pending, Sender } from './sender.js';
import { LocalToken, Session, type SessionDetails, type TokenStore } from './session.js';
import { browserTransport } from './transport.browser.js';
import type { Transport } from './transport.js';
import { type Typist, TypingState } from './typing.js';
import { VisitorApi, socketUrl } from './visitor-api.js';
import type {
  ArticleView,
  ClientFrame,
  Hints,
  Id,
  MessagePage,
  MessageView,
  Page,
  Rate,
  RatingView,
  Receipt,
  Seq,
  ServerFrame,
  VisitorConversation,
  VisitorConversationDetail,
  VisitorSessionView,
  VisitorSuggestion,
} from './types.js';

export interface VisitorOptions extends SessionDetails {
  /** `https://chat.example`; empty for the page's own origin. */
  host?: string;
  transport?: Transport;
  clock?: Clock;
  random?: Random;
  outbox?: OutboxStorage;
  tokens?: TokenStore;
  /** Whether somebody can see the window: polling slows down otherwise. */
  visible?: () => boolean;
}

export type VisitorLog = ConversationLog<VisitorConversation>;

export interface VisitorEvents {
  /** `reason` is an error code when the state is `refused`. */
  connection: { state: ConnectionState; reason: string | null };
  session: VisitorSessionView;
  /** `added` had not been seen by this client. */
  log: { id: Id; log: VisitorLog; added: readonly MessageView[] };
  pending: Pending[];
  sent: { item: OutboxItem; receipt: Receipt };
  typing: { id: Id; typists: Typist[] };
  /** The conversation that is or was last active; null after a reset. */
  active: Id | null;
}

export class VisitorClient extends Emitter<VisitorEvents> {
  readonly http: Http;
  #options: VisitorOptions;
  #api: VisitorApi;
  #session: Session;
  #connection: Connection<VisitorConversation>;
  #follower: Follower<VisitorConversation>;
  #sender: Sender;
  #receipts: Receipts;
  #typing: TypingState;
  #poller: Poller;
  #active: Id | null = null;

  constructor(options: VisitorOptions) {
    super();
    this.#options = options;
    const clock = options.clock ?? systemClock;
    const random = options.random ?? Math.random;
    const transport = options.transport ?? browserTransport;
    const host = options.host ?? '';
    const { channel, hints, page, locale } = options;
    const send = (frame: ClientFrame) => this.#connection.send(frame);
    this.http = new Http({ transport, host, headers: () => this.#headers() });
    this.#api = new VisitorApi(this.http);
    this.#session = new Session(
      this.http,
      options.tokens ?? new LocalToken(channel),
      { channel, ...(hints ? { hints } : {}), ...(page ? { page } : {}), ...(locale ? { locale } : {}) },
      (view, before) => this.#started(view, before),
    );
    this.#connection = new Connection<VisitorConversation>({
      url: socketUrl(host, '/api/visitor/socket'),
      transport,
      clock,
      random,
      credential: async () => (await this.#session.ensure()).token,
      credentialRefused: () => this.#session.invalidate(),
      onState: (state, reason) => this.#stateChanged(state, reason),
      onWelcome: (welcome) => {
        this.#follower.welcomed(welcome.epoch);
        this.#sender.online();
        this.#receipts.flush();
      },
      onFrame: (frame) => this.#receive(frame),
    });
    this.#follower = new Follower<VisitorConversation>({
      clock,
      send,
      onLog: (id, log, added) => this.#logged(id, log, added),
    });
    this.#sender = new Sender({
      clock,
      random,
      storage: options.outbox ?? new IndexedDbOutbox(`visitor:${channel}`),
      send,
      post: (item) => this.#call(() => this.#api.send(item)),
      upload: (content, signal, onProgress) =>
        this.#call(() => this.#api.upload(content, signal, onProgress)),
      onChange: () => this.emit('pending', this.#sender.pending()),
      onSent: (item, receipt) => {
        this.#activate(receipt.conversation_id);
        this.emit('sent', { item, receipt });
      },
    });
    this.#receipts = new Receipts(clock, send);
    this.#typing = new TypingState(clock, send, (id, typists) => this.emit('typing', { id, typists }));
    this.#poller = new Poller({
      clock,
      random,
      ids: () => this.#follower.ids(),
      poll: (id) => this.#poll(id),
      visible: options.visible ?? (() => true),
    });
  }

  get session(): VisitorSessionView | null {
    return this.#session.view;
  }
  get connection(): ConnectionState {
    return this.#connection.state;
  }
  get active(): Id | null {
    return this.#active;
  }
  pending(): Pending[] {
    return this.#sender.pending();
  }
  log(id: Id): VisitorLog {
    return this.#follower.log(id) ?? emptyLog();
  }

  /** Loads the outbox and connects in the background; works offline. */
  async start(): Promise<void> {
    this.#connection.start();
    await this.#sender.load();
  }

  stop(): void {
    this.#connection.stop();
    this.#sender.stop();
    this.#poller.stop();
    this.#typing.clear();
  }

  /** Tries again at once, also after a refusal. */
  reconnect(): void {
    if (this.#connection.state === 'refused') this.#connection.start();
    else this.#connection.wake();
  }

  /** Resolves with the client id when the message is safe in the outbox. */
  send(text: string): Promise<string> {
    if (this.#active) this.#typing.ended(this.#active);
    return this.#sender.add({ type: 'text', text }, null);
  }
  sendFile(body: FileBody, name: string, mediaType: string): Promise<string> {
    return this.#sender.add({ type: 'upload', name, media_type: mediaType, body }, null);
  }
  retry(clientId: string): void {
    this.#sender.retry(clientId);
  }
  discard(clientId: string): void {
    this.#sender.discard(clientId);
  }

  watch(id: Id): void {
    this.#follower.watch(id);
  }
  unwatch(id: Id): void {
    this.#follower.unwatch(id);
  }
  receipt(id: Id, delivered: Seq, read: Seq): void {
    this.#receipts.mark(id, delivered, read);
  }
  typing(id: Id, active: boolean): void {
    if (active) this.#typing.pressed(id);
    else this.#typing.stopped(id);
  }

  conversations(): Promise<VisitorConversation[]> {
    return this.#call(() => this.#api.conversations());
  }
  conversation(id: Id): Promise<VisitorConversationDetail> {
    return this.#call(() => this.#api.conversation(id));
  }
  /** One page before what the log has; false when there is nothing older. */
  async loadOlder(id: Id): Promise<boolean> {
    const log = this.log(id);
    if (!log.hasMore || !log.messages[0]) return false;
    const before = log.messages[0].seq;
    this.#follower.prepend(id, await this.#page(id, { before }));
    return this.log(id).hasMore;
  }
  async end(id: Id): Promise<VisitorConversation> {
    const conversation = await this.#call(() => this.#api.end(id));
    this.#follower.changed({ conversation, messages: [] });
    return conversation;
  }
  rate(id: Id, rating: Rate): Promise<RatingView> {
    return this.#call(() => this.#api.rate(id, rating));
  }
  /** Whether a message of the bot helped; null takes that back. */
  rateAnswer(id: Id, seq: Seq, helpful: boolean | null): Promise<void> {
    return this.#call(() => this.#api.rateAnswer(id, seq, helpful));
  }
  /** Entries for a question that is being typed; none where the bot is off. */
  suggest(q: string): Promise<VisitorSuggestion[]> {
    return this.#call(() => this.#api.suggest(q));
  }
  /** A published article; refused where the bot is off. */
  article(id: Id): Promise<ArticleView> {
    return this.#call(() => this.#api.article(id));
  }
  file(id: Id, thumbnail = false, signal?: AbortSignal): Promise<ArrayBuffer> {
    return this.#call(() => this.#api.file(id, thumbnail, signal));
  }

  /** Rejects with the server's reason; the visitor stays who they were. */
  async identify(jwt: string): Promise<void> {
    const before = this.#session.view;
    const view = await this.#session.identify(jwt);
    // The socket still speaks for the one it was opened by.
    const another = before && (view.token !== before.token || view.contact_id !== before.contact_id);
    if (another) this.#connection.restart();
  }
  /** Told to the server with the running session, or with the next. */
  async describe(change: { hints?: Hints; page?: Page }): Promise<void> {
    Object.assign(this.#session.details, change);
    if (this.#session.view) await this.#call(() => this.#session.start());
  }
  /** Forget everything on this device and begin as somebody new. */
  async reset(): Promise<void> {
    delete this.#session.details.hints;
    await this.#sender.clear();
    await this.#session.end().catch(() => {});
    this.#forget();
    this.#connection.restart();
  }

  #headers(): Record<string, string> {
    const token = this.#session.token;
    const { locale } = this.#options;
    return {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(locale ? { 'accept-language': locale } : {}),
    };
  }

  /** With a session; a dead one is renewed once. */
  async #call<T>(run: () => Promise<T>): Promise<T> {
    await this.#session.ensure();
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      this.#session.invalidate();
      await this.#session.ensure();
      return run();
    }
  }

  #page(id: Id, query: { before?: Seq; after?: Seq }): Promise<MessagePage> {
    return this.#call(() => this.#api.messages(id, query));
  }

  async #poll(id: Id): Promise<void> {
    const { conversation } = await this.conversation(id);
    const log = this.log(id);
    if (conversation.version === log.conversation?.version) return;
    const after = have(log);
    const epoch = this.#session.view?.epoch ?? '';
    const page = await this.#page(id, after > 0 ? { after } : {});
    if (after === 0) {
      this.#follower.snapshot({ recovered: false, conversation, ...page }, epoch);
      return;
    }
    const messages = [...page.messages];
    for (let more = page.has_more; more && messages.length > 0; ) {
      const next = await this.#page(id, { after: messages.at(-1)!.seq });
      messages.push(...next.messages);
      more = next.has_more && next.messages.length > 0;
    }
    this.#follower.changed({ conversation, messages });
  }

  #started(view: VisitorSessionView, before: VisitorSessionView | null): void {
    if (before && before.contact_id !== view.contact_id) this.#forget();
    this.emit('session', view);
    if (view.conversation) this.#activate(view.conversation.id);
  }

  #forget(): void {
    this.#follower.clear();
    this.#receipts.clear();
    this.#typing.clear();
    this.#active = null;
    this.emit('active', null);
  }

  #activate(id: Id): void {
    this.#follower.watch(id);
    if (this.#active === id) return;
    this.#active = id;
    this.emit('active', id);
  }

  #stateChanged(state: ConnectionState, reason: string | null): void {
    if (state === 'online') {
      this.#poller.stop();
    } else {
      this.#follower.disconnected();
      this.#sender.offline();
      if (state === 'waiting') this.#poller.start();
    }
    this.emit('connection', { state, reason });
  }

  #receive(frame: ServerFrame<VisitorConversation>): void {
    switch (frame.type) {
      case 'sent':
        return this.#sender.confirmed(frame);
      case 'changed':
        this.#follower.changed(frame);
        // Also when another tab or device of this visitor opened it.
        if (frame.conversation.status !== 'resolved') this.#activate(frame.conversation.id);
        return;
      case 'stream':
        return this.#follower.stream(frame);
      case 'typing':
        return this.#typing.received(frame);
      case 'resync':
        return this.#follower.askAll();
      case 'error':
        if (frame.client_id || frame.code === 'rate_limited') this.#sender.refused(frame);
        else if (frame.conversation_id && frame.code === 'not_found') {
          this.#follower.refused(frame.conversation_id);
        }
        return;
      default:
    }
  }

  #logged(id: Id, log: VisitorLog, added: readonly MessageView[]): void {
    for (const message of log.messages) {
      if (message.client_id && message.sender.kind === 'visitor') {
        this.#sender.confirmed({ ...message, client_id: message.client_id, duplicate: false });
      }
    }
    this.#typing.messages(id, added);
    this.emit('log', { id, log, added });
  }
}
