package view

import (
	"fmt"
	"strings"
	"testing"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
	"shardlab/wasm/protocol"
)

func TestHorizonLeavesRoomAhead(t *testing.T) {
	for _, seconds := range []int64{0, 1, 26, 27, 59, 600, 3600, 86400, 604800, 9_999_999} {
		end := seconds * protocol.Second
		if got := Horizon(end); got < end+3*protocol.Second || got > 4*end+30*protocol.Second {
			t.Errorf("after %d s the scrubber ends at %d s", seconds, got/protocol.Second)
		}
	}
}

func TestNice(t *testing.T) {
	for _, tt := range []struct{ v, want float64 }{{0, 1}, {-4, 1}, {1, 1.2}, {4000, 5000}, {999, 1200}, {0.3, 0.4}, {980, 1200}} {
		if got := Nice(tt.v); got != tt.want {
			t.Errorf("an axis for %v ends at %v, want %v", tt.v, got, tt.want)
		}
	}
	if got := niceBytes(3 << 20); got != 4<<20 {
		t.Errorf("an axis for 3 MiB ends at %v, want 4 MiB", got)
	}
}

func TestFold(t *testing.T) {
	out := func(n int) protocol.Output { return protocol.Output{To: "out", Text: strings.Repeat("x\n", n)} }
	err := protocol.Output{To: "err", Text: strings.Repeat("e\n", 50)}
	tests := []struct {
		name   string
		all    []protocol.Output
		hidden int
		shown  int
	}{
		{"short output is whole", []protocol.Output{out(foldedLines)}, 0, 1},
		{"a few lines more are not worth a fold", []protocol.Output{out(foldedLines + 4)}, 0, 1},
		{"long output is folded", []protocol.Output{out(100)}, 100 - foldedLines, 1},
		{"what comes after the fold is left out, but no error is", []protocol.Output{out(100), out(3), err}, 103 - foldedLines, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			shown, hidden := fold(tt.all)
			if hidden != tt.hidden || len(shown) != tt.shown {
				t.Errorf("%d pieces shown and %d lines hidden, want %d and %d", len(shown), hidden, tt.shown, tt.hidden)
			}
		})
	}
}

func TestEventFilters(t *testing.T) {
	bad := protocol.Event{Kind: protocol.EventWriteRefused, Level: "bad"}
	opened := protocol.Event{Kind: protocol.EventShardOpened, Level: "good", Mark: true}
	tests := []struct {
		filter      string
		bad, opened bool
	}{{"", true, true}, {"warn", true, false}, {"mark", false, true}, {"shards", false, true}, {"writes", true, false}, {"reads", false, false}}
	for _, tt := range tests {
		if passes(tt.filter, bad) != tt.bad || passes(tt.filter, opened) != tt.opened {
			t.Errorf("filter %q lets the wrong ones pass", tt.filter)
		}
	}
}

