-- A message's conversation is there: the writer, which alone inserts messages, holds its row locked, and no
-- conversation is ever deleted. Asking once more for each message was dear.
alter table messages drop constraint messages_conversation_id_fkey;
