package model

import (
	"cmp"
	"encoding/json"
	"slices"

	"shardlab/wasm/protocol"
)

// A Phase is how far the bench is from a lab that runs.
type Phase int

// The phases, in the order in which they are met.
const (
	Loading   Phase = iota // the engine's program is on its way
	Opening                // the engine runs and opens the lab
	Ready                  // the lab is there
	Restoring              // the engine was lost; a new one opens the lab again from its log
	Failed                 // nothing more happens by itself; Trouble says why and what to do
)

// Bounds of what the bench gathers. What is older falls away; the lab's log keeps everything.
const (
	MaxEvents  = 1500
	dropEvents = 200 // that leave together
	MaxMarks   = 400
	MaxEntries = 200 // console entries shown
	MaxTyped   = 300 // console lines remembered
	MaxTrail   = 50  // sheets to go back to
)

// Trouble is what went wrong, for a reader: what is, and what to try.
type Trouble struct {
	Title  string
	Text   string
	Hint   string
	Detail string // the stack, to be copied into a report
	Log    string // the run up to there
	Seed   int64

	Foreign bool // it is of a lab that somebody shared: there is nothing here to begin again
}

// An Entry is one console entry and what came of it.
type Entry struct {
	ID     int
	At     int64 // the instant it was run at; -1 for what the bench itself says
	Line   string
	Output []protocol.Output
	Exit   int
	Busy   bool
}

// A Mark is an instant worth a line on the time bar.
type Mark struct {
	At    int64
	Level string
	Text  string
	Kind  string // of its event
}

// A Deed is the last thing done with the mouse or keyboard outside the console: the command it equals, and what was refused.
type Deed struct {
	Command string
	Words   string // what came of it, when that is not plain: "Undone: aws kinesis create-stream ..."
	Error   *protocol.Error
	Busy    bool
}

// A Form is the form that is open on the stage; Kind is empty when none is.
type Form struct {
	Kind   string // of Clients or otherForms, or "write" or "read": which of Clients to add
	Target string // the name of who is changed, or the ShardId; empty for a new one
	Of     string // on whose host a log file is
	Stream string
	Busy   bool
	Error  *protocol.Error
	Under  string         // of the step that was refused
	Now    ClientSettings // of who is changed; nil until they are known
	Lines  []string       // the console lines of what it would do as it is filled in
	steps  []Step         // still to do
	done   []string       // operations that were done, when a later one was refused
	told   []string       // their console lines
	asked  int            // grows with each question of the form: what answers an older one is stale
}

// Ref is the sheet that tells the settings of who is changed; "" when there is none.
func (f Form) Ref() string {
	if f.Kind == "log" && f.Target != "" {
		return "producer:" + f.Of
	}
	if f.Kind == "firehose" && f.Target != "" {
		return FirehosePrefix + f.Target
	}
	if c, ok := ClientByID(f.Kind); ok && f.Target != "" {
		return c.Ref(f.Target)
	}
	return ""
}

// Waits says whether the form waits for the settings of who is changed.
func (f Form) Waits() bool { return f.Now == nil && f.Ref() != "" }

// did says whether an operation was done by an earlier try.
func (f Form) did(op string) bool { return slices.Contains(f.done, op) }

// Know takes the settings of who is changed out of a sheet.
func (f Form) Know(s protocol.Sheet) Form {
	f.Now = ClientSettings{}
	var now ClientSettings
	if json.Unmarshal(s.Settings, &now) != nil {
		return f
	}
	if f.Kind != "log" {
		f.Now = now
		return f
	}
	logs, _ := now["Logs"].([]any)
	for _, x := range logs {
		if l, ok := x.(map[string]any); ok && l["Path"] == f.Target {
			f.Now = l
		}
	}
	return f
}

