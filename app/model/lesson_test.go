package model

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"shardlab/lessons/block"
	"shardlab/wasm/protocol"
)

// lesson has one block of every kind.
func lesson() block.Lesson {
	return block.Lesson{
		Entry: block.Entry{Slug: "hot", Title: "One hot shard"},
		Lab:   json.RawMessage(`{"goals":[{"id":"calm","text":"No refusals"},{"id":"open","text":"Five shards"}]}`),
		Blocks: []block.Block{
			{ID: "words", Kind: block.Prose, HTML: "<div>x</div>"},
			{ID: "guess", Kind: block.Predict, Predict: &block.Question{Options: []block.Option{{HTML: "None"}, {HTML: "Many", Right: true}}}},
			{ID: "go", Kind: block.Run, Run: &block.RunTo{Label: "Run", Kinds: []string{"write-refused"}}},
			{ID: "do", Kind: block.Task, Task: &block.TaskCard{Hints: []string{"a", "b"}, Solution: "s"}},
			{ID: "one", Kind: block.Quiz, Quiz: &block.Question{Options: []block.Option{{}, {Right: true}, {}}}},
			{ID: "many", Kind: block.Quiz, Quiz: &block.Question{Many: true, Options: []block.Option{{Right: true}, {}, {Right: true}}}},
		},
	}
}

func goals(calm, open bool) GoalsStand {
	return GoalsStand{[]protocol.Goal{{ID: "calm", Met: calm}, {ID: "open", Met: open}}}
}

// walk plays messages and says what was recorded, one word a step.
func walk(p Page, messages ...any) (Page, string) {
	var said []string
	for _, m := range messages {
		var steps []Event
		p, steps = p.Update(m)
		for _, s := range steps {
			words := s.Kind
			if s.Block != "" {
				words += ":" + s.Block
			}
			if len(s.Data) > 0 {
				words += string(s.Data)
			}
			said = append(said, words)
		}
	}
	return p, strings.Join(said, " ")
}

func here() Page {
	p, _ := walk(Page{}, Arrived{Lesson: lesson()})
	return p
}

