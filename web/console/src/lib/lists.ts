// The order and membership of conversation lists: pure functions over what the server sent.
// Invariant: a list holds ids in the order of its view, without duplicates, and nothing that
// sorts after its last loaded page.

import type { AgentConversation, Id, ListOrder, MoodKind, View } from '@octim/client';

/** Moods that are marked, to which lists can be narrowed. */
export const MARKED = ['angry', 'upset', 'urgent'] as const satisfies readonly MoodKind[];
export type Marked = (typeof MARKED)[number];

export interface Viewer {
  id: Id;
  teamIds: readonly Id[];
}

export interface ListState {
  readonly ids: readonly Id[];
  /** Where the next page begins; null when everything is loaded. */
  readonly next: string | null;
}

export const EMPTY_LIST: ListState = { ids: [], next: null };

/** Whether a conversation stands in a view. What one may see at all is the server's business. */
export function belongs(
  view: View,
  c: AgentConversation,
  viewer: Viewer,
  teamId?: Id | null,
  mood?: Marked | null,
): boolean {
  if (mood && c.mood?.kind !== mood) return false;
  if (view === 'resolved') return c.status === 'resolved';
  if (c.status === 'resolved') return false;
  switch (view) {
    case 'queue':
      return c.status === 'queued';
    case 'mine':
      return c.status === 'open' && c.assignee_id === viewer.id;
    case 'team':
      return c.team_id != null && (teamId ? c.team_id === teamId : viewer.teamIds.includes(c.team_id));
    case 'all':
      return true;
  }
}

/** Ids are decimal numbers: the longer is the greater. */
function compareIds(a: Id, b: Id): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

export type Compare = (a: AgentConversation, b: AgentConversation) => number;

/** Queue: longest wait first. Others: newest activity first. */
function byTime(view: View): Compare {
  if (view === 'queue') return (a, b) => (a.queued_at ?? 0) - (b.queued_at ?? 0) || compareIds(a.id, b.id);
  return (a, b) => b.active_at - a.active_at || compareIds(b.id, a.id);
}

const upset = ({ mood }: AgentConversation) =>
  mood?.kind === 'angry' || mood?.kind === 'upset' ? mood.strength : 0;

/** How long somebody waits, as the server counts it: for an agent, else for an answer; else behind those. */
const since = (c: AgentConversation) => c.queued_at ?? c.waiting_since ?? 9e15 - c.active_at;

/** The order of a list, as the server has it. */
export function comparing(view: View, order: ListOrder = 'time'): Compare {
  const time = byTime(view);
  if (order === 'time') return time;
  return (a, b) => {
    const stronger = upset(b) - upset(a);
    if (stronger || upset(a) === 0) return stronger || time(a, b);
    return since(a) - since(b) || compareIds(a.id, b.id);
  };
}

/** Puts newer versions into `known`; gives back those that were news. */
export function takeNewer(
  known: Map<Id, AgentConversation>,
  incoming: readonly AgentConversation[],
): AgentConversation[] {
  return incoming.filter((c) => {
    const old = known.get(c.id);
    if (old && old.version >= c.version) return false;
    known.set(c.id, c);
    return true;
  });
}

/** The list after conversations changed. `known` already holds their new state. */
export function applyChanges(
  list: ListState,
  compare: Compare,
  changed: readonly AgentConversation[],
  known: ReadonlyMap<Id, AgentConversation>,
  member: (c: AgentConversation) => boolean,
): ListState {
  if (changed.length === 0) return list;
  const gone = new Set(changed.map((c) => c.id));
  const ids = list.ids.filter((id) => !gone.has(id));
  // The last row as it was bounds what is loaded; beyond it a page is still to come.
  const last = known.get(list.ids[list.ids.length - 1] ?? '');
  for (const c of changed) {
    if (!member(c)) continue;
    const beyond = list.next !== null && last !== undefined && !gone.has(last.id) && compare(c, last) > 0;
    if (!beyond) ids.splice(position(ids, compare, c, known), 0, c.id);
  }
  return { ...list, ids };
}

/** A page: the first replaces the list, later ones are joined in order. */
export function applyPage(
  list: ListState,
  compare: Compare,
  page: readonly AgentConversation[],
  next: string | null,
  known: ReadonlyMap<Id, AgentConversation>,
  member: (c: AgentConversation) => boolean,
  first: boolean,
): ListState {
  const ids = first ? [] : [...list.ids];
  const have = new Set(ids);
  for (const row of page) {
    const c = known.get(row.id) ?? row;
    if (have.has(c.id) || !member(c)) continue;
    have.add(c.id);
    ids.splice(position(ids, compare, c, known), 0, c.id);
  }
  return { ids, next };
}

/** Where `c` goes in a sorted list (binary search). */
function position(
  ids: readonly Id[],
  compare: Compare,
  c: AgentConversation,
  known: ReadonlyMap<Id, AgentConversation>,
): number {
  let low = 0;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = known.get(ids[middle]!);
    if (other && compare(other, c) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
