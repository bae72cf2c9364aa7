-- Learning: what the bot could not answer, gathered into groups; questions that must go on
-- being answered; and how good the base was at each look.

-- Counts judgements, so that what was learnt from a turn can be brought up to date.
alter table bot_turns add column version bigint not null default 1;
alter table bot_turns add column learnt bigint not null default 0;
create index bot_turns_due on bot_turns (workspace_id, message_id) where version > learnt;
create index bot_turns_entry on bot_turns (workspace_id, entry_id, message_id) where entry_id is not null;

-- Questions that ask the same.
create table question_groups (
    id bigint primary key,
    workspace_id bigint not null references workspaces (id),
    -- Its most central question.
    name text not null,
    -- open, ignored, or taken (an entry answers it now).
    state text not null,
    entry_id bigint references entries (id),
    count bigint not null,
    -- Count of the last weeks by how unsure the base is: what an answer would bring.
    worth double precision not null,
    -- The entry that came nearest when it was last looked at, and with which probability.
    nearest_id bigint references entries (id),
    probability double precision not null,
    checked_at bigint not null,
    checked_revision bigint not null,
    -- Where its questions lie; see knowledge::clusters.
    centre bytea not null,
    first_at bigint not null,
    last_at bigint not null,
    changed_at bigint not null,
    changed_by bigint references agents (id)
);
create index question_groups_list on question_groups (workspace_id, state, worth, id);
create index question_groups_checked on question_groups (workspace_id, checked_at) where state = 'open';

create table missed_questions (
    id bigint primary key,
    workspace_id bigint not null references workspaces (id),
    conversation_id bigint not null references conversations (id),
    -- The visitor's message.
    seq bigint not null,
    -- Without what tells who asked.
    text text not null,
    -- missed, rejected, unhelpful, wrong or handed_off.
    reason text not null,
    group_id bigint references question_groups (id),
    vector bytea,
    -- What an agent answered after the hand-off, without what is personal.
    answer text,
    answer_by bigint references agents (id),
    awaits_answer boolean not null,
    asked_at bigint not null
);
create unique index missed_questions_once on missed_questions (conversation_id, seq, text);
create index missed_questions_new on missed_questions (workspace_id, id) where group_id is null;
create index missed_questions_group on missed_questions (group_id, asked_at);
create index missed_questions_waiting on missed_questions (workspace_id, id) where awaits_answer;

-- Questions with the entry that must answer them, or with none.
create table regression_questions (
    id bigint primary key,
    workspace_id bigint not null references workspaces (id),
    text text not null,
    entry_id bigint references entries (id),
    created_at bigint not null,
    created_by bigint references agents (id)
);
create unique index regression_questions_text on regression_questions (workspace_id, text);

-- How good the base was, from held-out phrasings and from the regression set.
create table model_runs (
    id bigint primary key,
    workspace_id bigint not null references workspaces (id),
    at bigint not null,
    -- The state of the base.
    revision bigint not null,
    precision_share double precision not null,
    answered_share double precision not null,
    regression_right bigint not null,
    regression_total bigint not null,
    -- Everything else that was measured: JSON.
    report text not null
);
create index model_runs_list on model_runs (workspace_id, id);

-- One node at a time learns.
create table learning_leases (
    workspace_id bigint primary key references workspaces (id),
    until bigint not null
);
