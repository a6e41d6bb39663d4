-- +goose Up
CREATE TABLE decisions (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    service     TEXT    NOT NULL, -- namespace/name
    environment TEXT    NOT NULL,
    change      TEXT    NOT NULL, -- as it was claimed
    counted_as  TEXT    NOT NULL, -- as it was judged
    caller      TEXT    NOT NULL, -- name of the token, empty for nobody known
    first_ms    INTEGER NOT NULL,
    last_ms     INTEGER NOT NULL,
    count       INTEGER NOT NULL,
    decision    TEXT    NOT NULL  -- JSON, as it was given first
) STRICT;

CREATE INDEX decisions_subject ON decisions (service, environment, change, counted_as, caller, last_ms);
CREATE INDEX decisions_time ON decisions (last_ms);

CREATE TABLE good_policies (
    file     TEXT    NOT NULL,
    line     INTEGER NOT NULL, -- of the document's first line in the file
    name     TEXT    NOT NULL,
    document BLOB    NOT NULL  -- the document's own text
) STRICT;

-- +goose Down
DROP TABLE good_policies;
DROP TABLE decisions;
