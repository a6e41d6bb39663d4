-- +goose Up
CREATE TABLE outbox (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    key         TEXT    NOT NULL UNIQUE,
    channel     TEXT    NOT NULL,
    title       TEXT    NOT NULL,
    body        BLOB    NOT NULL, -- JSON that the sender understands
    state       TEXT    NOT NULL CHECK (state IN ('pending', 'sent', 'failed')),
    attempts    INTEGER NOT NULL, -- begun
    last_error  TEXT    NOT NULL,
    repeat      TEXT    NOT NULL, -- why it may have been delivered before
    enqueued_ms INTEGER NOT NULL,
    next_ms     INTEGER NOT NULL, -- of the next try
    lease_ms    INTEGER NOT NULL, -- end of the lease of a try that is not recorded; 0: none
    sent_ms     INTEGER NOT NULL  -- 0: not sent
) STRICT;

CREATE INDEX outbox_due ON outbox (next_ms) WHERE state <> 'sent';

-- When each regular report was last due and taken into the outbox.
CREATE TABLE report_marks (
    name    TEXT    NOT NULL PRIMARY KEY,
    done_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE report_marks;
DROP TABLE outbox;
