// The visitor's HTTP routes, one function each.

import type { Http } from './http.js';
import type { OutboxContent } from './outbox.js';
import type {
  ArticleView,
  FileView,
  Id,
  MessagePage,
  NewContent,
  Rate,
  RatingView,
  Receipt,
  Seq,
  VisitorConversation,
  VisitorConversationDetail,
  VisitorConversations,
  VisitorSuggestion,
  VisitorSuggestionList,
} from './types.js';

const BASE = '/api/visitor';
const PAGE = 50;

export class VisitorApi {
  constructor(private readonly http: Http) {}

  async conversations(): Promise<VisitorConversation[]> {
    return (await this.http.get<VisitorConversations>(`${BASE}/conversations`)).conversations;
  }
  conversation(id: Id): Promise<VisitorConversationDetail> {
    return this.http.get(`${BASE}/conversations/${id}`);
  }
  messages(id: Id, query: { before?: Seq; after?: Seq }): Promise<MessagePage> {
    return this.http.get(`${BASE}/conversations/${id}/messages`, { ...query, limit: PAGE });
  }
  send(item: { client_id: string; conversation_id: Id | null; content: NewContent }): Promise<Receipt> {
    const { client_id, conversation_id, content } = item;
    const body = conversation_id ? { client_id, conversation_id, content } : { client_id, content };
    return this.http.json('POST', `${BASE}/messages`, body);
  }
  upload(
    content: Extract<OutboxContent, { type: 'upload' }>,
    signal: AbortSignal,
    onProgress: (sent: number, total: number) => void,
  ): Promise<FileView> {
    const { body, name, media_type: mediaType } = content;
    return this.http.upload(`${BASE}/uploads`, body, { name, mediaType, signal, onProgress });
  }
  end(id: Id): Promise<VisitorConversation> {
    return this.http.json('POST', `${BASE}/conversations/${id}/end`);
  }
  rate(id: Id, rating: Rate): Promise<RatingView> {
    return this.http.json('PUT', `${BASE}/conversations/${id}/rating`, rating);
  }
  /** Whether a message of the bot helped; null takes that back. */
  rateAnswer(id: Id, seq: Seq, helpful: boolean | null): Promise<void> {
    return this.http.json('PUT', `${BASE}/conversations/${id}/messages/${seq}/feedback`, { helpful });
  }
  /** Entries for a question that is being typed. */
  async suggest(q: string): Promise<VisitorSuggestion[]> {
    return (await this.http.get<VisitorSuggestionList>(`${BASE}/suggestions`, { q })).suggestions;
  }
  article(id: Id): Promise<ArticleView> {
    return this.http.get(`${BASE}/articles/${id}`);
  }
  file(id: Id, thumbnail: boolean, signal?: AbortSignal): Promise<ArrayBuffer> {
    return this.http.bytes(`${BASE}/files/${id}${thumbnail ? '/thumbnail' : ''}`, signal);
  }
}

export function socketUrl(host: string, path: string): string {
  const base = host || globalThis.location.origin;
  return base.replace(/^http/, 'ws') + path;
}
