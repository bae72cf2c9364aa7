-- Indexes for lists among millions.

-- Lists of people who see a part: what they had, and what their teams have.
create index conversations_had on conversations (workspace_id, assignee_id, active_at, id) where status = 'resolved';
create index conversations_team on conversations (workspace_id, team_id, active_at, id)
    where status <> 'resolved' and team_id is not null;
create index conversations_team_resolved on conversations (workspace_id, team_id, active_at, id)
    where status = 'resolved' and team_id is not null;
-- Talking in a conversation does not change these.
create index conversations_has on conversations (workspace_id, assignee_id) where status <> 'resolved';
create index conversations_unclaimed on conversations (workspace_id, status)
    where team_id is null and status in ('queued', 'bot');
