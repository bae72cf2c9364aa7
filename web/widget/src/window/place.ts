// Where the window runs: in the loader's frame (`/window?channel=…&origin=…`) or as a page
// of its own (`/chat/KEY`, optionally with `#identity=JWT`).

import type { Locale, Page } from '@octim/client';
import { localeOf } from './texts.js';

export interface Place {
  channel: string;
  /** The page around the frame; null for the hosted page. */
  origin: string | null;
  locale: Locale | null;
  identity: string | null;
  page: Page;
}

export function placeOf(location: Location, framed: boolean): Place {
  const query = new URLSearchParams(location.search);
  const fragment = new URLSearchParams(location.hash.slice(1));
  const hosted = /^\/chat\/([^/]+)/.exec(location.pathname)?.[1];
  const origin = query.get('origin');
  return {
    channel: hosted ? decodeURIComponent(hosted) : (query.get('channel') ?? ''),
    origin: !hosted && framed && origin && isOrigin(origin) ? origin : null,
    locale: localeOf(query.get('locale')),
    identity: fragment.get('identity'),
    page: {
      url: hosted ? location.origin + location.pathname : '',
      title: '',
      referrer: '',
      time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone ?? '',
    },
  };
}

function isOrigin(text: string): boolean {
  try {
    return new URL(text).origin === text;
  } catch {
    return false;
  }
}
