// The console asks for what it shows, once: through all views, at three sizes, with lists that
// are empty, shrink, fail or never end, the number of requests stays what a person caused.

import { person } from '../lib/browser.mjs';
import { Guest } from '../lib/guest.mjs';
import { Octim } from '../lib/octim.mjs';
import { assert, sees, seesNot } from '../lib/see.mjs';
import { Console } from '../lib/staff.mjs';

const SIZES = [[1440, 900], [390, 844], [1280, 720]];
const VIEWS = ['queue', 'mine', 'team', 'all', 'resolved'];

/** Counts requests for lists; `take` gives and forgets them, when everything has come to rest. */
function counting(page) {
  let asked = [];
  page.on('request', (request) => {
    const { pathname, searchParams } = new URL(request.url());
    if (pathname === '/api/conversations') asked.push(`${searchParams.get('view')} ${searchParams.get('before') ?? ''}`);
  });
  return async () => {
    await page.waitForLoadState('networkidle');
    // Two frames and a request of our own: whatever a loop would have asked for next has been asked.
    await page.evaluate(async () => {
      for (let frame = 0; frame < 30; frame += 1) await new Promise((done) => requestAnimationFrame(done));
      await fetch('/api/conversations/counts');
    });
    const taken = asked;
    asked = [];
    return taken;
  };
}

async function allViews() {
  const octim = await Octim.start('demo');
  const console = await Console.open(await person(), octim, 'su', { path: '/console/inbox/mine' });
  const { page } = console;
  const take = counting(page);
  await sees(console.view('mine'));
  await take();
  const seen = new Set(['mine']);
  for (const [width, height] of [...SIZES, ...SIZES]) {
    await page.setViewportSize({ width, height });
    assert.deepEqual(await take(), [], `${width}×${height}: resizing asks for nothing`);
    for (const view of VIEWS) {
      await console.view(view).click();
      await sees(page.getByRole('tab', { selected: true }).and(console.view(view)));
      const asked = await take();
      assert.deepEqual(asked, seen.has(view) ? [] : [`${view} `], `${view} at ${width}×${height}`);
      seen.add(view);
    }
    // In a conversation the list is out of sight on a phone.
    await page.getByRole('listbox').getByRole('option').first().click();
    await sees(console.chat);
    assert.deepEqual(await take(), [], `a conversation at ${width}×${height}`);
    await page.goBack();
    await seesNot(console.chat.locator('.pane'));
  }
}

/** A server that says what a journey needs: endless pages, errors, positions that stay. */
async function misbehaving() {
  const octim = await Octim.start('demo');
  const console = await Console.open(await person(), octim, 'su', { path: '/console/settings/profile' });
  const { page, w } = console;
  const guest = await Guest.arrive(octim, (await console.staff.channel()).key);
  await guest.say('模板');
  const { conversations } = await console.staff.get('/api/conversations?view=all');
  const [sample] = conversations;
  const open = (count, from = 0) => Array.from({ length: count }, (_, at) => ({ ...sample, id: String(7_000_000 + from + at), status: 'open', assignee_id: console.staff.me.id, active_at: 5_000_000 - from - at, version: 1 }));
  const take = counting(page);
  let pages = 0;
  let answer = () => ({});
  await page.route((url) => url.pathname === '/api/conversations', (route) => {
    const before = new URL(route.request().url()).searchParams.get('before');
    pages += 1;
    const { status = 200, ...body } = answer(before, pages);
    return route.fulfill({ status, json: body });
  });
  // Each list twice: at once, and when the socket is there to tell of changes from then on; a page
  // that was on its way then is asked for again.
  const visit = async (what, how, once) => {
    const most = 2 * once + 1;
    answer = how;
    pages = 0;
    await page.goto(`${octim.url}/console/inbox/mine`);
    await sees(console.view('mine'));
    for (const [width, height] of SIZES) {
      await page.setViewportSize({ width, height });
      const asked = await take();
      assert.ok(asked.length <= most, `${what} at ${width}×${height}: ${asked.length} requests`);
    }
    assert.ok(pages <= most, `${what}: ${pages} requests in all`);
  };
  const failure = { status: 500, type: 'about:blank', title: 'x', code: 'internal' };

  await visit('an empty list', () => ({ conversations: [], next: null }), 1);
  await visit('an error', () => failure, 1);
  await page.getByRole('button', { name: w('common.retry') }).click();
  assert.equal((await take()).length, 1, 'a person may try again');
  await visit('a position that stays', () => ({ conversations: open(3), next: '1.1' }), 2);
  await visit('pages of strangers without end', (_, at) => ({ conversations: open(50, at * 50).map((one) => ({ ...one, assignee_id: null })), next: `1.${at}` }), 4);
  await sees(page.getByRole('button', { name: w('inbox.moreLoad') }));
  await visit('pages of one row without end', (_, at) => ({ conversations: open(1, at), next: `1.${at}` }), 4);
  await visit('long pages without end', (_, at) => ({ conversations: open(50, at * 50), next: `1.${at}` }), 2);
  await visit('a short list whose next page fails', (before) => (before ? failure : { conversations: open(3), next: '1.1' }), 2);
  answer = () => ({ conversations: open(2, 3), next: null });
  await page.getByRole('button', { name: w('common.retry') }).click();
  await sees(page.getByRole('listbox').getByRole('option').nth(4));
}

export default {
  'all views at three sizes ask once each': allViews,
  'lists of a misbehaving server come to rest': misbehaving,
};
