// A text that a language model writes for the agent: shown while it grows, broken off at any time, and
// kept only when it is whole.

import { ApiError, CancelledError, NetworkError } from '@octim/client';
import { computed, ref, shallowRef } from 'vue';
import { http, sentenceOf } from '~/api/http';
import type { CopilotEvent } from '~/api/types';
import { translate } from '~/lib/i18n';

/** No task of a model may take longer than 30 seconds. */
const PATIENCE_MS = 40_000;

export function useWriting() {
  /** What there is of it so far. */
  const growing = ref('');
  /** All of it; empty until then. */
  const text = ref('');
  const failed = ref('');
  const asking = shallowRef<AbortController | null>(null);
  const busy = computed(() => asking.value !== null);

  /** Ends what is being written, and forgets it. */
  function cancel() {
    asking.value?.abort();
    asking.value = null;
    growing.value = '';
  }

  /** Also forgets what was written. */
  function discard() {
    cancel();
    text.value = '';
    failed.value = '';
  }

  /** `text` keeps what was written before until all of this is there. */
  async function write(path: string, body: object) {
    cancel();
    failed.value = '';
    const mine = new AbortController();
    asking.value = mine;
    // What was broken off says nothing any more, nor does it end what came after it.
    const current = () => asking.value === mine;
    let end: CopilotEvent | undefined;
    const onEvent = (event: CopilotEvent) => {
      if (event.type !== 'more') end = event;
      else if (current()) growing.value += event.text;
    };
    try {
      await http.events('POST', path, body, { onEvent, timeoutMs: PATIENCE_MS, signal: mine.signal });
      const whole = wholeOf(end);
      if (current()) text.value = whole;
    } catch (error) {
      if (current() && !(error instanceof CancelledError)) failed.value = sentenceOfBreak(error, growing.value);
    } finally {
      if (current()) cancel();
    }
  }

  return { growing, text, failed, busy, write, cancel, discard };
}

/** A connection that ends before the text does is a failure too. */
function wholeOf(end: CopilotEvent | undefined): string {
  if (end?.type === 'done') return end.text;
  throw end?.type === 'failed' ? new ApiError(end.code, 502) : new NetworkError();
}

/** Whoever saw some of the text is told that it is gone. */
function sentenceOfBreak(error: unknown, seen: string): string {
  const sentence = sentenceOf(error);
  return seen === '' ? sentence : translate('copilot.brokeOff', { sentence });
}
