package model

import (
	"slices"
	"strings"
	"testing"

	"shardlab/wasm/protocol"
)

func told(b Bench, messages ...any) (Bench, []Ask) {
	var all []Ask
	for _, m := range messages {
		var asks []Ask
		b, asks = b.Update(m)
		all = append(all, asks...)
	}
	return b, all
}

func kinds(asks []Ask) string {
	var out []string
	for _, a := range asks {
		out = append(out, a.Request.Kind)
	}
	return strings.Join(out, " ")
}

func frame(history, now int64, ids ...int64) FrameCame {
	f := protocol.Frame{History: history, Now: now, Opened: 5 * protocol.Second, Speed: 1, Streams: []protocol.Stream{{Name: "trips", Status: "ACTIVE"}}}
	for _, id := range ids {
		f.Events = append(f.Events, protocol.Event{ID: id, At: id * protocol.Second, Text: "e", Mark: id%2 == 0})
	}
	return FrameCame{Frame: f, Wall: float64(now) / 1000}
}

func busy() FrameCame {
	f := frame(1, 10*protocol.Second)
	f.Frame.Busy = "Running to the next event."
	return f
}

func streams(history int64, names []string, clients ...protocol.Producer) FrameCame {
	f := protocol.Frame{History: history, Now: 10 * protocol.Second, Speed: 1, Producers: clients}
	for _, n := range names {
		f.Streams = append(f.Streams, protocol.Stream{Name: n})
	}
	return FrameCame{Frame: f, Wall: 10_000}
}

