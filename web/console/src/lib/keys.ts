// Keyboard shortcuts: single keys and "g then x" sequences, silent while somebody types.

import { onScopeDispose } from 'vue';

/** `j`, `Enter`, `shift+?` is written `?`, `mod+k` is Ctrl or ⌘, `g i` is a sequence. */
export type Shortcuts = Record<string, (event: KeyboardEvent) => void>;

const SEQUENCE_MS = 1200;

/** Turns key events into names and keeps the first key of a sequence. */
export class KeyMatcher {
  #first: { key: string; at: number } | null = null;

  /** Names to try for this event, the most specific first. */
  names(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>, now: number): string[] {
    if (event.altKey || event.key === 'Shift' || event.key === 'Control' || event.key === 'Meta') return [];
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.ctrlKey || event.metaKey) return [`mod+${key}`];
    const first = this.#first;
    this.#first = null;
    if (first && now - first.at < SEQUENCE_MS) return [`${first.key} ${key}`, key];
    return [key];
  }

  /** Remembers a key that begins a sequence. */
  begin(key: string, now: number): void {
    this.#first = { key, at: now };
  }
}

const matcher = new KeyMatcher();
const layers: Shortcuts[] = [];
let listening = false;

function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

/**
 * A dialog has its own keys; Escape would not even close a native one if it were taken here. One that
 * fades away has none any more.
 */
const DIALOG = 'dialog[open], .el-overlay:not([style*="display: none"], [class*="-leave-"])';

/** Keys that what has the focus answers itself: a button its Enter, the messages their arrows. */
function isIts(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (key === 'Enter') return target.closest('button, a[href], summary, [role="button"]') !== null;
  return key.startsWith('Arrow') && target.closest('[role="log"], [role="tablist"]') !== null;
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || isIts(event.target, event.key)) return;
  const names = matcher.names(event, event.timeStamp);
  const modified = names[0]?.startsWith('mod+') ?? false;
  if (!modified && (typing(event.target) || document.querySelector(DIALOG))) return;
  for (const name of names) {
    for (let i = layers.length - 1; i >= 0; i -= 1) {
      const run = layers[i]![name];
      if (!run) continue;
      event.preventDefault();
      run(event);
      return;
    }
  }
  const key = names.at(-1);
  if (key && layers.some((layer) => Object.keys(layer).some((name) => name.startsWith(`${key} `)))) {
    matcher.begin(key, event.timeStamp);
  }
}

/** Shortcuts that hold while the component is there; later ones win. */
export function useShortcuts(shortcuts: Shortcuts): void {
  if (!listening) {
    listening = true;
    document.addEventListener('keydown', onKey);
  }
  layers.push(shortcuts);
  onScopeDispose(() => layers.splice(layers.indexOf(shortcuts), 1));
}

export const isMac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform);
/** How the modifier is called on this keyboard. */
export const MOD = isMac ? '⌘' : 'Ctrl';
