// Sections of articles: where images stand, and how a quote is marked around them.

import { expect, test } from 'vitest';
import { articleParts } from './article';

const shown = (text: string, after: number[], quote = '') =>
  articleParts(text, after.map((line, n) => ({ after: line, n })), quote).map((part) =>
    part.image ? `#${part.image.n}` : part.spans.map((span) => (span.marked ? `[${span.text}]` : span.text)).join(''),
  );

test('images_stand_between_the_lines_of_the_text', () => {
  expect(shown('one\n\ntwo\nthree', [])).toEqual(['one\n\ntwo\nthree']);
  expect(shown('one\n\ntwo\nthree', [1, 2, 3])).toEqual(['one', '#0', '#1', 'two', '#2', 'three']);
  expect(shown('one', [0, 0, 1])).toEqual(['#0', '#1', 'one', '#2']);
  expect(shown('', [0])).toEqual(['#0']);
});

test('an_image_below_lines_that_are_gone_stands_at_the_end_and_order_is_by_place', () => {
  expect(shown('one\ntwo', [9, 1])).toEqual(['one', '#1', 'two', '#0']);
});

test('a_quote_is_marked_on_both_sides_of_an_image', () => {
  expect(shown('a b\nc d', [1], 'b\nc')).toEqual(['a [b]', '#0', '[c] d']);
  expect(shown('a b\nc d', [1], 'x')).toEqual(['a b', '#0', 'c d']);
  expect(shown('a b', [], 'b')).toEqual(['a [b]']);
});
