-- 0001_learners.sql: who learns. A guest needs no account: a cookie stands for the learner.

-- +goose Up
CREATE TABLE learners (
    id         INTEGER PRIMARY KEY,
    name       TEXT    NOT NULL UNIQUE, -- 'guest-7f3k…', what the page shows; opens nothing
    events     INTEGER NOT NULL DEFAULT 0 CHECK (events >= 0), -- how many the learner has: bounded
    bytes      INTEGER NOT NULL DEFAULT 0 CHECK (bytes >= 0),  -- and how much they weigh: bounded
    created_ms INTEGER NOT NULL -- Unix milliseconds, wall clock
) STRICT;

CREATE TABLE sessions (
    token      BLOB    PRIMARY KEY CHECK (length(token) = 32), -- SHA-256 of the cookie; the cookie itself is never kept
    learner_id INTEGER NOT NULL REFERENCES learners (id) ON DELETE CASCADE,
    created_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_of_learner ON sessions (learner_id);
