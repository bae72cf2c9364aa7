// Knowledge from the first word to a visitor's screen, in both languages: a supervisor writes,
// an administrator publishes, an agent finds and inserts; versions are compared and brought
// back; a file with mistakes is shown first and taken without them.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { docx } from '../lib/files.mjs';
import { person } from '../lib/browser.mjs';
import { Octim } from '../lib/octim.mjs';
import { assert, reads, sees, seesCount, seesNot } from '../lib/see.mjs';
import { Console } from '../lib/staff.mjs';
import { until } from '../lib/until.mjs';
import { ChatWindow } from '../lib/visitor.mjs';
import { LOCALES } from '../lib/words.mjs';

const SAYINGS = {
  'zh-CN': {
    question: '茶壶的盖子碎了可以单买吗？',
    phrasings: ['盖子能补一个吗', '单独买壶盖', '壶盖摔坏了怎么办', '配件可以买吗', '哪里买盖子'],
    answer: '可以单买，12 元一个，包邮。',
    better: '可以单买，15 元一个，包邮。',
    search: '壶盖',
    near: '茶壶的盖子碎了能单买吗？',
  },
  en: {
    question: 'Can I buy a spare lid for the kettle?',
    phrasings: ['my lid broke', 'spare lid', 'replacement lid', 'buy a lid only', 'lid sold alone'],
    answer: 'Yes, a lid is 12 yuan with free shipping.',
    better: 'Yes, a lid is 15 yuan with free shipping.',
    search: 'spare lid',
    near: 'Can I buy a lid for the kettle?',
  },
};

