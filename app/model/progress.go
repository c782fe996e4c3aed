// Package model is what the learner sees, as values: the progress, a lesson on the page, the settings. Update functions
// are pure: the same state and message give the same next state, and what is to be recorded is handed back. The package
// imports no go-app, no browser and no clock; instants and ids are put on events by app/link.
package model

import (
	"encoding/json"
	"slices"
	"strings"

	"shardlab/lessons/block"
)

// Kinds of progress events, as the server knows them.
const (
	DidOpen      = "opened"    // a lesson was opened
	DidPredict   = "predicted" // an option of a predict block was chosen; Detail.Option
	DidRun       = "run"       // a run block reached its moment
	DidMeetGoal  = "goal"      // a goal became met for the first time; Detail.Goal
	DidSolve     = "solved"    // all goals were met together
	DidAnswer    = "quiz"      // a question was answered; Detail.Chosen and Detail.Right
	DidHint      = "hint"      // Detail.Hint is 1 for the first
	DidReveal    = "solution"  // the solution was shown
	DidFinish    = "finished"  // all that counts in a lesson is done
	DidTakeToLab = "lab"       // a lesson's state was taken to the sandbox
)

// An Event is one step of a learner, kept for ever. Events form a set: two devices that know different events are merged
// by union, and the order of arrival does not matter.
type Event struct {
	ID     string          `json:"id"` // 128 random bits in hex
	Kind   string          `json:"kind"`
	Lesson string          `json:"lesson,omitempty"`
	Block  string          `json:"block,omitempty"`
	At     int64           `json:"at"` // Unix milliseconds, by the learner's clock
	Data   json.RawMessage `json:"data,omitempty"`
}

// A Detail is what Event.Data says; fields a kind does not use are left out.
type Detail struct {
	Option int    `json:"option,omitempty"`
	Chosen []int  `json:"chosen,omitempty"`
	Right  bool   `json:"right,omitempty"`
	Hint   int    `json:"hint,omitempty"`
	Goal   string `json:"goal,omitempty"`
}

// Detail reads the event's data; what cannot be read counts as empty.
func (e Event) Detail() Detail {
	var d Detail
	if len(e.Data) > 0 && json.Unmarshal(e.Data, &d) != nil {
		return Detail{}
	}
	return d
}

// step makes an event without id and instant.
func step(kind, lesson, block string, d *Detail) Event {
	e := Event{Kind: kind, Lesson: lesson, Block: block}
	if d != nil {
		e.Data, _ = json.Marshal(d) // a Detail always marshals
	}
	return e
}

// TakenToLab is the step of taking a lesson's lab to the sandbox.
func TakenToLab(lesson string) Event { return step(DidTakeToLab, lesson, "", nil) }

// Progress is a set of events. The zero value is empty; With makes a new value and leaves the old as it is.
type Progress struct {
	events []Event // Invariant: sorted by At, then ID; no ID twice.
}

// With returns the union of the set and more. Events without an id or a kind are not events and are left out.
func (p Progress) With(more ...Event) Progress {
	all := make([]Event, 0, len(p.events)+len(more))
	all = append(all, p.events...)
	for _, e := range more {
		if e.ID != "" && e.Kind != "" {
			all = append(all, e)
		}
	}
	slices.SortStableFunc(all, func(a, b Event) int {
		switch {
		case a.At < b.At:
			return -1
		case a.At > b.At:
			return 1
		}
		return strings.Compare(a.ID, b.ID)
	})
	seen := make(map[string]bool, len(all))
	all = slices.DeleteFunc(all, func(e Event) bool {
		again := seen[e.ID]
		seen[e.ID] = true
		return again
	})
	return Progress{all}
}

// Events lists the set by instant. The caller does not change it.
func (p Progress) Events() []Event { return p.events }

// Len is how many events there are.
func (p Progress) Len() int { return len(p.events) }

// Has says whether the set holds the event with this id.
func (p Progress) Has(id string) bool {
	return slices.ContainsFunc(p.events, func(e Event) bool { return e.ID == id })
}

// A State is how far a learner is with a lesson.
type State int

// States of a lesson, in order.
const (
	New       State = iota
	Begun           // opened, or anything done in it
	TaskDone        // its task is solved, questions are open
	Completed       // finished
)

