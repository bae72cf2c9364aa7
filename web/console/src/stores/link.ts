// The live link to the server: starts the client, hands its events to the stores, knows the
// state of the connection.

import type { ConnectionState } from '@octim/client';
import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import { onSessionEnded } from '~/api/http';
import { alertsFor } from '~/lib/alerts';
import { closeClient, live, openClient } from '~/lib/live';
import { useAlerts } from './alerts';
import { useChats } from './chats';
import { useDirectory } from './directory';
import { useInbox } from './inbox';
import { useSession } from './session';

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
  const refused = computed(() => state.value === 'refused');

  function open(): void {
    const me = session.me;
    if (!me) return;
    const client = openClient(me.id, () => session.me?.csrf_token ?? '');
    client.on('connection', ({ state: next }) => {
      state.value = next;
      if (next === 'online') wasOnline.value = true;
    });
    client.on('inbox', (conversations) => {
      for (const conversation of conversations) {
        alerts.raise(alertsFor(inbox.conversation(conversation.id), conversation, session.id));
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
    client.on('log', ({ id, log }) => chats.takeLog(id, log));
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

  const reconnect = () => live().reconnect();

  return { state, offline, refused, open, close, reconnect };
});
