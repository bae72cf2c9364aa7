// A connector is described, tried, and filled with fields by pressing values of the answer; an agent then
// looks an order up beside the conversation and puts what was found into the reply. A failing system
// says so in plain words, and a visitor who is not signed in is not asked about.

import { person } from '../lib/browser.mjs';
import { ALLOW } from '../lib/llm.mjs';
import { Octim } from '../lib/octim.mjs';
import { assert, reads, sees, seesCount, seesNot } from '../lib/see.mjs';
import { startShop } from '../lib/shop.mjs';
import { startSite } from '../lib/site.mjs';
import { Console, Staff } from '../lib/staff.mjs';
import { until } from '../lib/until.mjs';
import { openChat } from '../lib/visitor.mjs';

const ORDER = '20261129001234';
const MARKUP = '<img src=x onerror=alert(1)>';

const SAYINGS = {
  'zh-CN': { order: '订单号', state: '状态', shipped: '已发货', ask: `我的订单号 ${ORDER}，到哪了？`, reply: '状态：已发货' },
  en: { order: 'Order number', state: 'State', shipped: 'on its way', ask: `Where is my order number ${ORDER}?`, reply: 'State: on its way' },
};

async function connectors(locale) {
  const says = SAYINGS[locale];
  const orders = [{ state: says.shipped, total: 1299.5, placed: '2026-11-29', note: MARKUP, lines: [{ name: 'pot' }] }];
  let broken = 0;
  const shop = await startShop((path) => {
    if (broken) return broken;
    return path.endsWith(ORDER) ? { ok: true, data: { orders } } : 404;
  });
  const octim = await Octim.start('demo', { env: ALLOW });
  const owner = await Staff.login(await person(), octim, 'su@demo.example');
  // Nothing yet, not even what the demo comes with.
  for (const { id } of (await owner.get('/api/connectors')).items) await owner.delete(`/api/connectors/${id}`);
  const admin = await Console.open(await person({ locale }), octim, 'su', { locale, path: '/console/settings/connectors' });
  const { page, w } = admin;
  /** A field of one of the editor's cards. */
  const field = (card, key) =>
    page
      .locator('section.card')
      .filter({ has: page.getByRole('heading', { name: w(`connectors.${card}`), exact: true }) })
      .getByLabel(w(`connectors.${key}`), { exact: true });

  // The empty page says what this is good for; what is wrong in a new one stands at its field.
  await sees(page.getByText(w('connectors.noneText')));
  await admin.button('connectors.new').click();
  await admin.button('common.save').click();
  await sees(page.getByText(w('connectors.wrong.url'), { exact: true }));
  await field('purpose', 'name').fill('Orders');
  await field('purpose', 'about').fill('Where an order is.');
  await admin.button('connectors.addParameter').click();
  await field('parameters', 'label').fill(says.order);
  await field('parameters', 'example').fill(ORDER);

  // The address: a placeholder put in by its button, one that nothing fills is named.
  await field('request', 'url').fill(`${shop.url}/orders/`);
  const pieces = page.getByRole('group', { name: w('connectors.insertInto', { label: w('connectors.url') }) });
  await pieces.getByRole('button', { name: w('connectors.insert', { name: says.order }) }).click();
  assert.equal(await field('request', 'url').inputValue(), `${shop.url}/orders/{order}`);
  await page.keyboard.type('/{nobody}');
  await sees(page.getByText(w('connectors.unknown', { names: '{nobody}' })));
  await field('request', 'url').fill(`${shop.url}/orders/{order}`);
  await seesNot(page.getByText(w('connectors.unknown', { names: '{nobody}' })));
  await page.getByRole('combobox', { name: w('connectors.auth'), exact: true }).press('Enter');
  await page.getByRole('option', { name: w('connectors.authKind.bearer') }).locator('visible=true').click();
  await field('request', 'secret').fill('key-journey-1');

  // Tried: the answer is a tree; by keyboard, Enter on a value shows it to agents.
  await admin.button('connectors.saveAndTry').click();
  const tree = page.getByRole('tree');
  await sees(tree);
  assert.equal(shop.asked[0].headers.authorization, 'Bearer key-journey-1');
  assert.equal(shop.asked[0].path, `/orders/${ORDER}`);
  assert.ok(!(await page.content()).includes('key-journey-1'), 'the key is not shown again');
  assert.equal(await tree.locator('img').count(), 0);
  const leaf = (name) => tree.getByRole('treeitem', { name: new RegExp(`^${name}[:,]`) });
  const list = leaf('orders');
  await list.focus();
  if ((await list.getAttribute('aria-expanded')) === 'false') await page.keyboard.press('ArrowRight');
  const first = tree.getByRole('treeitem', { name: /^0,/ }).first();
  await sees(first);
  if ((await first.getAttribute('aria-expanded')) === 'false') {
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
  }
  await sees(leaf('state'));
  await leaf('state').focus();
  await page.keyboard.press('Enter');
  await sees(page.getByText(w('connectors.added', { name: 'state' })));
  for (const name of ['total', 'placed', 'note']) await leaf(name).click();
  assert.equal(await field('result', 'rows').inputValue(), '/data/orders');
  await seesCount(field('result', 'path'), 4);
  await field('result', 'fieldLabel').first().fill(says.state);
  await page.getByRole('switch', { name: w('connectors.enabled') }).locator('..').click();
  await admin.saves(admin.button('common.save'));
  await admin.button('connectors.tryNow').click();
  await sees(page.getByText(w('connectors.asAgents')));
  await reads(page.locator('.preview'), says.shipped);

  // The record says that it was tried, and neither what for nor what came back.
  await sees(page.locator('table').getByText(w('lookUp.outcome.found')));
  await seesCount(page.locator('table').getByText(ORDER), 0);

  // Another, which asks about the visitor, whom nobody has signed.
  const known = (await owner.get('/api/connectors')).items[0];
  const { id, has_secret, needs_visitor, created_at, updated_at, last, ...input } = known;
  await owner.post('/api/connectors', { ...input, name: 'Points', auth: { kind: 'none' }, parameters: [], url: `${shop.url}/points/{visitor.id}` });

  // An agent: the number is there already, Enter looks it up.
  const channel = (await owner.get('/api/channels')).channels.find((one) => !one.bot.enabled)
    ?? (await owner.post('/api/channels', { name: 'Plain' }));
  const desk = await Console.open(await person({ locale }), octim, 'lin', { locale, path: '/console/inbox/mine' });
  const site = await startSite({ host: octim.url, key: channel.key });
  const visitor = await (await person({ locale })).newPage();
  await visitor.goto(site.url);
  const chat = await openChat(visitor, locale);
  await chat.say(says.ask);
  await desk.row(ORDER).click();
  await sees(desk.composer);
  const card = desk.page.getByRole('region', { name: desk.w('lookUp.title'), exact: true });
  const order = card.getByLabel(says.order, { exact: true });
  await until('the number is suggested', async () => (await order.inputValue()) === ORDER);
  await order.press('Enter');
  await reads(card, says.shipped);
  await reads(card, '1,299.50');
  await reads(card, locale === 'en' ? 'Nov 29, 2026' : '2026年11月29日');
  await reads(card, MARKUP);
  assert.equal(await card.locator('img').count(), 0);

  // One value, then all of it, in the reply; nothing is sent by itself.
  await card.getByRole('button', { name: desk.w('lookUp.insert', { label: says.state }) }).click();
  assert.equal(await desk.composer.inputValue(), says.shipped);
  await desk.composer.fill('');
  await card.getByRole('button', { name: desk.w('lookUp.insertAll') }).click();
  assert.ok((await desk.composer.inputValue()).startsWith(says.reply));
  await seesCount(chat.theirs(says.reply), 0);
  await desk.composer.press('Enter');
  await sees(chat.theirs(says.reply));

  // Nothing there, a value that is missing, and a system that fails.
  await order.fill('1');
  await order.press('Enter');
  await reads(card, desk.w('lookUp.nothing'));
  await order.fill('');
  await order.press('Enter');
  await reads(card.getByRole('alert'), desk.w('lookUp.needed'));
  broken = 500;
  await order.fill('2');
  await order.press('Enter');
  await reads(card.getByRole('alert'), desk.w('lookUp.failed.status'));
  await card.getByLabel(desk.w('lookUp.choose')).selectOption({ label: 'Points' });
  await reads(card, desk.w('lookUp.notSigned'));
  await seesCount(card.getByRole('button', { name: desk.w('lookUp.go') }), 0);

  // Deleted, after a question; then an agent has nothing to look up with.
  await page.goto(`${octim.url}/console/settings/connectors`);
  for (const name of ['Orders', 'Points']) {
    await page.getByRole('button', { name: new RegExp(name) }).click();
    await sees(page.getByRole('heading', { name, level: 1 }));
    await admin.button('common.delete').click();
    await page.getByRole('dialog').getByRole('button', { name: w('common.delete'), exact: true }).click();
    await seesNot(page.getByRole('heading', { name, level: 1 }));
  }
  await sees(page.getByText(w('connectors.none'), { exact: true }));
  await desk.page.reload();
  await sees(desk.composer);
  await sees(desk.page.locator('.contact .card'));
  await seesCount(card, 0);
}

export default {
  'an order is looked up beside the conversation (zh)': () => connectors('zh-CN'),
  'an order is looked up beside the conversation (en)': () => connectors('en'),
};
