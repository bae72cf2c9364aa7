// Bodies that only staff sends and gets: accounts, administration, search, knowledge; from the
// schema that is generated from the server. The conversation types come from @octim/client.

import type { components } from '@octim/client/schema';

export type * from '@octim/client';

type Schemas = components['schemas'];

export type Theme = Schemas['Theme'];

// Account

export type Me = Schemas['Me'];
export type SessionList = Schemas['SessionList'];
export type SessionView = Schemas['SessionView'];
export type TotpStart = Schemas['TotpStart'];

// Administration

export type AgentList = Schemas['AgentList'];
export type AgentView = Schemas['AgentView'];
export type NewAgent = Schemas['NewAgent'];
/** Everything may be left out. */
export type EditAgent = Partial<Schemas['EditAgent']>;
export type TeamList = Schemas['TeamList'];
export type TeamView = Schemas['TeamView'];
export type SecretView = Schemas['SecretView'];
export type ChannelList = Schemas['ChannelList'];
export type ChannelView = Schemas['ChannelView'];
export type SaveChannel = Schemas['SaveChannel'];
export type CreatedSecret = Schemas['CreatedSecret'];
export type Setup = Schemas['Setup'];
export type SetupDone = Schemas['SetupDone'];

export type WorkspaceOptions = Schemas['WorkspaceOptions'];
export type HelpRule = Schemas['HelpRule'];

export type AssignmentView = Schemas['AssignmentView'];

// Benefits

export type BenefitView = Schemas['BenefitView'];
export type BenefitList = Schemas['BenefitList'];
export type SaveBenefit = Schemas['SaveBenefit'];
export type AddedCodes = Schemas['AddedCodes'];
export type GrantView = Schemas['GrantView'];
export type GrantPage = Schemas['GrantPage'];
export type ConversationGrants = Schemas['ConversationGrants'];

// Hand-off rules

export type BotOptions = Schemas['BotOptions'];
export type Rule = Schemas['Rule'];
export type Condition = Schemas['Condition'];
export type Step = Schemas['Step'];
export type Phrase = Schemas['Phrase'];
export type WeeklyHours = Schemas['WeeklyHours'];
export type Held = Schemas['Held'];
export type TriedBot = Schemas['TriedBot'];

// How visitors feel

export type MoodView = Schemas['MoodView'];
export type MoodPoint = Schemas['MoodPoint'];
export type MoodTrend = Schemas['MoodTrend'];

// Language models

export type LlmTask = Schemas['LlmTask'];
export type EncoderView = Schemas['EncoderView'];
export type LlmEndpointView = Schemas['LlmEndpointView'];
export type LlmEndpointList = Schemas['LlmEndpointList'];
export type SaveLlmEndpoint = Schemas['SaveLlmEndpoint'];
export type LlmOptions = Schemas['LlmOptions'];
export type LlmTaskChoice = Schemas['LlmTaskChoice'];
export type LlmTrial = Schemas['LlmTrial'];
export type LlmUsageView = Schemas['LlmUsageView'];
export type LlmPartView = Schemas['LlmPartView'];
export type CopilotTasks = Schemas['CopilotTasks'];
export type CopilotText = Schemas['CopilotText'];
export type CopilotEvent = Schemas['CopilotEvent'];
export type CopilotLabels = Schemas['CopilotLabels'];

// Connectors

export type ConnectorList = Schemas['ConnectorList'];
export type ConnectorView = Schemas['ConnectorView'];
export type ConnectorInput = Schemas['ConnectorInput'];
export type ConnectorAuth = Schemas['ConnectorAuth'];
export type ConnectorHeader = Schemas['ConnectorHeader'];
export type ConnectorParameter = Schemas['ConnectorParameter'];
export type ParameterKind = Schemas['ParameterKind'];
export type ConnectorField = Schemas['ConnectorField'];
export type FieldKind = Schemas['FieldKind'];
export type ConnectorTrial = Schemas['ConnectorTrial'];
export type ConnectorLookups = Schemas['ConnectorLookups'];
export type LookupView = Schemas['LookupView'];
export type LookupOutcome = Schemas['LookupOutcome'];
export type LookupCell = Schemas['LookupCell'];
export type LookupResult = Schemas['LookupResult'];
export type OfferedConnector = Schemas['OfferedConnector'];
export type ConversationConnectors = Schemas['ConversationConnectors'];

