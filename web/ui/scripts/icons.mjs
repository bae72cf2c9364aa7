// Writes src/icons.ts: the shapes of the icons in use, taken from lucide-static (ISC). Add a
// name to the list below and run `npm run icons`.

import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const NAMES =
  `archive archive-restore arrow-down arrow-left arrow-left-right arrow-right arrow-up bell bell-off book-open check check-check
chevron-down chevron-left chevron-right chevron-up circle-alert circle-check circle-question-mark circle-x clock
command copy corner-down-left download ellipsis external-link eye eye-off file audio-lines file-text film globe clock-fading
id-card image inbox info key-round keyboard languages link loader-circle log-out mail map-pin menu message-circle
message-square message-square-plus message-square-reply messages-square minus monitor moon panel-right paperclip pause
pencil phone play plus power qr-code refresh-cw rotate-ccw search send settings shield-check shield-alert
smartphone face-slightly-smiling star sun tablet tag trash triangle-alert upload user user-check user-plus user-round users
volume-2 volume-x wifi-off x zap hand trending-up layout-dashboard bot lock unplug list-filter thumbs-up
thumbs-down headset face-angry face-slightly-frowning heart-handshake sparkles brain-circuit gift life-buoy plug`.split(/\s+/);

const root = dirname(createRequire(import.meta.url).resolve('lucide-static/package.json'));
const all = JSON.parse(readFileSync(join(root, 'icon-nodes.json'), 'utf8'));
const pascal = (name) => name.replace(/(^|-)(\w)/g, (_, __, letter) => letter.toUpperCase());

const lines = [...new Set(NAMES)].sort().map((name) => {
  const nodes = all[name];
  if (!nodes) throw new Error(`lucide-static has no icon named ${name}`);
  const shapes = nodes.map(([tag, { key: _, ...attributes }]) => [tag, attributes]);
  return `export const icon${pascal(name)}: IconNodes = ${JSON.stringify(shapes)};`;
});

writeFileSync(
  new URL('../src/icons.ts', import.meta.url),
  `// Made by scripts/icons.mjs from lucide-static (ISC licence, © Lucide Contributors): the icons in use.

import type { IconNodes } from "./icon";

${lines.join('\n')}
`,
);
