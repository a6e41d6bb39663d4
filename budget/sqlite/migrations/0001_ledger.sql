-- +goose Up
CREATE TABLE tracks (
    slo             TEXT    NOT NULL,
    sli             TEXT    NOT NULL,
    first_seen_ms   INTEGER NOT NULL,
    history_from_ms INTEGER NOT NULL, -- history was asked for from here on; 0: never asked for
    active          INTEGER NOT NULL,
    PRIMARY KEY (slo, sli)
) STRICT, WITHOUT ROWID;

CREATE TABLE series (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    slo      TEXT    NOT NULL,
    sli      TEXT    NOT NULL,
    grp      TEXT    NOT NULL, -- canonical text of the group labels
    since_ms INTEGER NOT NULL,
    UNIQUE (slo, sli, grp)
) STRICT;

-- The key is series.id * 100000 + day. A page of little over a kilobyte in a
-- rowid table fills its database page; in a table of any other key it would
-- spill to a page of its own.
CREATE TABLE pages (
    id   INTEGER PRIMARY KEY,
    data BLOB NOT NULL -- versioned and checksummed by the ledger
) STRICT;

-- +goose Down
DROP TABLE pages;
DROP TABLE series;
DROP TABLE tracks;
