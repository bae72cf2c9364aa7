// A visitor asks the bot for an order. The language model asks the shop's order system (here the demo's) through
// its connector, and says what stands there; the agent sees in "why this answer" what was looked up.

import { person } from '../lib/browser.mjs';
import { ALLOW, startModel } from '../lib/llm.mjs';
import { Octim } from '../lib/octim.mjs';
import { assert, reads, sees, seesCount } from '../lib/see.mjs';
import { Console, Staff } from '../lib/staff.mjs';
import { ChatWindow } from '../lib/visitor.mjs';

const ORDER = '20261129001234';
const SAYINGS = {
  'zh-CN': { ask: `我的订单 ${ORDER} 现在到哪了？`, says: (state) => `状态：${state}` },
  en: { ask: `Where is my order ${ORDER} now?`, says: (state) => `State: ${state}` },
};

async function looksUp(locale) {
  const says = SAYINGS[locale];
  /** Passes the label of the number on, and says what was found, by its number. */
  function say(system, user, { messages }) {
    if (!system.startsWith('You answer')) return 'NO_ANSWER';
    const found = messages.at(-1);
    if (found.role !== 'tool') {
      const label = /\[[^\]\d]+ 1\]/.exec(user)?.[0] ?? 'no label';
      return { calls: [['lookup_1', { order: label }]] };
    }
    const [, number] = /\[(\d+)\]/.exec(found.content);
    const [, zh, en] = /State: (.+) · (.+)/.exec(found.content);
    return `${says.says(locale === 'en' ? en : zh)}[${number}]${locale === 'en' ? '.' : '。'}`;
  }
  const model = await startModel(say);
  const octim = await Octim.start('demo', { env: ALLOW });
  const owner = await Staff.login(await person(), octim, 'su@demo.example');
  const endpoint = await owner.post('/api/llm/endpoints', { name: 'Own', base_url: model.base_url });
  const settings = await owner.get('/api/llm/settings');
  const answer = { task: 'answer', endpoint_id: endpoint.id, model: 'small', timeout_s: 10 };
  await owner.put('/api/llm/settings', { ...settings, enabled: true, answers_when_sure: true, tasks: [answer] });
  const { state } = await (await fetch(`${octim.url}/demo/orders/${ORDER}`)).json();
  const said = says.says(state.split(' · ')[locale === 'en' ? 1 : 0]);

  // The visitor reads the state of the order.
  const { channels } = await owner.get('/api/channels');
  const page = await (await person({ locale })).newPage();
  await page.goto(`${octim.url}/chat/${channels.find((one) => one.bot.enabled).key}`);
  const chat = new ChatWindow(page, page, locale);
  await sees(chat.field);
  await chat.say(says.ask);
  await sees(chat.theirs(said));
  await sees(chat.root.locator('.name .ai').first());
  assert.ok(!JSON.stringify(model.asked).includes(ORDER), 'the model is not told the number');

  // The agent sees what was looked up, and the record of the connector that the bot did it.
  const desk = await Console.open(await person({ locale }), octim, 'su', { locale, path: '/console/inbox/all' });
  await desk.row(said).first().click();
  await sees(desk.said(said));
  await desk.button('why.title').first().click();
  const dialog = desk.page.getByRole('dialog');
  await reads(dialog, desk.w('llm.askedTool', { name: '订单 · Orders' }));
  await reads(dialog, desk.w('lookUp.outcome.found'));
  await reads(dialog, desk.w('llm.verdict.used'));
  await seesCount(dialog.locator('.llm').getByText(ORDER), 0);
  const { items } = await owner.get('/api/connectors');
  const record = await owner.get(`/api/connectors/${items[0].id}/lookups`);
  assert.deepEqual(record.items.map(({ by, outcome }) => [by.kind, outcome]), [['bot', 'found']]);
}

export default {
  'the bot asks a connector for an order (zh)': () => looksUp('zh-CN'),
  'the bot asks a connector for an order (en)': () => looksUp('en'),
};
