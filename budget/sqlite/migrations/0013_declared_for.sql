-- +goose Up
-- The objectives that a correction was about when one person was enough to declare
-- it: a JSON array of ids, in order; null when a second person was asked for or has
-- approved it at once, and of corrections before this column, where it is not known.
ALTER TABLE corrections ADD COLUMN declared_for TEXT NOT NULL DEFAULT 'null';
-- When somebody approved what counted without; 0: nobody did.
ALTER TABLE corrections ADD COLUMN seconded_ms INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE corrections DROP COLUMN seconded_ms;
ALTER TABLE corrections DROP COLUMN declared_for;
