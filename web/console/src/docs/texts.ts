// The texts of the reference, which come with its chunk: the console itself needs none of them.

import { i18n } from '~/lib/i18n';
import en from '../locales/docs/en.json';
import zhCN from '../locales/docs/zh-CN.json';
import summaries from './summaries.zh-CN.json';

i18n.global.mergeLocaleMessage('zh-CN', zhCN);
i18n.global.mergeLocaleMessage('en', en);

/** The server describes itself in English; what a route does is said in Chinese too. */
export function summaryIn(locale: string, summary: string): string {
  return locale === 'zh-CN' ? ((summaries as Record<string, string>)[summary] ?? summary) : summary;
}