// Word is the state as the page names it.
func (s State) Word() string {
	return [...]string{"Not started", "Begun", "Solved", "Finished"}[s]
}

// An Answer is the last answer to a question.
type Answer struct {
	Chosen []int
	Right  bool
	Tries  int
}

// A Record is what the progress says about one lesson.
type Record struct {
	State     State
	Predicted map[string]int    // block -> option; the last one, none can be made after the run
	Ran       map[string]bool   // run blocks that reached their moment
	Goals     map[string]bool   // goals that were met at some time
	Solved    map[string]bool   // task blocks
	Answers   map[string]Answer // quiz blocks, the last answer
	Hints     map[string]int    // task blocks: how many hints were shown
	Revealed  map[string]bool   // task blocks whose solution was shown
	Finished  bool
	Last      int64 // instant of the last event, 0 when there is none
}

// Lesson gathers what the progress says about a lesson.
func (p Progress) Lesson(slug string) Record {
	r := Record{Predicted: map[string]int{}, Ran: map[string]bool{}, Goals: map[string]bool{}, Solved: map[string]bool{},
		Answers: map[string]Answer{}, Hints: map[string]int{}, Revealed: map[string]bool{}}
	for _, e := range p.events {
		if e.Lesson != slug {
			continue
		}
		d := e.Detail()
		r.Last = e.At
		r.State = max(r.State, Begun)
		switch e.Kind {
		case DidPredict:
			r.Predicted[e.Block] = d.Option
		case DidRun:
			r.Ran[e.Block] = true
		case DidMeetGoal:
			r.Goals[d.Goal] = true
		case DidSolve:
			r.Solved[e.Block] = true
			r.State = max(r.State, TaskDone)
		case DidAnswer:
			r.Answers[e.Block] = Answer{Chosen: d.Chosen, Right: d.Right, Tries: r.Answers[e.Block].Tries + 1}
		case DidHint:
			r.Hints[e.Block] = max(r.Hints[e.Block], d.Hint)
		case DidReveal:
			r.Revealed[e.Block] = true
		case DidFinish:
			r.Finished = true
			r.State = Completed
		}
	}
	return r
}

// RightAnswers counts the questions whose last answer was right.
func (r Record) RightAnswers() int {
	n := 0
	for _, a := range r.Answers {
		if a.Right {
			n++
		}
	}
	return n
}

// A Resume is where a learner goes on.
type Resume struct {
	Slug  string
	Title string
	Fresh bool // nothing was done yet: the first lesson of the course
	Again bool // the lesson was begun before
	Done  bool // everything is finished; Slug is the first lesson
}

// Resume finds the one obvious next step: the lesson last touched when it is not finished, else the next unfinished one
// after it, else the first unfinished one of the course.
func (p Progress) Resume(c block.Course) Resume {
	var all []block.Entry
	for _, m := range c.Modules {
		all = append(all, m.Lessons...)
	}
	if len(all) == 0 {
		return Resume{}
	}
	at := func(i int) Resume {
		return Resume{Slug: all[i].Slug, Title: all[i].Title, Again: p.Lesson(all[i].Slug).State != New}
	}
	last := -1
	for _, e := range slices.Backward(p.events) {
		if i := slices.IndexFunc(all, func(l block.Entry) bool { return l.Slug == e.Lesson }); i >= 0 {
			last = i
			break
		}
	}
	if last < 0 {
		r := at(0)
		r.Fresh = true
		return r
	}
	for k := range all {
		i := (last + k) % len(all)
		if p.Lesson(all[i].Slug).State != Completed {
			return at(i)
		}
	}
	r := at(0)
	r.Done = true
	return r
}

// LastLesson is the slug of the event last taken, empty when there is none.
func (p Progress) LastLesson() string {
	for _, e := range slices.Backward(p.events) {
		if e.Lesson != "" {
			return e.Lesson
		}
	}
	return ""
}

// FinishedOf counts the finished lessons of a course, and all of them.
func (p Progress) FinishedOf(c block.Course) (done, all int) {
	for _, m := range c.Modules {
		for _, l := range m.Lessons {
			all++
			if p.Lesson(l.Slug).State == Completed {
				done++
			}
		}
	}
	return done, all
}
