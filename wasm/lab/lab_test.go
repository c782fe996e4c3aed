package lab

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"shardlab/wasm/aws"
	"shardlab/wasm/console"
	"shardlab/wasm/jq/filter"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/protocol"
	"shardlab/wasm/region"
)

// hotRack is a lab in which one key takes 70 % of 1,400 records a second, which one of four shards cannot take.
const hotRack = `{
	"name": "hot-rack", "start": "2026-03-02T08:39:30Z", "seed": 7, "profile": "2026", "open": "30s",
	"world": [
		{"do": "kinesis.CreateStream", "with": {"StreamName": "trips", "ShardCount": 2}},
		{"at": "12s", "do": "lab.PutProducer", "with": {"Name": "bikes", "StreamName": "trips", "RecordsPerSecond": 1700, "RecordBytes": 200,
			"Keys": {"Kind": "skewed", "Count": 40, "Prefix": "rack-", "Share": 0.3}, "Retry": {"Mode": "backoff"}}},
		{"at": "12s", "do": "lab.PutConsumer", "with": {"Name": "board", "StreamName": "trips", "From": "TRIM_HORIZON"}},
		{"at": "14s", "do": "lab.Note", "with": {"Text": "The morning rush begins."}}
	],
	"goals": [
		{"id": "no-refusals", "text": "No write is refused for 10 seconds", "check": {"kind": "no-refusals", "stream": "trips", "for": "10s"},
			"unmet": [{"if": "consumers > 1", "text": "Readers do not help writers: {refused} refused."}, {"text": "{refused} writes were refused in the last {for}, most at {shard}."}],
			"met": "No refusals for {for}, and {accepted} records arrived."},
		{"id": "three-shards", "text": "The stream has three open shards", "check": {"kind": "open-shards", "stream": "trips", "min": 3},
			"unmet": "{open} open shards.", "met": "{open} open shards."}
	]
}`

