// The script on the customer's page. Until somebody means to chat it is a button: no
// storage, no frame, no request. Runs under a host CSP of script-src and frame-src only.

import { Launcher } from './launcher.js';

type Call = [name: string, ...rest: unknown[]];
interface Api {
  (...call: Call): void;
  q?: ArrayLike<unknown>[];
  loaded?: boolean;
}

const page = window as unknown as { octim?: Api };
const script = document.currentScript as HTMLScriptElement | null;

function boot(tag: HTMLScriptElement, channel: string): void {
  const launcher = new Launcher({
    host: new URL(tag.src).origin,
    channel,
    color: tag.dataset['color'] ?? '',
    left: /left/.test(tag.dataset['position'] ?? ''),
    locale: tag.dataset['locale'] ?? '',
  });
  const waiting = page.octim?.q ?? [];
  const api: Api = (...call) => launcher.call(...call);
  api.loaded = true;
  page.octim = api;
  const start = () => {
    launcher.mount();
    for (const call of Array.from(waiting)) api(...(Array.from(call) as Call));
  };
  if (document.body) start();
  else document.addEventListener('DOMContentLoaded', start);
}

// A second copy of the tag stays inert: two launchers would fight over one conversation.
if (script?.dataset['channel'] && !page.octim?.loaded) boot(script, script.dataset['channel']);
