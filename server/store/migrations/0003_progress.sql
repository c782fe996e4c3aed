-- 0003_progress.sql: what learners did, as events that are only ever added. Progress is their set, not their last state.

-- +goose Up
CREATE TABLE events (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT, -- the order in which the server took them
    learner_id  INTEGER NOT NULL REFERENCES learners (id) ON DELETE CASCADE,
    id          TEXT    NOT NULL, -- made in the page; sending an event twice changes nothing
    kind        TEXT    NOT NULL,
    lesson      TEXT    NOT NULL, -- slug, or '' for what belongs to no lesson
    block       TEXT    NOT NULL, -- block.Block.ID, or ''
    at_ms       INTEGER NOT NULL, -- Unix milliseconds by the learner's clock
    data        TEXT    NOT NULL, -- a JSON object, or ''
    received_ms INTEGER NOT NULL, -- Unix milliseconds by ours
    UNIQUE (learner_id, id)
) STRICT;

CREATE INDEX events_of_learner ON events (learner_id, seq);

-- +goose StatementBegin
CREATE TRIGGER events_are_kept BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'an event is never changed');
END;
-- +goose StatementEnd
