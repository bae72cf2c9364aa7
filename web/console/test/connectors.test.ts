// Connectors in the editor: templates and their placeholders, the answer as a tree that the keyboard
// walks, and which value of it becomes which field.

import { beforeEach, describe, expect, it } from 'vitest';
import { createApp, h, nextTick, ref } from 'vue';
import type { ConnectorView } from '~/api/types';
import { chosen, type Json, kindOf, listAround, parsed, pathInRow, visible } from '~/connectors/answer';
import AnswerTree from '~/connectors/AnswerTree.vue';
import { blank, formOf, inputOf, keepsSecret, problems, renamed, unknown, placeholders } from '~/connectors/form';
import PlaceholderField from '~/connectors/PlaceholderField.vue';
import LlmEvidence from '~/inbox/LlmEvidence.vue';
import LookUpRows from '~/inbox/LookUpRows.vue';
import { i18n } from '~/lib/i18n';

const view = (change: Partial<ConnectorView> = {}): ConnectorView => ({
  ...inputOf({ ...blank(), name: 'Orders', url: 'https://shop.example/orders/{order}' }),
  id: '7',
  has_secret: true,
  needs_visitor: false,
  created_at: 1,
  updated_at: 1,
  parameters: [{ name: 'order', label: 'Order', kind: 'text', required: true, example: 'A1' }],
  ...change,
});

describe('a connector in the form', () => {
  it('goes back as it came, without the secret', () => {
    const { id, has_secret, needs_visitor, created_at, updated_at, ...input } = view();
    expect(inputOf(formOf(view()))).toEqual(input);
  });

  it('sends a secret only when one was typed and something uses it', () => {
    const form = { ...formOf(view()), secret: 'k' };
    expect('secret' in inputOf(form)).toBe(false);
    expect(inputOf({ ...form, auth: { kind: 'bearer' } }).secret).toBe('k');
  });

  it('keeps its secret for the same server only', () => {
    const to = (url: string) => keepsSecret(view(), { ...formOf(view()), url });
    expect(to('https://SHOP.example/other?x={order}')).toBe(true);
    expect([to('https://shop.example:8443/orders'), to('https://shop.example.evil/'), to('http://shop.example/')]).toEqual(
      [false, false, false],
    );
    expect(keepsSecret(view({ has_secret: false }), formOf(view()))).toBe(false);
  });

  it('has no placeholder that nothing fills, and none in the server', () => {
    const known = placeholders(formOf(view()).parameters);
    expect(unknown('/{order}/{visitor.email}/{Order}/{visitor.age}{visitor.age}', known)).toEqual(['Order', 'visitor.age']);
    expect(unknown('{"order": "{order}", "list": {"a": 1}}', known)).toEqual([]);
    const wrong = (url: string) => problems({ ...formOf(view()), url }).url;
    expect(wrong('https://shop.example/{order}')).toBeUndefined();
    expect(wrong('https://shop.example/{oder}')).toBe('connectors.wrong.unknown');
    expect([wrong('https://{order}.example/'), wrong('{order}'), wrong('ftp://x')]).toEqual(
      Array(3).fill('connectors.wrong.url'),
    );
  });

  it('names what is wrong by the place that the server would name', () => {
    const form = formOf(view({ enabled: true }));
    form.parameters.push({ name: 'order', label: '', kind: 'choice', choices: [], required: true, example: '' });
    form.headers.push({ name: '', value: '{x}' });
    form.fields.push({ label: 'Status', path: 'status', kind: 'text' });
    expect(problems(form)).toEqual({
      'parameters[1].name': 'connectors.wrong.twice',
      'parameters[1].label': 'setup.required',
      'parameters[1].choices': 'setup.required',
      'headers[0].name': 'setup.required',
      'headers[0].value': 'connectors.wrong.unknown',
      'fields[0].path': 'connectors.wrong.pointer',
    });
    expect(problems({ ...formOf(view()), enabled: true })).toEqual({ fields: 'connectors.wrong.noFields' });
  });

  it('keeps its placeholders when a parameter is renamed', () => {
    const form = { ...formOf(view()), body: '{"o": "{order}"}', headers: [{ name: 'X', value: '{order}!{orders}' }] };
    renamed(form, 'order', 'number');
    expect([form.url, form.body, form.headers[0]!.value]).toEqual([
      'https://shop.example/orders/{number}',
      '{"o": "{number}"}',
      '{number}!{orders}',
    ]);
  });
});

