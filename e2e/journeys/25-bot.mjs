// The bot on a channel of its own: a known question, an unsure one, and people taking over.

import { person } from '../lib/browser.mjs';
import { Octim } from '../lib/octim.mjs';
import { assert, sees, seesNot } from '../lib/see.mjs';
import { Console, Staff } from '../lib/staff.mjs';
import { ChatWindow } from '../lib/visitor.mjs';

const SAYINGS = {
  'zh-CN': {
    known: '退款多久到账？', answer: '24 小时内退款',
    unknown: ['量子纠缠能不能用来煮咖啡', '火星分店的停车位朝哪个方向'],
    person: '我要找人工',
  },
  en: {
    known: 'How long does delivery take?', answer: 'Orders paid before 16:00',
    unknown: ['Can quantum foam sing opera backwards', 'Which zodiac sign owns purple elephants'],
    person: 'I want to talk to a person',
  },
};

async function bot(locale) {
  const octim = await Octim.start('demo');
  const words = SAYINGS[locale];
  const owner = await Staff.login(await person(), octim, 'su@demo.example');
  const { channels } = await owner.get('/api/channels');
  const channel = channels.find((one) => one.bot.enabled);
  const console = await Console.open(await person({ locale }), octim, 'lin', { locale, presence: 'busy' });
  const page = await (await person({ locale })).newPage();
  await page.goto(`${octim.url}/chat/${channel.key}`);
  const chat = new ChatWindow(page, page, locale);
  await sees(chat.root.locator('.to-person'));

  // A question that the knowledge base knows: offered while it is typed; answered, labelled, explained.
  await chat.field.fill(words.known.slice(0, -2));
  await chat.root.locator('.suggest button').first().click();
  const answer = chat.theirs(words.answer);
  await sees(answer.first());
  await sees(chat.root.locator('.name .ai').first());
  await answer.first().locator('.thumb').first().click();
  await sees(answer.first().locator('.thumb[aria-pressed=true]'));
  await console.view('all').click();
  await console.row(words.answer).first().click();
  await sees(console.messages.locator('.ai').first());
  await console.button('why.title').first().click();
  const dialog = console.page.getByRole('dialog');
  await sees(dialog.locator('tr.chosen'));
  await sees(dialog.getByText(console.w('why.helpful'), { exact: true }));
  await dialog.getByRole('button', { name: console.w('why.right'), exact: true }).click();
  await sees(dialog.locator('button[aria-pressed=true]'));
  await console.page.keyboard.press('Escape');

  // What it cannot know goes to people, who see why and what was asked. It may ask back first;
  // then the visitor asks for a person.
  const notice = (key) => chat.root.locator('.notice').filter({ hasText: chat.w(key) });
  const handedOff = notice('notice_left_message').or(notice('notice_handed_off')).first();
  const asked = [];
  for (const question of words.unknown) {
    const before = await chat.root.locator('.row.theirs .bubble').count();
    await chat.say(question);
    asked.push(question);
    await sees(chat.root.locator('.row.theirs .bubble').nth(before));
    if (await handedOff.isVisible()) break;
  }
  if (!(await handedOff.isVisible())) await chat.say(words.person);
  await sees(handedOff);
  await seesNot(chat.root.locator('.to-person'));
  const card = console.page.locator('.hand-off');
  await sees(card);
  for (const question of [words.known, ...asked]) await sees(card.getByText(question));
  await console.button('chat.accept').first().click();
  await sees(console.composer);
  const said = await chat.root.locator('.row.theirs .bubble').count();
  await console.say('OK!');
  await sees(chat.theirs('OK!'));
  await chat.say(words.known);
  await sees(console.said(words.known).last());
  assert.equal(await chat.root.locator('.row.theirs .bubble').count(), said + 1, 'the bot is silent now');
  // What the bot would have said is offered to the agent instead.
  await sees(console.page.locator('.suggestions button').first());
  await console.composer.press('Alt+1');
  assert.match(await console.composer.inputValue(), new RegExp(words.answer.slice(0, 4)));
}

export default {
  'a bot answers what it knows and hands over what it does not (zh)': () => bot('zh-CN'),
  'a bot answers what it knows and hands over what it does not (en)': () => bot('en'),
};
