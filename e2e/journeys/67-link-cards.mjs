// Link cards below an answer: written with an image, said by the bot, opened beside the page, and sent again
// by an agent. Hostile words stay words. The demo shop has some of its own.

import { person } from '../lib/browser.mjs';
import { png } from '../lib/files.mjs';
import { Octim } from '../lib/octim.mjs';
import { assert, reads, sees, seesCount } from '../lib/see.mjs';
import { Console } from '../lib/staff.mjs';
import { ChatWindow } from '../lib/visitor.mjs';
import { LOCALES } from '../lib/words.mjs';

const SAYS = {
  'zh-CN': { question: '礼盒有哪些尺寸？', answer: '有小号和大号两种礼盒。', small: '小号礼盒', large: '<b>大号</b>礼盒', button: '看看小号', person: '转人工', shop: '茶壶和杯子可以进微波炉、洗碗机吗？', teapot: '山茶手绘白瓷茶壶' },
  en: { question: 'Which sizes of gift box are there?', answer: 'There are a small and a large gift box.', small: 'Small gift box', large: '<b>Large</b> gift box', button: 'See the small one', person: 'I want to talk to a person', shop: 'Is the teapot dishwasher and microwave safe?', teapot: 'Hand-painted camellia teapot' },
};

async function linkCards(locale) {
  const octim = await Octim.start('demo');
  const says = SAYS[locale];
  const owner = await Console.open(await person({ locale }), octim, 'su', { locale, path: '/console/knowledge/new' });
  const { page, w } = owner;
  await page.getByLabel(w('kb.question'), { exact: true }).fill(says.question);
  await page.getByLabel(w('kb.answer'), { exact: true }).fill(says.answer);
  const add = owner.button('kb.card.add');
  const card = (n) => page.getByRole('group', { name: w('kb.card.number', { n }) });
  const write = async (n, parts) => {
    for (const [part, text] of Object.entries(parts)) await card(n).getByLabel(w(`kb.card.${part}`), { exact: true }).fill(text);
  };
  await add.click();
  await write(1, { title: says.large, link: 'javascript:alert(1)' });
  await owner.button('kb.saveDraft').click();
  await reads(page.locator('.cards').getByRole('alert'), w('kb.wrong.cards'));
  await write(1, { link: 'https://shop.example/large' });
  await add.click();
  await write(2, { title: says.small, text: '20 × 20 cm', link: 'https://shop.example/small', button: says.button });
  const chooser = page.waitForEvent('filechooser');
  await card(2).getByRole('button', { name: w('kb.card.image') }).click();
  await (await chooser).setFiles({ name: 'small.png', mimeType: 'image/png', buffer: png(300, 300) });
  await sees(card(2).locator('img'));
  // The second goes first, by keyboard.
  await card(2).getByLabel(w('kb.card.title'), { exact: true }).press('Alt+ArrowUp');
  await sees(page.locator('.stage').getByRole('link', { name: says.button }));
  await owner.button('kb.step.publish').click();
  await reads(page.locator('.head'), w('kb.status.published'));
  assert.equal(await card(1).getByLabel(w('kb.card.title'), { exact: true }).inputValue(), says.small);
  await page.getByRole('tab', { name: w('kb.tab.history') }).click();
  await reads(page.locator('.changes'), 'https://shop.example/small');

  // A visitor reads both below the answer; what looks like markup is words.
  const { channels } = await owner.staff.get('/api/channels');
  const visitor = await (await person({ locale })).newPage();
  await visitor.goto(`${octim.url}/chat/${channels.find((one) => one.bot.enabled).key}`);
  const chat = new ChatWindow(visitor, visitor, locale);
  await chat.say(says.question);
  const said = chat.theirs(says.answer);
  await sees(said);
  const link = said.getByRole('link', { name: says.button });
  await sees(link.locator('img'));
  const other = said.getByRole('link', { name: says.large });
  await reads(other, chat.w('card_open'));
  await seesCount(said.getByRole('link'), 2);
  for (const [one, address] of [[link, 'https://shop.example/small'], [other, 'https://shop.example/large']]) {
    assert.equal(await one.getAttribute('href'), address);
    assert.match(await one.getAttribute('rel'), /noopener noreferrer/);
    assert.equal(await one.getAttribute('target'), '_blank');
  }

  // An agent reads them, and sends one of them again with the answer.
  const agent = await Console.open(await person({ locale }), octim, 'lin', { locale, path: '/console/inbox/all' });
  await agent.row(says.answer).click();
  await sees(agent.said(says.answer).getByRole('link', { name: says.button }));
  await chat.say(says.person);
  await agent.page.keyboard.press('a');
  await agent.composer.fill(`/${says.question}`);
  await sees(agent.page.getByRole('option').filter({ hasText: says.answer }));
  await agent.composer.press('Enter');
  await agent.page.getByRole('button', { name: agent.w('composer.leaveOut', { name: says.large }) }).click();
  await agent.composer.press('Enter');
  await seesCount(chat.theirs(says.answer).nth(1).getByRole('link'), 1);

  // The shop's own products.
  const guest = await (await person({ locale })).newPage();
  await guest.goto(`${octim.url}/chat/${channels.find((one) => one.bot.enabled).key}`);
  const shop = new ChatWindow(guest, guest, locale);
  await shop.say(says.shop);
  const product = shop.root.getByRole('link', { name: says.teapot });
  await sees(product.locator('img'));
  assert.match(await product.getAttribute('href'), /\/demo#\/product\/teapot$/);
}

export default Object.fromEntries(
  LOCALES.map((locale) => [`link cards lead from an answer to pages (${locale})`, () => linkCards(locale)]),
);
