package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/console"
	"shardlab/wasm/lab"
	"shardlab/wasm/protocol"
)

// desk is a loop on a clock that the test moves, with what it sent.
type desk struct {
	t      *testing.T
	clock  clock
	loop   *loop
	sent   []protocol.Message
	id     int64
	during func() // called when the loop gives the outside its turn

	cost float64 // wall time per virtual time that the engine needs: 0.001 makes it 1,000 times as fast as time
	paid int64   // virtual instant up to which it was charged
}

// wall charges the work that was done since the last look.
func (d *desk) wall() time.Duration {
	if d.loop != nil && d.loop.lab != nil {
		now := d.loop.lab.Now()
		if now > d.paid {
			d.clock.now += time.Duration(float64(now-d.paid)*d.cost) * time.Microsecond
		}
		d.paid = now
	}
	return d.clock.wall()
}

func newDesk(t *testing.T, tick time.Duration) *desk {
	d := &desk{t: t, clock: clock{tick: tick}}
	d.loop = newLoop(hostFuncs{
		wall: d.wall, lab: lab.Host{Console: console.Open(nil)},
		send: func(text []byte) {
			var m protocol.Message
			if err := json.Unmarshal(text, &m); err != nil {
				t.Fatalf("sent what is no message: %v", err)
			}
			d.sent = append(d.sent, m)
		},
		yield: func() {
			if d.during != nil {
				d.during()
			}
		},
	})
	return d
}

// ask sends a request without turning the loop and returns its id.
func (d *desk) ask(r protocol.Request) int64 {
	d.id++
	r.V, r.ID = protocol.Version, d.id
	text, err := json.Marshal(r)
	if err != nil {
		d.t.Fatal(err)
	}
	d.loop.receive(text)
	return d.id
}

// settle turns the loop until nothing waits and, unless it plays, nothing is to do.
func (d *desk) settle() {
	for range 1_000_000 {
		d.loop.turn()
		if d.loop.over || d.loop.task == nil && len(d.loop.queue) == 0 {
			return
		}
	}
	d.t.Fatal("the loop does not settle")
}

// pass lets wall time pass, as the browser would.
func (d *desk) pass(wall time.Duration) {
	for end := d.clock.now + wall; d.clock.now < end && !d.loop.over; {
		wait := d.loop.turn()
		if wait == idle {
			d.clock.now = end
			return
		}
		d.clock.now = min(end, d.clock.now+max(wait, time.Millisecond))
	}
}

func (d *desk) do(r protocol.Request) protocol.Reply {
	id := d.ask(r)
	d.settle()
	for _, m := range d.sent {
		if m.Reply != nil && m.Reply.ID == id {
			return *m.Reply
		}
	}
	d.t.Fatalf("request %d (%s) was not answered", id, r.Kind)
	return protocol.Reply{}
}

func (d *desk) frame() protocol.Frame {
	for i := len(d.sent) - 1; i >= 0; i-- {
		if d.sent[i].Frame != nil {
			return *d.sent[i].Frame
		}
	}
	d.t.Fatal("no frame was sent")
	return protocol.Frame{}
}

func (d *desk) frames() (all []protocol.Frame) {
	for _, m := range d.sent {
		if m.Frame != nil {
			all = append(all, *m.Frame)
		}
	}
	return all
}

