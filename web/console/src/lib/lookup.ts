// What a look-up found, as the reader's language writes it.

import type { Format } from '@octim/ui';
import type { LookupCell } from '~/api/types';

/** Beyond these digits a number is a name, and no sum. */
const EXACT = 15;

/** A value in the reader's language; what does not look like its kind stays as it came. */
export function shownValue({ kind, value }: Pick<LookupCell, 'kind' | 'value'>, format: Format): string {
  if (kind === 'number' || kind === 'money') {
    const digits = value.replace(/\D/g, '').length;
    if (!/^-?\d+(\.\d+)?$/.test(value) || digits > EXACT) return value;
    return kind === 'money' ? format.money(Number(value)) : format.number(Number(value));
  }
  if (kind === 'date') return dateOf(value, format) ?? value;
  return value;
}

function dateOf(value: string, format: Format): string | null {
  const day = /^(\d{4})-(\d\d)-(\d\d)$/.exec(value);
  // A day has no time zone: it is the same day everywhere.
  if (day) return format.calendarDay(Date.UTC(Number(day[1]), Number(day[2]) - 1, Number(day[3])));
  const seconds = /^1\d{9}(\d{3})?$/.exec(value);
  const at = seconds ? Number(value) * (seconds[1] ? 1 : 1000) : timeOf(value);
  return Number.isNaN(at) ? null : format.dateTime(at);
}

/** Only with its day in the order that cannot be misread. */
const timeOf = (value: string) =>
  /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(value) ? Date.parse(value.replace(' ', 'T')) : Number.NaN;

/** A row as lines for a reply. */
export const rowText = (row: readonly LookupCell[], format: Format, pair: (label: string, value: string) => string) =>
  row
    .filter((cell) => cell.value !== '')
    .map((cell) => pair(cell.label, shownValue(cell, format)))
    .join('\n');
