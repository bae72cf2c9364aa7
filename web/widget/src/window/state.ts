// What the window knows and shows, as plain data.

import type {
  ArticleLinkView,
  ConnectionState,
  Id,
  Locale,
  MessageView,
  Pending,
  RatingView,
  Typist,
  VisitorConversation,
  WindowSettings,
} from '@octim/client';

export type Dialog = { name: 'end' } | { name: 'rate'; id: Id } | { name: 'image'; fileId: Id; title: string };
/** `message`: the bot's words that quote the article. */
export type View =
  | { name: 'chat' }
  | { name: 'history' }
  | { name: 'past'; id: Id }
  | { name: 'article'; article: ArticleLinkView; message: MessageView | null };

export interface State {
  locale: Locale;
  settings: WindowSettings | null;
  connection: ConnectionState;
  /** An error code, when the server does not want us. */
  reason: string | null;
  /** Not connected for longer than a moment. */
  slow: boolean;
  /** Conversations shown below each other, oldest first. */
  thread: readonly Id[];
  pending: readonly Pending[];
  typists: readonly Typist[];
  view: View;
  dialog: Dialog | null;
  history: readonly VisitorConversation[] | 'loading' | 'failed';
  ratings: Readonly<Record<Id, RatingView | null>>;
  /** Whether messages of the bot helped, by `conversation:seq`. */
  feedback: Readonly<Record<string, boolean | null>>;
  sound: boolean;
  /** In a frame: whether the site shows it. The hosted page is always open. */
  open: boolean;
  focused: boolean;
  preview: MessageView | null;
  unread: number;
  /** Counts people: a reset begins with an empty field. */
  generation: number;
}
