// What goes with an answer, in both languages: follow-ups are chosen by keyboard and asked by a visitor;
// a second entry that says something else is pointed out, listed, and left as it is.

import { person } from '../lib/browser.mjs';
import { Octim } from '../lib/octim.mjs';
import { reads, sees, seesCount, seesNot } from '../lib/see.mjs';
import { Console } from '../lib/staff.mjs';
import { ChatWindow } from '../lib/visitor.mjs';
import { LOCALES } from '../lib/words.mjs';

const SAYINGS = {
  'zh-CN': {
    question: '刻字的茶壶能退吗？', answer: '刻字的茶壶签收后 7 天内可以退。',
    known: '退款多久到账', knownAnswer: '24 小时内退款', free: '刻字要等几天？',
    again: '请问刻字的茶壶可以退吗', other: '刻字的茶壶签收后 3 天内可以退。',
  },
  en: {
    question: 'Can an engraved teapot be returned?', answer: 'An engraved teapot can be returned within 7 days.',
    known: 'How long does delivery take', knownAnswer: 'Orders paid before 16:00', free: 'How long does engraving take?',
    again: 'Can engraved teapots be returned', other: 'An engraved teapot can be returned within 3 days.',
  },
};

async function answers(locale) {
  const octim = await Octim.start('demo');
  const says = SAYINGS[locale];
  const owner = await Console.open(await person({ locale }), octim, 'su', { locale, path: '/console/knowledge/new' });
  const { page, w } = owner;
  const write = async (question, answer) => {
    await page.getByLabel(w('kb.question'), { exact: true }).fill(question);
    await page.getByLabel(w('kb.answer'), { exact: true }).fill(answer);
  };
  const publish = async () => {
    await owner.button('kb.step.publish').click();
    await reads(page.locator('.head'), w('kb.status.published'));
  };

  // Another entry, and a question as it stands; the second is moved to the front.
  await write(says.question, says.answer);
  const field = page.getByRole('combobox', { name: w('follow.field') });
  await field.fill(says.known);
  // The entry, and the words themselves.
  await sees(page.getByRole('option', { name: says.known }).nth(1));
  await field.press('Enter');
  await sees(page.getByRole('link', { name: says.known }));
  await field.fill(says.free);
  await sees(page.getByRole('option', { name: w('follow.asks', { text: says.free }) }));
  await field.press('ArrowUp');
  await field.press('Enter');
  await page.getByRole('button', { name: w('follow.remove', { text: says.free }) }).focus();
  await page.keyboard.press('Alt+ArrowUp');
  await reads(page.locator('.follow ol li').first(), says.free);
  await publish();

  // A visitor reads them below the answer and asks one with a click.
  const { channels } = await owner.staff.get('/api/channels');
  const visitor = await (await person({ locale })).newPage();
  await visitor.goto(`${octim.url}/chat/${channels.find((one) => one.bot.enabled).key}`);
  const chat = new ChatWindow(visitor, visitor, locale);
  await chat.say(says.question);
  await sees(chat.theirs(says.answer));
  const offered = chat.root.locator('.option');
  await reads(offered.first(), says.free);
  await offered.filter({ hasText: says.known }).click();
  await sees(chat.theirs(says.knownAnswer));
  await seesCount(offered.filter({ hasText: says.free }), 0);

  // The same question with another answer is pointed out while it is written, and listed afterwards.
  await page.goto(`${octim.url}/console/knowledge/new`);
  await write(says.again, says.other);
  await sees(page.getByText(w('pairs.warn')));
  await publish();
  await page.getByRole('link', { name: w('nav.knowledge') }).last().click();
  await page.getByRole('link', { name: w('rooms.pairs') }).click();
  const pair = page.locator('.pair').filter({ hasText: says.other });
  await reads(pair.locator('.reasons'), w('pairs.kind.duration'));
  await sees(pair.locator('mark').first());
  await pair.getByRole('button', { name: w('pairs.keep') }).click();
  await seesNot(pair);
  await page.reload();
  await sees(page.getByRole('heading', { name: w('nav.knowledge') }));
  await page.waitForFunction(() => !document.querySelector('[aria-busy="true"]'));
  await seesCount(pair, 0);
}

export default Object.fromEntries(
  LOCALES.map((locale) => [`an answer leads to the next question, and a contradiction is found (${locale})`, () => answers(locale)]),
);
