// Who is logged in here, and what they may do. The server decides; this only hides what it
// would refuse.

import { applyTheme } from '@octim/ui';
import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import { http, isCode, setCsrfToken } from '~/api/http';
import type { Locale, Me, PermissionCode, Presence, Theme } from '~/api/types';
import { useLocale } from '~/lib/i18n';

const THEME_KEY = 'octim.theme';

export const useSession = defineStore('session', () => {
  const me = ref<Me | null>(null);
  /** The server was asked who we are. */
  const known = ref(false);
  let stopTheme = () => {};

  function showTheme(theme: Theme) {
    stopTheme();
    stopTheme = applyTheme(theme);
    localStorage.setItem(THEME_KEY, theme);
  }

  async function become(next: Me) {
    setCsrfToken(next.csrf_token);
    await useLocale(next.locale);
    showTheme(next.theme);
    me.value = next;
    known.value = true;
  }

  /** Asks the server once who is logged in. */
  async function restore(): Promise<void> {
    if (known.value) return;
    try {
      await become(await http.get<Me>('/api/me'));
    } catch (error) {
      if (!isCode(error, 'unauthenticated')) throw error;
      known.value = true;
    }
  }

  async function login(email: string, password: string, code: string | null): Promise<void> {
    await become(
      await http.json<Me>('POST', '/api/login', code ? { email, password, code } : { email, password }),
    );
  }

  function forget() {
    me.value = null;
    setCsrfToken('');
  }

  async function logout(): Promise<void> {
    await http.json('POST', '/api/logout').catch((error: unknown) => {
      if (!isCode(error, 'unauthenticated')) throw error;
    });
    forget();
  }

  async function edit(change: { name?: string; locale?: Locale; theme?: Theme }): Promise<void> {
    if (change.theme) showTheme(change.theme);
    await become(await http.json<Me>('PATCH', '/api/me', change));
  }

  async function setPresence(presence: Presence): Promise<void> {
    if (!me.value || me.value.presence === presence) return;
    const before = me.value.presence;
    me.value.presence = presence;
    try {
      await http.json('PUT', '/api/me/presence', { presence });
    } catch (error) {
      if (me.value) me.value.presence = before;
      throw error;
    }
  }

  const can = (permission: PermissionCode) => me.value?.permissions.includes(permission) ?? false;
  const id = computed(() => me.value?.id ?? '');

  return { me, known, id, can, restore, become, login, logout, forget, edit, setPresence, showTheme };
});

export function deviceTheme(): Theme {
  const kept = localStorage.getItem(THEME_KEY);
  return kept === 'light' || kept === 'dark' ? kept : 'system';
}
