// Unsent text per conversation: in memory, and in the tab's session storage so that a reload
// does not lose it.

import { defineStore } from 'pinia';
import { reactive, shallowReactive } from 'vue';
import type { Id, Shown } from '~/api/types';

const KEY = 'octim.drafts';

export const useDrafts = defineStore('drafts', () => {
  const drafts = reactive(new Map<Id, string>(restore()));
  /** Images and cards of the knowledge base that go with the text; a reload leaves them out. */
  const shown = shallowReactive(new Map<Id, Shown>());

  function set(id: Id, text: string): void {
    if (text === '') drafts.delete(id);
    else drafts.set(id, text);
    try {
      sessionStorage.setItem(KEY, JSON.stringify([...drafts]));
    } catch {
      // Full or blocked: memory still has it.
    }
  }

  const get = (id: Id) => drafts.get(id) ?? '';

  function clear(): void {
    drafts.clear();
    shown.clear();
    sessionStorage.removeItem(KEY);
  }

  return { drafts, shown, get, set, clear };
});

function restore(): [Id, string][] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? '[]');
    if (!Array.isArray(kept)) return [];
    return kept.filter(
      (entry): entry is [Id, string] =>
        Array.isArray(entry) && typeof entry[0] === 'string' && typeof entry[1] === 'string',
    );
  } catch {
    return [];
  }
}
