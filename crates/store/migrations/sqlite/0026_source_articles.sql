-- Whether a page of a source becomes one article, instead of the questions that it answers.
alter table sources add column articles boolean not null default false;
