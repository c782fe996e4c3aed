// Package block is a rendered lesson as data: what lessons/render makes of markdown, what the server keeps and sends, and
// what the page draws. It imports nothing of ours, so that the page carries no markdown and no YAML.
package block

import "encoding/json"

// A Course is the map: modules in order, each with its lessons.
type Course struct {
	Title   string   `json:"title"`
	Modules []Module `json:"modules"`
}

// A Module is a chapter of the course.
type Module struct {
	Slug    string  `json:"slug"` // "shards"
	Title   string  `json:"title"`
	Blurb   string  `json:"blurb"`
	Lessons []Entry `json:"lessons"`
}

// An Entry is a lesson as the course map lists it.
type Entry struct {
	Slug    string   `json:"slug"` // names the lesson for ever: /lessons/<slug>
	Title   string   `json:"title"`
	Blurb   string   `json:"blurb"`   // one sentence: what the learner will be able to do
	Minutes int      `json:"minutes"` // about how long it takes
	Goals   int      `json:"goals"`   // how many goals its task has
	Quiz    int      `json:"quiz"`    // how many recall questions it has
	Teaches []string `json:"teaches"` // ids of lessons/statements.md
}

// A Lesson is all the page needs to show one.
type Lesson struct {
	Entry
	Module    string          `json:"module"`             // the module's slug
	Chapter   string          `json:"chapter"`            // the module's title
	Place     int             `json:"place"`              // 1 is the module's first lesson
	Of        int             `json:"of"`                 // lessons in the module
	Previous  string          `json:"previous,omitempty"` // slugs in the order of the course
	Next      string          `json:"next,omitempty"`
	NextTitle string          `json:"nextTitle,omitempty"`
	Hash      string          `json:"hash"` // of the content; a new one means a new version
	Blocks    []Block         `json:"blocks"`
	Lab       json.RawMessage `json:"lab,omitempty"` // handed to the engine as it is: scenario and goals
}

// A Template is a lab that the sandbox can begin with.
type Template struct {
	Slug  string          `json:"slug"` // names it for ever: /lab#start=<slug>
	Title string          `json:"title"`
	Group string          `json:"group"` // of the picker
	Blurb string          `json:"blurb"` // its story, in two sentences
	Look  []string        `json:"look"`  // what to look at
	Lab   json.RawMessage `json:"lab"`   // handed to the engine as it is
}

// Kinds of blocks. Exactly the field named like the kind is set.
const (
	Prose   = "prose"
	Predict = "predict"
	Task    = "task"
	Quiz    = "quiz"
	Try     = "try"
	Run     = "run"
)

// A Block is a piece of a lesson, in reading order.
type Block struct {
	ID      string    `json:"id"` // unique in the lesson and stable: progress names it
	Kind    string    `json:"kind"`
	HTML    string    `json:"html,omitempty"`    // Prose: sanitised, one root element
	Predict *Question `json:"predict,omitempty"` // asked before the run; no answer is wrong yet
	Quiz    *Question `json:"quiz,omitempty"`    // recall, one question a block
	Task    *TaskCard `json:"task,omitempty"`
	Try     *TryLine  `json:"try,omitempty"`
	Run     *RunTo    `json:"run,omitempty"`
}

// A Question is a prompt and its options; each option explains itself once chosen.
type Question struct {
	HTML    string   `json:"html"`
	Options []Option `json:"options"`
	Many    bool     `json:"many,omitempty"` // several options are right
	Asks    []string `json:"asks,omitempty"` // statement ids
}

// An Option is one answer.
type Option struct {
	HTML    string `json:"html"`
	Right   bool   `json:"right"`
	Because string `json:"because"` // HTML
}

// A TaskCard is the lesson's task: its goals come live from the engine's frames; this is what stands around them.
type TaskCard struct {
	HTML     string   `json:"html"`     // what to do, without how
	Hints    []string `json:"hints"`    // HTML, from a nudge to nearly the answer
	Solution string   `json:"solution"` // HTML: what does it, and why
	Lines    []string `json:"lines"`    // the solution as console lines, in order

	Debrief string `json:"debrief,omitempty"` // HTML: of an incident, what proved it; shown once it is solved
}

// A TryLine is a console line the learner can send with one press.
type TryLine struct {
	Line string `json:"line"`
	HTML string `json:"html,omitempty"` // what to look for
}

// A RunTo is a button that runs the lab to its deciding moment.
type RunTo struct {
	Label string   `json:"label"`           // "Run to the first refusal"
	Kinds []string `json:"kinds,omitempty"` // event kinds to stop at
	At    int64    `json:"at,omitempty"`    // or microseconds since the start of the lab
	HTML  string   `json:"html,omitempty"`  // shown once it is reached: what did you see?
}
