package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"shardlab/lessons/block"
)

var noon = time.UnixMilli(1_772_442_000_000)

func lesson(slug, title string) block.Lesson {
	return block.Lesson{Entry: block.Entry{Slug: slug, Title: title}, Blocks: []block.Block{{ID: "b1", Kind: block.Prose, HTML: "<p>" + title + "</p>"}}}
}

func course(lessons ...block.Lesson) block.Course {
	m := block.Module{Slug: "shards", Title: "Shards"}
	for _, l := range lessons {
		m.Lessons = append(m.Lessons, l.Entry)
	}
	return block.Course{Title: "Kinesis", Modules: []block.Module{m}}
}

// fresh opens a new database with one lesson, hash-keys.
func fresh(t testing.TB) *Store {
	t.Helper()
	s := reopen(t, filepath.Join(t.TempDir(), "shardlab.db"))
	l := lesson("hash-keys", "Hash keys")
	if _, err := s.Seed(t.Context(), course(l), []block.Lesson{l}, noon); err != nil {
		t.Fatal(err)
	}
	return s
}

func reopen(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.close() })
	return s
}

func event(n int) Event {
	return Event{ID: fmt.Sprintf("event-%016d", n), Kind: "goal", Lesson: "hash-keys", Block: "task", At: noon.UnixMilli() + int64(n), Data: json.RawMessage(`{"n":` + strconv.Itoa(n) + `}`)}
}

func TestReopenKeepsEverything(t *testing.T) {
	s := fresh(t)
	token := NewToken()
	before, err := s.AddEvents(t.Context(), token, []Event{event(1), event(2)}, noon)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(s.path + "-wal"); err == nil && info.Size() > 0 {
		t.Errorf("after Close the log still holds %d bytes: the file alone is not whole", info.Size())
	}
	s = reopen(t, s.path)
	l, err := s.Learner(t.Context(), token)
	if err != nil || l != before.Learner {
		t.Fatalf("learner is %+v, %v; want %+v", l, err, before.Learner)
	}
	events, last, err := s.Events(t.Context(), l.ID, 0)
	if err != nil || len(events) != 2 || last != 2 {
		t.Fatalf("events are %v (last %d), %v", events, last, err)
	}
	if got, want := fmt.Sprint(events[1]), fmt.Sprint(event(2)); got != want {
		t.Errorf("event is %s, want %s", got, want)
	}
	if later, _, _ := s.Events(t.Context(), l.ID, 1); len(later) != 1 {
		t.Errorf("after the first there are %d events, want 1", len(later))
	}
	if got, err := s.Lesson(t.Context(), "hash-keys"); err != nil || got.Title != "Hash keys" {
		t.Errorf("lesson is %q, %v", got.Title, err)
	}
	if c, err := s.Course(t.Context()); err != nil || c.Modules[0].Lessons[0].Slug != "hash-keys" {
		t.Errorf("course is %+v, %v", c, err)
	}
}

func TestOldFileIsBroughtUpToDate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old.db")
	old, err := open(t.Context(), path, 1) // a file from before lessons and progress
	if err != nil {
		t.Fatal(err)
	}
	token := NewToken()
	if _, err := insertGuest(t.Context(), old.write, token, noon); err != nil {
		t.Fatal(err)
	}
	if _, err := old.write.Exec(`SELECT 1 FROM events`); err == nil {
		t.Fatal("the old file has events: the test no longer starts from an old one")
	}
	old.close()

	s := reopen(t, path) // four migrations run
	l := lesson("hash-keys", "Hash keys")
	if _, err := s.Seed(t.Context(), course(l), []block.Lesson{l}, noon); err != nil {
		t.Fatal(err)
	}
	taken, err := s.AddEvents(t.Context(), token, []Event{event(1)}, noon)
	if err != nil || taken.Guest || taken.Accepted != 1 {
		t.Errorf("the learner of the old file gets %+v, %v", taken, err)
	}
	var version int
	if err := s.read.QueryRow(`SELECT max(version_id) FROM goose_db_version`).Scan(&version); err != nil || version != 5 {
		t.Errorf("tables are of version %d, %v; want 5", version, err)
	}
}