// TestUpdate plays what a learner does and holds what is recorded of it.
func TestUpdate(t *testing.T) {
	rows := []struct {
		name     string
		messages []any
		records  string
		check    func(Page) bool
	}{
		{"a lesson arrives", []any{Arrived{Lesson: lesson()}}, "opened",
			func(p Page) bool { return p.State == Here && len(p.Goals) == 2 && p.Goals[0].Text == "No refusals" }},
		{"the lesson opened last is not opened again", []any{Arrived{lesson(), Progress{}.With(event("1", DidOpen, "hot", "", 1, nil))}}, "",
			func(p Page) bool { return p.State == Here }},
		{"a lesson that is not there", []any{Stayed{Unknown: true}}, "", func(p Page) bool { return p.State == Unknown }},
		{"a lesson that does not come", []any{Stayed{Problem: "no network"}}, "", func(p Page) bool { return p.State == Lost && p.Problem == "no network" }},

		{"a prediction is kept and can be changed", []any{Choose{"guess", 0}, Choose{"guess", 1}}, `predicted:guess{} predicted:guess{"option":1}`,
			func(p Page) bool {
				return p.Pieces["guess"].Right && reflect.DeepEqual(p.Pieces["guess"].Chosen, []int{1}) && !p.Shown("guess")
			}},
		{"after the run it cannot", []any{Choose{"guess", 0}, StartRun{"go"}, EndRun{Block: "go", Reached: "0:29"}, Choose{"guess", 1}}, `predicted:guess{} run:go`,
			func(p Page) bool {
				html, right := p.Said("go")
				return p.Shown("guess") && html == "None" && !right && !p.Pieces["guess"].Right
			}},
		{"predicting after the run shows at once", []any{EndRun{Block: "go"}, Choose{"guess", 1}}, `run:go predicted:guess{"option":1}`,
			func(p Page) bool { return p.Shown("guess") && p.Pieces["guess"].Right }},
		{"an option that is not there", []any{Choose{"guess", 2}, Choose{"guess", -1}, Choose{"nowhere", 0}, Choose{"words", 0}}, "", func(p Page) bool { return len(p.Pieces) == 0 }},

		{"a run shows the lab and offers the way back", []any{StartRun{"go"}, EndRun{Block: "go", Reached: "refused"}}, "run:go",
			func(p Page) bool { return p.InLab && p.Back != "" && p.BackTo == "go" && p.Pieces["go"].Run == Reached }},
		{"a run that does not get there", []any{StartRun{"go"}, EndRun{Block: "go", Problem: "a day went by"}}, "",
			func(p Page) bool { return p.Pieces["go"].Run == NotReached && p.Pieces["go"].Words == "a day went by" }},
		{"a run of a block that is none", []any{EndRun{Block: "do"}}, "", func(p Page) bool { return len(p.Pieces) == 0 }},

		{"hints come one at a time and end", []any{NextHint{"do"}, NextHint{"do"}, NextHint{"do"}}, `hint:do{"hint":1} hint:do{"hint":2}`,
			func(p Page) bool { return p.Pieces["do"].Hints == 2 }},
		{"the solution asks first", []any{AskSolution{"do"}}, "", func(p Page) bool { return p.Pieces["do"].Asking && !p.Pieces["do"].Revealed }},
		{"keep trying", []any{AskSolution{"do"}, KeepTrying{"do"}}, "", func(p Page) bool { return !p.Pieces["do"].Asking }},
		{"show it", []any{AskSolution{"do"}, ShowSolution{"do"}}, "solution:do", func(p Page) bool { return p.Pieces["do"].Revealed && !p.Pieces["do"].Asking }},

		{"a goal is recorded once", []any{goals(true, false), goals(false, false), goals(true, false)}, `goal:do{"goal":"calm"}`,
			func(p Page) bool { return p.Met["calm"] && !p.Pieces["do"].Solved }},
		{"solved when all are met together", []any{goals(true, false), goals(false, true), goals(true, true), goals(false, false)},
			`goal:do{"goal":"calm"} goal:do{"goal":"open"} solved:do`,
			func(p Page) bool { return p.Pieces["do"].Solved && p.Pieces["do"].Fresh && !p.Finished }},
		{"no goals are not all goals", []any{GoalsStand{}}, "", func(p Page) bool { return !p.Pieces["do"].Solved }},

		{"nothing marked, nothing answered", []any{Submit{"one"}}, "", func(p Page) bool { return !p.Pieces["one"].Answered }},
		{"a wrong answer, then the right one", []any{Choose{"one", 0}, Submit{"one"}, Choose{"one", 1}, Retry{"one"}, Choose{"one", 1}, Submit{"one"}},
			`quiz:one{"chosen":[0]} quiz:one{"chosen":[1],"right":true}`,
			func(p Page) bool { return p.Pieces["one"].Right && p.Pieces["one"].Tries == 2 }},
		{"several right ones, marked in any order and unmarked", []any{Choose{"many", 2}, Choose{"many", 1}, Choose{"many", 0}, Choose{"many", 1}, Submit{"many"}},
			`quiz:many{"chosen":[0,2],"right":true}`, func(p Page) bool { return p.Pieces["many"].Right }},
		{"only one of two right ones is not right", []any{Choose{"many", 0}, Submit{"many"}}, `quiz:many{"chosen":[0]}`,
			func(p Page) bool { return p.Pieces["many"].Answered && !p.Pieces["many"].Right }},

		{"finished with the task and every question", []any{goals(true, true), Choose{"one", 1}, Submit{"one"}, Choose{"many", 0}, Choose{"many", 2}, Submit{"many"}, GoOn{}},
			`goal:do{"goal":"calm"} goal:do{"goal":"open"} solved:do quiz:one{"chosen":[1],"right":true} quiz:many{"chosen":[0,2],"right":true} finished`,
			func(p Page) bool { return p.Finished }},
		{"going on does not finish what is open", []any{GoOn{}}, "", func(p Page) bool { return !p.Finished }},
		{"a message of nobody", []any{struct{}{}}, "", func(p Page) bool { return p.State == Here }},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			p, records := walk(here(), r.messages...)
			if records != r.records {
				t.Errorf("recorded %s\nwant     %s", records, r.records)
			}
			if !r.check(p) {
				t.Errorf("page %+v", p)
			}
		})
	}
}

