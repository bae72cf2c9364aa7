// Both languages say the same things with the same blanks.

import { expect, test } from 'vitest';
import en from '../src/window/texts/en.json';
import zh from '../src/window/texts/zh-CN.json';
import { localeOf, texts } from '../src/window/texts.js';

const blanks = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();

test('both_catalogues_have_the_same_keys_and_blanks', () => {
  expect(Object.keys(en)).toEqual(Object.keys(zh));
  for (const [key, text] of Object.entries(zh)) {
    const other = (en as Record<string, string>)[key]!;
    expect(blanks(other), key).toEqual(blanks(text));
    expect(text.trim().length * other.trim().length, key).toBeGreaterThan(0);
  }
  expect(en.tags_good.split('|')).toHaveLength(zh.tags_good.split('|').length);
  expect(en.tags_bad.split('|')).toHaveLength(zh.tags_bad.split('|').length);
});

test('the_chinese_catalogue_is_chinese_and_the_english_one_is_not', () => {
  for (const [key, text] of Object.entries(zh)) expect(text, key).toMatch(/[\u4e00-\u9fff]/);
  for (const [key, text] of Object.entries(en)) expect(text, key).not.toMatch(/[\u4e00-\u9fff]/);
});

test('values_are_filled_in_as_text_and_languages_are_told_apart', () => {
  expect(texts('en')('typing', { name: '$& {name}' })).toBe('$& {name} is typing');
  expect([localeOf('zh-Hant-TW'), localeOf('en-GB'), localeOf('fr'), localeOf('')]).toEqual(['zh-CN', 'en', 'en', null]);
});
