-- 0004_programs.sql: which program built the course that is served, so that the same one need not build it again.

-- +goose Up
CREATE TABLE programs (
    hash TEXT PRIMARY KEY -- of the program's file; at most one row
) STRICT, WITHOUT ROWID;
