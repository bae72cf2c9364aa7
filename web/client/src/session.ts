// The visitor's session: one token per channel, started on demand, renewed when the server
// forgot it. Only one request is on its way at a time.

import type { Http } from './http.js';
import type { Hints, Locale, Page, StartSession, VisitorSessionView } from './types.js';

/** Where the token lives: the window's own storage, never the host page's. */
export interface TokenStore {
  load(): string | null;
  save(token: string | null): void;
}

export class MemoryToken implements TokenStore {
  #token: string | null = null;
  load(): string | null {
    return this.#token;
  }
  save(token: string | null): void {
    this.#token = token;
  }
}

/** `localStorage`, or memory where that is blocked. */
export class LocalToken implements TokenStore {
  #memory = new MemoryToken();
  readonly #key: string;

  constructor(channel: string) {
    this.#key = `octim:token:${channel}`;
  }
  load(): string | null {
    try {
      return localStorage.getItem(this.#key) ?? this.#memory.load();
    } catch {
      return this.#memory.load();
    }
  }
  save(token: string | null): void {
    this.#memory.save(token);
    try {
      if (token === null) localStorage.removeItem(this.#key);
      else localStorage.setItem(this.#key, token);
    } catch {
      // Blocked: the session lasts as long as the page.
    }
  }
}

export interface SessionDetails {
  channel: string;
  hints?: Hints;
  page?: Page;
  locale?: Locale | null;
}

export class Session {
  view: VisitorSessionView | null = null;
  #starting: Promise<VisitorSessionView> | null = null;
  #before: VisitorSessionView | null = null;
  /** The token of the session that is being ended. */
  #ending: string | null = null;

  constructor(
    private readonly http: Http,
    private readonly store: TokenStore,
    readonly details: SessionDetails,
    /** `before` is the session that this one replaces. */
    private readonly onStart: (view: VisitorSessionView, before: VisitorSessionView | null) => void,
  ) {}

  get token(): string | null {
    return this.view?.token ?? this.#ending;
  }

  /** The running session, or a new one. */
  async ensure(): Promise<VisitorSessionView> {
    return this.view ?? this.start();
  }

  /** Continue with the stored token and tell the server what the page says now. */
  start(): Promise<VisitorSessionView> {
    this.#starting ??= this.#post(null).finally(() => (this.#starting = null));
    return this.#starting;
  }

  /** A JWT counts once: it is not kept. Rejects with the reason; the old session goes on. */
  async identify(identity: string): Promise<VisitorSessionView> {
    await this.#starting?.catch(() => {});
    return this.#post(identity);
  }

  /** Refused by the server: the next `ensure` starts anew. */
  invalidate(): void {
    this.#before = this.view ?? this.#before;
    this.view = null;
  }

  /** Also ends a session that was stored and not continued yet. */
  async end(): Promise<void> {
    this.#ending = this.token ?? this.store.load();
    this.view = null;
    this.#before = null;
    this.store.save(null);
    try {
      if (this.#ending) await this.http.json('DELETE', '/api/visitor/session');
    } finally {
      this.#ending = null;
    }
  }

  async #post(identity: string | null): Promise<VisitorSessionView> {
    const body: StartSession = {
      ...this.details,
      // The stored one may be newer than ours: another tab can have renewed it.
      token: this.view?.token ?? this.store.load(),
      identity,
    };
    const view = await this.http.json<VisitorSessionView>('POST', '/api/visitor/session', body);
    const before = this.view ?? this.#before;
    this.view = view;
    this.#before = null;
    this.store.save(view.token);
    this.onStart(view, before);
    return view;
  }
}
