// The channel's colour is there from the first paint on, without help from the site; and the
// console says rightly where the script was seen.

import { person } from '../lib/browser.mjs';
import { Octim } from '../lib/octim.mjs';
import { assert, reads, sees } from '../lib/see.mjs';
import { startSite } from '../lib/site.mjs';
import { Console } from '../lib/staff.mjs';
import { until } from '../lib/until.mjs';
import { ChatWindow, launcher, openChat } from '../lib/visitor.mjs';

const GREEN = '#0b6b4a';
const RGB = 'rgb(11, 107, 74)';

/** In every frame: the colour at each picture that is drawn, from the first with anything in it. */
function film() {
  window.shots = [];
  const shoot = () => {
    const header = document.querySelector('#app header');
    if (header) window.shots.push(getComputedStyle(header).backgroundColor);
    requestAnimationFrame(shoot);
  };
  requestAnimationFrame(shoot);
}

async function colour() {
  const octim = await Octim.start('demo');
  const admin = await Console.open(await person(), octim, 'su', { path: '/console/settings/channels' });
  const channel = await admin.staff.channel();
  const { name, team_id, allowed_origins, title, greeting, locale } = channel;
  await admin.staff.put(`/api/channels/${channel.id}`, { name, team_id, allowed_origins, title, greeting, locale, color: GREEN });
  const site = await startSite({ host: octim.url, key: channel.key });
  const visitor = await person();
  await visitor.addInitScript(film);
  // The session answers late, as on a bad network: until then the window knows only its page.
  let let_go = () => {};
  const gate = new Promise((go) => (let_go = go));
  await visitor.route('**/api/visitor/session', async (route) => {
    await gate;
    await route.continue();
  });
  const page = await visitor.newPage();
  const told = [];
  page.on('request', (request) => request.url().includes('/octim.js') && told.push(request.url()));
  await page.goto(site.url);
  await until('the button has the colour', async () => (await launcher(page).evaluate((one) => getComputedStyle(one).backgroundColor)) === RGB);
  const chat = await openChat(page);
  const frame = page.frames()[1];
  await frame.waitForFunction(() => window.shots.length > 5);
  let_go();
  await sees(chat.root.getByText(greeting.slice(0, 6)));
  await frame.waitForFunction((count) => window.shots.length > count + 5, await frame.evaluate(() => window.shots.length));
  assert.deepEqual([...new Set(await frame.evaluate(() => window.shots))], [RGB]);

  // Emoji alone stand without a bubble; where the font has no colours they are still to be seen.
  await chat.say('😂👍');
  const alone = chat.mine('😂👍').locator('.bubble');
  const ink = await frame.evaluate(() => getComputedStyle(document.body).color);
  // Asked again, because the row is drawn anew when the message is sent.
  await until('it is seen', async () => {
    const [color, ground] = await alone.evaluate((one) => [getComputedStyle(one).color, getComputedStyle(one).backgroundColor]);
    return ground === 'rgba(0, 0, 0, 0)' && color === ink;
  });

  const hosted = await visitor.newPage();
  await hosted.goto(channel.chat_url);
  await sees(new ChatWindow(hosted, hosted, 'zh-CN').field);
  await hosted.waitForFunction(() => window.shots.length > 5);
  assert.deepEqual([...new Set(await hosted.evaluate(() => window.shots))], [RGB]);

  // A site that says another colour for its button gets it.
  const own = await startSite({ host: octim.url, key: channel.key, attributes: 'data-color="#112233"' });
  await page.goto(own.url);
  await until('the button has the colour of the tag', async () => (await launcher(page).evaluate((one) => getComputedStyle(one).backgroundColor)) === 'rgb(17, 34, 51)');
}

async function installed() {
  const octim = await Octim.start('demo');
  const admin = await Console.open(await person(), octim, 'su', { path: '/console/settings/channels' });
  const { page, w } = admin;
  const channel = await admin.staff.channel();
  const entry = page.locator('.list button', { hasText: channel.name });
  await reads(entry, w('channels.notSeen'));

  // Our own demo shop is no installation, and is not called one.
  const shop = await (await person()).newPage();
  await shop.goto(`${octim.url}/demo`);
  await sees(launcher(shop));
  await page.reload();
  await reads(entry, w('channels.seenOwn'));
  await entry.click();
  await reads(page.locator('.install-check .state'), w('install.seenOwn'));

  // A site counts, also one that keeps its addresses to itself; and our shop does not push it out.
  const quiet = await startSite({ host: octim.url, key: channel.key, attributes: 'referrerpolicy="no-referrer"' });
  const visitor = await (await person()).newPage();
  await visitor.goto(quiet.url);
  await openChat(visitor);
  await reads(page.locator('.install-check .state'), quiet.url);
  await shop.reload();
  await sees(launcher(shop));
  const { seen_origin } = await admin.staff.channel();
  assert.equal(seen_origin, quiet.url);
  await page.goto(`${octim.url}/console/settings/channels`);
  await sees(entry.locator('.seen.on'));
}

export default {
  'the window is the colour of its channel from the first paint on': colour,
  'the console says where the script was seen': installed,
};
