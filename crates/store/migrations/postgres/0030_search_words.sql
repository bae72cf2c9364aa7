-- The words of the search index that begin with a letter from a to z, each once. Whoever asks for a beginning (`ref…`)
-- asks the index for the words that begin so: for a beginning itself it gathers every message that has one, before it
-- gives the first. The database keeps them, so that nodes of an earlier version do too.
create table search_words (word text collate "C" primary key);

create function keep_search_words() returns trigger language plpgsql as $$
begin
    -- In order, so that two who index never wait for each other.
    insert into search_words
        select distinct word from added, unnest(tsvector_to_array(terms)) as word
        where word collate "C" >= 'a' and word collate "C" < '{' order by word
        on conflict do nothing;
    return null;
end
$$;
create trigger keep_search_words after insert on messages_terms
    referencing new table as added for each statement execute function keep_search_words();

insert into search_words
    select word from ts_stat('select terms from messages_terms')
    where word collate "C" >= 'a' and word collate "C" < '{';
