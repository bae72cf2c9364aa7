// What goes with an answer, in both languages: follow-ups are chosen by keyboard and asked by a visitor;
// a second entry that says something else is pointed out, listed, and left as it is. VIPs are told more.
// Images go with an answer, from the editor to the visitor, by the bot and by an agent.

import { person } from '../lib/browser.mjs';
import { dragFiles, pasteImage, png } from '../lib/files.mjs';
import { signedIdentity } from '../lib/jwt.mjs';
import { Octim } from '../lib/octim.mjs';
import { assert, reads, sees, seesCount, seesNot } from '../lib/see.mjs';
import { startSite } from '../lib/site.mjs';
import { Console } from '../lib/staff.mjs';
import { ChatWindow, openChat } from '../lib/visitor.mjs';
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

const TERMS = {
  'zh-CN': { question: '延长保修要多少钱？', answer: '延长保修一年 99 元。', vip: '贵宾延长保修免费。', known: '什么时候发货？' },
  en: { question: 'How much is the extended warranty?', answer: 'The extended warranty is 99 yuan a year.', vip: 'The extended warranty is free for VIPs.', known: 'How long does delivery take' },
};

/** One question, and two answers: the site says who is a VIP. */
async function audiences(locale) {
  const octim = await Octim.start('demo');
  const says = TERMS[locale];
  const owner = await Console.open(await person({ locale }), octim, 'su', { locale, path: '/console/settings/care' });
  const { page, w } = owner;
  await page.getByLabel(w('vip.values'), { exact: true }).fill('gold, 金卡');
  await owner.saves(page.locator('form').filter({ hasText: w('vip.values') }).getByRole('button', { name: w('common.save') }));

  await page.goto(`${octim.url}/console/knowledge/new`);
  await page.getByLabel(w('kb.question'), { exact: true }).fill(says.question);
  await page.getByLabel(w('kb.answer'), { exact: true }).fill(says.answer);
  await owner.button('kb.addAnswer').click();
  await page.getByLabel(w('kb.answerFor'), { exact: true }).fill(says.vip);
  const whose = page.getByLabel(w('kb.audience'), { exact: true });
  await whose.nth(1).selectOption('everybody');
  await reads(page.getByRole('alert'), w('kb.answerTaken'));
  await whose.nth(1).selectOption('vip');
  await owner.button('kb.step.publish').click();
  await reads(page.locator('.head'), w('kb.status.published'));

  const { channels } = await owner.staff.get('/api/channels');
  const channel = channels.find((one) => one.bot.enabled);
  const { value } = await owner.staff.post(`/api/channels/${channel.id}/secrets`, {});
  const site = await startSite({ host: octim.url, key: channel.key });
  const told = async (identity) => {
    const visitor = await (await person({ locale })).newPage();
    await visitor.goto(site.url);
    await visitor.waitForFunction(() => typeof window.octim === 'function');
    if (identity) await visitor.evaluate((token) => window.octim('identify', token), identity);
    const chat = await openChat(visitor, locale);
    await chat.say(says.question);
    return chat;
  };
  await sees((await told(null)).theirs(says.answer));
  const vip = await told(signedIdentity(value, channel.key, { sub: 'u-7', name: 'Kim', attributes: { level: 'Gold' } }));
  await sees(vip.theirs(says.vip));

  // Why, as staff reads it; and what the list says of the entry.
  await page.goto(`${octim.url}/console/inbox/all`);
  await owner.row('Kim').click();
  await owner.said(says.vip).getByRole('button', { name: w('why.title') }).click();
  const why = page.getByRole('dialog', { name: w('why.title') });
  await reads(why, w('audience.vip'));
  await reads(why, 'Gold');
  await page.goto(`${octim.url}/console/knowledge`);
  await reads(page.getByRole('row').filter({ hasText: says.question }), w('kb.ownAnswer', { audience: w('audience.vip') }));

  // The list by audience; another entry is given one, and is found by it.
  const row = (text) => page.getByRole('row').filter({ hasText: text });
  const filter = page.getByRole('combobox', { name: w('kb.audience') });
  await filter.selectOption('signed_in');
  await seesCount(row(says.known), 0);
  await filter.selectOption('');
  const search = page.getByLabel(w('knowledge.search'));
  await search.fill(says.known);
  await row(says.known).getByRole('checkbox').check();
  await owner.button('kb.bulk.audience').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(w('kb.audience')).selectOption('signed_in');
  await dialog.getByRole('button', { name: w('kb.bulk.apply') }).click();
  await sees(page.getByText(w('kb.bulk.done', { n: 1 })));
  await search.fill('');
  await filter.selectOption('signed_in');
  await reads(row(says.known), w('kb.onlyFor', { audience: w('audience.signed_in') }));
  await seesCount(row(says.question), 0);

  // By owner: who wrote it keeps it right until another does; of what the demo brought nobody does.
  await filter.selectOption('');
  const whoseTask = page.getByRole('combobox', { name: w('kb.owner') });
  const { id } = await owner.staff.get('/api/me');
  await whoseTask.selectOption(id);
  await sees(row(says.question));
  await seesCount(row(says.known), 0);
  await whoseTask.selectOption('none');
  await sees(row(says.known));
  await seesCount(row(says.question), 0);
}