const ANSWER: Json = {
  ok: true,
  data: {
    orders: [
      { no: 'A1', state: 'sent', 'paid/total': 12.5, when: '2026-11-30', track: 'https://t.example/1', lines: [{ name: 'cup' }] },
      { no: 'A2', state: 'paid' },
    ],
  },
};

describe('the answer', () => {
  it('is drawn as far as it is open, and is bounded', () => {
    const all = visible(ANSWER, () => true);
    expect(all[0]).toMatchObject({ pointer: '', kind: 'object', depth: 0 });
    expect(all.map((node) => node.pointer)).toContain('/data/orders/0/paid~1total');
    expect(visible(ANSWER, (pointer) => pointer === '').map((node) => node.key)).toEqual(['', 'ok', 'data']);
    expect(visible(Array(9).fill(1), () => true)).toHaveLength(4);
    const wide = Object.fromEntries(Array.from({ length: 9000 }, (_, at) => [`k${at}`, at]));
    expect(visible(wide, () => true)).toHaveLength(500);
    let deep: unknown = 1;
    for (let at = 0; at < 5000; at += 1) deep = [deep];
    expect(visible(deep as never, () => true).length).toBeLessThan(20);
  });

  it('that is no JSON is none', () => {
    expect([parsed('<html>'), parsed(''), parsed(null), parsed('[1')]).toEqual(Array(4).fill(undefined));
    expect(parsed('null')).toBe(null);
  });

  it('makes fields of values: the first one says where the results stand', () => {
    expect(listAround(ANSWER, '/data/orders/0/lines/0/name')).toBe('/data/orders');
    expect(chosen(ANSWER, '', false, '/data/orders/1/state')).toEqual({
      rows: '/data/orders',
      field: { label: 'state', path: '/state', kind: 'text' },
    });
    expect(chosen(ANSWER, '/data/orders', true, '/data/orders/0/paid~1total')!.field).toEqual({
      label: 'paid/total',
      path: '/paid~1total',
      kind: 'money',
    });
    expect(chosen(ANSWER, '/data/orders', true, '/data/orders/0/lines/0/name')!.field.path).toBe('/lines/0/name');
    // Outside the results nothing can be shown once there are fields.
    expect(chosen(ANSWER, '/data/orders', true, '/ok')).toBe(null);
    expect(chosen(ANSWER, '/data/orders', false, '/ok')).toMatchObject({ rows: '', field: { path: '/ok' } });
    expect(pathInRow(ANSWER, '/data/orders', '/data/ordersX')).toBe(null);
    expect(pathInRow(ANSWER, '/data', '/data/orders')).toBe('/orders');
  });

  it('tells what a value most likely is', () => {
    expect([
      kindOf('no', 12),
      kindOf('total_amount', 12),
      kindOf('price', '9.90'),
      kindOf('price', 'free'),
      kindOf('at', '2026-11-30T10:00:00Z'),
      kindOf('link', 'javascript:alert(1)'),
      kindOf('x', null),
    ]).toEqual(['number', 'money', 'money', 'text', 'date', 'text', 'text']);
  });
});