func TestNewerFileIsRefused(t *testing.T) {
	s := fresh(t)
	if _, err := s.write.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`); err != nil {
		t.Fatal(err)
	}
	s.close()
	_, err := Open(t.Context(), s.path)
	if err == nil || !strings.Contains(err.Error(), "newer Shardlab") {
		t.Errorf("error is %v, want one that says the file is newer", err)
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(text, []byte(strings.Repeat("these are notes and no database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, path, want string }{
		{"a folder that is not there", filepath.Join(dir, "no", "shardlab.db"), "does not exist"},
		{"a file that is no database", text, "not a database"},
		{"a folder", dir, "unable to open database file"},
		{"no name", "", "name a file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := Open(t.Context(), c.path)
			if err == nil {
				s.Close()
				t.Fatal("it opened")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %q, want %q in it", err, c.want)
			}
		})
	}
	if _, err := Open(t.Context(), filepath.Join(dir, "a name? with #marks & 100%.db")); err != nil {
		t.Errorf("an unusual file name: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "a name? with #marks & 100%.db")); err != nil {
		t.Errorf("an unusual file name is not kept as it is: %v", err)
	}
}

func TestEventsAreIdempotent(t *testing.T) {
	s := fresh(t)
	token := NewToken()
	first, err := s.AddEvents(t.Context(), token, []Event{event(1), event(2), event(1)}, noon)
	if err != nil || first.Accepted != 2 || first.Known != 1 || !first.Guest {
		t.Fatalf("first: %+v, %v", first, err)
	}
	changed := event(2)
	changed.Data = json.RawMessage(`{"forged":true}`)
	again, err := s.AddEvents(t.Context(), token, []Event{changed, event(3)}, noon)
	if err != nil || again.Accepted != 1 || again.Known != 1 || again.Guest || again.Learner.Events != 3 {
		t.Fatalf("again: %+v, %v", again, err)
	}
	events, _, _ := s.Events(t.Context(), again.Learner.ID, 0)
	if string(events[1].Data) != `{"n":2}` {
		t.Errorf("an event was changed by sending it again: %s", events[1].Data)
	}
	other, err := s.AddEvents(t.Context(), NewToken(), []Event{event(1)}, noon)
	if err != nil || other.Accepted != 1 {
		t.Errorf("another learner may have an event of the same id: %+v, %v", other, err)
	}
	if events, _, _ := s.Events(t.Context(), other.Learner.ID, 0); len(events) != 1 {
		t.Errorf("another learner sees %d events, want their own", len(events))
	}
}

func TestEventsCannotBeChanged(t *testing.T) {
	s := fresh(t)
	if _, err := s.AddEvents(t.Context(), NewToken(), []Event{event(1)}, noon); err != nil {
		t.Fatal(err)
	}
	if _, err := s.write.Exec(`UPDATE events SET kind = 'solved'`); err == nil || !strings.Contains(err.Error(), "never changed") {
		t.Errorf("changing an event: %v", err)
	}
}

func TestRefusedBatchLeavesNothing(t *testing.T) {
	s := fresh(t)
	t.Run("a lesson that never was", func(t *testing.T) {
		token, bad := NewToken(), event(2)
		bad.Lesson = "no-such-lesson"
		_, err := s.AddEvents(t.Context(), token, []Event{event(1), bad}, noon)
		var unknown *UnknownLessonError
		if !errors.As(err, &unknown) || unknown.Event != bad.ID {
			t.Fatalf("error is %v, want the unknown lesson of %s", err, bad.ID)
		}
		if _, err := s.Learner(t.Context(), token); !errors.Is(err, ErrNotFound) {
			t.Errorf("a guest was made for a refused batch: %v", err)
		}
	})
	t.Run("more than is kept", func(t *testing.T) {
		token := NewToken()
		first, err := s.AddEvents(t.Context(), token, []Event{event(1)}, noon)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.write.Exec(`UPDATE learners SET events = $1 WHERE id = $2`, MaxEvents-1, first.Learner.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := s.AddEvents(t.Context(), token, []Event{event(2), event(3)}, noon); !errors.Is(err, ErrFull) {
			t.Fatalf("error is %v, want ErrFull", err)
		}
		if events, _, _ := s.Events(t.Context(), first.Learner.ID, 0); len(events) != 1 {
			t.Errorf("%d events are there, want the first alone", len(events))
		}
		if again, err := s.AddEvents(t.Context(), token, []Event{event(1)}, noon); err != nil || again.Known != 1 {
			t.Errorf("a known event at the bound: %+v, %v", again, err)
		}
		if one, err := s.AddEvents(t.Context(), token, []Event{event(2)}, noon); err != nil || one.Accepted != 1 {
			t.Errorf("the last event that fits: %+v, %v", one, err)
		}
	})
	t.Run("an error in the middle", func(t *testing.T) {
		boom := errors.New("boom")
		err := s.change(t.Context(), func(tx *sql.Tx) error {
			if _, err := insertGuest(t.Context(), tx, Token{1}, noon); err != nil {
				return err
			}
			return boom
		})
		if !errors.Is(err, boom) {
			t.Fatalf("error is %v", err)
		}
		if _, err := s.Learner(t.Context(), Token{1}); !errors.Is(err, ErrNotFound) {
			t.Errorf("the learner of a rolled back transaction is there: %v", err)
		}
	})
}

func TestConcurrentWriters(t *testing.T) {
	s := fresh(t)
	const writers, batches, size = 16, 20, 5
	tokens := make([]Token, writers)
	var wg sync.WaitGroup
	for w := range writers {
		tokens[w] = NewToken()
		wg.Go(func() {
			for b := range batches {
				var batch []Event
				for i := range size {
					batch = append(batch, event(b*size+i))
				}
				taken, err := s.AddEvents(context.Background(), tokens[w], batch, noon)
				if err != nil || taken.Accepted != size {
					t.Errorf("writer %d, batch %d: %+v, %v", w, b, taken, err)
					return
				}
				if l, err := s.Learner(context.Background(), tokens[w]); err != nil || l.Events != int64((b+1)*size) {
					t.Errorf("writer %d reads %+v, %v after batch %d", w, l, err, b)
					return
				}
			}
		})
	}
	wg.Wait()
	for _, token := range tokens {
		l, err := s.Learner(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		events, _, err := s.Events(t.Context(), l.ID, 0)
		if err != nil || len(events) != batches*size {
			t.Errorf("%s has %d events, %v; want %d", l.Name, len(events), err, batches*size)
		}
		for i, e := range events {
			if e.ID != event(i).ID {
				t.Fatalf("%s: event %d is %s: the order was lost", l.Name, i, e.ID)
			}
		}
	}
}

// Figures are kept until others are.
func TestFigures(t *testing.T) {
	s := fresh(t)
	for _, want := range []map[string]map[string]string{{}, {"a": {"rate": "1,000"}, "b": {}}, {"a": {"rate": "2"}}} {
		if err := s.SetFigures(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		got, err := s.Figures(t.Context())
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("kept %v, got %v, %v", want, got, err)
		}
	}
}

// A course is built once by a program, and again when another course came between.
func TestBuiltBy(t *testing.T) {
	s := fresh(t)
	built := func(program string) bool {
		t.Helper()
		yes, err := s.BuiltBy(t.Context(), program)
		if err != nil {
			t.Fatal(err)
		}
		return yes
	}
	if built("one") {
		t.Error("nobody has built a course yet")
	}
	for _, program := range []string{"one", "two", "two"} {
		if err := s.SetBuilder(t.Context(), program); err != nil {
			t.Fatal(err)
		}
		if !built(program) {
			t.Errorf("%s has built the course, and nobody knows", program)
		}
	}
	if built("one") {
		t.Error("two programs have built the course")
	}
	l := lesson("hash-keys", "Hash keys, told anew")
	if _, err := s.Seed(t.Context(), course(l), []block.Lesson{l}, noon); err != nil {
		t.Fatal(err)
	}
	if built("two") {
		t.Error("another course is there, and is taken for the one that was built")
	}
}

func TestSeedKeepsVersions(t *testing.T) {
	s := fresh(t)
	edition, err := s.Edition(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	l := lesson("hash-keys", "Hash keys")
	if n, err := s.Seed(t.Context(), course(l), []block.Lesson{l}, noon); err != nil || n != 0 {
		t.Fatalf("seeding the same course changed %d lessons, %v", n, err)
	}
	if again, _ := s.Edition(t.Context()); again != edition {
		t.Errorf("the edition became %s, was %s", again, edition)
	}
	better, more := lesson("hash-keys", "Hash keys, told better"), lesson("limits", "Limits")
	if n, err := s.Seed(t.Context(), course(better, more), []block.Lesson{better, more}, noon); err != nil || n != 2 {
		t.Fatalf("an upgrade changed %d lessons, %v; want 2", n, err)
	}
	if got, _ := s.Lesson(t.Context(), "hash-keys"); got.Title != better.Title {
		t.Errorf("served is %q", got.Title)
	}
	if v, err := s.Versions(t.Context(), "hash-keys"); err != nil || len(v) != 2 {
		t.Errorf("versions are %v, %v; want both", v, err)
	}
	// The lesson leaves the course: it is not served, and its progress stays valid.
	if _, err := s.Seed(t.Context(), course(more), []block.Lesson{more}, noon); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Lesson(t.Context(), "hash-keys"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a retired lesson: %v, want ErrNotFound", err)
	}
	if taken, err := s.AddEvents(t.Context(), NewToken(), []Event{event(1)}, noon); err != nil || taken.Accepted != 1 {
		t.Errorf("progress in a retired lesson: %+v, %v", taken, err)
	}
	// And it may come back in its old words.
	if n, err := s.Seed(t.Context(), course(l, more), []block.Lesson{l, more}, noon); err != nil || n != 1 {
		t.Errorf("bringing it back changed %d lessons, %v; want 1", n, err)
	}
	if v, _ := s.Versions(t.Context(), "hash-keys"); len(v) != 2 {
		t.Errorf("versions are %v; the old words are a version already", v)
	}
}

func TestBackup(t *testing.T) {
	s := fresh(t)
	token := NewToken()
	if _, err := s.AddEvents(t.Context(), token, []Event{event(1)}, noon); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "copy's.db")
	if err := s.Backup(t.Context(), to); err != nil {
		t.Fatal(err)
	}
	if err := s.Backup(t.Context(), to); err == nil || !strings.Contains(err.Error(), "exists") {
		t.Errorf("a second backup over the first: %v", err)
	}
	if l, err := reopen(t, to).Learner(t.Context(), token); err != nil || l.Events != 1 {
		t.Errorf("the copy has %+v, %v", l, err)
	}
}

func TestTokens(t *testing.T) {
	token := NewToken()
	if back, ok := ParseToken(token.String()); !ok || back != token {
		t.Errorf("%s does not read back", token)
	}
	for _, bad := range []string{"", "short", token.String() + "A", strings.Repeat("=", 43)} {
		if _, ok := ParseToken(bad); ok {
			t.Errorf("%q passes as a token", bad)
		}
	}
	s := fresh(t)
	if _, err := s.AddEvents(t.Context(), token, nil, noon); err != nil {
		t.Fatal(err)
	}
	var kept []byte
	if err := s.read.QueryRow(`SELECT token FROM sessions`).Scan(&kept); err != nil || string(kept) == string(token[:]) {
		t.Errorf("the token itself is kept, %v", err)
	}
}

// SQLite numbers $n by first appearance, whatever n says; other engines do not. So they rise in every statement.
func TestPlaceholdersRise(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	statement, placeholder := regexp.MustCompile("(?s)`[^`]*`"), regexp.MustCompile(`\$(\d+)`)
	seen := 0
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, sql := range statement.FindAllString(string(text), -1) {
			next := 1
			for _, m := range placeholder.FindAllStringSubmatch(sql, -1) {
				n, _ := strconv.Atoi(m[1])
				if n > next {
					t.Errorf("%s: $%d appears before $%d in %s", f, n, next, sql)
				}
				if n == next {
					next++
					seen++
				}
			}
		}
	}
	if seen < 20 {
		t.Errorf("looked at %d placeholders; the test no longer finds the statements", seen)
	}
}

func BenchmarkAddEvents(b *testing.B) {
	s := fresh(b)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		// A learner who sends four events, as 500 of them would at once.
		n++
		if _, err := s.AddEvents(b.Context(), NewToken(), []Event{event(4 * n), event(4*n + 1), event(4*n + 2), event(4*n + 3)}, noon); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(4*n)/b.Elapsed().Seconds(), "events/s")
}