// TestStageDrawsEveryState mounts the stage as a browser would and looks for what must be there.
func TestStageDrawsEveryState(t *testing.T) {
	shard := protocol.Shard{ID: "shardId-000000000001", State: "OPEN", To: 1, Records: 1000, RecordLimit: 1000, ByteLimit: 1 << 20, Refused: 412, RefusedWhy: "1,000 records/s"}
	stream := protocol.Stream{Name: "trips", Status: "ACTIVE", Shards: []protocol.Shard{shard}}
	reading := protocol.Stream{Name: "trips", Status: "ACTIVE", Shards: []protocol.Shard{{ID: "shardId-000000000001", State: "OPEN", To: 1, Reads: 4, ReadLimit: 5, ReadBytes: 1000, ReadByteLimit: 2 << 20, ReadsRefused: 2}}}
	past := stream
	for i := range 9 {
		past.Shards = append(past.Shards, protocol.Shard{ID: fmt.Sprintf("shardId-%012d", 20+i), State: "CLOSED", Held: 100, Expires: 3600 * protocol.Second})
	}
	readers := []protocol.Consumer{{Name: "board", Running: true}, {Name: "slow", Running: true, Behind: 1200, Late: []protocol.Late{{Shard: 1, Behind: 1200, Unread: 40}}}}
	many, most := protocol.Stream{Name: "many", Status: "ACTIVE"}, protocol.Stream{Name: "most", Status: "ACTIVE"}
	for i := range 60 {
		sh := protocol.Shard{ID: fmt.Sprintf("shardId-%012d", i), State: "OPEN", From: float64(i) / 60, To: float64(i+1) / 60}
		if most.Shards = append(most.Shards, sh); i < 20 {
			many.Shards = append(many.Shards, sh)
		}
	}
	quiet := &Out{Send: func(app.Context, any) {}}
	tests := []struct {
		name string
		ui   app.Composer
		want []string
	}{
		{"no stream: the command that makes one", &Stage{Out: &Out{}}, []string{"--stream-name", "No stream yet"}},
		{"clients that find no stream are there, and the command makes the one they look for", &Stage{Out: &Out{}, Name: "rides", Producers: []protocol.Producer{{Name: "bikes", Running: true, Rate: 30, Bytes: 120}}, Consumers: []protocol.Consumer{{Name: "board", Running: true}}},
			[]string{"No stream rides", "bikes", "30 records/s to write", "board", "nothing to read"}},
		{"a shard that refuses says why", &Stage{Out: &Out{}, Stream: stream, Layout: model.Lay(1000, 400, stream, 0, 0, model.Parts{})}, []string{"1,000 records/s reached", "412 refused", "Add a writer"}},
		{"a lane tells of the read budget that is nearer to its end", &Stage{Out: &Out{}, Stream: reading, Layout: model.Lay(1440, 400, reading, 0, 0, model.Parts{})}, []string{"<b>4</b>", "of 5 reads/s", "4 of 5 read calls per second, 2 reads refused"}},
		{"an alarm and the function it invokes stand under the lanes", &Stage{Out: &Out{}, Stream: stream, Layout: model.Lay(1000, 400, stream, 0, 0, model.Parts{Controls: 2}), Menu: "alarm:hot", Controls: []protocol.Control{
			{Ref: "alarm:hot", Name: "hot", Stream: "trips", State: "ALARM", Text: "Sum of IncomingRecords in 60 s > 96,000", Note: "Threshold Crossed", Acts: []string{"scaler:auto"}}, {Ref: "scaler:auto", Name: "auto", Text: "1 to 16 shards, by 2", Note: "scaled at 08:05:12"}}},
			[]string{"actor small control", `data-level="bad"`, "ALARM", "Sum of IncomingRecords in 60 s &gt; 96,000", "scaled at 08:05:12", "Set to ALARM", "Function that scales auto, 1 to 16 shards, by 2"}},
		{"a lane shows how far each reader has come, and says who is last", &Stage{Out: &Out{}, Stream: reading, Layout: model.Lay(1000, 400, reading, 0, 2, model.Parts{}), Span: 4200, Consumers: readers},
			[]string{"slow 1.2 s behind, 40 records unread. Inspect", `"lag-bar"`, `data-level="warn"`, `data-sign="1"`, "<span>1.2 s behind</span>", `title="board has read all"`}},
		{"a narrow one has the bar alone", &Stage{Out: &Out{}, Stream: many, Layout: model.Lay(1000, 400, many, 0, 2, model.Parts{}), Span: 4200, Consumers: readers}, []string{`"lag-bar"`, "slow 1.2 s behind, 40 records unread. Inspect"}},
		{"and a cell a bar along its upper edge", &Stage{Out: &Out{}, Stream: most, Layout: model.Lay(1000, 400, most, 0, 2, model.Parts{}), Span: 4200, Consumers: readers, Cell: most.Shards[1].ID}, []string{`d="M`, "slow 1.2 s behind, 40 records unread"}},
		{"reduced motion counts in place of dots", &Stage{Out: &Out{}, Stream: stream, Layout: model.Lay(1000, 400, stream, 0, 0, model.Parts{}), Still: true}, []string{"1,000 taken, 412 refused in the last second"}},
		{"a crowd is one card", crowdOfProducers(&Out{}, model.Box{}, []protocol.Producer{{Name: "one", Running: true, Rate: 2}, {Name: "two", Running: true, Rate: 3, Refused: 1}}, "crowd:writer"), []string{"2 more writers", "<b>5</b>", "1 refused/s", "one", "two"}},
		{"a crowd tells of the last reader", crowdOfConsumers(&Out{}, model.Box{}, []protocol.Consumer{{Name: "one", Rate: 2}, {Name: "two", Behind: 25_000}}, ""), []string{"2 more readers", "the last 25 s behind", "consumer hurt"}},
		{"many closed shards are one line", &Stage{Out: &Out{}, Stream: past, Layout: model.Lay(1000, 400, past, 0, 0, model.Parts{})}, []string{"9 closed shards", "900 records stay to be read · the first expires in 1 h 0 min. Inspect the stream", "1,000 records/s reached"}},
		{"a stream without shards yet says what it waits for", &Stage{Out: &Out{}, Stream: protocol.Stream{Name: "trips", Status: "CREATING"}}, []string{"trips is CREATING"}},
		{"creating", &StageHead{Out: &Out{}, Name: "trips", Status: "CREATING"}, []string{"CREATING", "takes no records yet"}},
		{"what can be changed about a stream", &StageHead{Out: &Out{}, Name: "trips", Status: "ACTIVE", Mode: "ON_DEMAND", Hours: 168, Key: "alias/aws/kinesis", Menu: "change"},
			[]string{"on-demand · keeps 7 days · encrypted", "Shard count…", "Capacity mode…", "Retention…", "Encryption…"}},
		{"a lost zone is told above the stage", &StageHead{Out: &Out{}, Name: "trips", Status: "ACTIVE", Zones: "us-east-1b LOST"}, []string{"us-east-1b LOST"}},
		{"a zone can be lost and brought back", &FormCard{Out: quiet, Form: model.Form{Kind: "zone"}, World: model.FormWorld{Zones: []protocol.Zone{{Name: "us-east-1a", State: "IN_SYNC"}, {Name: "us-east-1b", State: "LOST"}}}},
			[]string{"lose us-east-1a", "bring us-east-1b back"}},
		{"a new shard count", &FormCard{Out: quiet, Form: model.Form{Kind: "shards"}, World: model.FormWorld{Stream: stream}}, []string{"1 are open now", "Update shard count"}},
		{"the end of an encryption names its key", &FormCard{Out: quiet, Form: model.Form{Kind: "encryption"}, World: model.FormWorld{Stream: protocol.Stream{Key: "alias/mine"}}}, []string{"Stop encryption", "alias/mine"}},
		{"gauges: budgets, age, bill", &Gauges{Out: &Out{}, Stream: "trips", Bill: protocol.Bill{Total: 31_400, PerHour: 60_000},
			Figures: model.Figures{Open: 2, Closed: 1, In: 1412, InRoom: 2000, InBytes: 1 << 19, InBytesRoom: 2 << 20, Out: 1 << 20, OutRoom: 6 << 20, Readers: 1, Age: 1500, Slowest: "board"}},
			[]string{"1 closed", "1,412", "of 2,000 records/s", "512 KiB of 2 MiB/s", "1 MiB", "of 6 MiB/s", "1.5 s", "board", "$0.0314", "$0.06/h"}},
		{"gauges say what is refused", &Gauges{Out: &Out{}, Stream: "trips", Figures: model.Figures{Refused: 412, ReadsRefused: 3}}, []string{"412 refused/s", "3 reads refused/s", "nobody reads"}},
		{"gauges keep their place without a stream", &Gauges{Out: &Out{}}, []string{"Shards", "Iterator age", "Bill"}},
		{"a client of another kind shows what it is made of", &ProducerCard{Out: &Out{}, Open: true, Producer: protocol.Producer{Kind: "KPL", Noun: "KplProducer", Name: "bikes", Running: true, Rate: 900,
			Parts: []protocol.Part{{Name: "shard 0", Text: "31 KiB of 50 KiB", Fill: 0.62}, {Name: "shard 1", Text: "2 KiB"}, {Name: "shard 2", Text: "9 KiB"}, {Name: "shard 3", Text: "0"}}}},
			[]string{"KPL", "bikes", "31 KiB of 50 KiB", "--fill:62.0%", "and 3 more", "shard 3: 0. Inspect", "Delete"}},
		{"a reader who may not read is not told to be on time", &ConsumerCard{Out: &Out{}, Consumer: protocol.Consumer{Name: "board", Running: true, Barred: true, Note: "cannot read: no policy lets reader"}},
			[]string{"actor consumer hurt", "actor-lag bad", "Consumer board, cannot read: no policy"}},
		{"nor is it in the gauges", &Gauges{Out: &Out{}, Stream: "trips", Figures: model.Figures{Readers: 2, Slowest: "board", Barred: "board"}}, []string{"board cannot read", "gauge over"}},
		{"a small card says the kind behind the name", &ProducerCard{Out: &Out{}, Small: true, Producer: protocol.Producer{Kind: "KPL", Name: "bikes", Running: true, Waiting: 127,
			Parts: []protocol.Part{{Name: "shard 0", Text: "31 KiB of 50 KiB", Fill: 0.62}, {Name: "shard 1"}}}}, []string{"actor-tag", "KPL", "shard 0 31 KiB of 50 KiB, +1"}},
		{"a reader of another kind keeps its lag", &ConsumerCard{Out: &Out{}, Consumer: protocol.Consumer{Kind: "KCL application", Name: "board", Running: true, Behind: 12_000,
			Parts: []protocol.Part{{Name: "worker-1", Text: "shards 0, 2", Fill: -1, Level: "good"}}}}, []string{"KCL application", "12 s behind", "worker-1", "part good"}},
		{"a high card has room for all its parts", &ConsumerCard{Out: &Out{}, Box: model.Box{W: 200, H: 160}, Consumer: protocol.Consumer{Kind: "KCL application", Name: "board", Running: true,
			Parts: []protocol.Part{{Name: "twice", Text: "12 records"}, {Name: "worker-1"}, {Name: "worker-2"}, {Name: "worker-3"}}}}, []string{"12 records", "worker-3"}},
		{"a low one counts the rest", &ConsumerCard{Out: &Out{}, Box: model.Box{W: 200, H: 118}, Consumer: protocol.Consumer{Kind: "KCL application", Name: "board", Running: true,
			Parts: []protocol.Part{{Name: "twice", Text: "12 records"}, {Name: "worker-1"}, {Name: "worker-2"}, {Name: "worker-3"}}}}, []string{"12 records", "and 3 more"}},
		{"loading with its size", &Curtain{Out: &Out{}, Total: 2_100_000}, []string{"2.1 MB"}},
		{"restoring names the seed", &Curtain{Out: &Out{}, Phase: model.Restoring, Trouble: model.Trouble{Seed: 7, Text: "boom"}}, []string{"boom", "seed 7", "Copy the log"}},
		{"an engine that did not come is tried again, and nothing is dropped", &Curtain{Out: &Out{}, Phase: model.Failed, Trouble: model.Trouble{Title: "The engine did not start"}}, []string{"Try again"}},
		{"failed offers a way on", &Curtain{Out: &Out{}, Phase: model.Failed, Trouble: model.Trouble{Title: "This lab could not be opened", Text: "line 3", Log: "{}"}}, []string{"line 3", "Copy the log", "Begin the lab again"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := app.NewClientTester(tt.ui)
			defer d.Close()
			html := app.HTMLString(tt.ui)
			for _, w := range tt.want {
				if !strings.Contains(html, w) {
					t.Errorf("%q is not there:\n%s", w, html)
				}
			}
		})
	}
}

