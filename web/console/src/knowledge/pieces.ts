// A section of an article as it is written: texts and the images between them, one below the other. What is
// written in a text stays there, so an image keeps its place among the lines.

import type { SectionImage } from '~/api/types';
import type { Section } from './sections';

export type Piece =
  /** Lines `from` to `to` of the section's text; `images` stand above it. */
  | { kind: 'text'; text: string; from: number; to: number; images: number }
  | { kind: 'image'; image: SectionImage; index: number };

const linesOf = (text: string) => (text === '' ? [] : text.split('\n'));
/** How many lines stand above it. */
const above = (image: SectionImage) => image.after ?? 0;
const says = (line: string | undefined) => line !== undefined && line.trim() !== '';

/** The last piece is always a text: there is room to go on. */
export function split({ text, images }: Section): Piece[] {
  const lines = linesOf(text);
  const pieces: Piece[] = [];
  let from = 0;
  const read = (to: number, index: number) =>
    pieces.push({ kind: 'text', text: lines.slice(from, to).join('\n'), from, to, images: index });
  images.forEach((image, index) => {
    const to = Math.max(from, Math.min(above(image), lines.length));
    if (to > from) read(to, index);
    pieces.push({ kind: 'image', image, index });
    from = to;
  });
  read(lines.length, images.length);
  return pieces;
}

/** Another text in place of a piece. An empty one between images stays a line: somebody writes there. */
export function write(section: Section, piece: Piece & { kind: 'text' }, text: string): Section {
  const isLast = piece.images === section.images.length;
  const written = text === '' && !isLast ? [''] : linesOf(text);
  return replace(section, piece, written);
}

/** A text between images that says nothing goes when nobody writes there any more. */
export function leave(section: Section, piece: Piece & { kind: 'text' }): Section {
  const isLast = piece.images === section.images.length;
  return isLast || piece.text.trim() !== '' ? section : replace(section, piece, []);
}

function replace(section: Section, piece: Piece & { kind: 'text' }, written: string[]): Section {
  const lines = linesOf(section.text).toSpliced(piece.from, piece.to - piece.from, ...written);
  const by = written.length - (piece.to - piece.from);
  const images = section.images.map((image, index) =>
    index < piece.images ? image : { ...image, after: above(image) + by },
  );
  return { ...section, text: lines.join('\n'), images };
}

/** The line of the section below which something at the caret goes. */
export function lineAt(piece: Piece & { kind: 'text' }, caret: number): number {
  const before = linesOf(piece.text.slice(0, caret));
  return piece.from + before.length - (before.at(-1) === '' ? 1 : 0);
}

/** Below so many lines, after the images that stand there. */
export function insert(section: Section, line: number, image: Omit<SectionImage, 'after'>): Section {
  const after = Math.min(line, linesOf(section.text).length);
  const place = section.images.filter((one) => above(one) <= after).length;
  return { ...section, images: section.images.toSpliced(place, 0, { ...image, after }) };
}

export const remove = (section: Section, index: number): Section => ({
  ...section,
  images: section.images.toSpliced(index, 1),
});

export const describe = (section: Section, index: number, alt: string): Section => ({
  ...section,
  images: section.images.with(index, { ...section.images[index]!, alt }),
});

/** One line that says something further up (-1) or down (1), or past the image that stands at the same place; and
 * which image it is then. Nothing where there is no way. */
export function move(section: Section, index: number, by: -1 | 1): { section: Section; index: number } | null {
  const { images } = section;
  const image = images[index];
  if (!image) return null;
  const other = images[index + by];
  const limit = other && above(other);
  if (other && limit === above(image)) {
    const swapped = images.with(index, other).with(index + by, image);
    return { section: { ...section, images: swapped }, index: index + by };
  }
  const lines = linesOf(section.text);
  let after = above(image);
  if (by > 0) {
    while (after < lines.length && !says(lines[after])) after += 1;
    if (after === lines.length && !other) return null;
    after = Math.min(after + 1, limit ?? lines.length);
  } else {
    while (after > 0 && !says(lines[after - 1])) after -= 1;
    if (after === 0 && !other) return null;
    after = Math.max(after - 1, limit ?? 0);
  }
  return after === above(image) ? null : placed(section, index, after);
}

const placed = (section: Section, index: number, after: number) => ({
  section: { ...section, images: section.images.with(index, { ...section.images[index]!, after }) },
  index,
});

/** The line above an image, for saying where it went. */
export function lineAbove({ text, images }: Section, index: number): string {
  return linesOf(text).slice(0, images[index]?.after ?? 0).findLast(says) ?? '';
}
