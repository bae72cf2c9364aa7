-- Why an agent was given a conversation automatically, for the notice that says so.
create table assignment_reasons (
    workspace_id bigint not null references workspaces (id),
    conversation_id bigint not null references conversations (id),
    seq bigint not null,
    -- What was known of each agent at that moment: JSON.
    reasons text not null,
    primary key (conversation_id, seq)
);
