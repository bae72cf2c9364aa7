// The live link to the server: starts the client, hands its events to the stores, knows the
// state of the connection.

import type { ConnectionState } from '@octim/client';
import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import { http, onSessionEnded } from '~/api/http';
import { type Me, Permission } from '~/api/types';
import { alertsFor } from '~/lib/alerts';
import { isCall } from '~/lib/help';
import { closeClient, maybeLive, openClient } from '~/lib/live';
import { useAlerts } from './alerts';
import { useChats } from './chats';
import { useDirectory } from './directory';
import { useInbox } from './inbox';
import { useSession } from './session';

const RETRY_MS = 3000;

export const useLink = defineStore('link', () => {
  const session = useSession();
  const inbox = useInbox();
  const chats = useChats();
  const directory = useDirectory();
  const alerts = useAlerts();
  const state = ref<ConnectionState>('idle');
  /** The connection was up once: from then on its absence is worth telling. */
  const wasOnline = ref(false);
  const offline = computed(() => wasOnline.value && state.value !== 'online');
  /** The page is older than the server: only a reload helps. */
  const outdated = ref(false);

  const helper = () => ({
    id: session.id,
    helps: session.me?.senior === true || session.can(Permission.viewAll),
    online: session.me?.presence === 'online',
  });

  function open(): void {
    const me = session.me;
    if (!me) return;
    const client = openClient(me.id, () => session.me?.csrf_token ?? '');
    client.on('connection', ({ state: next, reason }) => {
      state.value = next;
      if (next === 'online') wasOnline.value = true;
      if (next === 'refused') void refused(reason);
    });
    client.on('inbox', (conversations) => {
      for (const conversation of conversations) {
        const before = inbox.conversation(conversation.id);
        alerts.raise(alertsFor(before, conversation, session.id));
        if (isCall(before, conversation, helper())) void import('~/inbox/help').then(({ tell }) => tell(conversation));
      }
      inbox.take(conversations);
    });
    client.on('hidden', (ids) => {
      chats.hide(ids);
      inbox.hide(ids);
    });
    client.on('presence', ({ agent_id, presence }) => {
      if (!directory.agents.has(agent_id)) void directory.load();
      directory.setPresence(agent_id, presence);
      // Another browser of ours changed it.
      if (agent_id === session.id && session.me && presence !== 'offline') session.me.presence = presence;
    });
    client.on('refetch', () => {
      void inbox.refetch();
      void directory.load().catch(() => {});
    });
    client.on('log', ({ id, log, added }) => chats.takeLog(id, log, added));
    client.on('pending', (pending) => {
      chats.pending = pending;
    });
    client.on('typing', ({ id, typists }) => chats.typists.set(id, typists));
    onSessionEnded(close);
    void client.start();
  }

  function close(): void {
    closeClient();
    inbox.reset();
    chats.reset();
    wasOnline.value = false;
    state.value = 'idle';
    session.forget();
  }

  /** Asks who we are: either the session is over, which ends everything here, or it is well
   * and the socket may try again. */
  async function refused(reason: string | null): Promise<void> {
    outdated.value = reason === 'protocol_too_old';
    if (outdated.value) return;
    try {
      await session.become(await http.get<Me>('/api/me'));
      setTimeout(() => maybeLive()?.reconnect(), RETRY_MS);
    } catch {
      // Ended sessions are told to `close`; for anything else the banner has a button.
    }
  }

  const reconnect = () => maybeLive()?.reconnect();

  return { state, offline, outdated, open, close, reconnect };
});
