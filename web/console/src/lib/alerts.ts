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
  if (after.status !== 'open' || after.assignee_id !== me || after.preview_side !== 'visitor') return null;
  // What was given to me with something unread in it is news as well.
  const unreadBefore = before?.assignee_id === me ? before.unread : 0;
  return after.unread > unreadBefore ? { kind: 'message', conversation: after } : null;
}
