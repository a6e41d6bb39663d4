-- +goose Up
-- Whether the document says who has approved it: only then does taking the name
-- out of it withdraw the approval.
ALTER TABLE corrections ADD COLUMN approved_in_file INTEGER NOT NULL DEFAULT 0;
UPDATE corrections SET approved_in_file = 1 WHERE file <> '' AND approved_by <> '' AND approved_ms = created_ms;

-- +goose Down
ALTER TABLE corrections DROP COLUMN approved_in_file;
