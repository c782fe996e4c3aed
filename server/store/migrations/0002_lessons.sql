-- 0002_lessons.sql: the course as it is served, and every version of every lesson it ever had.

-- +goose Up
CREATE TABLE lesson_versions (
    slug     TEXT    NOT NULL,
    hash     TEXT    NOT NULL, -- of the text in lesson
    lesson   TEXT    NOT NULL, -- block.Lesson as JSON, sent to the page as it is
    added_ms INTEGER NOT NULL, -- Unix milliseconds, wall clock
    PRIMARY KEY (slug, hash)
) STRICT;

CREATE TABLE lessons (
    slug    TEXT    PRIMARY KEY, -- names the lesson for ever
    hash    TEXT    NOT NULL,    -- the version that is served
    retired INTEGER NOT NULL DEFAULT 0 CHECK (retired IN (0, 1)), -- no longer in the course; its progress stays valid
    FOREIGN KEY (slug, hash) REFERENCES lesson_versions (slug, hash)
) STRICT, WITHOUT ROWID;

-- An edition is the course at one time. The newest is served.
CREATE TABLE editions (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    hash     TEXT    NOT NULL, -- of the course and the hashes of its lessons
    course   TEXT    NOT NULL, -- block.Course as JSON
    added_ms INTEGER NOT NULL
) STRICT;
