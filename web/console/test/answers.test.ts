// What goes with answers: follow-ups are ordered by keyboard, pairs show what differs.

import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createApp, h, nextTick, ref, type Component, type FunctionalComponent } from 'vue';
import type { EntryPair, FollowUp } from '~/api/types';
import FollowUpsField from '~/knowledge/FollowUpsField.vue';
import PairCard from '~/knowledge/PairCard.vue';
import { i18n } from '~/lib/i18n';

vi.mock('~/api/http', () => ({
  http: {
    get: (path: string) =>
      path === '/api/entries'
        ? Promise.resolve({ entries: [{ id: '7', question: '运费谁出', answer: '我们', category: '' }] })
        : Promise.resolve({ id: '7', published_version: null, content: {} }),
  },
  isCode: () => false,
}));

const RouterLink: FunctionalComponent = (_, { slots }) => h('a', slots.default?.());

function shown(component: Component, props: () => Record<string, unknown>): HTMLElement {
  const place = document.createElement('div');
  document.body.replaceChildren(place);
  createApp({ render: () => h(component, props()) })
    .component('RouterLink', RouterLink)
    .use(createPinia())
    .use(i18n)
    .mount(place);
  return place;
}

beforeEach(() => setActivePinia(createPinia()));

describe('follow-ups', () => {
  it('are found among the entries or asked as they stand, moved by keyboard, and say when they are off', async () => {
    const chosen = ref<FollowUp[]>([]);
    const place = shown(FollowUpsField, () => ({
      modelValue: chosen.value,
      entry: '1',
      'onUpdate:modelValue': (next: FollowUp[]) => (chosen.value = next),
    }));
    const settle = async () => {
      await new Promise((done) => setTimeout(done));
      await nextTick();
    };
    const field = place.querySelector<HTMLInputElement>('[role=combobox]')!;
    const press = (target: Element, key: string, altKey = false) =>
      target.dispatchEvent(new KeyboardEvent('keydown', { key, altKey, bubbles: true, cancelable: true }));
    await settle();
    press(field, 'Enter');
    await settle();
    expect(chosen.value).toEqual([{ entry_id: '7', question: '运费谁出' }]);
    expect(place.querySelector('.off')).not.toBeNull();
    field.value = '怎么寄回';
    field.dispatchEvent(new Event('input'));
    await settle();
    press(field, 'Enter');
    await settle();
    expect(chosen.value[1]).toEqual({ entry_id: null, question: '怎么寄回' });
    press(place.querySelectorAll('ol li')[1]!, 'ArrowUp', true);
    expect(chosen.value.map((one) => one.question)).toEqual(['怎么寄回', '运费谁出']);
  });
});

describe('a pair', () => {
  it('shows the words of each side and marks those that differ', () => {
    const side = (id: string, answer: string) => ({ id, version: 1, question: `问${id}`, phrasing: `问${id}`, answer });
    const pair: EntryPair = {
      left: side('1', '7 天内可退'),
      right: side('2', '15 天内可退'),
      disagreements: [{ kind: 'duration', left: '7 天', right: '15 天' }],
    };
    const place = shown(PairCard, () => ({ pair }));
    expect([...place.querySelectorAll('.answer')].map((one) => one.textContent)).toEqual(['7 天内可退', '15 天内可退']);
    expect([...place.querySelectorAll('mark')].map((one) => one.textContent)).toEqual(['7', '15']);
  });
});