func TestBenchUpdate(t *testing.T) {
	ready, _ := told(NewBench(), EngineStarted{}, frame(1, 9*protocol.Second, 1, 2, 3, 4))
	tests := []struct {
		name string
		tell []any
		asks string
		true func(Bench) bool
	}{
		{"a frame makes it ready and shows the first stream", nil, "", func(b Bench) bool {
			return b.Phase == Ready && b.Stream == "trips" && len(b.Events) == 4 && len(b.Marks) == 2
		}},
		{"events told twice are kept once", []any{frame(1, 10*protocol.Second, 3, 4, 5)}, "", func(b Bench) bool { return len(b.Events) == 5 && b.Events[4].ID == 5 }},
		{"another history drops what was gathered", []any{frame(2, 6*protocol.Second, 1)}, "", func(b Bench) bool { return len(b.Events) == 1 && len(b.Marks) == 0 }},
		{"events are bounded", []any{frame(1, 11*protocol.Second, rise(5, MaxEvents+50)...)}, "", func(b Bench) bool {
			return len(b.Events) == MaxEvents-dropEvents && len(b.Marks) == MaxMarks && b.Events[len(b.Events)-1].ID == MaxEvents+54
		}},
		{"a stream that clients look for is on the stage before it is there, and another that comes is shown", []any{
			streams(1, nil, protocol.Producer{Name: "bikes", Stream: "trips"}), streams(1, []string{"drill"}, protocol.Producer{Name: "bikes", Stream: "trips"})}, "show",
			func(b Bench) bool {
				return b.Stream == "drill" && slices.Equal(StreamNames(b.Frame), []string{"drill", "trips"})
			}},
		{"one that clients have looked for is shown when it comes", []any{
			streams(1, []string{"drill"}, protocol.Producer{Name: "bikes", Stream: "trips"}), streams(1, []string{"drill", "trips"}, protocol.Producer{Name: "bikes", Stream: "trips"})}, "",
			func(b Bench) bool { return b.Stream == "trips" }},
		{"one that nobody looks for is not", []any{streams(1, []string{"drill"}), streams(1, []string{"drill", "trips"})}, "show", func(b Bench) bool { return b.Stream == "drill" }},
		{"where nobody has chosen, the stream that is written to is shown", []any{
			streams(1, []string{"counts", "drill"}, protocol.Producer{Name: "bikes", Stream: "drill"})}, "show", func(b Bench) bool { return b.Stream == "drill" }},
		{"play asks to play", []any{PressPlay{}}, "play", nil},
		{"back goes to the last mark clearly before now", []any{PressBack{}}, "seek", func(b Bench) bool { return b.Seeking && b.Before() == 5*protocol.Second }},
		{"an instant before the lab was handed over is the instant it was", []any{GoTo{At: 0}}, "seek", nil},
		{"a typed instant that is none says what to write", []any{PickUntil{"soon"}}, "", func(b Bench) bool { return strings.Contains(b.Asking.Flaw, "1:30") }},
		{"what is wanted now ends a long run first", []any{busy(), PressStep{}, GoTo{At: 8 * protocol.Second}}, "pause step pause seek", nil},
		{"an empty line runs nothing", []any{RunLine{"  \n"}}, "", func(b Bench) bool { return len(b.Entries) == 0 }},
		{"clear empties the transcript without the engine", []any{RunLine{"help"}, RunLine{"clear"}}, "type", func(b Bench) bool { return len(b.Entries) == 0 && len(b.Typed) == 2 }},
		{"a line that is run again is remembered once", []any{RunLine{"help"}, RunLine{"help"}}, "type type", func(b Bench) bool { return len(b.Typed) == 1 }},
		{"a form stays open when it is refused", []any{OpenForm{Form{Kind: "split"}}, SendForm{[]Step{{Press: Press{"kinesis", "SplitShard", nil}}}},
			Replied{Ask{Entry: 2, Request: protocol.Request{Kind: protocol.Do}}, protocol.Reply{Error: &protocol.Error{Code: "LimitExceededException"}}}}, "do",
			func(b Bench) bool {
				return b.Form.Kind == "split" && b.Form.Error.Code == "LimitExceededException" && !b.Form.Busy
			}},
		{"a form closes when it is done, and the command it equals is shown", []any{OpenForm{Form{Kind: "split"}}, SendForm{[]Step{{Press: Press{"kinesis", "SplitShard", nil}}}},
			Replied{Ask{Entry: 2, Request: protocol.Request{Kind: protocol.Do}}, protocol.Reply{Command: "aws kinesis split-shard"}}}, "do",
			func(b Bench) bool { return b.Form.Kind == "" && b.Deed.Command == "aws kinesis split-shard" }},
		{"a completion for a line that has changed is dropped", []any{AskCompletion{"aws k", 5}, DropOffer{},
			Replied{Ask{Entry: 1, Request: protocol.Request{Kind: protocol.Complete}}, protocol.Reply{Completion: &protocol.Completion{Options: []protocol.Option{{Text: "kinesis"}}}}}}, "complete",
			func(b Bench) bool { return len(b.Offer.Options) == 0 }},
		{"a sheet that is no longer wanted is dropped", []any{Look{"shard:a"}, Look{"shard:b"},
			Replied{Ask{Request: protocol.Request{Kind: protocol.Inspect, Ref: "shard:a"}}, protocol.Reply{Sheet: &protocol.Sheet{Title: "a"}}}}, "inspect inspect",
			func(b Bench) bool { return b.Sheet == nil && slices.Equal(b.Trail, []string{"shard:a"}) }},
		{"back from a sheet", []any{Look{"shard:a"}, Look{"shard:b"}, LookBack{}}, "inspect inspect inspect", func(b Bench) bool { return b.Ref == "shard:a" && len(b.Trail) == 0 }},
		{"a lost engine is restored, and what it was doing says so", []any{RunLine{"help"}, EngineLost{protocol.Panic{Message: "boom", Log: "x", Seed: 7}}}, "type",
			func(b Bench) bool {
				return b.Phase == Restoring && !b.Entries[0].Busy && b.Entries[0].Exit == 1 && b.Trouble.Log == "x" && strings.Contains(b.Notice, "boom")
			}},
		{"an engine that is lost again and again is left alone", []any{EngineLost{}, EngineLost{}, EngineLost{}, EngineLost{}}, "",
			func(b Bench) bool { return b.Phase == Failed && b.Trouble.Hint != "" }},
		{"a log that cannot be opened says why", []any{Replied{Ask{Request: protocol.Request{Kind: protocol.Open, Log: "x"}}, protocol.Reply{Error: &protocol.Error{Message: "line 3 is not a command"}}}}, "",
			func(b Bench) bool { return b.Phase == Failed && b.Trouble.Text == "line 3 is not a command" }},
		{"the choice goes around", []any{AskCompletion{"a", 1}, Replied{Ask{Entry: 1, Request: protocol.Request{Kind: protocol.Complete}}, protocol.Reply{Completion: &protocol.Completion{Options: make([]protocol.Option, 3)}}},
			MoveChoice{-1}}, "complete", func(b Bench) bool { return b.Offer.Choice == 2 }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b, asks := told(ready, tt.tell...)
			if got := kinds(asks); got != tt.asks {
				t.Errorf("asks %q, want %q", got, tt.asks)
			}
			if tt.true != nil && !tt.true(b) {
				t.Errorf("not as told: %+v", b)
			}
		})
	}
}