func open(t testing.TB, file string) *Lab {
	t.Helper()
	l, err := New([]byte(file), nil, Host{Console: console.Open(filter.Run)})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// must fails the test unless the lab goes to t.
func must(t testing.TB, l *Lab, at int64) {
	t.Helper()
	for !l.AdvanceTo(at, 0) {
		if c := l.Crashed(); c != nil {
			t.Fatalf("the engine panicked: %s\n%s", c.Message, c.Stack)
		}
		if l.Stopped() != "" {
			t.Fatal(l.Stopped())
		}
	}
}

const second = protocol.Second

// do is a command that must be done.
func do(t testing.TB, l *Lab, service, op, body string) []byte {
	t.Helper()
	out, err := l.Do(service, op, []byte(body), "")
	if err != nil {
		t.Fatalf("%s %s: %v", op, body, err)
	}
	return out
}

const splitHot = `{"StreamName":"trips","ShardToSplit":"shardId-000000000001","NewStartingHashKey":"255211775190703847597530955573826158592"}`

func TestOpen(t *testing.T) {
	l := open(t, hotRack)
	if l.Now() != 30*second || l.Opened() != 30*second || l.End() != 30*second || l.Seed() != 7 || l.Commands() != 0 || l.Solved() {
		t.Errorf("opened at %d of %d, seed %d, %d commands", l.Now(), l.End(), l.Seed(), l.Commands())
	}
	other := int64(8)
	m, err := New([]byte(hotRack), &other)
	if err != nil || m.Seed() != 8 || bytes.Equal(m.State(), l.State()) {
		t.Errorf("another seed gives the same world (%v)", err)
	}
	bad := int64(-1)
	if _, err := New([]byte(hotRack), &bad); err == nil {
		t.Error("a negative seed is taken")
	}
}

// TestGoalsBeginWithTheLab holds that a goal that was met in the world's past is no news, and that it is judged when the lab
// opens, between two seconds too.
func TestGoalsBeginWithTheLab(t *testing.T) {
	for _, opens := range []string{"30s", "30500ms"} {
		l := open(t, strings.NewReplacer(`"open": "30s"`, `"open": "`+opens+`"`, `"min": 3`, `"min": 2`).Replace(hotRack))
		for _, e := range l.Events(0) {
			if e.Kind == protocol.EventGoal && e.At < l.Opened() {
				t.Errorf("open at %s: %q at %d, before anybody had a task", opens, e.Text, e.At)
			}
		}
		if g := l.Goals()[1]; g.Message != "2 open shards." {
			t.Errorf("open at %s: the goal says %q", opens, g.Message)
		}
	}
}

func TestRefusedWorldCommand(t *testing.T) {
	file := `{"name":"a","start":"2026-03-02T08:39:30Z","open":"5s","world":[{"do":"kinesis.DeleteStream","with":{"StreamName":"nowhere"}}]}`
	if _, err := New([]byte(file), nil); err == nil || !strings.Contains(err.Error(), "world[0]: kinesis.DeleteStream was refused: ResourceNotFoundException") {
		t.Errorf("got %v", err)
	}
	if err := Check([]byte(file)); err != nil {
		t.Errorf("what only running can tell is refused by Check: %v", err)
	}
	if _, err := New([]byte(strings.Replace(file, `"with"`, `"may-fail":true,"with"`, 1)), nil); err != nil {
		t.Errorf("with may-fail: %v", err)
	}
	l := open(t, strings.Replace(file, `{"do"`, `{"at":"8s","do"`, 1))
	must(t, l, 10*second)
	events := l.Events(0)
	if len(events) != 1 || !strings.Contains(events[0].Text, "The lab's own kinesis.DeleteStream was refused") {
		t.Errorf("after the opening: %+v", events)
	}
}

// TestHotRack is the lab of the hot shard from its trouble to its cure: one key takes most of the records, one of two
// shards refuses; splitting the hot shard cures it.
//
// shows: RC2 RS1 RS5 T1 T2 P2
func TestHotRack(t *testing.T) {
	l := open(t, hotRack)
	if g := l.Goals()[0]; g.Met || !strings.Contains(g.Message, "refused in the last 10 s, most at shardId-000000000001") {
		t.Errorf("at the start: %+v", g)
	}
	do(t, l, "kinesis", "SplitShard", splitHot)
	must(t, l, 60*second)
	for _, g := range l.Goals() {
		if !g.Met {
			t.Errorf("not met after the split: %+v", g)
		}
	}
	if !l.Solved() {
		t.Error("not solved")
	}
	if g := l.Goals()[0]; !strings.HasPrefix(g.Message, "No refusals for 10 s, and 17,0") {
		t.Errorf("message %q", g.Message)
	}
	var said []string
	for _, e := range l.Events(0) {
		if e.Kind == protocol.EventGoal || e.Kind == protocol.EventCommand {
			said = append(said, e.Text)
		}
	}
	want := "You split shardId-000000000001 of trips.|Goal met: The stream has three open shards|Goal met: No write is refused for 10 seconds|All goals are met."
	if got := strings.Join(said, "|"); got != want {
		t.Errorf("said\n%s\nwant\n%s", got, want)
	}
}

func TestUntil(t *testing.T) {
	l := open(t, strings.Replace(hotRack, `"open": "30s"`, `"open": "0s"`, 1))
	run := func(c protocol.Condition) *Until {
		u := l.Until(c)
		for i := 0; !l.Run(u, 500); i++ {
			if i > 100_000 {
				t.Fatal("it never ends")
			}
		}
		return u
	}
	// shows: P2
	if u := run(protocol.Condition{Kinds: []string{protocol.EventWriteRefused}}); u.Reached != "shardId-000000000001 begins to refuse records: its 1,000 records of this second are used up." || l.Now() < 15*second || l.Now() > 25*second {
		t.Errorf("the first refusal: %q at %d", u.Reached, l.Now())
	}
	if u := run(protocol.Condition{At: 40 * second}); l.Now() != 40*second || u.Reached != "It is 08:40:10.000." {
		t.Errorf("an instant: %q at %d", u.Reached, l.Now())
	}
	do(t, l, "kinesis", "SplitShard", splitHot)
	if u := run(protocol.Condition{}); u.Reached != "shardId-000000000001 closed: it takes no more records; the "+held(u.Reached)+" records it holds can be read until retention ends." || l.Now() != 45*second {
		t.Errorf("the next event worth a stop: %q at %d", u.Reached, l.Now())
	}
	if u := run(protocol.Condition{Kinds: []string{protocol.EventGoal}}); u.Reached != "Goal met: The stream has three open shards" || l.Now() != 45*second {
		t.Errorf("a goal: %q at %d", u.Reached, l.Now())
	}
	if u := run(protocol.Condition{Kinds: []string{protocol.EventGoal}, At: 100 * second}); u.Reached != "Goal met: No write is refused for 10 seconds" || l.Now() > 70*second {
		t.Errorf("the goal: %q at %d", u.Reached, l.Now())
	}
	if u := run(protocol.Condition{Kinds: []string{protocol.EventLost}, At: 90 * second}); u.Reached != "It is 08:41:00.000." {
		t.Errorf("a kind that does not come: %q", u.Reached)
	}
	quiet := open(t, `{"name":"a","start":"2026-03-02T08:39:30Z"}`)
	u := quiet.Until(protocol.Condition{})
	for !quiet.Run(u, 0) {
	}
	if u.Reached != "Nothing of the kind happened within a virtual day." || quiet.Now() != 24*3600*second {
		t.Errorf("in an empty world: %q at %d", u.Reached, quiet.Now())
	}
	u = quiet.Step()
	for !quiet.Run(u, 0) {
	}
	if u.Reached != "Nothing new happened for a minute. It is 08:40:30.000." || quiet.Now() != 24*3600*second+60*second {
		t.Errorf("a step in an empty world: %q at %d", u.Reached, quiet.Now())
	}
}

// TestAdvanceToFinishesItsInstant holds that an instant whose end a small budget cut off is not taken for reached: a random
// walk found a command of the log left out, because the run stood at its instant already.
func TestAdvanceToFinishesItsInstant(t *testing.T) {
	l := open(t, hotRack)
	at := l.Now() + second
	must(t, l, at)
	for range 3 {
		do(t, l, "kinesis", "PutRecord", `{"StreamName":"trips","PartitionKey":"hot","Data":"aGVsbG8="}`)
	}
	want := l.State()
	for budget := range 40 {
		l.SeekNow(l.Opened())
		for i := 0; !l.AdvanceTo(at, budget+1); i++ {
			if i > 100_000 {
				t.Fatal("it never arrives")
			}
		}
		if got := l.State(); !bytes.Equal(got, want) {
			t.Fatalf("with a budget of %d: states differ in %s", budget+1, difference(want, got))
		}
	}
}

// TestRestoreFinishesItsInstant holds the same for what a command makes due at its own instant: a new producer's first turn.
func TestRestoreFinishesItsInstant(t *testing.T) {
	l := open(t, hotRack)
	do(t, l, "lab", "PutProducer", `{"Name":"late","StreamName":"trips","RecordsPerSecond":10}`)
	must(t, l, l.Now())
	again, err := Restore([]byte(hotRack), l.Log())
	if err != nil {
		t.Fatal(err)
	}
	if a, b := l.State(), again.State(); !bytes.Equal(a, b) {
		t.Fatalf("restored: states differ in %s", difference(a, b))
	}
}

// TestSeekToTheInstantOfADeed holds that at an instant stands all that was done at it and what that made due at once, right
// after the deed as after going back to it and after a restore.
func TestSeekToTheInstantOfADeed(t *testing.T) {
	l := open(t, hotRack)
	do(t, l, "kinesis", "SplitShard", splitHot)
	do(t, l, "lab", "PutProducer", `{"Name":"scooters","StreamName":"trips","RecordsPerSecond":50}`)
	state := l.State()
	must(t, l, 45*second)
	l.SeekNow(l.Opened())
	same(t, "gone back", state, l.State())
	again, err := Restore([]byte(hotRack), l.Log())
	if err != nil {
		t.Fatal(err)
	}
	same(t, "restored", state, again.State())
}

// held is the number in "the 1,234 records it holds".
func held(text string) string {
	_, after, _ := strings.Cut(text, "; the ")
	n, _, _ := strings.Cut(after, " ")
	return n
}

func TestSeek(t *testing.T) {
	l := open(t, hotRack)
	must(t, l, 50*second)
	at50 := l.State()
	do(t, l, "kinesis", "SplitShard", splitHot)
	must(t, l, 80*second)
	at80, log := l.State(), l.Log()
	history := l.History()

	l.SeekNow(50*second - 1)
	if l.Now() != 50*second-1 || l.End() != 80*second || l.Commands() != 1 || l.History() == history {
		t.Errorf("back at %d of %d with %d commands, history %d", l.Now(), l.End(), l.Commands(), l.History())
	}
	must(t, l, 80*second)
	if !bytes.Equal(l.State(), at80) {
		t.Errorf("forward again: states differ in %s", difference(l.State(), at80))
	}
	if got := l.Log(); got != log {
		t.Errorf("the log has changed to\n%s", got)
	}
	l.SeekNow(0)
	if l.Now() != l.Opened() {
		t.Errorf("before the opening: at %d", l.Now())
	}
	must(t, l, 50*second-1)
	do(t, l, "lab", "StopProducer", `{"Name":"bikes"}`)
	if l.Commands() != 1 || l.End() != 50*second-1 {
		t.Errorf("another deed: %d commands, end %d", l.Commands(), l.End())
	}
	must(t, l, 50*second)
	if bytes.Equal(l.State(), at50) {
		t.Error("another deed gives the same world")
	}
	l.SeekNow(60 * second)
	if l.Now() != 60*second || l.End() != 60*second {
		t.Errorf("forward: at %d of %d", l.Now(), l.End())
	}
}

func TestCheckpointsAreBoundedAndSpread(t *testing.T) {
	l := open(t, `{"name":"a","start":"2026-03-02T08:39:30Z","world":[{"do":"kinesis.CreateStream","with":{"StreamName":"s","ShardCount":1}}]}`)
	must(t, l, 5000*second)
	p := l.points.points
	if len(p) > maxPoints || p[0].at != l.opened {
		t.Fatalf("%d checkpoints, the first at %d", len(p), p[0].at)
	}
	for i := 2; i < len(p); i++ {
		if d := p[i].at.Sub(p[i-1].at); d > 2*l.points.space {
			t.Errorf("%s between checkpoints %d and %d, the space is %s", d, i-1, i, l.points.space)
		}
	}
	if last := p[len(p)-1].at; l.end.Sub(last) > l.points.space {
		t.Errorf("the last checkpoint is %s old", l.end.Sub(last))
	}
}

func TestLogIsStrict(t *testing.T) {
	l := open(t, hotRack)
	do(t, l, "kinesis", "PutRecord", `{"StreamName":"trips", "PartitionKey":"a", "Data":"MQ=="}`)
	l.DoAs("arn:aws:iam::123456789012:user/ana", "kinesis", "PutRecord", []byte("no JSON <&>"), "typed")
	must(t, l, 40*second)
	do(t, l, "kinesis", "SplitShard", splitHot)
	must(t, l, 50*second)
	log := l.Log()
	lines := strings.SplitAfter(log, "\n")
	again, err := Restore([]byte(hotRack), log)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(lines[2], `"as":"arn:aws:iam::123456789012:user/ana"`) || strings.Contains(lines[1], `"as"`) {
		t.Errorf("the log does not say who called:\n%s", log)
	}
	if !bytes.Equal(again.State(), l.State()) || again.Log() != log {
		t.Errorf("restored, states differ in %s", difference(again.State(), l.State()))
	}
	// Laid out otherwise, and with other words in its goals, the file is the same lab.
	var tree any
	if err := json.Unmarshal([]byte(hotRack), &tree); err != nil {
		t.Fatal(err)
	}
	indented, _ := json.MarshalIndent(tree, "  ", "\t")
	if _, err := Restore([]byte(strings.Replace(string(indented), "most at", "most of them at", 1)), log); err != nil {
		t.Errorf("the same file laid out otherwise: %v", err)
	}

	change := func(old, new string) string {
		if !strings.Contains(log, old) {
			t.Fatalf("the log has no %s:\n%s", old, log)
		}
		return strings.Replace(log, old, new, 1)
	}
	rows := []struct{ name, file, log, want string }{
		{"empty", hotRack, "", "log, line 1: not the header"},
		{"something else", hotRack, "hello", "log, line 1: not the header of a lab's log (not JSON"},
		{"another engine", hotRack, change(`"engine":2`, `"engine":99`), "made by engine version 99, and this is version 2"},
		{"an older engine", hotRack, change(`"engine":2`, `"engine":1`), "made by engine version 1, and this is version 2: the same commands would give another run"},
		{"another engine with a header we do not know", hotRack, change(`"engine":2`, `"engine":99,"new":1`), "made by engine version 99"},
		{"unknown key in the header", hotRack, change(`"engine":2`, `"engine":2,"x":1`), "log, line 1: not the header of a lab's log (x: unknown key"},
		{"another lab", strings.Replace(hotRack, `"hot-rack"`, `"cold-rack"`, 1), log, `log, line 1: it is of lab "hot-rack", this is lab "cold-rack"`},
		{"another version of the lab", strings.Replace(hotRack, "1700", "1500", 1), log, "another version of lab"},
		{"more commands than can be counted", hotRack, change(`"commands":3`, `"commands":9223372036854775807,"timeline":"A"`), "log, line 1: 9223372036854775807 commands; at most 10000"},
		{"fewer commands than none", hotRack, change(`"commands":3`, `"commands":-9223372036854775808,"timeline":"A"`), "log, line 1: -9223372036854775808 commands; at most 10000"},
		{"cut off", hotRack, lines[0] + lines[1], "log, line 2: it ends after 1 of 3 commands"},
		{"cut within a line", hotRack, log[:len(log)-20], "log, line 4: not a command"},
		{"a line too many", hotRack, log + lines[1], "log, line 5: the header counts 3 commands"},
		{"not a command", hotRack, lines[0] + lines[1] + "{}x\n" + lines[3], "log, line 3: not a command"},
		{"unknown key", hotRack, change(`"op":"SplitShard"`, `"op":"SplitShard","by":"me"`), "log, line 4: not a command (by: unknown key"},
		{"out of order", hotRack, lines[0] + lines[3] + lines[1] + lines[2], "log, line 3: it happens before the line above"},
		{"before the opening", hotRack, change(`"at":30000000`, `"at":3`), "log, line 2: at 3 lies outside the run"},
		{"behind the end", hotRack, change(`"at":40000000`, `"at":90000000`), "log, line 4: at 90000000 lies outside the run"},
		{"instants crossed", hotRack, change(`"end":50000000`, `"end":5`), "log, line 1: now 50000000 and end 5"},
		{"without service", hotRack, change(`"service":"kinesis"`, `"service":""`), "log, line 2: it names no service"},
		{"a bad file", `{}`, log, "name:"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if _, err := Restore([]byte(row.file), row.log); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v, want %s", err, row.want)
			}
		})
	}
}

