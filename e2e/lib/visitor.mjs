// The visitor's side as a person uses it: the button on a site, the window in its frame.

import { words } from './words.mjs';
import { sees } from './see.mjs';

export class ChatWindow {
  /** `root`: the frame's content, or the page itself for the hosted page. */
  constructor(page, root, locale) {
    this.page = page;
    this.root = root;
    this.w = words(locale).window;
    this.field = root.getByLabel(this.w('message_field'), { exact: true });
    this.log = root.getByRole('log');
  }

  async say(text) {
    await this.field.fill(text);
    await this.field.press('Enter');
  }

  mine(text) {
    return this.root.locator('.row.mine', { hasText: text });
  }

  theirs(text) {
    return this.root.locator('.row.theirs', { hasText: text });
  }

  /** The marks of own messages: sending, sent, delivered, read, failed. */
  mark(text, state) {
    return this.mine(text).locator(`.mark.${state}`);
  }

  notice(key, named) {
    return this.root.locator('.notice', { hasText: this.w(key, named) });
  }

  async menu(key) {
    await this.root.getByRole('button', { name: this.w('menu'), exact: true }).click();
    await this.root.getByRole('menuitem', { name: this.w(key), exact: true }).click();
  }

  /** All texts of the conversation, in order. */
  texts() {
    return this.root.locator('.row .bubble').allInnerTexts();
  }
}

export const launcher = (page) => page.locator('button.b');

/** Clicks the button on the site and gives the window. */
export async function openChat(page, locale = 'zh-CN') {
  await launcher(page).click();
  return chatOn(page, locale);
}

/** The window of a page where it is open already. */
export async function chatOn(page, locale = 'zh-CN') {
  const chat = new ChatWindow(page, page.locator('iframe.f').contentFrame(), locale);
  await sees(chat.field);
  return chat;
}
