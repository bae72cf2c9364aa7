// A draft that a language model writes from what the agent wrote: shown beside it, used only when
// the agent says so.

import { ref, type Ref, watch } from 'vue';
import type { Id } from '~/api/types';
import { useWriting } from './writing';

export const WISHES = ['friendlier', 'shorter', 'formal', 'en', 'zh-CN'] as const;
export type Wish = (typeof WISHES)[number];
export const isTranslation = (wish: Wish) => wish === 'en' || wish === 'zh-CN';

export function useDraft(id: Ref<Id>) {
  const wish = ref<Wish | null>(null);
  const source = ref('');
  const { growing, text, failed, busy, write, discard: forget } = useWriting();

  function discard() {
    wish.value = null;
    forget();
  }
  watch(id, discard);

  async function ask(next: Wish, from: string) {
    forget();
    wish.value = next;
    source.value = from;
    const path = `/api/conversations/${id.value}/copilot`;
    if (isTranslation(next)) await write(`${path}/translation`, { text: from, to: next });
    else await write(`${path}/rewrite`, { text: from, style: next });
  }

  const again = () => wish.value && ask(wish.value, source.value);
  return { wish, growing, text, failed, busy, source, ask, again, discard };
}

export type Draft = ReturnType<typeof useDraft>;
