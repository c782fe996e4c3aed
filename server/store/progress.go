package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Bounds of what is kept for one learner: years of daily work, and far from what would fill a disk by accident.
const (
	MaxEvents = 20_000
	MaxBytes  = 16 << 20
)

// An Event is one thing a learner did, as the page tells it.
type Event struct {
	ID     string          `json:"id"`
	Kind   string          `json:"kind"`
	Lesson string          `json:"lesson"`
	Block  string          `json:"block"`
	At     int64           `json:"at"`             // Unix milliseconds by the learner's clock
	Data   json.RawMessage `json:"data,omitempty"` // an object
}

// weight is what an event counts for against MaxBytes.
func (e Event) weight() int64 {
	return int64(len(e.ID) + len(e.Kind) + len(e.Lesson) + len(e.Block) + len(e.Data) + 16)
}

// An UnknownLessonError names an event whose lesson was never in the course.
type UnknownLessonError struct{ Event, Lesson string }

func (e *UnknownLessonError) Error() string {
	return fmt.Sprintf("event %s: there is no lesson %q", e.Event, e.Lesson)
}

// Taken says what became of a batch of events.
type Taken struct {
	Learner  Learner
	Guest    bool // the learner was made for this batch
	Accepted int  // events that are new
	Known    int  // events that were there already
}

// AddEvents adds events to the learner a token stands for, all or none, and makes a guest when it stands for nobody yet.
// An event whose id the learner already has is known and changes nothing.
func (s *Store) AddEvents(ctx context.Context, t Token, events []Event, now time.Time) (Taken, error) {
	var taken Taken
	err := s.change(ctx, func(tx *sql.Tx) (err error) {
		taken = Taken{}
		taken.Learner, err = learnerOf(ctx, tx, t)
		if errors.Is(err, ErrNotFound) {
			taken.Guest = true
			taken.Learner, err = insertGuest(ctx, tx, t, now)
		}
		if err != nil {
			return err
		}
		if err := checkLessons(ctx, tx, events); err != nil {
			return err
		}
		insert, err := tx.PrepareContext(ctx, `
			INSERT INTO events (learner_id, id, kind, lesson, block, at_ms, data, received_ms)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (learner_id, id) DO NOTHING`)
		if err != nil {
			return fmt.Errorf("add events: %w", err)
		}
		defer insert.Close()
		l := &taken.Learner
		for _, e := range events {
			r, err := insert.ExecContext(ctx, l.ID, e.ID, e.Kind, e.Lesson, e.Block, e.At, string(e.Data), now.UnixMilli())
			if err != nil {
				return fmt.Errorf("add event %s: %w", e.ID, err)
			}
			if n, err := r.RowsAffected(); err != nil {
				return fmt.Errorf("add event %s: %w", e.ID, err)
			} else if n == 0 {
				taken.Known++
				continue
			}
			taken.Accepted++
			l.Events++
			l.Bytes += e.weight()
		}
		if taken.Accepted == 0 {
			return nil
		}
		if l.Events > MaxEvents || l.Bytes > MaxBytes {
			return ErrFull
		}
		if _, err := tx.ExecContext(ctx, `UPDATE learners SET events = $1, bytes = $2 WHERE id = $3`, l.Events, l.Bytes, l.ID); err != nil {
			return fmt.Errorf("count events: %w", err)
		}
		return nil
	})
	if err != nil {
		return Taken{}, err
	}
	return taken, nil
}

// checkLessons refuses events of lessons that never were.
func checkLessons(ctx context.Context, q querier, events []Event) error {
	known := map[string]bool{"": true}
	for _, e := range events {
		if known[e.Lesson] {
			continue
		}
		ok, err := knownLesson(ctx, q, e.Lesson)
		if err != nil {
			return fmt.Errorf("find lesson %q: %w", e.Lesson, err)
		}
		if !ok {
			return &UnknownLessonError{e.ID, e.Lesson}
		}
		known[e.Lesson] = true
	}
	return nil
}

// Events gives a learner's events in the order the server took them, those after the number after, and the number of
// the last one.
func (s *Store) Events(ctx context.Context, learner, after int64) (events []Event, last int64, err error) {
	rows, err := s.read.QueryContext(ctx, `
		SELECT seq, id, kind, lesson, block, at_ms, data FROM events
		WHERE learner_id = $1 AND seq > $2 ORDER BY seq`, learner, after)
	if err != nil {
		return nil, after, fmt.Errorf("read events: %w", err)
	}
	defer rows.Close()
	events, last = []Event{}, after
	for rows.Next() {
		var e Event
		var data []byte
		if err := rows.Scan(&last, &e.ID, &e.Kind, &e.Lesson, &e.Block, &e.At, &data); err != nil {
			return nil, after, fmt.Errorf("read events: %w", err)
		}
		if len(data) > 0 {
			e.Data = data
		}
		events = append(events, e)
	}
	if err := rows.Err(); err != nil {
		return nil, after, fmt.Errorf("read events: %w", err)
	}
	return events, last, nil
}
