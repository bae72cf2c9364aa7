// A file that the server lost says so in its place, whether it is a picture or a card.

import { createPinia } from 'pinia';
import { afterEach, expect, test, vi } from 'vitest';
import { createApp, h, nextTick } from 'vue';
import type { FileView } from '@octim/client';
import FilePart from '~/inbox/FilePart.vue';
import { i18n } from '~/lib/i18n';

const LOST = { type: 'about:blank', title: '', status: 410, code: 'file_lost' };

afterEach(() => vi.unstubAllGlobals());

function part(file: Partial<FileView>): HTMLElement {
  const place = document.createElement('div');
  const whole = { id: '7', name: '收据.pdf', media_type: 'application/pdf', size: 3, has_thumbnail: false, ...file };
  createApp({ render: () => h(FilePart, { file: whole as FileView }) })
    .use(createPinia())
    .use(i18n)
    .mount(place);
  return place;
}

async function told(place: HTMLElement): Promise<string> {
  await vi.waitFor(async () => {
    await nextTick();
    expect(place.querySelector('[role=status]')).not.toBeNull();
  });
  return place.querySelector('[role=status]')!.textContent;
}

test('a_lost_picture_and_a_lost_document_say_so', async () => {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify(LOST), { status: 410 })));
  const picture = part({ kind: 'image', width: 10, height: 10 });
  picture.querySelector('img')!.dispatchEvent(new Event('error'));
  const document = part({ kind: 'document' });
  document.querySelector('a')!.click();
  for (const place of [picture, document]) {
    expect(['文件已丢失或损坏，请重新索取', 'The file was lost or damaged; please ask for it again']).toContain(
      await told(place),
    );
    expect(place.querySelector('button')!.textContent).toContain('收据.pdf');
  }
});