const SHOWN = {
  'zh-CN': { question: '滤网怎么取出来？', answer: '按住卡扣，向上提。', alt: '按住卡扣的手', second: '提起的滤网' },
  en: { question: 'How do I take the filter out?', answer: 'Hold the clip and lift.', alt: 'A hand on the clip', second: 'The filter, lifted' },
};

/** Images below an answer. */
async function images(locale) {
  const octim = await Octim.start('demo');
  const says = SHOWN[locale];
  const owner = await Console.open(await person({ locale }), octim, 'su', { locale, path: '/console/knowledge/new' });
  const { page, w } = owner;
  await page.getByLabel(w('kb.question'), { exact: true }).fill(says.question);
  const answer = page.getByLabel(w('kb.answer'), { exact: true });
  await answer.fill(says.answer);
  // Chosen, pasted, dropped; what is no image is refused by name.
  const picker = page.locator('.images input[type=file]').first();
  await picker.setInputFiles({ name: 'second.png', mimeType: 'image/png', buffer: png(400, 300) });
  const alt = (n) => page.getByLabel(w('kb.image.alt', { n }));
  await alt(1).fill(says.second);
  await pasteImage(answer, png(300, 400), 'first.png');
  await alt(2).fill(says.alt);
  const held = await dragFiles(page.locator('.images').first(), [{ name: 'note.txt', type: 'text/plain', bytes: Buffer.from('x') }]);
  await held.drop();
  await reads(page.locator('.images').getByRole('alert'), w('kb.image.wrongType'));
  await page.locator('.images').getByRole('button', { name: w('common.close') }).click();
  // The second goes first.
  await page.locator('.images li').nth(1).getByRole('button', { name: w('kb.moveUp') }).click();
  await sees(page.locator('.stage').getByAltText(says.alt));
  await owner.button('kb.step.publish').click();
  await reads(page.locator('.head'), w('kb.status.published'));
  assert.equal(await alt(1).inputValue(), says.alt);

  // A visitor sees both below the answer; one opens large.
  const { channels } = await owner.staff.get('/api/channels');
  const visitor = await (await person({ locale })).newPage();
  await visitor.goto(`${octim.url}/chat/${channels.find((one) => one.bot.enabled).key}`);
  const chat = new ChatWindow(visitor, visitor, locale);
  await chat.say(says.question);
  const said = chat.theirs(says.answer);
  await sees(said);
  await seesCount(said.locator('button.picture img'), 2);
  await said.getByRole('button', { name: chat.w('image_view', { name: says.alt }) }).click();
  await sees(visitor.getByRole('dialog').locator('img'));
  await visitor.keyboard.press('Escape');

  // An agent reads them, and sends one of them again with the answer.
  const agent = await Console.open(await person({ locale }), octim, 'lin', { locale, path: '/console/inbox/all' });
  await agent.row(says.answer).click();
  await agent.said(says.answer).getByRole('button', { name: agent.w('chat.openPicture', { name: says.alt }) }).click();
  await sees(agent.page.getByRole('dialog').locator('img'));
  await agent.page.keyboard.press('Escape');
  await chat.say(locale === 'en' ? 'I want to talk to a person' : '转人工');
  await agent.page.keyboard.press('a');
  await agent.composer.fill(`/${says.question}`);
  await sees(agent.page.getByRole('option').filter({ hasText: says.answer }));
  await agent.composer.press('Enter');
  await agent.page.getByRole('button', { name: agent.w('composer.leaveOut', { name: says.second }) }).click();
  await agent.composer.press('Enter');
  const again = chat.theirs(says.answer).nth(1);
  await seesCount(again.locator('button.picture img'), 1);
}

export default {
  ...Object.fromEntries(
    LOCALES.map((locale) => [`an answer leads to the next question, and a contradiction is found (${locale})`, () => answers(locale)]),
  ),
  ...Object.fromEntries(LOCALES.map((locale) => [`VIPs are told something else (${locale})`, () => audiences(locale)])),
  ...Object.fromEntries(LOCALES.map((locale) => [`images below an answer are said by the bot and by an agent (${locale})`, () => images(locale)])),
};
