// A draft by a language model: shown beside what the agent wrote while it grows, and only the newest one.

import { ApiError, CancelledError } from '@octim/client';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createApp, h, nextTick, ref } from 'vue';
import { http } from '~/api/http';
import type { CopilotEvent } from '~/api/types';
import { type Draft, useDraft } from '~/inbox/copilot';
import CopilotDraft from '~/inbox/CopilotDraft.vue';
import { i18n } from '~/lib/i18n';
import { modelOf, PRESETS, sameServer } from '~/settings/llm-presets';

vi.mock('~/api/http', () => ({
  http: { events: vi.fn() },
  sentenceOf: (error: { code?: string }) => `why ${error.code ?? 'unknown'}`,
}));
const asked = vi.mocked(http.events);

/** The newest question: its events, its end, and whether it was broken off. */
function model() {
  const [, path, body, options] = asked.mock.lastCall!;
  return {
    path,
    body,
    signal: options.signal!,
    says: (event: CopilotEvent) => options.onEvent(event as never),
    end: () => ends.at(-1)!.done(),
    fails: (error: Error) => ends.at(-1)!.fail(error),
  };
}
const ends: { done: () => void; fail: (error: Error) => void }[] = [];
const more = (text: string): CopilotEvent => ({ type: 'more', text });

beforeEach(() => {
  ends.length = 0;
  asked.mockReset().mockImplementation(
    (_method, _path, _body, { signal }) =>
      new Promise((done, fail) => {
        ends.push({ done, fail });
        signal?.addEventListener('abort', () => fail(new CancelledError()));
      }),
  );
  i18n.global.setLocaleMessage('zh-CN', { copilot: { brokeOff: 'gone. {sentence}', waits: 'writing' } });
});

describe('a draft', () => {
  it('is asked for by wish, grows, and can be used only when it is whole', async () => {
    const draft = useDraft(ref('7'));
    const writing = draft.ask('shorter', 'a long text');
    expect([draft.busy.value, draft.growing.value, draft.text.value]).toEqual([true, '', '']);
    expect(model().path).toBe('/api/conversations/7/copilot/rewrite');
    expect(model().body).toEqual({ text: 'a long text', style: 'shorter' });
    model().says(more('sh'));
    model().says(more('or'));
    expect([draft.busy.value, draft.growing.value, draft.text.value]).toEqual([true, 'shor', '']);
    model().says({ type: 'done', text: 'short' });
    model().end();
    await writing;
    expect([draft.busy.value, draft.growing.value, draft.text.value]).toEqual([false, '', 'short']);
  });

  it('that was thrown away is broken off, and does not come back', async () => {
    const draft = useDraft(ref('7'));
    const first = draft.ask('en', 'x');
    const old = model();
    old.says(more('ol'));
    draft.discard();
    expect(old.signal.aborted).toBe(true);
    await first;
    expect([draft.wish.value, draft.growing.value, draft.failed.value]).toEqual([null, '', '']);
    const second = draft.ask('zh-CN', 'x');
    expect(model().body).toEqual({ text: 'x', to: 'zh-CN' });
    old.says(more('old'));
    old.says({ type: 'done', text: 'old' });
    expect([draft.busy.value, draft.growing.value]).toEqual([true, '']);
    model().says({ type: 'done', text: 'new' });
    model().end();
    await second;
    expect(draft.text.value).toBe('new');
  });

  it('goes with its conversation', async () => {
    const id = ref('7');
    const draft = useDraft(id);
    void draft.ask('formal', 'x');
    const { signal } = model();
    id.value = '8';
    await nextTick();
    expect([signal.aborted, draft.wish.value]).toEqual([true, null]);
  });

  it.each([
    ['the model fails', (says: (event: CopilotEvent) => void) => says({ type: 'failed', code: 'llm_timeout' }), 'why llm_timeout'],
    ['the connection ends before the text does', () => {}, 'why network'],
  ])('is dropped when %s, and says so', async (_, breaks, sentence) => {
    const draft = useDraft(ref('7'));
    const writing = draft.ask('formal', 'x');
    model().says(more('half of it'));
    breaks(model().says);
    model().end();
    await writing;
    expect([draft.busy.value, draft.growing.value, draft.text.value]).toEqual([false, '', '']);
    expect(draft.failed.value).toBe(`gone. ${sentence}`);
  });

  it('that fails before there is any of it says why, and can be asked for again', async () => {
    const draft = useDraft(ref('7'));
    const first = draft.ask('formal', 'x');
    model().fails(new ApiError('llm_off', 409));
    await first;
    expect([draft.failed.value, draft.busy.value]).toEqual(['why llm_off', false]);
    const second = draft.again();
    expect(draft.failed.value).toBe('');
    model().says({ type: 'done', text: 'ok' });
    model().end();
    await second;
    expect([draft.failed.value, draft.text.value]).toEqual(['', 'ok']);
  });
});

describe('its box', () => {
  let draft: Draft;
  const used: string[] = [];
  let place: HTMLElement;

  beforeEach(() => {
    used.length = 0;
    place = document.createElement('div');
    document.body.replaceChildren(place);
    draft = useDraft(ref('7'));
    const close = () => draft.discard();
    createApp({ render: () => h(CopilotDraft, { draft, onUse: (text: string) => used.push(text), onClose: close }) })
      .use(i18n)
      .mount(place);
  });

  const button = (label: string) => [...place.querySelectorAll('button')].find((one) => one.textContent?.includes(label))!;
  const press = (init: KeyboardEventInit) =>
    place.querySelector('section')!.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init }));

  it('shows what there is, gives nothing of it away, and says it once', async () => {
    void draft.ask('formal', 'x');
    model().says(more('<b>half</b> https://shop.example'));
    await nextTick();
    const status = place.querySelector('[role="status"]')!;
    expect(status.textContent).toContain('<b>half</b> https://shop.example');
    expect([...status.querySelectorAll(':scope > :not([aria-hidden])')].map((one) => one.textContent)).toEqual(['writing']);
    expect(status.querySelectorAll('a, b')).toHaveLength(0);
    expect(button('copilot.use').disabled).toBe(true);
    press({ key: 'Enter', altKey: true });
    expect(used).toEqual([]);
    model().says({ type: 'done', text: 'whole' });
    model().end();
    await vi.waitFor(() => expect(button('copilot.use').disabled).toBe(false));
    expect(status.querySelectorAll('[aria-hidden]')).toHaveLength(0);
    expect(status.textContent).toBe('whole');
    press({ key: 'Enter', altKey: true });
    expect(used).toEqual(['whole']);
  });

  it.each(['key', 'button'])('is broken off by its %s', async (how) => {
    void draft.ask('formal', 'x');
    model().says(more('half'));
    await nextTick();
    if (how === 'key') press({ key: 'Escape' });
    else button('common.cancel').click();
    await nextTick();
    expect(model().signal.aborted).toBe(true);
    expect(place.querySelector('section')).toBe(null);
    expect(used).toEqual([]);
  });
});

describe('servers', () => {
  it('are the same by origin', () => {
    expect(sameServer('https://a.example/v1', 'https://a.example/v2')).toBe(true);
    expect(sameServer('https://a.example/v1', 'https://b.example/v1')).toBe(false);
    expect(sameServer('', '')).toBe(false);
  });

  it('that are well known have a model to begin with', () => {
    for (const preset of PRESETS) expect(modelOf(preset.base_url)).toBe(preset.model);
    expect(modelOf('https://llm.example/v1')).toBe('');
  });
});
