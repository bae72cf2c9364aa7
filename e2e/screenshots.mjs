// Pictures of the demo. `npm run screenshots` renews those of the README in docs/images;
// `npm run screenshots -- all FOLDER` takes every page in every size for somebody to look at.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { closeBrowser, closePeople, person } from './lib/browser.mjs';
import { Octim, removeAll } from './lib/octim.mjs';
import { reads, sees, seesNot } from './lib/see.mjs';
import { Console, Staff } from './lib/staff.mjs';
import { until } from './lib/until.mjs';
import { ChatWindow, chatOn, launcher } from './lib/visitor.mjs';
import { words } from './lib/words.mjs';

const all = process.argv[2] === 'all';
const folder = all ? process.argv[3] : fileURLToPath(new URL('../docs/images', import.meta.url));
mkdirSync(folder, { recursive: true });

const WIDE = { width: 1440, height: 900 };
const SMALL = { width: 1280, height: 720 };
const PHONE = { width: 390, height: 844, phone: true };

const TALK = {
  'zh-CN': ['你好，手绘茶壶可以直接放微波炉吗？', '您好～手绘款有描金，不建议进微波炉；热水冲泡完全没问题。', '那洗碗机呢？', '可以放上层低温清洗。护理说明在这里：https://camellia.example/help/care', '好的，谢谢！'],
  en: ['Hi! Can the hand-painted teapot go into the microwave?', 'Hello! It has a gold rim, so better not. Hot water is fine.', 'And the dishwasher?', 'On the upper rack, at low heat. Care notes: https://camellia.example/help/care', 'Great, thank you!'],
};

const PEOPLE = {
  'zh-CN': { name: '李婉', email: 'li.wan@mail.example', attributes: { 会员等级: '满庭' } },
  en: { name: 'Grace Miller', email: 'grace@mail.example', attributes: { city: 'Singapore' } },
};

async function save(page, name) {
  // Caret and hover come out differently each time.
  await page.mouse.move(0, 0);
  await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled', caret: 'hide' });
  console.log(name);
}

async function talk(octim, chat, staff, locale) {
  const [ask, ...rest] = TALK[locale];
  await chat.say(ask);
  await sees(chat.mine(ask));
  const { id } = await until('the conversation is there', async () => {
    const { conversations } = await staff.owner.get('/api/conversations?view=all');
    return conversations.find((one) => one.preview === ask);
  });
  await staff.owner.post(`/api/conversations/${id}/assign`, { agent_id: staff.me.id });
  let byStaff = true;
  for (const text of rest) {
    if (byStaff) {
      await staff.post(`/api/conversations/${id}/messages`, { client_id: `shot-${id}-${rest.indexOf(text)}`, content: { type: 'text', text } });
      await sees(chat.theirs(text.slice(0, 12)));
    } else {
      await chat.say(text);
      await sees(chat.mark(text, 'sent').or(chat.mark(text, 'delivered')));
    }
    byStaff = !byStaff;
  }
  const { conversation } = await staff.get(`/api/conversations/${id}`);
  await staff.post(`/api/conversations/${id}/receipt`, { delivered: conversation.last_seq, read: conversation.last_seq });
  await sees(chat.mark(rest.at(-1), 'read'));
  return id;
}

async function consoleShots(octim, owner, locale, dark, size, tag) {
  const name = `${tag}.${locale}`;
  const look = dark && all ? '.dark' : '';
  const console = await Console.open(await person({ ...size, locale, dark }), octim, 'zhou', { locale, theme: dark ? 'dark' : 'light', path: '/console/inbox/all' });
  const { page, w } = console;
  await sees(console.row('孙婷'));
  const notNow = page.getByRole('button', { name: w('hint.later') });
  if (await notNow.count()) await notNow.click();
  if (all && size.phone) await save(page, `${name}.list${look}`);
  // The README's English picture shows the conversation from the English shop.
  const preview = all || locale === 'zh-CN' ? '另外能不能分两个校区送货' : TALK.en.at(-1);
  const { conversations } = await owner.get('/api/conversations?view=all');
  const { id } = conversations.find((one) => one.preview === preview);
  await owner.post(`/api/conversations/${id}/assign`, { agent_id: console.staff.me.id });
  await console.row(preview).first().click();
  await sees(console.composer);
  // Numbers come a moment after what they count.
  await reads(console.view('mine'), /^[1-9]/);
  await sees(console.said('').first());
  await page.waitForFunction(() => !document.querySelector('[aria-busy="true"]'));
  await save(page, `${name}${look}`);
  if (!all) return;
  for (const [part, path, sign] of [
    ['search', '/console/search?q=%E5%8C%85%E8%A3%85', '.hit'],
    ['knowledge', '/console/knowledge', 'tbody a'],
    ['profile', '/console/settings/profile', '.settings .inner h1'],
    ['resolved', '/console/inbox/resolved', '[role=option]'],
  ]) {
    await page.goto(octim.url + path);
    await sees(page.locator(sign));
    if (part === 'resolved') {
      await page.getByRole('option').nth(1).click();
      await sees(console.said('').first());
    }
    await page.waitForFunction(() => !document.querySelector('[aria-busy="true"]'));
    await save(page, `${part}.${tag}.${locale}${look}`);
  }
  const admin = await Console.open(await person({ ...size, locale, dark }), octim, 'su', { locale, theme: dark ? 'dark' : 'light', path: '/console/settings/channels' });
  await sees(admin.page.locator('.list button, .settings .list'));
  await save(admin.page, `channels.${tag}.${locale}${look}`);
  await admin.page.getByRole('button', { name: /商城官网/ }).click();
  await sees(admin.page.getByLabel(w('channel.title')));
  await save(admin.page, `channel.${tag}.${locale}${look}`);
  for (const part of ['agents', 'teams', 'sessions', 'security']) {
    await admin.page.goto(`${octim.url}/console/settings/${part}`);
    await sees(admin.page.locator('.settings .inner h1'));
    await admin.page.waitForFunction(() => !document.querySelector('[aria-busy="true"]'));
    await save(admin.page, `${part}.${tag}.${locale}${look}`);
  }
}

