// Where words and arcs of one sentence stand in a drawing, and how a text falls into pieces
// at the ends of spans. Positions of the server count characters, not UTF-16 units.

import type { LanguageAnalysis, LanguageSentence } from '~/api/types';

export interface Word {
  at: number;
  text: string;
  pos: string;
  x: number;
  width: number;
}

export interface Drawn {
  from: Word;
  to: Word | null;
  label: string;
  /** How far above the words; 1 is the lowest. */
  level: number;
}

export interface Drawing {
  words: Word[];
  arcs: Drawn[];
  width: number;
  levels: number;
}

const GAP = 14;
const LEAST = 46;

/** About as wide as it is drawn at 14 px. */
export function widthOf(text: string): number {
  const units = [...text].reduce((sum, letter) => sum + (letter.charCodeAt(0) > 0x2e7f ? 14.5 : 8), 0);
  return Math.max(LEAST, units);
}

/** The words of a sentence side by side, short arcs below long ones. */
export function draw(analysis: LanguageAnalysis, sentence: LanguageSentence): Drawing {
  let x = GAP;
  const end = sentence.first_token + sentence.tokens;
  const words = analysis.tokens.slice(sentence.first_token, end).map((token, index) => {
    const width = widthOf(token.text);
    const word = { at: sentence.first_token + index, text: token.text, pos: token.pos, x: x + width / 2, width };
    x += width + GAP;
    return word;
  });
  const byPlace = new Map(words.map((word) => [word.at, word]));
  const own = analysis.arcs.filter((arc) => byPlace.has(arc.dependent));
  const span = (a: number, b: number | null | undefined) => (b == null ? 0 : Math.abs(a - b));
  const taken: { low: number; high: number; level: number }[] = [];
  const arcs = own
    .slice()
    .sort((a, b) => span(a.dependent, a.head) - span(b.dependent, b.head) || a.dependent - b.dependent)
    .map((arc): Drawn => {
      const from = byPlace.get(arc.dependent)!;
      const to = arc.head == null ? null : (byPlace.get(arc.head) ?? null);
      if (!to) return { from, to, label: arc.label, level: 0 };
      const [low, high] = [Math.min(from.at, to.at), Math.max(from.at, to.at)];
      const below = taken.filter((one) => one.low < high && low < one.high).map((one) => one.level);
      const level = Math.max(0, ...below) + 1;
      taken.push({ low, high, level });
      return { from, to, label: arc.label, level };
    });
  const levels = Math.max(1, ...arcs.map((arc) => arc.level));
  for (const arc of arcs) if (!arc.to) arc.level = levels + 1;
  return { words, arcs, width: x, levels: levels + 1 };
}

export interface Span {
  start: number;
  end: number;
}

export interface Piece<S> {
  text: string;
  spans: S[];
}

/** The text cut at every end of a span; each piece knows which spans it lies in. */
export function pieces<S extends Span>(text: string, spans: S[]): Piece<S>[] {
  const letters = [...text];
  const cuts = new Set([0, letters.length]);
  for (const { start, end } of spans) {
    cuts.add(Math.min(start, letters.length));
    cuts.add(Math.min(end, letters.length));
  }
  const places = [...cuts].sort((a, b) => a - b);
  return places.slice(1).map((end, index) => {
    const start = places[index]!;
    return {
      text: letters.slice(start, end).join(''),
      spans: spans.filter((span) => span.start <= start && end <= span.end),
    };
  });
}
