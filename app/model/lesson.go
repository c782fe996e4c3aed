package model

import (
	"encoding/json"
	"maps"
	"slices"

	"shardlab/lessons/block"
	"shardlab/wasm/protocol"
)

// Fetched is how far something the page needs is.
type Fetched int

// What can be said of something that is fetched.
const (
	Awaited Fetched = iota // on its way
	Here
	Lost    // it did not come; trying again may help
	Unknown // there is no such thing
)

// RunState is how far a run block is.
type RunState int

// States of a run block.
const (
	NotRun RunState = iota
	Running
	Reached
	NotReached // the run ended elsewhere, or not at all; Words say why
)

// A Piece is what the learner has done with one block of a lesson.
type Piece struct {
	Chosen   []int // options marked
	Answered bool  // a prediction or an answer was given
	Right    bool
	Tries    int
	Run      RunState
	Words    string // what ended a run
	Hints    int    // how many hints are shown
	Asking   bool   // "show the solution?" is asked
	Revealed bool   // the solution is shown
	Solved   bool
	Fresh    bool // solved in this visit: say so
}

// A Page is a lesson as the learner sees it. It is a value: Update returns the next one.
type Page struct {
	State    Fetched
	Problem  string // why it is Lost
	Lesson   block.Lesson
	Pieces   map[string]Piece // by block id
	Goals    []protocol.Goal  // of the lab's file until the engine's frames bring them
	Met      map[string]bool  // goals that were met at some time
	Lab      string           // loading, ready, failed, panicked; empty before the first word
	LabWords string
	Finished bool
	InLab    bool // on a phone: the lab is shown, not the words
	Incident *Incident
	Cause    string // the cause that is marked
	Proof    Proof  // what is selected in the lab
	Back     string // on a phone: what happened in the lab, with the way back to the words
	BackTo   string // and the block to go back to
}

// An Incident is what a lab's file says to a learner of its incident.
type Incident struct {
	Title    string  `json:"title"`
	Severity string  `json:"severity"`
	Since    string  `json:"since"`
	Words    string  `json:"words"`
	Causes   []Cause `json:"causes"`
	Goal     string  `json:"-"` // the id of the goal that the diagnosis meets
}

// A Cause is one that can be stated.
type Cause struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// A Proof is what a learner has selected in the lab: what it is, and its ref.
type Proof struct{ Ref, Kind, Title string }

// Messages of Page.Update.
type (
	// Arrived brings the lesson and what is known of the learner.
	Arrived struct {
		Lesson   block.Lesson
		Progress Progress
	}
	// Stayed says that the lesson did not come.
	Stayed struct {
		Unknown bool
		Problem string
	}
	// Remembered brings progress from the device or the server after the lesson was drawn.
	Remembered struct{ Progress Progress }
	// Choose marks an option, or takes the mark off where several may be chosen.
	Choose struct {
		Block  string
		Option int
	}
	// Submit gives the answer that is marked.
	Submit struct{ Block string }
	// Retry takes the answer back for another try.
	Retry struct{ Block string }
	// StartRun says that a run was begun.
	StartRun struct{ Block string }
	// EndRun says that it has ended; Problem is empty when it reached its moment.
	EndRun struct{ Block, Reached, Problem string }
	// NextHint shows one hint more.
	NextHint struct{ Block string }
	// AskSolution asks whether to show the solution; KeepTrying takes the question back; ShowSolution shows it.
	AskSolution struct{ Block string }
	// KeepTrying takes the question for the solution back.
	KeepTrying struct{ Block string }
	// ShowSolution shows the solution.
	ShowSolution struct{ Block string }
	// MarkCause marks a cause of the incident.
	MarkCause struct{ ID string }
	// Selected says what is selected in the lab.
	Selected struct{ Proof Proof }
	// StateCause states the marked cause with what is selected.
	StateCause struct{}
	// GoalsStand says how the goals stand.
	GoalsStand struct{ Goals []protocol.Goal }
	// LabSaid says how far the lab is.
	LabSaid struct{ State, Words string }
	// ShowLab shows the lab or the words, on a phone.
	ShowLab struct{ On bool }
	// GoOn leaves the lesson by its end.
	GoOn struct{}
)

// GoalsOf lists the goals written in a lab's file, all open, so that the task can be read before any engine runs.
func GoalsOf(lab []byte) []protocol.Goal {
	var file struct {
		Goals []struct {
			ID   string `json:"id"`
			Text string `json:"text"`
		} `json:"goals"`
	}
	if json.Unmarshal(lab, &file) != nil {
		return nil
	}
	goals := make([]protocol.Goal, len(file.Goals))
	for i, g := range file.Goals {
		goals[i] = protocol.Goal{ID: g.ID, Text: g.Text}
	}
	return goals
}

