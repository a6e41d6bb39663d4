-- +goose Up
CREATE TABLE good_specs (
    file      TEXT    NOT NULL,
    line      INTEGER NOT NULL, -- of the document's first line in the file
    namespace TEXT    NOT NULL,
    service   TEXT    NOT NULL,
    document  BLOB    NOT NULL, -- the document's own text
    refused   TEXT    NOT NULL  -- JSON array of names of objectives that another document held first
) STRICT;

-- +goose Down
DROP TABLE good_specs;
