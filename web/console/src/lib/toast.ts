// Short notices at the edge of the screen, read out politely; they go by themselves.

import { reactive } from 'vue';
import { sentenceOf } from '~/api/http';

export interface Toast {
  id: number;
  kind: 'info' | 'success' | 'error' | 'help';
  text: string;
  actions: ToastAction[];
}

/** A way to take back what was just done, or the way on. */
export interface ToastAction {
  text: string;
  run: () => void;
}

export const toasts = reactive<Toast[]>([]);
let last = 0;
const SHORT_MS = 3000;
const LONG_MS = 7000;
/** Somebody else's work has to be left first. */
const HELP_MS = 30_000;

export function toast(text: string, kind: Toast['kind'] = 'success', ...actions: ToastAction[]): void {
  last += 1;
  const id = last;
  toasts.push({ id, kind, text, actions });
  if (toasts.length > 3) toasts.shift();
  const long = kind === 'error' || actions.length > 0;
  setTimeout(() => dismiss(id), kind === 'help' ? HELP_MS : long ? LONG_MS : SHORT_MS);
}

export function toastError(error: unknown): void {
  toast(sentenceOf(error), 'error');
}

export function dismiss(id: number): void {
  const at = toasts.findIndex((entry) => entry.id === id);
  if (at >= 0) toasts.splice(at, 1);
}
