// Hand-off rules as the editor holds them: what a new one looks like, what is wrong with one, and
// hours as people write them. Pure.

import type { Condition, Phrase, Rule, Step, WeeklyHours } from '~/api/types';

export type ConditionKind = Condition['kind'];
export type StepKind = Step['kind'];

export const CONDITIONS: readonly ConditionKind[] = [
  'asked',
  'misses',
  'mood',
  'attribute',
  'amount',
  'category',
  'tag',
  'words',
  'hours',
  'staffed',
];
export const STEPS: readonly StepKind[] = ['hand_off', 'ask_first', 'leave_message', 'say'];
/** How places in texts are written. */
export const NAME_PLACE = '{{name|…}}';
export const ATTRIBUTE_PLACE = '{{attributes.…}}';
export const MOST = { rules: 20, conditions: 8, words: 20 } as const;

export function emptyCondition(kind: ConditionKind): Condition {
  switch (kind) {
    case 'asked':
      return { kind };
    case 'misses':
      return { kind, at_least: 2 };
    case 'mood':
      return { kind, mood: 'upset', at_least: 2 };
    case 'attribute':
      return { kind, name: '', any: [], unsigned: false };
    case 'amount':
      return { kind, name: '', at_least: 1000, unsigned: false };
    case 'category':
    case 'tag':
    case 'words':
      return { kind, any: [] };
    case 'hours':
      return { kind, open: false };
    case 'staffed':
      return { kind, there: false };
  }
}

/** The same rule with another step; texts and team stay where the step has them. */
export function stepOf(kind: StepKind, before: Step): Step {
  const say = before.say;
  if (kind === 'say') return { kind, say };
  return { kind, say, team_id: before.kind === 'say' ? null : before.team_id };
}

export function emptyRule(name: string): Rule {
  return {
    name,
    enabled: true,
    when: [emptyCondition('misses')],
    then: { kind: 'hand_off', team_id: null, say: { zh: '', en: '' } },
  };
}

/** A name that no other rule has. */
export function freeName(base: string, rules: readonly Rule[]): string {
  const taken = new Set(rules.map((rule) => rule.name));
  for (let n = rules.length + 1; ; n += 1) if (!taken.has(`${base} ${n}`)) return `${base} ${n}`;
}

export function moved<T>(list: readonly T[], from: number, by: -1 | 1): T[] {
  const to = from + by;
  if (to < 0 || to >= list.length) return [...list];
  const next = [...list];
  [next[from], next[to]] = [next[to]!, next[from]!];
  return next;
}

/** What is wrong, by place as the server names it (`rules.0.when.1.any`): the key of its sentence. */
export function wrongIn(rules: readonly Rule[]): Record<string, string> {
  const wrong: Record<string, string> = {};
  rules.forEach((rule, index) => {
    const at = `rules.${index}`;
    const name = rule.name.trim();
    if (name === '') wrong[`${at}.name`] = 'rules.wrong.name';
    else if (rules.slice(0, index).some((other) => other.name.trim() === name))
      wrong[`${at}.name`] = 'rules.wrong.nameTaken';
    rule.when.forEach((condition, place) => {
      const where = `${at}.when.${place}`;
      if ('any' in condition && condition.any.length === 0) wrong[`${where}.any`] = 'rules.wrong.any';
      if ('name' in condition && condition.name.trim() === '') wrong[`${where}.name`] = 'rules.wrong.attribute';
      if ('at_least' in condition && !isNumber(condition)) wrong[`${where}.at_least`] = 'rules.wrong.number';
    });
    const problem = wrongPhrase(rule.then.say, rule.then.kind === 'say');
    if (problem) wrong[`${at}.then.say.${problem.language}`] = problem.key;
  });
  return wrong;
}

function isNumber(condition: Condition & { at_least: number }): boolean {
  const n = condition.at_least;
  if (!Number.isInteger(n)) return false;
  if (condition.kind === 'misses') return n >= 1 && n <= 9;
  return condition.kind !== 'mood' || (n >= 1 && n <= 3);
}

function wrongPhrase(say: Phrase, must: boolean): { language: 'zh' | 'en'; key: string } | null {
  const zh = say.zh ?? '';
  const en = say.en ?? '';
  if (must && zh.trim() === '' && en.trim() === '') return { language: 'zh', key: 'rules.wrong.say' };
  if (!isTemplate(zh)) return { language: 'zh', key: 'rules.wrong.place' };
  return isTemplate(en) ? null : { language: 'en', key: 'rules.wrong.place' };
}

/** Every `{{…}}` names something that can be filled in. */
export function isTemplate(text: string): boolean {
  const rest = text.replace(/\{\{\s*(?:name|attributes\.[^{}|]+?)\s*(?:\|[^{}]*)?\}\}/g, '');
  return !rest.includes('{{');
}

// Hours: a line a day, `09:00-12:00, 13:30-18:00`; empty is closed.

export function hoursLines(hours: WeeklyHours | null | undefined): string[] {
  const time = (minutes: number) =>
    `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  return [1, 2, 3, 4, 5, 6, 7].map((day) =>
    (hours?.spans ?? [])
      .filter((span) => span.day === day)
      .sort((a, b) => a.from - b.from)
      .map((span) => `${time(span.from)}-${time(span.to)}`)
      .join(', '),
  );
}

/** The spans of a day's line; null when it cannot be read. */
export function spansOf(line: string, day: number): WeeklyHours['spans'] | null {
  const parts = line.split(/[,，;；、]/).map((part) => part.trim()).filter(Boolean);
  const spans = parts.map((part) => {
    const found = /^(\d{1,2})[:：](\d{2})\s*[-–—~～至到]\s*(\d{1,2})[:：](\d{2})$/.exec(part);
    if (!found) return null;
    const [from, to] = [Number(found[1]) * 60 + Number(found[2]), Number(found[3]) * 60 + Number(found[4])];
    const sound = Number(found[2]) < 60 && Number(found[4]) < 60 && from < to && to <= 24 * 60;
    return sound ? { day, from, to } : null;
  });
  return spans.every((span) => span !== null) ? (spans as WeeklyHours['spans']) : null;
}