async function fromDraftToVisitor(locale) {
  const octim = await Octim.start('demo');
  const says = SAYINGS[locale];
  const owner = await Console.open(await person({ locale }), octim, 'su', { locale, path: '/console/knowledge' });
  const { page, w } = owner;

  // Written by keyboard; many phrasings are pasted at once.
  await owner.button('kb.new').click();
  await page.waitForURL('**/console/knowledge/new');
  await page.getByLabel(w('kb.question'), { exact: true }).fill(says.question);
  await reads(page.locator('.meter'), w('kb.phrasingHint.few', { n: 0 }));
  await owner.button('kb.addPhrasing').click();
  await page.getByLabel(w('kb.phrasingNumber', { n: 1 })).evaluate((field, text) => {
    const data = new DataTransfer();
    data.setData('text/plain', text);
    field.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
  }, says.phrasings.map((text, index) => `${index + 1}. ${text}`).join('\n'));
  await reads(page.locator('.meter'), w('kb.phrasingHint.enough', { n: 5 }));
  const second = page.getByLabel(w('kb.phrasingNumber', { n: 2 }));
  await second.focus();
  await page.keyboard.press('Alt+ArrowUp');
  await until('the second phrasing moved up', async () => (await page.getByLabel(w('kb.phrasingNumber', { n: 1 })).inputValue()) === says.phrasings[1]);
  await page.getByLabel(w('kb.answer'), { exact: true }).fill(says.answer);
  await reads(page.locator('.bubble'), says.answer);
  await page.getByLabel(w('kb.category')).fill('a/b');
  await page.keyboard.press('Control+s');
  await page.waitForURL(/\/console\/knowledge\/\d+$/);
  await reads(page.locator('.head'), w('kb.status.draft'));

  // A draft answers nobody; what is published does.
  const agent = await Console.open(await person({ locale }), octim, 'lin', { locale, presence: 'busy' });
  const visitorPage = await (await person({ locale })).newPage();
  await visitorPage.goto((await owner.staff.channel()).chat_url);
  const chat = new ChatWindow(visitorPage, visitorPage, locale);
  await chat.say(says.question);
  await agent.row(says.question).click();
  await agent.page.keyboard.press('Escape');
  await agent.page.keyboard.press('a');
  await sees(agent.composer);
  const picker = agent.page.getByRole('listbox', { name: w('composer.entries') });
  await agent.composer.fill(`/${says.search}`);
  await sees(picker);
  await seesCount(picker.getByRole('option').filter({ hasText: says.question }), 0);
  await owner.button('kb.step.publish').click();
  await reads(page.locator('.head'), w('kb.status.published'));
  await agent.composer.fill('');
  await agent.composer.fill(`/${says.search}`);
  await sees(picker.getByRole('option').filter({ hasText: says.question }));
  await agent.composer.press('Enter');
  assert.equal(await agent.composer.inputValue(), says.answer);
  await agent.composer.press('Enter');
  await sees(chat.theirs(says.answer));
  await until('the use is counted', async () => {
    const { entries } = await owner.staff.get(`/api/knowledge/entries?q=${encodeURIComponent(says.answer)}`);
    return entries[0]?.used === 1;
  });

  // A better answer waits as a draft, is compared, and the old one comes back.
  await page.getByLabel(w('kb.answer'), { exact: true }).fill(says.better);
  await owner.button('kb.saveDraft').click();
  await reads(page.locator('.head'), w('kb.live'));
  await page.getByRole('tab', { name: w('kb.tab.history') }).click();
  await reads(page.locator('.changes del'), '12');
  await reads(page.locator('.changes ins'), '15');
  await page.getByRole('button', { name: new RegExp(w('kb.history.version', { n: 1 })) }).click();
  await owner.button('kb.history.rollback').click();
  await page.getByRole('dialog').getByRole('button', { name: w('kb.history.rollback') }).click();
  await sees(page.getByRole('button', { name: new RegExp(w('kb.history.version', { n: 3 })) }));
  await page.getByRole('tab', { name: w('kb.tab.text') }).click();
  assert.equal(await page.getByLabel(w('kb.answer'), { exact: true }).inputValue(), says.answer);

  // Somebody else's version is not overwritten unseen.
  const id = page.url().split('/').pop();
  const now = await owner.staff.get(`/api/knowledge/entries/${id}`);
  await page.getByLabel(w('kb.answer'), { exact: true }).fill(says.better);
  await owner.staff.put(`/api/knowledge/entries/${id}`, { version: now.version, content: { ...now.content, answer: 'x' } });
  await owner.button('kb.saveDraft').click();
  await sees(page.getByRole('dialog', { name: w('kb.conflictTitle') }));
  await owner.button('kb.keepMine').click();
  await seesNot(page.getByRole('dialog'));
  const stored = async () => (await owner.staff.get(`/api/knowledge/entries/${id}`)).content.answer;
  await until('mine is stored', async () => (await stored()) === says.better);

  // The same question elsewhere is pointed out; leaving asks.
  await page.getByRole('link', { name: w('nav.knowledge') }).last().click();
  await owner.button('kb.new').click();
  await page.getByLabel(w('kb.question'), { exact: true }).fill(says.near);
  await sees(page.locator('.hints').getByRole('link', { name: says.question }));
  await page.getByRole('link', { name: w('nav.inbox') }).click();
  await page.getByRole('dialog', { name: w('kb.leaveTitle') }).getByRole('button', { name: w('common.discard') }).click();
  await page.waitForURL('**/console/inbox/**');
  // Agents read, and have nothing to write with.
  await agent.page.goto(`${octim.url}/console/knowledge`);
  await sees(agent.page.getByRole('searchbox'));
  await seesCount(agent.button('kb.new'), 0);
}

const FILE = `question,answer,phrasings,category,tags
Do you wrap gifts for weddings?,"Yes, with red paper.",wedding wrapping|gift paper,Gifts/Weddings,gift
Do you wrap gifts for weddings,Twice.,,,
Where is the answer?,,,,
,Where is the question?,,,
How long is a very old voucher valid?,A year.,,Gifts/Vouchers,
`;

