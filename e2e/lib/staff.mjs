// The agent's side: logging in, and the console as a person uses it.

import { PASSWORD } from './octim.mjs';
import { sees, seesNot } from './see.mjs';
import { words } from './words.mjs';

/** Requests of a logged-in agent, for what a journey needs but is not about. */
export class Staff {
  static async login(context, octim, email, password = PASSWORD) {
    const staff = new Staff(context, octim);
    staff.me = await staff.#send('POST', '/api/login', { email, password });
    return staff;
  }

  constructor(context, octim) {
    this.context = context;
    this.octim = octim;
    this.me = null;
  }

  async #send(method, path, body) {
    const response = await this.context.request.fetch(this.octim.url + path, {
      method,
      headers: { origin: this.octim.url, ...(this.me ? { 'x-csrf-token': this.me.csrf_token } : {}) },
      ...(body === undefined ? {} : { data: body }),
    });
    const text = await response.text();
    if (!response.ok()) throw new Error(`${method} ${path}: ${response.status()} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  get(path) {
    return this.#send('GET', path);
  }
  post(path, body) {
    return this.#send('POST', path, body);
  }
  put(path, body) {
    return this.#send('PUT', path, body);
  }
  patch(path, body) {
    return this.#send('PATCH', path, body);
  }
  delete(path) {
    return this.#send('DELETE', path);
  }

  async channel() {
    return (await this.get('/api/channels')).channels[0];
  }
}

export class Console {
  constructor(page, octim, locale) {
    this.page = page;
    this.octim = octim;
    this.locale = locale;
    this.w = words(locale).console;
    this.list = page.getByRole('listbox', { includeHidden: false }).first();
    this.chat = page.getByRole('region', { name: this.w('chat.label') });
    this.composer = page.getByLabel(this.w('composer.text'), { exact: true });
    this.messages = page.getByRole('log');
  }

  /** A console that is logged in already; `staff` has its own API. */
  static async open(context, octim, name, { locale = 'zh-CN', path = '/console/inbox/queue', theme, presence = 'online' } = {}) {
    const staff = await Staff.login(context, octim, `${name}@demo.example`);
    await staff.patch('/api/me', { locale, ...(theme ? { theme } : {}) });
    await staff.put('/api/me/presence', { presence });
    const page = await context.newPage();
    const console = new Console(page, octim, locale);
    console.staff = staff;
    await page.goto(octim.url + path);
    await sees(page.getByRole('navigation', { name: console.w('nav.label') }));
    return console;
  }

  button(key, named) {
    return this.page.getByRole('button', { name: this.w(key, named), exact: true });
  }

  row(text) {
    return this.list.getByRole('option').filter({ hasText: text });
  }

  /** Presses a button that saves, and sees that it did: an earlier notice is not taken for this one's. */
  async saves(button) {
    const notice = this.page.getByText(this.w('common.saved'), { exact: true });
    await seesNot(notice);
    await button.click();
    await sees(notice);
  }

  /** A tab of the list. */
  view(name) {
    return this.page.locator(`#tab-${name}`);
  }

  async say(text) {
    await this.composer.fill(text);
    await this.composer.press('Enter');
  }

  said(text) {
    return this.messages.locator('.line', { hasText: text });
  }

  /** How far our message got: sent, delivered, read. */
  mark(text, state) {
    return this.said(text).locator(`.seen.${state}`);
  }
}
