-- Language models of others: where they are, who does what, and what it costs.

create table llm_endpoints (
    id bigint primary key,
    workspace_id bigint not null references workspaces (id),
    name text not null,
    base_url text not null,
    -- Sealed; none where none is needed.
    key text,
    -- Grows with each change.
    version bigint not null,
    created_at bigint not null
);
create unique index llm_endpoints_name on llm_endpoints (workspace_id, name);

create table llm_settings (
    workspace_id bigint primary key references workspaces (id),
    -- JSON: on or off, tasks, budgets.
    settings text not null
);

-- What was used each day (UTC), by task.
create table llm_usage (
    workspace_id bigint not null references workspaces (id),
    day bigint not null,
    task text not null,
    calls bigint not null,
    failures bigint not null,
    tokens_in bigint not null,
    tokens_out bigint not null,
    primary key (workspace_id, day, task)
);

-- What may not be used any more today: by everybody (contact 0) and by each visitor. Reserved before
-- a model is asked, corrected afterwards; days that are over are deleted.
create table llm_spent (
    workspace_id bigint not null references workspaces (id),
    day bigint not null,
    contact_id bigint not null,
    tokens bigint not null,
    primary key (workspace_id, day, contact_id)
);
