// Which keys send, and how shortcuts are recognised.

import { describe, expect, it } from 'vitest';
import { KeyMatcher } from '~/lib/keys';
import { sendsOn } from '~/lib/send-key';

const key = (change: Partial<KeyboardEvent> = {}) => ({
  key: 'Enter',
  shiftKey: false,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  isComposing: false,
  keyCode: 13,
  ...change,
});

describe('sending', () => {
  it('sends on Enter, not on Shift+Enter', () => {
    expect(sendsOn(key(), 'enter')).toBe(true);
    expect(sendsOn(key({ shiftKey: true }), 'enter')).toBe(false);
  });

  it('sends on Ctrl or ⌘ with Enter when that is chosen, and Enter is a new line', () => {
    expect(sendsOn(key(), 'mod')).toBe(false);
    expect(sendsOn(key({ ctrlKey: true }), 'mod')).toBe(true);
    expect(sendsOn(key({ metaKey: true }), 'mod')).toBe(true);
  });

  it('never sends while an input method composes', () => {
    expect(sendsOn(key({ isComposing: true }), 'enter')).toBe(false);
    expect(sendsOn(key({ keyCode: 229 }), 'enter')).toBe(false);
    expect(sendsOn(key({ keyCode: 229, ctrlKey: true }), 'mod')).toBe(false);
  });

  it('makes new lines with the Enter of a phone', () => {
    expect(sendsOn(key(), 'enter', true)).toBe(false);
  });
});

describe('shortcuts', () => {
  it('names single keys, with the modifier when there is one', () => {
    const keys = new KeyMatcher();
    expect(keys.names(key({ key: 'J' }), 0)).toEqual(['j']);
    expect(keys.names(key({ key: 'k', ctrlKey: true }), 0)).toEqual(['mod+k']);
    expect(keys.names(key({ key: '?' }), 0)).toEqual(['?']);
    expect(keys.names(key({ key: 'a', altKey: true }), 0)).toEqual([]);
  });

  it('joins two keys that come soon after each other, once', () => {
    const keys = new KeyMatcher();
    keys.begin('g', 1000);
    expect(keys.names(key({ key: 'i' }), 1500)).toEqual(['g i', 'i']);
    expect(keys.names(key({ key: 'i' }), 1600)).toEqual(['i']);
  });

  it('forgets the first key after a while', () => {
    const keys = new KeyMatcher();
    keys.begin('g', 1000);
    expect(keys.names(key({ key: 'i' }), 5000)).toEqual(['i']);
  });
});
