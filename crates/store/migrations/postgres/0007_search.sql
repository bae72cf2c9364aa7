-- The terms of messages get a table of their own, which is filled behind the writer: keeping their
-- index is dear, and nobody's acknowledgement should wait for it. Each message also has a term for
-- when it was written, in windows of 2^41 to 2^61 of its id (see 0005).
drop index messages_terms;
create table messages_terms (
    id bigint primary key,
    workspace_id bigint not null,
    conversation_id bigint not null,
    terms tsvector not null
);
insert into messages_terms
    select id, workspace_id, conversation_id, terms || array_to_tsvector(array[
        '#41:' || (id >> 41)::text, '#45:' || (id >> 45)::text, '#49:' || (id >> 49)::text,
        '#53:' || (id >> 53)::text, '#57:' || (id >> 57)::text, '#61:' || (id >> 61)::text])
    from messages;
create index messages_terms_terms on messages_terms using gin (terms);
alter table messages drop column terms;

-- Messages that are not in it yet. (SQLite needs no such list: one task writes its messages, in the
-- order of their ids.)
create table messages_unindexed (id bigint primary key);
