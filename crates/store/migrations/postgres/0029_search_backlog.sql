-- What is not in the search index yet: a row for each transaction of a writer, with the ids of its messages, instead
-- of a row and an index entry for each message. `first` is the lowest of them. Nodes of an earlier version go on
-- filling `messages_unindexed`, which is still read.
create table search_backlog (
    first bigint primary key,
    messages bigint[] not null
);
