-- An entry that has sections is an article: headings with their texts, a JSON list.
alter table entry_versions add column sections text not null default '[]';
