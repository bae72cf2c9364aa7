// Runs the journeys against the real server, one after another, and ends with the line
// "N passed, N failed". Arguments choose journeys by part of their name.

import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { closeBrowser, closePeople, photograph, takeComplaints } from './lib/browser.mjs';
import { closeModels } from './lib/llm.mjs';
import { removeAll } from './lib/octim.mjs';
import { closeSites } from './lib/site.mjs';

const here = new URL('.', import.meta.url);
const results = new URL('test-results/', here).pathname;
const LIMIT = 120_000;

rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });

const chosen = process.argv.slice(2);
const files = readdirSync(new URL('journeys/', here)).filter((name) => name.endsWith('.mjs')).sort();
let passed = 0;
let failed = 0;

async function clean() {
  await closePeople();
  await closeSites();
  closeModels();
  await removeAll();
}

for (const name of ['SIGINT', 'SIGTERM']) {
  process.once(name, async () => {
    await clean().catch(() => {});
    process.exit(130);
  });
}

async function limited(run) {
  let timer;
  const late = new Promise((_, no) => {
    timer = setTimeout(() => no(new Error(`longer than ${LIMIT / 1000} s`)), LIMIT);
  });
  try {
    await Promise.race([run(), late]);
  } finally {
    clearTimeout(timer);
  }
}

for (const file of files) {
  const { default: journeys } = await import(new URL(`journeys/${file}`, here));
  for (const [name, run] of Object.entries(journeys)) {
    const title = `${file.replace(/^\d+-|\.mjs$/g, '')}: ${name}`;
    if (chosen.length > 0 && !chosen.some((part) => title.includes(part))) continue;
    const began = performance.now();
    let problem = null;
    try {
      await limited(run);
      const complaints = takeComplaints();
      if (complaints.length > 0) problem = new Error(`pages complained:\n  ${complaints.join('\n  ')}`);
    } catch (error) {
      problem = error;
      const complaints = takeComplaints();
      if (complaints.length > 0) console.log(`  pages complained:\n  ${complaints.join('\n  ')}`);
    }
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    if (problem) {
      failed += 1;
      await photograph(`${results}${title.replace(/\W+/g, '-')}`);
      console.log(`not ok  ${title} (${seconds} s)\n${problem.stack ?? problem}`);
    } else {
      passed += 1;
      console.log(`ok      ${title} (${seconds} s)`);
    }
    await clean().catch((error) => console.log(`  cleaning up: ${error}`));
    takeComplaints();
  }
}
await closeBrowser();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
