-- Indexes for lists and search among millions.

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

-- The index gathers all that match before anything is ordered or cut. So each message also has a
-- term for when it was written, in windows of 2^41 to 2^61 of its id (nine minutes to 17 years):
-- a search goes backwards through windows. The query has to repeat this expression.
drop index messages_terms;
create index messages_terms on messages using gin ((terms || array_to_tsvector(array[
    '#41:' || (id >> 41)::text, '#45:' || (id >> 45)::text, '#49:' || (id >> 49)::text,
    '#53:' || (id >> 53)::text, '#57:' || (id >> 57)::text, '#61:' || (id >> 61)::text])));
