// Runs the journeys against the real server, one after another, and ends with the line
// "N passed, N failed". Arguments choose journeys by part of their name. One that fails is run once
// more: passing then, it counts as passed and is named as shaky, which is a fault to look into.

import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { closeBrowser, closePeople, photograph, takeComplaints } from './lib/browser.mjs';
import { closeModels } from './lib/llm.mjs';
import { removeAll } from './lib/octim.mjs';
import { closeShops } from './lib/shop.mjs';
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
const shaky = [];

async function clean() {
  await closePeople();
  await closeSites();
  closeModels();
  closeShops();
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

/** Walks a journey once; gives what went wrong, or null. */
async function walk(title, run, attempt) {
  const began = performance.now();
  let problem = null;
  try {
    await limited(run);
  } catch (error) {
    problem = error;
  }
  const complaints = takeComplaints();
  if (complaints.length > 0) {
    const heard = `pages complained:\n  ${complaints.join('\n  ')}`;
    if (problem) console.log(`  ${heard}`);
    problem ??= new Error(heard);
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  if (problem) {
    await photograph(`${results}${title.replace(/\W+/g, '-')}-${attempt}`);
    console.log(`${attempt === 1 ? 'again  ' : 'not ok '} ${title} (${seconds} s)\n${problem.stack ?? problem}`);
  } else {
    console.log(`ok      ${title} (${seconds} s)`);
  }
  await clean().catch((error) => console.log(`  cleaning up: ${error}`));
  takeComplaints();
  return problem;
}

for (const file of files) {
  const { default: journeys } = await import(new URL(`journeys/${file}`, here));
  for (const [name, run] of Object.entries(journeys)) {
    const title = `${file.replace(/^\d+-|\.mjs$/g, '')}: ${name}`;
    if (chosen.length > 0 && !chosen.some((part) => title.includes(part))) continue;
    if (!(await walk(title, run, 1))) passed += 1;
    else if (await walk(title, run, 2)) failed += 1;
    else {
      passed += 1;
      shaky.push(title);
    }
  }
}
await closeBrowser();
for (const title of shaky) console.log(`shaky   ${title}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
