// No serious or critical violation on any page, in light and in dark.

import { person } from '../lib/browser.mjs';
import { violations } from '../lib/axe.mjs';
import { Octim } from '../lib/octim.mjs';
import { assert, sees, seesNot } from '../lib/see.mjs';
import { startSite } from '../lib/site.mjs';
import { Console, Staff } from '../lib/staff.mjs';
import { ChatWindow, openChat } from '../lib/visitor.mjs';
import { words } from '../lib/words.mjs';

const LOOKS = [
  { name: 'light, zh-CN', dark: false, theme: 'light', locale: 'zh-CN' },
  { name: 'dark, en', dark: true, theme: 'dark', locale: 'en' },
];

async function front({ dark, locale }) {
  const found = [];
  const w = words(locale).console;
  const page = await (await person({ dark, locale })).newPage();
  const fresh = await Octim.start('serve');
  await page.goto(`${fresh.url}/setup`);
  await sees(page.getByRole('heading', { name: w('setup.title') }));
  await page.getByRole('button', { name: w('common.next') }).click();
  await sees(page.getByText(w('setup.required')));
  found.push(...(await violations(page, 'setup')));
  await fresh.remove();
  const octim = await Octim.start('demo');
  await page.goto(`${octim.url}/console/login`);
  await page.getByLabel(w('login.email')).fill('x@x.example');
  await page.getByLabel(w('login.password'), { exact: true }).fill('wrong password');
  await page.keyboard.press('Enter');
  await sees(page.getByRole('alert'));
  found.push(...(await violations(page, 'login')));
  assert.deepEqual(found, []);
}

async function inside({ dark, theme, locale }) {
  const octim = await Octim.start('demo');
  const console = await Console.open(await person({ dark, locale }), octim, 'su', { locale, theme, path: '/console/inbox/all' });
  const { page, w } = console;
  const found = [];
  const look = async (where) => found.push(...(await violations(page, where)));
  const go = async (path, sign) => {
    await page.goto(octim.url + path);
    await sees(sign);
  };

  await console.row('还没好吗').or(page.getByRole('listbox').getByRole('option')).first().click();
  await sees(console.said(''));
  await look('inbox with a conversation');
  await page.getByRole('tab', { name: w('panel.knowledge') }).click();
  await sees(page.locator('.knowledge li'));
  await look('knowledge beside it');
  await page.keyboard.press('Control+k');
  await sees(page.getByRole('dialog', { name: w('palette.title') }));
  await look('command palette');
  await page.keyboard.press('Escape');
  await seesNot(page.getByRole('dialog'));
  await page.keyboard.press('?');
  await sees(page.getByRole('dialog', { name: w('keys.title') }));
  await look('shortcuts');
  await go('/console/inbox/resolved', page.getByRole('listbox').getByRole('option'));
  await page.getByRole('listbox').getByRole('option').first().click();
  await sees(console.said(''));
  await look('an ended conversation');
  await go('/console/search?q=%E5%8C%85%E8%A3%85', page.locator('.hit'));
  await look('search');
  await go('/console/knowledge', page.locator('tbody a'));
  await page.locator('tbody input[type=checkbox]').first().check();
  await look('knowledge, one chosen');
  const kind = page.locator('.label.kind');
  await page.locator('tbody tr').filter({ hasNot: kind }).locator('a').first().click();
  await sees(page.getByLabel(w('kb.answer'), { exact: true }));
  await look('an entry');
  await page.getByRole('tab', { name: w('kb.tab.history') }).click();
  await sees(page.locator('.changes dd'));
  await look('versions of an entry');
  await go('/console/knowledge', page.locator('tbody a'));
  await page.locator('tbody tr').filter({ has: kind }).locator('a').first().click();
  await sees(page.getByLabel(w('kb.article.summary'), { exact: true }));
  await look('an article');
  await go('/console/knowledge/import', page.getByRole('heading', { name: w('kb.import.title') }));
  const rows = 'question,answer\nIs it red?,Yes.\nIs it blue?,\n';
  await page.locator('input[type=file]').setInputFiles({ name: 'a.csv', mimeType: 'text/csv', buffer: Buffer.from(rows) });
  await sees(page.locator('.rows .wrong'));
  await look('an import');
  await go('/console/knowledge/pairs', page.locator('section h2').or(page.getByText(w('pairs.none'))));
  await look('entries that ask the same');
  await go('/console/knowledge/learning', page.getByText(w('learn.empty.open')));
  await look('what is to be learnt');
  await go('/console/knowledge/evaluation', page.getByText(w('quality.emptySet')));
  await look('evaluation');
  await go('/console/knowledge/language', page.locator('.moods'));
  await look('analysis of a text');
  for (const section of ['profile', 'security', 'sessions', 'channels', 'agents', 'connectors', 'teams']) {
    await go(`/console/settings/${section}`, page.locator('.settings .inner h1'));
    await page.waitForFunction(() => !document.querySelector('[aria-busy="true"]'));
    await look(`settings/${section}`);
  }
  await console.button('teams.new').click();
  await sees(page.getByRole('dialog').getByLabel(w('teams.name')));
  await look('a new team');
  const { id } = await console.staff.channel();
  await go(`/console/settings/channels?channel=${id}`, page.getByLabel(w('channel.title')));
  await look('a channel');
  await go('/console/settings/connectors?connector=new', page.getByLabel(w('connectors.url'), { exact: true }));
  for (const name of ['connectors.addParameter', 'connectors.addHeader', 'connectors.addField', 'common.save']) {
    await console.button(name).first().click();
  }
  await sees(page.getByRole('alert'));
  await look('a new connector');
  assert.deepEqual(found, []);
}

