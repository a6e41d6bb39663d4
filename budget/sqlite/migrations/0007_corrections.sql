-- +goose Up
-- What does not count in error budgets. Nothing here is ever deleted.
CREATE TABLE corrections (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    name            TEXT    NOT NULL, -- of the document; '' when it came over the API
    file            TEXT    NOT NULL, -- of the document
    terms           TEXT    NOT NULL, -- JSON of correction.Draft
    author          TEXT    NOT NULL,
    created_ms      INTEGER NOT NULL,
    approval_needed INTEGER NOT NULL, -- 1: counts only once a second person has approved it
    approved_by     TEXT    NOT NULL, -- '': nobody, or nobody had to
    approved_ms     INTEGER NOT NULL, -- 0: pending
    revoked_by      TEXT    NOT NULL,
    revoked_ms      INTEGER NOT NULL, -- 0: not revoked
    revoke_reason   TEXT    NOT NULL
) STRICT;

-- Every change of a correction: who, when.
CREATE TABLE correction_history (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    correction INTEGER NOT NULL REFERENCES corrections (id),
    at_ms      INTEGER NOT NULL,
    action     TEXT    NOT NULL CHECK (action IN ('added', 'approved', 'revoked')),
    who        TEXT    NOT NULL,
    note       TEXT    NOT NULL
) STRICT;

CREATE INDEX correction_history_of ON correction_history (correction, id);

CREATE TRIGGER corrections_stay BEFORE DELETE ON corrections
BEGIN SELECT RAISE(ABORT, 'corrections are never deleted'); END;
CREATE TRIGGER correction_history_stays BEFORE DELETE ON correction_history
BEGIN SELECT RAISE(ABORT, 'the history of corrections is never deleted'); END;

-- Silences that headroom has made at Alertmanagers.
CREATE TABLE silences (
    alertmanager TEXT    NOT NULL, -- its URL
    mark         TEXT    NOT NULL, -- of the correction's interval and part
    silence      TEXT    NOT NULL, -- Alertmanager's id; '': it is not known whether it was made
    content      TEXT    NOT NULL, -- hash of what it was made of
    comment      TEXT    NOT NULL,
    ends_ms      INTEGER NOT NULL,
    PRIMARY KEY (alertmanager, mark)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE silences;
DROP TABLE correction_history;
DROP TABLE corrections;
