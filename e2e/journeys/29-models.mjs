// A language model is set up by pressing buttons, tried out, and then helps: the bot with an answer
// that stands in its entries, an agent with a draft, a summary and a category. Without it nothing of
// this is there.

import { person } from '../lib/browser.mjs';
import { ALLOW, startModel } from '../lib/llm.mjs';
import { Octim } from '../lib/octim.mjs';
import { assert, reads, sees, seesCount, seesNot } from '../lib/see.mjs';
import { startSite } from '../lib/site.mjs';
import { Console, Staff } from '../lib/staff.mjs';
import { until } from '../lib/until.mjs';
import { openChat } from '../lib/visitor.mjs';

const MARKUP = '<img src=x onerror=alert(1)>';

/** Begins, and never ends by itself. */
async function* endless(begin) {
  yield begin;
  await new Promise(() => {});
}

function say(system, user) {
  if (system.startsWith('You are being tested')) return 'OK';
  if (system.startsWith('You rewrite') && user.includes('shorter')) return endless('很长很长的一段');
  if (system.startsWith('You rewrite')) return user.includes('friendlier') ? `您好，马上为您处理~ ${MARKUP}` : broken('只有一半');
  if (system.startsWith('You translate')) return 'We are on it.';
  if (system.startsWith('You summarise')) return '- 客户要改地址\n- 尚未处理';
  if (system.startsWith('You file')) return JSON.stringify({ category: '不存在', tags: [], title: '修改收货地址' });
  return 'NO_ANSWER';
}

let breakOff;

/** Begins, and is broken off when the journey says so. */
async function* broken(begin) {
  yield begin;
  await new Promise((done) => (breakOff = done));
  throw new Error('broken off');
}