describe('the tree', () => {
  const pressed: string[] = [];
  let place: HTMLElement;
  const items = () => [...place.querySelectorAll<HTMLElement>('[role="treeitem"]')];
  const key = async (name: string) => {
    place.querySelector('[tabindex="0"]')!.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true }));
    await nextTick();
    await nextTick();
  };
  const at = () => document.activeElement?.getAttribute('aria-label');

  beforeEach(() => {
    pressed.length = 0;
    place = document.createElement('div');
    document.body.replaceChildren(place);
    const fields = [{ label: 'State', path: '/state', kind: 'text' }];
    createApp({
      render: () =>
        h(AnswerTree, {
          answer: ANSWER,
          rows: '/data/orders',
          fields,
          label: 'Answer',
          onChoose: (pointer: string) => pressed.push(pointer),
          onList: (pointer: string) => pressed.push(`list ${pointer}`),
        } as never),
    })
      .use(i18n)
      .mount(place);
  });

  it('has one stop for Tab, and arrows walk, open and close', async () => {
    expect(items().filter((one) => one.tabIndex === 0)).toHaveLength(1);
    items()[0]!.focus();
    await key('ArrowDown');
    expect(at()).toBe('ok: true');
    await key('ArrowDown');
    await key('ArrowRight');
    expect(at()).toContain('orders');
    await key('ArrowLeft');
    expect(items().some((one) => one.getAttribute('aria-label')!.startsWith('no:'))).toBe(false);
    await key('ArrowRight');
    await key('End');
    expect(at()).toBe('state: paid');
    await key('Home');
    expect(items().indexOf(document.activeElement as HTMLElement)).toBe(0);
  });

  it('gives a value on Enter, the list on Enter, and shows what is chosen', async () => {
    items().find((one) => one.getAttribute('aria-label') === 'no: A1')!.focus();
    await nextTick();
    await key('Enter');
    items().find((one) => one.getAttribute('aria-label')!.startsWith('orders'))!.focus();
    await nextTick();
    await key(' ');
    expect(pressed).toEqual(['/data/orders/0/no', 'list /data/orders']);
    const selected = items().filter((one) => one.getAttribute('aria-selected') === 'true');
    expect(selected.map((one) => one.getAttribute('aria-label')!.split(/[:,]/)[0])).toEqual(['orders', 'state', 'state']);
  });
});

describe('a template field', () => {
  it('puts a placeholder in at the cursor, and names one that is not known', async () => {
    const text = ref('https://shop.example/orders/?x={nobody}');
    const place = document.createElement('div');
    document.body.replaceChildren(place);
    createApp({
      render: () =>
        h(PlaceholderField, {
          label: 'Address',
          parameters: formOf(view()).parameters,
          modelValue: text.value,
          'onUpdate:modelValue': (next: string) => (text.value = next),
        } as never),
    })
      .use(i18n)
      .mount(place);
    const input = place.querySelector('input')!;
    expect(input.getAttribute('aria-invalid')).toBe('true');
    expect(place.querySelector('[role="alert"]')).not.toBe(null);
    input.focus();
    input.setSelectionRange(28, 28);
    input.dispatchEvent(new FocusEvent('blur'));
    place.querySelector<HTMLButtonElement>('.pieces button')!.click();
    expect(text.value).toBe('https://shop.example/orders/{order}?x={nobody}');
  });
});

describe('what was found', () => {
  const shown = (component: object, props: object) => {
    const place = document.createElement('div');
    document.body.replaceChildren(place);
    createApp({ render: () => h(component as never, props) })
      .use(i18n)
      .mount(place);
    return place;
  };
  const rows = [
    [
      { label: 'State', value: '<b>sent</b>', kind: 'text' },
      { label: 'Track', value: 'javascript:alert(1)', kind: 'link' },
    ],
  ];

  it('is text, and is put into a reply only where there is one', () => {
    const put: string[] = [];
    const place = shown(LookUpRows, { rows, more: false, insertable: true, onInsert: (text: string) => put.push(text) });
    expect(place.querySelectorAll('b, a')).toHaveLength(0);
    const buttons = [...place.querySelectorAll('button')];
    expect(buttons).toHaveLength(6);
    buttons[1]!.click();
    buttons[5]!.click();
    expect(put[0]).toBe('<b>sent</b>');
    expect(put).toHaveLength(2);
    expect(shown(LookUpRows, { rows, more: false }).querySelectorAll('button')).toHaveLength(3);
  });

  it('by the bot says which connector was asked, and how that ended', () => {
    const part = {
      verdict: 'used', task: 'answer', model: 'm', prompt: 'p', tokens_in: 1, tokens_out: 1, ms: 5, sources: ['9'],
      sentences: [{ text: 'It is on its way.', citations: [2], verdict: 'supported' }],
      tools: [{ connector: 'Points', outcome: 'timeout', ms: 9 }, { connector: 'Orders', outcome: 'found', ms: 12 }],
    };
    const place = shown(LlmEvidence, { part, candidates: [] });
    // What was found is a source after the entries.
    expect(place.querySelector('.cited')!.getAttribute('title')).toBe('Orders');
    const lines = [...place.querySelectorAll('.tools li')];
    expect(lines).toHaveLength(2);
    expect(lines.map((line) => line.querySelector('.used') !== null)).toEqual([false, true]);
    expect(lines[0]!.textContent).toContain('lookUp.outcome.timeout');
  });
});
