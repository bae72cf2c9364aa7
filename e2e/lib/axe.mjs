// Accessibility, as far as a program can judge it.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * Serious and critical violations in a page or frame, one line each. The script comes in by the
 * debugging protocol, to which the page's policy does not apply.
 */
export async function violations(frame, where) {
  await frame.evaluate(source);
  const found = await frame.evaluate(async () => {
    const { violations: all } = await window.axe.run(document, {
      resultTypes: ['violations'],
      iframes: false,
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    return all
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 5).map((node) => `${node.target.join(' ')} {${node.any.map((check) => check.message).join('; ').slice(0, 200)}}`).join(' | ')}`);
  });
  return found.map((line) => `${where}: ${line}`);
}
