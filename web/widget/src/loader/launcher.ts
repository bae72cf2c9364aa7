// Launcher button, frame and what the site's scripts may ask for. The frame is made on the
// first intent; the handshake accepts one window, of one origin, and hands over one port.

import { type HintFacts, PORT, READY, type ToLoader, type ToWindow, isToLoader } from '../shared/port.js';
import { flashTitle } from './flash.js';
import { facts, hints, icon, isLight } from './page.js';
import { css } from './style.js';

export interface LauncherOptions {
  host: string;
  channel: string;
  color: string;
  left: boolean;
  locale: string;
}

type Listener = (detail?: unknown) => void;

const SANDBOX = 'allow-scripts allow-same-origin allow-forms allow-popups allow-downloads';
const PAGE_MS = 2000;

export class Launcher {
  #root = document.createElement('div');
  #box = document.createElement('div');
  #button = document.createElement('button');
  #badge = document.createElement('span');
  #frame: HTMLIFrameElement | null = null;
  #port: MessagePort | null = null;
  #waiting: ToWindow[] = [];
  #listeners: Record<string, Listener[]> = {};
  #hints: HintFacts = {};
  #open = false;
  #unread = 0;
  #pageSent = '';
  #pageTimer: ReturnType<typeof setTimeout> | undefined;
  #overflow = '';
  #zh: boolean;
  #small = matchMedia('(max-width:480px),(max-height:480px)');

  constructor(private readonly options: LauncherOptions) {
    this.#zh = /^zh/i.test(options.locale || navigator.language);
    this.#build();
  }