/** Every page of the console at the width of a phone: nothing serious, and nothing wider than it. */
async function pocket({ dark, theme, locale }) {
  const octim = await Octim.start('demo');
  const console = await Console.open(await person({ width: 390, height: 844, phone: true, dark, locale }), octim, 'su', { locale, theme, path: '/console/inbox/all' });
  const { page, w } = console;
  const found = [];
  const look = async (where) => {
    await page.waitForFunction(() => !document.querySelector('[aria-busy="true"]'));
    found.push(...(await violations(page, where)));
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    if (width > 390) found.push(`${where}: ${width} px wide`);
  };
  const { id } = await console.staff.channel();
  await sees(page.getByRole('listbox').getByRole('option'));
  await look('list');
  await page.getByRole('listbox').getByRole('option').first().click();
  await sees(console.said(''));
  await look('conversation');
  await console.button('chat.panel').click();
  await sees(page.locator('.contact .card'));
  await look('contact');
  for (const [path, sign] of [
    ['search?q=%E5%8C%85%E8%A3%85', '.hit'],
    ['knowledge', 'tbody a'],
    ['knowledge/learning', '.states'],
    ['knowledge/evaluation', '.card'],
    ['knowledge/language', '.moods'],
    ['settings', '.settings .menu'],
    ...['profile', 'security', 'sessions', 'channels', 'agents', 'connectors', 'teams'].map((section) => [`settings/${section}`, '.settings .inner h1']),
    [`settings/channels?channel=${id}`, '.install-check'],
    ['settings/connectors?connector=new', '.settings .inner h1'],
  ]) {
    await page.goto(`${octim.url}/console/${path}`);
    await sees(page.locator(sign));
    await look(path);
  }
  await sees(page.getByLabel(w('connectors.url'), { exact: true }));
  assert.deepEqual(found, []);
}

async function visitors({ dark, locale }) {
  const octim = await Octim.start('demo');
  const owner = await Staff.login(await person(), octim, 'su@demo.example');
  const console = await Console.open(await person({ locale }), octim, 'lin', { locale, path: '/console/inbox/mine' });
  const channel = await owner.channel();
  const context = await person({ dark, locale });
  const site = await startSite({ host: octim.url, key: channel.key });
  const shop = await context.newPage();
  await shop.goto(site.url);
  const chat = await openChat(shop, locale);
  const frame = shop.frames()[1];
  const found = [];
  const look = async (where) => found.push(...(await violations(frame, where)));
  await look('window, new');
  await chat.say('你好 https://shop.example/a');
  await console.row('你好').click();
  await console.say('您好，请看 https://shop.example/b 。');
  await sees(chat.theirs('请看'));
  await chat.root.locator('input[type=file]').setInputFiles({ name: '说明.txt', mimeType: 'text/plain', buffer: Buffer.from('x') });
  await sees(chat.root.locator('.document'));
  await look('window, talking');
  await chat.root.getByRole('button', { name: chat.w('emoji') }).click();
  await sees(chat.root.locator('.emoji'));
  await look('window, emoji');
  await chat.menu('end');
  await sees(chat.root.getByRole('dialog'));
  await look('window, asking to end');
  await chat.root.getByRole('button', { name: chat.w('end_yes') }).click();
  await chat.root.locator('label.star').nth(3).click();
  await look('window, rating');
  await chat.menu('history');
  await sees(chat.root.locator('.list .item'));
  await look('window, history');

  const hosted = await context.newPage();
  await hosted.goto(channel.chat_url);
  await sees(new ChatWindow(hosted, hosted, locale).field);
  found.push(...(await violations(hosted, 'hosted page')));
  found.push(...(await violations(shop.mainFrame(), 'launcher on a site')).filter((line) => line.includes('.b')));
  assert.deepEqual(found, []);
}

export default Object.fromEntries(
  LOOKS.flatMap((look) => [
    [`set-up and login, ${look.name}`, () => front(look)],
    [`the console, ${look.name}`, () => inside(look)],
    [`the console on a phone, ${look.name}`, () => pocket(look)],
    [`window and hosted page, ${look.name}`, () => visitors(look)],
  ]),
);
