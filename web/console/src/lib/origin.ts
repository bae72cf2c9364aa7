// Site addresses as people type them, made into what the server compares with.

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
