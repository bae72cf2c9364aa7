// Which key sends: Enter or Ctrl/⌘+Enter, the agent's choice on this device.

import { type Ref, ref, watch } from 'vue';

export type SendKey = 'enter' | 'mod';

const KEY = 'octim.sendKey';
let shared: Ref<SendKey> | undefined;

export function useSendKey(): Ref<SendKey> {
  if (!shared) {
    shared = ref<SendKey>(localStorage.getItem(KEY) === 'mod' ? 'mod' : 'enter');
    watch(shared, (value) => localStorage.setItem(KEY, value));
  }
  return shared;
}

type Key = Pick<
  KeyboardEvent,
  'key' | 'shiftKey' | 'ctrlKey' | 'metaKey' | 'altKey' | 'isComposing' | 'keyCode'
>;

/** Whether this key press sends. Never while an input method composes: some browsers end the
 * composition before the key event, and tell it by key code 229. */
export function sendsOn(event: Key, choice: SendKey, phone = false): boolean {
  if (event.key !== 'Enter' || event.isComposing || event.keyCode === 229) return false;
  const mod = event.ctrlKey || event.metaKey;
  if (choice === 'mod' || phone) return mod;
  return mod || (!event.shiftKey && !event.altKey);
}
