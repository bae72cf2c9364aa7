// The lists of conversations: pages from the server, kept current by `inbox` frames.
// Invariant: lists ask by themselves only a few times in a row. A page that failed, or pages that
// brought hardly a row, stop them until a person asks or the list starts anew.

import { defineStore } from 'pinia';
import { computed, reactive, ref, shallowReactive, watch } from 'vue';
import type { AgentConversation, Id, ListOrder, View, ViewCounts } from '~/api/types';
import { live } from '~/lib/live';
import {
  applyChanges,
  applyPage,
  belongs,
  comparing,
  EMPTY_LIST,
  type ListState,
  type Marked,
  takeNewer,
} from '~/lib/lists';
import { useSession } from './session';

export const VIEWS: readonly View[] = ['queue', 'mine', 'team', 'all', 'resolved'];
const PAGE = 50;
/** Counts are asked for again at most this often while things change. */
const COUNTS_EVERY_MS = 2000;
/** So often the lists start anew at most, however often we are told to. */
const REFETCH_EVERY_MS = 1000;
/** A page with fewer rows than these is a poor one … */
const POOR_ROWS = 10;
/** … and after so many of them in a row the list waits to be asked. */
const POOR_PAGES = 3;

interface ViewState {
  list: ListState;
  loaded: boolean;
  loading: boolean;
  failed: unknown;
  /** There is more, but it comes only when somebody asks for it. */
  stalled: boolean;
  /** Poor pages in a row. */
  poor: number;
}

const fresh = (): ViewState => ({
  list: EMPTY_LIST,
  loaded: false,
  loading: false,
  failed: null,
  stalled: false,
  poor: 0,
});

