// The drawing of a visitor's mood.

import { describe, expect, it } from 'vitest';
import type { MoodPoint } from '~/api/types';
import { draw, kindOf, level } from '~/inbox/mood-trend';

const point = (seq: number, of: Partial<MoodPoint> = {}): MoodPoint => ({
  seq,
  at: seq,
  anger: 0,
  negative: 0,
  urgency: 0,
  positive: 0,
  kinds: [],
  words: [],
  ...of,
});

describe('the trend of a mood', () => {
  it('puts what asks for care first', () => {
    expect(kindOf(point(1))).toBe('neutral');
    expect(kindOf(point(1, { kinds: ['upset', 'angry', 'urgent'] }))).toBe('angry');
    expect(kindOf(point(1, { kinds: ['positive', 'urgent'] }))).toBe('urgent');
  });

  it('is in the middle while nothing shows, below it when the visitor is angry, above when pleased', () => {
    expect(level(point(1, { anger: 0.4 }))).toBe(0);
    expect(level(point(1, { kinds: ['angry'], anger: 0.9, negative: 0.8 }))).toBe(-0.9);
    expect(level(point(1, { kinds: ['positive'], positive: 0.7 }))).toBe(0.7);
  });

  it('spans the width, and shows the newest when there are many', () => {
    expect(draw([point(1)], 100, 50)).toEqual([{ seq: 1, x: 50, y: 25, kind: 'neutral' }]);
    const dots = draw(Array.from({ length: 80 }, (_, index) => point(index + 1)), 100, 50);
    expect(dots).toHaveLength(30);
    expect([dots[0]!.x, dots.at(-1)!.x, dots.at(-1)!.seq]).toEqual([0, 100, 80]);
    expect(draw([], 100, 50)).toEqual([]);
  });
});
