// What a route does, in the reader's language.

import summaries from './summaries.zh-CN.json';

/** The server describes itself in English; what a route does is said in Chinese too. */
export function summaryIn(locale: string, summary: string): string {
  return locale === 'zh-CN' ? ((summaries as Record<string, string>)[summary] ?? summary) : summary;
}