func FuzzRestore(f *testing.F) {
	l := open(f, hotRack)
	l.Do("kinesis", "SplitShard", []byte(splitHot), "typed")
	must(f, l, 31*second)
	f.Add(l.Log())
	f.Add(strings.Replace(l.Log(), "SplitShard", "Dance", 1))
	f.Fuzz(func(t *testing.T, log string) {
		l, _, err := Reopen([]byte(hotRack), log)
		if err == nil && l.Crashed() != nil {
			t.Fatalf("a log makes the engine panic: %s", l.Crashed().Message)
		}
	})
}

func TestLogIsBounded(t *testing.T) {
	l := open(t, `{"name":"a","start":"2026-03-02T08:39:30Z"}`)
	for range MaxCommands {
		if _, err := l.Do("lab", "Answer", []byte(`{"Text":"a"}`), ""); err != nil {
			t.Fatal(err)
		}
	}
	_, err := l.Do("lab", "Answer", []byte(`{"Text":"a"}`), "")
	if aws.CodeOf(err) != aws.LimitExceeded || !strings.Contains(err.Error(), "The log of this run is full: it holds 10,000 commands") || aws.HintOf(err) == "" {
		t.Errorf("one too many: %v", err)
	}
	l = open(t, `{"name":"a","start":"2026-03-02T08:39:30Z"}`)
	big := []byte(`{"Text":"` + strings.Repeat("a", 1<<20) + `"}`)
	for i := 0; ; i++ {
		_, err := l.Do("lab", "Answer", big, strings.Repeat("n", 5000))
		if aws.CodeOf(err) == aws.LimitExceeded {
			break
		}
		if i > 10 {
			t.Fatal("the log takes any number of bytes")
		}
	}
	if len(l.Log()) > MaxLogBytes+(1<<20) {
		t.Errorf("the log has %d bytes", len(l.Log()))
	}
}