  mount(): void {
    const attach = () => {
      if (!this.#root.isConnected && document.body) document.body.append(this.#root);
    };
    attach();
    // Frameworks that replace the body's content must not take the button with it.
    new MutationObserver(attach).observe(document.documentElement, { childList: true });
    new MutationObserver(attach).observe(document.body, { childList: true });
    for (const name of ['focus', 'blur']) addEventListener(name, () => setTimeout(() => this.#tell()));
    document.addEventListener('visibilitychange', () => this.#tell());
    addEventListener('message', (event) => this.#handshake(event));
    window.visualViewport?.addEventListener('resize', () => this.#fit());
    window.visualViewport?.addEventListener('scroll', () => this.#fit());
    this.#small.addEventListener?.('change', () => this.#layout());
    const kept = this.#remembered();
    if (kept) this.#load();
    if (kept === 'open' && !this.#small.matches) this.#setOpen(true, false);
  }

  /** `octim('open')`, `octim('on', 'unread', fn)` … */
  call(name: string, ...rest: unknown[]): void {
    const [first, second] = rest;
    if (name === 'open') this.#setOpen(true);
    else if (name === 'close') this.#setOpen(false);
    else if (name === 'toggle') this.#setOpen(!this.#open);
    else if (name === 'hide' || name === 'show') this.#box.hidden = name === 'hide';
    else if (name === 'on' && typeof second === 'function') {
      (this.#listeners[String(first)] ??= []).push(second as Listener);
    } else if (name === 'identify' && typeof first === 'string') {
      this.#say({ type: 'identify', jwt: first });
    } else if (name === 'set' && first && typeof first === 'object') {
      this.#hints = { ...this.#hints, ...hints(first as Record<string, unknown>) };
      this.#say({ type: 'hints', hints: this.#hints });
    } else if (name === 'reset') {
      this.#hints = {};
      this.#waiting = [];
      this.#load();
      this.#say({ type: 'reset' });
      this.#remember('');
    }
  }

  #build(): void {
    const { color, left } = this.options;
    const shadow = this.#root.attachShadow({ mode: 'open' });
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      shadow.adoptedStyleSheets = [sheet];
    } catch {
      // Safari before 16.4; a strict style-src would refuse this element.
      shadow.append(Object.assign(document.createElement('style'), { textContent: css }));
    }
    if (/^#[0-9a-f]{6}$/i.test(color)) {
      this.#box.style.setProperty('--c', color);
      this.#box.style.setProperty('--i', isLight(color) ? '#16202e' : '#fff');
    }
    if (left) this.#box.className = 'l';
    this.#button.type = 'button';
    this.#button.className = 'b';
    this.#badge.className = 'n';
    this.#button.append(
      icon('t', 'M21 12a8.5 8.5 0 0 1-12.3 7.6L3.5 21l1.4-5.2A8.5 8.5 0 1 1 21 12zM8.5 12h.01M12.5 12h.01M16.5 12h.01'),
      icon('x', 'm6 9.5 6 6 6-6'),
      this.#badge,
    );
    this.#button.onclick = () => this.#setOpen(!this.#open);
    this.#box.onkeydown = (event) => {
      if (event.key === 'Escape' && this.#open) this.#setOpen(false);
    };
    this.#box.append(this.#button);
    shadow.append(this.#box);
    this.#label();
  }

  #load(): void {
    if (this.#frame) return;
    const { host, channel, locale } = this.options;
    if (location.origin === 'null') return void open(`${host}/chat/${channel}`, '_blank', 'noopener');
    const query = new URLSearchParams({ channel, origin: location.origin });
    if (locale) query.set('locale', locale);
    const frame = document.createElement('iframe');
    frame.className = 'f';
    frame.title = this.#zh ? '在线客服' : 'Chat with us';
    frame.setAttribute('sandbox', SANDBOX);
    frame.allow = 'autoplay; clipboard-write';
    frame.src = `${host}/window?${query}`;
    this.#frame = frame;
    this.#box.prepend(frame);
  }

  #handshake(event: MessageEvent): void {
    const { host } = this.options;
    const target = this.#frame?.contentWindow;
    if (event.data !== READY || event.origin !== host || !target || event.source !== target) return;
    this.#port?.close();
    const channel = new MessageChannel();
    this.#port = channel.port1;
    this.#port.onmessage = ({ data }) => {
      if (isToLoader(data)) this.#hear(data);
    };
    target.postMessage(PORT, host, [channel.port2]);
    this.#pageSent = '';
    this.#sendPage();
    if (Object.keys(this.#hints).length) this.#say({ type: 'hints', hints: this.#hints });
    for (const message of this.#waiting.splice(0)) this.#port.postMessage(message);
    this.#tell();
  }

  #hear(message: ToLoader): void {
    if (message.type === 'open') this.#setOpen(true);
    else if (message.type === 'close') this.#setOpen(false);
    else if (message.type === 'event') this.#emit(message.name, message.detail);
    else if (message.type === 'unread') {
      if (message.count === this.#unread) return;
      this.#unread = message.count;
      this.#label();
      this.#emit('unread', message.count);
    } else {
      this.#box.classList.toggle('p', message.height > 0 && !this.#open);
      this.#layout(message.height);
    }
  }

  #setOpen(open: boolean, focus = true): void {
    if (open) this.#load();
    if (!this.#frame || this.#open === open) return;
    this.#open = open;
    this.#box.classList.toggle('o', open);
    this.#box.classList.remove('p');
    this.#layout();
    this.#label();
    this.#remember(open ? 'open' : 'loaded');
    this.#sendPage();
    this.#tell();
    if (focus) {
      if (open) this.#frame.focus();
      else this.#button.focus();
    }
    this.#emit(open ? 'open' : 'close');
  }

  /** Full screen on small screens, without the page scrolling behind it. */
  #layout(previewHeight = 0): void {
    const full = this.#small.matches && this.#open;
    this.#box.classList.toggle('m', this.#small.matches);
    const { style } = document.documentElement;
    if (full && style.overflow !== 'hidden') {
      this.#overflow = style.overflow;
      style.overflow = 'hidden';
    } else if (!full && style.overflow === 'hidden') {
      style.overflow = this.#overflow;
    }
    if (this.#frame) this.#frame.style.height = previewHeight ? `${previewHeight}px` : '';
    this.#fit();
  }

  /** Follows the keyboard: the frame fills what is left of the screen. */
  #fit(): void {
    const frame = this.#frame;
    if (!frame) return;
    const view = window.visualViewport;
    const full = this.#open && this.#small.matches && view;
    frame.style.top = full ? `${view.offsetTop}px` : '';
    if (full) frame.style.height = `${view.height}px`;
  }

  #say(message: ToWindow): void {
    if (this.#port) this.#port.postMessage(message);
    else if (message.type !== 'hints') this.#waiting.push(message);
  }

  #tell(): void {
    const focused = document.hasFocus() && document.visibilityState === 'visible';
    if (this.#port) this.#say({ type: 'state', open: this.#open, focused });
  }

  #sendPage(): void {
    const key = location.href + document.title;
    if (this.#port && key !== this.#pageSent) {
      this.#pageSent = key;
      this.#say({ type: 'page', page: facts() });
    }
    // Single-page sites change the address without telling; looked at only while it matters.
    clearTimeout(this.#pageTimer);
    if (this.#open) this.#pageTimer = setTimeout(() => this.#sendPage(), PAGE_MS);
  }

  #label(): void {
    const count = this.#unread;
    const action = this.#zh
      ? this.#open ? '收起客服窗口' : '联系客服'
      : this.#open ? 'Close chat' : 'Open chat';
    const news = this.#zh ? `，${count} 条新消息` : `, ${count} new`;
    this.#button.setAttribute('aria-label', action + (count ? news : ''));
    this.#button.setAttribute('aria-expanded', String(this.#open));
    this.#badge.textContent = count ? (count > 99 ? '99+' : String(count)) : '';
    flashTitle(count ? (this.#zh ? `【${count} 条新消息】` : `(${count}) New message · `) : '');
  }

  #emit(name: string, detail?: unknown): void {
    for (const listener of this.#listeners[name] ?? []) {
      try {
        listener(detail);
      } catch (error) {
        console.error(error);
      }
    }
  }

  /** Only after the first intent: the next page of the site shows the chat as it was. */
  #remember(value: string): void {
    try {
      sessionStorage.setItem(`octim:${this.options.channel}`, value);
    } catch {
      // No storage: the next page starts with the button.
    }
  }

  #remembered(): string | null {
    try {
      return sessionStorage.getItem(`octim:${this.options.channel}`);
    } catch {
      return null;
    }
  }
}
