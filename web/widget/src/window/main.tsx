// Starts the window: in a frame when the loader has shaken hands, on the hosted page at once.

import { render } from 'preact';
import { VisitorClient } from '@octim/client';
import { applyTheme } from '@octim/ui';
import { App } from './app.js';
import { type Bridge, connectLoader } from './bridge.js';
import { brand } from './color.js';
import { placeOf } from './place.js';
import { Store } from './store.js';
import { texts } from './texts.js';
import type { ToWindow } from '../shared/port.js';
import './styles/base.css';
import './styles/messages.css';
import './styles/composer.css';
import './styles/pages.css';

const place = placeOf(location, window.parent !== window);
if (place.identity) history.replaceState(null, '', location.pathname + location.search);

let started = false;
let before: (() => Promise<void>)[] = [];
const bridge: Bridge | null = place.origin ? connectLoader(place.origin, hear) : null;
const client = new VisitorClient({
  channel: place.channel,
  page: place.page,
  ...(place.locale ? { locale: place.locale } : {}),
  visible: () => document.visibilityState === 'visible',
});
const store = new Store(client, place.channel, place.locale, bridge);

/** What the site said before the first `state` belongs to the start of the session. */
function soon(run: () => Promise<void>): void {
  if (started) void run().catch(() => {});
  else before.push(run);
}

function hear(message: ToWindow): void {
  if (message.type === 'state') {
    store.hostState(message.open, message.focused);
    if (!started) void start();
  } else if (message.type === 'page') {
    soon(() => client.describe({ page: message.page }));
  } else if (message.type === 'hints') {
    soon(() => client.describe({ hints: message.hints }));
  } else if (message.type === 'identify') {
    soon(() => store.identify(message.jwt));
  } else {
    soon(() => store.reset());
  }
}

async function start(): Promise<void> {
  started = true;
  for (const run of before) await run().catch(() => {});
  before = [];
  await client.start();
}

function paint(): void {
  const root = document.documentElement;
  const theme = root.dataset['theme'] === 'dark' ? 'dark' : 'light';
  const color = store.state.settings?.color ?? '';
  for (const [name, value] of Object.entries(brand(color, theme))) root.style.setProperty(name, value);
}

applyTheme('system');
matchMedia('(prefers-color-scheme: dark)').addEventListener?.('change', () => queueMicrotask(paint));
client.on('session', paint);
for (const name of ['focus', 'blur', 'online', 'offline']) addEventListener(name, () => store.set({}));
document.addEventListener('visibilitychange', () => store.set({}));

if (!bridge) {
  const { identity } = place;
  if (identity) soon(() => store.identify(identity));
  store.subscribe(() => {
    const { settings, unread, locale } = store.state;
    const title = settings?.title || texts(locale)('title');
    document.title = unread && !store.watched ? `(${unread}) ${title}` : title;
  });
  void start();
}
render(<App store={store} />, document.getElementById('app')!);
