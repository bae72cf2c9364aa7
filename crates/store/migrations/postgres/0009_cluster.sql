-- Tickets for sockets, where any node may be asked for one.
create table socket_tickets (
    hash text primary key,
    payload text not null,
    expires_at bigint not null
);
create index socket_tickets_expiry on socket_tickets (expires_at);
