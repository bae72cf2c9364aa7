// Articles: one is written in sections and published; the bot quotes one, and the visitor reads the
// sentence where it stands.

import { person } from '../lib/browser.mjs';
import { Octim } from '../lib/octim.mjs';
import { assert, sees, seesNot } from '../lib/see.mjs';
import { Console, Staff } from '../lib/staff.mjs';
import { ChatWindow } from '../lib/visitor.mjs';

const WORDS = {
  'zh-CN': {
    asked: '可以用橄榄油保养木砧板吗', quote: '橄榄油和花生油会变质发黏', title: '竹木餐具保养指南', heading: '上油周期',
    own: '到店自提说明', first: '自提点在哪', second: '自提时间', text: '每天 10 点到 20 点都可以来取。',
  },
  en: {
    asked: 'How long does the scent stay strong?', quote: 'The scent stays strong for 18 months',
    title: 'Scented candle safety and care', heading: 'Storage',
    own: 'Collecting your order', first: 'Where to collect', second: 'When to collect', text: 'Every day from 10:00 to 20:00.',
  },
};

async function article(locale) {
  const octim = await Octim.start('demo');
  const words = WORDS[locale];
  const owner = await Staff.login(await person(), octim, 'su@demo.example');
  const channel = (await owner.get('/api/channels')).channels.find((one) => one.bot.enabled);

  // The bot quotes the sentence; the article opens with it marked and in sight.
  const page = await (await person({ locale })).newPage();
  await page.goto(`${octim.url}/chat/${channel.key}`);
  const chat = new ChatWindow(page, page, locale);
  await chat.say(words.asked);
  await sees(chat.theirs(words.quote).first());
  const chip = chat.root.locator('.article-chip').first();
  await chip.focus();
  await page.keyboard.press('Enter');
  await sees(chat.root.getByRole('heading', { name: words.title }));
  const mark = chat.root.locator('mark');
  await sees(mark);
  assert.match(await mark.innerText(), new RegExp(words.quote));
  assert.ok(await mark.evaluate((it) => it.getBoundingClientRect().top < window.innerHeight), 'the sentence is in sight');
  await chat.root.locator('.article-helped .thumb').first().click();
  await sees(chat.root.locator('.article-helped .thumb[aria-pressed=true]'));
  await chat.root.getByRole('button', { name: chat.w('back'), exact: true }).click();
  await sees(chat.field);
  assert.ok(await chip.evaluate((it) => it === document.activeElement), 'the focus is back');

  // Staff sees where it stands and why.
  const console = await Console.open(await person({ locale }), octim, 'su', { locale, presence: 'busy' });
  await console.view('all').click();
  await console.row(words.quote).first().click();
  await console.messages.locator('button.chip').filter({ hasText: words.title }).first().click();
  await sees(console.page.getByRole('dialog').locator('mark'));
  await console.page.keyboard.press('Escape');
  await console.button('why.title').last().click();
  await sees(console.page.getByRole('dialog').getByText(`${words.title} · ${words.heading}`));
  await console.page.keyboard.press('Escape');

  // An article is written; the second section goes before the first by key.
  const desk = console.page;
  await desk.goto(`${octim.url}/console/knowledge`);
  await desk.getByRole('button', { name: console.w('kb.article.new'), exact: true }).click();
  await desk.getByLabel(console.w('kb.article.title'), { exact: true }).fill(words.own);
  await desk.getByLabel(console.w('kb.article.heading', { n: 1 }), { exact: true }).fill(words.second);
  await desk.getByLabel(console.w('kb.article.text', { n: 1 }), { exact: true }).fill(words.text);
  await desk.getByRole('button', { name: console.w('kb.article.add'), exact: true }).click();
  const second = desk.getByLabel(console.w('kb.article.heading', { n: 2 }), { exact: true });
  await second.fill(words.first);
  await second.press('Alt+ArrowUp');
  assert.equal(await desk.getByLabel(console.w('kb.article.heading', { n: 1 }), { exact: true }).inputValue(), words.first);
  await desk.getByRole('button', { name: console.w('kb.step.publish'), exact: true }).click();
  await sees(desk.getByText(console.w('kb.did.publish')).first());
  await desk.getByRole('tab', { name: console.w('kb.tab.history'), exact: true }).click();
  await sees(desk.locator('dt', { hasText: words.second }));
  await desk.goto(`${octim.url}/console/knowledge`);
  await desk.getByLabel(console.w('kb.article.kind'), { exact: true }).selectOption('articles');
  await sees(desk.getByRole('link', { name: words.own, exact: true }));
  await seesNot(desk.locator('td.what').filter({ hasNot: desk.locator('.kind') }));
}

export default {
  'an article is written, quoted by the bot and read (zh)': () => article('zh-CN'),
  'an article is written, quoted by the bot and read (en)': () => article('en'),
};
