// The one AgentClient of this page: socket, outbox, watched conversations. Stores listen to it.

import { AgentClient, IndexedDbOutbox, MemoryOutbox } from '@octim/client';
import { transport } from '~/api/http';
import { currentLocale } from './i18n';

let client: AgentClient | null = null;

/** Makes the client for a logged-in agent; the outbox belongs to that agent alone. */
export function openClient(agentId: string, csrf: () => string): AgentClient {
  closeClient();
  client = new AgentClient({
    csrf,
    locale: currentLocale,
    transport,
    outbox: typeof indexedDB === 'undefined' ? new MemoryOutbox() : new IndexedDbOutbox(`agent:${agentId}`),
  });
  return client;
}

export function closeClient(): void {
  client?.stop();
  client = null;
}

/** The running client, or nothing when one just logged out. */
export function maybeLive(): AgentClient | null {
  return client;
}

/** The running client; using one before login is a mistake of ours. */
export function live(): AgentClient {
  if (!client) throw new Error('no client is open');
  return client;
}