export const useInbox = defineStore('inbox', () => {
  const session = useSession();
  const known = shallowReactive(new Map<Id, AgentConversation>());
  const views = reactive(Object.fromEntries(VIEWS.map((view) => [view, fresh()])) as Record<View, ViewState>);
  const counts = ref<ViewCounts>({ queue: 0, mine: 0, mine_unread: 0, team: 0, all: 0 });
  /** Before that the numbers are nothing to show. */
  const counted = ref(false);
  /** The team that the team view is narrowed to. */
  const teamId = ref<Id | null>(null);
  /** The mood that all lists are narrowed to. */
  const mood = ref<Marked | null>(null);
  /** The lists in which this agent wants the most upset visitors first; kept on the device. */
  const upsetFirst = ref<readonly View[]>([]);
  const orderKey = () => `octim.upsetFirst.${session.id}`;
  watch(
    () => session.id,
    () => (upsetFirst.value = VIEWS.filter((view) => localStorage.getItem(orderKey())?.split(' ').includes(view))),
    { immediate: true, flush: 'sync' },
  );
  let countsTimer: ReturnType<typeof setTimeout> | undefined;
  /** Answers of an older round must not overwrite a newer list. */
  const rounds = new Map<View, number>();

  const viewer = computed(() => ({ id: session.id, teamIds: session.me?.team_ids ?? [] }));
  const member = (view: View) => (c: AgentConversation) => belongs(view, c, viewer.value, teamId.value, mood.value);

  const order = (view: View): ListOrder =>
    view !== 'resolved' && upsetFirst.value.includes(view) ? 'upset' : 'time';
  const compare = (view: View) => comparing(view, order(view));

  const conversation = (id: Id | null | undefined) => (id ? known.get(id) : undefined);
  const rows = (view: View) => views[view].list.ids.map((id) => known.get(id)!).filter(Boolean);

  async function loadFirst(view: View): Promise<void> {
    const state = views[view];
    const round = (rounds.get(view) ?? 0) + 1;
    rounds.set(view, round);
    Object.assign(state, { loading: true, failed: null, stalled: false, poor: 0 });
    try {
      const page = await live().conversations(view, query(view));
      if (rounds.get(view) !== round) return;
      const news = takeNewer(known, page.conversations);
      spread(news);
      state.list = applyPage(
        state.list,
        compare(view),
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

  /** The next page. `asked`: by a person, not by the list itself. */
  async function loadMore(view: View, asked = false): Promise<void> {
    const state = views[view];
    const before = state.list.next;
    if (!before || state.loading || (state.stalled && !asked)) return;
    const round = rounds.get(view);
    const had = state.list.ids.length;
    Object.assign(state, { loading: true, failed: null, stalled: false });
    if (asked) state.poor = 0;
    try {
      const page = await live().conversations(view, { ...query(view), before });
      if (rounds.get(view) !== round) return;
      spread(takeNewer(known, page.conversations));
      state.list = applyPage(
        state.list,
        compare(view),
        page.conversations,
        page.next ?? null,
        known,
        member(view),
        false,
      );
      // A position that does not move on would be asked for without end.
      if (page.next === before) state.list = { ...state.list, next: null };
      state.poor = state.list.ids.length - had < POOR_ROWS ? state.poor + 1 : 0;
      state.stalled = state.list.next !== null && state.poor >= POOR_PAGES;
    } catch (error) {
      if (rounds.get(view) === round) Object.assign(state, { failed: error, stalled: true });
    } finally {
      if (rounds.get(view) === round) state.loading = false;
    }
  }

  const query = (view: View) => ({
    limit: PAGE,
    ...(view === 'team' && teamId.value ? { team_id: teamId.value } : {}),
    ...(order(view) === 'time' ? {} : { order: order(view) }),
    ...(mood.value ? { mood: mood.value } : {}),
  });

  /** New states of conversations go into every list that is loaded. */
  function spread(changed: readonly AgentConversation[]): void {
    if (changed.length === 0) return;
    for (const view of VIEWS) {
      const state = views[view];
      if (state.loaded) state.list = applyChanges(state.list, compare(view), changed, known, member(view));
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
      counted.value = true;
    } catch {
      // Numbers beside names: the next change asks again.
    }
  }

  let refetching: Promise<unknown> | null = null;
  let refetchTimer: ReturnType<typeof setTimeout> | undefined;
  let again = false;

  /** After a reconnect: lists that were loaded are fetched anew, without flicker. What is asked
   * for meanwhile, or right after, is done once. */
  async function refetch(): Promise<void> {
    if (refetching) {
      again = true;
      await refetching;
      return;
    }
    refetching = Promise.all([loadCounts(), ...VIEWS.filter((view) => views[view].loaded).map(loadFirst)]);
    refetchTimer = setTimeout(() => {
      refetching = null;
      if (again) void refetch();
      again = false;
    }, REFETCH_EVERY_MS);
    await refetching;
  }

  function setTeam(id: Id | null): Promise<void> {
    teamId.value = id;
    views.team.list = EMPTY_LIST;
    views.team.loaded = false;
    return loadFirst('team');
  }

  /** The list begins anew. */
  function setOrder(view: View, next: ListOrder): Promise<void> {
    const others = upsetFirst.value.filter((name) => name !== view);
    upsetFirst.value = next === 'upset' ? [...others, view] : others;
    localStorage.setItem(orderKey(), upsetFirst.value.join(' '));
    Object.assign(views[view], fresh());
    return loadFirst(view);
  }

  /** All lists begin anew; answers that are under way are of the lists before. */
  function setMood(kind: Marked | null): void {
    mood.value = kind;
    for (const view of VIEWS) {
      rounds.set(view, (rounds.get(view) ?? 0) + 1);
      Object.assign(views[view], fresh());
    }
  }

  function reset(): void {
    clearTimeout(countsTimer);
    clearTimeout(refetchTimer);
    countsTimer = undefined;
    refetching = null;
    again = false;
    counted.value = false;
    known.clear();
    for (const view of VIEWS) Object.assign(views[view], fresh());
  }

  return {
    known,
    views,
    counts,
    counted,
    teamId,
    mood,
    conversation,
    rows,
    loadFirst,
    loadMore,
    take,
    hide,
    loadCounts,
    refetch,
    setTeam,
    order,
    setOrder,
    setMood,
    reset,
  };
});
