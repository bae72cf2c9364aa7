// From nothing to the first message: set-up in the browser, the tag on a strict site, the
// live check, the inbox; and afterwards there is no set-up any more.

import { person } from '../lib/browser.mjs';
import { Octim } from '../lib/octim.mjs';
import { assert, reads, sees } from '../lib/see.mjs';
import { startSite } from '../lib/site.mjs';
import { chatOn, launcher } from '../lib/visitor.mjs';
import { Console } from '../lib/staff.mjs';
import { LOCALES, words } from '../lib/words.mjs';

async function newcomer(locale) {
  const octim = await Octim.start('serve');
  const site = await startSite({ host: octim.url, key: '' });
  const w = words(locale).console;
  const page = await (await person({ locale })).newPage();
  const field = (key) => page.getByLabel(w(key), { exact: false }).first();

  await page.goto(octim.url);
  await page.waitForURL('**/setup');
  await sees(page.getByRole('heading', { name: w('setup.title') }));
  await page.getByRole('button', { name: w('common.next') }).click();
  await sees(page.getByText(w('setup.required')));
  await field('setup.workspace').fill('云舟生活');
  await field('setup.name').fill('王芳');
  await field('setup.email').fill('wang@shop.example');
  await page.locator('input[type=password]').fill('short');
  await page.getByRole('button', { name: w('common.next') }).click();
  await sees(page.getByText(w('setup.passwordShort')));
  await page.locator('input[type=password]').fill('password123456');
  await page.getByRole('button', { name: w('common.next') }).click();

  await sees(page.getByRole('heading', { name: w('setup.channelTitle') }));
  assert.equal(await field('setup.channelName').inputValue(), w('setup.channelDefault'));
  await field('setup.site').fill('javascript:alert(1)');
  await page.getByRole('button', { name: w('setup.create') }).click();
  await sees(page.getByText(w('setup.siteWrong')));
  await field('setup.site').fill(`${site.url}/some/page`);
  await page.getByRole('button', { name: w('setup.create') }).click();

  // A password that everybody uses is refused, at its own field, and nothing else is lost.
  await sees(page.locator('input[type=password][aria-invalid]'));
  await page.locator('input[type=password]').fill('correct horse battery 9');
  await page.getByRole('button', { name: w('common.next') }).click();
  await page.getByRole('button', { name: w('setup.create') }).click();

  await sees(page.getByRole('heading', { name: w('setup.doneTitle') }));
  const tag = await page.getByLabel(w('install.scriptTag')).innerText();
  const key = /data-channel="(\w+)"/.exec(tag)?.[1];
  assert.ok(key && tag.includes(`src="${octim.url}/octim.js`), `the script tag: ${tag}`);
  await sees(page.getByText(w('install.waiting')));

  site.tag = tag;
  const shop = await (await person({ locale })).newPage();
  await shop.goto(site.url);
  await sees(launcher(shop));
  await reads(page.locator('.state.seen'), w('install.seen', { origin: site.url }));

  await launcher(shop).click();
  const chat = await chatOn(shop, locale);
  await chat.say('你们好！');
  await sees(chat.mark('你们好！', 'sent'));

  await page.getByRole('button', { name: w('setup.open') }).click();
  await page.waitForURL('**/console/inbox/**');
  const inbox = new Console(page, octim, locale);
  await inbox.view('all').click();
  await sees(inbox.row('你们好！'));

  for (const round of ['at once', 'after a restart']) {
    const answers = await Promise.all([
      fetch(`${octim.url}/api/setup`),
      fetch(`${octim.url}/setup`),
      fetch(`${octim.url}/api/setup`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: octim.url },
        body: JSON.stringify({ workspace: 'x', owner_name: 'x', owner_email: 'x@x.example', owner_password: 'correct horse 9', channel_name: 'x', site: '' }),
      }),
    ]);
    assert.deepEqual(answers.map((answer) => answer.status), [404, 404, 404], `set-up is over ${round}`);
    if (round === 'at once') {
      await octim.stop();
      await octim.start();
    }
  }
}

export default Object.fromEntries(LOCALES.map((locale) => [`sets up, installs and sees the first message, ${locale}`, () => newcomer(locale)]));
