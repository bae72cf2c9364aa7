// Hints while somebody writes: asked for after a pause, and of several answers only the newest counts.

import { onScopeDispose, shallowRef, watch } from 'vue';

/** `ask` says null where there is nothing to ask; without an answer there is no hint. */
export function useHints<T>(
  written: () => string[],
  pause: number,
  ask: (written: string[]) => Promise<{ entries: T[] }> | null,
) {
  const found = shallowRef<T[]>([]);
  let round = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function look(texts: string[]) {
    const mine = ++round;
    const answer = await Promise.resolve(ask(texts)).catch(() => null);
    if (mine === round) found.value = answer?.entries ?? [];
  }
  watch(
    written,
    (texts) => {
      clearTimeout(timer);
      timer = setTimeout(() => void look(texts), pause);
    },
    { immediate: true },
  );
  onScopeDispose(() => clearTimeout(timer));
  return found;
}