// TestReadingAlone holds that a lesson with nothing to do is finished by going on.
func TestReadingAlone(t *testing.T) {
	p, records := walk(Page{}, Arrived{Lesson: block.Lesson{Entry: block.Entry{Slug: "read"}, Blocks: []block.Block{{ID: "w", HTML: "<p>x</p>"}}}}, GoOn{}, GoOn{})
	if records != "opened finished" || !p.Finished {
		t.Errorf("recorded %q", records)
	}
}

// TestRemember holds that what was done comes back after a reload, also in two parts, and that nothing on the page is lost to it.
func TestRemember(t *testing.T) {
	_, records := walk(here())
	if records != "" {
		t.Fatal(records)
	}
	device := Progress{}.With(
		event("1", DidOpen, "hot", "", 1, nil),
		event("2", DidPredict, "hot", "guess", 2, &Detail{Option: 1}),
		event("3", DidRun, "hot", "go", 3, nil),
		event("4", DidHint, "hot", "do", 4, &Detail{Hint: 9}), // a lesson that had more hints then
		event("5", DidMeetGoal, "hot", "do", 5, &Detail{Goal: "calm"}),
		event("6", DidAnswer, "hot", "one", 6, &Detail{Chosen: []int{7}}), // and more options
	)
	server := device.With(
		event("7", DidSolve, "hot", "do", 7, nil),
		event("8", DidAnswer, "hot", "many", 8, &Detail{Chosen: []int{0, 1}, Right: true}), // what was right then
		event("9", DidReveal, "hot", "do", 9, nil),
	)
	p, records := walk(Page{}, Arrived{lesson(), device})
	if records != "" {
		t.Errorf("remembering recorded %s", records)
	}
	s := p.Pieces
	if !s["guess"].Right || s["go"].Run != Reached || s["do"].Hints != 2 || s["one"].Answered || !p.Met["calm"] {
		t.Errorf("after the device: %+v", s)
	}
	p, _ = walk(p, Choose{"one", 1}, Remembered{server})
	s = p.Pieces
	if !s["do"].Solved || s["do"].Fresh || !s["do"].Revealed || !s["many"].Answered || s["many"].Right || !reflect.DeepEqual(s["one"].Chosen, []int{1}) {
		t.Errorf("after the server: %+v", s)
	}
	if done, all := p.Done(); done != 3 || all != 5 {
		t.Errorf("%d of %d done", done, all)
	}
	if _, records := walk(p, goals(true, true)); records != `goal:do{"goal":"open"}` {
		t.Errorf("a goal known already, or a task solved already, was recorded: %s", records)
	}
}

// TestUpdateIsPure holds that a message leaves the page before it as it was.
func TestUpdateIsPure(t *testing.T) {
	p := here()
	all := []any{Choose{"guess", 0}, StartRun{"go"}, EndRun{Block: "go"}, NextHint{"do"}, Choose{"many", 0}, Choose{"many", 2}, Submit{"many"}, goals(true, true), Retry{"many"}}
	for _, m := range all {
		before := fmt.Sprintf("%+v", p)
		next, _ := p.Update(m)
		if after := fmt.Sprintf("%+v", p); after != before {
			t.Fatalf("%#v changed the page it was given:\n%s\n%s", m, before, after)
		}
		p = next
	}
}

