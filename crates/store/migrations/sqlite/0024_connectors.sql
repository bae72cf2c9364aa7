-- Connectors: ways to ask a business system of the company, and the record of who asked when.

create table connectors (
    id integer primary key,
    workspace_id bigint not null references workspaces (id),
    name text not null,
    -- JSON: address, parameters, where the results stand, for whom.
    content text not null,
    -- Sealed; none where none is needed.
    secret text,
    -- Grows with each change.
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null
);
create unique index connectors_name on connectors (workspace_id, name);

-- No values and no answers.
create table connector_lookups (
    id integer primary key,
    workspace_id bigint not null references workspaces (id),
    connector_id bigint not null references connectors (id) on delete cascade,
    -- agent, bot, trial
    asked_by text not null,
    agent_id bigint references agents (id),
    conversation_id bigint,
    outcome text not null,
    -- Of the server's answer.
    status bigint,
    ms bigint not null,
    at bigint not null
);
create index connector_lookups_newest on connector_lookups (connector_id, id);
create index connector_lookups_oldest on connector_lookups (connector_id, at);

-- What the site signed, as JSON: agents may write another name, address or number into the contact.
alter table contacts add column signed text;