// TestFirstFrame holds that a lab is not blank when it opens: what was on its way just before is shown, and the scenario's
// own record is told and has a colour.
func TestFirstFrame(t *testing.T) {
	l := open(t, `{"name":"a","start":"2026-03-02T08:39:30Z","open":"20s","world":[
		{"do":"kinesis.CreateStream","with":{"StreamName":"trips","ShardCount":2}},
		{"at":"11s","do":"lab.PutProducer","with":{"Name":"p","StreamName":"trips","RecordsPerSecond":200,"Keys":{"Kind":"uniform","Count":60}}},
		{"at":"19s","do":"kinesis.PutRecord","with":{"StreamName":"trips","PartitionKey":"ev-4121","Data":"MQ=="}}]}`)
	f := l.Frame()
	late := 0
	for _, x := range f.Flights {
		if x.SentAt > 15*second {
			late++
		}
	}
	if late < 100 {
		t.Errorf("%d flights of the last five seconds, want some 250", late)
	}
	if !slices.ContainsFunc(f.Keys, func(k protocol.Key) bool { return k.Name == "ev-4121" }) {
		t.Errorf("the scenario's record has no colour among %v", f.Keys)
	}
	if !slices.ContainsFunc(f.Events, func(e protocol.Event) bool {
		return e.At == 19*second && strings.HasPrefix(e.Text, "A record with the key ev-4121 was put and lies in shardId-")
	}) {
		t.Errorf("nothing is said of it: %v", f.Events)
	}
}

