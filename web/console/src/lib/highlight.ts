// Splits an excerpt at the server's highlights, which count characters (code points), not
// UTF-16 units: an emoji before a hit must not shift it.

export interface Part {
  text: string;
  hit: boolean;
}

export function highlightParts(excerpt: string, highlights: readonly (readonly [number, number])[]): Part[] {
  const characters = Array.from(excerpt);
  const parts: Part[] = [];
  let at = 0;
  const push = (end: number, hit: boolean) => {
    if (end > at) parts.push({ text: characters.slice(at, end).join(''), hit });
    at = Math.max(at, end);
  };
  for (const [start, end] of [...highlights].sort((a, b) => a[0] - b[0])) {
    push(Math.min(start, characters.length), false);
    push(Math.min(end, characters.length), true);
  }
  push(characters.length, false);
  return parts;
}
