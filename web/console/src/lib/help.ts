// Help for an agent whose visitor turned upset, or who asks for it: who is told of it, and when.

import type { AgentConversation, Id } from '@octim/client';

export interface Helper {
  id: Id;
  /** A senior agent, or one who sees everything. */
  helps: boolean;
  online: boolean;
}

/** A conversation has help that it had not before, and this agent is one to be told of it. */
export function isCall(before: AgentConversation | undefined, after: AgentConversation, me: Helper): boolean {
  if (!after.help || !me.helps || !me.online || after.assignee_id === me.id) return false;
  return !before || (before.version < after.version && before.help?.seq !== after.help.seq);
}
