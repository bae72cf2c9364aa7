-- The first schema. Ids are made by the application; times are epoch milliseconds.

create table meta (
    key text primary key,
    value text not null
);

create table workspaces (
    id integer primary key,
    name text not null,
    created_at bigint not null
);

create table agents (
    id integer primary key,
    workspace_id bigint not null references workspaces (id),
    email text not null,
    name text not null,
    password_hash text not null,
    role text not null,
    state text not null,
    locale text not null,
    theme text not null,
    presence text not null,
    -- Encrypted; pending until a code made with it was confirmed.
    totp_secret text,
    totp_pending text,
    -- The last time step that was used, so that a code works once.
    totp_step bigint not null default 0,
    created_at bigint not null
);
create unique index agents_email on agents (email);
create index agents_workspace on agents (workspace_id);

create table sessions (
    id integer primary key,
    workspace_id bigint not null references workspaces (id),
    agent_id bigint not null references agents (id),
    token_hash text not null,
    created_at bigint not null,
    seen_at bigint not null,
    expires_at bigint not null,
    address text not null,
    user_agent text not null
);
create unique index sessions_token on sessions (token_hash);
create index sessions_agent on sessions (agent_id);

create table teams (
    id integer primary key,
    workspace_id bigint not null references workspaces (id),
    name text not null,
    created_at bigint not null
);
create unique index teams_name on teams (workspace_id, name);

create table team_members (
    workspace_id bigint not null references workspaces (id),
    team_id bigint not null references teams (id),
    agent_id bigint not null references agents (id),
    primary key (team_id, agent_id)
);
create index team_members_agent on team_members (agent_id);

create table channels (
    id integer primary key,
    workspace_id bigint not null references workspaces (id),
    name text not null,
    key text not null,
    settings text not null,
    team_id bigint references teams (id),
    created_at bigint not null,
    seen_at bigint,
    seen_origin text
);
create unique index channels_key on channels (key);
create index channels_workspace on channels (workspace_id);

create table channel_secrets (
    id integer primary key,
    workspace_id bigint not null references workspaces (id),
    channel_id bigint not null references channels (id),
    algorithm text not null,
    -- HS256: encrypted secret. EdDSA: public key in PEM.
    value text not null,
    created_at bigint not null
);
create index channel_secrets_channel on channel_secrets (channel_id);

create table contacts (
    id integer primary key,
    workspace_id bigint not null references workspaces (id),
    name text not null,
    email text not null,
    phone text not null,
    note text not null,
    account text,
    verified boolean not null,
    attributes text not null,
    trail text not null,
    locale text not null,
    created_at bigint not null,
    seen_at bigint not null
);
create unique index contacts_account on contacts (workspace_id, account) where account is not null;

create table visitor_sessions (
    id integer primary key,
    workspace_id bigint not null references workspaces (id),
    channel_id bigint not null references channels (id),
    contact_id bigint not null references contacts (id),
    token_hash text not null,
    created_at bigint not null,
    expires_at bigint not null
);
create unique index visitor_sessions_token on visitor_sessions (token_hash);
create index visitor_sessions_contact on visitor_sessions (contact_id);

-- Signed identities that were exchanged already: each works once.
create table used_identities (
    workspace_id bigint not null references workspaces (id),
    channel_id bigint not null references channels (id),
    jti text not null,
    expires_at bigint not null,
    primary key (channel_id, jti)
);

create table conversations (
    id integer primary key,
    workspace_id bigint not null references workspaces (id),
    channel_id bigint not null references channels (id),
    contact_id bigint not null references contacts (id),
    contact_name text not null,
    team_id bigint references teams (id),
    assignee_id bigint references agents (id),
    status text not null,
    last_seq bigint not null,
    visitor_delivered bigint not null,
    visitor_read bigint not null,
    staff_delivered bigint not null,
    staff_read bigint not null,
    visitor_unread bigint not null,
    staff_unread bigint not null,
    preview text not null,
    preview_side text,
    stars bigint,
    waiting_since bigint,
    created_at bigint not null,
    queued_at bigint,
    assigned_at bigint,
    resolved_at bigint,
    active_at bigint not null,
    version bigint not null
);
-- A contact has at most one active conversation on a channel.
create unique index conversations_active on conversations (channel_id, contact_id) where status <> 'resolved';
create index conversations_contact on conversations (contact_id, id);
create index conversations_queue on conversations (workspace_id, queued_at, id) where status = 'queued';
create index conversations_mine on conversations (workspace_id, assignee_id, active_at, id) where status = 'open';
create index conversations_current on conversations (workspace_id, active_at, id) where status <> 'resolved';
create index conversations_resolved on conversations (workspace_id, active_at, id) where status = 'resolved';

create table messages (
    id integer primary key,
    workspace_id bigint not null,
    conversation_id bigint not null references conversations (id),
    seq bigint not null,
    sender_kind text not null,
    sender_id bigint not null,
    client_id text,
    content text not null,
    created_at bigint not null
);
create unique index messages_seq on messages (conversation_id, seq);
-- A resend finds the first copy, whatever became of the conversation.
create unique index messages_client on messages (sender_id, client_id, sender_kind) where client_id is not null;
-- What search finds messages by, filled behind the writer; rowid is the message id. The
-- terms come ready, with spaces between: the tokenizer only has to part them.
create virtual table messages_terms using fts5 (terms, content = '', detail = none, columnsize = 0, tokenize = 'ascii');

create table attachments (
    id integer primary key,
    workspace_id bigint not null references workspaces (id),
    -- Set when it is sent; until then only its uploader can use it.
    conversation_id bigint references conversations (id),
    sender_kind text not null,
    sender_id bigint not null,
    name text not null,
    media_type text not null,
    kind text not null,
    size bigint not null,
    width bigint,
    height bigint,
    checksum text not null,
    blob_key text not null,
    thumbnail_key text,
    thumbnail_type text,
    created_at bigint not null
);
create index attachments_conversation on attachments (conversation_id);
create index attachments_unsent on attachments (created_at) where conversation_id is null;

create table ratings (
    conversation_id integer primary key references conversations (id),
    workspace_id bigint not null references workspaces (id),
    stars bigint not null,
    tags text not null,
    solved boolean,
    text text not null,
    created_at bigint not null,
    changed_at bigint
);

-- The append-only log from which all metrics are derived.
create table conversation_events (
    id integer primary key,
    workspace_id bigint not null,
    conversation_id bigint not null references conversations (id),
    channel_id bigint not null,
    team_id bigint,
    agent_id bigint,
    kind text not null,
    at bigint not null
);
create index conversation_events_time on conversation_events (workspace_id, at);

create table presence_events (
    id integer primary key,
    workspace_id bigint not null,
    agent_id bigint not null references agents (id),
    presence text not null,
    at bigint not null
);
create index presence_events_time on presence_events (workspace_id, at);

create table jobs (
    id integer primary key,
    workspace_id bigint not null,
    task text not null,
    run_at bigint not null,
    attempts bigint not null,
    -- A worker holds it until then.
    locked_until bigint not null,
    -- Given up; an operator looks at it.
    dead boolean not null,
    last_error text,
    created_at bigint not null
);
create index jobs_ready on jobs (run_at, id) where not dead;

create table entries (
    id integer primary key,
    workspace_id bigint not null references workspaces (id),
    category text not null,
    question text not null,
    phrasings text not null,
    answer text not null,
    created_at bigint not null
);
create index entries_workspace on entries (workspace_id, category, id);
