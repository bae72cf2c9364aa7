-- Images in articles: a JSON list of the section and the line that each stands below, with the file and its words.
-- Apart from the sections, which an earlier program beside this one reads as they were.
alter table entry_versions add column section_images text not null default '[]';
