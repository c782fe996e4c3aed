package page

import (
	"slices"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/link"
	"shardlab/app/model"
	"shardlab/wasm/protocol"
)

// Kinds of orders a page gives its bench.
const (
	OrderTry  = "try"  // type Line in the console, as if the learner had
	OrderRun  = "run"  // run until one of Kinds happens or the instant At; news "reached" answers with the same Block
	OrderLook = "look" // open the inspector on what Line names
	OrderDo   = "do"   // press what equals the operation Op of the lab with Body
	OrderAsk  = "ask"  // ask the lab's operation Op, which looks only; news "answer" answers with the same Block
	OrderSave = "save" // news "saved" answers with the run's log
	OrderSend = "send" // take Message as if a view had sent it
)

// An Order is what a page wants of its bench.
type Order struct {
	Kind    string
	Line    string
	Kinds   []string
	At      int64
	Op      string
	Body    any
	Block   string // the block of the lesson that gave it
	Message any
	Again   bool // of a run: go back to where the lab was opened first
}

// Kinds of news a bench has for its page.
const (
	NewsGoals   = "goals"   // how the goals stand; told with every frame
	NewsReached = "reached" // an order to run has ended; Message is set when it did not get there
	NewsEvent   = "event"
	NewsState   = "state" // the lab is loading, ready, failed or panicked
	NewsSaved   = "saved"
	NewsShared  = "shared" // a lab that somebody shared has opened: Shared
	NewsAnswer  = "answer" // to an order to ask: Reply
	NewsLook    = "look"   // something else is selected, or known better: Proof
)

// States of a lab in news.
const (
	LabLoading  = "loading"
	LabReady    = "ready"
	LabFailed   = "failed"
	LabPanicked = "panicked"
)

// News is what a bench tells its page.
type News struct {
	Kind    string
	Goals   []protocol.Goal
	Event   protocol.Event
	Block   string
	Reached string // what ended the run, in the engine's words
	State   string
	Message string
	Log     string
	Shared  protocol.Shared
	Proof   model.Proof
	Reply   protocol.Reply
	Now     int64
}

// A Wire joins a page to its bench: orders go one way, news come the other. It is made with the page, outlives redraws,
// and is used on the UI goroutine only, so it needs no lock. The page never draws what the bench draws: news wake only
// those components that watch, and goals only when they have changed.
type Wire struct {
	Device *link.Device

	take    func(Order)
	acts    func() []model.Act // what the bench offers now
	benches int                // how many benches have come; the last one counts
	waiting []Order            // given before the bench was there
	watch   []*watcher
	goals   []protocol.Goal
	state   News
}

type watcher struct {
	kinds []string
	tell  func(News)
}

// NewWire makes a wire to no bench yet. Device may be nil when the page is drawn on the server.
func NewWire(d *link.Device) *Wire { return &Wire{Device: d} }

// Bench is called by the bench when it can take orders; orders given earlier are handed over at once. drop ends it.
func (w *Wire) Bench(take func(Order)) (drop func()) {
	w.benches++
	mine := w.benches
	w.take = take
	waiting := w.waiting
	w.waiting = nil
	for _, o := range waiting {
		take(o)
	}
	return func() {
		if w.benches == mine {
			w.take, w.acts = nil, nil
		}
	}
}

// Order gives the bench an order, now or as soon as there is a bench.
func (w *Wire) Order(o Order) {
	if w.take == nil {
		w.waiting = append(w.waiting, o)
		return
	}
	w.take(o)
}

// Tell hands news from the bench to those who watch. Goals equal to the last told are dropped.
func (w *Wire) Tell(n News) {
	switch n.Kind {
	case NewsGoals:
		if slices.Equal(n.Goals, w.goals) {
			return
		}
		n.Goals = slices.Clone(n.Goals)
		w.goals = n.Goals
	case NewsState:
		w.state = n
	}
	for _, one := range slices.Clone(w.watch) {
		if slices.Contains(one.kinds, n.Kind) {
			one.tell(n)
		}
	}
}

// Watch calls tell with every piece of news of the given kinds until stop is called. What is already known is told at once.
func (w *Wire) Watch(tell func(News), kinds ...string) (stop func()) {
	one := &watcher{kinds, tell}
	w.watch = append(w.watch, one)
	if slices.Contains(kinds, NewsState) && w.state.Kind != "" {
		tell(w.state)
	}
	if slices.Contains(kinds, NewsGoals) && w.goals != nil {
		tell(News{Kind: NewsGoals, Goals: w.goals})
	}
	return func() {
		w.watch = slices.DeleteFunc(w.watch, func(o *watcher) bool { return o == one })
	}
}

// benchSlot frames the bench of one lab. The element's tag carries the lab's name, because go-app has no keys: another
// lab is another tag, so the old bench is taken away whole and a fresh one is put in.
func benchSlot(b *Bench) app.UI {
	return app.Elem("lab-" + tagName(b.Slug)).Class("bench-key").Body(
		app.Section().Class("bench-slot").Aria("label", "Lab").Body(b),
	)
}

// tagName keeps of a slug what the name of an element may hold.
func tagName(slug string) string {
	name := []byte(slug)
	for i, c := range name {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			name[i] = '-'
		}
	}
	return string(name)
}
