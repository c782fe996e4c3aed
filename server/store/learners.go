package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"
)

// A Token is what a learner's cookie holds: 256 random bits. The store keeps only its hash.
type Token [32]byte

// NewToken makes a token nobody can guess.
func NewToken() Token {
	var t Token
	rand.Read(t[:]) // never fails: the program ends instead
	return t
}

// ParseToken reads a token as String wrote it.
func ParseToken(text string) (Token, bool) {
	var t Token
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) != len(t) {
		return Token{}, false
	}
	return Token(b), true
}

// String is the token as a cookie holds it.
func (t Token) String() string { return base64.RawURLEncoding.EncodeToString(t[:]) }

// hash is what the store knows of a token.
func (t Token) hash() []byte {
	sum := sha256.Sum256(t[:])
	return sum[:]
}

// A Learner is a person who learns.
type Learner struct {
	ID     int64
	Name   string // "guest-7f3k2m9q"
	Events int64  // how many events are kept
	Bytes  int64  // how much they weigh
}

// Learner finds who a token stands for, or ErrNotFound.
func (s *Store) Learner(ctx context.Context, t Token) (Learner, error) {
	return learnerOf(ctx, s.read, t)
}

// querier is a transaction or a pool of connections.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

func learnerOf(ctx context.Context, q querier, t Token) (Learner, error) {
	var l Learner
	err := q.QueryRowContext(ctx, `
		SELECT learners.id, learners.name, learners.events, learners.bytes
		FROM sessions JOIN learners ON learners.id = sessions.learner_id
		WHERE sessions.token = $1`, t.hash()).Scan(&l.ID, &l.Name, &l.Events, &l.Bytes)
	if errors.Is(err, sql.ErrNoRows) {
		return l, ErrNotFound
	}
	if err != nil {
		return l, fmt.Errorf("find learner: %w", err)
	}
	return l, nil
}

// insertGuest makes a learner that t stands for.
func insertGuest(ctx context.Context, q querier, t Token, now time.Time) (Learner, error) {
	l := Learner{Name: "guest-" + strings.ToLower(rand.Text()[:10])}
	err := q.QueryRowContext(ctx, `INSERT INTO learners (name, created_ms) VALUES ($1, $2) RETURNING id`,
		l.Name, now.UnixMilli()).Scan(&l.ID)
	if err != nil {
		return l, fmt.Errorf("add guest: %w", err)
	}
	if _, err := q.ExecContext(ctx, `INSERT INTO sessions (token, learner_id, created_ms) VALUES ($1, $2, $3)`,
		t.hash(), l.ID, now.UnixMilli()); err != nil {
		return l, fmt.Errorf("add session: %w", err)
	}
	return l, nil
}
