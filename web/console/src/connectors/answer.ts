// A server's answer as a tree: what is in it, where each thing stands (JSON pointers), and which
// place becomes a field of a result.

import type { ConnectorField, FieldKind } from '~/api/types';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export interface TreeNode {
  /** Where it stands in the answer. */
  pointer: string;
  key: string;
  depth: number;
  /** What there is to see: a value, or what is inside. */
  kind: 'value' | 'list' | 'object';
  /** A value as text; how many are inside of others. */
  text: string;
  size: number;
  /** Its place among its siblings, for screen readers. */
  place: number;
  of: number;
}

/** Of a list the first ones show what the others look like. */
const OF_LIST = 3;
const DEEPEST = 12;
const MOST = 500;
const TEXT = 120;

const escaped = (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1');

/** The answer, or nothing where it is no JSON. */
export function parsed(answer: string | null | undefined): Json | undefined {
  try {
    return answer ? (JSON.parse(answer) as Json) : undefined;
  } catch {
    return undefined;
  }
}

function partsOf(value: Json): [string, Json][] {
  if (Array.isArray(value)) return value.slice(0, OF_LIST).map((one, at) => [String(at), one]);
  return value !== null && typeof value === 'object' ? Object.entries(value) : [];
}

/** All that is open, in the order in which it is drawn. */
export function visible(answer: Json, isOpen: (pointer: string) => boolean): TreeNode[] {
  const nodes: TreeNode[] = [];
  function add(key: string, value: Json, pointer: string, depth: number, place: number, of: number) {
    if (nodes.length >= MOST) return;
    const isList = Array.isArray(value);
    const isObject = !isList && value !== null && typeof value === 'object';
    const parts = partsOf(value);
    nodes.push({
      pointer,
      key,
      depth,
      kind: isList ? 'list' : isObject ? 'object' : 'value',
      text: isList || isObject ? '' : String(value).slice(0, TEXT),
      size: isList ? value.length : parts.length,
      place,
      of,
    });
    if (depth >= DEEPEST || !isOpen(pointer)) return;
    parts.forEach(([name, part], at) => add(name, part, `${pointer}/${escaped(name)}`, depth + 1, at + 1, parts.length));
  }
  add('', answer, '', 0, 1, 1);
  return nodes;
}

/** What stands at a pointer. */
export function at(answer: Json, pointer: string): Json | undefined {
  if (pointer === '') return answer;
  let here: Json | undefined = answer;
  for (const part of pointer.slice(1).split('/')) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(here)) here = here[Number(key)];
    else if (here !== null && typeof here === 'object') here = Object.hasOwn(here, key) ? here[key] : undefined;
    else return undefined;
  }
  return here;
}

/** Where in a row something stands; null when it is not in one. */
export function pathInRow(answer: Json, rows: string, pointer: string): string | null {
  if (pointer !== rows && !pointer.startsWith(`${rows}/`)) return null;
  const path = pointer.slice(rows.length);
  if (!Array.isArray(at(answer, rows))) return path;
  return /^\/\d+/.test(path) ? path.replace(/^\/\d+/, '') : null;
}

/** The outermost list around something: where results usually stand. "" when there is none. */
export function listAround(answer: Json, pointer: string): string {
  let here = '';
  for (const part of pointer.split('/').slice(1)) {
    if (Array.isArray(at(answer, here))) return here;
    here += `/${part}`;
  }
  return '';
}

/** What a value most likely is. */
export function kindOf(key: string, value: Json): FieldKind {
  const text = typeof value === 'string' ? value : '';
  if (/^https?:\/\//.test(text)) return 'link';
  if (/^\d{4}-\d\d-\d\d/.test(text)) return 'date';
  const isNumber = typeof value === 'number' || /^-?\d+\.\d\d$/.test(text);
  if (isNumber && /price|amount|total|fee|cost|paid|money|金额|价|费/i.test(key)) return 'money';
  return typeof value === 'number' ? 'number' : 'text';
}

export interface Chosen {
  rows: string;
  field: ConnectorField;
}

/** The field that a press on a value makes. The first one also says where the results stand. */
export function chosen(answer: Json, rows: string, hasFields: boolean, pointer: string): Chosen | null {
  const inside = pathInRow(answer, rows, pointer);
  // Without a field nothing depends on the place yet; with "" a list further in is the better one.
  const place = hasFields ? rows : listAround(answer, pointer) || (inside === null ? '' : rows);
  const path = pathInRow(answer, place, pointer);
  if (path === null) return null;
  const key = (path || pointer).split('/').at(-1)!.replaceAll('~1', '/').replaceAll('~0', '~');
  const label = key.replaceAll(/[_-]+/g, ' ').trim().slice(0, 40);
  return { rows: place, field: { label, path, kind: kindOf(key, at(answer, pointer) ?? null) } };
}