// TestRim holds that a panic inside becomes a value, that the log in it restores the run without the command that failed,
// and that the lab does nothing afterwards.
func TestRim(t *testing.T) {
	l := open(t, hotRack)
	do(t, l, "kinesis", "PutRecord", `{"StreamName":"trips","PartitionKey":"a","Data":"MQ=="}`)
	must(t, l, 40*second)
	state := l.State()
	l.Drill()
	p := l.Crashed()
	if p == nil || !strings.Contains(p.Message, "a drill") || !strings.Contains(p.Stack, "Drill") || p.Seed != 7 || p.At != 40*second || p.Command != "drill" {
		t.Fatalf("the panic is %+v", p)
	}
	if l.AdvanceTo(50*second, 0) {
		t.Error("a lab that failed goes on")
	}
	if _, err := l.Do("lab", "Answer", []byte(`{"Text":"a"}`), ""); aws.CodeOf(err) != aws.InternalFailure {
		t.Errorf("a lab that failed answers %v", err)
	}
	if out, exit := l.Type("aws kinesis list-streams"); exit == 0 || len(out) == 0 {
		t.Errorf("its console answers %v, %d", out, exit)
	}
	if _, err := l.Inspect("stream:trips"); err == nil {
		t.Error("it can be inspected")
	}
	l.Frame()
	again, err := Restore([]byte(hotRack), p.Log)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again.State(), state) {
		t.Errorf("restored from the panic's log, states differ in %s", difference(again.State(), state))
	}

	// A command that panics is not in the log; what was due at that instant is.
	l = open(t, hotRack)
	do(t, l, "kinesis", "PutRecord", `{"StreamName":"trips","PartitionKey":"a","Data":"MQ=="}`)
	must(t, l, 41*second)
	l.rim("kinesis Boom", func() {
		l.log = append(l.log, entry{at: l.run.region.Now()})
		panic("boom")
	})
	if p := l.Crashed(); p == nil || p.Command != "kinesis Boom" || strings.Count(p.Log, "\n") != 2 || !strings.Contains(p.Log, `"commands":1`) {
		t.Errorf("the panic is %+v", l.Crashed())
	}
	// What panics on the way would panic again at the same instant: the log ends just before.
	l = open(t, hotRack)
	must(t, l, 41*second)
	l.rim("advance", func() { panic("boom") })
	if p := l.Crashed(); !strings.Contains(p.Log, `"now":40999999`) {
		t.Errorf("the log is %s", p.Log)
	}
}

