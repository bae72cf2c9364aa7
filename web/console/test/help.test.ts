// Who is told that a colleague needs help, and that it is said once.

import { expect, it } from 'vitest';
import { isCall } from '~/lib/help';
import { conversation } from './samples';

const me = { id: '7', helps: true, online: true };
const open = { status: 'open', assignee_id: '8' } as const;
const calm = conversation('1', { ...open, version: 1 });
const help = { kind: 'offered', seq: 5 } as const;
const upset = conversation('1', { ...open, version: 2, help });

it('tells who helps, is online, and does not have it', () => {
  expect(isCall(calm, upset, me)).toBe(true);
  expect(isCall(undefined, upset, me)).toBe(true);
  expect(isCall(calm, upset, { ...me, helps: false })).toBe(false);
  expect(isCall(calm, upset, { ...me, online: false })).toBe(false);
  expect(isCall(calm, { ...upset, assignee_id: '7' }, me)).toBe(false);
  expect(isCall(undefined, calm, me)).toBe(false);
});

it('tells once of each turn for the worse', () => {
  const later = { ...upset, version: 3, preview: 'still here' };
  expect(isCall(upset, later, me)).toBe(false);
  expect(isCall(later, { ...later, version: 4, help: { kind: 'offered', seq: 9 } }, me)).toBe(true);
  // Frames may come late.
  expect(isCall({ ...calm, version: 4 }, upset, me)).toBe(false);
});
