-- Lists among millions: what is nobody's in the order of its list, and the queue of each team (or of none).
create index conversations_unclaimed_active on conversations (workspace_id, active_at, id)
    where team_id is null and status in ('queued', 'bot');
create index conversations_queue_team on conversations (workspace_id, team_id, queued_at, id) where status = 'queued';
