// Where visitors are and whether they are still there moves on without an event. It is asked for
// when it can matter: the agent comes back to this page, the visitor wrote, or somebody who is
// shown as present may have left. Nothing is asked for while nobody looks.

import { have } from '@octim/client';
import { onScopeDispose, type Ref, watch } from 'vue';
import type { Id } from '~/api/types';
import { useChats } from '~/stores/chats';

/** Between two questions about the same conversation. */
export const PAUSE_MS = 10_000;
/** Who was there this long ago may be gone. */
export const GONE_MS = 60_000;

export function useFreshDetail(id: Ref<Id>): void {
  const chats = useChats();
  let askedAt = Date.now();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const isFront = () => document.visibilityState === 'visible' && document.hasFocus();
  const isPresent = () => chats.details.get(id.value)?.contact.online ?? false;

  function refresh(): void {
    clearTimeout(timer);
    if (!isFront()) return;
    const wait = askedAt + PAUSE_MS - Date.now();
    if (wait > 0) {
      timer = setTimeout(refresh, wait);
      return;
    }
    askedAt = Date.now();
    void chats.loadDetail(id.value);
  }

  function later(): void {
    clearTimeout(timer);
    if (isFront() && isPresent()) timer = setTimeout(refresh, GONE_MS);
  }

  // Opening a conversation asks by itself.
  watch(id, () => {
    askedAt = Date.now();
  });
  watch(() => chats.details.get(id.value), later, { immediate: true });
  watch(
    () => {
      const log = chats.logs.get(id.value);
      return log?.messages.at(-1)?.sender.kind === 'visitor' ? have(log) : 0;
    },
    (seq, before) => seq > before && before > 0 && refresh(),
  );
  window.addEventListener('focus', refresh);
  document.addEventListener('visibilitychange', refresh);
  onScopeDispose(() => {
    clearTimeout(timer);
    window.removeEventListener('focus', refresh);
    document.removeEventListener('visibilitychange', refresh);
  });
}
