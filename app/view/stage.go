package view

import (
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
	"shardlab/wasm/protocol"
)

// An Out is the way out of the bench's views: they say what was pressed, the page decides. It is handed down by pointer,
// so that two renderings of a view with the same fields compare equal.
type Out struct {
	Send func(ctx app.Context, message any)
	Copy func(ctx app.Context, text string)
	Hit  func(ctx app.Context, x, y float64) // a press on the stage, in its own pixels, where a dot may be
	Pan  func(ctx app.Context, x, y float64) // what is to be seen of the stage: the middle, as parts of the whole
	// Edit makes the textarea of an id an editor of code of a language, until close is called. flaw marks what is wrong at a line and
	// column, from 1; without a message nothing is.
	Edit func(id, language string) (close func(), flaw func(line, column int, message string))
}

// px writes a length for a style.
func px(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) + "px" }

// at places an element on the stage.
func at[E interface{ Style(k, v string) E }](e E, b model.Box) E {
	return e.Style("left", px(b.X)).Style("top", px(b.Y)).Style("width", px(b.W)).Style("height", px(b.H))
}

// DotsID is the canvas on which the records move, StageID the element whose size the stage fills.
const (
	DotsID  = "bench-dots"
	StageID = "bench-stage"
)

// A Stage draws producers, a stream's shards in the order of the hash ring, and consumers.
type Stage struct {
	app.Compo
	Out       *Out
	Layout    model.Stage
	Streams   []string
	Stream    protocol.Stream // the one shown; its Name is empty when there is none
	Name      string          // of the one shown, also when it is not there and clients look for it
	Room      int             // cards of a side
	Producers []protocol.Producer
	Consumers []protocol.Consumer
	Controls  []protocol.Control
	Zones     []protocol.Zone
	Menu      string
	Form      model.Form
	Busy      string  // what a long run does, in words
	Still     bool    // reduced motion: counts in place of dots
	Now       int64   // of the figures
	Taken     string  // the names of all clients, as model.FormWorld has them
	Cell      string  // the shard that is pointed at, of a heat bar
	Span      float64 // milliseconds that a lane shows
}

