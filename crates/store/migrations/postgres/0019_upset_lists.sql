-- Lists with the most upset visitors first: few rows, in the order in which they are shown, for each way to
-- read a list.
create index conversations_upset on conversations
    (workspace_id, mood_strength, (coalesce(queued_at, waiting_since, 9000000000000000 - active_at)), id)
    where status <> 'resolved' and mood in ('angry', 'upset');
create index conversations_upset_team on conversations
    (workspace_id, team_id, mood_strength, (coalesce(queued_at, waiting_since, 9000000000000000 - active_at)), id)
    where status <> 'resolved' and mood in ('angry', 'upset');
create index conversations_upset_has on conversations
    (workspace_id, assignee_id, mood_strength, (coalesce(queued_at, waiting_since, 9000000000000000 - active_at)), id)
    where status <> 'resolved' and mood in ('angry', 'upset');