async function importWithMistakes() {
  const octim = await Octim.start('demo');
  const owner = await Console.open(await person({ locale: 'en' }), octim, 'su', { locale: 'en', path: '/console/knowledge/import' });
  const { page, w } = owner;
  const choose = (name, text) =>
    page.locator('input[type=file]').setInputFiles({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(text) });
  await choose('faq.exe', FILE);
  await reads(page.getByRole('alert'), w('kb.import.wrongType'));
  await choose('faq.xlsx', FILE);
  await reads(page.getByRole('alert'), /cannot be read/);
  await choose('faq.csv', FILE);
  const rows = page.getByRole('region', { name: w('kb.import.rows') }).getByRole('row');
  await seesCount(rows, 6);
  await reads(rows.nth(1), w('kb.import.sameAs.line', { line: 2 }));
  await reads(rows.nth(2), w('kb.import.problem.answer_missing'));
  await reads(rows.nth(3), w('kb.import.problem.question_missing'));
  await page.getByLabel(w('kb.import.asPublished')).check();
  await owner.button('kb.import.apply', { n: 2 }).click();
  await sees(page.getByRole('heading', { name: w('kb.import.applied', { name: 'faq.csv' }) }));
  await page.getByRole('link', { name: w('kb.import.toList') }).click();
  await page.getByRole('button', { name: /^Gifts/ }).first().click();
  await seesCount(page.getByRole('link', { name: /wrap gifts for weddings|old voucher/ }), 2);

  // All of them at once: moved, and taken out of use.
  await page.getByLabel(w('kb.chooseAll')).check();
  await owner.button('kb.bulk.category').click();
  await page.getByRole('dialog').getByLabel(w('kb.category')).fill('Presents');
  await owner.button('kb.bulk.apply').click();
  await sees(page.getByRole('navigation', { name: w('knowledge.categories') }).getByRole('button', { name: /Presents/ }));
  const { entries } = await owner.staff.get('/api/entries?q=wedding');
  assert.equal(entries[0].category, 'Presents');

  // All of them get another owner, and an end that is over: an end before the start is refused first.
  const dialog = page.getByRole('dialog');
  const chooseAll = async (what) => {
    await page.getByLabel(w('kb.chooseAll')).check();
    await owner.button(what).click();
  };
  await page.getByRole('navigation', { name: w('knowledge.categories') }).getByRole('button', { name: /Presents/ }).click();
  const moved = page.getByRole('row').filter({ has: page.getByRole('link') });
  const { length: count } = (await owner.staff.get('/api/knowledge/entries?category=Presents')).entries;
  await seesCount(moved.filter({ hasText: 'Presents' }), count);
  await chooseAll('kb.bulk.owner');
  const keeper = dialog.getByLabel(w('kb.owner'));
  await keeper.selectOption({ index: 2 });
  const keeperId = await keeper.inputValue();
  await owner.button('kb.bulk.apply').click();
  await seesNot(dialog);
  await chooseAll('kb.bulk.validity');
  await dialog.getByLabel(w('kb.validFrom')).fill('2021-01-02T10:00');
  await dialog.getByLabel(w('kb.validUntil')).fill('2021-01-02T10:00');
  await reads(dialog.getByRole('alert'), w('kb.wrong.valid_until'));
  await dialog.getByLabel(w('kb.validFrom')).fill('');
  await owner.button('kb.bulk.apply').click();
  await seesCount(moved.filter({ hasText: w('kb.expired') }), count);
  await moved.filter({ hasText: 'weddings' }).getByRole('link').click();
  await until('the owner is shown', async () => (await page.getByLabel(w('kb.owner')).inputValue()) === keeperId);
  assert.equal(await page.getByLabel(w('kb.validUntil')).inputValue(), '2021-01-02T10:00');

  // The export is what an import finds unchanged.
  await page.goto(`${octim.url}/console/knowledge/import`);
  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: 'CSV', exact: true }).click();
  const saved = await saving;
  await choose('again.csv', await readFile(await saved.path(), 'utf8'));
  await seesCount(page.locator('.counts .none'), 4);
}

