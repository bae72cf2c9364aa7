// What was written arrives exactly once: offline, over a reload, through a killed server,
// from two tabs.

import { person } from '../lib/browser.mjs';
import { Octim } from '../lib/octim.mjs';
import { assert, sees, seesCount, seesNot } from '../lib/see.mjs';
import { startSite } from '../lib/site.mjs';
import { Console, Staff } from '../lib/staff.mjs';
import { until } from '../lib/until.mjs';
import { chatOn, launcher, openChat } from '../lib/visitor.mjs';

async function shop() {
  const octim = await Octim.start('demo');
  const owner = await Staff.login(await person(), octim, 'su@demo.example');
  const site = await startSite({ host: octim.url, key: (await owner.channel()).key });
  return { octim, owner, site, visitor: await person() };
}

/** What was said in the newest conversation, in order, by the server's account. */
async function said(staff) {
  const { conversations } = await staff.get('/api/conversations?view=all');
  const [newest] = conversations.sort((a, b) => b.created_at - a.created_at);
  const { messages } = await staff.get(`/api/conversations/${newest.id}/messages?limit=100`);
  assert.deepEqual(messages.map((message) => message.seq), messages.map((_, at) => at + 1));
  return messages.flatMap(({ content }) => content.text ?? []);
}

async function offline() {
  const { owner, site, visitor } = await shop();
  let page = await visitor.newPage();
  await page.goto(site.url);
  let chat = await openChat(page);
  await chat.say('在线时写的');
  await sees(chat.mark('在线时写的', 'sent'));

  await visitor.setOffline(true);
  await chat.say('离线时写的一');
  await chat.say('离线时写的二');
  await sees(chat.mark('离线时写的二', 'sending'));
  await sees(chat.root.getByText(chat.w('offline')));

  // The tab is closed; the network comes back for pages, but not yet for us.
  await page.close();
  const ours = '**/api/visitor/**';
  await visitor.route(ours, (route) => route.abort('connectionrefused'));
  await visitor.setOffline(false);
  page = await visitor.newPage();
  await page.goto(site.url);
  chat = await openChat(page);
  await sees(chat.mine('离线时写的一'));
  await sees(chat.mark('离线时写的二', 'sending'));
  await chat.say('重新加载后写的');
  await sees(chat.mark('重新加载后写的', 'sending'));
  assert.equal((await said(owner)).at(-1).startsWith('重新'), false);

  await visitor.unroute(ours);
  const all = ['在线时写的', '离线时写的一', '离线时写的二', '重新加载后写的'];
  await sees(chat.mark(all[3], 'sent'));
  assert.deepEqual(await said(owner), all);
  await page.reload();
  chat = await chatOn(page);
  await sees(chat.mine(all[3]));
  for (const text of all) await seesCount(chat.mine(text), 1);
  assert.deepEqual(await said(owner), all);
}

async function killed() {
  const { octim, owner, site, visitor } = await shop();
  const page = await visitor.newPage();
  await page.goto(site.url);
  const chat = await openChat(page);
  const console = await Console.open(await person(), octim, 'lin', { path: '/console/inbox/mine' });
  await chat.say('开始');
  await console.row('开始').click();
  await sees(console.said('开始'));

  const texts = ['开始'];
  const both = async (round) => {
    for (const [who, side] of [['访客', chat], ['客服', console]]) {
      texts.push(`${who}第${round}句`);
      await side.say(texts.at(-1));
    }
  };
  await both(1);
  const dying = octim.kill();
  await both(2);
  await dying;
  await both(3);
  await sees(console.page.getByText(console.w('connection.lost')));
  await octim.start();
  await both(4);

  await seesNot(console.page.getByText(console.w('connection.lost')));
  for (const text of texts) {
    const mine = text.startsWith('访客') || text === '开始';
    await sees(mine ? chat.mine(text) : chat.theirs(text));
    await sees(console.said(text));
  }
  // The mark stands at the last of each row of messages.
  await sees(chat.mark(texts.at(-2), 'read'));
  await sees(console.mark(texts.at(-1), 'read'));
  await seesCount(chat.root.locator('.mark.sending'), 0);
  const kept = await said(owner);
  assert.deepEqual([...kept].sort(), [...texts].sort());
  for (const who of ['访客', '客服']) {
    const order = (all) => all.filter((text) => text.startsWith(who));
    assert.deepEqual(order(kept), order(texts), `the order of ${who}`);
  }
  const bubbles = () => chat.texts();
  await until('the window shows the same, in the same order', async () => JSON.stringify((await bubbles()).slice(-kept.length)) === JSON.stringify(kept));
  assert.deepEqual(await console.messages.locator('.bubble').allInnerTexts(), kept);
}

