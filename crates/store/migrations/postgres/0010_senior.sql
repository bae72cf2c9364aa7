-- Agents to whom upset visitors are given first.
alter table agents add column is_senior boolean not null default false;
