// The contract with the server under handy names: HTTP bodies and socket frames, all from
// schema.ts, which is generated from the server (docs/client-protocol.md explains them).
// Times are epoch milliseconds, ids decimal numbers in strings.

import type { components } from './schema.js';

type Schemas = components['schemas'];

export type Id = string;
export type Millis = number;
/** A message's place in its conversation: 1, 2, 3 … without gaps; 0 is before the first. */
export type Seq = number;
export type Locale = Schemas['Locale'];
export type Status = Schemas['Status'];
export type Side = Schemas['Side'];
export type Presence = Schemas['Presence'];
export type Role = Schemas['Role'];
export type MediaKind = Schemas['MediaKind'];

// Messages

export type FileView = Schemas['FileView'];
export type AnswerImageView = Schemas['AnswerImageView'];
export type LinkCardView = Schemas['LinkCardView'];
export type SenderView = Schemas['SenderView'];
export type NoticeView = Schemas['NoticeView'];
export type ContentView = Schemas['ContentView'];
export type MessageView = Schemas['MessageView'];
export type ArticleLinkView = Schemas['ArticleLinkView'];
export type ArticleView = Schemas['ArticleView'];
export type ChoiceView = Schemas['ChoiceView'];
export type ChoicesView = Schemas['ChoicesView'];
export type GivenBenefitView = Schemas['GivenBenefitView'];
export type NewContent = Schemas['NewContent'];
export type Receipt = Schemas['Receipt'];
export type MessagePage = Schemas['MessagePage'];
export type Positions = Schemas['Positions'];
export type Problem = Schemas['Problem'];

// Visitors

export type AgentName = Schemas['AgentName'];
export type VisitorConversation = Schemas['VisitorConversation'];
/** Everything may be left out. */
export type Hints = Partial<Schemas['Hints']>;
/** Everything may be left out. */
export type Page = Partial<Schemas['Page']>;
export type StartSession = Omit<Schemas['StartSession'], 'hints' | 'page'> & { hints?: Hints; page?: Page };
export type WindowSettings = Schemas['WindowSettings'];
export type VisitorSessionView = Schemas['VisitorSessionView'];
export type VisitorConversations = Schemas['VisitorConversations'];
export type VisitorSuggestion = Schemas['VisitorSuggestion'];
export type VisitorSuggestionList = Schemas['VisitorSuggestionList'];
export type Rate = Pick<Schemas['Rate'], 'stars'> & Partial<Schemas['Rate']>;
export type RatingView = Schemas['RatingView'];
export type VisitorConversationDetail = Schemas['VisitorConversationDetail'];

// Agents

export type AgentConversation = Schemas['AgentConversation'];
export type MoodKind = Schemas['MoodKind'];
export type View = 'queue' | 'mine' | 'team' | 'all' | 'resolved';
/** What comes first in a list. */
export type ListOrder = 'time' | 'upset';
export type ConversationPage = Schemas['ConversationPage'];
export type ViewCounts = Schemas['ViewCounts'];
export type ContactView = Schemas['ContactView'];
export type ConversationDetail = Schemas['ConversationDetail'];
export type EvidenceView = Schemas['EvidenceView'];
export type HandOffView = Schemas['HandOffView'];
export type HandOffReason = Schemas['HandOffReason'];
export type BotOptions = Schemas['BotOptions'];
export type Assign = Schemas['Assign'];
export type Colleague = Schemas['Colleague'];
export type Directory = Schemas['Directory'];

// Socket frames

export type ClientFrame = Schemas['ClientFrame'];

type AnyFrame = Schemas['ServerFrame_Agent'];
type Frame<T extends AnyFrame['type']> = Extract<AnyFrame, { type: T }>;
/** The conversation in a frame is the visitor's or the agent's view of it. */
type With<F, C> = F extends { conversation: unknown }
  ? Omit<F, 'conversation'> & { conversation: C }
  : F extends { conversations: unknown }
    ? Omit<F, 'conversations'> & { conversations: C[] }
    : F;

export type ServerFrame<C> = With<AnyFrame, C>;
export type Welcome = Frame<'welcome'>;
export type Stream<C> = With<Frame<'stream'>, C>;
export type Changed<C> = With<Frame<'changed'>, C>;
export type Typing = Frame<'typing'>;
/** Of a newer server the code may be one that is not listed. */
export type CommandFailed = Frame<'error'>;

/** What the log of a conversation needs to know of its state. */
export interface Versioned {
  id: Id;
  last_seq: Seq;
  version: number;
}
