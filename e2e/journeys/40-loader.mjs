// The script on the customer's page: quiet until somebody means to chat, alone, deaf to
// strangers, and a way for the site to say who the visitor is.

import { readFileSync, readdirSync } from 'node:fs';
import { person, takeComplaints } from '../lib/browser.mjs';
import { signedIdentity } from '../lib/jwt.mjs';
import { Octim } from '../lib/octim.mjs';
import { assert, holds, reads, sees, seesCount } from '../lib/see.mjs';
import { startSite } from '../lib/site.mjs';
import { Console, Staff } from '../lib/staff.mjs';
import { until } from '../lib/until.mjs';
import { chatOn, launcher, openChat } from '../lib/visitor.mjs';

async function shop(more = {}) {
  const octim = await Octim.start('demo');
  const owner = await Staff.login(await person(), octim, 'su@demo.example');
  const channel = await owner.channel();
  const site = await startSite({ host: octim.url, key: channel.key, ...more });
  const visitor = await person();
  return { octim, owner, channel, site, visitor };
}

async function quiet() {
  const { octim, site, visitor } = await shop({ tags: 2 });
  const asked = [];
  visitor.on('request', (request) => request.url().startsWith(octim.url) && asked.push(request.url().replace(octim.url, '')));
  const page = await visitor.newPage();
  await page.goto(site.url);
  await sees(launcher(page));
  await page.waitForLoadState('networkidle');
  await seesCount(launcher(page), 1);
  await seesCount(page.locator('iframe'), 0);
  assert.ok(asked.length > 0 && asked.every((path) => path.startsWith('/octim.js')), `asked for ${asked}`);
  assert.deepEqual(await page.evaluate(async () => [localStorage.length, sessionStorage.length, document.cookie, (await indexedDB.databases()).length]), [0, 0, '', 0]);
  assert.deepEqual(await visitor.cookies(), []);
  // The second copy stays inert after the intent, too.
  await openChat(page);
  await seesCount(page.locator('iframe'), 1);
  assert.deepEqual(await visitor.cookies(), [], 'visitors get no cookie');
  assert.deepEqual(await page.evaluate(() => [localStorage.length, sessionStorage.length]), [0, 1]);
}

async function singlePage() {
  const { owner, site, visitor } = await shop();
  const page = await visitor.newPage();
  await page.goto(site.url);
  const chat = await openChat(page);
  await chat.say('第一页');
  await sees(chat.mark('第一页', 'sent'));
  await page.evaluate(() => {
    history.pushState({}, '', '/product/9?color=red');
    document.title = '红色跑鞋';
    document.body.replaceChildren(Object.assign(document.createElement('main'), { textContent: '红色跑鞋' }));
  });
  await sees(launcher(page));
  await sees((await chatOn(page)).mine('第一页'));
  await until('the agent learns of the new page', async () => {
    const { conversations } = await owner.get('/api/conversations?view=all');
    const { contact } = await owner.get(`/api/conversations/${conversations.find((one) => one.preview === '第一页').id}`);
    return contact.page_title === '红色跑鞋' && contact.page_url === `${site.url}/product/9?color=red`;
  });
  // A real page change: the window comes back as it was.
  await page.goto(`${site.url}/there`);
  await sees((await chatOn(page)).mine('第一页'));
}

/** Everything that loader and window say to each other, said by a stranger to everybody in reach. */
function attack() {
  const heard = [];
  // The other stranger may speak; ours may not answer.
  addEventListener('message', (event) => event.origin === location.origin || heard.push(JSON.stringify(event.data)));
  const facts = { url: 'https://evil.example', title: 'evil', referrer: '', time_zone: 'UTC' };
  const lies = [
    'octim:ready', 'octim:port', { type: 'open' }, { type: 'close' }, { type: 'unread', count: 99 }, { type: 'preview', height: 300 },
    { type: 'event', name: 'message', detail: 'staff' }, { type: 'state', open: true, focused: true }, { type: 'page', page: facts },
    { type: 'hints', hints: { name: 'evil' } }, { type: 'identify', jwt: 'a.b.c' }, { type: 'reset' },
  ];
  const everybody = (top) => [top, ...Array.from({ length: top.length }, (_, at) => top[at])];
  return (targets) => {
    for (const target of targets.flatMap(everybody)) {
      if (target === window) continue;
      for (const lie of lies) {
        const channel = new MessageChannel();
        channel.port1.onmessage = ({ data }) => heard.push(JSON.stringify(data));
        for (const other of lies.slice(2)) channel.port1.postMessage(other);
        target.postMessage(lie, '*');
        target.postMessage(lie, '*', [channel.port2]);
      }
    }
    return heard;
  };
}

