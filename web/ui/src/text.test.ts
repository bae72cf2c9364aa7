// The corpus of hostile and of ordinary texts that the renderer must get right.

import { describe, expect, it } from 'vitest';
import { cleanText, oneLine, renderText, safeHref } from './text';

const links = (text: string) => renderText(text).flatMap((s) => (s.kind === 'link' ? [s.href] : []));
const shown = (text: string) =>
  renderText(text)
    .map((s) => s.text)
    .join('');

describe('markup stays text', () => {
  it.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    "{{constructor.constructor('alert(1)')()}}",
    '<svg/onload=alert(1)>',
    '&lt;b&gt; &#106;avascript:alert(1)',
    '[click](javascript:alert(1))',
    '![x](data:text/html,hi)',
    '"><iframe srcdoc="x">',
  ])('%s', (text) => {
    expect(renderText(text)).toEqual([{ kind: 'text', text }]);
  });
});

describe('addresses of other schemes are not links', () => {
  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'java\tscript:alert(1)',
    'java\u0000script:alert(1)',
    '\u0001javascript:alert(1)',
    ' javascript://example.com/%0aalert(1)',
    'data:text/html;base64,PHNjcmlwdD4=',
    'vbscript:msgbox(1)',
    'file:///etc/passwd',
    'intent://scan/#Intent;scheme=zxing;end',
    'jav&#x61;script:alert(1)',
    'ftp://example.com/a',
    'mailto:nobody',
    'tel:javascript',
    'https://',
    'http://[',
  ])('%j', (text) => {
    expect(links(text)).toEqual([]);
  });

  it('does not link an address with a name before the host', () => {
    expect(links('https://bank.example@evil.example/')).toEqual([]);
    expect(links('https://a:b@evil.example/')).toEqual([]);
  });

  it('does not link hosts in another script, which can look like a known one', () => {
    expect(links('https://раypal.com')).toEqual([]);
    expect(links('https://例子.中国/a')).toEqual([]);
  });

  it('opens what it shows: a joined scheme does not hide behind http', () => {
    expect(links('javascript:https://example.com')).toEqual(['https://example.com/']);
    expect(safeHref('javascript:https://example.com')).toBeUndefined();
  });
});

describe('links', () => {
  it.each([
    ['https://shop.example/p/1?a=b&c=d#e', 'https://shop.example/p/1?a=b&c=d#e'],
    ['HTTP://SHOP.EXAMPLE/A', 'http://shop.example/A'],
    ['www.shop.example/a', 'https://www.shop.example/a'],
    ['mailto:li@shop.example', 'mailto:li@shop.example'],
    ['li.na+1@shop.example', 'mailto:li.na+1@shop.example'],
    ['tel:+86-400-123-4567', 'tel:+86-400-123-4567'],
    ['https://shop.example/a_(b)', 'https://shop.example/a_(b)'],
    ['http://127.0.0.1:8080/x', 'http://127.0.0.1:8080/x'],
  ])('%s', (text, href) => {
    expect(links(text)).toEqual([href]);
  });

  it.each([
    ['看这里https://shop.example/p/1，谢谢', 'https://shop.example/p/1'],
    ['打开https://shop.example/p/1看看', 'https://shop.example/p/1'],
    ['（https://shop.example/a）', 'https://shop.example/a'],
    ['见https://shop.example/a。', 'https://shop.example/a'],
    ['(see https://shop.example/a).', 'https://shop.example/a'],
    ['https://shop.example/a, and', 'https://shop.example/a'],
    ['https://shop.example/a?!', 'https://shop.example/a'],
    ['<https://shop.example/a>', 'https://shop.example/a'],
    ['"https://shop.example/a"', 'https://shop.example/a'],
    ['“https://shop.example/a”', 'https://shop.example/a'],
    ['邮箱：li@shop.example。', 'mailto:li@shop.example'],
  ])('%s leaves the punctuation outside', (text, href) => {
    const normal = href.replace('mailto:', '');
    expect(links(text)).toEqual([href]);
    expect(renderText(text).find((s) => s.kind === 'link')?.text).toBe(normal);
    expect(shown(text)).toBe(text);
  });

  it('finds several and keeps every character of the text', () => {
    const text = 'a https://a.example/ b www.b.example c d@e.example';
    expect(links(text)).toEqual(['https://a.example/', 'https://www.b.example/', 'mailto:d@e.example']);
    expect(shown(text)).toBe(text);
  });
});

describe('invisible characters', () => {
  it.each([
    ['bidirectional override', 'abc\u202Egnp.exe', 'abcgnp.exe'],
    ['isolates', '\u2066a\u2069b', 'ab'],
    ['marks of direction', '\u200Ea\u200Fb\u061C', 'ab'],
    ['zero width space', 'a\u200Bb\u2060c\uFEFFd', 'abcd'],
    ['soft hyphen', 'a\u00ADb', 'ab'],
    ['controls', 'a\u0000b\u0007c\u001Bd\u007Fe\u0085f', 'abcde\nf'],
    ['blank letters', 'a\u3164b\u115Fc\uFFA0d', 'abcd'],
    ['hidden tags', 'a\u{E0041}\u{E0042}b', 'ab'],
    ['stray joiners', 'a\u200Db\u200Cc', 'abc'],
    ['half a character', 'a\uD83Db\uDE00', 'a\uFFFDb\uFFFD'],
    ['line ends', 'a\r\nb\rc\u2028d', 'a\nb\nc\nd'],
  ])('%s', (_, text, expected) => {
    expect(cleanText(text)).toBe(expected);
  });

  it.each([
    '👨‍👩‍👧',
    '👩🏽‍💻',
    '🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}',
    '❤️‍🔥',
    'می‌خواهم',
    '你好 שלום',
  ])('keeps %s', (text) => {
    expect(cleanText(text)).toBe(text);
  });

  it('does not let an override inside an address change what is opened', () => {
    expect(links('https://shop.example/\u202Egnp.exe')).toEqual(['https://shop.example/gnp.exe']);
  });

  it('cuts piles of combining marks', () => {
    expect(Array.from(cleanText(`Z${'\u0301'.repeat(50)}`)).length).toBeLessThanOrEqual(7);
  });

  it('handles a hostile long text in reasonable time', () => {
    const text = `${'('.repeat(20_000)}https://a.example/${')'.repeat(20_000)}${'a@'.repeat(10_000)}`;
    const before = performance.now();
    renderText(text);
    expect(performance.now() - before).toBeLessThan(1000);
  });
});

it('one line folds white space for lists', () => {
  expect(oneLine(' a\n\n b\t c ')).toBe('a b c');
});