func TestFiguresWaitForTheirTurn(t *testing.T) {
	came := func(b Bench, wall float64, taken float64) Bench {
		f := protocol.Frame{Playing: true, Streams: []protocol.Stream{{Name: "trips", Shards: []protocol.Shard{{ID: "shardId-000000000000", State: "OPEN", Records: taken}}}}}
		b, _ = b.Update(FrameCame{f, wall})
		return b
	}
	shown := func(b Bench) float64 { return b.Figures.Streams[0].Shards[0].Records }
	b := came(came(NewBench(), 1000, 1), 1050, 2)
	if shown(b) != 1 {
		t.Errorf("50 ms later the figure is %v, want it as it was", shown(b))
	}
	if b = came(b, 1000+FiguresEvery, 3); shown(b) != 3 {
		t.Errorf("after its turn the figure is %v, want 3", shown(b))
	}
}

func rise(from int64, n int) []int64 {
	out := make([]int64, n)
	for i := range out {
		out[i] = from + int64(i)
	}
	return out
}

// The live region is told now and then, and what matters most is not lost for having come too soon.
func TestTheVoice(t *testing.T) {
	b := NewBench()
	mark := func(id int64, level, text string) []protocol.Event {
		return []protocol.Event{{ID: id, At: id * 1_000_000, Level: level, Text: text, Mark: true}}
	}
	for _, step := range []struct {
		what    string
		wall    float64
		events  []protocol.Event
		playing bool
		history int64
		says    string
	}{
		{"an opening is no news", 10_000, mark(1, "info", "CREATING"), false, 1, ""},
		{"the first word", 11_000, mark(2, "good", "ACTIVE"), true, 1, "ACTIVE"},
		{"too soon", 11_500, mark(3, "bad", "refuses"), true, 1, "ACTIVE"},
		{"a lesser one does not take its place", 12_000, mark(4, "info", "a command"), true, 1, "ACTIVE"},
		{"a long run of a paused lab does not chatter", 12_050, mark(5, "good", "busy"), false, 1, "ACTIVE"},
		{"a quiet event never speaks", 12_100, []protocol.Event{{ID: 6, Text: "quiet"}}, true, 1, "ACTIVE"},
		{"its turn, though nothing is new", 11_000 + SayEvery, nil, true, 1, "refuses"},
		{"the first of equals", 11_100 + SayEvery, mark(7, "good", "one"), true, 1, "refuses"},
		{"the first of equals", 11_200 + SayEvery, mark(8, "good", "two"), true, 1, "refuses"},
		{"a lab that stands speaks at once", 11_300 + SayEvery, nil, false, 1, "one"},
		{"it comes too soon", 11_400 + SayEvery, mark(9, "bad", "refuses again"), true, 1, "one"},
		{"a rewind tells nothing again", 90_000, append(mark(1, "info", "CREATING"), mark(2, "good", "ACTIVE")...), false, 2, "one"},
	} {
		f := protocol.Frame{History: step.history, Now: 9_000_000, Events: step.events, Playing: step.playing}
		if strings.HasPrefix(step.what, "a long run") {
			f.Busy = "on the way"
		}
		if b, _ = b.Update(FrameCame{f, step.wall}); b.Said != step.says {
			t.Errorf("%s: says %q, want %q", step.what, b.Said, step.says)
		}
	}
}

func TestMiddle(t *testing.T) {
	tests := []struct{ start, end, want string }{
		{"0", "340282366920938463463374607431768211455", "170141183460469231731687303715884105728"},
		{"170141183460469231731687303715884105728", "340282366920938463463374607431768211455", "255211775190703847597530955573826158592"},
		{"0", "1", "1"},
		{"0", "2", "1"},
		{"18446744073709551615", "18446744073709551617", "18446744073709551616"},
		{"5", "5", ""},
		{"6", "5", ""},
		{"x", "5", ""},
		{"0", "340282366920938463463374607431768211456", ""},
	}
	for _, tt := range tests {
		if got := Middle(tt.start, tt.end); got != tt.want {
			t.Errorf("middle of %s and %s is %q, want %q", tt.start, tt.end, got, tt.want)
		}
	}
}

