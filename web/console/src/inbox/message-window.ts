// The part of a long conversation that is in the page: a run of messages around what is being
// read, moved along as one scrolls. Invariant: what is on the screen stays where it is, however
// messages come or go above it.

import { type AgentLog, have } from '@octim/client';
import { computed, nextTick, type Ref, ref } from 'vue';
import type { Seq } from '~/api/types';

/** Messages in the page: many screens, few enough to draw within a frame or two. */
export const SPAN = 240;
/** So many more at once. */
export const STEP = 80;
/** Nearer to an edge than this, more are put in: about two screens. */
const NEAR = 1200;

export interface WindowOptions {
  scroller: Readonly<Ref<HTMLElement | null>>;
  log: () => AgentLog;
  /** A page of older messages; afterwards `log()` holds it. */
  loadOlder: () => Promise<void>;
}

export function useMessageWindow({ scroller, log, loadOlder }: WindowOptions) {
  const oldest = () => log().messages[0]?.seq ?? 1;
  const newest = () => have(log());
  const lately = () => Math.max(oldest(), newest() - STEP + 1);

  /** The first message in the page. */
  const start = ref<Seq>(lately());
  /** The one after the last; null: all up to the newest, and those to come. */
  const end = ref<Seq | null>(null);
  let moving = false;

  const messages = computed(() => {
    const all = log().messages;
    // The log may have begun anew, with positions that this run knows nothing of.
    const from = start.value > newest() ? lately() : Math.max(oldest(), start.value);
    return all.slice(from - oldest(), isLive.value ? undefined : end.value! - oldest());
  });
  const isLive = computed(() => end.value === null || end.value <= oldest() || end.value > newest());
  const first = computed(() => messages.value[0]?.seq ?? oldest());
  /** There are older ones, here or on the server. */
  const more = computed(() => first.value > oldest() || log().hasMore);

  /** The first message that can be seen, and where it stands. */
  function anchor(): { seq: string; top: number } | null {
    const element = scroller.value;
    if (!element) return null;
    const edge = element.getBoundingClientRect().top;
    const lines = element.querySelectorAll<HTMLElement>('[data-seq]');
    let [low, high] = [0, lines.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (lines[middle]!.getBoundingClientRect().bottom <= edge) low = middle + 1;
      else high = middle;
    }
    const line = lines[low];
    return line ? { seq: line.dataset['seq']!, top: line.getBoundingClientRect().top } : null;
  }

  /** Measured right before and right after, in one frame: nothing can scroll in between. */
  async function inPlace(change: () => void): Promise<void> {
    const before = anchor();
    change();
    await nextTick();
    const line = before && scroller.value?.querySelector(`[data-seq="${before.seq}"]`);
    if (line) scroller.value!.scrollTop += line.getBoundingClientRect().top - before.top;
  }

  async function up(): Promise<void> {
    if (first.value <= oldest()) {
      if (!log().hasMore) return;
      await loadOlder();
    }
    await inPlace(() => {
      start.value = Math.max(oldest(), first.value - STEP);
      const most = start.value + SPAN;
      if (newest() >= most) end.value = isLive.value ? most : Math.min(end.value!, most);
    });
  }

  async function down(): Promise<void> {
    await inPlace(() => {
      const next = (end.value ?? newest()) + STEP;
      end.value = next > newest() ? null : next;
      start.value = Math.max(first.value, Math.min(next, newest() + 1) - SPAN);
    });
  }

  /** Called while one scrolls; one move at a time. */
  async function follow(): Promise<void> {
    const element = scroller.value;
    if (!element || moving) return;
    const above = element.scrollTop;
    const below = element.scrollHeight - above - element.clientHeight;
    const move = above < NEAR && more.value ? up : below < NEAR && !isLive.value ? down : null;
    if (!move) return;
    moving = true;
    try {
      await move();
    } finally {
      moving = false;
    }
  }

  /** The newest messages, whatever was in the page. */
  function latest(): void {
    end.value = null;
    start.value = lately();
  }

  /** So that news do not pile up in a page that is left open. */
  function settle(): void {
    if (isLive.value && newest() - first.value > SPAN + STEP) start.value = newest() - SPAN + 1;
    else start.value = first.value;
  }

  /** Loads back to a message and puts it into the middle of the run. */
  async function around(seq: Seq): Promise<void> {
    while (oldest() > seq && log().hasMore) await loadOlder();
    start.value = Math.max(oldest(), seq - STEP);
    end.value = start.value + SPAN > newest() ? null : start.value + SPAN;
    await nextTick();
  }

  return { messages, more, isLive, follow, latest, settle, around };
}
