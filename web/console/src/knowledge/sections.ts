// The sections of an article: whether they say anything, and what a version changed in them and in their images.

import type { EntryBody, SectionImage } from '~/api/types';
import { type Part, wordDiff } from './diff';

export type Section = EntryBody['sections'][number];

export const emptySection = (): Section => ({ heading: '', text: '', images: [] });
export const isArticle = (content: { sections?: readonly Section[] }) => (content.sections?.length ?? 0) > 0;
export const saysSomething = ({ heading, text, images }: Section) =>
  heading.trim() !== '' || text.trim() !== '' || images.length > 0;
export const countImages = (sections: readonly Section[]) => sections.reduce((sum, one) => sum + one.images.length, 0);

/** The text with a line for each image where it stands; `nameOf` says what it is. */
function written({ text, images }: Section, nameOf: (image: SectionImage) => string): string {
  const lines = text === '' ? [] : text.split('\n');
  for (const image of images.toReversed()) lines.splice(image.after ?? 0, 0, `[${nameOf(image)}]`);
  return lines.join('\n');
}

/** Sections are told apart by their headings; one that only moved has not changed. */
export function sectionDiff(
  before: readonly Section[],
  now: readonly Section[],
  nameOf: (image: SectionImage) => string,
): { heading: string; parts: Part[] }[] {
  const textOf = (section: Section) => written(section, nameOf);
  const whole = (section: Section) => [section.heading, textOf(section)].filter(Boolean).join('\n');
  const left = [...before];
  const take = (heading: string) => {
    const at = left.findIndex((one) => one.heading === heading);
    return at < 0 ? null : left.splice(at, 1)[0]!;
  };
  const kept = now.map((section) => ({ section, old: take(section.heading) }));
  const changed = kept.map(({ section, old }) => ({
    heading: section.heading,
    parts: old ? wordDiff(textOf(old), textOf(section)) : [{ kind: 'added' as const, text: whole(section) }],
  }));
  const removed = left.map((section) => ({
    heading: section.heading,
    parts: [{ kind: 'removed' as const, text: whole(section) }],
  }));
  return [...changed, ...removed].filter(({ parts }) => parts.some((part) => part.kind !== 'same'));
}
