package model

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"

	"shardlab/lessons/block"
)

func event(id, kind, lesson, block string, at int64, d *Detail) Event {
	e := step(kind, lesson, block, d)
	e.ID, e.At = id, at
	return e
}

// TestUnion holds that events are a set: the order and the number of their arrivals do not matter.
func TestUnion(t *testing.T) {
	all := []Event{
		event("a", DidOpen, "hot", "", 1, nil),
		event("b", DidPredict, "hot", "p", 2, &Detail{Option: 2}),
		event("c", DidHint, "hot", "t", 3, &Detail{Hint: 1}),
		event("d", DidHint, "hot", "t", 3, &Detail{Hint: 2}),
		event("e", DidSolve, "hot", "t", 9, nil),
	}
	want := Progress{}.With(all...)
	if want.Len() != len(all) {
		t.Fatalf("the set has %d events, want %d", want.Len(), len(all))
	}
	for range 50 {
		mixed := append([]Event(nil), all...)
		rand.Shuffle(len(mixed), func(i, k int) { mixed[i], mixed[k] = mixed[k], mixed[i] })
		cut := rand.IntN(len(mixed))
		got := Progress{}.With(mixed[cut:]...).With(mixed...).With(mixed[:cut]...)
		if !reflect.DeepEqual(got.Events(), want.Events()) {
			t.Fatalf("order %v gave %v", mixed, got.Events())
		}
	}
	if n := want.With(Event{Kind: DidOpen}, Event{ID: "x"}).Len(); n != len(all) {
		t.Errorf("events without id or kind were taken: %d", n)
	}
}

func TestWithKeepsTheOldValue(t *testing.T) {
	old := Progress{}.With(event("a", DidOpen, "hot", "", 5, nil))
	_ = old.With(event("b", DidOpen, "cold", "", 1, nil))
	if old.Len() != 1 || old.LastLesson() != "hot" {
		t.Errorf("the old value changed: %v", old.Events())
	}
}

func TestRecord(t *testing.T) {
	p := Progress{}.With(
		event("1", DidOpen, "hot", "", 1, nil),
		event("2", DidPredict, "hot", "p", 2, &Detail{Option: 1}),
		event("3", DidRun, "hot", "r", 3, nil),
		event("4", DidMeetGoal, "hot", "t", 4, &Detail{Goal: "no-refusals"}),
		event("5", DidHint, "hot", "t", 5, &Detail{Hint: 2}),
		event("6", DidAnswer, "hot", "q", 6, &Detail{Chosen: []int{0}}),
		event("7", DidAnswer, "hot", "q", 7, &Detail{Chosen: []int{2}, Right: true}),
		event("8", DidOpen, "other", "", 8, nil),
	)
	r := p.Lesson("hot")
	switch {
	case r.State != Begun, r.Predicted["p"] != 1, !r.Ran["r"], !r.Goals["no-refusals"], r.Hints["t"] != 2, r.Last != 7:
		t.Errorf("record %+v", r)
	case !reflect.DeepEqual(r.Answers["q"], Answer{[]int{2}, true, 2}), r.RightAnswers() != 1:
		t.Errorf("answers %+v", r.Answers)
	}
	if s := p.With(event("9", DidSolve, "hot", "t", 9, nil)).Lesson("hot").State; s != TaskDone {
		t.Errorf("solved gives %v", s)
	}
	if s := p.With(event("9", DidFinish, "hot", "", 9, nil), event("10", DidSolve, "hot", "t", 10, nil)).Lesson("hot").State; s != Completed {
		t.Errorf("finished gives %v", s)
	}
	if s := p.Lesson("unseen").State; s != New {
		t.Errorf("an unseen lesson is %v", s)
	}
}

func TestDetailOfDamagedData(t *testing.T) {
	e := Event{Data: json.RawMessage(`{"option":"two"}`)}
	if d := e.Detail(); !reflect.DeepEqual(d, Detail{}) {
		t.Errorf("damaged data gave %+v", d)
	}
}