// Search and knowledge

export type SearchHit = Schemas['SearchHit'];
export type SearchPage = Schemas['SearchPage'];
export type EntryList = Schemas['EntryList'];
export type ArticleLinkView = Schemas['ArticleLinkView'];
export type EntryView = Schemas['EntryView'];
export type AnswerImage = Schemas['AnswerImageView'];
export type LinkCard = Schemas['LinkCardView'];
/** What is shown below the words of an answer. */
export type Shown = Pick<EntryView, 'images' | 'cards'>;
export type Audience = Schemas['Audience'];
/** An image between the lines of an article's section. */
export type SectionImage = Schemas['SectionImageView'];
export type Variant = Schemas['VariantBody'];
export type EntryStatus = Schemas['EntryStatus'];
export type EntryDetail = Schemas['EntryDetail'];
export type EntryPage = Schemas['EntryPage'];
export type EntryPair = Schemas['EntryPair'];
export type EntryPairs = Schemas['EntryPairs'];
export type ContraryEntry = Schemas['ContraryEntry'];
export type ContraryEntries = Schemas['ContraryEntries'];
export type EntryRates = Schemas['EntryRatesView'];
export type EntryRatesList = Schemas['EntryRatesList'];
export type RelatedEntries = Schemas['RelatedEntries'];
export type RelatedEntry = Schemas['RelatedEntry'];
export type FollowUp = Schemas['FollowUp'];
export type EntryBody = Required<Schemas['EntryBody']>;
export type EntryVersionView = Schemas['EntryVersionView'];
export type EntryVersions = Schemas['EntryVersions'];
export type KnowledgeSummary = Schemas['KnowledgeSummary'];
export type SimilarEntry = Schemas['SimilarEntry'];
export type SimilarEntries = Schemas['SimilarEntries'];
export type BulkStep = Schemas['BulkStep'];
export type BulkDone = Schemas['BulkDone'];
export type SuggestionList = Schemas['SuggestionList'];
export type SuggestionView = Schemas['SuggestionView'];
export type ImportReport = Schemas['ImportReport'];
export type NewSource = Schemas['NewSource'];
export type SetSource = Schemas['SetSource'];
export type SourceList = Schemas['SourceList'];
export type SourceReport = Schemas['SourceReport'];
export type SourceView = Schemas['SourceView'];
export type ImportRow = Schemas['ImportRow'];

// The language engine

export type LanguageAnalysis = Schemas['LanguageAnalysis'];
export type LanguageSentence = Schemas['LanguageSentence'];

// Learning

export type GroupState = Schemas['GroupState'];
export type GroupView = Schemas['GroupView'];
export type GroupList = Schemas['GroupList'];
export type GroupDetailView = Schemas['GroupDetailView'];
export type LearningTrend = Schemas['LearningTrend'];
export type BotWeek = Schemas['BotWeek'];
export type PhrasingSuggestions = Schemas['PhrasingSuggestions'];
export type PhrasingSuggestion = Schemas['PhrasingSuggestion'];
export type Evaluation = Schemas['Evaluation'];
export type EvaluationReport = Schemas['EvaluationReport'];
export type RegressionList = Schemas['RegressionList'];
export type RegressionView = Schemas['RegressionView'];
export type ChangeCheck = Schemas['ChangeCheck'];

/** Permissions that the console asks about, as the server codes them. */
export const Permission = {
  reply: 'inbox.conversation.reply',
  accept: 'inbox.conversation.accept',
  assign: 'inbox.conversation.assign',
  resolve: 'inbox.conversation.resolve',
  viewAll: 'inbox.conversation.view_all',
  editContacts: 'inbox.contact.edit',
  grantBenefits: 'care.grant.give',
  approveGrants: 'care.grant.approve',
  manageAgents: 'team.agent.manage',
  manageTeams: 'team.team.manage',
  viewChannels: 'admin.channel.view',
  manageChannels: 'admin.channel.manage',
  manageWorkspace: 'admin.workspace.manage',
  viewKnowledge: 'knowledge.entry.view',
  editKnowledge: 'knowledge.entry.edit',
  publishKnowledge: 'knowledge.entry.publish',
} as const;

export type PermissionCode = (typeof Permission)[keyof typeof Permission];
