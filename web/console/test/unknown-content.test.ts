// Messages that only a later version can show: said so, on whichever side they stand.

import { createPinia } from 'pinia';
import { expect, it } from 'vitest';
import { createApp, h } from 'vue';
import type { MessageView } from '~/api/types';
import MessageGroup from '~/inbox/MessageGroup.vue';
import NoticeLine from '~/inbox/NoticeLine.vue';
import { blocksOf } from '~/lib/blocks';
import { i18n, useTexts } from '~/lib/i18n';

function shown(message: MessageView): string | null {
  const block = blocksOf([message], () => '').at(-1)!;
  const content =
    block.kind === 'notice'
      ? h(NoticeLine, { message })
      : block.kind === 'group' && h(MessageGroup, { group: block, conversation: undefined, contactName: '' });
  const place = document.createElement('div');
  createApp({ render: () => content }).use(createPinia()).use(i18n).mount(place);
  return place.querySelector('.bubble, .notice')!.textContent;
}

it('says of what only a later version can show that it cannot be shown', async () => {
  await useTexts(['inbox']);
  const words = i18n.global.t('chat.unknownContent');
  expect(words).not.toContain('unknownContent');
  const message = { conversation_id: '7', seq: 1, client_id: null, created_at: 0, content: { type: 'unknown' } } as const;
  expect(shown({ ...message, sender: { kind: 'visitor' } })).toContain(words);
  expect(shown({ ...message, sender: { kind: 'bot' } })).toContain(words);
  expect(shown({ ...message, sender: { kind: 'system' } })).toContain(words);
  const notice = { event: 'of_a_later_version' } as never;
  expect(shown({ ...message, content: { type: 'notice', notice }, sender: { kind: 'system' } })).toContain(words);
});
