// An agent's day without a mouse, in both languages: log in, accept, answer, insert knowledge,
// hand over, end, search; and the administrator's pages, which agents do not get.

import { person } from '../lib/browser.mjs';
import { Octim, PASSWORD } from '../lib/octim.mjs';
import { assert, reads, sees, seesCount, seesNot } from '../lib/see.mjs';
import { Console, Staff } from '../lib/staff.mjs';
import { totp } from '../lib/totp.mjs';
import { until } from '../lib/until.mjs';
import { ChatWindow } from '../lib/visitor.mjs';
import { LOCALES } from '../lib/words.mjs';

/** Presses Tab until the thing has the focus; a person finds it by its ring. */
async function tabTo(page, locator, most = 60) {
  for (let press = 0; press < most; press += 1) {
    if (await locator.evaluate((one) => one === document.activeElement || one.contains(document.activeElement)).catch(() => false)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${most} times Tab do not reach ${locator}`);
}

const SAYINGS = {
  'zh-CN': { ask: '请问这款茶壶能进洗碗机吗？', find: '洗碗机', word: 'wrapping', answer: '可以，放上层即可。' },
  en: { ask: 'Can the teapot go into the dishwasher?', find: 'dishwasher', word: '包装', answer: 'It can, on the upper rack.' },
};

async function agentsDay(locale) {
  const octim = await Octim.start('demo');
  const says = SAYINGS[locale];
  const helper = await Staff.login(await person(), octim, 'lin@demo.example');
  await helper.patch('/api/me', { locale });
  await helper.put('/api/me/presence', { presence: 'busy' });
  const owner = await Staff.login(await person(), octim, 'su@demo.example');
  const visitorPage = await (await person({ locale })).newPage();
  await visitorPage.goto((await owner.channel()).chat_url);
  const chat = new ChatWindow(visitorPage, visitorPage, locale);
  await chat.say(says.ask);
  await sees(chat.mark(says.ask, 'sent'));

  const page = await (await person({ locale })).newPage();
  const console = new Console(page, octim, locale);
  const keys = page.keyboard;
  await page.goto(`${octim.url}/console/`);
  await sees(page.getByRole('heading', { name: console.w('login.title') }));
  await keys.type('lin@demo.example');
  await keys.press('Tab');
  await keys.type('not the password');
  await keys.press('Enter');
  await sees(page.getByRole('alert'));
  await keys.press('Control+A');
  await keys.type(PASSWORD);
  await keys.press('Enter');
  await sees(page.getByRole('navigation', { name: console.w('nav.label') }));

  // Shortcuts, and the sheet that lists them.
  await keys.press('?');
  await sees(page.getByRole('dialog', { name: console.w('keys.title') }));
  await keys.press('Escape');
  await seesNot(page.getByRole('dialog'));
  await keys.press('g');
  await keys.press('q');
  await page.waitForURL('**/inbox/queue');
  await sees(console.row(says.ask));
  for (let press = 0; (await page.locator('.row.cursor', { hasText: says.ask }).count()) === 0; press += 1) {
    assert.ok(press < 20, 'j goes down to the conversation');
    await keys.press('j');
  }
  await keys.press('Enter');
  await sees(console.said(says.ask));
  await keys.press('a');
  await page.waitForURL('**/inbox/mine/**');
  await sees(console.composer);
  await until('the composer has the focus', () => console.composer.evaluate((one) => one === document.activeElement));

  // Knowledge with "/" at the start, chosen by arrows, then words of one's own.
  await keys.type('/');
  const entries = page.getByRole('listbox', { name: console.w('composer.entries') });
  await sees(entries.getByRole('option'));
  await keys.press('ArrowDown');
  const chosen = await entries.getByRole('option', { selected: true }).locator('.answer').textContent();
  await keys.press('Enter');
  assert.equal(await console.composer.inputValue(), chosen);
  await keys.press('Control+A');
  await keys.type(says.answer);
  await keys.press('Shift+Enter');
  await keys.type('——');
  await keys.press('Enter');
  await sees(chat.theirs(says.answer));
  assert.equal(await console.composer.inputValue(), '');

  // Hand over to a colleague by typing part of the name.
  await keys.press('Escape');
  await keys.press('t');
  const assign = page.getByRole('combobox', { name: console.w('assign.search') });
  await until('the search for a colleague has the focus', () => assign.evaluate((one) => one === document.activeElement).catch(() => false));
  await keys.type('周');
  await keys.press('Enter');
  await sees(page.getByText(console.w('assign.done', { name: '周启明' })));
  await sees(page.getByText(console.w('footer.other', { name: '周启明' })));
  await tabTo(page, console.button('footer.take'));
  await keys.press('Enter');
  await sees(console.composer);

  // The command palette ends it.
  await keys.press('Control+k');
  await sees(page.getByRole('dialog', { name: console.w('palette.title') }));
  await until('the palette has the focus', () => page.getByRole('combobox', { name: console.w('palette.title') }).evaluate((one) => one === document.activeElement));
  await keys.type(console.w('chat.resolve'));
  await keys.press('Enter');
  await sees(page.getByRole('status').getByText(console.w('chat.resolvedToast').split(/[“{]/)[0]));
  await sees(chat.notice('notice_resolved'));

  // Search: in the language of the conversation and in the other one, with marks.
  await keys.press('Escape');
  await keys.press('/');
  await page.waitForURL('**/console/search');
  const field = page.getByRole('searchbox');
  await until('the search field has the focus', () => field.evaluate((one) => one === document.activeElement));
  for (const word of [says.find, says.word]) {
    await keys.press('Control+A');
    await keys.type(word);
    await keys.press('Enter');
    await reads(page.locator('.hits mark').first(), new RegExp(word, 'i'));
  }
  await keys.press('Control+A');
  await keys.type(says.find);
  await keys.press('Enter');
  const hit = page.locator('.hit', { hasText: says.ask });
  await sees(hit);
  await tabTo(page, hit.first());
  await keys.press('Enter');
  await sees(page.locator('.found', { hasText: says.ask }));
  await keys.press('u');
  await sees(page.getByText(console.w('footer.other', { name: '林小满' })).or(console.composer));

  // Settings that are not an agent's are not there, not even by their address.
  await page.goto(`${octim.url}/console/settings/agents`);
  await sees(page.getByRole('heading', { name: console.w('settings.profile') }));
  await seesCount(page.getByRole('link', { name: console.w('settings.agents') }), 0);
  for (const path of ['/api/agents', '/api/channels', '/api/teams']) {
    await assert.rejects(helper.get(path), /: 40[34] /, path);
  }
}

async function account() {
  const octim = await Octim.start('demo');
  const context = await person({ locale: 'en' });
  const console = await Console.open(context, octim, 'lin', { locale: 'en', path: '/console/settings/security' });
  const { page, w } = console;

  // Two-step verification: on with a code, asked for at the next log-in, wrong ones refused.
  await console.button('security.turnOn').click();
  const dialog = page.getByRole('dialog', { name: w('security.totpTitle') });
  await sees(dialog.getByRole('img', { name: w('security.qr') }));
  const secret = (await dialog.getByLabel(w('security.secret')).innerText()).trim();
  const code = dialog.getByLabel(w('login.code'), { exact: true });
  await code.fill('000000');
  await console.button('security.confirm').click();
  await sees(dialog.getByRole('alert'));
  await code.fill(totp(secret));
  await console.button('security.confirm').click();
  await sees(page.getByText(w('security.totpIsOn')));

  const second = await (await person({ locale: 'en' })).newPage();
  await second.goto(`${octim.url}/console/login`);
  await second.getByLabel(w('login.email')).fill('lin@demo.example');
  await second.getByLabel(w('login.password'), { exact: true }).fill(PASSWORD);
  await second.keyboard.press('Enter');
  await second.getByLabel(w('login.code'), { exact: true }).fill('123456');
  await sees(second.getByRole('alert'));
  // The code of enrolment was used; the next one is good.
  await second.getByLabel(w('login.code'), { exact: true }).fill(totp(secret, 1));
  await sees(second.getByRole('navigation', { name: w('nav.label') }));

  // Ending a session logs the other browser out within two seconds.
  await page.goto(`${octim.url}/console/settings/sessions`);
  await sees(page.getByText(w('sessions.current')));
  const others = page.getByRole('button', { name: w('sessions.end'), exact: true });
  await sees(others);
  await until('the newest other session is listed', async () => (await others.count()) >= 1);
  const before = await others.count();
  for (let left = before; left > 0; left -= 1) {
    await others.first().click();
    await page.getByRole('dialog').getByRole('button', { name: w('sessions.end') }).click();
    await seesCount(others, left - 1);
  }
  await second.waitForURL('**/console/login**');

  // Name and language, saved and shown at once.
  await page.goto(`${octim.url}/console/settings/profile`);
  await page.getByLabel(w('profile.name')).fill('林小满（新）');
  await console.saves(console.button('common.save'));
  await page.getByRole('radiogroup', { name: w('profile.locale') }).getByText('简体中文').click();
  await sees(page.getByRole('heading', { name: '个人资料' }));
  await page.getByRole('radiogroup', { name: '主题' }).getByText('深色').click();
  await sees(page.locator('html[data-theme=dark]'));
}

async function administrator() {
  const octim = await Octim.start('demo');
  const console = await Console.open(await person(), octim, 'su', { path: '/console/settings/agents' });
  const { page, w } = console;
  const dialog = page.getByRole('dialog');

  await console.button('agents.new').click();
  await dialog.getByLabel(w('agents.name')).fill('新来的');
  await dialog.getByLabel(w('login.email')).fill('su@demo.example');
  await dialog.getByLabel(w('login.password'), { exact: true }).fill('a long enough phrase');
  await dialog.getByRole('button', { name: w('common.save') }).last().click();
  await sees(dialog.getByRole('alert'));
  await dialog.getByLabel(w('login.email')).fill('new@demo.example');
  await dialog.getByRole('button', { name: w('common.save') }).last().click();
  await sees(page.getByRole('row').filter({ hasText: 'new@demo.example' }));
  const newcomer = await person();
  const staff = await Staff.login(newcomer, octim, 'new@demo.example', 'a long enough phrase');
  await page.getByRole('row').filter({ hasText: 'new@demo.example' }).getByRole('button', { name: w('common.edit') }).click();
  await dialog.getByRole('button', { name: w('agents.disable') }).click();
  await page.getByRole('dialog', { name: w('agents.disableTitle', { name: '新来的' }) }).getByRole('button', { name: w('agents.disable') }).click();
  await reads(page.getByRole('row').filter({ hasText: 'new@demo.example' }), w('agents.disabled'));
  await assert.rejects(staff.get('/api/me'), /401/);

  await page.getByRole('link', { name: w('settings.teams') }).click();
  await console.button('teams.new').click();
  await dialog.getByLabel(w('teams.name')).fill('夜班');
  await dialog.getByRole('button', { name: w('common.save') }).click();
  const team = page.getByRole('row').filter({ hasText: '夜班' });
  await sees(team);
  await team.getByRole('button', { name: w('common.delete') }).click();
  await dialog.getByRole('button', { name: w('common.delete') }).click();
  await seesCount(team, 0);

  await page.getByRole('link', { name: w('settings.channels') }).click();
  await page.getByRole('button', { name: /商城官网/ }).click();
  const title = page.getByLabel(w('channel.title'));
  await title.fill('山茶夜间客服');
  const save = page.locator('form').filter({ has: title }).getByRole('button', { name: w('common.save'), exact: true });
  await page.getByLabel(w('channel.origins')).fill('ftp://shop.example');
  await save.click();
  await sees(page.getByText(/不是有效的网站地址/));
  await page.getByLabel(w('channel.origins')).fill('');
  await console.saves(save);
  await console.button('secret.create').click();
  await sees(dialog.getByLabel(w('secret.value')));
  await dialog.getByRole('button', { name: w('secret.kept') }).click();
  await page.getByRole('button', { name: w('secret.revoke') }).click();
  await dialog.getByRole('button', { name: w('secret.revoke') }).click();
  await seesCount(page.getByRole('button', { name: w('secret.revoke') }), 0);
  const visitor = await (await person()).newPage();
  await visitor.goto((await console.staff.channel()).chat_url);
  await reads(visitor.getByRole('heading', { level: 1 }), '山茶夜间客服');
}

export default {
  ...Object.fromEntries(LOCALES.map((locale) => [`an agent's day by keyboard, ${locale}`, () => agentsDay(locale)])),
  'two-step verification, sessions, profile': account,
  'agents, teams and channels': administrator,
};
