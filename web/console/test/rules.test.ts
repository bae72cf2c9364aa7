// Hand-off rules in the editor: what is wrong with them, and hours as people write them.

import { describe, expect, it } from 'vitest';
import type { Rule } from '~/api/types';
import { CONDITIONS, emptyCondition, emptyRule, freeName, hoursLines, isTemplate, moved, spansOf, stepOf, wrongIn } from '~/settings/rules';

const rule = (change: Partial<Rule> = {}): Rule => ({ ...emptyRule('规则 1'), ...change });

describe('rules', () => {
  it('have a name of their own, and conditions that say something', () => {
    expect(wrongIn([rule()])).toEqual({});
    expect(wrongIn([rule(), rule({ name: ' 规则 1 ' })])).toEqual({ 'rules.1.name': 'rules.wrong.nameTaken' });
    const bad = rule({
      name: '',
      when: [
        { kind: 'words', any: [] },
        { kind: 'misses', at_least: 0 },
        { kind: 'attribute', name: ' ', any: ['VIP'], unsigned: false },
        { kind: 'amount', name: 'total', at_least: Number.NaN, unsigned: false },
      ],
      then: { kind: 'say', say: { zh: '', en: ' ' } },
    });
    expect(wrongIn([bad])).toEqual({
      'rules.0.name': 'rules.wrong.name',
      'rules.0.when.0.any': 'rules.wrong.any',
      'rules.0.when.1.at_least': 'rules.wrong.number',
      'rules.0.when.2.name': 'rules.wrong.attribute',
      'rules.0.when.3.at_least': 'rules.wrong.number',
      'rules.0.then.say.zh': 'rules.wrong.say',
    });
  });

  it('know which places can be filled in', () => {
    for (const good of ['', '{{name}}好', '{{ name|您 }}', '{{attributes.level|会员}}', '}} {'])
      expect(isTemplate(good), good).toBe(true);
    for (const bad of ['{{phone}}', '{{name', '{{}}', '{{attributes.}}', '{{name|{{name}}}}'])
      expect(isTemplate(bad), bad).toBe(false);
  });

  it('keep texts and team when the step changes, as far as the step has them', () => {
    const before = { kind: 'hand_off', team_id: '7', say: { zh: '好', en: '' } } as const;
    expect(stepOf('ask_first', before)).toEqual({ ...before, kind: 'ask_first' });
    expect(stepOf('say', before)).toEqual({ kind: 'say', say: { zh: '好', en: '' } });
    expect(stepOf('hand_off', stepOf('say', before))).toEqual({ ...before, team_id: null });
  });

  it('move, and new ones get a free name', () => {
    expect(moved(['a', 'b', 'c'], 0, 1)).toEqual(['b', 'a', 'c']);
    expect(moved(['a', 'b'], 0, -1)).toEqual(['a', 'b']);
    expect(freeName('规则', [rule({ name: '规则 2' })])).toBe('规则 3');
    for (const kind of CONDITIONS) expect(emptyCondition(kind).kind).toBe(kind);
  });
});

describe('hours', () => {
  it('are read as people write them', () => {
    expect(spansOf('', 1)).toEqual([]);
    expect(spansOf('9:00-12:00，13:30 至 18:00', 2)).toEqual([
      { day: 2, from: 540, to: 720 },
      { day: 2, from: 810, to: 1080 },
    ]);
    expect(spansOf('00:00-24:00', 7)).toEqual([{ day: 7, from: 0, to: 1440 }]);
    for (const bad of ['9-18', '18:00-9:00', '09:00-25:00', '09:60-10:00', 'immer']) expect(spansOf(bad, 1)).toBeNull();
  });

  it('are written in order', () => {
    const spans = [
      { day: 1, from: 810, to: 1080 },
      { day: 1, from: 540, to: 720 },
    ];
    expect(hoursLines({ time_zone: 'Asia/Shanghai', spans })[0]).toBe('09:00-12:00, 13:30-18:00');
    expect(hoursLines(null)).toEqual(['', '', '', '', '', '', '']);
  });
});
