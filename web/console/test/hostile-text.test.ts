// What people write is text on every screen, and only addresses of the web are links.

import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, describe, expect, it } from 'vitest';
import { createApp, h, type Component } from 'vue';
import type { ContactView } from '@octim/client';
import OText from '~/components/OText.vue';
import VisitFacts from '~/inbox/VisitFacts.vue';
import { i18n } from '~/lib/i18n';

function shown(component: Component, props: Record<string, unknown>): HTMLElement {
  const place = document.createElement('div');
  createApp({ render: () => h(component, props) }).use(createPinia()).use(i18n).mount(place);
  return place;
}

const visit = (page_url: string): HTMLElement =>
  shown(VisitFacts, {
    contact: { page_url, page_title: '<b>title</b>', referrer: page_url, user_agent: '', time_zone: '' } as Partial<ContactView>,
  });

beforeEach(() => setActivePinia(createPinia()));

describe('hostile text', () => {
  it('shows text as text', () => {
    const hostile = '<img src=x onerror=alert(1)>{{7*7}}<script>alert(1)</script>';
    const place = shown(OText, { text: hostile });
    expect(place.textContent).toBe(hostile);
    expect(place.querySelectorAll('img, script')).toHaveLength(0);
  });

  it('links the page of a visitor only when it is a page of the web', () => {
    for (const address of ['javascript:alert(1)', 'JaVaScRiPt:alert(1)', 'data:text/html,x', 'file:///etc/passwd']) {
      const place = visit(address);
      expect(place.querySelectorAll('a'), address).toHaveLength(0);
      expect(place.querySelectorAll('b')).toHaveLength(0);
    }
    expect(visit('https://shop.example/p/1').querySelector('a')!.href).toBe('https://shop.example/p/1');
  });
});
