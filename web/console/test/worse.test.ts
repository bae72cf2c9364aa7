// A change that makes the regression set worse happens only after somebody looked and agreed.

import { ApiError } from '@octim/client';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { question } from '../src/lib/confirm';
import { knowledge } from '../src/knowledge/api';
import { goesOn, isStopped } from '../src/knowledge/worse';

const refused = (code: string) => ApiError.of(409, JSON.stringify({ code, status: 409 }), null);
const check = {
  total: 3,
  right_before: 3,
  right_after: 2,
  worse: true,
  changed: [{ id: '1', text: '怎么退货', entry_question: null, before: 'right' as const, after: 'wrong' as const }],
};

/** Refuses until it is confirmed. */
const change = () => vi.fn(async (sure: boolean) => (sure ? 'done' : Promise.reject(refused('regression_worse'))));

async function answer(yes: boolean) {
  await vi.waitFor(() => expect(question.value).not.toBeNull());
  const { text } = question.value!;
  question.value!.answer(yes);
  return text;
}

describe('a change that makes the set worse', () => {
  beforeEach(() => {
    vi.spyOn(knowledge, 'check').mockResolvedValue(check);
  });

  it('is shown and done when it is confirmed', async () => {
    const run = change();
    const going = goesOn(['7'], 'publish', run);
    expect(await answer(true)).toContain('怎么退货');
    expect(await going).toBe('done');
    expect(run.mock.calls).toEqual([[false], [true]]);
  });

  it('is not done otherwise', async () => {
    const run = change();
    const going = goesOn(['7'], 'archive', run).catch((error: unknown) => error);
    await answer(false);
    expect(isStopped(await going)).toBe(true);
    expect(run.mock.calls).toEqual([[false]]);
    expect(knowledge.check).toHaveBeenCalledWith(['7'], true);
  });

  it('is not asked about when nothing gets worse, and other errors stay errors', async () => {
    expect(await goesOn(['7'], 'publish', async () => 'done')).toBe('done');
    const other = goesOn(['7'], 'publish', () => Promise.reject(refused('entry_changed')));
    await expect(other).rejects.toBeInstanceOf(ApiError);
    expect(question.value).toBeNull();
  });
});