func TestResume(t *testing.T) {
	course := block.Course{Modules: []block.Module{
		{Slug: "a", Lessons: []block.Entry{{Slug: "one", Title: "One"}, {Slug: "two", Title: "Two"}}},
		{Slug: "b", Lessons: []block.Entry{{Slug: "three", Title: "Three"}}},
	}}
	finish := func(id, lesson string, at int64) Event { return event(id, DidFinish, lesson, "", at, nil) }
	rows := []struct {
		name   string
		course block.Course
		events []Event
		want   Resume
	}{
		{"nothing done: the first lesson", course, nil, Resume{Slug: "one", Title: "One", Fresh: true}},
		{"a lesson begun: that one again", course, []Event{event("1", DidOpen, "two", "", 1, nil)}, Resume{Slug: "two", Title: "Two", Again: true}},
		{"the last finished: the one after it", course, []Event{finish("1", "one", 1)}, Resume{Slug: "two", Title: "Two"}},
		{"the last of the course finished first: round to the first open", course, []Event{finish("1", "three", 1)}, Resume{Slug: "one", Title: "One"}},
		{"the next one is finished already: the one after that", course, []Event{finish("1", "two", 1), finish("2", "one", 2)}, Resume{Slug: "three", Title: "Three"}},
		{"the next one was begun before", course, []Event{event("1", DidOpen, "two", "", 1, nil), finish("2", "one", 2)}, Resume{Slug: "two", Title: "Two", Again: true}},
		{"all finished", course, []Event{finish("1", "one", 1), finish("2", "two", 2), finish("3", "three", 3)}, Resume{Slug: "one", Title: "One", Again: true, Done: true}},
		{"only lessons the course no longer has", course, []Event{finish("1", "gone", 1)}, Resume{Slug: "one", Title: "One", Fresh: true}},
		{"an empty course", block.Course{}, nil, Resume{}},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			if got := (Progress{}).With(r.events...).Resume(r.course); got != r.want {
				t.Errorf("got %+v, want %+v", got, r.want)
			}
		})
	}
	if done, all := (Progress{}).With(finish("1", "one", 1)).FinishedOf(course); done != 1 || all != 3 {
		t.Errorf("finished %d of %d", done, all)
	}
}

func TestWhereSaved(t *testing.T) {
	rows := []struct {
		name            string
		events, unsent  int
		kept, reachable bool
		want            string
	}{
		{"nothing done", 0, 0, true, true, ""},
		{"nothing done, no network", 0, 0, true, false, "Offline, kept on this device"},
		{"on its way", 3, 1, true, true, "Saved on this device"},
		{"all there", 3, 0, true, true, "Saved"},
		{"no network, something waits", 3, 1, true, false, "Offline, kept on this device"},
		{"no network, nothing waits", 3, 0, true, false, "Offline, kept on this device"},
		{"a browser that keeps nothing", 3, 1, false, false, "Kept until this page closes"},
		{"a browser that keeps nothing, but the server has it", 3, 0, false, true, "Saved"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			if got := WhereSaved(r.events, r.unsent, r.kept, r.reachable).Words(); got != r.want {
				t.Errorf("got %q, want %q", got, r.want)
			}
		})
	}
}

func TestSettings(t *testing.T) {
	rows := []struct {
		name, text string
		want       Settings
	}{
		{"nothing kept", "", Settings{Theme: System, Motion: System}},
		{"dark and calm", `{"theme":"dark","motion":"reduced"}`, Settings{Theme: Dark, Motion: Reduced}},
		{"a theme of a later version", `{"theme":"sepia","motion":"full"}`, Settings{Theme: System, Motion: Full}},
		{"no single keys", `{"noKeys":true}`, Settings{System, System, true}},
		{"damaged", `{"theme":`, Settings{Theme: System, Motion: System}},
		{"another type", `[1,2]`, Settings{Theme: System, Motion: System}},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			got := ReadSettings(r.text)
			if got != r.want {
				t.Errorf("got %+v, want %+v", got, r.want)
			}
			if again := ReadSettings(WriteSettings(got)); again != got {
				t.Errorf("written and read again: %+v", again)
			}
		})
	}
}
