// Package store keeps what must outlive the server: lessons and their versions, learners, and what they did, in one
// SQLite file. An exported method is one transaction and carries its instant; the lower-case function under it is one
// statement. It knows no HTTP and no clock.
//
// One connection writes, several read: in WAL mode readers never wait for the writer, and writers queue here instead of
// failing on a busy file. Pragmas stand in the data source name, so that every connection has them.
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "github.com/mattn/go-sqlite3" // the driver registers itself
	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Errors that callers tell apart.
var (
	ErrNotFound = errors.New("not found")
	ErrFull     = errors.New("the learner has as many events as are kept")
)

const (
	busyTimeout = 5 * time.Second // how long a connection waits for another process's write
	readers     = 4               // connections that read
)

// A Store is an open database.
type Store struct {
	path  string
	write *sql.DB // one connection; every transaction takes the write lock when it begins
	read  *sql.DB // may only read
}

// Open opens the database file at path, makes it when it is missing, and brings it up to today's tables.
func Open(ctx context.Context, path string) (*Store, error) {
	return open(ctx, path, 0)
}

// open is Open up to a version of the tables; 0 means the newest.
func open(ctx context.Context, path string, version int64) (_ *Store, err error) {
	if path == "" || strings.HasPrefix(path, ":memory:") {
		return nil, errors.New("open database: name a file; progress must outlive the server")
	}
	if dir := filepath.Dir(path); dir != "." {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return nil, fmt.Errorf("open database %s: the folder %s does not exist; make it, or name another file", path, dir)
		}
	}
	s := &Store{path: path}
	defer func() {
		if err != nil {
			s.close()
			err = fmt.Errorf("open database %s: %w", path, err)
		}
	}()
	if s.write, err = sql.Open("sqlite3", source(path, "_journal_mode=WAL", "_synchronous=NORMAL", "_txlock=immediate")); err != nil {
		return nil, err
	}
	s.write.SetMaxOpenConns(1)
	if err := s.write.PingContext(ctx); err != nil {
		return nil, err
	}
	if err := migrate(ctx, s.write, version); err != nil {
		return nil, err
	}
	if s.read, err = sql.Open("sqlite3", source(path, "mode=ro", "_query_only=1")); err != nil {
		return nil, err
	}
	s.read.SetMaxOpenConns(readers)
	s.read.SetMaxIdleConns(readers)
	return s, s.read.PingContext(ctx)
}

// source is the data source name of the file at path.
func source(path string, options ...string) string {
	options = append(options, "_foreign_keys=1", fmt.Sprintf("_busy_timeout=%d", busyTimeout.Milliseconds()))
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + strings.Join(options, "&")
}

// migrate runs the migrations that the file has not seen, each in its own transaction.
func migrate(ctx context.Context, db *sql.DB, version int64) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files)
	if err != nil {
		return err
	}
	has, err := p.GetDBVersion(ctx)
	if err != nil {
		return err
	}
	sources := p.ListSources()
	if newest := sources[len(sources)-1].Version; has > newest {
		return fmt.Errorf("its tables are of version %d, this server knows %d: it was written by a newer Shardlab; run that one, or name another file", has, newest)
	}
	if version == 0 {
		_, err = p.Up(ctx)
	} else {
		_, err = p.UpTo(ctx, version)
	}
	return err
}

// Close moves the log into the database file, so that the file alone is whole, and closes it.
func (s *Store) Close() error {
	// No reader may hold the log open while it is moved.
	err := s.read.Close()
	var busy, log, moved int
	if e := s.write.QueryRow(`PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &log, &moved); e != nil {
		err = errors.Join(err, fmt.Errorf("move the write-ahead log into the file: %w", e))
	}
	return errors.Join(err, s.write.Close())
}

// close drops what is open, for an Open that failed.
func (s *Store) close() {
	if s.read != nil {
		s.read.Close()
	}
	if s.write != nil {
		s.write.Close()
	}
}

// Ready says whether the database answers.
func (s *Store) Ready(ctx context.Context) error {
	var one int
	return s.read.QueryRowContext(ctx, `SELECT 1`).Scan(&one)
}

// Backup writes a whole copy of the database to a file that does not exist yet. The server may run meanwhile.
func (s *Store) Backup(ctx context.Context, to string) error {
	if _, err := os.Stat(to); err == nil {
		return fmt.Errorf("back up to %s: the file exists; name a new one", to)
	}
	if _, err := s.write.ExecContext(ctx, `VACUUM INTO $1`, to); err != nil {
		return fmt.Errorf("back up to %s: %w", to, err)
	}
	return nil
}

// change runs do in a transaction of the writer: all of it is kept, or nothing.
func (s *Store) change(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := do(tx); err != nil {
		if e := tx.Rollback(); e != nil && !errors.Is(e, sql.ErrTxDone) {
			return errors.Join(err, fmt.Errorf("roll back: %w", e))
		}
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}