const PRINTED = `<h1>Letterbox manual</h1><h2>How do I open the letterbox?</h2><p>Turn the small key twice to the left.</p>
<h2>What is it made of?</h2><p>Of steel, with a coat of green paint.</p>`;

/** Documents of a word processor and of a printer: headings are questions. */
async function importOfDocuments(locale) {
  const octim = await Octim.start('demo');
  const owner = await Console.open(await person({ locale }), octim, 'su', { locale, path: '/console/knowledge/import' });
  const { page, w } = owner;
  const choose = (name, buffer) =>
    page.locator('input[type=file]').setInputFiles({ name, mimeType: 'application/octet-stream', buffer });
  const rows = page.getByRole('region', { name: w('kb.import.rows') }).getByRole('row');

  await choose(
    'manual.docx',
    docx([
      ['Heading1', '邮筒保养 Care'],
      ['Heading2', '邮筒多久上一次漆？'],
      ['', '每五年一次，'],
      ['', '用随附的绿色油漆。'],
      ['', '问：邮筒钥匙丢了怎么办？'],
      ['', '答：凭购买凭证可补一把。'],
      ['Heading2', '邮筒多久上一次漆'],
      ['', '写了两遍。'],
    ]),
  );
  await seesCount(rows, 4);
  await reads(rows.nth(0), w('kb.import.line.paragraph'));
  await reads(rows.nth(1), w('kb.import.sameAs.paragraph', { line: 2 }));
  await reads(rows.nth(2), '邮筒保养 Care');
  await reads(rows.nth(3), '凭购买凭证可补一把。');
  await page.getByLabel(w('kb.import.asPublished')).check();
  await owner.button('kb.import.apply', { n: 2 }).click();
  await sees(page.getByRole('heading', { name: w('kb.import.applied', { name: 'manual.docx' }) }));
  const { entries } = await owner.staff.get(`/api/entries?q=${encodeURIComponent('邮筒 上一次漆')}`);
  assert.equal(entries[0].answer, '每五年一次，\n\n用随附的绿色油漆。');

  // A file as browsers print it.
  const press = await (await person({ locale })).newPage();
  await press.setContent(PRINTED);
  const printed = await press.pdf();
  await owner.button('kb.import.another').click();
  await choose('manual.pdf', printed);
  await seesCount(rows, 3);
  await reads(rows.nth(0), w('kb.import.line.page'));
  await reads(rows.nth(1), 'Turn the small key twice to the left.');
  await reads(rows.nth(2), 'What is it made of?');

  // Files that cannot be taken say why.
  await owner.button('kb.import.other').click();
  await choose('old.docx', Buffer.from('no archive'));
  await reads(page.getByRole('alert'), locale === 'en' ? /cannot be read/ : /无法读取/);
  const scan = await (await person({ locale })).newPage();
  await scan.setContent('<svg width="90" height="90"><rect width="90" height="90"/></svg>');
  await choose('scan.pdf', await scan.pdf());
  await reads(page.getByRole('alert'), locale === 'en' ? /pictures of text/ : /只有图片/);
}

const HELP = {
  '/robots.txt': ['text/plain', 'User-agent: *\nDisallow: /help/internal\n'],
  '/help/': ['text/html', '<nav><a href="/help/stamps">s</a><a href="/help/internal">i</a></nav>'],
  '/help/stamps': ['text/html', '<main><h2>Where do I buy stamps for the letterbox?</h2><p>At the counter, from 8 to 18.</p><h2>Is there a stamp machine?</h2><p>Yes, in the hall.</p></main>'],
};

