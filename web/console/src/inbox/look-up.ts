// A look-up beside a conversation: what is offered, what was filled in, and what came back.

import { ApiError } from '@octim/client';
import { computed, ref, type Ref, shallowRef, watch } from 'vue';
import { http, sentenceOf } from '~/api/http';
import type { ConversationConnectors, Id, LookupResult, OfferedConnector } from '~/api/types';
import { translate } from '~/lib/i18n';
import { useChats } from '~/stores/chats';

const PAUSE_MS = 400;

export function useLookUp(id: Ref<Id>) {
  const chats = useChats();
  const offered = shallowRef<OfferedConnector[]>([]);
  const choice = ref<Id | null>(null);
  const chosen = computed(() => offered.value.find((one) => one.id === choice.value) ?? offered.value[0] ?? null);
  /** What somebody typed; what is suggested shows through until then. */
  const typed = ref<Record<string, string>>({});
  const values = computed(() => ({ ...chosen.value?.suggested, ...typed.value }));
  const wrong = ref<Record<string, string>>({});
  const failed = ref('');
  const result = shallowRef<LookupResult | null>(null);
  const busy = ref(false);
  let turn = 0;

  function forget() {
    turn += 1;
    busy.value = false;
    failed.value = '';
    wrong.value = {};
    result.value = null;
  }

  async function load(of: Id) {
    try {
      const { items } = await http.get<ConversationConnectors>(`/api/conversations/${of}/connectors`);
      if (of === id.value) offered.value = items;
    } catch {
      // Beside the conversation: whoever may not ask, or cannot now, sees nothing of it.
      if (of === id.value) offered.value = [];
    }
  }

  /** The visitor's newest message: there may be an order number in it. */
  const newest = computed(
    () => chats.logs.get(id.value)?.messages.findLast((one) => one.sender.kind === 'visitor')?.seq ?? 0,
  );
  watch(
    [id, newest],
    ([of], [before], onCleanup) => {
      if (of !== before) {
        forget();
        offered.value = [];
        typed.value = {};
      }
      const timer = setTimeout(() => void load(of), PAUSE_MS);
      onCleanup(() => clearTimeout(timer));
    },
    { immediate: true },
  );

  function choose(next: Id) {
    forget();
    choice.value = next;
    typed.value = {};
  }

  function set(name: string, value: string) {
    typed.value = { ...typed.value, [name]: value };
  }

  async function run() {
    const connector = chosen.value;
    if (!connector?.available || busy.value) return;
    const given = connector.parameters
      .map(({ name }) => [name, values.value[name]?.trim() ?? ''] as const)
      .filter(([, value]) => value !== '');
    const missing = connector.parameters.filter((one) => one.required && !given.some(([name]) => name === one.name));
    forget();
    wrong.value = Object.fromEntries(missing.map((one) => [one.name, translate('lookUp.needed')]));
    if (missing.length > 0) return;
    const mine = turn;
    busy.value = true;
    try {
      const found = await http.json<LookupResult>('POST', `/api/conversations/${id.value}/lookups`, {
        connector_id: connector.id,
        values: Object.fromEntries(given),
      });
      if (mine === turn) result.value = found;
    } catch (error) {
      if (mine !== turn) return;
      const field = error instanceof ApiError ? error.field : null;
      if (field && connector.parameters.some((one) => one.name === field)) {
        wrong.value = { [field]: translate('lookUp.wrongValue') };
      } else failed.value = explained(error);
    } finally {
      if (mine === turn) busy.value = false;
    }
  }

  return { offered, chosen, values, wrong, failed, result, busy, choose, set, run };
}

const REASONS = new Set(['timeout', 'unreachable', 'refused', 'status', 'not_json', 'too_large', 'resting', 'unexpected']);

/** Why it failed, for somebody who asked a customer's question and not a server's. */
export function explained(error: unknown): string {
  const reason = error instanceof ApiError ? error.reason : null;
  return reason && REASONS.has(reason) ? translate(`lookUp.failed.${reason}`) : sentenceOf(error);
}