// Render draws the stage.
func (s *Stage) Render() app.UI {
	if s.Stream.Name == "" {
		return app.Div().Class("stage-room").Body(&NoStream{Out: s.Out, Form: s.Form, Name: s.Name, Producers: s.Producers, Consumers: s.Consumers})
	}
	l := s.Layout
	hot := " "
	for _, sh := range s.Stream.Shards {
		if sh.Refused > 0 {
			hot += strconv.Itoa(model.ShardNumber(sh.ID)) + " "
		}
	}
	things := []app.UI{
		&Wires{Layout: l, Hot: hot, Acts: acts(s.Controls)},
		app.Canvas().ID(DotsID).Class("dots").Aria("hidden", "true"),
	}
	// Lanes stand in the order of their numbers, not of the ring, so that an element stays with its shard when lanes come
	// and go, and the style sheet can let it slide to its new place.
	order := make([]int, len(s.Stream.Shards))
	for i := range order {
		order[i] = len(l.Lanes) // without a lane
	}
	for i, lane := range l.Lanes {
		if lane.Shard < len(order) {
			order[lane.Shard] = i
		}
	}
	lanes := make([]app.UI, 0, len(order))
	for i, sh := range s.Stream.Shards {
		if l.Heat || order[i] >= len(l.Lanes) {
			continue
		}
		lane := l.Lanes[order[i]]
		if !l.Draws(lane.Box) {
			lanes = append(lanes, &Lane{}) // keeps the place of its element
			continue
		}
		v := &Lane{Out: s.Out, Lane: lane, Shard: sh, Stream: s.Stream.Name, Upright: l.Upright, Still: s.Still, Open: s.Menu == "shard:"+sh.ID,
			Active: s.Stream.Status == "ACTIVE", Lags: model.LagsIn(s.Consumers, lane.Number), Span: s.Span}
		if v.Open || !lane.Open {
			v.Left, v.Right = neighbours(s.Stream, sh)
			v.Children = children(s.Stream, sh)
		}
		lanes = append(lanes, v)
	}
	if l.Heat {
		things = append(things, s.heat())
	} else if len(lanes) == 0 {
		words := "Its shards open when the stream is ACTIVE. Let time run."
		if s.Stream.Status == "DELETING" {
			words = "Its shards and records are going."
		}
		top := 0.0
		if l.Upright {
			top = l.AddProducer.Bottom() + 20
		}
		lanes = append(lanes, app.Div().Class("no-lanes").Style("top", px(top)).Body(app.Span().Class("spinner"), app.Span().Text(s.Stream.Name+" is "+s.Stream.Status+". "+words)))
	}
	things = append(things, app.Div().Class("lanes").Body(lanes...))
	if l.Folded > 0 {
		things = append(things, &Folded{Out: s.Out, Box: l.Fold, Stream: s.Stream.Name, Count: l.Folded, More: l.Folded < closedOf(s.Stream), Held: heldBy(s.Stream, l), Next: s.nextExpiry()})
	}
	cards, own := model.Cards(len(s.Producers), s.Room)
	for i, p := range s.Producers[:min(own, len(l.Producers))] {
		things = append(things, &ProducerCard{Out: s.Out, Box: l.Producers[i], Small: l.Small, Producer: p, Open: s.Menu == "producer:"+p.Name})
	}
	if cards > own && own < len(l.Producers) {
		things = append(things, crowdOfProducers(s.Out, l.Producers[own], s.Producers[own:], s.Menu))
	}
	things = append(things, &AddCard{Out: s.Out, Box: l.AddProducer, What: "writer", Stream: s.Stream.Name, First: len(s.Producers) == 0})
	cards, own = model.Cards(len(s.Consumers), s.Room)
	for i, c := range s.Consumers[:min(own, len(l.Consumers))] {
		things = append(things, &ConsumerCard{Out: s.Out, Box: l.Consumers[i], Small: l.Small, Consumer: c, Sign: i, Open: s.Menu == "consumer:"+c.Name})
	}
	if cards > own && own < len(l.Consumers) {
		things = append(things, crowdOfConsumers(s.Out, l.Consumers[own], s.Consumers[own:], s.Menu))
	}
	things = append(things, &AddCard{Out: s.Out, Box: l.AddConsumer, What: "reader", Stream: s.Stream.Name, First: len(s.Consumers) == 0})
	for i, c := range s.Controls[:min(len(s.Controls), len(l.Controls))] {
		things = append(things, &ControlCard{Out: s.Out, Box: l.Controls[i], Control: c, Open: s.Menu == c.Ref})
	}
	way := "stage wide"
	if l.Upright {
		way = "stage upright"
	}
	if len(l.Lanes) > 16 {
		way += " many"
	}
	stage, room := app.Div().Class(way).Style("height", px(l.H)), app.Div().Class("stage-room")
	if l.Scale != 1 && l.Scale > 0 {
		stage.Style("width", px(l.W)).Style("transform", "scale("+strconv.FormatFloat(l.Scale, 'f', 4, 64)+")")
		room.Style("width", px(l.W*l.Scale)).Style("height", px(l.H*l.Scale))
	}
	return room.Body(stage.Body(things...).OnClick(s.press))
}

// FormOver returns the form that lies over the stage, or nil. It is no part of the stage, because a stage that scrolls would
// take it along.
func (s *Stage) FormOver(f protocol.Frame) app.UI {
	if s.Form.Kind == "" || s.Form.Kind == "stream" && len(s.Streams) == 0 {
		return nil
	}
	if s.Form.Kind == "connect" {
		return &FormCard{Out: s.Out, Form: s.Form, Joints: model.JointsOf(f, s.Form.Target, s.Form.Of)}
	}
	shard := shardOf(s.Stream, s.Form.Target)
	left, right := neighbours(s.Stream, shard)
	return &FormCard{Out: s.Out, Form: s.Form, World: model.FormWorld{Stream: s.Stream, Streams: f.Streams, Firehoses: f.Firehoses, Buckets: f.Buckets, Shard: shard, Left: left, Right: right, Zones: s.Zones, Taken: s.Taken}}
}

