// A draft by a language model: shown beside what the agent wrote, and only the newest one.

import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ref } from 'vue';
import { http } from '~/api/http';
import { useDraft } from '~/inbox/copilot';
import { modelOf, PRESETS, sameServer } from '~/settings/llm-presets';

vi.mock('~/api/http', () => ({ http: { json: vi.fn() }, sentenceOf: () => 'sentence' }));
const json = vi.mocked(http.json);

describe('a draft', () => {
  beforeEach(() => {
    json.mockReset();
  });

  it('is asked for by wish, and says that it waits', async () => {
    let answer = (_: unknown) => {};
    json.mockImplementationOnce(() => new Promise((done) => (answer = done)) as never);
    const draft = useDraft(ref('7'));
    const asked = draft.ask('shorter', 'a long text');
    expect([draft.busy.value, draft.text.value]).toEqual([true, '']);
    answer({ text: 'short' });
    await asked;
    expect([draft.busy.value, draft.text.value]).toEqual([false, 'short']);
    expect(json).toHaveBeenCalledWith('POST', '/api/conversations/7/copilot/rewrite', {
      text: 'a long text',
      style: 'shorter',
    });
  });

  it('that was thrown away does not come back', async () => {
    const answers: ((value: unknown) => void)[] = [];
    json.mockImplementation(() => new Promise((done) => answers.push(done)) as never);
    const draft = useDraft(ref('7'));
    const first = draft.ask('en', 'x');
    draft.discard();
    const second = draft.ask('zh-CN', 'x');
    answers[0]!({ text: 'old' });
    await first;
    expect(draft.text.value).toBe('');
    answers[1]!({ text: 'new' });
    await second;
    expect(draft.text.value).toBe('new');
    expect(json.mock.calls[1]![2]).toEqual({ text: 'x', to: 'zh-CN' });
  });

  it('that fails says why, and can be asked for again', async () => {
    json.mockRejectedValueOnce(new Error('x')).mockResolvedValueOnce({ text: 'ok' });
    const draft = useDraft(ref('7'));
    await draft.ask('formal', 'x');
    expect([draft.failed.value, draft.busy.value]).toEqual(['sentence', false]);
    await draft.again();
    expect([draft.failed.value, draft.text.value]).toEqual(['', 'ok']);
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
