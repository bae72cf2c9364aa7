// The window's state: what the client knows, and what is open on the screen. Components read
// it with `useStore` and call the methods; nothing else talks to the client.

import { createContext } from 'preact';
import { useContext, useLayoutEffect, useState } from 'preact/hooks';
import type { Id, Locale, MessageView, Rate, VisitorClient, VisitorConversation, VisitorLog } from '@octim/client';
import { playTone } from '@octim/ui';
import type { Bridge } from './bridge.js';
import { loadSound, saveDraft, saveSound } from './settings.js';
import type { State, View } from './state.js';
import { localeOf } from './texts.js';

/** Until then a connection is simply "on its way". */
const SLOW_MS = 2_000;
/** Settings older than this are asked for again when the window opens. */
const STALE_MS = 60_000;
/** An ended conversation is shown again when it is not older than this. */
const RECENT_MS = 24 * 3_600_000;

export class Store {
  state: State;
  #listeners = new Set<() => void>();
  #slowTimer: ReturnType<typeof setTimeout> | undefined;
  #read = new Map<Id, number>();
  #statuses = new Map<Id, string>();
  /** When the channel's settings were heard last. */
  #heardAt = Date.now();
  /** The message from which an article was opened last. */
  leftFrom: number | null = null;

  constructor(
    readonly client: VisitorClient,
    readonly channel: string,
    private readonly askedLocale: Locale | null,
    private readonly bridge: Bridge | null,
  ) {
    this.state = {
      locale: askedLocale ?? localeOf(navigator.language) ?? 'zh-CN',
      settings: null,
      connection: 'idle',
      reason: null,
      slow: false,
      thread: [],
      pending: [],
      typists: [],
      view: { name: 'chat' },
      dialog: null,
      history: [],
      ratings: {},
      feedback: {},
      sound: loadSound(),
      open: bridge === null,
      focused: true,
      preview: null,
      unread: 0,
      generation: 0,
    };
    this.#listen();
  }

  /** The next message goes to the bot. */
  get withBot(): boolean {
    const status = this.current?.status ?? 'resolved';
    return status === 'bot' || (status === 'resolved' && !!this.state.settings?.bot);
  }

  get framed(): boolean {
    return this.bridge !== null;
  }
  /** The conversation that is shown last. */
  get current(): VisitorConversation | null {
    const id = this.state.thread[this.state.thread.length - 1];
    return id ? this.client.log(id).conversation : null;
  }
  /** Somebody is looking. */
  get watched(): boolean {
    return this.state.open && document.visibilityState === 'visible' && (this.state.focused || document.hasFocus());
  }
  logs(): VisitorLog[] {
    return this.state.thread.map((id) => this.client.log(id));
  }

