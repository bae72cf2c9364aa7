// Without a site: the hosted page on a phone, by touch, for an English visitor of a Chinese
// shop; and the window of a site on a phone, which fills the screen.

import { person } from '../lib/browser.mjs';
import { png } from '../lib/files.mjs';
import { Octim } from '../lib/octim.mjs';
import { assert, holds, reads, sees, seesNot } from '../lib/see.mjs';
import { startSite } from '../lib/site.mjs';
import { Console, Staff } from '../lib/staff.mjs';
import { ChatWindow, chatOn, launcher } from '../lib/visitor.mjs';

const PHONE = { width: 390, height: 844, phone: true };

/** Nothing to scroll sideways, and everything one can press is large enough for a finger. */
async function fits(page, frame = page) {
  await holds(page, 'no sideways scrolling', () => document.documentElement.scrollWidth <= innerWidth);
  const small = await frame.locator('button:visible').evaluateAll((all) =>
    all.map((one) => ({ name: one.ariaLabel || one.innerText, box: one.getBoundingClientRect() })).filter(({ box }) => box.width < 24 || box.height < 24).map(({ name }) => name),
  );
  assert.deepEqual(small, [], 'buttons smaller than 24 pixels');
}

async function hosted() {
  const octim = await Octim.start('demo');
  const owner = await Staff.login(await person(), octim, 'su@demo.example');
  const { chat_url: url } = await owner.channel();
  const console = await Console.open(await person({ locale: 'en' }), octim, 'lin', { locale: 'en', path: '/console/inbox/mine' });
  const page = await (await person({ ...PHONE, locale: 'en' })).newPage();
  await page.goto(url);
  const chat = new ChatWindow(page, page, 'en');
  await sees(chat.field);
  assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  await fits(page);
  await chat.field.tap();
  await page.keyboard.type('Do you ship to Singapore?');
  await page.getByRole('button', { name: chat.w('send'), exact: true }).tap();
  await sees(chat.mine('Do you ship to Singapore?'));
  await console.row('Do you ship to Singapore?').click();
  await console.say('We do, within a week.');
  await sees(chat.theirs('We do, within a week.'));
  await reads(page.getByRole('heading', { level: 1 }), '林小满');
  await reads(console.page.locator('.contact'), 'English');
  await page.locator('input[type=file]').setInputFiles({ name: 'map.png', mimeType: 'image/png', buffer: png(600, 800) });
  const picture = page.locator('.row.mine button.picture:has(img)');
  await sees(chat.mark('', 'read').last());
  await picture.tap();
  await sees(page.getByRole('dialog'));
  await page.getByRole('dialog').getByRole('button', { name: chat.w('close') }).tap();
  await seesNot(page.getByRole('dialog'));
  await page.getByRole('button', { name: chat.w('menu') }).tap();
  await page.getByRole('menuitem', { name: chat.w('end') }).tap();
  await page.getByRole('button', { name: chat.w('end_yes') }).tap();
  await sees(chat.notice('notice_resolved_you'));
  await page.locator('label.star').nth(4).tap();
  await page.getByRole('button', { name: chat.w('submit') }).tap();
  await sees(page.getByText(chat.w('rate_thanks')));
  await fits(page);
  // The same person comes back the next day.
  await page.reload();
  await sees(chat.theirs('We do, within a week.'));
}

async function onSite() {
  const octim = await Octim.start('demo');
  const owner = await Staff.login(await person(), octim, 'su@demo.example');
  const site = await startSite({ host: octim.url, key: (await owner.channel()).key, attributes: 'data-locale="zh-CN" data-position="left"' });
  const page = await (await person(PHONE)).newPage();
  await page.goto(site.url);
  await fits(page);
  await launcher(page).tap();
  const chat = await chatOn(page);
  const box = await page.locator('iframe.f').boundingBox();
  assert.deepEqual([box.x, box.y, box.width, box.height], [0, 0, 390, 844], 'fills the screen');
  await fits(page, chat.root);
  await chat.say('手机上的消息');
  await sees(chat.mark('手机上的消息', 'sent'));
  await chat.root.getByRole('button', { name: chat.w('minimise') }).tap();
  await sees(launcher(page));
  assert.equal(await launcher(page).getAttribute('aria-expanded'), 'false');
}

async function agentOnPhone() {
  const octim = await Octim.start('demo');
  const console = await Console.open(await person(PHONE), octim, 'lin', { path: '/console/inbox/mine' });
  await fits(console.page);
  await console.page.getByRole('listbox').getByRole('option').first().tap();
  await sees(console.composer);
  await fits(console.page);
  await console.composer.tap();
  await console.page.keyboard.type('马上为您查');
  await console.button('composer.send').tap();
  await sees(console.said('马上为您查'));
  await console.button('chat.panel').tap();
  await sees(console.page.locator('.contact'));
  await fits(console.page);
  await console.button('panel.close').tap();
  await seesNot(console.page.locator('.contact'));
  // What is looked up goes into the reply, which is then in view.
  await console.button('chat.panel').tap();
  const card = console.page.getByRole('region', { name: console.w('lookUp.title'), exact: true });
  await card.getByLabel('订单号 · Order number', { exact: true }).fill('CH6071180072');
  await card.getByRole('button', { name: console.w('lookUp.go') }).tap();
  await card.getByRole('button', { name: console.w('lookUp.insert', { label: '状态 · State' }) }).tap();
  await seesNot(console.page.locator('.contact'));
  assert.equal(await console.composer.inputValue(), '已签收 · Delivered');
  assert.ok(await console.composer.evaluate((field) => field === document.activeElement));
  await console.composer.fill('');
  await console.button('common.back').tap();
  await sees(console.row('马上为您查'));
}

export default {
  'an English visitor on the hosted page': hosted,
  'the window of a site fills the screen': onSite,
  'an agent answers from a phone': agentOnPhone,
};
