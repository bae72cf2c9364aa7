-- Help for agents: how upset the visitor was when others were told; what sort of help there is, and the notice
-- that says why.
alter table conversations add column told bigint not null default 0;
alter table conversations add column help_kind text;
alter table conversations add column help_seq bigint;
-- For senior agents' lists; few rows.
create index conversations_help on conversations (workspace_id, active_at, id)
    where team_id is null and help_seq is not null;