func TestFrames(t *testing.T) {
	l := open(t, hotRack)
	f := l.Frame()
	if f.Now != 30*second || f.Opened != 30*second || f.StartUnix != int64(l.Start()) || f.Every < 1 || f.Commands != 0 || f.Seed != 7 {
		t.Errorf("the first frame: %+v", f)
	}
	if len(f.Events) == 0 || len(f.Charts) != 7 || len(f.Streams) != 1 || len(f.Streams[0].Shards) != 2 || len(f.Producers) != 1 || len(f.Consumers) != 1 || len(f.Goals) != 2 {
		t.Errorf("the first frame has %d events, %d charts, %d streams, %d goals", len(f.Events), len(f.Charts), len(f.Streams), len(f.Goals))
	}
	last := f.Events[len(f.Events)-1].ID
	must(t, l, 30*second+200_000)
	g := l.Frame()
	if len(g.Charts) != 0 {
		t.Error("charts although the second is the same")
	}
	if len(g.Flights) == 0 {
		t.Error("no flights")
	}
	for _, x := range g.Flights {
		if x.Stream != 0 || x.Actor != 0 || x.SentAt <= f.Now-second || x.DueAt < x.SentAt || x.Kind != protocol.FlightRead && x.Key >= len(g.Keys) {
			t.Fatalf("a flight is %+v", x)
		}
	}
	must(t, l, 33*second)
	g = l.Frame()
	if len(g.Charts) == 0 || len(g.Events) == 0 || g.Events[0].ID != last+1 {
		t.Errorf("%d charts and %d events after three seconds", len(g.Charts), len(g.Events))
	}
	chart := g.Charts[0]
	if chart.Metric != "IncomingRecords" || chart.Of != "trips" || chart.Limit != 2000 || chart.Why != "2 open shards × 1,000 records/s" || chart.Unit != "Count" || chart.Period != second || len(chart.Points) != 33 || chart.From != 0 {
		t.Errorf("the chart is %+v", chart)
	}
	if !math.IsNaN(chart.Points[5]) || chart.Points[15] < 1600 {
		t.Errorf("points %v", chart.Points)
	}
	if k := g.Keys; len(k) != maxKeys || k[0].Name != "rack-0" || k[0].Share != 0.3 || k[1].Name != "rack-1" {
		t.Errorf("keys %+v", k)
	}
	do(t, l, "kinesis", "PutRecord", `{"StreamName":"trips","PartitionKey":"mine","Data":"MQ=="}`)
	g = l.Frame()
	if len(g.Keys) != maxKeys || g.Keys[maxKeys-1].Name != "mine" {
		t.Errorf("with a record of the learner's own, keys are %+v", g.Keys)
	}
	if n := len(g.Flights); n == 0 || g.Flights[n-1].Actor != -1 || g.Flights[n-1].Key != maxKeys-1 {
		t.Errorf("the learner's own record is not on its way: %+v", g.Flights)
	}
	l.SeekNow(31 * second)
	g = l.Frame()
	if g.History == f.History || len(g.Events) == 0 || g.Events[0].ID != 0 || len(g.Charts) == 0 || g.End != 33*second {
		t.Errorf("after going back: history %d, %d events, %d charts, end %d", g.History, len(g.Events), len(g.Charts), g.End)
	}
	b, err := json.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	var back protocol.Frame
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		l.Pace(3600)
		must(t, l, l.Now()+10*second)
		if n := len(l.Frame().Flights); n > region.MaxFlights {
			t.Fatalf("%d flights in a frame", n)
		}
	}
}

