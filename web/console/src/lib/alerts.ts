// Which changes of a conversation are worth a sound: somebody new waits, or one of mine has
// something unread that was not there before.

import type { AgentConversation, Id } from '@octim/client';

export type Alert = { kind: 'queue' | 'message'; conversation: AgentConversation };

export function alertsFor(
  before: AgentConversation | undefined,
  after: AgentConversation,
  me: Id,
): Alert | null {
  if (before && before.version >= after.version) return null;
  if (after.status === 'queued') {
    const waited = before?.status === 'queued';
    // The first frame of a conversation can come before its message; the message rings.
    const rang = waited && before.last_seq > 0;
    return !rang && after.last_seq > 0 ? { kind: 'queue', conversation: after } : null;
  }
  const mine = after.status === 'open' && after.assignee_id === me;
  const more = after.unread > (before?.unread ?? 0) && after.preview_side === 'visitor';
  return mine && more ? { kind: 'message', conversation: after } : null;
}
