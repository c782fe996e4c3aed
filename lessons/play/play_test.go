package play

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"shardlab/lessons"
	"shardlab/lessons/block"
	"shardlab/wasm/protocol"
)

func TestBuild(t *testing.T) {
	known := map[string]map[string]string{"of a lab that is gone": {"rate": "1"}}
	course, all, err := Build(lessons.Files, "engine", known)
	if err != nil {
		t.Fatal(err)
	}
	entries := 0
	for _, m := range course.Modules {
		entries += len(m.Lessons)
	}
	if entries != len(all) || entries < 4 {
		t.Fatalf("the map lists %d lessons, %d are built", entries, len(all))
	}
	_, again, err := Build(lessons.Files, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if known["of a lab that is gone"] != nil || len(known) != len(all) {
		t.Errorf("%d labs are known of %d", len(known), len(all))
	}
	for i, l := range all {
		if l.Hash != again[i].Hash {
			t.Errorf("%s is built twice and has two hashes", l.Slug)
		}
		if l.Goals == 0 || l.Quiz == 0 || len(l.Lab) == 0 {
			t.Errorf("%s has %d goals, %d questions and %d bytes of lab", l.Slug, l.Goals, l.Quiz, len(l.Lab))
		}
		for _, b := range l.Blocks {
			if b.Kind == block.Task && len(b.Task.Lines) == 0 {
				t.Errorf("the task of %s has no lines", l.Slug)
			}
		}
		for _, secret := range []string{`"solution"`, `"wrong"`, `"figures"`} {
			if strings.Contains(string(l.Lab), secret) {
				t.Errorf("the page gets %s of %s", secret, l.Slug)
			}
		}
	}
	if _, _, err := Build(fstest.MapFS{}, "", nil); err == nil {
		t.Error("a course that is not there is built")
	}
}

// What is known is not played again: a lesson with a figure that no run gives shows that figure, and it alone is another lesson.
func TestBuildKnown(t *testing.T) {
	files := lessons.Files
	known := map[string]map[string]string{}
	c, err := lessons.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range c.Lessons() {
		made := map[string]string{}
		for _, f := range l.Lab.Figures {
			made[f.Name] = "one"
		}
		known[figuresKey("engine", l.Lab)] = made
	}
	spoilt := figuresKey("engine", c.Lesson("shard-limits").Lab)
	before := len(known)
	_, all, err := Build(files, "engine", known)
	if err != nil {
		t.Fatal(err)
	}
	if len(known) != before {
		t.Errorf("%d labs are known, %d were", len(known), before)
	}
	for name := range known[spoilt] {
		known[spoilt][name] = "another"
	}
	_, again, err := Build(files, "engine", known)
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range all {
		if changed := l.Hash != again[i].Hash; changed != (l.Slug == "shard-limits") {
			t.Errorf("%s changed: %v", l.Slug, changed)
		}
	}
	if figuresKey("another engine", c.Lesson("shard-limits").Lab) == spoilt {
		t.Error("another engine gives the same figures")
	}
}

// shows: P2, RS5, T1
func TestPlan(t *testing.T) {
	c, err := lessons.Load(lessons.Files)
	if err != nil {
		t.Fatal(err)
	}
	l := c.Lesson("shard-limits")
	run, err := Open(l.Lab)
	if err != nil {
		t.Fatal(err)
	}
	if run.Solved() {
		t.Error("solved before anything is done")
	}
	if _, err := Plan(run, []lessons.Move{{Until: protocol.EventWriteRefused}, {Wait: "12s"}}); err != nil {
		t.Fatal(err)
	}
	taken, err := metric(run, lessons.Figure{Metric: "IncomingRecords", Of: "trips/shardId-000000000000"})
	if err != nil || taken != 1000.0 {
		t.Errorf("the full shard takes %v records a second, %v", taken, err)
	}
	lines, err := Plan(run, l.Lab.Solution)
	if err != nil || len(lines) == 0 || lines[0].Exit != 0 {
		t.Fatalf("%+v, %v", lines, err)
	}
	if !run.Solved() {
		t.Errorf("not solved: %+v", run.Goals())
	}
	lines, err = Plan(run, []lessons.Move{{Run: "aws kinesis put-record --stream-name nowhere --partition-key a --data eA=="}})
	if err != nil || lines[0].Exit == 0 || !strings.Contains(lines[0].Err, "ResourceNotFoundException") {
		t.Errorf("a line that fails is %+v, %v", lines, err)
	}
	if _, err := Plan(run, []lessons.Move{{Run: "lab stop-producer --name bikes"}, {Until: protocol.EventShardExpired}}); err == nil || !strings.Contains(err.Error(), "no event shard-expired came within 10m0s") {
		t.Errorf("an event that does not come is %v", err)
	}
}

func TestFigureErrors(t *testing.T) {
	good := func() *lessons.Lesson {
		c, err := lessons.Load(os.DirFS("../lint/testdata/good"))
		if err != nil {
			t.Fatal(err)
		}
		return c.Lessons()[0]
	}
	for _, test := range []struct {
		name   string
		figure lessons.Figure
		want   string
	}{
		{"query that finds nothing", lessons.Figure{Frame: "streams[7]"}, "finds nothing in the frame"},
		{"query that is none", lessons.Figure{Frame: "length("}, "is no JMESPath"},
		{"text for a number", lessons.Figure{Frame: "streams[0].name"}, "it is to be a number and is trips"},
		{"number for a text", lessons.Figure{Frame: "length(streams)", As: "text"}, "it is to be a text and is 1"},
		{"line that fails", lessons.Figure{Run: "aws kinesis list-shards --stream-name nowhere"}, "its console line failed: "},
		{"several lines", lessons.Figure{Run: "printf 'a\\nb\\n'", As: "text"}, "it is to be one line"},
		{"instant that is past", lessons.Figure{Frame: "length(streams)", At: "1s"}, "at 1s is past already"},
		{"event that does not come", lessons.Figure{First: protocol.EventLost}, "no event lost came within"},
		{"no event to count from", lessons.Figure{First: protocol.EventNote, Since: protocol.EventLost}, "no event lost came before note"},
		{"metric that is none", lessons.Figure{Metric: "Incoming", Of: "trips"}, "no metric"},
		{"check that is none", lessons.Figure{Check: map[string]any{"kind": "doors"}, Figure: "open"}, "no check"},
		{"figure that the check does not have", lessons.Figure{Check: map[string]any{"kind": "open-shards", "stream": "trips"}, Figure: "share"}, "no figure"},
		{"plan whose line fails", lessons.Figure{Frame: "length(streams)", Plan: []lessons.Move{{Run: "aws kinesis delete-stream --stream-name nowhere"}}}, "a line of its plan failed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := good()
			test.figure.Name = "it"
			l.Lab.Figures = []lessons.Figure{test.figure}
			_, err := Figures(l)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "figure it: ") {
				t.Errorf("the author reads %v, want %s", err, test.want)
			}
		})
	}
}