// heldBy counts the records in the closed shards that have no lane.
func heldBy(s protocol.Stream, l model.Stage) int64 {
	n := int64(0)
	for _, sh := range s.Shards {
		if sh.State != "OPEN" && l.LaneOf(model.ShardNumber(sh.ID)) < 0 {
			n += sh.Held
		}
	}
	return n
}

// nextExpiry is how many milliseconds are left until the first closed shard without a lane expires.
func (s *Stage) nextExpiry() int64 {
	next := int64(0)
	for _, sh := range s.Stream.Shards {
		if sh.State != "OPEN" && sh.Expires > s.Now && s.Layout.LaneOf(model.ShardNumber(sh.ID)) < 0 && (next == 0 || sh.Expires < next) {
			next = sh.Expires
		}
	}
	return max(0, next-s.Now) / 1000
}

func closedOf(s protocol.Stream) int {
	n := 0
	for _, sh := range s.Shards {
		if sh.State != "OPEN" {
			n++
		}
	}
	return n
}

// Folded is the line that stands for closed shards without a lane. It leads to the sheet that lists them all.
type Folded struct {
	app.Compo
	Out    *Out
	Box    model.Box
	Stream string
	Count  int
	More   bool // others have lanes
	Held   int64
	Next   int64 // milliseconds until the first of them expires; 0 when that is not known
}

// Render draws the line.
func (f *Folded) Render() app.UI {
	what, words := "closed shard", "they are empty"
	if f.More {
		what = "more closed shard"
	}
	short := words
	if f.Held > 0 {
		words, short = model.Count(f.Held)+" records stay to be read", model.Short(float64(f.Held))+" to read"
	}
	if f.Next > 0 {
		when := "expires in "
		if f.Count > 1 {
			when = "the first expires in "
		}
		words += " · " + when + model.Behind(f.Next)
		span := strings.SplitN(model.Behind(f.Next), " ", 3)
		short += " · first gone in " + strings.Join(span[:2], " ")
	}
	said := words
	if f.Box.W < 480 {
		said = short
	}
	return at(app.Button().Type("button").Class("folded"), f.Box).Aria("label", Attr(plural(f.Count, what)+", "+words+". Inspect the stream")).
		Body(Icon("archive"), app.Span().Body(app.B().Text(plural(f.Count, what)), app.Text(" · "+said))).OnClick(f.look)
}

func (f *Folded) look(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	f.Out.Send(ctx, model.Look{Ref: "stream:" + f.Stream})
}

// press looks for a dot under the pointer; the lanes' own buttons answer when there is none.
func (s *Stage) press(ctx app.Context, e app.Event) {
	x, y := onStage(ctx.JSSrc(), e)
	s.Out.Hit(ctx, x, y)
}

// onStage is where a pointer is, in the pixels of the stage, however near one looks.
func onStage(stage app.Value, e app.Event) (x, y float64) {
	box := stage.Call("getBoundingClientRect")
	scale := max(box.Get("width").Float()/max(stage.Get("offsetWidth").Float(), 1), .01)
	return (e.Get("clientX").Float() - box.Get("left").Float()) / scale, (e.Get("clientY").Float() - box.Get("top").Float()) / scale
}

func shardOf(s protocol.Stream, id string) protocol.Shard {
	for _, sh := range s.Shards {
		if sh.ID == id {
			return sh
		}
	}
	return protocol.Shard{}
}

// neighbours returns the IDs of the open shards whose ranges touch a shard's, those it can be merged with.
func neighbours(s protocol.Stream, of protocol.Shard) (left, right string) {
	for _, sh := range s.Shards {
		if sh.State != "OPEN" || sh.ID == of.ID {
			continue
		}
		if sh.To == of.From {
			left = sh.ID
		}
		if sh.From == of.To {
			right = sh.ID
		}
	}
	return left, right
}

// children names the shards that took a closed shard's range over, by number: "4 and 5".
func children(s protocol.Stream, of protocol.Shard) string {
	out := ""
	for _, sh := range s.Shards {
		if of.ID != "" && (sh.Parent == of.ID || sh.AdjacentParent == of.ID) {
			if out != "" {
				out += " and "
			}
			out += strconv.Itoa(model.ShardNumber(sh.ID))
		}
	}
	return out
}

func plural(n int, noun string) string { return model.Plural(n, noun) }
