package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"shardlab/lessons/block"
)

// A Text is JSON as it is kept and sent, with the hash that names its version.
type Text struct {
	JSON []byte
	Hash string
}

// hashed is the text of a value and the hash of it.
func hashed(v any) (Text, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return Text{}, err
	}
	sum := sha256.Sum256(b)
	return Text{b, hex.EncodeToString(sum[:8])}, nil
}

// Seed makes course and lessons what is served. Versions that were served before stay; a lesson that is no longer in the
// course is retired, and what learners did in it stays theirs. It says how many lessons are new or changed; seeding the
// same course again changes nothing.
func (s *Store) Seed(ctx context.Context, course block.Course, lessons []block.Lesson, now time.Time) (changed int, err error) {
	c, err := hashed(course)
	if err != nil {
		return 0, fmt.Errorf("seed course: %w", err)
	}
	edition := sha256.New()
	io.WriteString(edition, c.Hash)
	texts := make([]Text, len(lessons))
	for i, l := range lessons {
		if l.Slug == "" {
			return 0, fmt.Errorf("seed course: lesson %d has no slug", i+1)
		}
		if texts[i], err = hashed(l); err != nil {
			return 0, fmt.Errorf("seed lesson %s: %w", l.Slug, err)
		}
		io.WriteString(edition, "\n"+l.Slug+" "+texts[i].Hash)
	}
	name := hex.EncodeToString(edition.Sum(nil)[:8])
	err = s.change(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM programs`); err != nil { // whose course may be another one
			return fmt.Errorf("forget who built the course: %w", err)
		}
		has, err := newestEdition(ctx, tx)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if has.Hash == name {
			return nil
		}
		if _, err := tx.ExecContext(ctx, `UPDATE lessons SET retired = 1`); err != nil {
			return fmt.Errorf("retire lessons: %w", err)
		}
		for i, l := range lessons {
			is, err := serveLesson(ctx, tx, l.Slug, texts[i], now)
			if err != nil {
				return fmt.Errorf("seed lesson %s: %w", l.Slug, err)
			}
			if is {
				changed++
			}
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO editions (hash, course, added_ms) VALUES ($1, $2, $3)`,
			name, string(c.JSON), now.UnixMilli())
		return err
	})
	return changed, err
}

// BuiltBy reports whether the course that is served was built by the program with this hash.
func (s *Store) BuiltBy(ctx context.Context, program string) (bool, error) {
	var n int
	if err := s.read.QueryRowContext(ctx, `SELECT count(*) FROM programs WHERE hash = $1`, program).Scan(&n); err != nil {
		return false, fmt.Errorf("read who built the course: %w", err)
	}
	return n > 0, nil
}

// SetBuilder remembers which program built the course that is served.
func (s *Store) SetBuilder(ctx context.Context, program string) error {
	return s.change(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM programs`); err != nil {
			return fmt.Errorf("forget who built the course: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO programs (hash) VALUES ($1)`, program); err != nil {
			return fmt.Errorf("keep who built the course: %w", err)
		}
		return nil
	})
}

// serveLesson keeps a version and makes it the served one; it says whether another one was served before.
func serveLesson(ctx context.Context, q querier, slug string, t Text, now time.Time) (changed bool, err error) {
	if _, err := q.ExecContext(ctx, `INSERT INTO lesson_versions (slug, hash, lesson, added_ms) VALUES ($1, $2, $3, $4)
		ON CONFLICT (slug, hash) DO NOTHING`, slug, t.Hash, string(t.JSON), now.UnixMilli()); err != nil {
		return false, err
	}
	var before string
	err = q.QueryRowContext(ctx, `SELECT hash FROM lessons WHERE slug = $1`, slug).Scan(&before)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return false, err
	}
	_, err = q.ExecContext(ctx, `INSERT INTO lessons (slug, hash, retired) VALUES ($1, $2, 0)
		ON CONFLICT (slug) DO UPDATE SET hash = excluded.hash, retired = 0`, slug, t.Hash)
	return before != t.Hash, err
}

// newestEdition is the course that is served.
func newestEdition(ctx context.Context, q querier) (Text, error) {
	var t Text
	err := q.QueryRowContext(ctx, `SELECT course, hash FROM editions ORDER BY id DESC LIMIT 1`).Scan(&t.JSON, &t.Hash)
	if errors.Is(err, sql.ErrNoRows) {
		return t, ErrNotFound
	}
	return t, err
}

// Edition names the course and the lessons as they are served now; it changes with any of them.
func (s *Store) Edition(ctx context.Context) (string, error) {
	t, err := s.CourseText(ctx)
	return t.Hash, err
}

// CourseText is the course map that is served, as JSON.
func (s *Store) CourseText(ctx context.Context) (Text, error) {
	t, err := newestEdition(ctx, s.read)
	if err != nil {
		return t, fmt.Errorf("read course: %w", err)
	}
	return t, nil
}

// Course is the course map that is served.
func (s *Store) Course(ctx context.Context) (block.Course, error) {
	var c block.Course
	t, err := s.CourseText(ctx)
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(t.JSON, &c); err != nil {
		return c, fmt.Errorf("read course: %w", err)
	}
	return c, nil
}

// LessonText is a lesson that is served, as JSON, or ErrNotFound.
func (s *Store) LessonText(ctx context.Context, slug string) (Text, error) {
	var t Text
	err := s.read.QueryRowContext(ctx, `
		SELECT lesson_versions.lesson, lesson_versions.hash
		FROM lessons JOIN lesson_versions ON lesson_versions.slug = lessons.slug AND lesson_versions.hash = lessons.hash
		WHERE lessons.slug = $1 AND lessons.retired = 0`, slug).Scan(&t.JSON, &t.Hash)
	if errors.Is(err, sql.ErrNoRows) {
		return t, fmt.Errorf("read lesson %q: %w", slug, ErrNotFound)
	}
	if err != nil {
		return t, fmt.Errorf("read lesson %q: %w", slug, err)
	}
	return t, nil
}

// Lesson is a lesson that is served, or ErrNotFound.
func (s *Store) Lesson(ctx context.Context, slug string) (block.Lesson, error) {
	var l block.Lesson
	t, err := s.LessonText(ctx, slug)
	if err != nil {
		return l, err
	}
	if err := json.Unmarshal(t.JSON, &l); err != nil {
		return l, fmt.Errorf("read lesson %q: %w", slug, err)
	}
	return l, nil
}

// Versions lists the hashes of every version of a lesson that was ever served, oldest first.
func (s *Store) Versions(ctx context.Context, slug string) ([]string, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT hash FROM lesson_versions WHERE slug = $1 ORDER BY rowid`, slug)
	if err != nil {
		return nil, fmt.Errorf("list versions of %q: %w", slug, err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var h string
		if err := rows.Scan(&h); err != nil {
			return nil, fmt.Errorf("list versions of %q: %w", slug, err)
		}
		all = append(all, h)
	}
	return all, rows.Err()
}

// knownLesson says whether a slug was ever served.
func knownLesson(ctx context.Context, q querier, slug string) (bool, error) {
	var one int
	err := q.QueryRowContext(ctx, `SELECT 1 FROM lessons WHERE slug = $1`, slug).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}
