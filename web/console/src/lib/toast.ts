// Short notices at the edge of the screen, read out politely; they go by themselves.

import { reactive } from 'vue';
import { sentenceOf } from '~/api/http';

export interface Toast {
  id: number;
  kind: 'info' | 'success' | 'error';
  text: string;
  action?: ToastAction;
}

/** A way to take back what was just done. */
export interface ToastAction {
  text: string;
  run: () => void;
}

export const toasts = reactive<Toast[]>([]);
let last = 0;
const SHORT_MS = 3000;
const LONG_MS = 7000;

export function toast(text: string, kind: Toast['kind'] = 'success', action?: ToastAction): void {
  last += 1;
  const id = last;
  toasts.push(action ? { id, kind, text, action } : { id, kind, text });
  if (toasts.length > 3) toasts.shift();
  setTimeout(() => dismiss(id), kind === 'error' || action ? LONG_MS : SHORT_MS);
}

export function toastError(error: unknown): void {
  toast(sentenceOf(error), 'error');
}

export function dismiss(id: number): void {
  const at = toasts.findIndex((entry) => entry.id === id);
  if (at >= 0) toasts.splice(at, 1);
}
