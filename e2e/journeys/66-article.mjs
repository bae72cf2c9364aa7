// Articles: one is written in sections and published; the bot quotes one, and the visitor reads the
// sentence where it stands, among its images.

import { violations } from '../lib/axe.mjs';
import { person } from '../lib/browser.mjs';
import { dragFiles, pasteImage, png } from '../lib/files.mjs';
import { Octim } from '../lib/octim.mjs';
import { assert, reads, sees, seesCount, seesNot } from '../lib/see.mjs';
import { Console, Staff } from '../lib/staff.mjs';
import { until } from '../lib/until.mjs';
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

const SHOWN = {
  'zh-CN': {
    title: '滤网清洗说明', asked: '滤网怎么取出来清洗？', first: '按住卡扣，把滤网向上提出来。', second: '用温水冲洗滤网，晾干后装回。',
    clip: '按住卡扣的手', rinse: '冲洗中的滤网',
  },
  en: {
    title: 'Cleaning the filter of the kettle', asked: 'How do I take the kettle filter out?',
    first: 'Hold the clip and lift the filter out of the kettle.', second: 'Rinse the filter with warm water and let it dry.',
    clip: 'A hand on the clip', rinse: 'The filter under the tap',
  },
};

/** Images between the lines of an article. */
async function images(locale) {
  const octim = await Octim.start('demo');
  const says = SHOWN[locale];
  const path = '/console/knowledge/new?kind=article';
  const owner = await Console.open(await person({ locale }), octim, 'su', { locale, path });
  const { page, w } = owner;
  await page.getByLabel(w('kb.article.title'), { exact: true }).fill(says.title);
  const text = page.getByLabel(w('kb.article.text', { n: 1 }), { exact: true });
  await text.fill(`${says.first}\n${says.second}`);

  // One is chosen and stands at the end; one is pasted below the line of the caret; what is none is refused.
  const alt = (n) => page.getByLabel(w('kb.image.alt', { n }), { exact: true });
  const part = (n) => page.getByLabel(w('kb.article.textPart', { n: 1, part: n }), { exact: true });
  await page.locator('.section input[type=file]').setInputFiles({ name: 'rinse.png', mimeType: 'image/png', buffer: png(400, 300) });
  await alt(1).fill(says.rinse);
  await part(1).evaluate((field) => field.setSelectionRange(3, 3));
  await pasteImage(part(1), png(300, 400), 'clip.png');
  await seesCount(page.locator('.section .image'), 2);
  await alt(1).fill(says.clip);
  assert.deepEqual([await part(1).inputValue(), await part(2).inputValue(), await part(3).inputValue()], [says.first, says.second, '']);
  const held = await dragFiles(page.locator('.section').first(), [{ name: 'note.txt', type: 'text/plain', bytes: Buffer.from('x') }]);
  await held.drop();
  await reads(page.locator('.section').getByRole('alert'), w('kb.image.wrongType'));
  await page.locator('.section').getByRole('button', { name: w('common.close') }).click();

  // By key it goes down a line, past the other, and comes back; the words keep the focus.
  await alt(1).focus();
  for (const [key, order] of [['ArrowDown', [says.clip, says.rinse]], ['ArrowDown', [says.rinse, says.clip]], ['ArrowUp', [says.clip, says.rinse]], ['ArrowUp', [says.clip, says.rinse]]]) {
    await page.keyboard.press(`Alt+${key}`);
    await seesCount(page.locator('.section .image'), 2);
    const at = order.indexOf(says.clip) + 1;
    await until(`${says.clip} is number ${at}`, async () => (await alt(at).inputValue()) === says.clip);
    assert.ok(await alt(at).evaluate((field) => field === document.activeElement), 'the focus goes with the image');
  }
  assert.equal(await part(1).inputValue(), says.first);
  assert.deepEqual(await violations(page, 'an article with images'), []);
  await owner.button('kb.step.publish').click();
  await reads(page.locator('.head'), w('kb.status.published'));
  await page.getByRole('tab', { name: w('kb.tab.history'), exact: true }).click();
  await reads(page.locator('.changes'), says.clip);

  // A visitor reads it with its images where they stand; one opens large.
  const { channels } = await owner.staff.get('/api/channels');
  const visitor = await (await person({ locale })).newPage();
  await visitor.goto(`${octim.url}/chat/${channels.find((one) => one.bot.enabled).key}`);
  const chat = new ChatWindow(visitor, visitor, locale);
  await chat.say(says.asked);
  await sees(chat.theirs(says.first).first());
  await chat.root.locator('.article-chip').filter({ hasText: says.title }).first().click();
  await sees(chat.root.getByRole('heading', { name: says.title }));
  await seesCount(chat.root.locator('article button.picture img'), 2);
  const order = await chat.root.locator('article section').first().evaluate((section) =>
    [...section.children].map((one) => one.getAttribute('aria-label') ?? one.textContent));
  assert.deepEqual(order, [says.first, chat.w('image_view', { name: says.clip }), says.second, chat.w('image_view', { name: says.rinse })]);
  await chat.root.getByRole('button', { name: chat.w('image_view', { name: says.clip }) }).click();
  await sees(visitor.getByRole('dialog').locator('img'));
  await visitor.keyboard.press('Escape');

  // An agent reads the same beside the conversation.
  const agent = await Console.open(await person({ locale }), octim, 'lin', { locale, path: '/console/inbox/all' });
  await agent.row(says.first).first().click();
  await agent.messages.locator('button.chip').filter({ hasText: says.title }).first().click();
  const picture = agent.page.getByRole('dialog').getByAltText(says.clip);
  await sees(picture);
  await until('the picture is there', () => picture.evaluate((img) => img.complete && img.naturalWidth > 0));
}

export default {
  'an article is written, quoted by the bot and read (zh)': () => article('zh-CN'),
  'an article is written, quoted by the bot and read (en)': () => article('en'),
  'images stand between the lines of an article (zh)': () => images('zh-CN'),
  'images stand between the lines of an article (en)': () => images('en'),
};
