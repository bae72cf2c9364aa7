// A conversation with five thousand messages: few of them are in the page, one scrolls up and down
// without a jump, search leads far back, and the newest is one key away.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { person } from '../lib/browser.mjs';
import { Guest } from '../lib/guest.mjs';
import { Octim } from '../lib/octim.mjs';
import { assert, sees, seesCount } from '../lib/see.mjs';
import { hasSqlite } from '../lib/sqlite.mjs';
import { Console } from '../lib/staff.mjs';

const MANY = 5_000;
const MOST = 240;

/** Written into the database of the stopped server: over HTTP it would take a minute. */
const fill = (id) => `
begin;
insert into messages (id, workspace_id, conversation_id, seq, sender_kind, sender_id, client_id, content, created_at)
  with recursive n (i) as (select (select last_seq from conversations where id = ${id}) + 1 union all select i + 1 from n where i < ${MANY})
  select 1000000 + i, c.workspace_id, c.id, i, iif(i % 5 < 2, 'agent', 'visitor'), iif(i % 5 < 2, c.assignee_id, c.contact_id), null,
    json_object('type', 'text', 'text', '第 ' || i || ' 句' || iif(i % 7 = 0, '，这一句比较长，说的是包装上的压痕和里面的茶壶，因此在窄的地方会分成几行来显示', '')), c.created_at + i * 20000
  from n join conversations c on c.id = ${id};
update conversations set last_seq = ${MANY}, version = version + 1 where id = ${id};
commit;`;

/** Scrolls like a wheel until nothing moves any more; tells of jumps and of rows in the page. */
async function scroll(page, by) {
  return page.evaluate(async (step) => {
    const box = document.querySelector('[role=log]');
    const top = (line) => line.getBoundingClientRect().top;
    const lines = () => [...box.querySelectorAll('[data-seq]')];
    let [jumps, most, still] = [0, 0, 0];
    while (still < 120) {
      const held = lines().find((line) => line.getBoundingClientRect().bottom > top(box) + 100);
      const stood = held && top(held);
      const before = box.scrollTop;
      box.scrollTop += step;
      const moved = box.scrollTop - before;
      await new Promise((done) => requestAnimationFrame(done));
      const same = held && box.querySelector(`[data-seq="${held.dataset.seq}"]`);
      if (same && Math.abs(top(same) - stood + moved) > 2) jumps += 1;
      most = Math.max(most, lines().length);
      still = Math.abs(moved) < 1 ? still + 1 : 0;
    }
    return { jumps, most, first: Number(lines()[0].dataset.seq), last: Number(lines().at(-1).dataset.seq) };
  }, by);
}

async function fiveThousand() {
  const octim = await Octim.start('demo');
  let console = await Console.open(await person(), octim, 'su', { path: '/console/settings/profile', presence: 'busy' });
  const guest = await Guest.arrive(octim, (await console.staff.channel()).key, { hints: { name: '长谈' } });
  const id = await guest.say('第 1 句');
  await console.staff.post(`/api/conversations/${id}/accept`);
  await console.page.close();
  await octim.stop();
  execFileSync('sqlite3', ['-bail', join(octim.data, 'octim.db')], { input: fill(id) });
  await octim.start();
  console = await Console.open(await person(), octim, 'su', { path: `/console/inbox/mine/${id}` });
  const { page } = console;
  await sees(console.said(`第 ${MANY} 句`));

  const up = await scroll(page, -2000);
  assert.deepEqual({ jumps: up.jumps, first: up.first }, { jumps: 0, first: 1 });
  assert.ok(up.most <= MOST, `${up.most} messages in the page`);
  const down = await scroll(page, 2000);
  assert.deepEqual({ jumps: down.jumps, last: down.last }, { jumps: 0, last: MANY });
  assert.ok(down.most <= MOST, `${down.most} messages in the page`);

  // Far back by address, as search opens it; news do not move it; one key to the end.
  await page.goto(`${octim.url}/console/inbox/mine/${id}?seq=1234`);
  await sees(page.locator('[data-seq="1234"].found'));
  const stands = () => page.locator('[data-seq="1234"]').evaluate((line) => Math.round(line.getBoundingClientRect().top));
  const stood = await stands();
  await guest.say('刚刚说的');
  await sees(page.locator('.jump.fresh'));
  assert.equal(await stands(), stood);
  await seesCount(console.said('刚刚说的'), 0);
  await console.messages.focus();
  await page.keyboard.press('End');
  await sees(console.said('刚刚说的'));
  await seesCount(page.locator('.jump'), 0);
}

export default hasSqlite('five-thousand') ? { 'a long conversation stays light and does not jump': fiveThousand } : {};