// A Bench is all that is known of the lab beside the lesson. It is a value: Update returns the next one.
type Bench struct {
	Phase    Phase
	Total    int64 // bytes of the engine on the wire; 0 when unknown
	Trouble  Trouble
	Notice   string // a word about the bench itself, shown until dismissed: "The engine stopped; the lab was restored."
	Restores int    // engines lost since the lab began; bounded so that a lab that always breaks does not spin

	Frame   protocol.Frame // the newest, without Events, Flights and Charts
	Figures protocol.Frame // the one whose numbers the stage shows; see FiguresEvery
	Shape   int            // grows whenever the stage must be laid out anew
	shownAt float64
	saidAt  float64
	unsaid  protocol.Event // a mark that waits for its turn in the live region
	Charts  []protocol.Chart
	Events  []protocol.Event // oldest first
	Marks   []Mark
	ahead   []Mark           // of the future that was seen before the learner went back
	Listed  []protocol.Event // Events, Marks and Charts as they stood when the figures last changed: what is drawn
	Marked  []Mark
	Plotted []protocol.Chart
	Said    string // for the polite live region: the last event worth a mark
	Stream  string // the stream on the stage
	View    string // what of it is shown: one of Views
	Zoom    float64
	Key     string // whose place on the hash ring is shown
	HashKey bool   // it is an explicit hash key
	Cell    string // the shard of a heat bar that is pointed at
	Palette Palette

	Entries []Entry
	entryID int
	Typed   []string // console lines, oldest first
	Offer   Offer

	Ref       string // what the inspector shows
	From      int    // the first entry of its listing
	Sheet     *protocol.Sheet
	SheetFlaw *protocol.Error
	Trail     []string
	Download  *Download // the latest; nil when there was none, or it is dismissed

	Left  string // the dock's tabs: "console", "inspector", "scenario"
	Right string // "charts", "events"
	Low   bool   // the dock is folded away, so that the stage has the room
	Phone string // the one column's tab: "stage" and the four above

	Form    Form
	Sharing Sharing
	Script  Script
	Deed    Deed
	Wiring  Wiring
	Menu    string // the open menu: "until", "speed", "shard:<id>"
	Seeking bool
	Filter  string // event list: "", "warn" or a kind
	Table   bool   // charts as tables
	Graph   Charts
	Asking  Asking // the words of the last refused seek or until
}

// An Offer is the completion menu under the prompt; Options is empty when it is closed.
type Offer struct {
	Line       string
	From, To   int
	Options    []protocol.Option
	Choice     int
	Asked      int // the request it answers; a later key stroke makes it stale
	Unanswered bool
}

// Asking is what an instant typed by hand came to.
type Asking struct {
	Text string
	Flaw string
}

// An Ask is a request for the engine that an Update wants sent. Entry names the console entry it runs, the completion or the
// question of a form it is; Place is the step of the form.
type Ask struct {
	Request protocol.Request
	Entry   int
	Place   int
}

// NewBench returns the bench before anything has come.
func NewBench() Bench {
	return Bench{Left: "console", Right: "charts", Phone: "stage", Zoom: 1}
}

