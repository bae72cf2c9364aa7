-- Vectors of the texts of entries, as the encoder made them, so that a start need not make them again.
create table entry_vectors (
    workspace_id bigint not null references workspaces (id),
    -- Which encoder: the start of a hash of what it makes of a known sentence.
    encoder bigint not null,
    -- The start of the text's hash.
    text bigint not null,
    vector bytea not null,
    primary key (workspace_id, encoder, text)
);
