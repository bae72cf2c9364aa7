// Conversations and messages for tests; every field can be set.

import type { AgentConversation, MessageView } from '@octim/client';

export function conversation(id: string, change: Partial<AgentConversation> = {}): AgentConversation {
  return {
    id,
    channel_id: '1',
    contact_id: `c${id}`,
    contact_name: `Visitor ${id}`,
    team_id: null,
    assignee_id: null,
    status: 'queued',
    last_seq: 1,
    visitor_delivered: 0,
    visitor_read: 0,
    staff_read: 0,
    unread: 0,
    preview: 'hello',
    preview_side: 'visitor',
    stars: null,
    waiting_since: null,
    created_at: 0,
    queued_at: 0,
    assigned_at: null,
    resolved_at: null,
    active_at: 0,
    version: 1,
    ...change,
  };
}

export function message(seq: number, change: Partial<MessageView> = {}): MessageView {
  return {
    conversation_id: '1',
    seq,
    sender: { kind: 'visitor' },
    client_id: null,
    content: { type: 'text', text: `message ${seq}` },
    created_at: seq * 1000,
    ...change,
  };
}
