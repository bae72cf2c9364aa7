// What stands for a person without a picture: initials, and a colour that belongs to the id.

import { oneLine } from './text';

export const AVATAR_COLOURS = 12;

/** One Chinese character (the given name's last two would not fit) or two Latin initials. */
export function initials(name: string): string {
  const clean = oneLine(name);
  if (clean === '') return '?';
  const words = clean.split(/[\s·.,_-]+/).filter(Boolean);
  const first = words[0] ?? clean;
  if (/^\p{Script=Latin}/u.test(first)) {
    const last = words.length > 1 ? words[words.length - 1] : undefined;
    return (letter(first) + (last && /^\p{Script=Latin}/u.test(last) ? letter(last) : '')).toUpperCase();
  }
  return letter(first);
}

const letter = (word: string) => Array.from(word)[0] ?? '?';

/** Index of the colour `--o-avatar-N` for an id; stable across devices. */
export function avatarColour(id: string): number {
  let hash = 2166136261;
  for (let i = 0; i < id.length; i += 1) hash = Math.imul(hash ^ id.charCodeAt(i), 16777619);
  hash ^= hash >>> 15;
  return (hash >>> 0) % AVATAR_COLOURS;
}
