-- The knowledge base: an entry keeps its versions, one of which at most is published. What
-- was there before becomes version 1 of a published entry.

-- Every state that was ever saved.
create table entry_versions (
    entry_id bigint not null references entries (id),
    version bigint not null,
    workspace_id bigint not null references workspaces (id),
    category text not null,
    question text not null,
    phrasings text not null,
    answer text not null,
    answers text not null,
    tags text not null,
    valid_from bigint,
    valid_until bigint,
    -- Question, phrasings, answer and tags as search compares them.
    folded text not null,
    saved_at bigint not null,
    saved_by bigint references agents (id),
    published_at bigint,
    published_by bigint references agents (id),
    primary key (entry_id, version)
);
insert into entry_versions (entry_id, version, workspace_id, category, question, phrasings, answer, answers, tags,
    folded, saved_at, published_at)
select id, 1, workspace_id, category, question, phrasings, answer, '[]', '[]',
    lower(question || ' ' || phrasings || ' ' || answer), created_at, created_at
from entries;

drop index entries_workspace;
alter table entries drop column category;
alter table entries drop column question;
alter table entries drop column phrasings;
alter table entries drop column answer;
alter table entries add column status text not null default 'published';
alter table entries add column version bigint not null default 1;
alter table entries add column published_version bigint;
-- The workspace's revision at which its published version last changed.
alter table entries add column revision bigint not null default 1;
alter table entries add column owner_id bigint references agents (id);
alter table entries add column used bigint not null default 0;
alter table entries add column used_at bigint;
alter table entries add column updated_at bigint not null default 0;
alter table entries add column updated_by bigint references agents (id);
update entries set published_version = 1, updated_at = created_at;
create index entries_list on entries (workspace_id, updated_at, id);
create index entries_revision on entries (workspace_id, revision);

-- Counts the changes of what is published, so that an index can ask for what it lacks.
create table knowledge_revisions (
    workspace_id bigint primary key references workspaces (id),
    revision bigint not null
);
insert into knowledge_revisions (workspace_id, revision) select distinct workspace_id, 1 from entries;
