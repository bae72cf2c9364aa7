// Texts of the interface. Messages are compiled at build time; what a page shows is loaded before
// it, in the language of the moment. The choice is kept for the login page.

import type { Locale } from '@octim/client';
import { format, type Format } from '@octim/ui';
import { computed, type ComputedRef } from 'vue';
import { createI18n, useI18n } from 'vue-i18n';

const KEY = 'octim.locale';

export const i18n = createI18n({
  legacy: false,
  locale: 'zh-CN',
  fallbackLocale: 'zh-CN',
  missingWarn: false,
  fallbackWarn: false,
  messages: {},
});

/** Texts come in files, one for each part of the console and language. */
export type TextFile = 'shell' | 'inbox' | 'knowledge' | 'learning' | 'settings' | 'connectors' | 'docs';

const files = import.meta.glob<{ default: Record<string, unknown> }>('../locales/*/*.json');
const loaded = new Set<string>();
// What has been on screen is there in the other language too, as soon as that is chosen.
const used = new Set<TextFile>(['shell', 'inbox']);

async function load(locale: Locale): Promise<void> {
  const missing = [...used]
    .map((name) => `../locales/${name}/${locale}.json`)
    .filter((path) => !loaded.has(path));
  for (const [path, texts] of await Promise.all(
    missing.map(async (path) => [path, (await files[path]!()).default] as const),
  )) {
    i18n.global.mergeLocaleMessage(locale, texts);
    loaded.add(path);
  }
}

/** Loads texts in the current language. A route names its own in `meta.texts`. */
export async function useTexts(names: TextFile[]): Promise<void> {
  for (const name of names) used.add(name);
  await load(currentLocale());
}

export function currentLocale(): Locale {
  return i18n.global.locale.value as Locale;
}

/** The language chosen on this device, else the browser's. */
export function deviceLocale(): Locale {
  const kept = localStorage.getItem(KEY);
  if (kept === 'zh-CN' || kept === 'en') return kept;
  return /^zh\b/i.test(navigator.language) ? 'zh-CN' : 'en';
}

export async function useLocale(locale: Locale): Promise<void> {
  await load(locale);
  (i18n.global.locale as { value: string }).value = locale;
  document.documentElement.lang = locale;
  localStorage.setItem(KEY, locale);
}

/** A text outside components. */
export function translate(key: string, named: Record<string, unknown> = {}): string {
  return i18n.global.t(key, named);
}

/** Formatting in the language of the interface and the device's time zone. */
export function useFormat(): ComputedRef<Format> {
  const { locale } = useI18n();
  return computed(() => format(locale.value as Locale));
}