async function strangers() {
  const evil = await startSite({ host: 'http://127.0.0.1:9', key: 'x', tags: 0, title: 'evil' });
  const evilUrl = evil.url.replace('shop.', 'evil.');
  const { owner, site, visitor } = await shop({ body: `<iframe id="evil" src="${evilUrl}"></iframe>` });
  site.frames = evilUrl;
  const opener = await visitor.newPage();
  await opener.goto(evilUrl);
  const [page] = await Promise.all([visitor.waitForEvent('page'), opener.evaluate((url) => void (window.victim = open(url)), site.url)]);
  await sees(launcher(page));
  const frame = page.frames().find((one) => one.url().startsWith(evilUrl));
  const heard = new Map([[opener, 'victim'], [frame, 'parent']]);
  const assail = async () => {
    for (const [place, target] of heard) {
      await place.evaluate(([code, name]) => {
        window.say ??= new Function(`return (${code})()`)();
        window.heard = window.say([window[name]]);
      }, [attack.toString(), target]);
    }
    // Messages are tasks: one of our own behind them is heard last.
    await page.evaluate(() => new Promise((done) => setTimeout(done, 0)));
  };

  // Nobody meant to chat: nothing opens.
  await assail();
  await seesCount(page.locator('iframe.f'), 0);
  assert.equal(await launcher(page).getAttribute('aria-expanded'), 'false');

  const events = () => page.evaluate(() => window.told);
  await page.evaluate(() => {
    window.told = [];
    for (const name of ['open', 'close', 'unread', 'message', 'identified', 'status']) window.octim('on', name, (...detail) => window.told.push([name, ...detail.filter(Boolean)]));
  });
  const chat = await openChat(page);
  await chat.say('我是真正的访客');
  await sees(chat.mark('我是真正的访客', 'sent'));
  await assail();
  await chat.say('还在');
  await sees(chat.mark('还在', 'sent'));
  assert.equal(await launcher(page).getAttribute('aria-expanded'), 'true');
  await sees(chat.mine('我是真正的访客'));
  assert.deepEqual(await events(), [['open'], ['message', 'visitor'], ['message', 'visitor']]);
  const { conversations } = await owner.get('/api/conversations?view=all');
  const { contact } = await owner.get(`/api/conversations/${conversations.find((one) => one.preview === '还在').id}`);
  assert.notEqual(contact.name, 'evil');
  assert.ok(contact.page_url.startsWith(site.url), contact.page_url);
  for (const place of heard.keys()) assert.deepEqual(await place.evaluate(() => window.heard), [], 'strangers hear nothing');
}

