// Whatever colour a channel has, text stays readable on it and in it.

import { expect, test } from 'vitest';
import { brand, contrast, parse } from '../src/window/color.js';

const COLOURS = ['#2563eb', '#ffcc33', '#ffffff', '#000000', '#777777', '#ff0000', '#00ff00', '#0000ff', '#e0e0e0', '#8a2be2', '#ffb6c1', '#004d40', '#ff6600'];

test('text_on_the_colour_and_in_the_colour_has_AA_contrast_in_both_themes', () => {
  for (const color of COLOURS) {
    for (const theme of ['light', 'dark'] as const) {
      const set = brand(color, theme);
      const of = (name: string) => parse(set[name]!)!;
      expect(contrast(of('--o-brand'), of('--o-on-brand')), `${color} ${theme}`).toBeGreaterThanOrEqual(4.5);
      expect(contrast(of('--o-brand-text'), of('--o-brand-soft')), `${color} ${theme}`).toBeGreaterThanOrEqual(4.5);
    }
  }
});

test('what_is_not_a_colour_changes_nothing', () => {
  for (const color of ['', 'red', '#fff', 'url(x)', '#12345g', '#2563eb;}']) expect(brand(color, 'light')).toEqual({});
});