func TestFormat(t *testing.T) {
	start := time.Date(2026, 3, 2, 8, 39, 30, 0, time.UTC)
	for _, test := range []struct {
		value any
		as    string
		round int
		want  string
	}{
		{1400.0, "", 0, "1,400"},
		{1234567.0, "number", 0, "1,234,567"},
		{"1400", "", 0, "1,400"},
		{999.0, "", 0, "999"},
		{397.0, "", 10, "400"},
		{2.54, "", 0, "2.5"},
		{-1500.5, "", 0, "-1,500.5"},
		{0.256, "percent", 0, "26 %"},
		{32.48e6, "clock", 0, "08:40:02"},
		{5.04e6, "seconds", 1, "5"},
		{1048576.0, "bytes", 0, "1 MiB"},
		{1.5 * 1048576, "bytes", 0, "1.5 MiB"},
		{215000.0, "bytes", 0, "210 KiB"},
		{120.0, "bytes", 0, "120 B"},
		{"0.227063466", "dollars", 0, "$0.2271"},
		{0.12, "dollars", 0, "$0.12"},
		{0.5, "dollars", 0, "$0.50"},
		{0.0, "dollars", 0, "$0.00"},
		{94.176, "dollars", 0, "$94.18"},
		{"CLOSED", "text", 0, "CLOSED"},
	} {
		got, err := format(test.value, lessons.Figure{As: test.as, Round: test.round}, start)
		if err != nil || got != test.want {
			t.Errorf("%v as %q is %q, want %q (%v)", test.value, test.as, got, test.want, err)
		}
	}
}

// The server builds the course when it starts.
func BenchmarkBuild(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Build(lessons.Files, "", nil); err != nil {
			b.Fatal(err)
		}
	}
}