// The account's bill and zones are in every frame, and each has a sheet.
func TestBillAndZones(t *testing.T) {
	l := open(t, hotRack)
	f := l.Frame()
	if f.Bill.Total <= 0 || f.Bill.PerHour < 30_000 { // two shards at $0.015, and what is written
		t.Errorf("the bill is %+v", f.Bill)
	}
	before := f.Bill
	must(t, l, 60*second)
	if g := l.Frame(); g.Bill.Total <= before.Total {
		t.Errorf("the bill went from %+v to %+v", before, g.Bill)
	}
	do(t, l, "lab", "InterruptZone", `{"AvailabilityZone":"us-east-1b"}`)
	if z := l.Frame().Zones; len(z) != 3 || z[0].State != kinesis.InSync || z[1] != (protocol.Zone{Name: "us-east-1b", State: kinesis.Lost}) {
		t.Errorf("zones %+v", z)
	}
	text := func(ref string) string {
		s, err := l.Inspect(ref)
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for ref, wants := range map[string][]string{
		"bill:":  {"shard-hour", "$0.015", `"ref":"stream:trips"`, "lab bill"},
		"zones:": {"us-east-1b", "LOST", "lab restore-zone --availability-zone us-east-1b", "lab interrupt-zone --availability-zone us-east-1a", "trips shardId-000000000001"},
	} {
		for _, want := range wants {
			if got := text(ref); !strings.Contains(got, want) {
				t.Errorf("the sheet %s lacks %q:\n%s", ref, want, got)
			}
		}
	}
}

func TestOpenShardsOverTime(t *testing.T) {
	l := open(t, hotRack)
	do(t, l, "kinesis", "SplitShard", `{"StreamName":"trips","ShardToSplit":"shardId-000000000001","NewStartingHashKey":"255211775190703847597530955573826158592"}`)
	must(t, l, 50*second) // the split takes 5 seconds, from second 30 on
	for _, c := range l.Frame().Charts {
		if c.Metric != region.OpenShardCount {
			continue
		}
		if len(c.Points) != 50 || !math.IsNaN(c.Points[5]) || c.Points[12] != 2 || c.Points[34] != 2 || c.Points[35] != 3 || c.Points[49] != 3 {
			t.Errorf("open shards by second: %v", c.Points)
		}
		return
	}
	t.Error("no chart of the open shards")
}

func TestConsole(t *testing.T) {
	l := open(t, hotRack)
	slices := 0
	l.SetSlice(func() { slices++ })
	out, exit := l.Type("aws kinesis split-shard --stream-name trips --shard-to-split shardId-000000000001 --new-starting-hash-key 255211775190703847597530955573826158592 && wait 30s")
	if exit != 0 {
		t.Fatalf("exit %d: %+v", exit, out)
	}
	if l.Now() != 60*second || l.Commands() != 1 || slices == 0 {
		t.Errorf("at %d with %d commands, %d slices", l.Now(), l.Commands(), slices)
	}
	if l.log[0].note == "" || !strings.HasPrefix(l.log[0].note, "aws kinesis split-shard") {
		t.Errorf("the note is %q", l.log[0].note)
	}
	looks := 0
	for _, o := range region.Operations() {
		if !region.Looks(o.Name) {
			continue
		}
		looks++
		line := "lab " + o.Kebab
		switch o.Name {
		case "ProjectBill", "DiscoverInputSchema":
			line += " --stream-name trips"
		case "Select":
			line += " --sql 'SELECT COUNT(*) FROM trips'"
		case "Peek":
			line += " --service kinesis --operation DescribeLimits"
		case "CalculateShards", "CalculateCost", "CalculateBuffer", "CalculateHints":
			line += " --records-per-second 100 --record-ki-b 1"
		case "CalculateRetries":
			line += " --records-per-second 100"
		case "ReadSink":
			do(t, l, "lab", "PutSink", `{"Name":"partner","Kind":"http"}`)
			line += " --name partner"
		}
		before, commands := l.State(), l.Commands()
		if out, exit = l.Type(line); exit != 0 || l.Commands() != commands || !bytes.Equal(l.State(), before) {
			t.Errorf("%s: exit %d, %d commands, the state is the same: %v, %+v", line, exit, l.Commands(), bytes.Equal(l.State(), before), out)
		}
	}
	if looks < 9 {
		t.Errorf("%d operations only look", looks)
	}
	if c := l.Complete("aws kinesis split-sh", 20); len(c.Options) == 0 {
		t.Error("no completion")
	}
	if got := l.Command("kinesis", "DeleteStream", []byte(`{"StreamName":"trips"}`)); !strings.Contains(got, "delete-stream --stream-name trips") {
		t.Errorf("as a line: %q", got)
	}
	began, commands := l.Now(), l.Commands()
	l.SetSlice(func() { l.Interrupt() })
	if _, exit = l.Type("wait 10m && aws kinesis delete-stream --stream-name trips"); exit == 0 || l.Now() > began+300*second || l.Commands() != commands {
		t.Errorf("interrupted: exit %d at %d with %d commands", exit, l.Now(), l.Commands())
	}
}

func TestInspect(t *testing.T) {
	l := open(t, hotRack)
	out := do(t, l, "kinesis", "PutRecord", `{"StreamName":"trips","PartitionKey":"a","Data":"aGVsbG8="}`)
	var put struct{ ShardId, SequenceNumber string }
	if err := json.Unmarshal(out, &put); err != nil {
		t.Fatal(err)
	}
	do(t, l, "kinesis", "SplitShard", splitHot)
	must(t, l, 40*second)
	rows := []struct {
		ref  string
		want []string
	}{
		{"stream:trips", []string{"Status|ACTIVE", "Shards|3 open, 1 closed", "Take in|3,000 records/s, 3 MiB/s", "shardId-000000000003"}},
		{"shard:trips/shardId-000000000001", []string{"State|CLOSED", "Child|shardId-000000000002", "Closed|08:40:05.000", "Expires|3 Mar 08:40:05.000", "Limit that refused last|1,000 records/s", "Newest records"}},
		{"shard:trips/shardId-000000000002", []string{"State|OPEN", "Parent|shardId-000000000001", "Part of the ring|50 % to 75 %"}},
		{"record:trips/" + put.ShardId + "/" + put.SequenceNumber, []string{"Partition key|a", "Data|hello", "put by you, with PutRecord", "MD5 of its key is 0cc175b9c0f1b6a831c399e269772661, hash key 16955237001963240173058271559858726497", "read by board", "3 Mar 08:40:00.000|expires, at the end of its 24 hours", "Shard created|2026-03-02 08:39:30"}},
		{"record:trips/shardId-000000000000/@31000000", []string{"sent by bikes"}},
		{"producer:bikes", []string{"State|runs", "Keys|40 racks, rack-0 takes 30 %", "Retries|3 attempts, backoff with jitter", "rack-0|30 %"}},
		{"consumer:board", []string{"State|reads", "Polls|each shard every 200 ms", "shardId-000000000001|finished"}},
	}
	for _, row := range rows {
		s, err := l.Inspect(row.ref)
		if err != nil {
			t.Errorf("%s: %v", row.ref, err)
			continue
		}
		text := sheetText(s)
		for _, w := range row.want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: no %q in\n%s", row.ref, w, text)
			}
		}
		if len(s.Commands) == 0 || s.Title == "" || s.Kind == "" {
			t.Errorf("%s: title %q, kind %q, commands %q", row.ref, s.Title, s.Kind, s.Commands)
		}
		for _, section := range s.Sections {
			for _, r := range section.Rows {
				for _, c := range r {
					if c.Ref != "" {
						if _, err := l.Inspect(c.Ref); err != nil {
							t.Errorf("%s leads to %s: %v", row.ref, c.Ref, err)
						}
					}
				}
			}
		}
	}
	// Every command that a sheet offers is taken by the console.
	for _, row := range rows {
		s, _ := l.Inspect(row.ref)
		for _, c := range s.Commands {
			if out, exit := l.Type(c); exit != 0 && !strings.Contains(c, "split-shard") {
				t.Errorf("%s offers %q, which fails: %+v", row.ref, c, out)
			}
		}
	}
	for _, ref := range []string{"", "nothing", "stream:nowhere", "shard:trips", "shard:trips/x", "shard:trips/shardId-000000000099", "record:trips/shardId-000000000000/1", "producer:nobody", "consumer:nobody", "record:a/b/c"} {
		if _, err := l.Inspect(ref); err == nil {
			t.Errorf("%q shows a sheet", ref)
		}
	}
}

