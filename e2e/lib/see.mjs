// What a person sees, awaited.

import assert from 'node:assert/strict';
import { until } from './until.mjs';

/** Exactly one such thing is there to see. */
export async function sees(locator) {
  await locator.first().waitFor({ state: 'visible' });
  return locator.first();
}

export async function seesNot(locator) {
  await locator.first().waitFor({ state: 'hidden' });
}

/** So many of them, and it stays plausible: exact at the moment of asking. */
export async function seesCount(locator, count) {
  let now = -1;
  await until(`${count} of ${locator}`, async () => (now = await locator.count()) === count).catch((error) => {
    throw new Error(`${error.message}; there are ${now}`);
  });
}

/** Text as it is shown, white space folded. */
export async function reads(locator, wanted) {
  let now = '';
  const fits = (text) => (wanted instanceof RegExp ? wanted.test(text) : text.includes(wanted));
  await until(`"${wanted}" in ${locator}`, async () => {
    now = (await locator.first().innerText({ timeout: 2_000 }).catch(() => '')).replace(/\s+/g, ' ').trim();
    return fits(now);
  }).catch((error) => {
    throw new Error(`${error.message}; it reads "${now}"`);
  });
  return now;
}

/** A condition inside the page. */
export async function holds(page, what, test, argument) {
  await until(what, () => page.evaluate(test, argument));
}

export { assert };
