// Requests of the knowledge base, and what an empty entry is.

import { http } from '~/api/http';
import type {
  Audience,
  BulkDone,
  BulkStep,
  ChangeCheck,
  ContraryEntries,
  EntryBody,
  EntryDetail,
  EntryPage,
  EntryPair,
  EntryPairs,
  EntryRates,
  EntryRatesList,
  EntryStatus,
  EntryVersions,
  Id,
  ImportReport,
  KnowledgeSummary,
  NewSource,
  PhrasingSuggestions,
  SetSource,
  SimilarEntries,
  SourceList,
  SourceReport,
  SourceView,
} from '~/api/types';

export interface Filters {
  status: EntryStatus | null;
  category: string | null;
  tag: string | null;
  articles: boolean | null;
  audience: Audience | null;
  owner: Id | 'none' | null;
  q: string;
  state: 'expired' | 'stale' | null;
}

export const noFilters = (): Filters => ({
  status: null,
  category: null,
  tag: null,
  articles: null,
  audience: null,
  owner: null,
  q: '',
  state: null,
});

/** What becomes of many entries at once; what is left out stays. */
export interface BulkChange {
  category?: string;
  audience?: Audience;
  add_tags?: string[];
  remove_tags?: string[];
  owner?: { id: Id | null };
  validity?: { from: number | null; until: number | null };
  step?: BulkStep;
}

export type Step = BulkStep | 'withdraw';

const ENTRIES = '/api/knowledge/entries';
const SOURCES = '/api/knowledge/sources';

export const emptyBody = (): EntryBody => ({
  category: '',
  question: '',
  phrasings: [],
  answer: '',
  images: [],
  cards: [],
  audience: 'everybody',
  answers: [],
  sections: [],
  tags: [],
  follow_ups: [],
  valid_from: null,
  valid_until: null,
});

export const knowledge = {
  summary: () => http.get<KnowledgeSummary>('/api/knowledge'),
  list: (filters: Filters, before: string | null) =>
    http.get<EntryPage>(ENTRIES, { ...filters, articles: filters.articles?.toString(), before }),
  find: (id: Id) => http.get<EntryDetail>(`${ENTRIES}/${id}`),
  add: (content: EntryBody, owner_id: Id | null) =>
    http.json<EntryDetail>('POST', ENTRIES, { content, owner_id }),
  save: (id: Id, version: number, content: EntryBody, owner_id: Id | null) =>
    http.json<EntryDetail>('PUT', `${ENTRIES}/${id}`, { version, content, owner_id }),
  step: (id: Id, version: number, step: Step, confirm = false) =>
    http.json<EntryDetail>('POST', `${ENTRIES}/${id}/${step}`, { version, confirm }),
  /** What publishing or archiving would do to the regression set. */
  check: (ids: Id[], archive: boolean) =>
    http.json<ChangeCheck>('POST', '/api/knowledge/check', { ids, archive }),
  suggestions: (id: Id) => http.get<PhrasingSuggestions>(`${ENTRIES}/${id}/suggestions`),
  versions: (id: Id) => http.get<EntryVersions>(`${ENTRIES}/${id}/versions`),
  rollBack: (id: Id, version: number, to: number) =>
    http.json<EntryDetail>('POST', `${ENTRIES}/${id}/rollback`, { version, to }),
  /** How the bot fared with them; none has answered nothing. */
  rates: async (ids: Id[]) => {
    const { rates } = await http.get<EntryRatesList>('/api/knowledge/rates', { ids: ids.join(',') });
    return new Map<Id, EntryRates>(rates.map((one) => [one.id, one]));
  },
  similar: (q: string, except: Id | null) =>
    http.get<SimilarEntries>('/api/knowledge/similar', { q, except }),
  pairs: () => http.get<EntryPairs>('/api/knowledge/pairs'),
  dismissPair: ({ left, right }: EntryPair) =>
    http.json<void>('POST', `${ENTRIES}/${left.id}/dismiss`, {
      version: left.version,
      other_id: right.id,
      other_version: right.version,
    }),
  /** Published entries that say something else than what is being written. */
  contraries: (questions: string[], answer: string, except: Id | null) =>
    http.json<ContraryEntries>('POST', '/api/knowledge/contraries', { questions, answer, except }),
  bulk: (ids: Id[], change: BulkChange, confirm: boolean) =>
    http.json<BulkDone>('POST', '/api/knowledge/bulk', { ...change, ids, confirm }),
  sources: () => http.get<SourceList>(SOURCES),
  addSource: (source: NewSource) => http.json<SourceView>('POST', SOURCES, source),
  source: (id: Id) => http.get<SourceReport>(`${SOURCES}/${id}`),
  setSource: (id: Id, set: SetSource) => http.json<SourceView>('PUT', `${SOURCES}/${id}`, set),
  removeSource: (id: Id) => http.json<void>('DELETE', `${SOURCES}/${id}`),
  readSource: (id: Id) => http.json<SourceView>('POST', `${SOURCES}/${id}/read`, {}),
  takeSource: (id: Id, publish: boolean, archive_gone: boolean) =>
    http.json<SourceReport>('POST', `${SOURCES}/${id}/take`, { publish, archive_gone }),
  /** Without `apply` only shows what would happen. */
  import: (file: File, articles: boolean, apply: boolean, publish: boolean, confirm = false) =>
    http.upload<ImportReport>(
      `/api/knowledge/import?articles=${articles}&apply=${apply}&publish=${publish}&confirm=${confirm}&zone=${-new Date().getTimezoneOffset()}`,
      file,
      { name: file.name, mediaType: 'application/octet-stream' },
    ),
  export: (format: 'csv' | 'jsonl') => http.bytes(`/api/knowledge/export?format=${format}`),
};

/** Saves bytes as a file of this computer. */
export function saveFile(name: string, bytes: BlobPart, type: string): void {
  const url = URL.createObjectURL(new Blob([bytes], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
