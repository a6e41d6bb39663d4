-- +goose Up
-- What pages were before they changed otherwise than by slices that came in
-- time: the earliest of each hour. The state of a page at a time is what the
-- earliest revision after it has, else the page itself.
CREATE TABLE page_revisions (
    page_id INTEGER NOT NULL, -- as in pages
    step    INTEGER NOT NULL, -- (at_ms - 1) / an hour
    at_ms   INTEGER NOT NULL,
    before  BLOB    NOT NULL, -- empty: there was no page
    reason  TEXT    NOT NULL,
    UNIQUE (page_id, step)
) STRICT;

-- The same of the begin of a series' life.
CREATE TABLE since_revisions (
    series_id INTEGER NOT NULL,
    step      INTEGER NOT NULL,
    at_ms     INTEGER NOT NULL,
    since_ms  INTEGER NOT NULL, -- 0: it had none
    reason    TEXT    NOT NULL,
    UNIQUE (series_id, step)
) STRICT;

-- +goose Down
DROP TABLE since_revisions;
DROP TABLE page_revisions;
