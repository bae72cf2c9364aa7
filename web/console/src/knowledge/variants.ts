// The other answers of an entry: each for a channel and an audience that no other is for.

import type { Audience, Id, Variant } from '~/api/types';

export const AUDIENCES: Audience[] = ['everybody', 'signed_in', 'vip'];

const keyOf = (channel: Id | null | undefined, audience: Audience = 'everybody') => `${audience} ${channel ?? ''}`;

/** Whether the answer itself, or one before it, is for the same. */
export function isTaken(answers: Variant[], common: Audience, index: number): boolean {
  const { channel_id, audience } = answers[index]!;
  const key = keyOf(channel_id, audience);
  const before = answers.slice(0, index).map((one) => keyOf(one.channel_id, one.audience));
  return [keyOf(null, common), ...before].includes(key);
}

/** The next answer that there may be: for another audience first, then for a channel. */
export function firstFree(answers: Variant[], common: Audience, channels: Id[]): Variant | null {
  const taken = new Set([keyOf(null, common), ...answers.map((one) => keyOf(one.channel_id, one.audience))]);
  for (const channel_id of [null, ...channels]) {
    const audience = AUDIENCES.toReversed().find((one) => !taken.has(keyOf(channel_id, one)));
    if (audience) return { channel_id, audience, answer: '', images: [], cards: [] };
  }
  return null;
}

/** Visitors for whom an entry has something of its own: the only ones, or besides others. */
export function audiencesOf(audience: Audience | undefined, answers: Variant[] | undefined): Audience[] {
  const own = new Set([audience ?? 'everybody', ...(answers ?? []).map((one) => one.audience ?? 'everybody')]);
  return AUDIENCES.filter((one) => one !== 'everybody' && own.has(one));
}
