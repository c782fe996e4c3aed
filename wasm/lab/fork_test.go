package lab

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"shardlab/wasm/protocol"
)

// otherState is the state of the timeline that is not chosen.
func otherState(l *Lab) (b []byte) {
	l.aside(func() { b = l.State() })
	return b
}

func fork(t testing.TB, l *Lab) {
	t.Helper()
	if err := l.Fork(); err != nil {
		t.Fatal(err)
	}
}

func rowOf(t testing.TB, f *protocol.Fork, name string) protocol.Row {
	t.Helper()
	for _, r := range f.Rows {
		if r.Name == name {
			return r
		}
	}
	t.Fatalf("no row %s", name)
	return protocol.Row{}
}

// TestForkIsTwoRuns forks in a lab with a hot shard and cures it in B alone: A goes on as it was, and the comparison tells.
func TestForkIsTwoRuns(t *testing.T) {
	alone := open(t, hotRack)
	must(t, alone, 90*second)
	l := open(t, hotRack)
	must(t, l, 40*second)
	history := l.Frame().History
	fork(t, l)
	f := l.Frame()
	if f.Timeline != "B" || f.Fork == nil || f.Fork.At != 40*second || f.Fork.Chosen != "B" || f.History != history {
		t.Fatalf("%q %+v, history %d after %d", f.Timeline, f.Fork, f.History, history)
	}
	do(t, l, "kinesis", "SplitShard", splitHot)
	must(t, l, 90*second)
	if l.Lags() || string(otherState(l)) != string(alone.State()) {
		t.Fatal("A is not as it would have been alone")
	}
	f = l.Frame()
	got := f.Fork
	refused, accepted, cost := rowOf(t, got, "Records refused"), rowOf(t, got, "Records accepted"), rowOf(t, got, "Cost")
	if refused.A <= refused.B || refused.B <= 0 || accepted.A >= accepted.B || cost.A <= 0 || cost.B <= cost.A {
		t.Errorf("refused %+v accepted %+v cost %+v", refused, accepted, cost)
	}
	if n := len(got.Times); n < 45 || n > maxSamples || got.Times[0] != 40*second || len(refused.CurveA) != n || len(refused.CurveB) != n || refused.CurveA[0] != 0 || refused.CurveB[n-1] != refused.B {
		t.Errorf("%d instants from %v, curve of %d ending at %v of %v", n, got.Times, len(refused.CurveA), refused.CurveB, refused.B)
	}
	if len(got.OnlyA) != 0 || len(got.OnlyB) != 1 || !strings.HasPrefix(got.OnlyB[0].Text, "aws kinesis split-shard") || got.OnlyB[0].At != 40*second {
		t.Errorf("only in A %v, only in B %v", got.OnlyA, got.OnlyB)
	}
	if len(got.Twin) != 1 || len(got.Twin[0].Shards) != 2 || got.Twin[0].Shards[1].Fill < .99 || got.Twin[0].Refused == 0 {
		t.Errorf("twin %+v", got.Twin)
	}
	if again := l.Frame().Fork; again.Times != nil || again.Rows[0].CurveA != nil {
		t.Error("the curves come again although they are the same")
	}
	if err := l.Choose("A"); err != nil || l.History() == history {
		t.Fatal(err, l.History())
	}
	if f = l.Frame(); f.Timeline != "A" || len(f.Streams[0].Shards) != 2 || len(f.Fork.Twin[0].Shards) != 4 || f.Fork.Times == nil {
		t.Errorf("in A: %q, %d shards, twin %+v", f.Timeline, len(f.Streams[0].Shards), f.Fork.Twin)
	}
	if r := rowOf(t, f.Fork, "Records refused"); r.A != refused.A || r.B != refused.B {
		t.Errorf("the figures change sides: %+v, were %+v", r, refused)
	}
	if err := l.Fork(); err == nil || !strings.Contains(err.Error(), "two timelines already") {
		t.Error(err)
	}
	if err := l.Keep("C"); err == nil {
		t.Error("there is no C")
	}
	if err := l.Keep("B"); err != nil || l.Frame().Fork != nil || l.Frame().Timeline != "" || len(l.Frame().Streams[0].Shards) != 4 {
		t.Errorf("kept B: %v %+v", err, l.Frame().Fork)
	}
	if err := l.Choose("A"); err == nil || !strings.Contains(err.Error(), "one timeline") {
		t.Error(err)
	}
	same2(t, l)
}

