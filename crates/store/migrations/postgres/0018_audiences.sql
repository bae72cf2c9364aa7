-- Whom the answer is for: everybody, signed_in or vip.
alter table entry_versions add column audience text not null default 'everybody';
-- Other answers for an audience, on one channel or on all: JSON.
alter table entry_versions add column variants text not null default '[]';
