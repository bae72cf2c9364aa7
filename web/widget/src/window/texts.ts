// Words in both languages, and the functions that put them on the screen.

import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Locale } from '@octim/client';
import en from './texts/en.json';
import zh from './texts/zh-CN.json';

export type TextKey = keyof typeof zh;
export type T = (key: TextKey, values?: Record<string, string | number>) => string;

const catalogues: Record<Locale, Record<TextKey, string>> = { 'zh-CN': zh, en };

export function texts(locale: Locale): T {
  const catalogue = catalogues[locale];
  return (key, values) =>
    catalogue[key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values?.[name] ?? whole));
}

/** Chinese for every `zh` tag, English for all others. */
export function localeOf(tag: string | null | undefined): Locale | null {
  return tag ? (/^zh/i.test(tag) ? 'zh-CN' : 'en') : null;
}

export const LocaleContext = createContext<Locale>('zh-CN');

export function useTexts(): T {
  return texts(useContext(LocaleContext));
}