// What a stream is about to do with its shards stands in its sheet.
func TestSheetOfAStreamThatScales(t *testing.T) {
	l := open(t, hotRack)
	shows := func(want ...string) {
		t.Helper()
		s, err := l.Inspect("stream:trips")
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if text := sheetText(s); !strings.Contains(text, w) {
				t.Errorf("no %q in\n%s", w, text)
			}
		}
	}
	do(t, l, "kinesis", "UpdateShardCount", `{"StreamName":"trips","TargetShardCount":3,"ScalingType":"UNIFORM_SCALING"}`)
	shows("Status|UPDATING", "Still to be done|2 splits, 1 merge")
	must(t, l, 40*second)
	shows("Status|ACTIVE", "Shards|3 open, 4 closed")
	do(t, l, "kinesis", "UpdateStreamMode", `{"StreamARN":"arn:aws:kinesis:us-east-1:123456789012:stream/trips","StreamModeDetails":{"StreamMode":"ON_DEMAND"}}`)
	must(t, l, 50*second)
	shows("Capacity mode|ON_DEMAND", "Peak minute of 30 days|0 B/s, 0 records/s", "Looks at its traffic again|")
}

func sheetText(s protocol.Sheet) string {
	var b strings.Builder
	for _, section := range s.Sections {
		b.WriteString("## " + section.Title + "\n")
		for _, r := range section.Rows {
			for i, c := range r {
				if i > 0 {
					b.WriteString("|")
				}
				b.WriteString(c.Text)
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

func TestMemoryGuard(t *testing.T) {
	l := open(t, `{"name":"a","start":"2026-03-02T08:39:30Z","world":[{"do":"kinesis.CreateStream","with":{"StreamName":"s","ShardCount":200}},
		{"at":"10s","do":"lab.PutProducer","with":{"Name":"p","StreamName":"s","RecordsPerSecond":190000,"RecordBytes":1,"Batch":500,"Keys":{"Kind":"round-robin","Count":20000}}}]}`)
	if l.AdvanceTo(300*second, 0) {
		t.Fatal("a world goes on that no page can hold")
	}
	stood := l.Now()
	if l.AdvanceTo(300*second, 0) || l.Now() != stood {
		t.Errorf("asked again it goes on to %d", l.Now())
	}
	if !strings.Contains(l.Stopped(), "the streams hold more than 12,582,912 records") || l.Frame().Busy != l.Stopped() {
		t.Errorf("it says %q", l.Stopped())
	}
	do(t, l, "kinesis", "DeleteStream", `{"StreamName":"s"}`)
	do(t, l, "lab", "DeleteProducer", `{"Name":"p"}`)
	must(t, l, l.Now()+20*second)
}

func TestFigure(t *testing.T) {
	l := open(t, hotRack)
	rows := []struct{ check, figure, want string }{
		{`{"kind":"largest-share","stream":"trips"}`, "shard", "shardId-000000000001"},
		{`{"kind":"key","stream":"trips","key":"rack-0"}`, "shard", "shardId-000000000001"},
		{`{"kind":"throughput","producer":"bikes","for":"5s"}`, "sent", "8,500"},
	}
	for _, row := range rows {
		if got, err := l.Figure([]byte(row.check), row.figure); err != nil || got != row.want {
			t.Errorf("%s of %s is %q (%v), want %q", row.figure, row.check, got, err, row.want)
		}
	}
	if _, err := l.Figure([]byte(`{"kind":"key","stream":"trips","key":"a"}`), "shards"); err == nil || !strings.Contains(err.Error(), "it has closed-shards, consumers") {
		t.Errorf("an unknown figure: %v", err)
	}
	if _, err := l.Figure([]byte(`{"kind":"key","streem":"trips"}`), "shard"); err == nil {
		t.Error("an unknown parameter is taken")
	}
}
