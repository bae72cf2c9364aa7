-- Ways to pages below an answer: a JSON list of title, text, link, button, and what a message tells of a file.
alter table entry_versions add column cards text not null default '[]';