async function framedByOthers() {
  const { octim, owner, channel, site, visitor } = await shop();
  const evil = await startSite({ host: octim.url, key: channel.key, tags: 0, body: `<iframe src="${octim.url}/window?channel=${channel.key}&origin=${encodeURIComponent(site.url)}"></iframe>` });
  const page = await visitor.newPage();
  await page.addInitScript(() => {
    window.heard = [];
    addEventListener('message', ({ data }) => window.heard.push(data));
  });
  // Any site may show this channel; but the window speaks to the one that its address names.
  await page.goto(evil.url);
  await page.frames()[1].waitForSelector('.window');
  assert.deepEqual(await page.evaluate(() => window.heard), []);

  // With a list of sites, no other site gets the window at all.
  await owner.put(`/api/channels/${channel.id}`, { ...pick(channel), allowed_origins: [site.url] });
  takeComplaints();
  await page.goto(evil.url);
  await until('the browser refuses to frame the window', () => takeComplaints().some((one) => /frame-ancestors/.test(one)));
  await page.goto(site.url);
  await openChat(page);

  for (const file of built()) {
    assert.doesNotMatch(readFileSync(file, 'utf8'), /postMessage\([^;]{0,80}["'`]\*["'`]/, `${file} posts to everybody`);
  }
}

const pick = ({ name, team_id, title, greeting, color, locale }) => ({ name, team_id, title, greeting, color, locale });

function built() {
  const dist = new URL('../../web/widget/dist/', import.meta.url);
  return [new URL('octim.js', dist), ...readdirSync(new URL('window/assets/', dist)).filter((name) => name.endsWith('.js')).map((name) => new URL(`window/assets/${name}`, dist))];
}

async function identified() {
  const { octim, owner, channel, site, visitor } = await shop();
  const { value } = await owner.post(`/api/channels/${channel.id}/secrets`, {});
  const jwt = (claims) => signedIdentity(value, channel.key, { sub: 'u-42', name: '李雷', email: 'li@mail.example', attributes: { 会员: '金卡' }, ...claims });
  const page = await visitor.newPage();
  await page.goto(site.url);
  await sees(launcher(page));
  await page.evaluate((token) => {
    window.told = [];
    window.octim('on', 'identified', (detail) => window.told.push(detail));
    window.octim('set', { name: '自称韩梅梅' });
    window.octim('identify', token);
  }, jwt());
  await seesCount(page.locator('iframe'), 0);
  const chat = await openChat(page);
  await chat.say('我是李雷');
  await sees(chat.mark('我是李雷', 'sent'));
  assert.deepEqual(await page.evaluate(() => window.told), ['ok']);

  const console = await Console.open(await person(), octim, 'lin', { path: '/console/inbox/mine' });
  await console.row('我是李雷').click();
  await sees(console.page.locator('.header .verified'));
  await reads(console.page.locator('.trust.yes'), `${console.w('contact.verified')} · u-42`);
  await reads(console.page.locator('.contact .who'), '李雷');
  await reads(console.page.locator('.contact'), '金卡');

  // Forged, expired, of another channel, used twice: refused, and who is there stays.
  const once = jwt({ sub: 'u-43' });
  const bad = [`${jwt()}x`, jwt({ iat: 1, exp: 2 }), signedIdentity(value, 'anotherchannel', { sub: 'u-1' }), signedIdentity('wrong', channel.key, { sub: 'u-1' })];
  for (const token of bad) await page.evaluate((one) => window.octim('identify', one), token);
  await holds(page, 'four refusals', () => window.told.length === 5);
  assert.deepEqual(new Set((await page.evaluate(() => window.told)).slice(1)), new Set(['invalid_identity', 'identity_expired']));
  await sees(chat.mine('我是李雷'));

  // The next person at this computer sees nothing of it.
  await page.evaluate(() => window.octim('reset'));
  await seesCount(chat.mine('我是李雷'), 0);
  await chat.say('我是别人');
  await sees(chat.mark('我是别人', 'sent'));
  await console.row('我是别人').click();
  await sees(console.page.locator('.trust:not(.yes)'));
  await page.evaluate((token) => window.octim('identify', token), jwt());
  await sees(chat.mine('我是李雷'));
  await seesCount(chat.mine('我是别人'), 0);
  await page.evaluate((token) => window.octim('identify', token), once);
  await seesCount(chat.mine('我是李雷'), 0);
  await page.evaluate((token) => {
    window.octim('reset');
    window.octim('identify', token);
  }, once);
  await holds(page, 'the second use is refused', () => window.told.at(-1) === 'identity_reused');
}

async function noStorage() {
  const { site, visitor } = await shop();
  await visitor.addInitScript(() => {
    const deny = () => {
      throw new DOMException('Access is denied for this document.', 'SecurityError');
    };
    for (const name of ['localStorage', 'sessionStorage', 'indexedDB']) Object.defineProperty(window, name, { get: deny });
  });
  const page = await visitor.newPage();
  await page.goto(site.url);
  const chat = await openChat(page);
  await chat.say('没有存储也能聊');
  await sees(chat.mark('没有存储也能聊', 'sent'));
}

export default {
  'nothing is stored, framed or fetched before the intent; a second copy is inert': quiet,
  'survives navigation inside the page and to the next': singlePage,
  'hostile frames and openers change nothing and hear nothing': strangers,
  'the window speaks to its own site only': framedByOthers,
  'signed identity, refusals, and forgetting the visitor': identified,
  'works where the browser gives no storage': noStorage,
};