/** A help centre is read, shown, taken, and read again when it changed. */
async function knowledgeFromWebPages(locale) {
  const pages = structuredClone(HELP);
  const site = createServer((request, response) => {
    const page = pages[request.url];
    response.writeHead(page ? 200 : 404, { 'content-type': page?.[0] ?? 'text/plain' });
    response.end(page?.[1] ?? '');
  });
  await new Promise((done) => site.listen(0, '127.0.0.2', done));
  try {
    const octim = await Octim.start('demo', { env: { OCTIM_OUTBOUND__ALLOWED_NETWORKS: '127.0.0.2/32' } });
    const owner = await Console.open(await person({ locale }), octim, 'su', { locale, path: '/console/knowledge/sources' });
    const { page, w } = owner;
    await page.getByLabel(w('kb.sources.url')).fill('http://127.0.0.1/');
    await owner.button('kb.sources.add').click();
    await reads(page.getByRole('alert'), locale === 'en' ? /public internet/ : /公网/);
    await page.getByLabel(w('kb.sources.url')).fill(`http://127.0.0.2:${site.address().port}/help/`);
    await page.getByLabel(w('kb.sources.category')).fill('Letters');
    await owner.button('kb.sources.add').click();
    await page.waitForURL(/\/sources\/\d+$/);
    const source = page.url();
    const rows = page.getByRole('region', { name: w('kb.import.rows') }).getByRole('row');
    await seesCount(rows, 3);
    await sees(page.getByText(w('kb.sources.problem.robots')));
    await page.getByLabel(w('kb.import.asPublished')).check();
    await owner.button('kb.sources.take').click();
    await sees(page.getByText(w('kb.sources.same')));
    const { entries } = await owner.staff.get('/api/entries?q=stamps');
    assert.equal(entries[0].answer, 'At the counter, from 8 to 18.');

    pages['/help/stamps'][1] = '<main><h2>Where do I buy stamps for the letterbox?</h2><p>At the counter, from 9 to 17.</p></main>';
    await owner.button('kb.sources.again').click();
    await sees(page.getByText(w('kb.sources.counts.gone', { n: 1 })));
    await sees(page.getByText(w('kb.sources.counts.changed', { n: 1 })));
    await page.getByLabel(w('kb.import.asPublished')).check();
    await page.getByLabel(w('kb.sources.archiveGone', { n: 1 })).check();
    await owner.button('kb.sources.take').click();
    await sees(page.getByText(w('kb.sources.same')));
    const after = await owner.staff.get('/api/entries?q=stamps');
    assert.deepEqual(after.entries.map((one) => one.answer), ['At the counter, from 9 to 17.']);
    await page.goto(`${octim.url}/console/knowledge/${after.entries[0].id}`);
    await sees(page.locator('.from').getByRole('link', { name: /help\/stamps/ }));

    // The same pages as articles: read anew, shown, taken, and open to be read.
    pages['/help/stamps'][1] = '<main><h1>Stamps of the letterbox</h1><p>Sold at the counter.</p><h2>Machine</h2><p>In the hall.</p></main>';
    await page.goto(source);
    await page.getByLabel(w('kb.sources.form')).selectOption({ label: w('kb.sources.forms.articles') });
    await seesCount(rows, 2);
    await reads(rows.nth(1), 'Stamps of the letterbox');
    await reads(rows.nth(1), locale === 'en' ? '2 sections' : '2 节');
    await page.getByLabel(w('kb.import.asPublished')).check();
    await owner.button('kb.sources.take').click();
    await sees(owner.button('kb.sources.nothing'));
    await sees(page.getByText(w('kb.sources.counts.gone', { n: 1 })));
    const read = await owner.staff.get('/api/knowledge/entries?articles=true&q=letterbox');
    assert.deepEqual(read.entries.map((one) => [one.content.question, one.status]), [['Stamps of the letterbox', 'published']]);
  } finally {
    site.closeAllConnections();
    site.close();
  }
}

export default {
  ...Object.fromEntries(LOCALES.map((locale) => [`from web pages, ${locale}`, () => knowledgeFromWebPages(locale)])),
  ...Object.fromEntries(LOCALES.map((locale) => [`import of documents, ${locale}`, () => importOfDocuments(locale)])),
  ...Object.fromEntries(LOCALES.map((locale) => [`from a draft to a visitor, ${locale}`, () => fromDraftToVisitor(locale)])),
  'import with mistakes, bulk, export': importWithMistakes,
};
