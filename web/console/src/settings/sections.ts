// The sections of the settings and who sees them.

import { iconBrainCircuit, iconGift, iconGlobe, iconHeartHandshake, iconKeyRound, iconMonitor, iconPlug, iconUser, iconUserRound, iconUsers } from '@octim/ui';
import { type Component, defineAsyncComponent } from 'vue';
import { Permission, type PermissionCode } from '~/api/types';

interface Section {
  name: string;
  group: 'me' | 'workspace';
  icon: typeof iconUser;
  permission?: PermissionCode;
  component: Component;
}

const page = (load: () => Promise<{ default: Component }>) => defineAsyncComponent(load);

export const SECTIONS: readonly Section[] = [
  { name: 'profile', group: 'me', icon: iconUser, component: page(() => import('./ProfileSection.vue')) },
  {
    name: 'security',
    group: 'me',
    icon: iconKeyRound,
    component: page(() => import('./SecuritySection.vue')),
  },
  {
    name: 'sessions',
    group: 'me',
    icon: iconMonitor,
    component: page(() => import('./SessionsSection.vue')),
  },
  {
    name: 'channels',
    group: 'workspace',
    icon: iconGlobe,
    permission: Permission.viewChannels,
    component: page(() => import('./ChannelsSection.vue')),
  },
  {
    name: 'agents',
    group: 'workspace',
    icon: iconUserRound,
    permission: Permission.manageAgents,
    component: page(() => import('./AgentsSection.vue')),
  },
  {
    name: 'teams',
    group: 'workspace',
    icon: iconUsers,
    permission: Permission.manageTeams,
    component: page(() => import('./TeamsSection.vue')),
  },
  {
    name: 'care',
    group: 'workspace',
    icon: iconHeartHandshake,
    permission: Permission.manageWorkspace,
    component: page(() => import('./CareSection.vue')),
  },
  {
    name: 'llm',
    group: 'workspace',
    icon: iconBrainCircuit,
    permission: Permission.manageWorkspace,
    component: page(() => import('./LlmSection.vue')),
  },
  {
    name: 'connectors',
    group: 'workspace',
    icon: iconPlug,
    permission: Permission.manageWorkspace,
    component: page(() => import('~/connectors/ConnectorsSection.vue')),
  },
  {
    name: 'grants',
    group: 'workspace',
    icon: iconGift,
    permission: Permission.approveGrants,
    component: page(() => import('./GrantsSection.vue')),
  },
];