async function shopShots(octim, staff, locale, dark, size, tag) {
  const page = await (await person({ ...size, locale, dark })).newPage();
  await page.goto(`${octim.url}/demo?lang=${locale}`);
  await sees(launcher(page));
  await page.evaluate((hints) => window.octim('set', hints), PEOPLE[locale]);
  await launcher(page).click();
  const chat = await chatOn(page, locale);
  await seesNot(chat.root.getByText(chat.w('connecting')));
  await talk(octim, chat, staff, locale);
  await save(page, `${tag}.${locale}${dark ? '.dark' : ''}`);
  await page.close();
}

/** The window alone, sharp enough for a small picture. */
async function windowShot(octim, channel, staff, locale) {
  const page = await (await person({ width: 384, height: 604, scale: 2, locale })).newPage();
  await page.goto(channel.chat_url);
  const chat = new ChatWindow(page, page, locale);
  await sees(chat.field);
  const id = await talk(octim, chat, staff, locale);
  await page.evaluate(() => document.activeElement?.blur());
  await save(page, `window.${locale}`);
  await staff.post(`/api/conversations/${id}/resolve`);
}

async function phoneShots(octim, staff, channel, locale, dark) {
  const page = await (await person({ ...PHONE, locale, dark })).newPage();
  await page.goto(channel.chat_url);
  const chat = new ChatWindow(page, page, locale);
  await sees(chat.field);
  if (all) await save(page, `phone-empty.${locale}${dark ? '.dark' : ''}`);
  const id = await talk(octim, chat, staff, locale);
  await page.evaluate(() => document.activeElement?.blur());
  await save(page, `phone.${locale}`);
  await staff.post(`/api/conversations/${id}/resolve`);
}

async function frontShots(octim, locale, dark, size, tag) {
  const w = words(locale).console;
  const page = await (await person({ ...size, locale, dark })).newPage();
  await page.goto(`${octim.url}/console/login`);
  await sees(page.getByRole('heading', { name: w('login.title') }));
  await save(page, `login.${tag}.${locale}${dark ? '.dark' : ''}`);
  const fresh = await Octim.start('serve');
  await page.goto(`${fresh.url}/setup`);
  await reads(page.getByRole('heading', { level: 1 }), w('setup.title'));
  await save(page, `setup.${tag}.${locale}${dark ? '.dark' : ''}`);
  await fresh.remove();
}

try {
  const octim = await Octim.start('demo');
  const context = await person();
  const lin = await Staff.login(context, octim, 'lin@demo.example');
  await lin.put('/api/me/presence', { presence: 'online' });
  const owner = await Staff.login(await person(), octim, 'su@demo.example');
  const channel = await owner.channel();
  lin.owner = owner;
  // Somebody is there only while a console is connected.
  const page = await context.newPage();
  await page.goto(`${octim.url}/console/inbox/mine`);
  await sees(page.getByRole('option'));

  for (const locale of ['zh-CN', 'en']) {
    await shopShots(octim, lin, locale, false, SMALL, 'shop');
    await windowShot(octim, channel, lin, locale);
    await phoneShots(octim, lin, channel, locale, locale === 'en');
    await consoleShots(octim, owner, locale, locale === 'en', WIDE, 'console');
  }
  if (all) {
    await shopShots(octim, lin, 'en', true, WIDE, 'window-wide');
    await shopShots(octim, lin, 'zh-CN', false, PHONE, 'window-phone');
    await consoleShots(octim, owner, 'en', false, SMALL, 'small');
    await consoleShots(octim, owner, 'zh-CN', true, PHONE, 'pocket');
    await frontShots(octim, 'zh-CN', false, WIDE, 'wide');
    await frontShots(octim, 'en', true, SMALL, 'small');
    await frontShots(octim, 'zh-CN', false, PHONE, 'pocket');
  }
} finally {
  await closePeople();
  await removeAll();
  await closeBrowser();
}
