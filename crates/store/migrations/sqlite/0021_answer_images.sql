-- Images below an answer: a JSON list of what a message tells of a file, with words for who does not see it.
alter table entry_versions add column images text not null default '[]';

-- Which versions show an upload: it is kept as long as they are.
create table entry_images (
    workspace_id bigint not null references workspaces (id),
    attachment_id bigint not null references attachments (id),
    entry_id bigint not null references entries (id),
    version bigint not null,
    primary key (attachment_id, entry_id, version)
);

-- In which conversations an answer with it was said: who reads them may read it.
create table said_images (
    workspace_id bigint not null references workspaces (id),
    attachment_id bigint not null references attachments (id),
    conversation_id bigint not null references conversations (id),
    primary key (attachment_id, conversation_id)
);