func TestGoalsOf(t *testing.T) {
	for name, lab := range map[string]string{"no lab": "", "damaged": `{"goals":`, "goals of another type": `{"goals":7}`} {
		if g := GoalsOf([]byte(lab)); len(g) != 0 {
			t.Errorf("%s: %v", name, g)
		}
	}
}

// incidentLab is a lab's file with an incident.
const incidentLab = `{"name":"t","goals":[{"id":"in-time","text":"In time","check":{"kind":"consumer-behind"}},{"id":"cause","text":"Stated","check":{"kind":"diagnosis"}}],
	"incident":{"title":"Late","severity":"SEV1","since":"08:00","words":"w","charts":[],"causes":[{"id":"slow","text":"Slow","proof":[{"of":["consumer:*"]}]},{"id":"full","text":"Full","counter":[]}]}}`

// TestIncident holds what the page knows of an incident: its pager and causes, how the diagnosis stands, what is selected, and, on a phone,
// the way back to the task.
func TestIncident(t *testing.T) {
	p, _ := Page{}.Update(Arrived{Lesson: block.Lesson{Entry: block.Entry{Slug: "late"}, Lab: []byte(incidentLab), Blocks: []block.Block{{ID: "task", Kind: block.Task, Task: &block.TaskCard{}}}}})
	in := p.Incident
	if in == nil || in.Severity != "SEV1" || in.Goal != "cause" || len(in.Causes) != 2 || in.Causes[1] != (Cause{"full", "Full"}) {
		t.Fatalf("the incident is %+v", in)
	}
	if g, ok := p.Diagnosis(); !ok || g.Text != "Stated" {
		t.Errorf("the diagnosis stands at %+v, %t", g, ok)
	}
	proof := Proof{"shard:trips/x", "Shard", "x"}
	if p, _ = p.Update(Selected{proof}); p.Proof != proof || p.Back != "" {
		t.Errorf("beside the lab: %+v, back %q", p.Proof, p.Back)
	}
	p, _ = p.Update(ShowLab{On: true})
	if p, _ = p.Update(Selected{proof}); p.Back != "Use it as proof" || p.BackTo != "task" {
		t.Errorf("on a phone: back %q to %q", p.Back, p.BackTo)
	}
	if p, _ = p.Update(MarkCause{"full"}); p.Cause != "full" {
		t.Errorf("marked is %q", p.Cause)
	}
	p, _ = p.Update(GoalsStand{Goals: []protocol.Goal{{ID: "in-time"}, {ID: "cause", Met: true, Message: "so it is"}}})
	if g, _ := p.Diagnosis(); g.Message != "so it is" {
		t.Errorf("the diagnosis says %q", g.Message)
	}
	if IncidentOf([]byte(`{"goals":[]}`)) != nil || IncidentOf([]byte(`{`)) != nil {
		t.Error("a lab without an incident has one")
	}
	plain, _ := Page{InLab: true}.Update(Selected{proof})
	if _, ok := plain.Diagnosis(); ok || plain.Back != "" {
		t.Errorf("a lesson without an incident offers %q", plain.Back)
	}
	b := NewBench()
	if b.Proof() != (Proof{}) {
		t.Errorf("nothing is selected, and the proof is %+v", b.Proof())
	}
	b, _ = b.Update(Look{"shard:trips/x"})
	if got := b.Proof(); got != (Proof{Ref: "shard:trips/x", Title: "shard:trips/x"}) {
		t.Errorf("before its sheet came: %+v", got)
	}
	b.Sheet = &protocol.Sheet{Ref: "shard:trips/x", Kind: "Shard", Title: "x"}
	if got := b.Proof(); got != proof {
		t.Errorf("with its sheet: %+v", got)
	}
	b.SheetFlaw = &protocol.Error{Message: "gone"}
	if got := b.Proof(); got != (Proof{}) {
		t.Errorf("what is not there is no proof: %+v", got)
	}
}
