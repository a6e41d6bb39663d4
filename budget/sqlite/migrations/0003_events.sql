-- +goose Up
CREATE TABLE events (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    source      TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    subject     TEXT    NOT NULL,
    run         TEXT    NOT NULL,
    attempt     INTEGER NOT NULL,
    finished_ms INTEGER NOT NULL, -- 0: not settled
    at_ms       INTEGER NOT NULL, -- what its age is counted from: its end, or its last report
    pending     INTEGER NOT NULL, -- settled before any objective was declared
    data        TEXT    NOT NULL, -- JSON
    UNIQUE (source, kind, subject, run, attempt)
) STRICT;

CREATE INDEX events_at ON events (at_ms);
CREATE INDEX events_pending ON events (id) WHERE pending = 1;

CREATE TABLE event_counters (
    id       INTEGER PRIMARY KEY,
    slo      TEXT    NOT NULL,
    sli      TEXT    NOT NULL,
    good     INTEGER NOT NULL,
    bad      INTEGER NOT NULL,
    since_ms INTEGER NOT NULL, -- events that ended from here on were judged
    active   INTEGER NOT NULL, -- declared at present: every event is judged as it comes
    UNIQUE (slo, sli)
) STRICT;

-- Results: 0 ignored, 1 good, 2 bad.
CREATE TABLE event_outcomes (
    counter_id  INTEGER NOT NULL REFERENCES event_counters (id) ON DELETE CASCADE,
    event_id    INTEGER NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    finished_ms INTEGER NOT NULL,
    first       INTEGER NOT NULL, -- as it was counted, never changed
    now         INTEGER NOT NULL, -- as the ledger counts it
    PRIMARY KEY (counter_id, event_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX event_outcomes_finished ON event_outcomes (counter_id, finished_ms);
CREATE INDEX event_outcomes_event ON event_outcomes (event_id);

CREATE TABLE event_life (
    started_ms INTEGER PRIMARY KEY,
    last_ms    INTEGER NOT NULL
) STRICT;

-- +goose Down
DROP TABLE event_life;
DROP TABLE event_outcomes;
DROP TABLE event_counters;
DROP TABLE events;
