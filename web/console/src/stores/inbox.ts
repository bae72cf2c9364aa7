// The lists of conversations: pages from the server, kept current by `inbox` frames.

import { defineStore } from 'pinia';
import { computed, reactive, ref, shallowReactive } from 'vue';
import type { AgentConversation, Id, View, ViewCounts } from '~/api/types';
import { live } from '~/lib/live';
import { applyChanges, applyPage, belongs, EMPTY_LIST, type ListState, takeNewer } from '~/lib/lists';
import { useSession } from './session';

export const VIEWS: readonly View[] = ['queue', 'mine', 'team', 'all', 'resolved'];
const PAGE = 50;
/** Counts are asked for again at most this often while things change. */
const COUNTS_EVERY_MS = 2000;

interface ViewState {
  list: ListState;
  loaded: boolean;
  loading: boolean;
  failed: unknown;
}

const fresh = (): ViewState => ({ list: EMPTY_LIST, loaded: false, loading: false, failed: null });

export const useInbox = defineStore('inbox', () => {
  const session = useSession();
  const known = shallowReactive(new Map<Id, AgentConversation>());
  const views = reactive(Object.fromEntries(VIEWS.map((view) => [view, fresh()])) as Record<View, ViewState>);
  const counts = ref<ViewCounts>({ queue: 0, mine: 0, mine_unread: 0, team: 0, all: 0 });
  /** The team that the team view is narrowed to. */
  const teamId = ref<Id | null>(null);
  let countsTimer: ReturnType<typeof setTimeout> | undefined;
  /** Answers of an older round must not overwrite a newer list. */
  const rounds = new Map<View, number>();

  const viewer = computed(() => ({ id: session.id, teamIds: session.me?.team_ids ?? [] }));
  const member = (view: View) => (c: AgentConversation) => belongs(view, c, viewer.value, teamId.value);

  const conversation = (id: Id | null | undefined) => (id ? known.get(id) : undefined);
  const rows = (view: View) => views[view].list.ids.map((id) => known.get(id)!).filter(Boolean);

  async function loadFirst(view: View): Promise<void> {
    const state = views[view];
    const round = (rounds.get(view) ?? 0) + 1;
    rounds.set(view, round);
    state.loading = true;
    state.failed = null;
    try {
      const page = await live().conversations(view, query(view));
      if (rounds.get(view) !== round) return;
      const news = takeNewer(known, page.conversations);
      spread(news);
      state.list = applyPage(
        state.list,
        view,
        page.conversations,
        page.next ?? null,
        known,
        member(view),
        true,
      );
      state.loaded = true;
    } catch (error) {
      if (rounds.get(view) === round) state.failed = error;
    } finally {
      if (rounds.get(view) === round) state.loading = false;
    }
  }

  async function loadMore(view: View): Promise<void> {
    const state = views[view];
    const before = state.list.next;
    if (!before || state.loading) return;
    const round = rounds.get(view);
    state.loading = true;
    try {
      const page = await live().conversations(view, { ...query(view), before });
      if (rounds.get(view) !== round) return;
      spread(takeNewer(known, page.conversations));
      state.list = applyPage(
        state.list,
        view,
        page.conversations,
        page.next ?? null,
        known,
        member(view),
        false,
      );
    } catch (error) {
      state.failed = error;
    } finally {
      if (rounds.get(view) === round) state.loading = false;
    }
  }

  const query = (view: View) => ({
    limit: PAGE,
    ...(view === 'team' && teamId.value ? { team_id: teamId.value } : {}),
  });

  /** New states of conversations go into every list that is loaded. */
  function spread(changed: readonly AgentConversation[]): void {
    if (changed.length === 0) return;
    for (const view of VIEWS) {
      const state = views[view];
      if (state.loaded) state.list = applyChanges(state.list, view, changed, known, member(view));
    }
  }

  /** Takes states from frames and answers; older versions change nothing. */
  function take(incoming: readonly AgentConversation[]): AgentConversation[] {
    const news = takeNewer(known, incoming);
    spread(news);
    if (news.length > 0) countsSoon();
    return news;
  }

  function hide(ids: readonly Id[]): void {
    const gone = new Set(ids);
    for (const view of VIEWS) {
      const { list } = views[view];
      views[view].list = { ...list, ids: list.ids.filter((id) => !gone.has(id)) };
    }
    for (const id of ids) known.delete(id);
    countsSoon();
  }

  function countsSoon(): void {
    countsTimer ??= setTimeout(() => {
      countsTimer = undefined;
      void loadCounts();
    }, COUNTS_EVERY_MS);
  }

  async function loadCounts(): Promise<void> {
    try {
      counts.value = await live().counts();
    } catch {
      // Numbers beside names: the next change asks again.
    }
  }

  /** After a reconnect: lists that were loaded are fetched anew, without flicker. */
  async function refetch(): Promise<void> {
    await Promise.all([loadCounts(), ...VIEWS.filter((view) => views[view].loaded).map(loadFirst)]);
  }

  function setTeam(id: Id | null): Promise<void> {
    teamId.value = id;
    views.team.list = EMPTY_LIST;
    views.team.loaded = false;
    return loadFirst('team');
  }

  function reset(): void {
    clearTimeout(countsTimer);
    countsTimer = undefined;
    known.clear();
    for (const view of VIEWS) Object.assign(views[view], fresh());
  }

  return {
    known,
    views,
    counts,
    teamId,
    conversation,
    rows,
    loadFirst,
    loadMore,
    take,
    hide,
    loadCounts,
    refetch,
    setTeam,
    reset,
  };
});
