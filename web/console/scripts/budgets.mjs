// Fails when what a browser loads before the inbox is there grows beyond its budget (gzip).
// Reads Vite's manifest: the entry, the shell, the inbox and one language, with all that they
// import.

import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

// The product allows 350; what stands is near 210, and growth should be a decision.
const LIMIT_KB = 240;
const dist = new URL('../dist/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'));
const ROOTS = [
  'index.html',
  'src/pages/ShellPage.vue',
  'src/inbox/InboxPage.vue',
  'src/locales/shell/zh-CN.json',
  'src/locales/inbox/zh-CN.json',
];

const files = new Set(['index.html']);
const seen = new Set();
function visit(name) {
  if (seen.has(name)) return;
  seen.add(name);
  const chunk = manifest[name];
  if (!chunk) throw new Error(`the build has no chunk for ${name}`);
  files.add(chunk.file);
  for (const css of chunk.css ?? []) files.add(css);
  for (const imported of chunk.imports ?? []) visit(imported);
}
ROOTS.forEach(visit);

const sizes = [...files].map((file) => [
  file,
  gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length,
]);
const kb = (bytes) => (bytes / 1024).toFixed(1).padStart(7);
for (const [file, bytes] of sizes.sort((a, b) => b[1] - a[1])) console.log(`${kb(bytes)} kB  ${file}`);
const total = sizes.reduce((sum, [, bytes]) => sum + bytes, 0);
console.log(`${kb(total)} kB  first load, gzip (limit ${LIMIT_KB} kB)`);
if (total > LIMIT_KB * 1024) process.exit(1);
