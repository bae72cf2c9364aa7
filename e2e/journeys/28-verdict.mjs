// Ended and rated, over a reload and in two tabs: the form is there again, the verdict can be
// changed once, and then stays.

import { person } from '../lib/browser.mjs';
import { Octim } from '../lib/octim.mjs';
import { assert, reads, sees, seesCount, seesNot } from '../lib/see.mjs';
import { Console, Staff } from '../lib/staff.mjs';
import { startSite } from '../lib/site.mjs';
import { chatOn, openChat } from '../lib/visitor.mjs';

async function verdict() {
  const octim = await Octim.start('demo');
  const owner = await Staff.login(await person(), octim, 'su@demo.example');
  const console = await Console.open(await person(), octim, 'lin', { path: '/console/inbox/mine' });
  const site = await startSite({ host: octim.url, key: (await owner.channel()).key });
  const visitor = await person();
  const [first, second] = [await visitor.newPage(), await visitor.newPage()];
  await first.goto(site.url);
  let chat = await openChat(first);
  await chat.say('麻烦帮我改地址');
  await sees(chat.mark('麻烦帮我改地址', 'sent'));
  await console.row('麻烦帮我改地址').click();
  await console.say('改好了');
  await sees(chat.theirs('改好了'));
  await second.goto(site.url);
  const other = await openChat(second);
  await sees(other.theirs('改好了'));

  // Ended by the visitor in one tab: both ask for the verdict, and typing ends on both sides.
  await chat.menu('end');
  await chat.root.getByRole('button', { name: chat.w('end_yes') }).click();
  for (const tab of [chat, other]) await sees(tab.root.locator('.rating'));
  await sees(console.page.getByText(console.w('footer.resolved'), { exact: true }));

  // Not now: the form is still there after a reload.
  await first.reload();
  chat = await chatOn(first);
  const form = (tab) => tab.root.locator('.rating');
  await form(chat).locator('label.star').nth(1).click();
  await form(chat).getByRole('button', { name: chat.w('submit') }).click();
  await sees(chat.root.getByText(chat.w('rate_thanks')));
  await sees(console.messages.getByText(console.w('notice.rated', { n: 2 })));

  // Again, after another reload; then no more, in any tab.
  await first.reload();
  chat = await chatOn(first);
  await chat.root.getByRole('button', { name: chat.w('rate_change') }).click();
  await form(chat).locator('label.star').nth(3).click();
  await form(chat).getByRole('button', { name: chat.w('submit') }).click();
  await sees(chat.root.getByRole('img', { name: chat.w('rate_stars', { count: 4 }) }));
  await seesCount(chat.root.getByRole('button', { name: chat.w('rate_change') }), 0);
  await sees(console.messages.getByText(console.w('notice.rated', { n: 4 })));
  await second.reload();
  const again = await chatOn(second);
  await sees(again.root.getByRole('img', { name: again.w('rate_stars', { count: 4 }) }));
  await seesCount(again.root.getByRole('button', { name: again.w('rate_change') }), 0);
  const { conversations } = await owner.get('/api/conversations?view=resolved');
  const [ended] = conversations.filter((one) => one.stars === 4);
  const { rating } = await owner.get(`/api/conversations/${ended.id}`);
  assert.equal(rating.stars, 4);
  assert.ok(rating.changed_at);

  // What is said next is a new conversation, in both tabs.
  await again.say('还有一件事');
  for (const tab of [chat, again]) await sees(tab.mine('还有一件事'));
  await seesNot(form(again));
  await reads(again.root.locator('.notice').last(), /./);
}

export default { 'ended in one of two tabs, rated, changed once': verdict };
