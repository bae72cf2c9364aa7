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
import './styles/article.css';

const place = placeOf(location, window.parent !== window);
if (place.identity) history.replaceState(null, '', location.pathname + location.search);

let started = false;
let begin = () => {};
let line = new Promise<void>((go) => (begin = go));
const bridge: Bridge | null = place.origin ? connectLoader(place.origin, hear) : null;
const client = new VisitorClient({
  channel: place.channel,
  page: place.page,
  ...(place.locale ? { locale: place.locale } : {}),
  visible: () => document.visibilityState === 'visible',
});
const store = new Store(client, place.channel, place.locale, bridge);

/** One after another: `reset` and then `identify` are two people. What the site said before the
 * first `state` belongs to the start of the session. */
function soon(run: () => Promise<void>): void {
  line = line.then(run).catch(() => {});
}

function hear(message: ToWindow): void {
  if (message.type === 'state') {
    store.hostState(message.open, message.focused);
    if (!started) start();
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

function start(): void {
  started = true;
  soon(() => client.start());
  begin();
}

/** The server puts the channel's colour into the page, so that the first paint has it. */
const given = document.querySelector<HTMLMetaElement>('meta[name=octim-color]')?.content ?? '';

function paint(): void {
  const root = document.documentElement;
  const theme = root.dataset['theme'] === 'dark' ? 'dark' : 'light';
  const color = store.state.settings?.color ?? given;
  for (const [name, value] of Object.entries(brand(color, theme))) root.style.setProperty(name, value);
}

applyTheme('system');
matchMedia('(prefers-color-scheme: dark)').addEventListener?.('change', () => queueMicrotask(paint));
client.on('session', paint);
paint();
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
  start();
}
render(<App store={store} />, document.getElementById('app')!);