async function models(locale) {
  const model = await startModel(say);
  const octim = await Octim.start('demo', { env: ALLOW });
  const admin = await Console.open(await person({ locale }), octim, 'su', { locale, path: '/console/settings/llm' });
  const { page } = admin;

  // A server that may not be asked, and one that may.
  await admin.button('models.add').first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Ollama' }).click();
  await admin.button('common.save').last().click();
  await sees(dialog.getByText(admin.w('models.baseUrlBad'), { exact: true }));
  await dialog.getByLabel(admin.w('models.name'), { exact: true }).fill('Own');
  await dialog.getByLabel(admin.w('models.baseUrl'), { exact: true }).fill(model.base_url);
  await dialog.getByLabel(admin.w('models.key'), { exact: true }).fill('sk-journey-1');
  await dialog.getByRole('button', { name: admin.w('common.save'), exact: true }).click();
  await seesNot(dialog);
  await sees(page.getByText(model.base_url));
  assert.ok(!(await page.content()).includes('sk-journey-1'), 'the key is not shown again');

  // Tried out.
  await admin.button('models.try').first().click();
  const trial = page.getByRole('dialog');
  await trial.getByLabel(admin.w('models.model'), { exact: true }).fill('small');
  await trial.getByRole('button', { name: admin.w('models.try'), exact: true }).click();
  await sees(trial.getByText(admin.w('models.tryWorked'), { exact: true }));
  assert.equal(model.asked[0].authorization, 'Bearer sk-journey-1');
  await trial.getByRole('radio', { name: admin.w('models.tryEncodes') }).check({ force: true });
  await trial.getByLabel(admin.w('models.model'), { exact: true }).fill('counts-characters');
  await trial.getByRole('button', { name: admin.w('models.try'), exact: true }).click();
  await reads(trial.getByRole('status'), admin.w('models.tryVectors', { width: 64 }));
  await reads(trial.getByRole('status'), admin.w('models.tryNotApart'));
  await trial.getByRole('button', { name: admin.w('common.close'), exact: true }).last().click();
  await seesNot(trial);

  // An agent has no copilot yet.
  const desk = await Console.open(await person({ locale }), octim, 'lin', { locale, path: '/console/inbox/mine' });
  const owner = await Staff.login(await person(), octim, 'su@demo.example');
  const channel = (await owner.get('/api/channels')).channels.find((one) => !one.bot.enabled)
    ?? (await owner.post('/api/channels', { name: 'Plain' }));
  const site = await startSite({ host: octim.url, key: channel.key });
  const visitor = await (await person({ locale })).newPage();
  await visitor.goto(site.url);
  const chat = await openChat(visitor, locale);
  await chat.say('麻烦帮我改地址，电话 13812345678');
  await desk.row('麻烦帮我改地址').click();
  await sees(desk.composer);
  await seesCount(desk.button('copilot.menu'), 0);
  await seesCount(desk.button('copilot.summarise'), 0);

  // Who does what, and on.
  for (const task of ['rewrite', 'translate', 'summarise', 'label', 'encode']) {
    const name = `${admin.w(`llm.task.${task}`)}: ${admin.w('models.server')}`;
    await page.getByRole('combobox', { name }).press('Enter');
    await page.getByRole('option', { name: 'Own' }).locator('visible=true').click();
    await page.getByLabel(`${admin.w(`llm.task.${task}`)}: ${admin.w('models.model')}`).fill('small');
  }
  await page.locator('.el-switch').first().click();
  await admin.saves(page.locator('form').getByRole('button', { name: admin.w('common.save'), exact: true }));
  const saved = await owner.get('/api/llm/settings');
  assert.deepEqual([saved.enabled, saved.tasks.length], [true, 5]);

  // A draft in another tone, by keyboard alone; what it says is text.
  await desk.page.reload();
  await desk.row('麻烦帮我改地址').click();
  await desk.composer.fill('在处理了');
  const menu = desk.button('copilot.menu').first();
  await menu.focus();
  await desk.page.keyboard.press('Enter');
  const wish = (name) => desk.page.getByRole('menuitem', { name: desk.w(`copilot.wish.${name}`), exact: true });
  await sees(wish('friendlier'));
  await wish('friendlier').focus();
  await desk.page.keyboard.press('Enter');
  const draft = desk.page.getByRole('region', { name: desk.w('copilot.draft') });
  const use = draft.getByRole('button', { name: desk.w('copilot.use') });
  await reads(draft, MARKUP);
  await until('the text is whole', () => use.isEnabled());
  assert.equal(await draft.locator('img').count(), 0);
  assert.equal(await desk.composer.inputValue(), '在处理了', 'nothing is replaced before it is used');
  await desk.composer.focus();
  await desk.page.keyboard.press('Alt+Enter');
  await seesNot(draft);
  assert.equal(await desk.composer.inputValue(), `您好，马上为您处理~ ${MARKUP}`);

  // While one is written it is seen and cannot be used; Escape ends it, also for the model.
  await menu.click();
  await wish('shorter').click();
  await reads(draft, '很长很长的一段');
  assert.ok(await use.isDisabled());
  await desk.composer.focus();
  await desk.page.keyboard.press('Alt+Enter');
  await desk.page.keyboard.press('Escape');
  await seesNot(draft);
  assert.equal(await desk.composer.inputValue(), `您好，马上为您处理~ ${MARKUP}`, 'half a text is not used');
  await until('the model is left', () => model.left === 1);

  // One that breaks off says so, keeps nothing of it, and is thrown away with Escape.
  await menu.click();
  await wish('formal').click();
  await reads(draft, '只有一半');
  breakOff();
  await reads(draft.getByRole('alert'), desk.w('copilot.brokeOff', { sentence: '' }).split(/[。.]/)[0]);
  await seesCount(draft.getByText('只有一半'), 0);
  await draft.getByRole('button', { name: desk.w('common.retry') }).click();
  await reads(draft, '只有一半');
  await desk.page.keyboard.press('Escape');
  await seesNot(draft);
  await menu.click();
  await wish('en').click();
  await reads(draft, 'We are on it.');
  await use.click();
  assert.equal(await desk.composer.inputValue(), 'We are on it.');
  await seesCount(chat.theirs('We are on it.'), 0);
  await seesCount(chat.theirs(MARKUP), 0);
  await desk.composer.press('Enter');
  await sees(chat.theirs('We are on it.'));

  // A summary and a category, without the telephone number.
  await desk.button('copilot.summarise').first().click();
  await sees(desk.page.getByText('尚未处理'));
  await desk.button('copilot.label').first().click();
  await sees(desk.page.getByText('修改收货地址'));
  await sees(desk.page.getByText(desk.w('copilot.noLabels')));
  // What an agent is suggested is found by the server's vectors now.
  await chat.say('还有，多久能到货？');
  const encoded = () => model.asked.flatMap(({ question }) => (question.model === 'small' && question.input) || []);
  await until('the base is encoded by the server', () => encoded().length > 40);
  assert.ok(!JSON.stringify(model.asked).includes('13812345678'));

  // What it cost is shown.
  await page.reload();
  await sees(page.getByRole('cell', { name: admin.w('llm.task.rewrite'), exact: true }));
}

export default {
  'a language model is set up, tried, and helps an agent (zh)': () => models('zh-CN'),
  'a language model is set up, tried, and helps an agent (en)': () => models('en'),
};
