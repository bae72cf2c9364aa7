-- What the bot said and why. One row for each message of the bot, and for each notice that
-- it gave a conversation to people.

create table bot_turns (
    message_id bigint primary key references messages (id),
    workspace_id bigint not null references workspaces (id),
    conversation_id bigint not null references conversations (id),
    seq bigint not null,
    -- answered, clarified, missed, small_talk or handed_off.
    outcome text not null,
    -- The entry that it answered with.
    entry_id bigint,
    -- Question, candidates with their scores, band, thresholds, version of the index: JSON.
    evidence text not null,
    -- What an agent and the visitor thought of it.
    verdict boolean,
    verdict_by bigint references agents (id),
    helpful boolean,
    created_at bigint not null
);
create unique index bot_turns_seq on bot_turns (conversation_id, seq);
create index bot_turns_time on bot_turns (workspace_id, created_at);
