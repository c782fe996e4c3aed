package model

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

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

// FiguresEvery is how often the numbers on the stage change, in milliseconds of wall time. Frames come up to twenty times
// a second; digits, charts and lists that fast cannot be read and would cost the page its time, so they take every fourth or so.
const FiguresEvery = 240

// SayEvery is how much wall time, in milliseconds, lies between two words of the live region at least: a screen reader that
// is told every event of a lab at 60× says nothing that can be understood. The event list has them all.
const SayEvery = 2500

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

// take merges a frame: what is gathered grows by what is new, and falls when the history is another.
func (b Bench) take(m FrameCame) Bench {
	f := m.Frame
	first := b.Phase != Ready
	b.lookAhead(f, first)
	if first || f.History != b.Frame.History {
		b.Events, b.Marks, b.Charts = nil, nil, nil
	}
	b.Phase, b.Trouble = Ready, Trouble{}
	news := b.gather(f.Events)
	if first || f.History != b.Frame.History { // what a new history tells again is no news, and what waited has not happened
		b.unsaid = protocol.Event{}
		news = slices.DeleteFunc(news, func(e protocol.Event) bool { return first || e.At < f.Now })
	}
	b.voice(news, m.Wall, f.Playing || f.Busy != "")
	if f.Charts != nil {
		b.Charts = f.Charts
	}
	if f.History == b.Frame.History {
		withCurves(f.Fork, b.Frame.Fork)
	}
	f.Events, f.Flights, f.Charts = nil, nil, nil
	if f.Keys == nil && f.History == b.Frame.History {
		f.Keys = b.Frame.Keys
	}
	if f.Speed == 0 {
		f.Speed = cmp.Or(b.Frame.Speed, 1)
	}
	if f.History != b.Frame.History {
		b.Palette = Palette{}
		if !first {
			b.Graph.rewound(f.Now)
		}
	}
	if at := ForkedAt(f); at > 0 {
		b.Graph.Fork = at
	}
	b.Palette = b.Palette.Give(f.Keys)
	if name := newcomer(b, f); name != "" && !first {
		b.Stream = name
		b.Shape++
	}
	b.Frame = f
	shape := sameShape(f, b.Figures)
	if !shape {
		b.Shape++
	}
	if !f.Playing || m.Wall-b.shownAt >= FiguresEvery || m.Wall < b.shownAt || !shape {
		b.Figures, b.shownAt = f, m.Wall
		b.Listed, b.Marked, b.Plotted = b.Events, append(slices.Clip(b.Marks), b.ahead...), b.Charts
	}
	if !slices.Contains(StreamNames(f), b.Stream) {
		b.Stream = firstStream(f)
		b.Shape++
	}
	return b
}

// firstStream is what the stage shows where nobody has chosen: the first stream that a producer writes to, for there it begins.
func firstStream(f protocol.Frame) string {
	for _, s := range f.Streams {
		if slices.ContainsFunc(f.Producers, func(p protocol.Producer) bool { return p.Stream == s.Name }) {
			return s.Name
		}
	}
	if names := StreamNames(f); len(names) > 0 {
		return names[0]
	}
	return ""
}

// newcomer is a stream that has just come and wants to be seen: one that clients have been looking for, or any while the one
// on the stage is not there.
func newcomer(b Bench, f protocol.Frame) string {
	there := func(all []protocol.Stream, name string) bool {
		return slices.ContainsFunc(all, func(s protocol.Stream) bool { return s.Name == name })
	}
	if f.History != b.Frame.History {
		return ""
	}
	for _, s := range f.Streams {
		if !there(b.Frame.Streams, s.Name) && (!there(b.Frame.Streams, b.Stream) || slices.Contains(StreamNames(b.Frame), s.Name)) {
			return s.Name
		}
	}
	for _, h := range f.Firehoses { // one that reads a stream stands on that stream's stage
		name := FirehosePrefix + h.Name
		if h.Source == "" && !slices.Contains(StreamNames(b.Frame), name) {
			return name
		}
	}
	return ""
}

