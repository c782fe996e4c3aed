package console

import (
	"errors"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/jq"
	"shardlab/wasm/jq/filter"
	"shardlab/wasm/terminal"
)

// A Wire leads to a console's program as the engine's line in the browser does, with a goroutine for a worker.
type Wire struct {
	server *Server
	up     chan []byte
	gone   error
	began  int // programs
}

// Send implements terminal.Pipe.
func (w *Wire) Send(text []byte) (fresh bool) {
	if w.server != nil {
		w.server.Receive(text)
		return false
	}
	up := make(chan []byte, 1000)
	w.server, w.up, w.began = NewServer(func(text []byte) { up <- text }, func() {}, filter.Run), up, w.began+1
	go w.server.Work()
	return true
}

// Receive implements terminal.Pipe.
func (w *Wire) Receive() ([]byte, error) {
	if w.gone != nil {
		return nil, w.gone
	}
	select {
	case text := <-w.up:
		return text, nil
	case <-time.After(time.Millisecond):
		return nil, nil
	}
}

// End implements terminal.Pipe.
func (w *Wire) End() {
	w.server.Close()
	w.server, w.gone = nil, nil
}

func behindWire(t *testing.T) (terminal.Terminal, *terminal.Link, *Wire) {
	w := &Wire{}
	link := terminal.NewLink(w)
	t.Cleanup(func() {
		if w.server != nil {
			w.End()
		}
	})
	f := newFake()
	return link.Open(f, terminal.Describe(fakeServices())), link, w
}

// text is what an entry wrote.
func text(out []terminal.Output) string {
	var b strings.Builder
	for _, o := range out {
		b.WriteString(o.Text)
	}
	return b.String()
}

// A console behind a line keeps its variables and files from entry to entry, completes, and runs jq beside.
func TestBehindALine(t *testing.T) {
	c, link, w := behindWire(t)
	out, exit := c.Run("x=1; echo a > f; aws kinesis create-stream --stream-name trips --shard-count 1 >/dev/null 2>&1 && echo done")
	if exit != 0 || !strings.HasSuffix(text(out), "done\n") {
		t.Fatalf("it wrote %q, %d", text(out), exit)
	}
	if out, _ := c.Run("echo $x $(cat f)"); text(out) != "1 a\n" {
		t.Errorf("variables and files: %q", text(out))
	}
	if from, to, options := c.Complete("aws kinesis describe-stream --stream-name t", 43); from != 42 || to != 43 || len(options) != 1 || options[0].Text != "trips" {
		t.Errorf("completed %d to %d with %v", from, to, options)
	}
	out, exit = c.Run("aws kinesis describe-stream --stream-name nope")
	if exit == 0 || !strings.Contains(text(out), "ResourceNotFoundException") || out[0].To != ToErr {
		t.Errorf("a service's refusal: %v, %d", out, exit)
	}
	answer, err := link.JQ(jq.Call{Filter: ".a", Input: `{"a":2} {"a":3}`, Compact: true}, nil)
	if err != nil || len(answer.Wrote) == 0 || answer.Wrote[0].Text != "2\n" {
		t.Errorf("jq answers %+v, %v", answer, err)
	}
	if w.began != 1 {
		t.Errorf("%d programs were started", w.began)
	}
}

// Ctrl and C reaches an entry that asks nothing of the world, and one that waits.
func TestBehindALineInterrupt(t *testing.T) {
	for _, line := range []string{"while true; do wait 1s; done", "jq -n 'last(range(1e12))'"} {
		c, _, _ := behindWire(t)
		turns := 0
		c.SetSlice(func() {
			if turns++; turns == 3 {
				c.Interrupt()
			}
		})
		if out, exit := c.Run(line); exit != exitInterrupt {
			t.Errorf("%s ends with %d: %q", line, exit, text(out))
		}
		if out, exit := c.Run("echo again"); exit != 0 || text(out) != "again\n" {
			t.Errorf("then it writes %q, %d", text(out), exit)
		}
	}
}

// A line whose command makes the world ask jq, which is the end of the program, ends too.
func TestBehindALineThatTheWorldBreaks(t *testing.T) {
	w := &Wire{}
	link := terminal.NewLink(w)
	c := link.Open(&asking{newFake(), func() {
		w.gone = errors.New("it may have used too much memory")
		if _, err := link.JQ(jq.Call{Filter: "."}, nil); err == nil {
			t.Error("jq answers without a program")
		}
	}}, terminal.Describe(fakeServices()))
	if out, exit := c.Run("aws kinesis list-streams"); exit != 1 || !strings.Contains(text(out), "The console has ended") {
		t.Errorf("it writes %q, %d", text(out), exit)
	}
	if out, exit := c.Run("echo a"); exit != 0 || text(out) != "a\n" {
		t.Errorf("then it writes %q, %d", text(out), exit)
	}
	w.End()
}

// An asking world does something when a command comes.
type asking struct {
	*fake
	first func()
}

func (a *asking) Do(as, service, op string, body []byte) ([]byte, error) {
	a.first()
	return a.fake.Do(as, service, op, body)
}

// When the program is gone the entry says so, the lab goes on, and the next entry starts another.
func TestBehindALineThatBreaks(t *testing.T) {
	c, link, w := behindWire(t)
	c.Run("x=1")
	w.gone = errors.New("it may have used too much memory")
	if out, exit := c.Run("echo a"); exit != 1 || !strings.Contains(text(out), "The console has ended: it may have used too much memory") || !strings.Contains(text(out), "anew") {
		t.Errorf("it writes %q, %d", text(out), exit)
	}
	if out, exit := c.Run("echo $x."); exit != 0 || text(out) != ".\n" || w.began != 2 {
		t.Errorf("then it writes %q, %d, in program %d", text(out), exit, w.began)
	}
	w.gone = errors.New("gone again")
	if _, err := link.JQ(jq.Call{Filter: ".", Input: "1"}, nil); err == nil {
		t.Error("jq answers without a program")
	}
	if answer, err := link.JQ(jq.Call{Filter: ".", Input: "1"}, nil); err != nil || answer.Wrote[0].Text != "1\n" || w.began != 3 {
		t.Errorf("jq answers %+v, %v", answer, err)
	}
	if out, exit := c.Run("echo b"); exit != 0 || text(out) != "b\n" || w.began != 3 {
		t.Errorf("a program that jq started serves a console too: %q, %d, in program %d", text(out), exit, w.began)
	}
}
