// The inbox store against a client that answers by hand.

import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { AgentConversation, ConversationPage } from '@octim/client';
import { useInbox } from '~/stores/inbox';
import { useSession } from '~/stores/session';
import { conversation } from './samples';

const client = vi.hoisted(() => ({ conversations: vi.fn(), counts: vi.fn() }));
vi.mock('~/lib/live', () => ({ live: () => client }));

const rows = (ids: number[], next: string | null = null): ConversationPage => ({
  conversations: ids.map((n) =>
    conversation(String(n), { status: 'open', assignee_id: '7', active_at: 1000 - n }),
  ),
  next,
});

beforeEach(() => {
  setActivePinia(createPinia());
  vi.useFakeTimers();
  client.conversations.mockReset();
  client.counts.mockReset().mockResolvedValue({ queue: 0, mine: 0, mine_unread: 0, team: 0, all: 0 });
  useSession().me = { id: '7', team_ids: ['3'] } as never;
});

describe('inbox', () => {
  it('loads pages by the position of the last answer and joins them', async () => {
    const inbox = useInbox();
    client.conversations.mockResolvedValueOnce(rows([1, 2], 'p2')).mockResolvedValueOnce(rows([3]));
    await inbox.loadFirst('mine');
    await inbox.loadMore('mine');
    expect(client.conversations).toHaveBeenLastCalledWith('mine', expect.objectContaining({ before: 'p2' }));
    expect(inbox.rows('mine').map((c) => c.id)).toEqual(['1', '2', '3']);
    await inbox.loadMore('mine');
    expect(client.conversations).toHaveBeenCalledTimes(2);
  });

  it('moves a conversation between the lists that are loaded', async () => {
    const inbox = useInbox();
    client.conversations.mockImplementation(async (view: string) => ({
      conversations: view === 'queue' ? [conversation('9')] : [],
      next: null,
    }));
    await Promise.all([inbox.loadFirst('queue'), inbox.loadFirst('mine')]);
    inbox.take([conversation('9', { status: 'open', assignee_id: '7', version: 2 })]);
    expect(inbox.rows('queue')).toEqual([]);
    expect(inbox.rows('mine').map((c) => c.id)).toEqual(['9']);
  });

  it('is narrowed to a mood: conversations come and go with how their visitors feel', async () => {
    const inbox = useInbox();
    const feels = (id: string, kind: 'angry' | 'positive', version: number) =>
      conversation(id, { version, mood: { kind, strength: 2 } });
    let slow: (page: ConversationPage) => void = () => {};
    client.conversations.mockImplementationOnce(() => new Promise((resolve) => (slow = resolve)));
    const before = inbox.loadFirst('queue');
    inbox.setMood('angry');
    client.conversations.mockResolvedValueOnce({ conversations: [feels('1', 'angry', 1)], next: null });
    await inbox.loadFirst('queue');
    expect(client.conversations).toHaveBeenLastCalledWith('queue', expect.objectContaining({ mood: 'angry' }));
    slow(rows([5]));
    await before;
    inbox.take([feels('2', 'angry', 1), feels('3', 'positive', 1)]);
    expect(inbox.rows('queue').map((c) => c.id)).toEqual(['1', '2']);
    inbox.take([feels('1', 'positive', 2), feels('3', 'angry', 2)]);
    expect(inbox.rows('queue').map((c) => c.id)).toEqual(['2', '3']);
  });

  it('shows a list in the order that the agent chose for it, and keeps that', async () => {
    localStorage.clear();
    const inbox = useInbox();
    const angry = conversation('9', { queued_at: 5, mood: { kind: 'angry', strength: 3 } });
    client.conversations.mockResolvedValue({ conversations: [conversation('1'), angry], next: null });
    await inbox.loadFirst('queue');
    expect(client.conversations.mock.lastCall![1]).not.toHaveProperty('order');
    expect(inbox.rows('queue').map((c) => c.id)).toEqual(['1', '9']);
    await inbox.setOrder('queue', 'upset');
    expect(client.conversations).toHaveBeenLastCalledWith('queue', expect.objectContaining({ order: 'upset' }));
    expect(inbox.rows('queue').map((c) => c.id)).toEqual(['9', '1']);
    expect([inbox.order('mine'), inbox.order('queue')]).toEqual(['time', 'upset']);
    // Somebody else at the same screen; the first one again.
    useSession().me = { id: '8', team_ids: [] } as never;
    expect(inbox.order('queue')).toBe('time');
    useSession().me = { id: '7', team_ids: [] } as never;
    expect(inbox.order('queue')).toBe('upset');
    await inbox.setOrder('queue', 'time');
    expect(inbox.order('queue')).toBe('time');
  });

  it('ignores the late answer of an older round', async () => {
    const inbox = useInbox();
    let slow: (page: ConversationPage) => void = () => {};
    client.conversations
      .mockImplementationOnce(() => new Promise((resolve) => (slow = resolve)))
      .mockResolvedValueOnce(rows([2]));
    const first = inbox.loadFirst('mine');
    await inbox.loadFirst('mine');
    slow(rows([1]));
    await first;
    expect(inbox.rows('mine').map((c) => c.id)).toEqual(['2']);
  });

  it('keeps the rows on screen when a refetch fails, and says so', async () => {
    const inbox = useInbox();
    client.conversations.mockResolvedValueOnce(rows([1])).mockRejectedValueOnce(new Error('offline'));
    await inbox.loadFirst('mine');
    await inbox.refetch();
    expect(inbox.rows('mine')).toHaveLength(1);
    expect(inbox.views.mine.failed).toBeTruthy();
  });

  it('asks for the counts once for a burst of changes', async () => {
    const inbox = useInbox();
    for (let version = 1; version <= 50; version += 1) inbox.take([conversation('1', { version })]);
    await vi.runAllTimersAsync();
    expect(client.counts).toHaveBeenCalledTimes(1);
  });

  it('drops what is out of sight from every list', async () => {
    const inbox = useInbox();
    client.conversations.mockResolvedValue(rows([1, 2]));
    await inbox.loadFirst('mine');
    inbox.hide(['1']);
    expect(inbox.rows('mine').map((c: AgentConversation) => c.id)).toEqual(['2']);
    expect(inbox.conversation('1')).toBeUndefined();
  });

  it('asks for nothing more after an error, until somebody does', async () => {
    const inbox = useInbox();
    client.conversations.mockResolvedValueOnce(rows([1], 'p2')).mockRejectedValue(new Error('offline'));
    await inbox.loadFirst('mine');
    for (let round = 0; round < 20; round += 1) await inbox.loadMore('mine');
    expect(client.conversations).toHaveBeenCalledTimes(2);
    expect(inbox.views.mine).toMatchObject({ stalled: true, loading: false });
    client.conversations.mockResolvedValueOnce(rows([2]));
    await inbox.loadMore('mine', true);
    expect(inbox.rows('mine').map((c) => c.id)).toEqual(['1', '2']);
    expect(inbox.views.mine).toMatchObject({ stalled: false, failed: null });
  });

  it('gives up pages that bring no rows, however many the server has', async () => {
    const inbox = useInbox();
    let page = 0;
    client.conversations.mockImplementation(async () => rows([], `p${(page += 1)}`));
    await inbox.loadFirst('mine');
    for (let round = 0; round < 20; round += 1) await inbox.loadMore('mine');
    expect(client.conversations).toHaveBeenCalledTimes(4);
    await inbox.loadMore('mine', true);
    expect(client.conversations).toHaveBeenCalledTimes(5);
  });

  it('takes a position that does not move on for the end', async () => {
    const inbox = useInbox();
    client.conversations.mockImplementation(async () => rows([1, 2], 'p2'));
    await inbox.loadFirst('mine');
    for (let round = 0; round < 20; round += 1) await inbox.loadMore('mine');
    expect(client.conversations).toHaveBeenCalledTimes(2);
  });

  it('fetches once for a burst of calls to start anew, and once more after it', async () => {
    const inbox = useInbox();
    client.conversations.mockResolvedValue(rows([1]));
    await inbox.loadFirst('mine');
    for (let call = 0; call < 50; call += 1) void inbox.refetch();
    await vi.advanceTimersByTimeAsync(5000);
    expect(client.conversations).toHaveBeenCalledTimes(3);
  });
});
