-- +goose Up
-- When the indicator last took the place of another; 0 when that is not known.
ALTER TABLE tracks ADD COLUMN since_ms INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE tracks DROP COLUMN since_ms;