  subscribe(run: () => void): () => void {
    this.#listeners.add(run);
    return () => this.#listeners.delete(run);
  }
  set(change: Partial<State>): void {
    this.state = { ...this.state, ...change };
    for (const run of [...this.#listeners]) run();
  }

  // What a person does

  close(): void {
    this.bridge?.say({ type: 'close' });
  }
  openFromPreview(): void {
    this.bridge?.say({ type: 'open' });
  }
  dismissPreview(): void {
    this.set({ preview: null });
    this.bridge?.say({ type: 'preview', height: 0 });
  }
  previewHeight(height: number): void {
    if (this.state.preview && !this.state.open) this.bridge?.say({ type: 'preview', height });
  }
  toggleSound(): void {
    saveSound(!this.state.sound);
    this.set({ sound: !this.state.sound });
    if (this.state.sound) void playTone('message');
  }
  sendFiles(files: Iterable<File>): void {
    for (const file of files) void this.client.sendFile(file, file.name || 'image.png', file.type);
  }
  /** Everything of a conversation up to `seq` was on the screen while somebody looked. */
  seen(id: Id, seq: number): void {
    if (!this.watched || seq <= (this.#read.get(id) ?? 0)) return;
    this.#read.set(id, seq);
    this.client.receipt(id, seq, seq);
    this.#count();
  }
  show(view: View): void {
    const { view: before, thread } = this.state;
    if (before.name === 'past' && !thread.includes(before.id)) this.client.unwatch(before.id);
    if (view.name === 'past') this.client.watch(view.id);
    this.set({ view });
    if (view.name === 'history') void this.loadHistory();
    if (view.name === 'past') void this.loadRating(view.id);
  }
  async loadHistory(): Promise<void> {
    this.set({ history: 'loading' });
    try {
      this.set({ history: await this.client.conversations() });
    } catch {
      this.set({ history: 'failed' });
    }
  }
  async loadRating(id: Id): Promise<void> {
    try {
      const { rating, feedback } = await this.client.conversation(id);
      const given = Object.fromEntries((feedback ?? []).map((one) => [`${id}:${one.seq}`, one.helpful]));
      this.set({
        ratings: { ...this.state.ratings, [id]: rating ?? null },
        feedback: { ...this.state.feedback, ...given },
      });
    } catch {
      // Asked again when the conversation is opened again.
    }
  }
  async rate(id: Id, rate: Rate): Promise<void> {
    const rating = await this.client.rate(id, rate);
    this.set({ ratings: { ...this.state.ratings, [id]: rating } });
    this.bridge?.say({ type: 'event', name: 'rated', detail: String(rating.stars) });
  }
  /** Shown at once; taken back when the server does not take it. */
  async rateAnswer(message: MessageView, helpful: boolean | null): Promise<void> {
    const key = `${message.conversation_id}:${message.seq}`;
    const before = this.state.feedback[key] ?? null;
    this.set({ feedback: { ...this.state.feedback, [key]: helpful } });
    try {
      await this.client.rateAnswer(message.conversation_id, message.seq, helpful);
    } catch {
      this.set({ feedback: { ...this.state.feedback, [key]: before } });
    }
  }
  async end(): Promise<void> {
    const { current } = this;
    if (current) await this.client.end(current.id);
    this.set({ dialog: null });
  }

  // What the site does

  hostState(open: boolean, focused: boolean): void {
    if (open && this.state.preview) this.dismissPreview();
    const opened = open && !this.state.open;
    this.set({ open, focused });
    // Whether somebody is there to answer may have changed since.
    if (opened && Date.now() - this.#heardAt > STALE_MS) void this.client.describe({}).catch(() => {});
  }
  async reset(): Promise<void> {
    saveDraft(this.channel, '');
    await this.client.reset();
    this.set({ generation: this.state.generation + 1 });
  }
  async identify(jwt: string): Promise<void> {
    try {
      await this.client.identify(jwt);
      this.bridge?.say({ type: 'event', name: 'identified', detail: 'ok' });
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'network';
      this.bridge?.say({ type: 'event', name: 'identified', detail: code.slice(0, 64) });
    }
  }

  #listen(): void {
    const { client } = this;
    client.on('connection', ({ state, reason }) => {
      if (state === 'online' || state === 'refused') {
        clearTimeout(this.#slowTimer);
        this.#slowTimer = undefined;
        this.set({ connection: state, reason, slow: false });
        if (state === 'refused') this.bridge?.say({ type: 'event', name: 'refused', detail: reason ?? '' });
      } else {
        this.#slowTimer ??= setTimeout(() => this.set({ slow: true }), SLOW_MS);
        this.set({ connection: state, reason: null, typists: [] });
      }
    });
    client.on('session', (view) => {
      this.#heardAt = Date.now();
      this.set({
        settings: view.channel,
        locale: this.askedLocale ?? view.channel.locale ?? this.state.locale,
      });
      if (!view.conversation && this.state.thread.length === 0) void this.#findRecent();
      this.bridge?.say({ type: 'event', name: 'ready', detail: '' });
    });
    client.on('active', (id) => {
      if (id === null) {
        this.#read.clear();
        this.#statuses.clear();
        this.set({ thread: [], ratings: {}, feedback: {}, history: [], typists: [], unread: 0, preview: null, view: { name: 'chat' } });
        this.bridge?.say({ type: 'unread', count: 0 });
      } else if (!this.state.thread.includes(id)) {
        this.set({ thread: [...this.state.thread, id] });
      }
    });
    client.on('pending', (pending) => this.set({ pending }));
    client.on('typing', ({ id, typists }) => {
      if (id === this.current?.id) this.set({ typists: typists.filter((one) => one.side === 'staff') });
    });
    client.on('sent', () => this.bridge?.say({ type: 'event', name: 'message', detail: 'visitor' }));
    client.on('log', ({ id, log, added }) => this.#logged(id, log, added));
  }

  #logged(id: Id, log: VisitorLog, added: readonly MessageView[]): void {
    const { conversation } = log;
    if (!conversation || !this.state.thread.includes(id)) return this.set({});
    const last = log.messages[log.messages.length - 1]?.seq ?? 0;
    const read = Math.max(this.#read.get(id) ?? 0, conversation.visitor_read);
    this.#read.set(id, read);
    if (last > 0) this.client.receipt(id, last, read);
    const before = this.#statuses.get(id);
    this.#statuses.set(id, conversation.status);
    const hasBot = before === undefined && log.messages.some((message) => message.sender.kind === 'bot');
    if (hasBot || (conversation.status === 'resolved' && before !== 'resolved')) void this.loadRating(id);
    if (before && before !== conversation.status) {
      this.bridge?.say({ type: 'event', name: 'status', detail: conversation.status });
    }
    const answers = added.filter((message) => message.seq > read && isAnswer(message));
    const newest = answers[answers.length - 1];
    if (newest && before) {
      this.bridge?.say({ type: 'event', name: 'message', detail: 'staff' });
      if (this.state.sound && !this.watched) void playTone('message');
    }
    this.set(newest && this.framed && !this.state.open ? { preview: newest } : {});
    this.#count();
  }

  #count(): void {
    let unread = 0;
    for (const id of this.state.thread) {
      const read = this.#read.get(id) ?? 0;
      unread += this.client.log(id).messages.filter((m) => m.seq > read && isAnswer(m)).length;
    }
    if (unread === this.state.unread) return;
    this.set({ unread });
    this.bridge?.say({ type: 'unread', count: unread });
  }

  /** Nothing is going on: show what was said last, if that was not long ago. */
  async #findRecent(): Promise<void> {
    try {
      const [newest] = await this.client.conversations();
      if (!newest || Date.now() - newest.active_at > RECENT_MS || this.state.thread.length) return;
      this.set({ thread: [newest.id] });
      this.client.watch(newest.id);
    } catch {
      // The history is still there.
    }
  }
}

export function isAnswer(message: MessageView): boolean {
  return message.sender.kind === 'agent' || message.sender.kind === 'bot';
}

export const StoreContext = createContext<Store>(null as never);

/** The store; the component is drawn again with every change. */
export function useStore(): Store {
  const store = useContext(StoreContext);
  const [, draw] = useState(0);
  const drawn = store.state;
  // Before the browser paints, so that nothing that happens in between is missed.
  useLayoutEffect(() => {
    const again = () => draw((count) => count + 1);
    if (store.state !== drawn) again();
    return store.subscribe(again);
  }, [store]);
  return store;
}
