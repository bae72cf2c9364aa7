-- What goes with answers: follow-ups, pairs of entries that were looked at, what the bot offered.

-- Questions that are offered after an answer: JSON.
alter table entry_versions add column follow_ups text not null default '[]';

-- Pairs of entries that somebody looked at and left as they are, with the versions that were looked at.
create table dismissed_pairs (
    workspace_id bigint not null references workspaces (id),
    left_id bigint not null references entries (id),
    left_version bigint not null,
    right_id bigint not null references entries (id),
    right_version bigint not null,
    dismissed_at bigint not null,
    dismissed_by bigint references agents (id),
    primary key (left_id, left_version, right_id, right_version)
);
create index dismissed_pairs_workspace on dismissed_pairs (workspace_id);

-- Which entries a message of the bot offered to choose from.
create table offered_entries (
    message_id bigint not null references messages (id),
    entry_id bigint not null,
    workspace_id bigint not null references workspaces (id),
    conversation_id bigint not null references conversations (id),
    seq bigint not null,
    created_at bigint not null,
    primary key (message_id, entry_id)
);
create index offered_entries_entry on offered_entries (workspace_id, entry_id, created_at);