func TestTheFirstStreamIsTheOneThatIsLookedFor(t *testing.T) {
	tests := []struct {
		name string
		view NoStream
		want string
	}{
		{"nobody waits", NoStream{}, "aws kinesis create-stream --stream-name trips --shard-count 2"},
		{"little to write", NoStream{Name: "rides", Producers: []protocol.Producer{{Rate: 30, Bytes: 120}}}, "aws kinesis create-stream --stream-name rides --shard-count 1"},
		{"many records", NoStream{Name: "rides", Producers: []protocol.Producer{{Rate: 900, Bytes: 10}, {Rate: 1200, Bytes: 10}}}, "aws kinesis create-stream --stream-name rides --shard-count 3"},
		{"large records", NoStream{Name: "rides", Producers: []protocol.Producer{{Rate: 100, Bytes: 20_000}}}, "aws kinesis create-stream --stream-name rides --shard-count 2"},
		{"readers alone", NoStream{Name: "rides", Consumers: []protocol.Consumer{{Name: "board"}}}, "aws kinesis create-stream --stream-name rides --shard-count 1"},
	}
	for _, tt := range tests {
		if got := tt.view.command(); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestEveryEventHasAFilter holds that each kind of event is in a group, and in one alone.
func TestEveryEventHasAFilter(t *testing.T) {
	for _, kind := range []string{protocol.EventStreamStatus, protocol.EventShardOpened, protocol.EventShardClosed, protocol.EventShardExpired, protocol.EventWriteRefused, protocol.EventReadRefused,
		protocol.EventRetry, protocol.EventLost, protocol.EventBuffer, protocol.EventCaughtUp, protocol.EventBehind, protocol.EventExpired, protocol.EventFanOut, protocol.EventActor, protocol.EventCommand,
		protocol.EventGoal, protocol.EventNote, protocol.EventAlarm, protocol.EventZone, protocol.EventObject, protocol.EventDelivery, protocol.EventFault} {
		n := 0
		for _, f := range filters {
			if f.kinds != nil && passes(f.name, protocol.Event{Kind: kind}) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%s is in %d groups", kind, n)
		}
	}
	if passes("yours", protocol.Event{Kind: protocol.EventActor}) {
		t.Error("what a client decides is called what the learner did")
	}
}

// TestPlaceIn finds where words say that something is wrong.
func TestPlaceIn(t *testing.T) {
	for words, want := range map[string][2]int{"line 3, column 12: a FROM is missing": {3, 12}, "Line 4 has two cells": {4, 0}, "there is no such stream": {}, "deadline 5": {}} {
		if line, column := placeIn(words); line != want[0] || column != want[1] {
			t.Errorf("%q is at %d, %d", words, line, column)
		}
	}
}
