-- 0005_figures.sql: figures of labs, so that a program with the same engine need not play what it has played before.

-- +goose Up
CREATE TABLE figures (
    key  TEXT PRIMARY KEY, -- of engine, lab and figures, as package play makes it
    made TEXT NOT NULL     -- JSON object: name of a figure to its text
) STRICT, WITHOUT ROWID;