// Update returns the bench after a message, and what is to be asked of the engine because of it.
func (b Bench) Update(message any) (Bench, []Ask) {
	switch m := message.(type) {
	case EngineLoading:
		b.Total = m.Total
	case EngineStarted:
		if b.Phase == Loading {
			b.Phase = Opening
		}
	case EngineFailed:
		b.Phase, b.Trouble = Failed, m.Trouble
	case EngineLost:
		return b.lose(m.Panic), nil
	case FrameCame:
		return b.take(m).show()
	case Replied:
		return b.answered(m)

	case PressPlay:
		if b.Frame.Playing {
			return b, ask(protocol.Request{Kind: protocol.Pause})
		}
		return b, b.free(ask(protocol.Request{Kind: protocol.Play, Speed: cmp.Or(b.Frame.Speed, 1)}))
	case PressStep:
		return b, b.free(ask(protocol.Request{Kind: protocol.Step}))
	case PressBack:
		return b.goTo(b.Before())
	case PressUndo:
		return b.takeBack(protocol.Undo)
	case PressRedo:
		return b.takeBack(protocol.Redo)
	case PressStop:
		b.Seeking = false
		return b, ask(protocol.Request{Kind: protocol.Pause})
	case PickSpeed:
		b.Menu = ""
		b.Frame.Speed = m.Speed // shown at once; the engine's next frame says the same
		if b.Frame.Playing {
			return b, ask(protocol.Request{Kind: protocol.Play, Speed: m.Speed})
		}
		return b, nil
	case PressFork:
		return b.forked(protocol.Forked, "", "lab fork")
	case ChooseTimeline:
		return b.forked(protocol.Choose, m.Name, "lab timeline "+m.Name)
	case KeepTimeline:
		return b.forked(protocol.Keep, m.Name, "lab keep "+m.Name)
	case PickUntil:
		return b.until(m.Words)
	case GoTo:
		return b.goTo(m.At)

	case RunLine:
		return b.run(m.Line)
	case AskCompletion:
		if offer, ok := stageOffer(m.Line, m.Pos); ok {
			offer.Asked = b.Offer.Asked + 1
			b.Offer = offer
			return b, nil
		}
		b.Offer = Offer{Asked: b.Offer.Asked + 1, Unanswered: true, Line: m.Line}
		return b, []Ask{{Entry: b.Offer.Asked, Request: protocol.Request{Kind: protocol.Complete, Line: m.Line, Pos: m.Pos}}}
	case MoveChoice:
		if n := len(b.Offer.Options); n > 0 {
			b.Offer.Choice = (b.Offer.Choice + m.By%n + n) % n
		}
	case DropOffer:
		b.Offer = Offer{Asked: b.Offer.Asked + 1}
	case ClearConsole:
		b.Entries = nil

	case Look:
		if b.Ref != "" && b.Ref != m.Ref {
			b.Trail = last(append(slices.Clone(b.Trail), b.Ref), MaxTrail)
		}
		b.Left, b.Phone, b.Menu, b.Low = "inspector", "inspector", "", false
		return b.look(m.Ref)
	case LookBack:
		if n := len(b.Trail); n > 0 {
			ref := b.Trail[n-1]
			b.Trail = slices.Clone(b.Trail[:n-1])
			return b.look(ref)
		}
	case ShowFrom:
		b.From = max(m.Place, 0)
		return b.again()
	case Downloading:
		b.Download = &m.Download
	case Press:
		return b.press(m)
	case BeginWire, HoldWire, DropWire, Connect:
		return b.wire(m)

	case OpenForm:
		asked := b.Form.asked + 1
		b.Sharing = Sharing{}
		b.Form, b.Menu, b.Phone = m.Form, "", "stage"
		b.Form.asked = asked
		if m.Form.Kind == "stream" {
			b.View = ViewShards // where the first one is made
		}
		if ref := b.Form.Ref(); ref != "" {
			return b, []Ask{{Entry: asked, Request: protocol.Request{Kind: protocol.Inspect, Ref: ref}}}
		}
	case FormTyped:
		return b.word(m.Steps)
	case SendForm:
		b.Form.steps, b.Form.told = m.Steps, nil
		b.Form.Busy, b.Form.Error = true, nil
		return b.step()
	case CloseForm:
		b.Form = Form{asked: b.Form.asked + 1}
	case KeepForm:
		b.Form.Error = nil
	case Toggle:
		if b.Menu == m.Menu {
			m.Menu = ""
		}
		b.Menu, b.Asking = m.Menu, Asking{}
	case FoldDock:
		b.Low = !b.Low
	case ShowTab:
		b.Low = false
		switch m.Tab {
		case "console", "inspector", "scenario":
			b.Left = m.Tab
		case "charts", "events":
			b.Right = m.Tab
		}
		b.Phone = m.Tab
		return b.Update(FollowScript{})
	case ShowStream:
		b.Stream, b.Menu, b.Phone, b.View, b.Zoom, b.Cell = m.Name, "", "stage", ViewShards, 1, ""
		b.Shape++
		return b.show()
	case ShowView:
		if _, hosed := FirehoseOf(b.Figures, b.Stream); hosed && (m.View == ViewRing || m.View == ViewLineage) {
			b.Menu, b.Notice = "", "A Firehose stream has no shards and no hash ring. Choose a data stream first."
			return b, nil
		}
		b.View, b.Menu, b.Phone, b.Zoom, b.Cell = m.View, "", "stage", 1, ""
		b.Shape++
	case TypeKey:
		b.Key, b.HashKey = m.Key, m.Explicit
	case Told:
		return b.tell(m), nil
	case PictureSaved:
		if b.Menu = ""; m.Flaw != "" {
			b.Deed = Deed{Error: &protocol.Error{Message: m.Flaw}}
			return b, nil
		}
		b.Deed, b.Said = Deed{Command: m.Command}, "Saved "+m.Name+"."
	case ZoomBy:
		if b.Zoom = ZoomStep(b.Zoom, m.Steps); m.Steps == 0 {
			b.Zoom = 1
		}
	case ZoomTo:
		b.Zoom = min(max(m.Zoom, MinZoom), MaxZoom)
	case PointAt:
		b.Cell = m.Shard
	case FilterEvents:
		b.Filter = m.To
	case ShowTable:
		b.Table = m.On
	case Say:
		b.Said = m.Words
	case DropNotice:
		b.Notice, b.Deed, b.Download = "", Deed{}, nil
	case RecallTyped:
		b.Typed = last(slices.Clone(m.Lines), MaxTyped)
	default:
		if next, asks, known := b.scripting(message); known {
			return next, asks
		}
		return b.charting(message)
	}
	return b, nil
}

// Proof is what the inspector shows, for whoever points at it; it has a name as soon as its sheet is there.
func (b Bench) Proof() Proof {
	if b.Ref == "" || b.SheetFlaw != nil {
		return Proof{}
	}
	proof := Proof{Ref: b.Ref, Title: b.Ref}
	if b.Sheet != nil && b.Sheet.Ref == b.Ref {
		proof.Kind, proof.Title = b.Sheet.Kind, b.Sheet.Title
	}
	return proof
}

func ask(r protocol.Request) []Ask { return []Ask{{Request: r}} }

// free puts a pause before what is asked when a long run is under way: the engine answers in order, and what the learner
// wants now should not wait until that run has come to its end.
func (b Bench) free(asks []Ask) []Ask {
	if b.Frame.Busy == "" || b.Frame.Playing {
		return asks
	}
	return append(ask(protocol.Request{Kind: protocol.Pause}), asks...)
}

// last returns the last n of s, without the room of the others behind it.
func last[T any](s []T, n int) []T {
	if len(s) > n {
		return slices.Clone(s[len(s)-n:])
	}
	return s
}