// IncidentOf is the incident written in a lab's file, nil when it has none.
func IncidentOf(lab []byte) *Incident {
	var file struct {
		Incident *Incident `json:"incident"`
		Goals    []struct {
			ID    string `json:"id"`
			Check struct {
				Kind string `json:"kind"`
			} `json:"check"`
		} `json:"goals"`
	}
	if json.Unmarshal(lab, &file) != nil || file.Incident == nil {
		return nil
	}
	for _, g := range file.Goals {
		if g.Check.Kind == "diagnosis" {
			file.Incident.Goal = g.ID
		}
	}
	return file.Incident
}

// Diagnosis is how the goal of the incident's diagnosis stands.
func (p Page) Diagnosis() (g protocol.Goal, ok bool) {
	if p.Incident == nil {
		return g, false
	}
	i := slices.IndexFunc(p.Goals, func(g protocol.Goal) bool { return g.ID == p.Incident.Goal })
	if i < 0 {
		return g, false
	}
	return p.Goals[i], true
}

// Update returns the page after a message, and the steps to record.
func (p Page) Update(message any) (Page, []Event) {
	slug := p.Lesson.Slug
	switch m := message.(type) {
	case Arrived:
		p = Page{State: Here, Lesson: m.Lesson, Goals: GoalsOf(m.Lesson.Lab), Incident: IncidentOf(m.Lesson.Lab), InLab: p.InLab}
		p = p.remember(m.Progress)
		if m.Progress.LastLesson() != m.Lesson.Slug {
			return p, []Event{step(DidOpen, m.Lesson.Slug, "", nil)}
		}
	case Stayed:
		p = Page{State: Lost, Problem: m.Problem}
		if m.Unknown {
			p.State = Unknown
		}
	case Remembered:
		if p.State == Here {
			p = p.remember(m.Progress)
		}
	case Choose:
		return p.choose(m)
	case Submit:
		return p.submit(m.Block)
	case Retry:
		p = p.change(m.Block, func(s *Piece) { s.Answered, s.Right, s.Chosen = false, false, nil })
	case StartRun:
		p = p.change(m.Block, func(s *Piece) { s.Run, s.Words = Running, "" })
		p.InLab, p.Back = true, ""
	case EndRun:
		return p.endRun(m)
	case NextHint:
		return p.hint(m.Block)
	case AskSolution:
		p = p.change(m.Block, func(s *Piece) { s.Asking = true })
	case KeepTrying:
		p = p.change(m.Block, func(s *Piece) { s.Asking = false })
	case ShowSolution:
		p = p.change(m.Block, func(s *Piece) { s.Asking, s.Revealed = false, true })
		return p, []Event{step(DidReveal, slug, m.Block, nil)}
	case MarkCause:
		p.Cause = m.ID
	case Selected:
		return p.selected(m.Proof), nil
	case StateCause:
		p.Back = ""
	case GoalsStand:
		return p.judge(m.Goals)
	case LabSaid:
		p.Lab, p.LabWords = m.State, m.Words
	case ShowLab:
		p.InLab = m.On
		if !m.On {
			p.Back = ""
		}
	case GoOn:
		if p.State == Here && !p.Finished && p.counted() == 0 {
			p.Finished = true
			return p, []Event{step(DidFinish, slug, "", nil)}
		}
	}
	return p, nil
}

// block finds a block by its id.
func (p Page) block(id string) (block.Block, bool) {
	i := slices.IndexFunc(p.Lesson.Blocks, func(b block.Block) bool { return b.ID == id })
	if i < 0 {
		return block.Block{}, false
	}
	return p.Lesson.Blocks[i], true
}

// change returns the page with one piece changed; the page before keeps its own.
func (p Page) change(id string, do func(*Piece)) Page {
	pieces := maps.Clone(p.Pieces)
	if pieces == nil {
		pieces = map[string]Piece{}
	}
	s := pieces[id]
	do(&s)
	pieces[id] = s
	p.Pieces = pieces
	return p
}

