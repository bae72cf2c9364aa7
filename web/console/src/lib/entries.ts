// Searching the knowledge base while somebody types: the newest question wins.

import { ref, shallowRef, toValue, watch, type MaybeRefOrGetter } from 'vue';
import { http } from '~/api/http';
import type { EntryList, EntryView, Id } from '~/api/types';

const PAUSE_MS = 180;

/** Counts that an answer was put into a conversation; nothing waits for it. */
export function countUse(entry: Id): void {
  void http.json('POST', `/api/entries/${entry}/use`).catch(() => {});
}

/** In a conversation those that its visitor may be told. */
export function useEntries(query: MaybeRefOrGetter<string>, conversation: MaybeRefOrGetter<Id | null> = null) {
  const entries = shallowRef<EntryView[]>([]);
  /** The words that the entries were found with. */
  const foundFor = ref('');
  const loading = ref(true);
  const failed = shallowRef<unknown>(null);
  let round = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function load(q: string) {
    round += 1;
    const mine = round;
    loading.value = true;
    try {
      const answer = await http.get<EntryList>('/api/entries', { q, conversation_id: toValue(conversation) });
      if (mine !== round) return;
      entries.value = answer.entries;
      foundFor.value = q;
      failed.value = null;
    } catch (error) {
      if (mine === round) failed.value = error;
    } finally {
      if (mine === round) loading.value = false;
    }
  }

  watch(
    () => toValue(query).trim(),
    (q, before) => {
      clearTimeout(timer);
      if (before === undefined) void load(q);
      else timer = setTimeout(() => void load(q), PAUSE_MS);
    },
    { immediate: true },
  );

  return { entries, foundFor, loading, failed, reload: () => load(toValue(query).trim()) };
}
