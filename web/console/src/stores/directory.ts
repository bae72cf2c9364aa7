// Names beside ids: colleagues with their presence, teams, channels.

import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import { http } from '~/api/http';
import type { Colleague, Directory, Id, Presence } from '~/api/types';

export const useDirectory = defineStore('directory', () => {
  const directory = ref<Directory>({ agents: [], teams: [], channels: [], moods: false });
  const loaded = ref(false);

  const byId = <T extends { id: Id }>(list: readonly T[]) => new Map(list.map((entry) => [entry.id, entry]));
  const agents = computed(() => byId(directory.value.agents));
  const teams = computed(() => byId(directory.value.teams));
  const channels = computed(() => byId(directory.value.channels));

  async function load(): Promise<void> {
    directory.value = await http.get<Directory>('/api/directory');
    loaded.value = true;
  }

  function setPresence(agentId: Id, presence: Presence): void {
    const agent = directory.value.agents.find((entry) => entry.id === agentId);
    if (agent) agent.presence = presence;
  }

  const RANK: Record<Presence, number> = { online: 0, busy: 1, offline: 2 };
  /** Who can be given a conversation: the reachable first. */
  const colleagues = computed<Colleague[]>(() =>
    directory.value.agents
      .filter((agent) => agent.active)
      .sort((a, b) => RANK[a.presence] - RANK[b.presence] || a.name.localeCompare(b.name)),
  );

  return { directory, loaded, agents, teams, channels, colleagues, load, setPresence };
});
