// The pure parts of the knowledge pages: the tree of categories and what changed in a version.

import { describe, expect, it } from 'vitest';
import { listDiff, wordDiff } from '~/knowledge/diff';
import { sectionDiff } from '~/knowledge/sections';
import { branches } from '~/knowledge/tree';
import { audiencesOf, firstFree, isTaken } from '~/knowledge/variants';

describe('categories', () => {
  it('count what is below them, in the order of the tree', () => {
    const lines = branches([
      { name: '售后/退货', count: 3 },
      { name: '', count: 9 },
      { name: '售后', count: 1 },
      { name: '售后/换货/大件', count: 2 },
      { name: '售后服务', count: 4 },
    ]);
    const told = lines.map(({ path, name, depth, count }) => [path, name, depth, count]);
    expect(told).toContainEqual(['售后', '售后', 0, 6]);
    expect(told).toContainEqual(['售后/换货', '换货', 1, 2]);
    expect(told).toContainEqual(['售后/换货/大件', '大件', 2, 2]);
    expect(lines.map((line) => line.path).indexOf('售后服务')).toBe(lines.length - 1);
    expect(lines).toHaveLength(5);
  });
});

describe('other answers', () => {
  const vips = { channel_id: null, audience: 'vip' as const, answer: '', images: [], cards: [] };

  it('begin with what no other is for', () => {
    expect(firstFree([], 'everybody', [])).toEqual(vips);
    expect(firstFree([vips], 'signed_in', ['7'])).toEqual({ ...vips, audience: 'everybody' });
    const all = (['everybody', 'signed_in', 'vip'] as const).map((audience) => ({ ...vips, audience }));
    expect(firstFree(all.slice(1), 'everybody', ['7'])).toEqual({ ...vips, channel_id: '7' });
    expect(firstFree(all.slice(1), 'everybody', [])).toBeNull();
  });

  it('are for the same only once', () => {
    expect(isTaken([vips, { ...vips, channel_id: '7' }], 'everybody', 1)).toBe(false);
    expect(isTaken([vips, vips], 'everybody', 1)).toBe(true);
    expect(isTaken([vips], 'vip', 0)).toBe(true);
  });

  it('name their visitors', () => {
    expect(audiencesOf('everybody', [vips, { ...vips, channel_id: '7' }])).toEqual(['vip']);
    expect(audiencesOf('signed_in', [])).toEqual(['signed_in']);
    expect(audiencesOf(undefined, undefined)).toEqual([]);
  });
});

describe('differences', () => {
  it('are told by words in Chinese', () => {
    const parts = wordDiff('七天内可以申请退货', '十五天内可以申请退货');
    expect(parts.filter((part) => part.kind !== 'added').map((part) => part.text).join('')).toBe('七天内可以申请退货');
    expect(parts.filter((part) => part.kind !== 'removed').map((part) => part.text).join('')).toBe('十五天内可以申请退货');
    expect(parts.at(-1)).toEqual({ kind: 'same', text: expect.stringContaining('可以申请退货') });
  });

  it('are none between equal texts', () => {
    expect(wordDiff('Within 7 days.', 'Within 7 days.')).toEqual([{ kind: 'same', text: 'Within 7 days.' }]);
    expect(wordDiff('', '')).toEqual([]);
  });

  it('of articles are told by section, and moving one is none', () => {
    const [fee, time] = [
      { heading: '运费', text: '满 99 元包邮', images: [] },
      { heading: '时效', text: '三天', images: [] },
    ];
    expect(sectionDiff([fee!, time!], [time!, fee!], String)).toEqual([]);
    expect(sectionDiff([fee!, time!], [{ ...fee!, text: '满 88 元包邮' }, { heading: '自提', text: '', images: [] }], String)).toEqual([
      { heading: '运费', parts: expect.arrayContaining([{ kind: 'removed', text: '99' }, { kind: 'added', text: '88' }]) },
      { heading: '自提', parts: [{ kind: 'added', text: '自提' }] },
      { heading: '时效', parts: [{ kind: 'removed', text: '时效\n三天' }] },
    ]);
  });

  it('of lists are told line by line', () => {
    expect(listDiff(['a', 'b'], ['b', 'c'])).toEqual([
      { kind: 'removed', text: 'a' },
      { kind: 'same', text: 'b' },
      { kind: 'added', text: 'c' },
    ]);
  });
});