// remember adds what the progress knows to what is on the page. It never takes anything back: an answer that is being
// changed stays as it is.
func (p Page) remember(all Progress) Page {
	r := all.Lesson(p.Lesson.Slug)
	met := maps.Clone(r.Goals)
	for id := range p.Met {
		met[id] = true
	}
	p.Met = met
	p.Finished = p.Finished || r.Finished
	for _, b := range p.Lesson.Blocks {
		had, began := p.Pieces[b.ID]
		switch {
		case b.Predict != nil:
			if o, ok := r.Predicted[b.ID]; ok && !had.Answered && o >= 0 && o < len(b.Predict.Options) {
				p = p.change(b.ID, func(s *Piece) {
					s.Chosen, s.Answered, s.Right = []int{o}, true, b.Predict.Options[o].Right
				})
			}
		case b.Run != nil:
			if r.Ran[b.ID] && had.Run == NotRun {
				p = p.change(b.ID, func(s *Piece) { s.Run = Reached })
			}
		case b.Task != nil:
			if r.Solved[b.ID] && !had.Solved || r.Hints[b.ID] > had.Hints || r.Revealed[b.ID] && !had.Revealed {
				p = p.change(b.ID, func(s *Piece) {
					s.Solved = s.Solved || r.Solved[b.ID]
					s.Hints = min(max(s.Hints, r.Hints[b.ID]), len(b.Task.Hints))
					s.Revealed = s.Revealed || r.Revealed[b.ID]
				})
			}
		case b.Quiz != nil:
			a, ok := r.Answers[b.ID]
			if ok && !began && !slices.ContainsFunc(a.Chosen, func(o int) bool { return o < 0 || o >= len(b.Quiz.Options) }) {
				// Whether it is right is judged anew: the lesson may have changed since.
				p = p.change(b.ID, func(s *Piece) {
					s.Chosen, s.Answered, s.Tries, s.Right = slices.Clone(a.Chosen), true, a.Tries, rightAnswer(*b.Quiz, a.Chosen)
				})
			}
		}
	}
	return p
}

// rightAnswer says whether exactly the right options are chosen.
func rightAnswer(q block.Question, chosen []int) bool {
	for i, o := range q.Options {
		if o.Right != slices.Contains(chosen, i) {
			return false
		}
	}
	return true
}

func (p Page) choose(m Choose) (Page, []Event) {
	b, ok := p.block(m.Block)
	q := b.Quiz
	if b.Predict != nil {
		q = b.Predict
	}
	if !ok || q == nil || m.Option < 0 || m.Option >= len(q.Options) || p.Pieces[m.Block].Answered && b.Predict == nil {
		return p, nil
	}
	if b.Predict != nil {
		// A prediction may be changed until its run has shown what happens.
		if p.Pieces[m.Block].Answered && p.Shown(m.Block) {
			return p, nil
		}
		p = p.change(m.Block, func(s *Piece) {
			s.Chosen, s.Answered, s.Right = []int{m.Option}, true, q.Options[m.Option].Right
		})
		return p, []Event{step(DidPredict, p.Lesson.Slug, m.Block, &Detail{Option: m.Option})}
	}
	p = p.change(m.Block, func(s *Piece) {
		switch i := slices.Index(s.Chosen, m.Option); {
		case !q.Many:
			s.Chosen = []int{m.Option}
		case i >= 0:
			s.Chosen = slices.Delete(slices.Clone(s.Chosen), i, i+1)
		default:
			s.Chosen = slices.Sorted(slices.Values(append(slices.Clone(s.Chosen), m.Option)))
		}
	})
	return p, nil
}

func (p Page) submit(id string) (Page, []Event) {
	b, ok := p.block(id)
	had := p.Pieces[id]
	if !ok || b.Quiz == nil || had.Answered || len(had.Chosen) == 0 {
		return p, nil
	}
	right := rightAnswer(*b.Quiz, had.Chosen)
	p = p.change(id, func(s *Piece) { s.Answered, s.Right, s.Tries = true, right, s.Tries+1 })
	return p.finish(step(DidAnswer, p.Lesson.Slug, id, &Detail{Chosen: had.Chosen, Right: right}))
}

func (p Page) endRun(m EndRun) (Page, []Event) {
	if b, ok := p.block(m.Block); !ok || b.Run == nil {
		return p, nil
	}
	if m.Problem != "" {
		p = p.change(m.Block, func(s *Piece) { s.Run, s.Words = NotReached, m.Problem })
		return p, nil
	}
	p = p.change(m.Block, func(s *Piece) { s.Run, s.Words = Reached, m.Reached })
	if p.InLab {
		p.Back, p.BackTo = "Read what happened", m.Block
	}
	return p, []Event{step(DidRun, p.Lesson.Slug, m.Block, nil)}
}

// selected takes what is selected in the lab; on a phone it offers the way back to the task of an incident.
func (p Page) selected(proof Proof) Page {
	p.Proof = proof
	i := slices.IndexFunc(p.Lesson.Blocks, func(b block.Block) bool { return b.Task != nil })
	if p.Incident == nil || i < 0 || !p.InLab || proof.Ref == "" || p.Pieces[p.Lesson.Blocks[i].ID].Solved {
		return p
	}
	p.Back, p.BackTo = "Use it as proof", p.Lesson.Blocks[i].ID
	return p
}