async function agentsOutbox() {
  const { octim, owner, site, visitor } = await shop();
  const page = await visitor.newPage();
  await page.goto(site.url);
  const chat = await openChat(page);
  const agent = await person();
  const console = await Console.open(agent, octim, 'lin', { path: '/console/inbox/mine' });
  await chat.say('在吗');
  await console.row('在吗').click();
  await console.say('在的');
  await sees(console.mark('在的', 'read'));

  await agent.setOffline(true);
  await sees(console.page.getByText(console.w('connection.lost')));
  await console.say('断网时写的一');
  await console.say('断网时写的二');
  const waiting = console.messages.locator('.pending');
  await seesCount(waiting, 2);
  await console.composer.fill('还没写完');

  // The page comes back, but nothing that changes something gets through yet, nor a socket.
  const ours = (url) => url.pathname === '/api/socket-ticket' || url.pathname.endsWith('/messages');
  const refuse = (route) => (route.request().method() === 'POST' ? route.abort('connectionrefused') : route.continue());
  await agent.route(ours, refuse);
  await agent.setOffline(false);
  await console.page.reload();
  await seesCount(waiting, 2);
  await sees(console.messages.getByText('断网时写的二'));
  assert.equal(await console.composer.inputValue(), '还没写完', 'the draft is kept, too');
  await seesCount(chat.theirs('断网时写的一'), 0);

  await agent.unroute(ours);
  await sees(chat.theirs('断网时写的二'));
  await seesCount(waiting, 0);
  const all = ['在吗', '在的', '断网时写的一', '断网时写的二'];
  await console.page.reload();
  await sees(console.said(all[3]));
  for (const text of all.slice(1)) {
    await seesCount(console.said(text), 1);
    await seesCount(chat.theirs(text), 1);
  }
  assert.deepEqual(await said(owner), all);
}

async function twoTabs() {
  const { octim, owner, site, visitor } = await shop();
  const first = await visitor.newPage();
  await first.goto(site.url);
  const one = await openChat(first);
  await one.say('第一个标签页');
  await sees(one.mark('第一个标签页', 'sent'));
  const second = await visitor.newPage();
  await second.goto(site.url);
  const two = await openChat(second);
  await sees(two.mine('第一个标签页'));
  await two.say('第二个标签页');
  await sees(one.mine('第二个标签页'));
  await sees(one.mark('第二个标签页', 'sent'));

  const console = await Console.open(await person(), octim, 'lin', { path: '/console/inbox/mine' });
  await console.row('第二个标签页').click();
  await two.root.getByRole('button', { name: two.w('minimise') }).click();
  await console.say('两边都看得到');
  for (const tab of [one, two]) await seesCount(tab.root.locator('.bubble, .preview', { hasText: '两边都看得到' }), 1);
  // Read in the one, so there is nothing left to tell in the other.
  await sees(console.mark('两边都看得到', 'read'));
  await until('no badge in the second tab', async () => (await second.locator('.n').innerText()) === '');
  await launcher(second).click();
  await seesCount(two.theirs('两边都看得到'), 1);
  assert.deepEqual(await said(owner), ['第一个标签页', '第二个标签页', '两边都看得到']);
}

export default {
  'written offline, kept over a reload, sent once': offline,
  'an agent writes offline, reloads, and it is sent once': agentsOutbox,
  'both go on through a killed server': killed,
  'two tabs of one visitor show the same': twoTabs,
};
