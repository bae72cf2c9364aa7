// Sounds and desktop notifications, by the agent's choice on this device.

import { oneLine, playTone } from '@octim/ui';
import { defineStore } from 'pinia';
import { ref, watch } from 'vue';
import type { Id } from '~/api/types';
import type { Alert } from '~/lib/alerts';
import { translate } from '~/lib/i18n';
import { router } from '~/router';

const SOUND_KEY = 'octim.sound';
const DESKTOP_KEY = 'octim.desktop';
const WORDS_KEY = 'octim.desktopWords';
/** A burst rings once. */
const QUIET_MS = 1500;

export const useAlerts = defineStore('alerts', () => {
  const sound = ref(localStorage.getItem(SOUND_KEY) !== 'off');
  const desktop = ref(localStorage.getItem(DESKTOP_KEY) === 'on' && permission() === 'granted');
  /** Whether notifications, which others may see on this screen, say who wrote what. */
  const words = ref(localStorage.getItem(WORDS_KEY) !== 'off');
  /** The conversation that is on screen. */
  const shown = ref<Id | null>(null);
  let lastTone = 0;

  watch(sound, (on) => localStorage.setItem(SOUND_KEY, on ? 'on' : 'off'));
  watch(desktop, (on) => localStorage.setItem(DESKTOP_KEY, on ? 'on' : 'off'));
  watch(words, (on) => localStorage.setItem(WORDS_KEY, on ? 'on' : 'off'));

  const watching = (id: Id) =>
    document.visibilityState === 'visible' && document.hasFocus() && shown.value === id;

  function raise(alert: Alert | null): void {
    if (!alert || watching(alert.conversation.id)) return;
    const now = Date.now();
    if (sound.value && now - lastTone > QUIET_MS) {
      lastTone = now;
      void playTone(alert.kind);
    }
    if (desktop.value && !document.hasFocus()) notify(alert);
  }

  function notify({ kind, conversation }: Alert): void {
    const name = oneLine(conversation.contact_name);
    const title = words.value
      ? kind === 'queue'
        ? translate('alert.queue', { name })
        : name
      : translate(kind === 'queue' ? 'alert.queueQuiet' : 'alert.messageQuiet');
    const notice = show(title, {
      body: words.value ? oneLine(conversation.preview) : '',
      tag: `octim-${conversation.id}`,
      icon: '/console/icon.svg',
    });
    if (!notice) return;
    notice.onclick = () => {
      window.focus();
      notice.close();
      void router.push({
        name: 'inbox',
        params: { view: kind === 'queue' ? 'queue' : 'mine', id: conversation.id },
      });
    };
  }

  /** Asked for only when the agent turns notifications on. */
  async function setDesktop(on: boolean): Promise<boolean> {
    if (on && permission() === 'default') await Notification.requestPermission();
    desktop.value = on && permission() === 'granted';
    return desktop.value === on;
  }

  return { sound, desktop, words, shown, raise, setDesktop };
});

/** Browsers on phones have the name and throw. */
function show(title: string, options: NotificationOptions): Notification | null {
  try {
    return new Notification(title, options);
  } catch {
    return null;
  }
}

export function permission(): NotificationPermission {
  return typeof Notification === 'undefined' ? 'denied' : Notification.permission;
}