// gather adds events, and returns those that were not there already (a rewound stretch is told again).
func (b *Bench) gather(events []protocol.Event) []protocol.Event {
	newest := int64(-1)
	if n := len(b.Events); n > 0 {
		newest = b.Events[n-1].ID
	}
	var fresh []protocol.Event
	for _, e := range events {
		if e.ID > newest {
			fresh, newest = append(fresh, e), e.ID
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	marks := slices.Clip(b.Marks)
	for _, e := range fresh {
		if e.Mark {
			marks = append(marks, Mark{e.At, e.Level, e.Text, e.Kind})
		}
	}
	grown := append(slices.Clip(b.Events), fresh...)
	if len(grown) > MaxEvents { // many at once, since every row of the list changes its place
		grown = last(grown, MaxEvents-dropEvents)
	}
	b.Events, b.Marks = grown, last(marks, MaxMarks)
	return fresh
}

// voice chooses what the live region says at wall, in milliseconds. In a lab that plays, a mark that comes too soon after the
// last word waits, and of those that wait the worst is said, of equals the first: a cause comes before what it causes.
func (b *Bench) voice(news []protocol.Event, wall float64, playing bool) {
	for _, e := range news {
		if e.Mark && (b.unsaid.Text == "" || worse(e.Level) > worse(b.unsaid.Level)) {
			b.unsaid = e
		}
	}
	if b.unsaid.Text != "" && (!playing || wall-b.saidAt >= SayEvery || wall < b.saidAt) {
		b.Said, b.saidAt, b.unsaid = b.unsaid.Text, wall, protocol.Event{}
	}
}

// sameShape reports whether two frames draw the same boxes, so that only numbers differ.
func sameShape(a, b protocol.Frame) bool {
	return a.History == b.History && a.Playing == b.Playing &&
		slices.EqualFunc(a.Streams, b.Streams, func(s, t protocol.Stream) bool {
			return s.Name == t.Name && s.Status == t.Status && slices.EqualFunc(s.Shards, t.Shards, func(x, y protocol.Shard) bool {
				return x.ID == y.ID && x.State == y.State && (x.Refused > 0) == (y.Refused > 0)
			})
		}) &&
		slices.EqualFunc(a.Firehoses, b.Firehoses, func(h, i protocol.Firehose) bool { return h.Name == i.Name && h.Status == i.Status }) &&
		slices.EqualFunc(a.Producers, b.Producers, func(p, q protocol.Producer) bool {
			return p.Name == q.Name && p.Running == q.Running && p.Rate == q.Rate
		}) &&
		slices.EqualFunc(a.Consumers, b.Consumers, func(p, q protocol.Consumer) bool { return p.Name == q.Name && p.Running == q.Running }) &&
		slices.EqualFunc(a.Controls, b.Controls, func(p, q protocol.Control) bool { return p.Ref == q.Ref && p.State == q.State })
}

// MaxRestores is how many engines may be lost in a row before the bench stops opening new ones by itself.
const MaxRestores = 3

func (b Bench) lose(p protocol.Panic) Bench {
	b.Restores++
	b.Form, b.Menu, b.Offer = Form{asked: b.Form.asked + 1}, "", Offer{Asked: b.Offer.Asked + 1}
	b.Deed.Busy, b.Script.Busy = false, false
	b.Entries = slices.Clone(b.Entries)
	for i := range b.Entries {
		if b.Entries[i].Busy {
			b.Entries[i].Busy, b.Entries[i].Exit = false, 1
			b.Entries[i].Output = []protocol.Output{{To: "err", Text: "The engine stopped while it ran this."},
				{To: "hint", Text: "The lab is restored to the moment before it."}}
		}
	}
	b.Trouble = Trouble{
		Title:  "The engine stopped",
		Text:   p.Message,
		Hint:   "The lab is being restored from its log, up to the command before. Nothing you did earlier is lost.",
		Detail: p.Stack, Log: p.Log, Seed: p.Seed,
	}
	if p.Command != "" {
		b.Trouble.Text += ". It was doing: " + p.Command
	}
	b.Phase = Restoring
	b.Notice = "The engine stopped and the lab was restored from its log, to the moment before. Its last word: " + p.Message
	if b.Restores > MaxRestores {
		b.Phase, b.Notice = Failed, ""
		b.Trouble.Hint = "It stopped several times in a row, so it is not started again by itself. Copy the log for a report, then begin the lab again."
	}
	return b
}

func (b Bench) goTo(at int64) (Bench, []Ask) {
	b.Seeking = true
	return b, b.free(ask(protocol.Request{Kind: protocol.Seek, At: max(at, b.Frame.Opened)}))
}

func (b Bench) run(line string) (Bench, []Ask) {
	line = strings.TrimRight(line, " \t\r\n")
	b.Offer = Offer{Asked: b.Offer.Asked + 1}
	if line == "" {
		return b, nil
	}
	if n := len(b.Typed); n == 0 || b.Typed[n-1] != line {
		b.Typed = last(append(slices.Clip(b.Typed), line), MaxTyped)
	}
	if line == "clear" {
		b.Entries = nil
		return b, nil
	}
	b.entryID++
	b.Left, b.Phone, b.Low = "console", "console", false
	b.Entries = last(append(slices.Clip(b.Entries), Entry{ID: b.entryID, At: b.Frame.Now, Line: line, Busy: true}), MaxEntries)
	return b, b.free([]Ask{{Entry: b.entryID, Request: protocol.Request{Kind: protocol.Type, Line: line}}})
}

func (b Bench) look(ref string) (Bench, []Ask) {
	b.Ref, b.From, b.Sheet, b.SheetFlaw = ref, 0, nil, nil
	return b, b.Inspection()
}

// Inspection asks for the open sheet.
func (b Bench) Inspection() []Ask {
	return ask(protocol.Request{Kind: protocol.Inspect, Ref: b.Ref, From: int64(b.From)})
}

// press sends what a button does. The answer names the console line that does the same.
func (b Bench) press(m Press) (Bench, []Ask) {
	body, err := json.Marshal(m.Body)
	if err != nil {
		panic("model: a button's body is not JSON: " + err.Error())
	}
	b.Menu = ""
	b.Deed = Deed{Busy: true}
	return b, b.free(ask(protocol.Request{Kind: protocol.Do, Service: m.Service, Op: m.Op, Body: body}))
}

// step does the next of the form's commands.
func (b Bench) step() (Bench, []Ask) {
	if len(b.Form.steps) == 0 {
		b.Deed = Deed{Command: strings.Join(b.Form.told, "; ")}
		b.Form = Form{asked: b.Form.asked + 1}
		return b.again()
	}
	b.Form.asked++
	busy := b.Form
	next, asks := b.press(busy.steps[0].Press)
	next.Form, next.Deed = busy, Deed{}
	for i := range asks {
		asks[i].Entry = busy.asked
		asks[i].Request.With = asks[i].Request.Kind == protocol.Do && len(busy.told) > 0
	}
	return next, asks
}

// stepped takes the answer to one of the form's commands.
func (b Bench) stepped(r protocol.Reply) (Bench, []Ask) {
	at := b.Form.steps[0]
	if r.Error != nil {
		b.Form.Busy, b.Form.Error, b.Form.Under, b.Form.steps = false, r.Error, at.Under, nil
		return b.again()
	}
	b.Form.steps = b.Form.steps[1:]
	b.Form.done = append(slices.Clip(b.Form.done), at.Op)
	b.Form.told = append(slices.Clip(b.Form.told), b.Form.line(r.Command, at))
	return b.step()
}

// word asks for the console lines of what a form would do.
func (b Bench) word(steps []Step) (Bench, []Ask) {
	b.Form.asked++
	b.Form.Lines = make([]string, len(steps))
	b.Form.steps = steps
	var asks []Ask
	for i, s := range steps {
		body, err := json.Marshal(s.Body)
		if err != nil {
			panic("model: the body of a form is not JSON: " + err.Error())
		}
		asks = append(asks, Ask{Entry: b.Form.asked, Place: i, Request: protocol.Request{Kind: protocol.Word, Service: s.Service, Op: s.Op, Body: body}})
	}
	return b, asks
}

// line is a console line as a person would type it: code stands in a file.
func (f Form) line(command string, s Step) string {
	for _, m := range membersOf(s.Body) {
		if code, _ := m.Value.(string); m.Name == "ZipFile" && code != "" {
			return strings.Replace(command, code, "fileb://index.js", 1)
		}
		if before, rest, ok := strings.Cut(command, " --config "); ok && m.Name == "Config" {
			command = before + " --config file://agent.json"
			if i := strings.LastIndex(rest, "' --"); i >= 0 {
				command += rest[i+1:]
			}
			return command
		}
	}
	return command
}

func membersOf(body any) Members {
	m, _ := body.(Members)
	return m
}

func (b Bench) answered(m Replied) (Bench, []Ask) {
	r, req := m.Reply, m.Ask.Request
	switch req.Kind {
	case protocol.Metrics:
		b.Graph.Metrics, b.Graph.Flaw = r.Metrics, r.Error
	case protocol.Show:
		b.Graph.Flaw = r.Error
	case protocol.Open:
		b.Graph.asked = nil // a new lab shows nothing of what the one before was asked for
		if r.Error != nil {
			b.Phase = Failed
			b.Trouble = Trouble{Title: "This lab could not be opened", Text: r.Error.Message,
				Hint: cmp.Or(r.Error.Hint, "Begin the lab again; what you wrote in the lesson is kept."), Log: req.Log}
			if req.Link != "" && req.Log == "" {
				b.Trouble.Title, b.Trouble.Hint, b.Trouble.Foreign = "This lab does not open", cmp.Or(r.Error.Hint, "Ask whoever sent it to share the lab once more."), true
			}
		} else {
			b = b.opened(req, r.Shared)
		}
	case protocol.Share:
		return b.sharedAs(r), nil
	case protocol.Type:
		if m.Ask.Entry == exports {
			return b.exported(req.Line, r), nil
		}
		b.Restores = 0
		b.Entries = slices.Clone(b.Entries)
		for i := range b.Entries {
			if b.Entries[i].ID == m.Ask.Entry {
				e := &b.Entries[i]
				e.Busy, e.Exit, e.Output = false, r.Exit, r.Output
				if r.Error != nil {
					e.Exit, e.Output = 1, append(slices.Clone(r.Output), flaw(*r.Error)...)
				}
			}
		}
		return b.again()
	case protocol.Complete:
		if m.Ask.Entry != b.Offer.Asked { // the line has changed since
			return b, nil
		}
		b.Offer.Unanswered = false
		if r.Completion != nil {
			b.Offer.From, b.Offer.To, b.Offer.Options = r.Completion.From, r.Completion.To, r.Completion.Options
		}
	case protocol.Inspect:
		if m.Ask.Entry != 0 { // a form's
			if m.Ask.Entry == b.Form.asked && r.Sheet != nil {
				b.Form = b.Form.Know(*r.Sheet)
			} else if m.Ask.Entry == b.Form.asked {
				b.Form, b.Deed = Form{asked: b.Form.asked + 1}, Deed{Error: r.Error}
			}
			return b, nil
		}
		if req.Ref != b.Ref || req.From != int64(b.From) {
			return b, nil
		}
		b.Sheet, b.SheetFlaw = r.Sheet, r.Error
	case protocol.Word:
		if m.Ask.Entry == b.Form.asked && m.Ask.Place < min(len(b.Form.Lines), len(b.Form.steps)) && !b.Form.Busy {
			b.Form.Lines = slices.Clone(b.Form.Lines)
			b.Form.Lines[m.Ask.Place] = b.Form.line(r.Command, b.Form.steps[m.Ask.Place])
		}
	case protocol.Do:
		if m.Ask.Entry != 0 { // a form's
			if m.Ask.Entry != b.Form.asked || len(b.Form.steps) == 0 {
				return b.again()
			}
			return b.stepped(r)
		}
		b.Deed = Deed{Command: r.Command, Error: r.Error}
		return b.again()
	case protocol.Undo, protocol.Redo:
		return b.tookBack(req.Kind, r)
	case protocol.Script, protocol.Rewrite:
		return b.scripted(req.Kind, r), nil
	case protocol.Seek:
		b.Seeking = false
		if r.Error != nil {
			b.Notice = r.Error.Message + " " + r.Error.Hint
		}
		return b.again()
	case protocol.Step, protocol.Until:
		if r.Error != nil {
			b.Notice = strings.TrimSpace(r.Error.Message + " " + r.Error.Hint)
		} else if r.Reached != "" {
			b.Said = r.Reached
		}
		return b.again()
	default:
		if r.Error != nil {
			b.Notice = strings.TrimSpace(r.Error.Message + " " + r.Error.Hint)
		}
	}
	return b, nil
}

// again asks for the open sheet once more, because something has changed. The old one stays until the new one is there.
func (b Bench) again() (Bench, []Ask) {
	if b.Ref == "" {
		return b, nil
	}
	return b, b.Inspection()
}

func flaw(e protocol.Error) []protocol.Output {
	out := []protocol.Output{{To: "err", Text: e.Message}}
	if e.Hint != "" {
		out = append(out, protocol.Output{To: "hint", Text: e.Hint})
	}
	return out
}

// Figures are what a stream and its readers come to at one moment.
type Figures struct {
	Open, Closed          int
	In, InRoom            float64 // records a second taken, and that could be
	InBytes, InBytesRoom  float64 // bytes a second
	Out, OutRoom          float64 // bytes a second given out by GetRecords, and that could be
	Pushed                float64 // bytes a second pushed to fan-out consumers
	Refused, ReadsRefused int64   // in the last second
	Readers               int     // consumers that run
	Age                   int64   // milliseconds that the slowest of them is behind
	Slowest               string
	Barred                string // one of them who cannot read at all; "" when all can
}

// FiguresOf adds a stream's shards and readers up.
func FiguresOf(s protocol.Stream, readers []protocol.Consumer) Figures {
	var f Figures
	for _, sh := range s.Shards {
		f.Out += sh.ReadBytes
		if sh.State == "OPEN" || sh.Reads > 0 || sh.ReadBytes > 0 { // a closed shard is room to read only while somebody reads it
			f.OutRoom += sh.ReadByteLimit
		}
		f.Pushed += sh.PushBytes
		f.ReadsRefused += sh.ReadsRefused
		if sh.State != "OPEN" {
			f.Closed++
			continue
		}
		f.Open++
		f.In += sh.Records
		f.InRoom += sh.RecordLimit
		f.InBytes += sh.Bytes
		f.InBytesRoom += sh.ByteLimit
		f.Refused += sh.Refused
	}
	for _, c := range readers {
		if !c.Running {
			continue
		}
		f.Readers++
		if c.Barred && f.Barred == "" {
			f.Barred = c.Name
		}
		if f.Slowest == "" || c.Behind > f.Age {
			f.Age, f.Slowest = c.Behind, c.Name
		}
	}
	return f
}

// FiguresOfAll adds all streams and their readers up.
func FiguresOfAll(f protocol.Frame) (all Figures) {
	for _, s := range f.Streams {
		one := FiguresOf(s, slices.DeleteFunc(slices.Clone(f.Consumers), func(c protocol.Consumer) bool { return c.Stream != s.Name }))
		all.Open, all.Closed, all.Refused, all.ReadsRefused, all.Readers = all.Open+one.Open, all.Closed+one.Closed, all.Refused+one.Refused, all.ReadsRefused+one.ReadsRefused, all.Readers+one.Readers
		all.In, all.InRoom, all.InBytes, all.InBytesRoom = all.In+one.In, all.InRoom+one.InRoom, all.InBytes+one.InBytes, all.InBytesRoom+one.InBytesRoom
		all.Out, all.OutRoom, all.Pushed, all.Barred = all.Out+one.Out, all.OutRoom+one.OutRoom, all.Pushed+one.Pushed, cmp.Or(all.Barred, one.Barred)
		if one.Age >= all.Age && one.Slowest != "" {
			all.Age, all.Slowest = one.Age, one.Slowest
		}
	}
	return all
}
