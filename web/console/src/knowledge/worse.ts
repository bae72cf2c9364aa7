// A change that makes the regression set worse is shown and asked about before it is done.

import { isCode } from '~/api/http';
import type { Id } from '~/api/types';
import { confirm } from '~/lib/confirm';
import { translate } from '~/lib/i18n';
import { knowledge, type Step } from './api';

/** Somebody looked at the difference and stopped. */
export class Stopped extends Error {}

export const isStopped = (error: unknown): error is Stopped => error instanceof Stopped;

const SHOWN = 6;

/**
 * Runs the change; when the server wants it confirmed, asks with the difference that these entries
 * would make as they stand, or without one when what is published is made by the change itself.
 */
export async function goesOn<T>(
  ids: Id[] | null,
  step: Step | undefined,
  run: (sure: boolean) => Promise<T>,
): Promise<T> {
  try {
    return await run(false);
  } catch (error) {
    if (!isCode(error, 'regression_worse')) throw error;
  }
  if (!(await ask(ids === null ? translate('learn.worse.blind') : await difference(ids, step)))) throw new Stopped();
  return run(true);
}

async function difference(ids: Id[], step: Step | undefined): Promise<string> {
  const check = await knowledge.check(ids, step === 'archive');
  const grade = (code: string) => translate(`quality.grade.${code}`);
  const lines = check.changed
    .slice(0, SHOWN)
    .map((one) => `• ${one.text}: ${grade(one.before)} → ${grade(one.after)}`);
  const more = check.changed.length - lines.length;
  return [
    translate('learn.worse.text', { before: check.right_before, after: check.right_after, total: check.total }),
    ...lines,
    ...(more > 0 ? [translate('learn.worse.more', { n: more })] : []),
  ].join('\n');
}

const ask = (text: string) =>
  confirm({ title: translate('learn.worse.title'), text, action: translate('learn.worse.confirm'), danger: true });
