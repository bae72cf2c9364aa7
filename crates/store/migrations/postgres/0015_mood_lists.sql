-- Lists of conversations by how their visitors feel: few rows, each way to read a list has an index.
create index conversations_mood on conversations (workspace_id, mood, active_at, id)
    where status <> 'resolved' and mood in ('angry', 'upset', 'urgent');
create index conversations_mood_resolved on conversations (workspace_id, mood, active_at, id)
    where status = 'resolved' and mood in ('angry', 'upset', 'urgent');
create index conversations_mood_had on conversations (workspace_id, assignee_id, mood, active_at, id)
    where status = 'resolved' and mood in ('angry', 'upset', 'urgent');
create index conversations_mood_team on conversations (workspace_id, team_id, mood, active_at, id)
    where status = 'resolved' and mood in ('angry', 'upset', 'urgent');
