// Desktop notifications: only when allowed and only while the agent looks elsewhere, with the words
// or, where others see the screen, without them; a click leads to the conversation.

import { person } from '../lib/browser.mjs';
import { Guest } from '../lib/guest.mjs';
import { Octim } from '../lib/octim.mjs';
import { assert, reads, sees } from '../lib/see.mjs';
import { Console } from '../lib/staff.mjs';
import { until } from '../lib/until.mjs';
import { LOCALES } from '../lib/words.mjs';

/** Keeps what is shown, and makes looking away something that a journey can do. */
function observe() {
  window.away = false;
  window.notices = [];
  document.hasFocus = () => !window.away;
  const Real = window.Notification;
  window.Notification = class {
    static get permission() {
      return Real.permission;
    }
    static requestPermission() {
      return Real.requestPermission();
    }
    constructor(title, options) {
      this.title = title;
      this.options = options;
      window.notices.push(this);
    }
    close() {}
  };
}

async function notifications(locale) {
  const octim = await Octim.start('demo');
  const context = await person({ locale });
  await context.grantPermissions(['notifications'], { origin: octim.url });
  await context.addInitScript(observe);
  const console = await Console.open(context, octim, 'su', { locale, path: '/console/settings/profile', presence: 'busy' });
  const { page, w } = console;
  const { key } = await console.staff.channel();
  const notices = () => page.evaluate(() => window.notices.map(({ title, options }) => ({ title, body: options.body, tag: options.tag })));
  const notice = async (count) => {
    await until(`notification ${count}`, async () => (await notices()).length >= count);
    assert.equal((await notices()).length, count);
    return (await notices()).at(-1);
  };
  const away = (yes) => page.evaluate((is) => (window.away = is), yes);

  // Nothing is shown until it is turned on, nor while the agent looks at the page.
  const first = await Guest.arrive(octim, key, { hints: { name: '周婷' } });
  await away(true);
  await first.say('没有打开通知');
  await until('the queue is counted', async () => (await console.staff.get('/api/conversations/counts')).queue > 0);
  await away(false);
  const toggle = page.getByRole('switch', { name: w('profile.desktop'), exact: true });
  await toggle.press('Space');
  await until('it is on', () => page.evaluate(() => localStorage.getItem('octim.desktop') === 'on'));
  await page.goto(`${octim.url}/console/inbox/queue`);
  await sees(console.row('没有打开通知'));
  const second = await Guest.arrive(octim, key, { hints: { name: '何川' } });
  await second.say('看着的时候');
  await sees(console.row('看着的时候'));
  assert.deepEqual(await notices(), []);

  await away(true);
  const third = await Guest.arrive(octim, key, { hints: { name: '许晴\n<b>' } });
  const id = await third.say('我的银行卡号是 6222');
  const said = await notice(1);
  assert.equal(said.title, w('alert.queue', { name: '许晴<b>' }));
  assert.equal(said.body, '我的银行卡号是 6222');
  assert.equal(said.tag, `octim-${id}`);
  await page.evaluate(() => window.notices[0].onclick());
  await reads(page.getByRole('heading', { level: 2 }), '许晴');
  assert.equal(new URL(page.url()).pathname, `/console/inbox/queue/${id}`);

  // Where others can see the screen: that there is something, not who and what.
  await away(false);
  await page.goto(`${octim.url}/console/settings/profile`);
  await page.getByRole('switch', { name: w('profile.words'), exact: true }).press('Space');
  await page.goto(`${octim.url}/console/inbox/mine`);
  await console.staff.post(`/api/conversations/${id}/accept`);
  await sees(console.row('许晴'));
  await away(true);
  await third.say('卡密码是 1234');
  const quiet = await notice(1);
  assert.deepEqual(quiet, { title: w('alert.messageQuiet'), body: '', tag: `octim-${id}` });
  const fourth = await Guest.arrive(octim, key, { hints: { name: '孟溪' } });
  await fourth.say('秘密');
  assert.deepEqual({ ...(await notice(2)), tag: '' }, { title: w('alert.queueQuiet'), body: '', tag: '' });
  assert.doesNotMatch(JSON.stringify(await notices()), /孟溪|秘密|1234|许晴/);
}

export default Object.fromEntries(LOCALES.map((locale) => [`desktop notifications, ${locale}`, () => notifications(locale)]));
