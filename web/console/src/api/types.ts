// Bodies that only staff sends and gets: accounts, administration, search, knowledge. The
// conversation types come from @octim/client. Names are those of crates/protocol.

import type { AgentConversation, Id, Locale, MessageView, Millis, Presence, Role } from '@octim/client';
import type { Theme } from '@octim/ui';

export type * from '@octim/client';
export type { Theme } from '@octim/ui';

export interface Me {
  id: Id;
  workspace_id: Id;
  workspace_name: string;
  session_id: Id;
  email: string;
  name: string;
  role: Role;
  permissions: string[];
  team_ids: Id[];
  locale: Locale;
  theme: Theme;
  presence: Presence;
  has_totp: boolean;
  csrf_token: string;
}

export interface SessionView {
  id: Id;
  current: boolean;
  created_at: Millis;
  seen_at: Millis;
  expires_at: Millis;
  address: string;
  user_agent: string;
}

export interface TotpStart {
  secret: string;
  url: string;
}

export interface AgentView {
  id: Id;
  email: string;
  name: string;
  role: Role;
  active: boolean;
  has_totp: boolean;
  team_ids: Id[];
  created_at: Millis;
}

export interface NewAgent {
  email: string;
  name: string;
  role: Role;
  password: string;
  team_ids: Id[];
}

export interface EditAgent {
  name?: string;
  role?: Role;
  active?: boolean;
  password?: string;
  team_ids?: Id[];
  reset_totp?: boolean;
}

export interface TeamView {
  id: Id;
  name: string;
  member_ids: Id[];
}

export interface SecretView {
  id: Id;
  algorithm: string;
  created_at: Millis;
}

export interface ChannelView {
  id: Id;
  name: string;
  key: string;
  team_id?: Id | null;
  allowed_origins: string[];
  title: string;
  greeting: string;
  color: string;
  locale?: Locale | null;
  seen_at?: Millis | null;
  seen_origin?: string | null;
  script_tag: string;
  chat_url: string;
  secrets: SecretView[];
}

export interface SaveChannel {
  name: string;
  team_id?: Id | null;
  allowed_origins: string[];
  title: string;
  greeting: string;
  color: string;
  locale?: Locale | null;
}

export interface CreatedSecret {
  secret: SecretView;
  value?: string | null;
}

export interface Setup {
  workspace: string;
  owner_name: string;
  owner_email: string;
  owner_password: string;
  channel_name: string;
  site: string;
  locale: Locale;
}

export interface SearchHit {
  conversation: AgentConversation;
  message: MessageView;
  excerpt: string;
  highlights: [number, number][];
}

export interface SearchPage {
  hits: SearchHit[];
  next?: string | null;
}

export interface EntryView {
  id: Id;
  category: string;
  question: string;
  answer: string;
}

/** Permissions that the console asks about, as the server codes them. */
export const Permission = {
  reply: 'inbox.conversation.reply',
  accept: 'inbox.conversation.accept',
  assign: 'inbox.conversation.assign',
  resolve: 'inbox.conversation.resolve',
  viewAll: 'inbox.conversation.view_all',
  editContacts: 'inbox.contact.edit',
  manageAgents: 'team.agent.manage',
  manageTeams: 'team.team.manage',
  viewChannels: 'admin.channel.view',
  manageChannels: 'admin.channel.manage',
  viewKnowledge: 'knowledge.entry.view',
} as const;

export type PermissionCode = (typeof Permission)[keyof typeof Permission];
