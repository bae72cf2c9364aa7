-- How visitors feel.

-- angry, upset, urgent, positive or neutral; 1 slight to 3 strong; as of which message.
alter table conversations add column mood text;
alter table conversations add column mood_strength bigint;
alter table conversations add column mood_seq bigint;

-- Messages that show a mood: how much of each, and which words, by their positions. JSON.
create table message_moods (
    workspace_id bigint not null references workspaces (id),
    conversation_id bigint not null references conversations (id),
    seq bigint not null,
    mood text not null,
    primary key (conversation_id, seq)
);

-- What holds for the whole workspace. JSON.
alter table workspaces add column settings text not null default '{}';
