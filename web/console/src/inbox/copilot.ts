// A draft that a language model writes from what the agent wrote: shown beside it, used only when
// the agent says so.

import { computed, ref, type Ref, watch } from 'vue';
import { http, sentenceOf } from '~/api/http';
import type { CopilotText, Id } from '~/api/types';

export const WISHES = ['friendlier', 'shorter', 'formal', 'en', 'zh-CN'] as const;
export type Wish = (typeof WISHES)[number];
export const isTranslation = (wish: Wish) => wish === 'en' || wish === 'zh-CN';

export function useDraft(id: Ref<Id>) {
  const wish = ref<Wish | null>(null);
  const source = ref('');
  const text = ref('');
  const failed = ref('');
  const busy = computed(() => wish.value !== null && text.value === '' && failed.value === '');
  let turn = 0;

  function discard() {
    turn += 1;
    wish.value = null;
    text.value = '';
    failed.value = '';
  }
  watch(id, discard);

  async function ask(next: Wish, from: string) {
    discard();
    const mine = turn;
    wish.value = next;
    source.value = from;
    const path = `/api/conversations/${id.value}/copilot`;
    try {
      const written = isTranslation(next)
        ? await http.json<CopilotText>('POST', `${path}/translation`, { text: from, to: next })
        : await http.json<CopilotText>('POST', `${path}/rewrite`, { text: from, style: next });
      // Whoever discarded it, or asked for something else, does not want it any more.
      if (mine === turn) text.value = written.text;
    } catch (error) {
      if (mine === turn) failed.value = sentenceOf(error);
    }
  }

  const again = () => wish.value && ask(wish.value, source.value);
  return { wish, text, failed, busy, source, ask, again, discard };
}

export type Draft = ReturnType<typeof useDraft>;
