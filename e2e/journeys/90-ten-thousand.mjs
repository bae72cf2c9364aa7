// An inbox with ten thousand conversations: the list goes to its end with few rows in the
// page, keys are answered at once, and news still come in at the top.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { person } from '../lib/browser.mjs';
import { Guest } from '../lib/guest.mjs';
import { Octim } from '../lib/octim.mjs';
import { assert, reads, sees } from '../lib/see.mjs';
import { hasSqlite } from '../lib/sqlite.mjs';
import { Console, Staff } from '../lib/staff.mjs';
import { until } from '../lib/until.mjs';

const MANY = 10_000;
const MOST_ROWS = 60;

/** Written into the database of the stopped server: over HTTP it would take minutes. */
const SQL = `
pragma foreign_keys = on;
begin;
create temp table n as with recursive n (i) as (select 1 union all select i + 1 from n where i < ${MANY}) select i from n;
create temp table w as select c.workspace_id as ws, c.id as ch, a.id as agent from channels c join agents a on a.email = 'lin@demo.example' order by c.id limit 1;
insert into contacts (id, workspace_id, name, email, phone, note, account, verified, attributes, trail, locale, created_at, seen_at)
  select i, ws, '顾客 ' || i, '', '', '', null, false, '{}', (select trail from contacts limit 1), 'zh-CN', 1000 + i, 1000 + i from n, w;
insert into conversations (id, workspace_id, channel_id, contact_id, contact_name, team_id, assignee_id, status, last_seq, visitor_delivered, visitor_read,
  staff_delivered, staff_read, visitor_unread, staff_unread, preview, preview_side, stars, waiting_since, created_at, queued_at, assigned_at, resolved_at, active_at, version)
  select i, ws, ch, i, '顾客 ' || i, null, agent, 'open', 1, 1, 1, 1, 0, 0, 1, '第 ' || i || ' 个问题', 'visitor', null, 1767225600000 + i, 1767225600000 + i, null, 1767225600000 + i, null, 1767225600000 + i, 1 from n, w;
insert into messages (id, workspace_id, conversation_id, seq, sender_kind, sender_id, client_id, content, created_at)
  select i, ws, i, 1, 'visitor', i, null, json_object('type', 'text', 'text', '第 ' || i || ' 个问题'), 1767225600000 + i from n, w;
commit;`;

async function tenThousand() {
  const octim = await Octim.start('demo');
  await octim.stop();
  execFileSync('sqlite3', ['-bail', join(octim.data, 'octim.db')], { input: SQL });
  await octim.start();
  const console = await Console.open(await person(), octim, 'lin', { path: '/console/inbox/mine' });
  const { page } = console;
  const rows = page.getByRole('listbox').getByRole('option');
  await sees(rows);
  await reads(console.view('mine'), '999+');

  // To the end, page by page, as fast as the list grows.
  const list = page.getByRole('listbox', { name: console.w('view.mine') });
  await list.focus();
  let most = 0;
  let last = 0;
  const began = Date.now();
  while (!(await page.locator('.row.cursor', { hasText: '第 1 个问题' }).count())) {
    await page.keyboard.press('End');
    await until('the list grows', async () => {
      const now = await list.evaluate((element) => ({ height: element.scrollHeight, rows: element.querySelectorAll('[role=option]').length }));
      most = Math.max(most, now.rows);
      const grown = now.height > last;
      last = Math.max(last, now.height);
      return grown || (await page.locator('.row.cursor', { hasText: '第 1 个问题' }).count());
    }, { pause: 5 });
    assert.ok(Date.now() - began < 90_000, 'the end is reached');
  }
  assert.ok(most <= MOST_ROWS, `${most} rows in the page`);
  assert.equal(Number(await page.locator('.row.cursor').getAttribute('aria-setsize')) >= MANY, true);

  // A key moves the cursor within the next frames.
  const slow = await page.evaluate(async () => {
    const times = [];
    for (let press = 0; press < 30; press += 1) {
      const before = document.querySelector('.row.cursor')?.id;
      const start = performance.now();
      document.dispatchEvent(new KeyboardEvent('keydown', { key: press % 2 ? 'j' : 'k', bubbles: true, cancelable: true }));
      while (document.querySelector('.row.cursor')?.id === before) await new Promise((done) => requestAnimationFrame(done));
      times.push(performance.now() - start);
    }
    return times.sort((a, b) => a - b)[15];
  });
  assert.ok(slow < 250, `a key takes ${slow.toFixed(0)} ms`);

  await page.keyboard.press('Home');
  await page.keyboard.press('Enter');
  await sees(console.composer);
  const guest = await Guest.arrive(octim, (await ownerChannel(octim)).key, { hints: { name: '新来的' } });
  await guest.say('我是新来的');
  // She has more than she can take: the newcomer waits in the queue.
  await console.view('queue').click();
  await sees(console.row('我是新来的'));
  await console.view('mine').click();
  await sees(console.row(`第 ${MANY} 个问题`));
  assert.ok((await rows.count()) <= MOST_ROWS);
}

async function ownerChannel(octim) {
  return (await Staff.login(await person(), octim, 'su@demo.example')).channel();
}

export default hasSqlite('ten-thousand') ? { 'the list stays light and quick': tenThousand } : {};
