// What the reference shows at the moment: sections with entries, narrowed by the filter.

import { computed, type ComputedRef, type Ref } from 'vue';
import { useI18n } from 'vue-i18n';
import { matches } from '~/lib/match';
import { type ApiDocument, type Frame, framesOf, groupsOf, type Operation } from './openapi';
import { summaryIn } from './texts';

export type Entry =
  | { kind: 'operation'; id: string; title: string; operation: Operation }
  | { kind: 'frame'; id: string; title: string; frame: Frame };

export interface Section {
  id: string;
  title: string;
  /** The component that a section of frames comes from. */
  component?: string;
  entries: Entry[];
}

export function useContents(
  api: Ref<ApiDocument | null>,
  query: Ref<string>,
): { all: ComputedRef<Section[]>; shown: ComputedRef<Section[]> } {
  const { t, te, locale } = useI18n();

  const all = computed<Section[]>(() => {
    if (!api.value) return [];
    const groups = groupsOf(api.value).map(({ name, operations }) => ({
      id: `group-${name}`,
      title: te(`docs.group.${name}`) ? t(`docs.group.${name}`) : name,
      entries: operations.map((operation): Entry => {
        const title = summaryIn(locale.value, operation.summary);
        return { kind: 'operation', id: operation.id, title, operation };
      }),
    }));
    const frames = framesOf(api.value.components.schemas).map((group) => ({
      id: `frames-${group.name}`,
      title: group.from === 'client' ? t('docs.fromClient') : t('docs.fromServer'),
      component: group.name,
      entries: group.frames.map((frame): Entry => ({ kind: 'frame', id: frame.id, title: frame.type, frame })),
    }));
    return [...groups, ...frames];
  });

  const shown = computed(() => {
    if (query.value.trim() === '') return all.value;
    return all.value
      .map((section) => ({
        ...section,
        entries: section.entries.filter((entry) => matches(textOf(entry, section), query.value.trim())),
      }))
      .filter((section) => section.entries.length);
  });

  return { all, shown };
}

function textOf(entry: Entry, section: Section): string {
  if (entry.kind === 'frame') return `${section.title} ${section.component} ${entry.frame.type}`;
  const { method, path, summary, permission } = entry.operation;
  return [section.title, entry.title, method, path, summary, permission].join(' ');
}
