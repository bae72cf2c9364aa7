// A benefit is a card: its words and name are text, its code can be copied.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { render } from 'preact';
import { Benefit } from '../src/window/benefit.js';

const given = { words: 'Sorry for the <b>trouble</b>', name: '20 off', kind: 'coupon', worth: 20, code: 'SORRY-1' } as const;
const app = () => document.getElementById('app')!;

beforeEach(() => {
  document.body.innerHTML = '<div id="app"></div>';
});
afterEach(() => {
  render(null, app());
  vi.unstubAllGlobals();
});

test('a_card_shows_words_name_and_worth_and_copies_its_code', async () => {
  const writeText = vi.fn(() => Promise.resolve());
  vi.stubGlobal('navigator', { clipboard: { writeText } });
  render(<Benefit given={given} />, app());
  expect(app().textContent).toContain('Sorry for the <b>trouble</b>');
  expect([app().querySelector('.gift b')!.textContent, app().querySelector('code')!.textContent]).toEqual(['20 off', 'SORRY-1']);
  app().querySelector('button')!.click();
  await vi.waitFor(() => expect(app().querySelector('button')!.textContent).toBe('已复制'));
  expect(writeText).toHaveBeenCalledWith('SORRY-1');
});

test('a_card_without_a_code_has_nothing_to_copy', () => {
  render(<Benefit given={{ ...given, code: undefined }} />, app());
  expect(app().querySelectorAll('code, button')).toHaveLength(0);
});
