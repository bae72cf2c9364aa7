// An upset visitor: a rule that an administrator wrote, the mark in the list, a coupon, why this agent.

import { person } from '../lib/browser.mjs';
import { Octim } from '../lib/octim.mjs';
import { assert, reads, sees, seesNot } from '../lib/see.mjs';
import { Console, Staff } from '../lib/staff.mjs';
import { ChatWindow } from '../lib/visitor.mjs';

const ANGRY = {
  'zh-CN': '你们这是什么垃圾服务，气死我了，我要投诉！',
  en: 'This is outrageous, I am furious with your terrible service!',
};

async function care(locale) {
  const octim = await Octim.start('demo');
  const owner = await Staff.login(await person(), octim, 'su@demo.example');
  const channel = (await owner.get('/api/channels')).channels.find((one) => one.bot.enabled);

  // A rule, written and tried before it is saved.
  const admin = await Console.open(await person({ locale }), octim, 'su', { locale, path: '/console/settings/channels' });
  const { page, w } = admin;
  await page.getByRole('button', { name: channel.name }).first().click();
  const rules = page.locator('.card').filter({ has: page.getByRole('heading', { name: w('rules.title'), exact: true }) });
  await rules.getByRole('button', { name: w('rules.add'), exact: true }).click();
  await rules.getByLabel(w('rules.name')).fill('Calm first');
  await rules.getByLabel(w('rules.condition'), { exact: true }).first().press('Enter');
  await page.getByRole('option', { name: w('rules.if.mood'), exact: true }).click();
  await rules.getByLabel(w('rules.tryText')).fill(ANGRY[locale]);
  await page.keyboard.press('Enter');
  await reads(rules.locator('.found b').first(), w('rules.fired', { name: 'Calm first' }));
  await admin.saves(rules.getByRole('button', { name: w('common.save'), exact: true }));
  const saved = (await owner.get('/api/channels')).channels.find((one) => one.id === channel.id);
  assert(saved.bot.rules[0]?.when[0]?.kind === 'mood', 'the rule is saved');

  const coupon = await owner.post('/api/benefits', {
    name: 'Sorry 20', kind: 'coupon', worth: 20, source: 'codes', proposed: true, enabled: true,
  });
  await owner.post(`/api/benefits/${coupon.id}/codes`, { codes: ['SORRY-1'] });

  // The visitor is angry: calmed, handed over, marked.
  const visitor = await (await person({ locale })).newPage();
  await visitor.goto(`${octim.url}/chat/${channel.key}`);
  const chat = new ChatWindow(visitor, visitor, locale);
  await chat.say(ANGRY[locale]);
  await sees(chat.root.locator('.notice').first());
  const agent = await Console.open(await person({ locale }), octim, 'zhou', { locale, path: '/console/inbox/all' });
  await agent.page.getByRole('button', { name: w('mood.kind.angry'), exact: true }).click();
  await agent.page.waitForURL((url) => url.search === '?mood=angry');
  const row = agent.row(w('mood.kind.angry')).first();
  await sees(row);
  await row.click();
  await sees(agent.page.locator('.moods'));
  await sees(agent.page.locator('.hand-off').getByText('Calm first'));

  // Proposed to whoever has the conversation; the visitor reads the code.
  const { conversations } = await owner.get('/api/conversations?view=all');
  const { id } = conversations.find((one) => one.mood?.kind === 'angry');
  await owner.post(`/api/conversations/${id}/assign`, { agent_id: agent.staff.me.id });
  await agent.page.locator('.propose').getByRole('button').click();
  await agent.page.getByRole('dialog').getByRole('button', { name: agent.w('grant.give'), exact: true }).click();
  const card = chat.root.locator('.benefit');
  await sees(card.getByText('Sorry 20'));
  await card.getByRole('button', { name: chat.w('copy'), exact: true }).click();
  await sees(card.getByRole('button', { name: chat.w('copied'), exact: true }));
  await sees(agent.said('Sorry 20').getByText('SORRY-1'));
  await sees(agent.page.locator('.grants .state.granted'));

  // Why this agent, where nobody chose by hand; the key takes the lists from one mood to the next.
  await agent.page.locator('.notice').getByRole('button').first().click();
  await sees(agent.page.getByRole('dialog').getByText(agent.w('assignment.others'), { exact: true }));
  await agent.page.keyboard.press('Escape');
  await seesNot(agent.page.getByRole('dialog'));
  await agent.list.focus();
  await agent.page.keyboard.press('m');
  await agent.page.waitForURL((url) => url.search === '?mood=upset');

  // The most upset first, by choice and by key; another visitor came later. It stays so.
  const other = await (await person({ locale })).newPage();
  await other.goto(`${octim.url}/chat/${channel.key}`);
  const otherChat = new ChatWindow(other, other, locale);
  await otherChat.say('hello');
  await agent.page.goto(`${octim.url}/console/inbox/all`);
  const rows = agent.list.getByRole('option');
  await seesNot(agent.row(w('mood.kind.angry')).and(rows.first()));
  await agent.page.getByLabel(w('inbox.order'), { exact: true }).selectOption('upset');
  await reads(rows.first(), new RegExp(w('mood.kind.angry'), 'i'));
  await agent.page.reload();
  await reads(rows.first(), new RegExp(w('mood.kind.angry'), 'i'));
  await agent.list.focus();
  await agent.page.keyboard.press('o');
  await seesNot(agent.row(w('mood.kind.angry')).and(rows.first()));

  // On the record.
  await page.goto(`${octim.url}/console/settings/grants`);
  await sees(page.getByText('SORRY-1').first());

  // While an agent has a visitor: the agent asks for help, and goes on alone.
  await owner.put('/api/workspace/settings', { ...(await owner.get('/api/workspace/settings')), help: 'offer' });
  const calm = (await owner.get('/api/conversations?view=all')).conversations[0];
  await owner.post(`/api/conversations/${calm.id}/assign`, { agent_id: agent.staff.me.id });
  await agent.page.goto(`${octim.url}/console/inbox/mine/${calm.id}`);
  await agent.button('help.ask').click();
  const call = page.locator('.toast.help');
  await reads(call, agent.staff.me.name);
  await call.getByRole('button', { name: w('common.close'), exact: true }).click();
  await agent.button('help.decline').click();
  await sees(agent.page.locator('.notice', { hasText: w('notice.helpDeclined', { name: agent.staff.me.name }) }));

  // The visitor turns angry: told once, with the words; taken over with one click.
  await otherChat.say(ANGRY[locale]);
  await reads(call, new RegExp(w('mood.kind.angry')));
  await sees(agent.page.locator('.help', { hasText: w('help.mine.offered') }));
  await call.getByRole('button', { name: w('help.takeOver'), exact: true }).click();
  await page.waitForURL((url) => url.pathname === `/console/inbox/mine/${calm.id}`);
  await sees(page.locator('.notice', { hasText: w('mood.kind.angry') }));
  await seesNot(agent.page.locator('.help'));
  assert(!(await other.content()).includes(w('help.takeOver')), 'the visitor is told nothing of it');
}

export default {
  'an upset visitor is calmed, handed over by a rule and given a coupon (zh)': () => care('zh-CN'),
  'an upset visitor is calmed, handed over by a rule and given a coupon (en)': () => care('en'),
};
