// Builds the publishable package into dist/: ES modules, declarations and a package.json of
// its own (`npm publish dist`). Inside the workspace others use the sources.
import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

const root = new URL('..', import.meta.url).pathname;
rmSync(`${root}dist`, { recursive: true, force: true });
execFileSync('npx', ['tsc', '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
const { scripts: _s, devDependencies: _d, private: _p, exports: _e, ...rest } = JSON.parse(
  readFileSync(`${root}package.json`, 'utf8'),
);
const exports = { '.': { types: './index.d.ts', default: './index.js' } };
writeFileSync(`${root}dist/package.json`, `${JSON.stringify({ ...rest, exports }, null, 2)}\n`);
copyFileSync(`${root}README.md`, `${root}dist/README.md`);