func (p Page) hint(id string) (Page, []Event) {
	b, ok := p.block(id)
	if !ok || b.Task == nil || p.Pieces[id].Hints >= len(b.Task.Hints) {
		return p, nil
	}
	p = p.change(id, func(s *Piece) { s.Hints++ })
	return p, []Event{step(DidHint, p.Lesson.Slug, id, &Detail{Hint: p.Pieces[id].Hints})}
}

// judge takes the goals as they stand. A goal that becomes met is recorded once; the task is solved when all are met
// together, and stays solved, whatever the learner tries afterwards.
func (p Page) judge(goals []protocol.Goal) (Page, []Event) {
	p.Goals = goals
	var events []Event
	task := ""
	if i := slices.IndexFunc(p.Lesson.Blocks, func(b block.Block) bool { return b.Task != nil }); i >= 0 {
		task = p.Lesson.Blocks[i].ID
	}
	all := len(goals) > 0
	for _, g := range goals {
		if !g.Met {
			all = false
			continue
		}
		if !p.Met[g.ID] {
			met := maps.Clone(p.Met)
			if met == nil {
				met = map[string]bool{}
			}
			met[g.ID] = true
			p.Met = met
			events = append(events, step(DidMeetGoal, p.Lesson.Slug, task, &Detail{Goal: g.ID}))
		}
	}
	if !all || task == "" || p.Pieces[task].Solved {
		return p, events
	}
	p = p.change(task, func(s *Piece) { s.Solved, s.Fresh, s.Asking = true, true, false })
	if p.InLab {
		p.Back, p.BackTo = "Task solved. Go on reading", task
	}
	return p.finish(append(events, step(DidSolve, p.Lesson.Slug, task, nil))...)
}

// finish adds the event that the lesson is finished when these steps have made it so.
func (p Page) finish(events ...Event) (Page, []Event) {
	if !p.Finished && p.counted() > 0 && p.passed() {
		p.Finished = true
		events = append(events, step(DidFinish, p.Lesson.Slug, "", nil))
	}
	return p, events
}

// counted is how many blocks a lesson needs done to be finished: its task and its questions.
func (p Page) counted() int {
	n := 0
	for _, b := range p.Lesson.Blocks {
		if b.Task != nil || b.Quiz != nil {
			n++
		}
	}
	return n
}

// passed says whether the task is solved and every question was answered right.
func (p Page) passed() bool {
	for _, b := range p.Lesson.Blocks {
		s := p.Pieces[b.ID]
		if b.Task != nil && !s.Solved || b.Quiz != nil && !s.Right {
			return false
		}
	}
	return true
}

// BlockDone says whether there was something to do in a block, and whether it is done.
func (p Page) BlockDone(b block.Block) (counts, done bool) {
	s := p.Pieces[b.ID]
	switch {
	case b.Predict != nil:
		return true, s.Answered
	case b.Run != nil:
		return true, s.Run == Reached
	case b.Task != nil:
		return true, s.Solved
	case b.Quiz != nil:
		return true, s.Right
	}
	return false, false
}

// Done counts the blocks in which there is something to do.
func (p Page) Done() (done, all int) {
	for _, b := range p.Lesson.Blocks {
		counts, ok := p.BlockDone(b)
		if counts {
			all++
		}
		if ok {
			done++
		}
	}
	return done, all
}

// Shown says whether the run that decides a prediction has shown what happens. A prediction without a run after it is
// decided by the answer itself.
func (p Page) Shown(predict string) bool {
	after := false
	for _, b := range p.Lesson.Blocks {
		switch {
		case b.ID == predict:
			after = true
		case after && b.Predict != nil:
			return true
		case after && b.Run != nil:
			return p.Pieces[b.ID].Run == Reached
		}
	}
	return true
}

// Said is the prediction that a run decides: the option as HTML and whether it was right. It is empty when none was made.
func (p Page) Said(run string) (html string, right bool) {
	for i, b := range p.Lesson.Blocks {
		if b.ID != run {
			continue
		}
		for k := i - 1; k >= 0; k-- {
			before := p.Lesson.Blocks[k]
			if before.Run != nil {
				return "", false
			}
			if before.Predict != nil {
				s := p.Pieces[before.ID]
				if !s.Answered || len(s.Chosen) == 0 {
					return "", false
				}
				o := before.Predict.Options[s.Chosen[0]]
				return o.HTML, o.Right
			}
		}
	}
	return "", false
}