func labFile(t *testing.T) json.RawMessage {
	b, err := os.ReadFile("testdata/lab.json")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func openDesk(t *testing.T, tick time.Duration) *desk {
	d := newDesk(t, tick)
	if r := d.do(protocol.Request{Kind: protocol.Open, Lab: labFile(t)}); r.Error != nil {
		t.Fatalf("open: %+v", r.Error)
	}
	return d
}

func TestRefusals(t *testing.T) {
	d := newDesk(t, 0)
	rows := []struct{ name, text, code, words string }{
		{"no JSON", `{`, "BadRequest", "not a request"},
		{"another version", `{"v":99,"id":7,"kind":"hello"}`, "BadRequest", "reload"},
		{"unknown kind", `{"v":1,"id":8,"kind":"dance"}`, "BadRequest", "dance"},
		{"no lab", `{"v":1,"id":9,"kind":"play"}`, "NoLab", "no lab"},
		{"a lab that is none", `{"v":1,"id":10,"kind":"open","lab":{"nome":1}}`, "LabError", "nome"},
		{"no log", `{"v":1,"id":11,"kind":"open","lab":{},"log":"x"}`, "LabError", ""},
	}
	for _, r := range rows {
		d.sent = nil
		d.loop.receive([]byte(r.text))
		d.settle()
		if len(d.sent) != 1 || d.sent[0].Reply == nil || d.sent[0].Reply.Error == nil {
			t.Fatalf("%s: %+v", r.name, d.sent)
		}
		if e := d.sent[0].Reply.Error; e.Code != r.code || !strings.Contains(e.Message, r.words) {
			t.Errorf("%s: %+v", r.name, e)
		}
	}
	if r := d.do(protocol.Request{Kind: protocol.Hello}); r.Engine == nil || len(r.Engine.Profiles) == 0 {
		t.Errorf("hello: %+v", r)
	}
	open := openDesk(t, 0)
	for name, r := range map[string]protocol.Request{
		"too fast": {Kind: protocol.Play, Speed: 1e6}, "no condition": {Kind: protocol.Until}, "nothing there": {Kind: protocol.Inspect, Ref: "shard:x/y"},
	} {
		if reply := open.do(r); reply.Error == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// TestSeenBeforeAnswered: the frame that shows what a request did goes before the answer, so that whoever has the answer has seen it.
func TestSeenBeforeAnswered(t *testing.T) {
	d := openDesk(t, 0)
	for name, r := range map[string]protocol.Request{
		"do":   {Kind: protocol.Do, Service: "s3api", Op: "CreateBucket", Body: []byte(`{"Bucket":"lake"}`)},
		"play": {Kind: protocol.Play, Speed: 2}, "pause": {Kind: protocol.Pause}, "fork": {Kind: protocol.Forked},
	} {
		d.sent = nil
		if reply := d.do(r); reply.Error != nil {
			t.Fatalf("%s: %+v", name, reply.Error)
		}
		for _, m := range d.sent {
			if m.Frame != nil {
				break
			}
			if m.Reply != nil {
				t.Errorf("%s is answered before it is seen", name)
			}
		}
	}
}

func TestPlayKeepsPace(t *testing.T) {
	d := openDesk(t, 0)
	begun := d.frame().Now
	d.do(protocol.Request{Kind: protocol.Play, Speed: 2})
	d.sent = nil
	d.pass(3 * time.Second)
	d.do(protocol.Request{Kind: protocol.Pause})
	f := d.frame()
	if lived := f.Now - begun; lived < 5_900_000 || lived > 6_050_000 || f.Playing {
		t.Errorf("3 s at double speed lived %d µs; playing %v", lived, f.Playing)
	}
	if n := len(d.frames()); n < 40 || n > 75 {
		t.Errorf("%d frames in 3 s", n)
	}
	seq := int64(0)
	for _, f := range d.frames() {
		if f.Seq <= seq || f.Reached != 0 {
			t.Fatalf("frame %d after %d, reached %v", f.Seq, seq, f.Reached)
		}
		seq = f.Seq
	}
}

// TestSlowEngine: when the lab cannot keep up, it says how fast it goes and does not pile up what it owes.
func TestSlowEngine(t *testing.T) {
	d := openDesk(t, 0)
	d.cost = 0.01
	d.do(protocol.Request{Kind: protocol.Play, Speed: 3600})
	d.pass(6 * time.Second)
	f := d.frame()
	if f.Reached < 50 || f.Reached > 110 {
		t.Errorf("reached %v at speed 3600; the engine can do 100", f.Reached)
	}
	d.sent = nil
	d.do(protocol.Request{Kind: protocol.Play, Speed: 1})
	at := d.frame().Now
	d.pass(time.Second)
	if lived := d.frame().Now - at; lived > 1_300_000 {
		t.Errorf("after slowing down %d µs passed in a second: the debt was kept", lived)
	}
}

func TestStepAndUntil(t *testing.T) {
	d := openDesk(t, 0)
	r := d.do(protocol.Request{Kind: protocol.Until, Until: &protocol.Condition{Kinds: []string{protocol.EventWriteRefused}}})
	if r.Reached == "" || d.frame().Playing {
		t.Errorf("until: %+v", r)
	}
	before := d.frame().Now
	r = d.do(protocol.Request{Kind: protocol.Until, Until: &protocol.Condition{At: before + 5*protocol.Second}})
	if d.frame().Now != before+5*protocol.Second {
		t.Errorf("until an instant stands at %d, not at %d: %+v", d.frame().Now, before+5*protocol.Second, r)
	}
}

// TestPauseInterrupts: a long run ends when a pause comes, and both are answered, in order.
func TestPauseInterrupts(t *testing.T) {
	d := openDesk(t, 0)
	d.cost = 0.01
	long := d.ask(protocol.Request{Kind: protocol.Seek, At: 600 * protocol.Second})
	for range 5 {
		d.loop.turn()
	}
	if d.loop.task == nil {
		t.Fatal("ten minutes were over in five slices")
	}
	d.clock.now += frameTime
	d.loop.turn()
	if d.frame().Busy == "" {
		t.Error("the frame of a long run does not say so")
	}
	pause := d.ask(protocol.Request{Kind: protocol.Pause})
	after := d.ask(protocol.Request{Kind: protocol.Inspect, Ref: "stream:trips"})
	d.settle()
	var order []int64
	for _, m := range d.sent {
		if m.Reply != nil {
			order = append(order, m.Reply.ID)
		}
	}
	if want := fmt.Sprint([]int64{1, long, pause, after}); fmt.Sprint(order) != want {
		t.Errorf("answered in the order %v, want %v", order, want)
	}
	if f := d.frame(); f.Busy != "" || f.Now >= 600*protocol.Second {
		t.Errorf("after the pause: busy %q at %d", f.Busy, f.Now)
	}
}

// TestPauseInterruptsConsole: an endless entry ends when a pause comes, and frames are sent while it runs.
func TestPauseInterruptsConsole(t *testing.T) {
	d := openDesk(t, 0)
	d.cost = 0.01
	turns := 0
	d.during = func() {
		if turns++; turns == 20 {
			d.ask(protocol.Request{Kind: protocol.Pause})
		}
	}
	d.sent = nil
	r := d.do(protocol.Request{Kind: protocol.Type, Line: "while true; do wait 1s; done"})
	if r.Exit != 130 {
		t.Errorf("exit %d, %v", r.Exit, r.Output)
	}
	busy := 0
	for _, f := range d.frames() {
		if f.Busy != "" {
			busy++
		}
	}
	if busy == 0 {
		t.Error("no frame while the entry ran")
	}
	if r := d.do(protocol.Request{Kind: protocol.Type, Line: "echo on"}); r.Exit != 0 || r.Output[0].Text != "on\n" {
		t.Errorf("afterwards: %+v", r)
	}
}

func TestSeekBackAndOpenAgain(t *testing.T) {
	d := openDesk(t, 0)
	first := d.frame()
	d.do(protocol.Request{Kind: protocol.Seek, At: 60 * protocol.Second})
	there := d.frame()
	d.do(protocol.Request{Kind: protocol.Seek, At: 30 * protocol.Second})
	back := d.frame()
	if there.Now != 60*protocol.Second || back.Now != 30*protocol.Second || back.End != there.Now || back.History == there.History {
		t.Errorf("there %d, back %d, end %d, history %d and %d", there.Now, back.Now, back.End, there.History, back.History)
	}
	d.do(protocol.Request{Kind: protocol.Seek, At: 0})
	if f := d.frame(); f.Now != first.Opened {
		t.Errorf("before its opening the lab stands at %d, not at %d", f.Now, first.Opened)
	}
	d.do(protocol.Request{Kind: protocol.Type, Line: "aws kinesis put-record --stream-name trips --partition-key a --data YQ=="})
	log := d.do(protocol.Request{Kind: protocol.Save}).Log
	last := d.frame()
	if r := d.do(protocol.Request{Kind: protocol.Open, Lab: labFile(t), Log: log}); r.Error != nil {
		t.Fatalf("open from the log: %+v", r.Error)
	}
	f := d.frame()
	if f.Now != last.Now || f.Commands != last.Commands || f.History == last.History || f.Seq <= last.Seq {
		t.Errorf("opened again at %d with %d commands, history %d, frame %d; was %d, %d, %d, %d", f.Now, f.Commands, f.History, f.Seq, last.Now, last.Commands, last.History, last.Seq)
	}
	if r := d.do(protocol.Request{Kind: protocol.Open, Lab: labFile(t), Log: "{"}); r.Error == nil {
		t.Error("a corrupt log is taken")
	}
	if d.do(protocol.Request{Kind: protocol.Save}).Log == "" {
		t.Error("after a corrupt log the lab is gone")
	}
}

func TestDoShowsItsLine(t *testing.T) {
	d := openDesk(t, 0)
	r := d.do(protocol.Request{Kind: protocol.Do, Service: "kinesis", Op: "PutRecord", Body: json.RawMessage(`{"StreamName":"trips","PartitionKey":"a","Data":"YQ=="}`)})
	if r.Error != nil || !strings.Contains(string(r.Body), "SequenceNumber") || r.Command != "aws kinesis put-record --stream-name trips --partition-key a --data a --cli-binary-format raw-in-base64-out" {
		t.Errorf("%+v", r)
	}
	r = d.do(protocol.Request{Kind: protocol.Do, Service: "kinesis", Op: "PutRecord", Body: json.RawMessage(`{"StreamName":"nowhere","PartitionKey":"a","Data":"YQ=="}`)})
	if r.Error == nil || r.Error.Code != "ResourceNotFoundException" {
		t.Errorf("%+v", r.Error)
	}
	if c := d.do(protocol.Request{Kind: protocol.Complete, Line: "aws kin", Pos: 7}).Completion; c == nil || len(c.Options) != 1 || c.Options[0].Text != "kinesis" {
		t.Errorf("completion %+v", c)
	}
}

// TestCrash: after a panic the last word holds the log, and nothing follows.
func TestCrash(t *testing.T) {
	d := openDesk(t, 0)
	d.do(protocol.Request{Kind: protocol.Type, Line: "aws kinesis put-record --stream-name trips --partition-key a --data YQ=="})
	d.sent = nil
	d.ask(protocol.Request{Kind: protocol.Crash})
	d.ask(protocol.Request{Kind: protocol.Pause})
	d.settle()
	if len(d.sent) != 1 || d.sent[0].Panic == nil || d.sent[0].Panic.Log == "" || d.sent[0].Panic.Seed != 7 {
		t.Fatalf("sent %+v", d.sent)
	}
	again := newDesk(t, 0)
	if r := again.do(protocol.Request{Kind: protocol.Open, Lab: labFile(t), Log: d.sent[0].Panic.Log}); r.Error != nil {
		t.Fatalf("the log of the panic does not open: %+v", r.Error)
	}
	if again.frame().Commands != 1 {
		t.Errorf("%d commands were restored", again.frame().Commands)
	}
}

func TestKindOf(t *testing.T) {
	for text, want := range map[string]string{
		`{"v":1,"id":2,"kind":"pause"}`: "pause", `{"lab":{"kind":"x"},"kind":"seek"}`: "seek", `{"kind":5}`: "", `[]`: "", ``: "", `{"a":`: "",
	} {
		if got := kindOf([]byte(text)); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestUndoOverTheLine(t *testing.T) {
	d := newDesk(t, time.Microsecond)
	d.do(protocol.Request{Kind: protocol.Open, Lab: json.RawMessage(`{"name":"undo","start":"2026-03-02T08:39:30Z","seed":7,"world":[]}`)})
	if r := d.do(protocol.Request{Kind: protocol.Undo}); r.Error == nil || r.Error.Code != "NothingToUndo" {
		t.Errorf("undo of nothing: %+v", r)
	}
	create := protocol.Request{Kind: protocol.Do, Service: "kinesis", Op: "CreateStream", Body: json.RawMessage(`{"StreamName":"a","ShardCount":1}`)}
	d.do(create)
	create.Body, create.With = json.RawMessage(`{"StreamName":"b","ShardCount":1}`), true
	d.do(create)
	d.do(protocol.Request{Kind: protocol.Seek, At: 30 * protocol.Second})
	before := d.frame()
	const line = "aws kinesis create-stream --stream-name a --shard-count 1"
	if before.Undo != line || before.Redo != "" || before.Commands != 2 {
		t.Errorf("the frame offers undo of %q, redo of %q, after %d commands", before.Undo, before.Redo, before.Commands)
	}
	if r := d.do(protocol.Request{Kind: protocol.Undo}); r.Error != nil || r.Command != line {
		t.Errorf("undo: %+v", r)
	}
	f := d.frame()
	if len(f.Streams) != 0 || f.Now != 30*protocol.Second || f.Commands != 0 || f.Undo != "" || f.Redo != line || f.History == before.History {
		t.Errorf("undone: %d streams at %d, undo %q, redo %q", len(f.Streams), f.Now, f.Undo, f.Redo)
	}
	if r := d.do(protocol.Request{Kind: protocol.Redo}); r.Error != nil || r.Command != line {
		t.Errorf("redo: %+v", r)
	}
	if f := d.frame(); len(f.Streams) != 2 || f.Now != 30*protocol.Second || f.Redo != "" {
		t.Errorf("done again: %d streams at %d, redo %q", len(f.Streams), f.Now, f.Redo)
	}
}

// TestForkOverTheLine forks, compares and chooses by messages; frames say which timeline they are of, and a pause in the middle of a run
// leaves both at one instant.
func TestForkOverTheLine(t *testing.T) {
	d := openDesk(t, 0)
	if f := d.frame(); f.Timeline != "" || f.Fork != nil {
		t.Errorf("before the fork: %q %+v", f.Timeline, f.Fork)
	}
	if r := d.do(protocol.Request{Kind: protocol.Choose, Ref: "A"}); r.Error == nil || r.Error.Code != "OneTimeline" {
		t.Errorf("%+v", r.Error)
	}
	if r := d.do(protocol.Request{Kind: protocol.Forked}); r.Error != nil || r.Reached == "" {
		t.Fatalf("%+v", r)
	}
	if f := d.frame(); f.Timeline != "B" || f.Fork == nil || f.Fork.Chosen != "B" {
		t.Errorf("after it: %q %+v", f.Timeline, f.Fork)
	}
	d.do(protocol.Request{Kind: protocol.Do, Service: "lab", Op: "StopProducer", Body: json.RawMessage(`{"Name":"bikes"}`)})
	d.cost = 0.01
	d.ask(protocol.Request{Kind: protocol.Seek, At: 600 * protocol.Second})
	for range 5 {
		d.loop.turn()
	}
	d.ask(protocol.Request{Kind: protocol.Pause})
	d.settle()
	if d.loop.lab.Lags() {
		t.Error("after a pause one timeline lags")
	}
	r := d.do(protocol.Request{Kind: protocol.Compare})
	if r.Fork == nil || len(r.Fork.Times) == 0 || len(r.Fork.OnlyB) != 1 || r.Fork.Rows[0].A <= r.Fork.Rows[0].B {
		t.Errorf("%+v", r.Fork)
	}
	if d.do(protocol.Request{Kind: protocol.Choose, Ref: "A"}); d.frame().Timeline != "A" {
		t.Errorf("chosen: %q", d.frame().Timeline)
	}
	saved := d.do(protocol.Request{Kind: protocol.Save}).Log
	again := newDesk(t, 0)
	again.do(protocol.Request{Kind: protocol.Open, Lab: labFile(t), Log: saved})
	if f, was := again.frame(), d.frame(); f.Timeline != "A" || f.Now != was.Now || f.Fork == nil || f.Fork.Rows[0].B != was.Fork.Rows[0].B {
		t.Errorf("opened again: %q at %d, %+v", f.Timeline, f.Now, f.Fork)
	}
	if d.do(protocol.Request{Kind: protocol.Keep, Ref: "A"}); d.frame().Timeline != "" || d.frame().Fork != nil {
		t.Errorf("kept: %q", d.frame().Timeline)
	}
}

// TestShare shares a lab and opens it elsewhere, beside a lab that stays when what was sent is no lab.
func TestShare(t *testing.T) {
	d := newDesk(t, time.Microsecond)
	const file = `{"name":"shared","start":"2026-03-02T08:00:00Z","seed":3,"open":"15s","world":[{"do":"kinesis.CreateStream","with":{"StreamName":"trips","ShardCount":2}},
		{"at":"12s","do":"lab.PutProducer","with":{"Name":"bikes","StreamName":"trips","RecordsPerSecond":50}}]}`
	d.do(protocol.Request{Kind: protocol.Open, Lab: json.RawMessage(file)})
	d.do(protocol.Request{Kind: protocol.Seek, At: 40_000_000})
	d.do(protocol.Request{Kind: protocol.Do, Service: "lab", Op: "StopProducer", Body: json.RawMessage(`{"Name":"bikes"}`)})
	link := d.do(protocol.Request{Kind: protocol.Share, Ref: protocol.AsLink}).Shared
	if link == nil || link.Name != "shared" || len(link.State) != 64 || link.Code {
		t.Fatalf("shared as %+v", link)
	}
	other := newDesk(t, time.Microsecond)
	r := other.do(protocol.Request{Kind: protocol.Open, Link: link.Text})
	if r.Error != nil || r.Shared == nil || r.Shared.State != link.State || r.Shared.Other || r.Shared.Name != "shared" || len(r.Shared.Lab) == 0 {
		t.Fatalf("opened as %+v, %+v", r.Shared, r.Error)
	}
	if f := other.frame(); f.Now != 40_000_000 || f.Commands != 1 || f.Producers[0].Running {
		t.Errorf("it stands at %d with %d commands", f.Now, f.Commands)
	}
	log := other.do(protocol.Request{Kind: protocol.Save}).Log
	for text, want := range map[string]string{
		link.Text[:30]:            "changed or cut",
		`{"shardlab":1,"lab":{}}`: "name",
		strings.Replace(string(mustFile(t, d)), `{"engine":`, `{"engine":9`, 1): "engine version 9",
	} {
		if r := other.do(protocol.Request{Kind: protocol.Open, Link: text}); r.Error == nil || !strings.Contains(r.Error.Message, want) {
			t.Errorf("%.30s opens with %+v, want %q", text, r.Error, want)
		}
		if got := other.do(protocol.Request{Kind: protocol.Save}).Log; got != log {
			t.Error("the lab that was there is another")
		}
	}
	wrong := strings.Replace(string(mustFile(t, d)), link.State[:16], "0000000000000000", 1)
	if r := other.do(protocol.Request{Kind: protocol.Open, Link: wrong}); r.Error != nil || !r.Shared.Other || r.Shared.State != link.State {
		t.Errorf("a state that is not the one shared is told with %+v, %+v", r.Shared, r.Error)
	}
	if r := d.do(protocol.Request{Kind: protocol.Share, Ref: "post"}); r.Error == nil {
		t.Error("it is shared as a post")
	}
}

func mustFile(t *testing.T, d *desk) string {
	t.Helper()
	r := d.do(protocol.Request{Kind: protocol.Share, Ref: protocol.AsFile})
	if r.Error != nil {
		t.Fatal(r.Error.Message)
	}
	return r.Shared.Text
}
