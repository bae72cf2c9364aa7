-- Benefits for customers who were let down, and the record of their grants.

create table benefits (
    id integer primary key,
    workspace_id bigint not null references workspaces (id),
    -- Name, kind, worth, source, message: JSON.
    content text not null,
    created_at bigint not null
);
create index benefits_workspace on benefits (workspace_id, id);

create table benefit_codes (
    id integer primary key,
    benefit_id bigint not null references benefits (id),
    code text not null,
    -- Who got it; none yet.
    grant_id bigint
);
create unique index benefit_codes_code on benefit_codes (benefit_id, code);
create index benefit_codes_free on benefit_codes (benefit_id, id) where grant_id is null;

-- Nothing is ever deleted here.
create table grants (
    id integer primary key,
    workspace_id bigint not null references workspaces (id),
    conversation_id bigint not null references conversations (id),
    contact_id bigint not null references contacts (id),
    benefit_id bigint not null references benefits (id),
    -- As they were then.
    name text not null,
    kind text not null,
    worth bigint not null,
    -- pending, granted or declined.
    state text not null,
    code text,
    reason text not null,
    asked_by bigint not null references agents (id),
    asked_at bigint not null,
    decided_by bigint references agents (id),
    decided_at bigint,
    -- When the visitor was told.
    told_at bigint
);
create index grants_workspace on grants (workspace_id, id);
create index grants_conversation on grants (conversation_id, id);
create index grants_contact on grants (contact_id, asked_at);
