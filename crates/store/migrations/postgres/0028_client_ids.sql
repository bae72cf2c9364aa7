-- Clients name their messages in the order of time (UUIDv7). With the name first, what is written at one time
-- stands side by side, in a few pages; with the sender first each sender had a page of their own.
drop index messages_client;
create unique index messages_client on messages (client_id, sender_id, sender_kind) where client_id is not null;
