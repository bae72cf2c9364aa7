// The one renderer of text that people wrote: plain text in, plain text and safe links out.
// Nothing here makes markup; a caller puts `text` into text nodes and `href` into an anchor.

export type Segment = { kind: 'text'; text: string } | { kind: 'link'; text: string; href: string };

/** Attributes that every rendered link carries. */
export const LINK_ATTRIBUTES = { target: '_blank', rel: 'noopener noreferrer nofollow ugc' } as const;

/** Longest run of combining marks that is kept ("Zalgo" text would cover its neighbours). */
const MAX_MARKS = 6;

// Characters that change what a reader sees without being seen: controls, bidirectional
// embeddings, overrides and isolates, zero-width and other invisible format characters, tags.
const INVISIBLE =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\u3164\uFEFF\uFFA0\uFFF0-\uFFFB]/g;
const LONE_SURROGATE = /[\uD800-\uDBFF][\uDC00-\uDFFF]|[\uD800-\uDFFF]/g;
// Joiners are kept where writing needs them: inside emoji and in Arabic and Indic scripts.
// (No look-behind: older phones' browsers cannot even parse it.)
const JOINERS = /([\s\S]?)([\u200C\u200D]+)/gu;
const JOINED =
  /[\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Sinhala}]/u;
// Tag characters spell the flags of England, Scotland and Wales; anywhere else they hide text.
const TAGS = /(\u{1F3F4})?[\u{E0000}-\u{E007F}]+/gu;
const MARKS = new RegExp(`(\\p{M}{${MAX_MARKS}})\\p{M}+`, 'gu');

/** Text as it may be shown: line ends unified, invisible and direction-changing characters
 * removed. What is left is what the reader sees. */
export function cleanText(text: string): string {
  return text
    .replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
    .replace(INVISIBLE, '')
    .replace(JOINERS, (_, before: string, joiners: string) =>
      JOINED.test(before) ? before + joiners[0] : before,
    )
    .replace(TAGS, (all, flag?: string) => (flag && all.length <= 16 ? all : (flag ?? '')))
    .replace(LONE_SURROGATE, (char) => (char.length === 2 ? char : '\uFFFD'))
    .replace(MARKS, '$1');
}

// Candidates are ASCII only: Chinese text follows an address without a space, and a host in
// another script can look like a well-known one.
const CANDIDATE =
  /\b(?:https?:\/\/|www\.)[!-~]+|\b(?:mailto:|tel:)[!-~]+|[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,24}\b/gi;
// ASCII that ends an address rather than belonging to it, wherever it stands in it.
const STOP = /[<>"`{}|\\^]/;

/** Splits text into plain text and safe links (http, https, mailto, tel). */
export function renderText(raw: string): Segment[] {
  const text = cleanText(raw);
  const segments: Segment[] = [];
  let end = 0;
  const pushText = (upTo: number) => {
    if (upTo > end) segments.push({ kind: 'text', text: text.slice(end, upTo) });
  };
  for (const match of text.matchAll(CANDIDATE)) {
    if (match.index < end) continue;
    const shown = trimEnd(cutAtStop(match[0]));
    const href = safeHref(shown);
    if (!href) continue;
    pushText(match.index);
    segments.push({ kind: 'link', text: shown, href });
    end = match.index + shown.length;
  }
  pushText(text.length);
  return segments;
}

function cutAtStop(address: string): string {
  const stop = address.search(STOP);
  return stop < 0 ? address : address.slice(0, stop);
}

/** Punctuation at the end belongs to the sentence; a closing bracket only when the address
 * did not open it. */
function trimEnd(address: string): string {
  let text = address;
  for (;;) {
    const last = text.at(-1);
    if (last === undefined) return text;
    if (".,;:!?'*_~".includes(last)) text = text.slice(0, -1);
    else if (last === ')' && count(text, ')') > count(text, '(')) text = text.slice(0, -1);
    else if (last === ']' && count(text, ']') > count(text, '[')) text = text.slice(0, -1);
    else return text;
  }
}

const count = (text: string, char: string) => text.split(char).length - 1;

/** The address to open, or nothing when it is not one that may be opened. */
export function safeHref(shown: string): string | undefined {
  const lower = shown.toLowerCase();
  if (lower.startsWith('mailto:'))
    return /^mailto:[^\s@]+@[^\s@]+\.[^\s@]+$/i.test(shown) ? shown : undefined;
  if (lower.startsWith('tel:')) return /^tel:\+?[0-9][0-9().-]{2,30}$/i.test(shown) ? shown : undefined;
  if (lower.startsWith('www.')) return webHref(`https://${shown}`);
  if (lower.startsWith('http://') || lower.startsWith('https://')) return webHref(shown);
  return shown.includes('@') && !shown.includes(':') ? `mailto:${shown}` : undefined;
}

function webHref(address: string): string | undefined {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return undefined;
  }
  const web = url.protocol === 'https:' || url.protocol === 'http:';
  // A name and password before the host is a way to make a link look like another site.
  return web && url.username === '' && url.password === '' && url.hostname !== '' ? url.href : undefined;
}

/** One line of text for lists and titles: cleaned, white space folded. */
export function oneLine(text: string): string {
  return cleanText(text).replace(/\s+/g, ' ').trim();
}
