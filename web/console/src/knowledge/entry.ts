// The state of the entry page: what is stored, what is being written, and what may be done.

import { ApiError } from '@octim/client';
import { computed, onMounted, ref, shallowRef } from 'vue';
import { useI18n } from 'vue-i18n';
import { isCode } from '~/api/http';
import { type EntryBody, type EntryDetail, type Id, type KnowledgeSummary, Permission } from '~/api/types';
import { confirm } from '~/lib/confirm';
import { toast, toastError } from '~/lib/toast';
import { useDirectory } from '~/stores/directory';
import { useSession } from '~/stores/session';
import { emptyBody, knowledge, type Step } from './api';
import { isArticle, saysSomething } from './sections';
import { goesOn, isStopped } from './worse';

/** `begin`: what a new entry begins with. */
export function useEntry(first: Id | null, added: (id: Id) => unknown, begin: Partial<EntryBody> = {}) {
  const { t } = useI18n();
  const session = useSession();
  const directory = useDirectory();
  const entry = shallowRef<EntryDetail | null>(null);
  const body = ref<EntryBody | null>(null);
  const owner = ref<Id | null>(null);
  const summary = shallowRef<KnowledgeSummary | null>(null);
  const errors = ref<Record<string, string | undefined>>({});
  const failed = shallowRef<unknown>(null);
  const busy = ref<Step | 'save' | null>(null);
  /** A newer version that somebody else saved. */
  const conflict = shallowRef<{ entry: EntryDetail; name: string; then: Step | null } | null>(null);
  /** What the server has, as text. */
  const stored = ref('');

  /** As it would be sent. */
  const written = (): EntryBody => ({
    ...body.value!,
    phrasings: body.value!.phrasings.map((text) => text.trim()).filter(Boolean),
  });
  const dirty = computed(
    () => body.value !== null && JSON.stringify([written(), owner.value]) !== stored.value,
  );

  function show(next: EntryDetail | null) {
    entry.value = next;
    body.value = next ? { ...emptyBody(), ...structuredClone(next.content) } : emptyBody();
    owner.value = next ? (next.owner_id ?? null) : session.id;
    stored.value = JSON.stringify([written(), owner.value]);
    errors.value = {};
    conflict.value = null;
  }

  async function open(id: Id | null) {
    failed.value = null;
    body.value = null;
    entry.value = null;
    try {
      show(id === null ? null : await knowledge.find(id));
      if (id === null) body.value = { ...body.value!, ...begin };
    } catch (error) {
      failed.value = error;
    }
  }

  onMounted(async () => {
    void open(first);
    if (!directory.loaded) void directory.load().catch(() => {});
    // Only suggestions come from it.
    summary.value = await knowledge.summary().catch(() => null);
  });

  async function met(error: unknown, then: Step | null) {
    if (isCode(error, 'entry_changed') && entry.value) {
      const theirs = await knowledge.find(entry.value.id);
      const name = theirs.updated_by ? (directory.agents.get(theirs.updated_by)?.name ?? '') : '';
      conflict.value = { entry: theirs, name: name || t('kb.history.somebody'), then };
    } else if (error instanceof ApiError && error.field) {
      const field = error.field.replace(/^content\./, '').split('[')[0]!;
      errors.value = { [field]: t(`kb.wrong.${field in WRONG ? field : 'other'}`) };
      if (!(field in WRONG)) toastError(error);
    } else toastError(error);
  }

  /** True when everything that was written is stored. */
  async function save(quiet = false): Promise<boolean> {
    if (!body.value || busy.value === 'save') return false;
    if (body.value.question.trim() === '') {
      errors.value = { question: t('kb.wrong.question') };
      document.getElementById('entry-question')?.focus();
      return false;
    }
    if (isArticle(body.value) && !body.value.sections.some(saysSomething)) {
      errors.value = { sections: t('kb.wrong.sections') };
      return false;
    }
    if (!dirty.value && entry.value) return true;
    errors.value = {};
    busy.value = 'save';
    try {
      const before = entry.value;
      const next = before
        ? await knowledge.save(before.id, before.version, written(), owner.value)
        : await knowledge.add(written(), owner.value);
      show(next);
      if (!before) added(next.id);
      if (!quiet) toast(t('common.saved'));
      return true;
    } catch (error) {
      await met(error, null).catch(toastError);
      return false;
    } finally {
      busy.value = null;
    }
  }

  /** Saves first what was written. */
  async function step(name: Step) {
    if (busy.value) return;
    if ((name === 'submit' || name === 'publish') && body.value && !answers(body.value)) {
      const field = isArticle(body.value) ? 'sections' : 'answer';
      errors.value = { [field]: t(`kb.wrong.${field}`) };
      document.getElementById('entry-answer')?.focus();
      return;
    }
    if (name === 'archive') {
      const yes = await confirm({
        title: t('kb.archiveTitle'),
        text: t('kb.archiveText'),
        action: t('kb.step.archive'),
        danger: true,
      });
      if (!yes) return;
    } else if (name !== 'restore' && !(await save(true))) return;
    const now = entry.value;
    if (!now) return;
    busy.value = name;
    try {
      show(await goesOn([now.id], name, (sure) => knowledge.step(now.id, now.version, name, sure)));
      toast(t(`kb.did.${name}`));
    } catch (error) {
      if (!isStopped(error)) await met(error, name).catch(toastError);
    } finally {
      busy.value = null;
    }
  }

  function takeTheirs() {
    if (conflict.value) show(conflict.value.entry);
  }

  async function keepMine() {
    if (!conflict.value) return;
    // What was written stays in the fields; it becomes the version after theirs.
    entry.value = conflict.value.entry;
    stored.value = '';
    conflict.value = null;
    await save();
  }

  const mayPublish = computed(() => session.can(Permission.publishKnowledge));
  /** What may be done next: the likeliest as the main button. */
  const steps = computed<{ main: Step | null; quiet: Step[] }>(() => {
    const status = entry.value?.status;
    if (status === 'archived') return { main: mayPublish.value ? 'restore' : null, quiet: [] };
    const quiet: Step[] = entry.value && mayPublish.value ? ['archive'] : [];
    if (mayPublish.value) {
      const done = status === 'published' && !dirty.value;
      return { main: done ? null : 'publish', quiet };
    }
    if (status === 'review' && !dirty.value) return { main: null, quiet: ['withdraw'] };
    return { main: status === 'published' && !dirty.value ? null : 'submit', quiet };
  });

  return {
    entry, body, owner, summary, errors, failed, busy, dirty, conflict, steps,
    show, open, save, step, takeTheirs, keepMine,
  };
}

/** Whether there is anything to answer with. */
function answers(body: EntryBody): boolean {
  return body.answer.trim() !== '' || body.sections.some((section) => section.text.trim() !== '');
}

/** Fields with a sentence of their own, under `kb.wrong`. */
const WRONG = {
  question: 1, phrasings: 1, answer: 1, answers: 1, images: 1, cards: 1, sections: 1, category: 1, tags: 1, follow_ups: 1, valid_until: 1, owner_id: 1,
};
