// The sections of an article: whether they say anything, and what a version changed in them.

import type { EntryBody } from '~/api/types';
import { type Part, wordDiff } from './diff';

export type Section = EntryBody['sections'][number];

export const emptySection = (): Section => ({ heading: '', text: '' });
export const isArticle = (content: { sections?: readonly Section[] }) => (content.sections?.length ?? 0) > 0;
export const saysSomething = (section: Section) => section.heading.trim() !== '' || section.text.trim() !== '';

const whole = ({ heading, text }: Section) => [heading, text].filter(Boolean).join('\n');

/** Sections are told apart by their headings; one that only moved has not changed. */
export function sectionDiff(before: readonly Section[], now: readonly Section[]): { heading: string; parts: Part[] }[] {
  const left = [...before];
  const take = (heading: string) => {
    const at = left.findIndex((one) => one.heading === heading);
    return at < 0 ? null : left.splice(at, 1)[0]!;
  };
  const kept = now.map((section) => ({ section, old: take(section.heading) }));
  const changed = kept.map(({ section, old }) => ({
    heading: section.heading,
    parts: old ? wordDiff(old.text, section.text) : [{ kind: 'added' as const, text: whole(section) }],
  }));
  const removed = left.map((section) => ({
    heading: section.heading,
    parts: [{ kind: 'removed' as const, text: whole(section) }],
  }));
  return [...changed, ...removed].filter(({ parts }) => parts.some((part) => part.kind !== 'same'));
}
