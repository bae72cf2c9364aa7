// Where words and arcs are drawn, and where a text is cut.

import { describe, expect, it } from 'vitest';
import type { LanguageAnalysis } from '../src/api/types';
import { draw, pieces } from '../src/language/layout';

const token = (text: string, start: number) => ({ start, end: start + text.length, text, pos: 'NOUN', tag: 'n', lemma: text });
const arc = (dependent: number, head: number | null) => ({ dependent, head, label: 'dep' });

describe('arcs', () => {
  it('lie above each other where they would cross, the root on top', () => {
    const analysis = {
      tokens: [token('我', 0), token('想', 1), token('退', 2), token('货', 3)],
      arcs: [arc(0, 1), arc(1, null), arc(2, 1), arc(3, 1)],
    } as unknown as LanguageAnalysis;
    const sentence = { start: 0, end: 4, language: 'chinese', first_token: 0, tokens: 4, question: null };
    const { arcs, words, levels } = draw(analysis, sentence);
    const level = (at: number) => arcs.find((one) => one.from.at === at)!.level;
    expect([level(0), level(2), level(3), level(1)]).toEqual([1, 1, 2, 3]);
    expect(levels).toBe(3);
    expect(words.every((word, index) => index === 0 || word.x > words[index - 1]!.x)).toBe(true);
  });
});

describe('pieces', () => {
  it('count characters, not units, and nothing is lost', () => {
    const text = '😀很急！快';
    const cut = pieces(text, [{ start: 1, end: 3 }, { start: 2, end: 99 }]);
    expect(cut.map((piece) => [piece.text, piece.spans.length])).toEqual([
      ['😀', 0],
      ['很', 1],
      ['急', 2],
      ['！快', 1],
    ]);
    expect(cut.map((piece) => piece.text).join('')).toBe(text);
  });
});
