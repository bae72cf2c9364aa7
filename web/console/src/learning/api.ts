// Requests of learning and evaluation.

import { http } from '~/api/http';
import type {
  EntryBody,
  EntryDetail,
  Evaluation,
  GroupDetailView,
  GroupList,
  GroupState,
  Id,
  LearningTrend,
  RegressionList,
} from '~/api/types';

const GROUPS = '/api/learning/groups';

export const learning = {
  trend: () => http.get<LearningTrend>('/api/learning/trend'),
  groups: (state: GroupState, before: string | null) => http.get<GroupList>(GROUPS, { state, before }),
  group: (id: Id) => http.get<GroupDetailView>(`${GROUPS}/${id}`),
  toEntry: (id: Id, content: Partial<EntryBody>) =>
    http.json<EntryDetail>('POST', `${GROUPS}/${id}/entry`, { content }),
  toPhrasings: (id: Id, entry_id: Id, phrasings: string[], publish: boolean, confirm: boolean) =>
    http.json<EntryDetail>('POST', `${GROUPS}/${id}/phrasings`, { entry_id, phrasings, publish, confirm }),
  ignore: (id: Id) => http.json<void>('POST', `${GROUPS}/${id}/ignore`, {}),
  reopen: (id: Id) => http.json<void>('POST', `${GROUPS}/${id}/reopen`, {}),
  evaluation: () => http.get<Evaluation>('/api/knowledge/evaluation'),
  measure: () => http.json<Evaluation>('POST', '/api/knowledge/evaluation', {}),
  regression: () => http.get<RegressionList>('/api/knowledge/regression'),
  keep: (text: string, entry_id: Id | null) =>
    http.json<{ id: Id }>('POST', '/api/knowledge/regression', { text, entry_id }),
  drop: (id: Id) => http.json<void>('DELETE', `/api/knowledge/regression/${id}`),
};

export const percent = (share: number): string => `${Math.round(share * 100)}%`;
export const exact = (share: number): string => `${(share * 100).toFixed(1)}%`;
