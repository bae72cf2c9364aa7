// A list whose items are moved by buttons and by Alt+↑ and Alt+↓.

import { type Ref, ref } from 'vue';
import { useI18n } from 'vue-i18n';

/** `focus` is told where an item went; `said` is for screen readers. */
export function useMoves<T>(items: Ref<T[]>, focus: (index: number) => void) {
  const { t } = useI18n();
  const said = ref('');

  function move(index: number, by: number) {
    const to = index + by;
    if (to < 0 || to >= items.value.length) return;
    items.value = items.value.toSpliced(index, 1).toSpliced(to, 0, items.value[index]!);
    said.value = t('kb.moved', { n: to + 1 });
    focus(to);
  }

  /** Whether the key was one that moves. */
  function moveByKey(index: number, event: KeyboardEvent): boolean {
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (by === 0 || !event.altKey || event.isComposing) return false;
    event.preventDefault();
    move(index, by);
    return true;
  }

  return { said, move, moveByKey };
}
