-- +goose Up
-- Who changed what, and when.
CREATE TABLE audit (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms   INTEGER NOT NULL,
    last_ms INTEGER NOT NULL, -- at_ms, or the last of several alike
    count   INTEGER NOT NULL,
    actor   TEXT    NOT NULL, -- empty when it is not known who asked
    action  TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    outcome TEXT    NOT NULL,
    details TEXT    NOT NULL
) STRICT;

CREATE INDEX audit_last ON audit (last_ms);

-- What was last seen of specs, policies and tokens, so that changes are told.
CREATE TABLE audit_state (
    kind    TEXT NOT NULL,
    name    TEXT NOT NULL,
    value   TEXT NOT NULL,
    PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE audit_state;
DROP TABLE audit;
