// Whatever people write is text: in every field that a visitor or a colleague can fill, in every
// view that shows it. And when a renderer would be wrong, the policy still holds.

import { person, takeComplaints } from '../lib/browser.mjs';
import { png } from '../lib/files.mjs';
import { Guest } from '../lib/guest.mjs';
import { Octim } from '../lib/octim.mjs';
import { assert, reads, sees, seesCount } from '../lib/see.mjs';
import { startSite } from '../lib/site.mjs';
import { Console } from '../lib/staff.mjs';
import { until } from '../lib/until.mjs';
import { ChatWindow, openChat } from '../lib/visitor.mjs';

/** One of each kind, with a sign by which it is found again. */
const evil = (sign) => `${sign}<img src=x onerror=alert(1)>"'><svg/onload=alert(1)>`;
const LINKS = [
  'javascript:alert(1)', 'JaVaScRiPt:alert(1)', 'java\nscript:alert(1)', '&#106;avascript:alert(1)', 'data:text/html,<script>alert(1)</script>',
  'vbscript:msgbox(1)', '[x](javascript:alert(1))', '<a href="javascript:alert(1)">x</a>', 'http://good.example@evil.example/', 'https://shop.example/"onmouseover="alert(1)',
];
const TEMPLATES = '{{constructor.constructor("alert(1)")()}} ${alert(1)} #{alert(1)} <%= 7*7 %> @{alert(1)}';
const DISGUISED = 'https://shop.example/\u202Egpj.exe\u202C a\u200Bb\u2066c\u2069d';
const TEXTS = ['<script>alert(1)</script>', evil('t1'), ...LINKS, TEMPLATES, DISGUISED, '</textarea></style></script><script>alert(1)</script>'];

