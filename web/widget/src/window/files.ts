// Bytes of files as `blob:` addresses: an <img> cannot carry the Bearer header. The last few
// are kept, the others given back to the browser.

import { useEffect, useState } from 'preact/hooks';
import { ApiError, errorSentence, type FileView, type Locale, type VisitorClient } from '@octim/client';

const KEPT = 60;
const kept = new Map<string, Promise<string>>();

function address(client: VisitorClient, id: string, type: string, thumbnail: boolean): Promise<string> {
  const key = `${id}${thumbnail ? ':small' : ''}`;
  let made = kept.get(key);
  if (made) {
    kept.delete(key);
  } else {
    made = client.file(id, thumbnail).then((bytes) => URL.createObjectURL(new Blob([bytes], { type })));
    made.catch(() => kept.delete(key));
  }
  kept.set(key, made);
  for (const [oldest, url] of kept) {
    if (kept.size <= KEPT) break;
    kept.delete(oldest);
    void url.then((each) => URL.revokeObjectURL(each)).catch(() => {});
  }
  return made;
}

/** What to say of a failure: the server's reason where trying again is no help. */
export function reason(error: unknown, locale: Locale, otherwise: string): string {
  return error instanceof ApiError && !error.temporary ? errorSentence(error.code, locale) : otherwise;
}

/** The address, null while it loads, or 'failed'; `again` retries, `error` says why it failed. */
export function useFile(client: VisitorClient, id: string, type: string, thumbnail: boolean) {
  const [url, setUrl] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let current = true;
    setUrl(null);
    address(client, id, thumbnail ? '' : type, thumbnail).then(
      (made) => current && setUrl(made),
      (failure: unknown) => {
        if (!current) return;
        setError(failure);
        setUrl('failed');
      },
    );
    return () => {
      current = false;
    };
  }, [client, id, type, thumbnail, attempt]);
  return { url, error, again: () => setAttempt(attempt + 1) };
}

/** A local file's own address, for as long as the component lives. */
export function useLocalFile(body: Blob | ArrayBuffer, type: string): string | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    const made = URL.createObjectURL(body instanceof Blob ? body : new Blob([body], { type }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [body, type]);
  return url;
}

export async function download(client: VisitorClient, file: FileView): Promise<void> {
  const link = document.createElement('a');
  link.href = await address(client, file.id, file.media_type, false);
  link.download = file.name;
  link.click();
}
