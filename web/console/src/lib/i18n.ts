// Texts of the interface. Messages are compiled at build time and a language is loaded when
// it is first used; the choice is kept for the login page.

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

const loaders: Record<Locale, () => Promise<{ default: Record<string, unknown> }>> = {
  'zh-CN': () => import('../locales/zh-CN'),
  en: () => import('../locales/en'),
};

const loaded = new Set<Locale>();

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
  if (!loaded.has(locale)) {
    // Merged: the texts of a page that came first stay.
    i18n.global.mergeLocaleMessage(locale, (await loaders[locale]()).default);
    loaded.add(locale);
  }
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
