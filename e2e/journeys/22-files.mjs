// Files dropped onto the conversation, on both sides: the target shows itself while something is
// held over it, several files go at once, and what may not be sent is said.

import { person } from '../lib/browser.mjs';
import { dragFiles, png } from '../lib/files.mjs';
import { Octim } from '../lib/octim.mjs';
import { sees, seesCount, seesNot } from '../lib/see.mjs';
import { startSite } from '../lib/site.mjs';
import { Console, Staff } from '../lib/staff.mjs';
import { openChat } from '../lib/visitor.mjs';

const note = (name) => ({ name, type: 'text/plain', bytes: Buffer.from(`${name} 的内容`) });

async function dropped() {
  const octim = await Octim.start('demo');
  const owner = await Staff.login(await person(), octim, 'su@demo.example');
  const console = await Console.open(await person(), octim, 'lin', { path: '/console/inbox/mine' });
  const site = await startSite({ host: octim.url, key: (await owner.channel()).key });
  const shop = await (await person()).newPage();
  await shop.goto(site.url);
  const chat = await openChat(shop);
  await chat.say('我把照片拖进来');
  await console.row('我把照片拖进来').click();
  await sees(console.composer);

  // Held over the window and taken away again: nothing happens.
  const target = chat.root.locator('main');
  const shown = chat.root.locator('.window .drop');
  const over = await dragFiles(target, [note('不要.txt')]);
  await sees(shown);
  await over.leave();
  await seesNot(shown);
  await seesCount(chat.root.locator('.document'), 0);

  const held = await dragFiles(target, [{ name: '破损.png', type: 'image/png', bytes: png(400, 300) }, note('订单.txt')]);
  await sees(shown);
  await held.drop();
  await seesNot(shown);
  await sees(chat.root.locator('.row.mine button.picture img'));
  await sees(chat.root.locator('.row.mine .document', { hasText: '订单.txt' }));
  await sees(console.messages.locator('button.picture img'));
  await sees(console.messages.getByText('订单.txt'));

  // The agent's side, onto the messages and not only onto the field.
  const inside = await dragFiles(console.messages, [note('补发单.txt'), { name: 'x.html', type: 'text/html', bytes: Buffer.from('<b>') }]);
  await sees(console.page.getByText(console.w('composer.drop')));
  await inside.drop();
  await seesNot(console.page.getByText(console.w('composer.drop')));
  await sees(chat.root.locator('.row.theirs .document', { hasText: '补发单.txt' }));
  await sees(console.page.locator('.toasts, [role=alert], .pending').filter({ hasText: 'x.html' }));
  await seesCount(chat.root.locator('.document', { hasText: 'x.html' }), 0);
}

export default { 'files dropped by both sides arrive': dropped };
