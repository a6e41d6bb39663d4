-- +goose Up
-- Notes that people wrote; other annotations are read where they are kept.
CREATE TABLE annotations (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    start_ms   INTEGER NOT NULL,
    end_ms     INTEGER NOT NULL, -- start_ms for a moment
    service    TEXT    NOT NULL, -- namespace/name; empty for every service
    objective  TEXT    NOT NULL, -- its name; empty for all of the service
    text       TEXT    NOT NULL,
    url        TEXT    NOT NULL,
    author     TEXT    NOT NULL,
    created_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX annotations_start ON annotations (start_ms);

-- +goose Down
DROP TABLE annotations;