func TestWords(t *testing.T) {
	tests := []struct{ got, want string }{
		{Rate(0.05), "0.05"}, {Rate(2), "2"}, {Rate(2.5), "2.5"}, {Rate(1400.4), "1,400"}, {Count(1234567), "1,234,567"}, {Count(-1400), "-1,400"}, {Count(999), "999"}, {Count(0.4), "0"},
		{Short(842), "842"}, {Short(9999), "9,999"}, {Short(12400), "12k"}, {Short(2.5e6), "2.5M"},
		{ShortBytes(512), "512 B"}, {ShortBytes(95_000), "93 KiB"}, {ShortBytes(1_040_000), "0.99 MiB"}, {Bytes(512), "512 B"}, {Bytes(1 << 20), "1 MiB"}, {Bytes(1536), "1.5 KiB"},
		{Clock(72_400_000), "00:01:12.4"}, {Clock(90_061_000_000), "1d 01:01:01.0"}, {Brief(72_400_000), "1:12.4"}, {Brief(7_500_000_000), "2:05:00"},
		{Behind(240), "240 ms"}, {Behind(14_300), "14.3 s"}, {Behind(75_000), "1 min 15 s"}, {Speed(3600), "3,600×"}, {Speed(.1), "0.1×"},
		{Range(0, .25), "0 to 3fff…"}, {Range(.25, .5), "4000… to 7fff…"}, {Range(.75, 1), "c000… to ffff…"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%q, want %q", tt.got, tt.want)
		}
	}
}

func TestFiguresOf(t *testing.T) {
	s := protocol.Stream{Shards: []protocol.Shard{
		{State: "OPEN", Records: 600, RecordLimit: 1000, Bytes: 100, ByteLimit: 1 << 20, ReadBytes: 10, ReadByteLimit: 2 << 20, Refused: 4, ReadsRefused: 1},
		{State: "OPEN", Records: 1, RecordLimit: 1000, ByteLimit: 1 << 20, ReadByteLimit: 2 << 20},
		{State: "CLOSED", Records: 9, RecordLimit: 1000, ReadBytes: 5, ReadByteLimit: 2 << 20}, // is read, and takes nothing
		{State: "CLOSED", ReadByteLimit: 2 << 20}, // was read to its end
	}}
	readers := []protocol.Consumer{{Name: "a", Running: true, Behind: 0}, {Name: "b", Running: true, Behind: 900}, {Name: "c", Behind: 99_999}, {Name: "d", Running: true, Barred: true}, {Name: "e", Barred: true}}
	want := Figures{Open: 2, Closed: 2, In: 601, InRoom: 2000, InBytes: 100, InBytesRoom: 2 << 20, Out: 15, OutRoom: 6 << 20, Refused: 4, ReadsRefused: 1, Readers: 3, Age: 900, Slowest: "b", Barred: "d"}
	if got := FiguresOf(s, readers); got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if got := FiguresOf(protocol.Stream{}, nil); got != (Figures{}) {
		t.Errorf("no stream comes to %+v", got)
	}
}

func TestMoneyAndRetention(t *testing.T) {
	for _, tt := range []struct {
		millionths int64
		want       string
	}{{0, "$0"}, {4, "$0.000004"}, {31_400, "$0.0314"}, {100_000, "$0.10"}, {68_690_000, "$68.69"}, {1_234_567_000_000, "$1,234,567"}} {
		if got := Dollars(tt.millionths); got != tt.want {
			t.Errorf("%d millionths are written %q, want %q", tt.millionths, got, tt.want)
		}
	}
	for _, tt := range []struct {
		hours int64
		want  string
	}{{24, "24 h"}, {25, "25 h"}, {48, "2 days"}, {168, "7 days"}, {8760, "365 days"}} {
		if got := Hours(tt.hours); got != tt.want {
			t.Errorf("%d hours are written %q, want %q", tt.hours, got, tt.want)
		}
	}
}