/** A policy that is violated is told on the console, which the runner reads. */
const watch = (context) =>
  context.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => console.error(`violation: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
  });

/** Nothing of the texts has become an element or an address that runs. */
async function harmless(root) {
  await seesCount(root.locator('img[src="x"], [onload], [onerror], [onmouseover], script:not([src]), iframe:not(.f)'), 0);
  const links = await root.locator('a[href]').evaluateAll((all) => all.map((one) => one.getAttribute('href')));
  for (const link of links) assert.match(link, /^(https?:|mailto:|tel:|blob:|\/|#)/i);
  assert.ok(!links.some((link) => /evil\.example|@/.test(link) && !link.startsWith('mailto:')), `links: ${links}`);
}

async function poison(octim, staff) {
  const channel = await staff.channel();
  await staff.put(`/api/channels/${channel.id}`, { name: evil('channel'), team_id: channel.team_id, allowed_origins: [], title: '<b>title</b><script>alert(1)', greeting: evil('greeting'), color: channel.color, locale: null });
  const team = await staff.post('/api/teams', { name: evil('team'), member_ids: [] });
  await staff.post('/api/agents', { name: evil('agent'), email: 'x@demo.example', password: 'a long enough phrase', role: 'agent', team_ids: [team.id] });
  await staff.patch('/api/me', { name: evil('me') });
  const guest = await Guest.arrive(octim, channel.key, {
    userAgent: 'Mozilla/5.0 (<img src=x onerror=alert(1)>) Chrome/1',
    hints: { name: evil('name'), email: evil('mail'), phone: evil('phone'), attributes: { [evil('key').slice(0, 50)]: evil('value'), page: 'javascript:alert(1)' } },
    page: { url: 'https://shop.example/?q=<img src=x onerror=alert(1)>"onclick="alert(1)', title: evil('page'), referrer: 'data:text/html,<script>alert(1)</script>', time_zone: '<img src=x onerror=alert(1)>' },
  });
  // An ended and rated one, and one that goes on.
  const first = await guest.say(evil('ended'));
  await guest.end(first);
  await guest.rate(first, { stars: 1, tags: ['<img src=x onerror=alert(1)>'], solved: false, text: evil('rating') });
  let id;
  for (const text of TEXTS) id = await guest.say(text);
  await guest.sendFile('<img src=x onerror=alert(1)>.txt', 'text/plain', Buffer.from('x'));
  await guest.sendFile('"><svg onload=alert(1)>.png', 'image/png', png(40, 40));
  await staff.patch(`/api/contacts/${guest.contactId}`, { note: evil('note') });
  return { guest, id, first, channel, team };
}

async function everywhere() {
  const octim = await Octim.start('demo');
  const context = await person();
  await watch(context);
  const console = await Console.open(context, octim, 'su');
  const { page, staff, w } = console;
  const { guest, id, first, channel, team } = await poison(octim, staff);
  const open = async (path) => {
    await page.goto(octim.url + path);
    await sees(page.getByRole('navigation', { name: w('nav.label') }));
  };

  await open('/console/inbox/queue');
  await sees(console.row('name<img src=x'));
  for (const view of ['mine', 'team', 'all', 'resolved']) {
    await console.view(view).click();
    await page.waitForURL(`**/inbox/${view}`);
    await harmless(page);
  }
  await open(`/console/inbox/all/${id}`);
  await staff.post(`/api/conversations/${id}/assign`, { team_id: team.id });
  await reads(page.locator('.notice', { hasText: 'team<img' }), '"\'><svg/onload');
  await staff.post(`/api/conversations/${id}/accept`);
  for (const text of ['<script>alert(1)</script>', TEMPLATES, 'javascript:alert(1)', '[x](javascript:alert(1))', 'https://shop.example/gpj.exe abcd']) await sees(console.said(text));
  for (const text of ['name<img', 'mail<img', 'phone<img', 'note<img', 'page<img', 'key<img', 'value<img', 'data:text/html,<script>']) await sees(page.locator('.panel').getByText(text));
  await sees(page.locator('.file', { hasText: 'img src=x onerror=alert(1)_.txt' }));
  await harmless(page);
  await guest.visit({ url: 'javascript:alert(document.domain)//', title: evil('moved'), referrer: '', time_zone: '' });
  await open(`/console/inbox/all/${id}`);
  await sees(page.locator('.panel').getByText('javascript:alert(document.domain)'));
  await harmless(page);
  await page.locator('button.picture').click();
  await harmless(page);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await page.locator('.header').getByRole('button', { name: w('chat.assign') }).click();
  await sees(page.getByRole('option').filter({ hasText: 'team<img' }));
  await sees(page.getByRole('option').filter({ hasText: 'agent<img' }));
  await harmless(page);
  // The menu takes the keyboard when it has opened, and gives it back when it closes.
  await sees(page.locator('input:focus'));
  await page.keyboard.press('Escape');
  await console.say(evil('answer'));
  await sees(console.said('answer<img'));
  await open(`/console/inbox/resolved/${first}`);
  await sees(page.locator('.panel').getByText('rating<img'));
  await harmless(page);
  await open(`/console/search?q=${encodeURIComponent('alert')}`);
  await sees(page.locator('.hit mark'));
  await harmless(page);
  for (const section of ['profile', 'security', 'sessions', 'channels', 'agents', 'teams']) {
    await open(`/console/settings/${section}`);
    await sees(page.locator('.settings .inner h1'));
    await harmless(page);
  }
  await open(`/console/settings/channels?channel=${channel.id}`);
  await sees(page.getByRole('heading', { name: 'channel<img' }));
  await harmless(page);

  // The visitor's own side: hosted page and window, with what staff wrote.
  const visitor = await person();
  await watch(visitor);
  await visitor.addInitScript(([key, token]) => location.pathname.startsWith('/chat/') && localStorage.setItem(key, token), [`octim:token:${channel.key}`, guest.token]);
  const hosted = await visitor.newPage();
  await hosted.goto(channel.chat_url);
  const chat = new ChatWindow(hosted, hosted, 'zh-CN');
  await sees(chat.theirs('answer<img'));
  await reads(hosted.getByRole('heading', { level: 1 }), 'me<img');
  await sees(hosted.getByText('greeting<img'));
  for (const text of ['<script>alert(1)</script>', TEMPLATES, '.txt']) await sees(chat.mine(text));
  await harmless(hosted);
  await chat.menu('history');
  await seesCount(hosted.locator('.list .item'), 2);
  await hosted.locator('.list .item').nth(1).click();
  await sees(hosted.getByText('ended<img'));
  await harmless(hosted);

  const site = await startSite({ host: octim.url, key: channel.key, title: evil('site').replace(/</g, '&lt;') });
  const shop = await visitor.newPage();
  await shop.goto(`${site.url}/?q=<img src=x onerror=alert(1)>`);
  const framed = await openChat(shop);
  await reads(framed.root.getByRole('heading', { level: 1 }), '<b>title</b><script>alert(1)');
  await harmless(framed.root);
}

async function sabotaged() {
  const octim = await Octim.start('demo');
  const console = await Console.open(await person(), octim, 'su');
  const visitor = await person();
  const hosted = await visitor.newPage();
  await hosted.goto((await console.staff.channel()).chat_url);
  await sees(new ChatWindow(hosted, hosted, 'zh-CN').field);
  takeComplaints();

  // The console does not even take markup; the window takes it, and it does not run.
  assert.match(await console.page.evaluate(() => {
    try {
      document.createElement('div').innerHTML = '<img src=x onerror=alert(1)>';
      return 'taken';
    } catch (error) {
      return error.message;
    }
  }), /TrustedHTML/);
  takeComplaints();
  await hosted.evaluate(() => {
    const box = document.createElement('div');
    box.innerHTML = '<img src=x onerror=alert(1)><iframe srcdoc="<script>parent.alert(1)</script>"></iframe><a id="bad" href="javascript:alert(1)">x</a>';
    document.body.append(box);
    document.getElementById('bad').click();
    document.body.append(Object.assign(document.createElement('script'), { textContent: 'alert(1)' }));
  });
  const said = [];
  await until('the policy refuses all of it', () => {
    said.push(...takeComplaints());
    return said.filter((one) => /Content Security Policy/.test(one)).length >= 3;
  });
  assert.ok(!said.some((one) => one.startsWith('dialog')), said.join('\n'));
}

export default {
  'no text becomes code, in any view': everywhere,
  'a sabotaged renderer is stopped by the policy': sabotaged,
};
