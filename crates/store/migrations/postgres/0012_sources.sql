-- Web pages that knowledge comes from: what is read, how often, and what was read last.
create table sources (
    id bigint primary key,
    workspace_id bigint not null references workspaces (id),
    url text not null,
    scope text not null,
    -- Its entries are put below it.
    category text not null,
    -- Days between readings; none: when somebody asks for it.
    every_days bigint,
    state text not null,
    -- Why the last reading failed.
    problem text,
    -- Counts the readings.
    round bigint not null,
    started_at bigint not null,
    finished_at bigint,
    -- To be read from then on.
    due_at bigint,
    -- With a node until then.
    locked_until bigint not null default 0,
    -- What taking it would change, counted when it was read.
    differences text not null,
    created_at bigint not null,
    created_by bigint references agents (id)
);
create index sources_workspace on sources (workspace_id, id);
create index sources_due on sources (due_at);

create table source_pages (
    source_id bigint not null references sources (id),
    url text not null,
    -- The order in which they were found.
    place bigint not null,
    -- The reading that found it last.
    round bigint not null,
    state text not null,
    problem text,
    -- Questions and answers as they were read last.
    content text not null,
    primary key (source_id, url)
);
create index source_pages_order on source_pages (source_id, place);

-- Where an entry came from.
alter table entries add column source_id bigint references sources (id);
alter table entries add column source_page text;
create index entries_source on entries (source_id);
