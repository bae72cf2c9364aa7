// What people write is text in the window, whatever it looks like.

import { render } from 'preact';
import { expect, test } from 'vitest';
import { Text } from '../src/window/bubble.js';

function shown(text: string): HTMLElement {
  const place = document.createElement('div');
  render(<Text text={text} />, place);
  return place;
}

test('shows_text_as_text', () => {
  const hostile = '<img src=x onerror=alert(1)><svg/onload=alert(1)>{{7*7}}';
  const place = shown(hostile);
  expect(place.textContent).toBe(hostile);
  expect(place.querySelectorAll('img, svg')).toHaveLength(0);
});

test('links_open_elsewhere_and_tell_nothing', () => {
  const link = shown('see https://shop.example/a and javascript:alert(1)').querySelectorAll('a');
  expect(Array.from(link, ({ href }) => href)).toEqual(['https://shop.example/a']);
  expect(link[0]!.rel).toContain('noopener');
  expect(link[0]!.rel).toContain('noreferrer');
});