// same2 holds that the log gives the lab again, both timelines of it.
func same2(t testing.TB, l *Lab) {
	t.Helper()
	again, err := Restore([]byte(l.raw()), l.Log())
	if err != nil {
		t.Fatalf("%v\n%s", err, l.Log())
	}
	if !bytes.Equal(again.State(), l.State()) || (again.pair == nil) != (l.pair == nil) {
		t.Fatal("the log gives another run")
	}
	if l.pair != nil && (!bytes.Equal(otherState(again), otherState(l)) || again.pair.chosen != l.pair.chosen || again.Log() != l.Log()) {
		t.Fatalf("the log gives another second timeline\n%s\n%s", again.Log(), l.Log())
	}
}

func (l *Lab) raw() string {
	if l.Name() == "hot-rack" {
		return hotRack
	}
	return busy
}

// TestForkKeepsTheFuture goes back, forks there, and holds that A lives again what it had lived while B has nothing ahead; both go
// back together, and both are in the log.
func TestForkKeepsTheFuture(t *testing.T) {
	l := open(t, hotRack)
	must(t, l, 45*second)
	do(t, l, "kinesis", "SplitShard", splitHot)
	must(t, l, 70*second)
	future := string(l.State())
	l.SeekNow(40 * second)
	fork(t, l)
	if l.End() != 40*second || l.Commands() != 0 {
		t.Errorf("B has a future: %d, %d commands", l.End(), l.Commands())
	}
	do(t, l, "lab", "StopProducer", `{"Name":"bikes"}`)
	must(t, l, 70*second)
	if otherState(l) == nil || string(otherState(l)) != future {
		t.Fatal("A did not live again what it had lived")
	}
	f := l.Frame().Fork
	if len(f.OnlyA) != 1 || f.OnlyA[0].At != 45*second || len(f.OnlyB) != 1 || f.OnlyB[0].Text != "lab stop-producer --name bikes" {
		t.Errorf("%+v", f)
	}
	same2(t, l)
	b := string(l.State())
	for _, at := range []int64{35 * second, 42_500_000, 70 * second} {
		l.SeekNow(at)
		if l.Now() != at || l.Lags() || l.since(l.pair.other.run.region.Now()) != at {
			t.Fatalf("at %d and %d, want both at %d", l.Now(), l.since(l.pair.other.run.region.Now()), at)
		}
		if f := l.Frame().Fork; at == 35*second && (f.Times != nil || f.Rows[0].A != 0) {
			t.Errorf("before the fork there is nothing to compare: %+v", f)
		}
	}
	if string(l.State()) != b || string(otherState(l)) != future {
		t.Error("going back and forward changed a timeline")
	}
	if f := l.Compare(true); len(f.Times) < 29 || f.Times[0] != 40*second {
		t.Errorf("the curves after going back: %v", f.Times)
	}
}

// TestForkIsDeterministic forks at a random instant of a busy world and holds that two timelines that nobody touches stay the same
// bytes, whatever slices the way was cut into, and that the log gives both again.
func TestForkIsDeterministic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := open2(t, busy)
		on := func(to int64) {
			for !l.AdvanceTo(to, rapid.IntRange(0, 3000).Draw(t, "budget")) {
				if l.Crashed() != nil {
					t.Fatal(l.Crashed().Message)
				}
			}
		}
		on(l.Now() + rapid.Int64Range(0, 3_000_000).Draw(t, "before"))
		c := rapid.SampledFrom(deeds).Draw(t, "command")
		l.DoAs(c.As, c.Service, c.Op, c.Body, "")
		if err := l.Fork(); err != nil {
			t.Fatal(err)
		}
		on(l.Now() + rapid.Int64Range(0, 4_000_000).Draw(t, "after"))
		a, b := otherState(l), l.State()
		if !bytes.Equal(a, b) {
			t.Fatal("a fork that nobody touched is another world")
		}
		again, err := Restore([]byte(busy), l.Log())
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again.State(), b) || !bytes.Equal(otherState(again), a) {
			t.Fatal("the log gives something else")
		}
	})
}

