// The conversations that are on screen or were a moment ago: messages, details, who types,
// what is not sent yet.

import { have, type AgentLog, type Pending, type Typist } from '@octim/client';
import { defineStore } from 'pinia';
import { ref, shallowReactive, shallowRef } from 'vue';
import { http } from '~/api/http';
import type {
  Assign,
  AgentConversation,
  ContactView,
  ConversationDetail,
  Id,
  MessageView,
} from '~/api/types';
import { live } from '~/lib/live';
import { useInbox } from './inbox';

/** Conversations kept live, so that going back and forth between them is instant. */
const KEPT = 8;

export const useChats = defineStore('chats', () => {
  const inbox = useInbox();
  const logs = shallowReactive(new Map<Id, AgentLog>());
  const details = shallowReactive(new Map<Id, ConversationDetail>());
  const typists = shallowReactive(new Map<Id, Typist[]>());
  const pending = shallowRef<Pending[]>([]);
  /** Conversations that could not be opened, with the error's code. */
  const refused = shallowReactive(new Map<Id, string>());
  const loadingOlder = ref(new Set<Id>());
  /** Newest used last. */
  let recent: Id[] = [];

  async function open(id: Id): Promise<void> {
    recent = [...recent.filter((other) => other !== id), id];
    while (recent.length > KEPT) drop(recent[0]!);
    refused.delete(id);
    live().watch(id);
    logs.set(id, live().log(id));
    await loadDetail(id);
  }

  function drop(id: Id): void {
    recent = recent.filter((other) => other !== id);
    live().unwatch(id);
    logs.delete(id);
    details.delete(id);
    typists.delete(id);
  }

  async function loadDetail(id: Id): Promise<void> {
    try {
      const detail = await live().conversation(id);
      details.set(id, detail);
      inbox.take([detail.conversation, ...detail.others]);
    } catch (error) {
      const code = (error as { code?: string }).code ?? 'internal';
      refused.set(id, code);
    }
  }

  function takeLog(id: Id, log: AgentLog, added: readonly MessageView[]): void {
    if (!recent.includes(id)) return;
    const before = logs.get(id)?.conversation;
    logs.set(id, log);
    if (log.conversation) inbox.take([log.conversation]);
    const detail = details.get(id);
    if (!detail) return;
    // The rating is in the detail, what the bot hands over, and whether the visitor is there: who writes is.
    const rated = before && log.conversation && before.stars !== log.conversation.stars;
    const handedOff = before?.status === 'bot' && log.conversation?.status !== 'bot';
    const appeared = !detail.contact.online && added.some((message) => message.sender.kind === 'visitor');
    if (rated || handedOff || appeared) void loadDetail(id);
  }

  function hide(ids: readonly Id[]): void {
    for (const id of ids) {
      if (!recent.includes(id)) continue;
      drop(id);
      refused.set(id, 'not_found');
    }
  }

  /** The newest state that is known of a conversation, from wherever it came. */
  function conversation(id: Id): AgentConversation | undefined {
    const here = logs.get(id)?.conversation ?? undefined;
    const listed = inbox.conversation(id);
    if (here && listed) return here.version >= listed.version ? here : listed;
    return here ?? listed ?? details.get(id)?.conversation;
  }

  /** Everything up to the newest message was shown to the agent. */
  function markRead(id: Id): void {
    const log = logs.get(id);
    const newest = log ? have(log) : 0;
    if (newest > 0) live().receipt(id, newest, newest);
  }

  async function loadOlder(id: Id): Promise<void> {
    if (loadingOlder.value.has(id)) return;
    loadingOlder.value.add(id);
    try {
      await live().loadOlder(id);
    } finally {
      loadingOlder.value.delete(id);
    }
  }

  async function act(id: Id, run: () => Promise<AgentConversation>): Promise<AgentConversation> {
    const next = await run();
    inbox.take([next]);
    const log = logs.get(id);
    if (log && (log.conversation?.version ?? -1) < next.version) logs.set(id, { ...log, conversation: next });
    return next;
  }
  const accept = (id: Id) => act(id, () => live().accept(id));
  const assign = (id: Id, to: Assign) => act(id, () => live().assign(id, to));
  const resolve = (id: Id) => act(id, () => live().resolve(id));
  const reopen = (id: Id) => act(id, () => live().reopen(id));
  const askHelp = (id: Id) => act(id, () => live().askHelp(id));
  const declineHelp = (id: Id) => act(id, () => live().declineHelp(id));
  const takeOver = (id: Id) => act(id, () => live().takeOver(id));

  async function editContact(
    id: Id,
    contactId: Id,
    change: Partial<Pick<ContactView, 'name' | 'email' | 'phone' | 'note'>>,
  ): Promise<void> {
    const contact = await http.json<ContactView>('PATCH', `/api/contacts/${contactId}`, change);
    const detail = details.get(id);
    if (detail) details.set(id, { ...detail, contact });
  }

  function reset(): void {
    recent = [];
    for (const map of [logs, details, typists, refused]) map.clear();
    pending.value = [];
  }

  return {
    logs,
    details,
    typists,
    pending,
    refused,
    loadingOlder,
    open,
    drop,
    loadDetail,
    takeLog,
    hide,
    conversation,
    markRead,
    loadOlder,
    accept,
    assign,
    resolve,
    reopen,
    askHelp,
    declineHelp,
    takeOver,
    editContact,
    reset,
  };
});
