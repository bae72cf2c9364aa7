// Both languages have the same texts with the same values in them, and every text that the
// code asks for exists.

import { describe, expect, it } from 'vitest';

type Tree = { [key: string]: string | Tree };
const files = import.meta.glob<{ default: Tree }>('../src/locales/*/*.json', { eager: true });
const sources = import.meta.glob<string>('../src/**/*.{vue,ts}', {
  eager: true,
  query: '?raw',
  import: 'default',
});

function flat(tree: Tree, prefix = ''): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[prefix + key, value] as [string, string]] : flat(value, `${prefix}${key}.`),
  );
}

function texts(locale: string, file = ''): Map<string, string> {
  return new Map(
    Object.entries(files).flatMap(([path, module]) =>
      path.endsWith(`${file}/${locale}.json`) ? flat(module.default) : [],
    ),
  );
}

const zh = texts('zh-CN');
const en = texts('en');
const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

describe('texts', () => {
  it('exist in both languages', () => {
    expect(zh.size).toBeGreaterThan(200);
    expect([...en.keys()].sort()).toEqual([...zh.keys()].sort());
  });

  it('use the same values in both languages', () => {
    for (const [key, text] of zh) expect([key, names(text)]).toEqual([key, names(en.get(key) ?? '')]);
  });

  it('are in their language', () => {
    const chinese = /\p{Script=Han}/u;
    const same = new Set(['common.otherLanguage', 'bot.soothingExample.zh', 'benefits.messageExample.zh']);
    for (const [key, text] of en) if (!same.has(key)) expect([key, chinese.test(text)]).toEqual([key, false]);
  });

  // What each folder may show: its own texts, and those that are always there. Pages name theirs
  // in `meta.texts` of the router.
  const loaded: Record<string, string[]> = {
    knowledge: ['knowledge', 'learning'],
    learning: ['knowledge', 'learning'],
    language: ['knowledge', 'learning'],
    settings: ['settings', 'learning'],
    connectors: ['settings', 'connectors'],
    docs: ['docs'],
  };

  it('exist for every key in the code, and are loaded where it stands', () => {
    const missing: string[] = [];
    for (const [path, source] of Object.entries(sources)) {
      const names = ['shell', 'inbox', ...(loaded[path.split('/')[2]!] ?? [])];
      const there = names.flatMap((name) => [...texts('zh-CN', name).keys()]);
      const asks = (key: string) =>
        key.includes('${') ? there.some((k) => k.startsWith(key.split('${')[0]!)) : there.includes(key);
      for (const [, , key] of source.matchAll(
        /\b(?:\$?t|translate)\((?:[^()'"`]*\? )?(['`])([a-z][a-zA-Z]+\.[^'`]+)\1/g,
      )) {
        if (!asks(key!)) missing.push(`${path}: ${key}`);
      }
    }
    expect(missing).toEqual([]);
  });
});