// TestForkedLogErrors holds that a log with a broken second half is told where.
func TestForkedLogErrors(t *testing.T) {
	l := open(t, hotRack)
	must(t, l, 40*second)
	fork(t, l)
	do(t, l, "lab", "StopProducer", `{"Name":"bikes"}`)
	log := l.Log()
	for _, broken := range []string{strings.Replace(log, `"timeline":"A"`, `"timeline":"B"`, 1), log + "{}\n", strings.Replace(log, `"timeline":"A"`, `"timeline":"C"`, 1)} {
		if _, err := Restore([]byte(hotRack), broken); err == nil || !strings.HasPrefix(err.Error(), "log, line ") {
			t.Errorf("%v of\n%s", err, broken)
		}
	}
}

// TestUntilTakesBothAlong holds that a run until something happens ends with both timelines at the same instant.
func TestUntilTakesBothAlong(t *testing.T) {
	l := open(t, hotRack)
	fork(t, l)
	do(t, l, "lab", "StopProducer", `{"Name":"bikes"}`)
	if got := until(t, l, "metric IncomingRecords of trips below 1", 50); !strings.HasPrefix(got, "IncomingRecords of trips is below 1: 0") || l.Lags() || l.pair.other.run.region.Now() != l.run.region.Now() {
		t.Errorf("%q at %d and %d", got, l.Now(), l.since(l.pair.other.run.region.Now()))
	}
}

// TestForkedLogsAreTwo holds that what is done in one timeline right after a fork is not written over what was done in the other.
func TestForkedLogsAreTwo(t *testing.T) {
	l := open(t, hotRack)
	tag := func(key string) {
		t.Helper()
		do(t, l, "kinesis", "AddTagsToStream", `{"StreamName":"trips","Tags":{"`+key+`":"1"}}`)
	}
	for _, key := range []string{"one", "two", "three"} { // a slice of three has room for a fourth
		tag(key)
	}
	fork(t, l)
	tag("in-B")
	if err := l.Choose("A"); err != nil {
		t.Fatal(err)
	}
	tag("in-A")
	for name, log := range map[string][]entry{"A": l.log, "B": l.pair.other.log} {
		if len(log) != 4 || !strings.Contains(string(log[3].body()), "in-"+name) {
			t.Errorf("the log of %s has %d commands, the last %s", name, len(log), log[len(log)-1].body())
		}
	}
	same2(t, l)
}

// TestFullTimelineGoesOn fills timeline B, looks at it from A, and holds that both go on once B has room again.
func TestFullTimelineGoesOn(t *testing.T) {
	const stands = "Time stands still: the streams hold too much."
	l := open(t, hotRack)
	fork(t, l)
	l.full, l.stopped = true, stands
	choose := func(name, stopped string) {
		t.Helper()
		if err := l.Choose(name); err != nil {
			t.Fatal(err)
		}
		if l.AdvanceTo(l.Now()+second, 0) || l.Stopped() != stopped {
			t.Errorf("in %s: %q, want %q", name, l.Stopped(), stopped)
		}
	}
	choose("A", "In timeline B: "+stands)
	choose("B", stands)
	choose("A", "In timeline B: "+stands)
	choose("B", stands)
	do(t, l, "kinesis", "DeleteStream", `{"StreamName":"trips"}`)
	to := l.Now() + 3*second
	must(t, l, to)
	if l.Stopped() != "" || l.Lags() || l.since(l.pair.other.run.region.Now()) != to {
		t.Errorf("%q, A at %d of %d", l.Stopped(), l.since(l.pair.other.run.region.Now()), to)
	}
}

// TestBothTimelinesFull holds that each of two full timelines says so of itself, and that looking clears nothing.
func TestBothTimelinesFull(t *testing.T) {
	const stands = "Time stands still: the streams hold too much."
	l := open(t, hotRack)
	l.full, l.stopped = true, stands
	fork(t, l)
	for _, name := range []string{"A", "B", "A"} {
		if err := l.Choose(name); err != nil {
			t.Fatal(err)
		}
		if l.AdvanceTo(l.Now()+second, 0) || l.Stopped() != stands {
			t.Errorf("in %s: %q", name, l.Stopped())
		}
	}
}

func BenchmarkFork(b *testing.B) {
	l := open(b, tenMinutes)
	must(b, l, 610*second)
	for b.Loop() {
		fork(b, l)
		l.Keep("A")
	}
}
