// A section of an article as it is read: its text and the images between its lines, one after another, with the
// quoted words marked wherever they stand.

export interface Span {
  text: string;
  marked: boolean;
}
export type ArticlePart<I> = { spans: Span[]; image?: undefined } | { image: I; spans?: undefined };

/** Blank lines around a piece of text; what stands above and below it has room of its own. */
const BLANK_START = /^(?:[^\S\n]*\n)+/;
const BLANK_END = /(?:\n[^\S\n]*)+$/;

/** `after` of an image is how many lines of the text stand above it. */
export function articleParts<I extends { after?: number }>(text: string, images: readonly I[], quote = ''): ArticlePart<I>[] {
  const at = quote ? text.indexOf(quote) : -1;
  const marked: [number, number] = at < 0 ? [0, 0] : [at, at + quote.length];
  const starts = lineStarts(text);
  const parts: ArticlePart<I>[] = [];
  let from = 0;
  const read = (to: number) => {
    const piece = text.slice(from, to);
    const start = from + (BLANK_START.exec(piece)?.[0].length ?? 0);
    const end = Math.max(start, to - (BLANK_END.exec(piece)?.[0].length ?? 0));
    const spans = cut(text, start, end, marked);
    if (text.slice(start, end).trim() !== '') parts.push({ spans });
    from = to;
  };
  for (const image of [...images].sort((a, b) => (a.after ?? 0) - (b.after ?? 0))) {
    read(starts[image.after ?? 0] ?? text.length);
    parts.push({ image });
  }
  read(text.length);
  return parts;
}

/** Where each line begins. */
function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function cut(text: string, start: number, end: number, [from, to]: [number, number]): Span[] {
  const within = (at: number) => Math.min(Math.max(at, start), end);
  return [
    { text: text.slice(start, within(from)), marked: false },
    { text: text.slice(within(from), within(to)), marked: true },
    { text: text.slice(within(to), end), marked: false },
  ].filter((span) => span.text !== '');
}
