-- +goose Up
-- Whose objectives alone a correction is about, since the token that declared it
-- is bound to them: a JSON array; [] for everybody's.
ALTER TABLE corrections ADD COLUMN owners TEXT NOT NULL DEFAULT '[]';

-- A document may move to another file.
CREATE TABLE correction_history_moved (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    correction INTEGER NOT NULL REFERENCES corrections (id),
    at_ms      INTEGER NOT NULL,
    action     TEXT    NOT NULL CHECK (action IN ('added', 'approved', 'moved', 'revoked')),
    who        TEXT    NOT NULL,
    note       TEXT    NOT NULL
) STRICT;
INSERT INTO correction_history_moved SELECT id, correction, at_ms, action, who, note FROM correction_history;
DROP TABLE correction_history;
ALTER TABLE correction_history_moved RENAME TO correction_history;
CREATE INDEX correction_history_of ON correction_history (correction, id);
CREATE TRIGGER correction_history_stays BEFORE DELETE ON correction_history
BEGIN SELECT RAISE(ABORT, 'the history of corrections is never deleted'); END;

-- +goose Down
CREATE TABLE correction_history_before (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    correction INTEGER NOT NULL REFERENCES corrections (id),
    at_ms      INTEGER NOT NULL,
    action     TEXT    NOT NULL CHECK (action IN ('added', 'approved', 'revoked')),
    who        TEXT    NOT NULL,
    note       TEXT    NOT NULL
) STRICT;
INSERT INTO correction_history_before SELECT id, correction, at_ms, action, who, note FROM correction_history WHERE action <> 'moved';
DROP TABLE correction_history;
ALTER TABLE correction_history_before RENAME TO correction_history;
CREATE INDEX correction_history_of ON correction_history (correction, id);
CREATE TRIGGER correction_history_stays BEFORE DELETE ON correction_history
BEGIN SELECT RAISE(ABORT, 'the history of corrections is never deleted'); END;
ALTER TABLE corrections DROP COLUMN owners;
