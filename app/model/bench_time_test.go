package model

import (
	"reflect"
	"strings"
	"testing"

	"shardlab/wasm/protocol"
)

// came is a bench after frames.
func came(frames ...protocol.Frame) Bench {
	b := NewBench()
	for i, f := range frames {
		f.Seq = int64(i + 1)
		b, _ = b.Update(FrameCame{Frame: f, Wall: float64(i) * 1000})
	}
	return b
}

func marked(ids ...int64) (all []protocol.Event) {
	for _, id := range ids {
		all = append(all, protocol.Event{ID: id, At: id * protocol.Second, Kind: protocol.EventNote, Level: "info", Text: "note", Mark: true})
	}
	return all
}

func placesOf(marks []Mark) (all []int64) {
	for _, m := range marks {
		all = append(all, m.At/protocol.Second)
	}
	return all
}

// TestMarksAhead holds that what was seen before a rewind stays on the bar until another future begins.
func TestMarksAhead(t *testing.T) {
	const s = protocol.Second
	lived := protocol.Frame{History: 1, Now: 30 * s, End: 30 * s, Events: marked(5, 10, 20, 30)}
	back := protocol.Frame{History: 2, Now: 12 * s, End: 30 * s, Events: marked(5, 10)}
	if got := placesOf(came(lived, back).Marked); !reflect.DeepEqual(got, []int64{5, 10, 20, 30}) {
		t.Errorf("after going back: %v", got)
	}
	on := protocol.Frame{History: 2, Now: 21 * s, End: 30 * s, Events: marked(20)}
	if got := placesOf(came(lived, back, on).Marked); !reflect.DeepEqual(got, []int64{5, 10, 20, 30}) {
		t.Errorf("going on, each is told once: %v", got)
	}
	again := protocol.Frame{History: 3, Now: 7 * s, End: 30 * s, Events: marked(5)}
	if got := placesOf(came(lived, back, again).Marked); !reflect.DeepEqual(got, []int64{5, 10, 20, 30}) {
		t.Errorf("back twice: %v", got)
	}
	other := protocol.Frame{History: 3, Now: 12 * s, End: 12 * s, Events: marked(5, 10)}
	if got := placesOf(came(lived, back, other).Marked); !reflect.DeepEqual(got, []int64{5, 10}) {
		t.Errorf("with another future: %v", got)
	}
	switched := protocol.Frame{History: 3, Now: 12 * s, End: 40 * s, Timeline: "A", Events: marked(5, 10)}
	if got := placesOf(came(lived, back, switched).Marked); !reflect.DeepEqual(got, []int64{5, 10}) {
		t.Errorf("in another timeline: %v", got)
	}
}

// TestBefore goes to the very event before while time stands, and passes over the latest while it goes on.
func TestBefore(t *testing.T) {
	const s = protocol.Second
	f := protocol.Frame{Now: 10*s + s/10, End: 11 * s, Opened: s, Events: marked(5, 10)}
	if got := came(f).Before(); got != 10*s {
		t.Errorf("while it stands: %d", got)
	}
	f.Now = 10 * s
	if got := came(f).Before(); got != 5*s {
		t.Errorf("at the event itself: %d", got)
	}
	f.Now, f.Playing = 10*s+s/10, true
	if got := came(f).Before(); got != 5*s {
		t.Errorf("while it goes on: %d", got)
	}
	f.Events = nil
	if got := came(f).Before(); got != s {
		t.Errorf("with no event: %d", got)
	}
}

// TestPickUntil turns words into what the engine is asked, and shows the command.
func TestPickUntil(t *testing.T) {
	b := came(protocol.Frame{Now: 30 * protocol.Second, End: 30 * protocol.Second, Opened: 10 * protocol.Second})
	next, asks := b.Update(PickUntil{"first throttle"})
	if len(asks) != 1 || asks[0].Request.Kind != protocol.Until || len(asks[0].Request.Until.Kinds) != 2 || next.Deed.Command != `lab run until "first throttle"` {
		t.Errorf("%+v %+v", asks, next.Deed)
	}
	next, asks = b.Update(PickUntil{"+7d"})
	if len(asks) != 1 || asks[0].Request.Kind != protocol.Seek || asks[0].Request.At != (7*86400+30)*protocol.Second || next.Deed.Command != "lab go +7d" {
		t.Errorf("%+v %+v", asks, next.Deed)
	}
	next, asks = b.Update(PickUntil{"metric X above"})
	if len(asks) != 0 || !strings.Contains(next.Asking.Flaw, "a name and a value") {
		t.Errorf("%+v %+v", asks, next.Asking)
	}
}

// TestFork asks for what the buttons say, and keeps the curves that a frame leaves out.
func TestFork(t *testing.T) {
	first := &protocol.Fork{At: 5, Chosen: "B", Times: []int64{5, 6}, Rows: []protocol.Row{{Name: "Lag", A: 1, CurveA: []float64{1, 2}, CurveB: []float64{3, 4}}}}
	second := &protocol.Fork{At: 5, Chosen: "B", Rows: []protocol.Row{{Name: "Lag", A: 9}}}
	b := came(protocol.Frame{Timeline: "B", Fork: first}, protocol.Frame{Timeline: "B", Fork: second})
	if r := b.Frame.Fork.Rows[0]; r.A != 9 || len(r.CurveB) != 2 || len(b.Frame.Fork.Times) != 2 || ForkedAt(b.Frame) != 5 {
		t.Errorf("%+v", b.Frame.Fork)
	}
	for message, want := range map[any]string{PressFork{}: "lab fork", ChooseTimeline{"A"}: "lab timeline A", KeepTimeline{"B"}: "lab keep B"} {
		next, asks := b.Update(message)
		if len(asks) != 1 || next.Deed.Command != want {
			t.Errorf("%T: %+v %+v", message, asks, next.Deed)
		}
	}
	if act := b.forkAct(); act.Message != (ChooseTimeline{"A"}) {
		t.Errorf("in B the key offers %+v", act)
	}
}

// TestKnots gathers what lies close, with the worst in front.
func TestKnots(t *testing.T) {
	marks := []Mark{{At: 0, Level: "info", Text: "a"}, {At: 1, Level: "bad", Text: "b"}, {At: 1, Level: "good", Text: "c"}, {At: 50, Level: "good", Text: "d"}, {At: 200, Text: "out"}}
	want := []Knot{{At: 1, Level: "bad", Text: "b", More: 2}, {At: 50, Place: 50, Level: "good", Text: "d"}}
	if got := Knots(marks, 0, 100); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}
