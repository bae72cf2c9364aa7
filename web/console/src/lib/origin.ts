// Addresses that people type or links carry, made into what is safe to use.

/** `shop.example/x` → `https://shop.example`; nothing when it is no web address. */
export function siteOrigin(typed: string): string | null {
  const text = typed.trim();
  if (text === '') return null;
  try {
    const url = new URL(/^[a-z]+:\/\//i.test(text) ? text : `https://${text}`);
    const web = url.protocol === 'https:' || url.protocol === 'http:';
    return web && url.username === '' && url.hostname !== '' ? url.origin : null;
  } catch {
    return null;
  }
}

/** A path of our own console to go on to; anything else would be an open redirect. */
export function ownPath(next: unknown): string {
  const inside = typeof next === 'string' && /^\/console\/[^\\]*$/.test(next) && !next.includes('//');
  return inside ? next : '/console';
}

/** Our own pages carry the script, too (the demo shop); that is no installation. */
export function isOwn(origin: string | null | undefined): boolean {
  return origin === location.origin;
}
