// The texts of console and window in both languages, from the files that the builds use: a
// journey names a text by its key and so finds the same element in either language.

import { readFileSync } from 'node:fs';

const read = (path) => JSON.parse(readFileSync(new URL(`../../web/${path}`, import.meta.url), 'utf8'));

function reader(texts) {
  return (key, named = {}) => {
    const text = key.split('.').reduce((at, part) => at?.[part], texts);
    if (typeof text !== 'string') throw new Error(`there is no text ${key}`);
    return text.replace(/\{(\w+)\}/g, (all, name) => named[name] ?? all);
  };
}

export const LOCALES = ['zh-CN', 'en'];

/** `words('en').console('chat.accept')`, `words('en').window('send')`. */
export function words(locale) {
  const console = {};
  for (const part of ['shell', 'inbox', 'knowledge', 'learning', 'settings', 'connectors']) {
    for (const [group, texts] of Object.entries(read(`console/src/locales/${part}/${locale}.json`))) {
      console[group] = { ...console[group], ...texts };
    }
  }
  return { console: reader(console), window: reader(read(`widget/src/window/texts/${locale}.json`)) };
}
