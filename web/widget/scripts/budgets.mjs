// Prints the gzip sizes of what visitors load, and fails above the budgets.
import { readFileSync, readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const dist = new URL('../dist/', import.meta.url).pathname;
const size = (path) => gzipSync(readFileSync(dist + path), { level: 9 }).length;
const files = ['window/index.html', ...readdirSync(`${dist}window/assets`).map((name) => `window/assets/${name}`)];
const checks = [
  ['loader', ['octim.js'], 10, 4],
  ['window', files, 60, 42],
];
let failed = false;
for (const [name, paths, most, aim] of checks) {
  for (const path of paths) console.log(`${(size(path) / 1024).toFixed(2).padStart(8)} kB  ${path}`);
  const total = paths.reduce((sum, path) => sum + size(path), 0) / 1024;
  const over = total > most;
  failed ||= over;
  console.log(`${total.toFixed(2).padStart(8)} kB  ${name} in all: budget ${most}, aim ${aim}${over ? '  TOO LARGE' : ''}`);
}
process.exit(failed ? 1 : 0);
