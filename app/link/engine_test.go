package link

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/protocol"
)

// bench plays worker.js and the engine, and writes down what the engine's line says.
type bench struct {
	t       *testing.T
	e       *Engine
	text    func(string)
	news    func(workerNews)
	posted  []protocol.Request
	said    []string
	spawned int
	refuse  error
	now     time.Time
}

func (b *bench) post(text string) {
	var r protocol.Request
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		b.t.Fatal(err)
	}
	b.posted = append(b.posted, r)
}

func (b *bench) end() { b.say("ended") }

func (b *bench) say(format string, args ...any) {
	b.said = append(b.said, fmt.Sprintf(format, args...))
}

func newBench(t *testing.T) *bench {
	b := &bench{t: t, now: time.Unix(1000, 0)}
	b.e = newEngine(Hooks{
		Frame:   func(f protocol.Frame) { b.say("frame %d", f.Seq) },
		Panic:   func(p protocol.Panic) { b.say("panic %s", p.Message) },
		State:   func(s State, words string) { b.say("%s %s", s, words) },
		Loading: func(total int64) { b.say("total %d", total) },
	}, func(text func(string), news func(workerNews)) (worker, error) {
		b.spawned++
		b.text, b.news = text, news
		return b, b.refuse
	})
	b.e.clock = func() time.Time { return b.now }
	return b
}

func (b *bench) ask(kind string) int64 {
	return b.e.Send(protocol.Request{Kind: kind}, func(r protocol.Reply) {
		code := "ok"
		if r.Error != nil {
			code = r.Error.Code
		}
		b.say("%s %s", kind, code)
	})
}

func (b *bench) tell(m protocol.Message) {
	text, err := json.Marshal(m)
	if err != nil {
		b.t.Fatal(err)
	}
	b.text(string(text))
}

func (b *bench) ready(version int) {
	b.news(workerNews{State: "ready"})
	hello := b.posted[len(b.posted)-1]
	if hello.Kind != protocol.Hello {
		b.t.Fatalf("the first request is %q", hello.Kind)
	}
	b.tell(protocol.Message{Reply: &protocol.Reply{ID: hello.ID, Engine: &protocol.Engine{Version: version}}})
}

func (b *bench) expect(want ...string) {
	b.t.Helper()
	for i := range b.said {
		b.said[i] = strings.TrimSpace(b.said[i])
	}
	if got := strings.Join(b.said, " / "); got != strings.Join(want, " / ") {
		b.t.Errorf("heard %s\nwant  %s", got, strings.Join(want, " / "))
	}
	b.said = nil
}

func TestEngine(t *testing.T) {
	t.Run("what is sent early waits and keeps its order", func(t *testing.T) {
		b := newBench(t)
		b.e.Start()
		b.e.Start()
		b.ask(protocol.Open)
		b.ask(protocol.Play)
		b.news(workerNews{State: "loading", Total: 2_000_000})
		if len(b.posted) != 0 || b.spawned != 1 {
			t.Fatalf("%d requests posted before the engine was ready, %d workers", len(b.posted), b.spawned)
		}
		b.ready(protocol.Version)
		id := b.ask(protocol.Step)
		var kinds []string
		for _, r := range b.posted {
			kinds = append(kinds, r.Kind)
			if r.V != protocol.Version {
				t.Errorf("%s has version %d", r.Kind, r.V)
			}
		}
		if got := strings.Join(kinds, " "); got != "hello open play step" {
			t.Errorf("posted %s", got)
		}
		for i := int64(1); i <= id; i++ {
			b.tell(protocol.Message{Reply: &protocol.Reply{ID: i}})
		}
		b.tell(protocol.Message{Frame: &protocol.Frame{Seq: 4}})
		b.expect("loading", "total 2000000", "ready", "open ok", "play ok", "step ok", "frame 4")
	})
	t.Run("an engine of another version", func(t *testing.T) {
		b := newBench(t)
		b.e.Start()
		b.ask(protocol.Open)
		b.ready(protocol.Version + 1)
		b.expect("loading", "ended", fmt.Sprintf("failed The engine speaks version %d of our protocol, this page speaks %d. Reload the page to have both from one build.", protocol.Version+1, protocol.Version), "open Stopped")
	})
	t.Run("a program that does not come, and another try", func(t *testing.T) {
		b := newBench(t)
		b.e.Start()
		b.news(workerNews{State: "failed", Message: "404"})
		b.expect("loading", "ended", "failed 404")
		b.e.Start()
		b.ready(protocol.Version)
		b.expect("loading", "ready")
	})
	t.Run("a browser without workers", func(t *testing.T) {
		b := newBench(t)
		b.refuse = errors.New("blocked")
		b.e.Start()
		b.expect("loading", "failed This browser could not start the engine: blocked")
	})
	t.Run("a panic is its last word", func(t *testing.T) {
		b := newBench(t)
		b.e.Start()
		b.ready(protocol.Version)
		b.ask(protocol.Do)
		b.tell(protocol.Message{Panic: &protocol.Panic{Message: "closed shard took a record"}})
		b.tell(protocol.Message{Frame: &protocol.Frame{Seq: 9}})
		b.expect("loading", "ready", "ended", "stopped", "do Stopped", "panic closed shard took a record")
		if b.e.State() != Stopped {
			t.Errorf("state %s", b.e.State())
		}
	})
	t.Run("stopped and started again", func(t *testing.T) {
		b := newBench(t)
		b.e.Start()
		b.ready(protocol.Version)
		b.ask(protocol.Until)
		late := b.text
		b.e.Restart()
		late(`{"frame":{"seq":1}}`) // the old worker's last words
		b.ask(protocol.Open)
		b.ready(protocol.Version)
		b.tell(protocol.Message{Reply: &protocol.Reply{ID: b.posted[len(b.posted)-1].ID}})
		b.expect("loading", "ready", "ended", "stopped", "until Stopped", "loading", "ready", "open ok")
	})
	t.Run("a message that is none", func(t *testing.T) {
		b := newBench(t)
		b.e.Start()
		b.ready(protocol.Version)
		b.text("{")
		b.expect("loading", "ready", "ended", "failed The engine said something that is no message: unexpected end of JSON input")
	})
	t.Run("an engine that ends by itself", func(t *testing.T) {
		b := newBench(t)
		b.e.Start()
		b.ready(protocol.Version)
		b.news(workerNews{State: "exited"})
		b.expect("loading", "ready", "ended", "failed The engine ended by itself.")
	})
	t.Run("how long the oldest request waits", func(t *testing.T) {
		b := newBench(t)
		b.e.Start()
		b.ready(protocol.Version)
		b.ask(protocol.Until)
		b.now = b.now.Add(3 * time.Second)
		b.ask(protocol.Pause)
		if oldest, n := b.e.Waiting(); oldest != 3*time.Second || n != 2 {
			t.Errorf("%v, %d requests", oldest, n)
		}
	})
	t.Run("a reply may send again, also when the engine ends", func(t *testing.T) {
		b := newBench(t)
		b.e.Start()
		b.ready(protocol.Version)
		b.e.Send(protocol.Request{Kind: protocol.Do}, func(protocol.Reply) { b.ask(protocol.Save) })
		b.e.Stop()
		if _, n := b.e.Waiting(); n != 1 {
			t.Errorf("%d requests wait for the next start", n)
		}
		b.e.Start()
		b.ready(protocol.Version)
		if last := b.posted[len(b.posted)-1]; last.Kind != protocol.Save {
			t.Errorf("the last request is %s", last.Kind)
		}
	})
}
