-- Nothing changes here: this database has always kept the terms of messages in a table of their own.
select 1;
