// Drafts live per conversation and survive a reload of the tab.

import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, expect, it } from 'vitest';
import { useDrafts } from '~/stores/drafts';

beforeEach(() => {
  sessionStorage.clear();
  setActivePinia(createPinia());
});

it('keeps one text per conversation', () => {
  const drafts = useDrafts();
  drafts.set('1', '您好');
  drafts.set('2', 'hello');
  expect([drafts.get('1'), drafts.get('2'), drafts.get('3')]).toEqual(['您好', 'hello', '']);
});

it('comes back after a reload and forgets what was sent', () => {
  useDrafts().set('1', '您好');
  useDrafts().set('2', 'x');
  useDrafts().set('2', '');
  setActivePinia(createPinia());
  expect(useDrafts().get('1')).toBe('您好');
  expect(useDrafts().drafts.has('2')).toBe(false);
});

it('starts empty when the storage holds something else', () => {
  sessionStorage.setItem('octim.drafts', '{"a":1}');
  expect(useDrafts().drafts.size).toBe(0);
  sessionStorage.setItem('octim.drafts', '[["1",2],["2","ok"]');
  setActivePinia(createPinia());
  expect(useDrafts().drafts.size).toBe(0);
});
