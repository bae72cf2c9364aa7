// The main job: a visitor on a customer's strict site and an agent in the console talk.

import { readFileSync } from 'node:fs';
import { person } from '../lib/browser.mjs';
import { pasteImage, png } from '../lib/files.mjs';
import { Octim } from '../lib/octim.mjs';
import { assert, holds, reads, sees, seesCount, seesNot } from '../lib/see.mjs';
import { startSite } from '../lib/site.mjs';
import { Console, Staff } from '../lib/staff.mjs';
import { launcher, openChat } from '../lib/visitor.mjs';

const SAYINGS = {
  'zh-CN': { ask: '你好，茶壶可以泡花茶吗？', answer: '可以的，请看 https://shop.example/tea?a=1&b=2。', more: '谢谢，还有别的颜色吗？', late: '还有青色和白色。', wish: '服务很好，谢谢！' },
  en: { ask: 'Hello, is the teapot good for flower tea?', answer: 'It is; see https://shop.example/tea?a=1&b=2.', more: 'Thanks. Any other colours?', late: 'Celadon and white, too.', wish: 'Great service, thank you!' },
};

async function conversation(locale, { byHand, ...options }) {
  const octim = await Octim.start('demo', options);
  const words = SAYINGS[locale];
  const presence = byHand ? 'busy' : 'online';
  const console = await Console.open(await person({ locale }), octim, 'lin', { locale, presence });
  const owner = await Staff.login(await person(), octim, 'su@demo.example');
  const site = await startSite({ host: octim.url, key: (await owner.channel()).key });
  const shop = await (await person({ locale })).newPage();
  await shop.goto(site.url);
  const chat = await openChat(shop, locale);

  // The first message appears by itself: in the queue, to be accepted, or with the agent at
  // once when she is free.
  await chat.say(words.ask);
  if (byHand) {
    await sees(chat.mark(words.ask, 'sent'));
    await sees(chat.notice('away_note'));
  } else {
    await console.view('mine').click();
  }
  const row = console.row(words.ask);
  await sees(row);
  await row.click();
  await sees(console.said(words.ask));
  if (byHand) await console.button('chat.accept').first().click();
  await sees(console.composer);
  await sees(chat.notice('notice_assigned', { name: '林小满' }));
  await sees(chat.mark(words.ask, 'read'));
  await reads(chat.root.getByRole('heading', { level: 1 }), '林小满');

  // Typing is seen on the other side, both ways, and ends with the message.
  await console.composer.pressSequentially(words.answer.slice(0, 3));
  await sees(chat.root.locator('.row.typing'));
  await console.say(words.answer);
  await sees(chat.theirs(words.answer));
  await seesNot(chat.root.locator('.row.typing'));
  await sees(console.mark(words.answer, 'read'));
  await chat.field.pressSequentially(words.more.slice(0, 3));
  await sees(console.messages.locator('.typing .dots'));
  await chat.say(words.more);
  await sees(console.said(words.more));
  await seesNot(console.messages.locator('.typing .dots'));
  await sees(chat.mark(words.more, 'read'));

  // The link is a link, opens elsewhere, and does not take the punctuation along.
  for (const link of [chat.root.getByRole('log').getByRole('link'), console.messages.getByRole('link')]) {
    assert.equal(await link.first().getAttribute('href'), 'https://shop.example/tea?a=1&b=2');
    assert.match(await link.first().getAttribute('rel'), /noopener noreferrer/);
  }

  // With the window closed: a badge, the card with the words in it, and no "read" yet.
  await chat.root.getByRole('button', { name: chat.w('minimise') }).click();
  await holds(shop, 'the window is closed', () => !document.querySelector('body > div:last-child').shadowRoot.querySelector('.o'));
  await console.say(words.late);
  await reads(shop.locator('.n'), /^1$/);
  await sees(chat.root.locator('.preview', { hasText: words.late }));
  await sees(console.mark(words.late, 'delivered'));
  await launcher(shop).click();
  await sees(chat.theirs(words.late));
  await reads(shop.locator('button.b'), /^$/);
  await sees(console.mark(words.late, 'read'));

  // Pictures by paste, files by picker, and back out again as they were.
  await pasteImage(chat.field, png(900, 600), '截图.png');
  await sees(chat.root.locator('.row.mine button.picture img'));
  await sees(console.messages.locator('button.picture img'));
  await holds(console.page, 'the picture is drawn', () => document.querySelector('button.picture img')?.naturalWidth > 0);
  await console.messages.locator('button.picture').click();
  await sees(console.page.getByRole('dialog'));
  await console.page.keyboard.press('Escape');
  await seesNot(console.page.getByRole('dialog'));
  const text = Buffer.from('订单 1024\n备注：轻拿轻放\n');
  await console.page.locator('.composer input[type=file]').setInputFiles({ name: '说明 (1).txt', mimeType: 'text/plain', buffer: text });
  const document = chat.root.locator('.row.theirs .document', { hasText: '说明 (1).txt' });
  await sees(document);
  const [download] = await Promise.all([shop.waitForEvent('download'), document.click()]);
  assert.equal(download.suggestedFilename(), '说明 (1).txt');
  assert.deepEqual(readFileSync(await download.path()), text);
  await chat.root.locator('input[type=file]').setInputFiles({ name: 'page.html', mimeType: 'text/html', buffer: Buffer.from('<script>alert(1)</script>') });
  await sees(chat.root.locator('.meta.failed'));
  await chat.root.getByRole('button', { name: chat.w('discard') }).click();
  await seesCount(chat.root.locator('.meta.failed'), 0);

  // The end, and the verdict: stars, tags, solved, words; changed once and then no more.
  await console.button('chat.resolve').first().click();
  await sees(console.page.getByRole('status').getByText(console.w('chat.resolvedToast').split(/[“{]/)[0]));
  await console.view('resolved').click();
  await console.row('说明 (1).txt').click();
  await sees(console.page.getByText(console.w('footer.resolved'), { exact: true }));
  const rating = chat.root.locator('.rating');
  await rating.locator('label.star').nth(1).click();
  await rating.getByRole('button', { name: chat.w('tags_bad').split('|')[0] }).click();
  await rating.getByRole('button', { name: chat.w('submit') }).click();
  await sees(chat.root.getByText(chat.w('rate_thanks')));
  await chat.root.getByRole('button', { name: chat.w('rate_change') }).click();
  await rating.locator('label.star').nth(4).click();
  await rating.getByRole('button', { name: chat.w('tags_good').split('|')[1] }).click();
  await rating.getByRole('button', { name: chat.w('solved_yes') }).click();
  await rating.getByLabel(chat.w('rate_text')).fill(words.wish);
  await rating.getByRole('button', { name: chat.w('submit') }).click();
  await sees(chat.root.getByRole('img', { name: chat.w('rate_stars', { count: 5 }) }));
  await seesCount(chat.root.getByRole('button', { name: chat.w('rate_change') }), 0);
  await sees(console.messages.getByText(console.w('notice.rated', { n: 5 })).last());

  // The agent sees the verdict beside the conversation.
  await console.page.reload();
  await reads(console.page.locator('.contact .quote'), words.wish);
  await sees(console.page.locator('.contact .tag', { hasText: chat.w('tags_good').split('|')[1] }));

  // A new conversation, with the old one in the history.
  await chat.say(words.more);
  // Waiting is seen for a moment only where somebody is given it at once, as before.
  const given = chat.root.locator('.notice').filter({ hasText: chat.w('with_agent', { name: '' }).trim() });
  await sees(chat.root.locator('.notice.waiting, .notice.wide').or(given.nth(1)).first());
  await chat.menu('history');
  await seesCount(chat.root.locator('.list .item'), 2);
  await chat.root.locator('.list .item').nth(1).click();
  await sees(chat.theirs(words.answer));
}

const journeys = {
  'both sides talk, from the queue, zh-CN on SQLite': () => conversation('zh-CN', { byHand: true }),
  'both sides talk, given to the agent, en on SQLite': () => conversation('en', { byHand: false }),
};
if (process.env.OCTIM_TEST_POSTGRES_URL) {
  journeys['both sides talk, from the queue, zh-CN on PostgreSQL'] = () => conversation('zh-CN', { byHand: true, postgres: true });
}
export default journeys;
