package view

import (
	"cmp"
	"fmt"
	"math"
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
	// Edit makes the textarea of an id an editor of code of a language, until close is called.
	Edit func(id, language string) (close func())
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
	Zones     []protocol.Zone
	Menu      string
	Form      model.Form
	Busy      string // what a long run does, in words
	Still     bool   // reduced motion: counts in place of dots
	Now       int64  // of the figures
	Taken     string // the names of all clients, as model.FormWorld has them
	Cell      string // the shard that is pointed at, of a heat bar
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
		&Wires{Layout: l, Hot: hot},
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
			Active: s.Stream.Status == "ACTIVE"}
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
		things = append(things, &ConsumerCard{Out: s.Out, Box: l.Consumers[i], Small: l.Small, Consumer: c, Open: s.Menu == "consumer:"+c.Name})
	}
	if cards > own && own < len(l.Consumers) {
		things = append(things, crowdOfConsumers(s.Out, l.Consumers[own], s.Consumers[own:], s.Menu))
	}
	things = append(things, &AddCard{Out: s.Out, Box: l.AddConsumer, What: "reader", Stream: s.Stream.Name, First: len(s.Consumers) == 0})
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

// A StageHead says which stream this is, in what state, and how much of it is used.
type StageHead struct {
	app.Compo
	Out     *Out
	Streams []string
	Name    string
	Status  string
	Mode    string
	Hours   int64
	Key     string // the KMS key that encrypts it
	Hose    string // the Firehose stream on the stage; "" when a stream is
	Zones   string // the zones that are not IN_SYNC, each with its state: "us-east-1b LOST"
	Menu    string // "lab" or "change" when one is open
	View    string // what of it the stage shows, as Bench.View
	Seed    int64
	Undo    string // the deeds that undo and redo would take back and put back
	Redo    string
}

// Render draws the line above the stage.
func (h *StageHead) Render() app.UI {
	menu := app.Div().Class("menu-anchor lab-menu").Body(
		app.Button().Type("button").Class("btn icon small quiet").Aria("label", "Add a part").Title("Add a part").Aria("haspopup", "dialog").DataSet("form", "part").Body(Icon("plus")).OnClick(h.part),
		&UndoButtons{Out: h.Out, Undo: h.Undo, Redo: h.Redo},
		app.Button().Type("button").Class("btn icon small quiet").Aria("label", "Share this lab").Title("Share this lab").Aria("haspopup", "dialog").Body(Icon("share-2")).OnClick(h.share),
		app.Button().Type("button").Class("btn icon small quiet").Aria("label", "This lab").Title("This lab").Aria("haspopup", "true").Aria("expanded", h.Menu == "lab").
			Body(Icon("ellipsis-vertical")).OnClick(h.toggle),
		app.If(h.Menu == "lab", app.Div().Class("menu").DataSet("menu", "lab").Body(
			app.Button().Type("button").Class("menu-item").Body(Icon("plus"), app.Text("Create a stream…")).DataSet("form", "stream").OnClick(h.form),
			app.Button().Type("button").Class("menu-item").Body(Icon("plus"), app.Text("Create a Firehose stream…")).DataSet("form", "firehose").OnClick(h.form),
			app.Button().Type("button").Class("menu-item").Body(Icon("plus"), app.Text("Create a bucket…")).DataSet("form", "bucket").OnClick(h.form),
			app.Button().Type("button").Class("menu-item").Body(Icon("folder-open"), app.Text("Browse the buckets")).OnClick(h.buckets),
			app.Button().Type("button").Class("menu-item").Title("stage save svg").DataSet("format", "svg").Body(Icon("image-down"), app.Text("Save a picture, SVG")).OnClick(h.still),
			app.Button().Type("button").Class("menu-item").Title("stage save png").DataSet("format", "png").Body(Icon("image-down"), app.Text("Save a picture, PNG")).OnClick(h.still),
			app.Button().Type("button").Class("menu-item").Body(Icon("copy"), app.Text("Copy the lab's log")).OnClick(h.log),
			app.Button().Type("button").Class("menu-item danger").Body(Icon("rotate-ccw"), app.Text("Begin the lab again")).OnClick(h.again),
			app.Button().Type("button").Class("menu-item").Body(Icon("life-buoy"), app.Text("Drill: let the engine crash")).OnClick(h.drill),
			app.P().Class("menu-note").Text("Beginning again goes to the first instant; what was done in it is dropped. Seed "+strconv.FormatInt(h.Seed, 10)+"."))))
	var name app.UI
	if h.View == model.ViewAll {
		return app.Header().Class("stage-head").Body(app.Span().Class("stage-kind").Text("Lab"), app.Span().Class("stage-name").Text("All parts"),
			app.Span().Class("stage-facts").Text(plural(len(h.Streams), "stream")), h.views(), menu)
	}
	if h.Status == "" && len(h.Streams) < 2 {
		return app.Header().Class("stage-head").Body(app.Span().Class("stage-kind").Text("Stream"), app.Span().Class("stage-facts").Text("none yet"), h.views(), menu)
	}
	if len(h.Streams) > 1 {
		options := make([]app.UI, 0, len(h.Streams))
		for _, n := range h.Streams {
			o := app.Option().Value(n).Text(model.StageTitle(n))
			o.Selected(n == h.Name)
			options = append(options, o)
		}
		name = app.Select().Class("stream-pick").Aria("label", "Stream on the stage").Body(options...).OnChange(h.pick)
	} else {
		name = app.Button().Type("button").Class("stage-name").Title("Inspect this stream").Text(strings.TrimPrefix(h.Name, model.FirehosePrefix)).OnClick(h.look)
	}
	if h.Status == "" {
		return app.Header().Class("stage-head").Body(app.Span().Class("stage-kind").Text("Stream"), name, app.Span().Class("stage-facts").Text("not there"), h.views(), menu)
	}
	if h.Hose != "" {
		change := app.Button().Type("button").Class("btn small quiet").Body(Icon("sliders-horizontal"), app.Span().Text("Change")).DataSet("form", "firehose").OnClick(h.form)
		return app.Header().Class("stage-head").Body(app.Span().Class("stage-kind").Text("Firehose"), name, status(h.Status), h.views(), app.Div().Class("change-menu").Body(change), menu)
	}
	facts := []app.UI{app.Span().Class("stage-kind").Text("Stream"), name, status(h.Status)}
	words := map[bool]string{true: "on-demand", false: "provisioned"}[h.Mode == "ON_DEMAND"] + " · keeps " + model.Hours(h.Hours)
	if h.Key != "" {
		words += " · encrypted"
	}
	if h.Zones != "" {
		facts = append(facts, app.Button().Type("button").Class("zone-flag").Title("Inspect the Availability Zones").Body(Icon("zap-off"), app.Text(h.Zones)).OnClick(h.zones))
	}
	change := app.Div().Class("menu-anchor change-menu").Body(
		app.Button().Type("button").Class("btn small quiet").Aria("haspopup", "true").Aria("expanded", h.Menu == "change").
			Body(Icon("sliders-horizontal"), app.Span().Text("Change")).OnClick(h.change),
		app.If(h.Menu == "change", app.Div().Class("menu").DataSet("menu", "change").Body(
			app.Button().Type("button").Class("menu-item").Body(Icon("split"), app.Text("Shard count…")).DataSet("form", "shards").OnClick(h.form),
			app.Button().Type("button").Class("menu-item").Body(Icon("gauge"), app.Text("Capacity mode…")).DataSet("form", "mode").OnClick(h.form),
			app.Button().Type("button").Class("menu-item").Body(Icon("timer"), app.Text("Retention…")).DataSet("form", "retention").OnClick(h.form),
			app.Button().Type("button").Class("menu-item").Body(Icon("lock"), app.Text("Encryption…")).DataSet("form", "encryption").OnClick(h.form),
			app.Button().Type("button").Class("menu-item").Body(Icon("zap-off"), app.Text("Lose a zone…")).DataSet("form", "zone").OnClick(h.form))))
	facts = append(facts, app.Span().Class("stage-facts").Text(words), h.views(), change, menu)
	return app.Header().Class("stage-head").Body(facts...)
}

// views chooses what the stage shows of the stream, and the whole lab beside it.
func (h *StageHead) views() app.UI {
	all := [...][3]string{{model.ViewShards, "rows-3", "Shards"}, {model.ViewRing, "circle-dashed", "Ring"}, {model.ViewLineage, "git-fork", "Lineage"}, {model.ViewAll, "workflow", "All"}}
	var body []app.UI
	for _, v := range all {
		if v[0] != model.ViewAll && (h.Hose != "" || h.Status == "") && h.View != model.ViewAll {
			if v[0] != model.ViewShards {
				continue
			}
			v[2] = "Stage"
		}
		command := "stage " + strings.ToLower(v[2])
		body = append(body, app.Button().Type("button").Class("stage-view").Aria("pressed", v[0] == h.View).Aria("label", v[2]).Title(command).DataSet("view", v[0]).
			Body(Icon(v[1]), app.Span().Text(v[2])).OnClick(h.show))
	}
	return app.Div().Class("stage-views").Attr("role", "group").Aria("label", "What the stage shows").Body(body...)
}

func (h *StageHead) still(ctx app.Context, _ app.Event) {
	h.Out.Send(ctx, model.SavePicture{Format: ctx.JSSrc().Get("dataset").Get("format").String()})
}

func (h *StageHead) show(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	h.Out.Send(ctx, model.ShowView{View: ctx.JSSrc().Get("dataset").Get("view").String()})
}

func (h *StageHead) pick(ctx app.Context, _ app.Event) {
	h.Out.Send(ctx, model.ShowStream{Name: ctx.JSSrc().Get("value").String()})
}

func (h *StageHead) toggle(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	h.Out.Send(ctx, model.Toggle{Menu: "lab"})
}

func (h *StageHead) change(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	h.Out.Send(ctx, model.Toggle{Menu: "change"})
}

func (h *StageHead) zones(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	h.Out.Send(ctx, model.Look{Ref: "zones:"})
}

// form opens the form that the pressed line of the menu names.
func (h *StageHead) form(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	form := model.Form{Kind: ctx.JSSrc().Get("dataset").Get("form").String(), Target: h.Name, Stream: h.Name}
	switch {
	case h.Menu == "lab":
		form.Target, form.Stream = "", ""
	case h.Hose != "":
		form.Target, form.Stream = h.Hose, ""
	}
	h.Out.Send(ctx, model.OpenForm{Form: form})
}

// part opens the form of all that can be added.
func (h *StageHead) part(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	h.Out.Send(ctx, model.OpenForm{Form: model.Form{Kind: "part", Stream: h.Name}})
}

func (h *StageHead) buckets(ctx app.Context, _ app.Event) {
	h.Out.Send(ctx, model.Look{Ref: "buckets:"})
}

func (h *StageHead) share(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	h.Out.Send(ctx, model.OpenSharing{Tab: "link"})
}

func (h *StageHead) again(ctx app.Context, _ app.Event) { h.Out.Send(ctx, BeginAgain{}) }
func (h *StageHead) drill(ctx app.Context, _ app.Event) { h.Out.Send(ctx, DrillCrash{}) }
func (h *StageHead) log(ctx app.Context, _ app.Event)   { h.Out.Send(ctx, CopyLog{}) }

func (h *StageHead) look(ctx app.Context, _ app.Event) {
	if h.Hose != "" {
		h.Out.Send(ctx, model.Look{Ref: model.FirehosePrefix + h.Hose})
		return
	}
	h.Out.Send(ctx, model.Look{Ref: "stream:" + h.Name})
}

// status draws a stream's status; the passing ones turn, because something goes on.
func status(s string) app.UI {
	words := map[string]string{
		"CREATING": "being created, it takes no records yet",
		"UPDATING": "a change is under way; every shard still takes records",
		"DELETING": "being deleted",
	}[s]
	body := []app.UI{app.Text(s)}
	class := "status ok"
	if words != "" {
		class = "status busy"
		body = []app.UI{app.Span().Class("spinner"), app.Text(s), app.Span().Class("status-why").Text(words)}
	}
	return app.Span().Class(class).Body(body...)
}

func plural(n int, noun string) string { return model.Plural(n, noun) }

// A Legend says what the dots mean.
type Legend struct {
	app.Compo
	Out     *Out
	Palette model.Palette
	Keys    []protocol.Key
	Per     int     // records a dot stands for
	Small   bool    // dots too small for letters: shapes
	Speed   float64 // so that a lane's length can be given in the lab's own time
	Still   bool
	Hose    bool   // the stage shows a Firehose stream
	Heat    bool   // shards are cells
	View    string // what the stage shows, as Bench.View
}

// other is the legend of what is no stage of shards.
func (l *Legend) other() string {
	words := map[string]string{
		model.ViewAll:     "Records go along dotted lines from left to right; on a dashed red one they are refused, or come late. A box opens what it stands for.",
		model.ViewRing:    "The MD5 of a partition key, read as a number, is a place on the ring; the shard whose range holds it takes the record.",
		model.ViewLineage: "Time goes from left to right, the hash ring from above to below. A closed shard ends where its children begin.",
	}[l.View]
	if l.Hose && words == "" {
		words = "Both columns rise to the same line: the first to reach it lets the whole buffer go, as one delivery."
	}
	return words
}

// Render draws the legend: keys by letter and colour, then what a dot and a lane are.
func (l *Legend) Render() app.UI {
	words := l.other()
	if words != "" {
		return app.Footer().Class("legend").Body(app.P().Class("legend-hose").Text(words))
	}
	var chips []app.UI
	for slot, name := range l.Palette {
		for _, k := range l.Keys {
			if name != "" && k.Name == name {
				chips = append(chips, app.Li().Body(chip(slot, l.Small), app.Span().Class("key-name").Text(name),
					app.Span().Class("key-share").Text(percent(k.Share))))
			}
		}
	}
	share := 0.0
	for _, k := range l.Keys {
		share += k.Share
	}
	if len(l.Keys) > len(chips) || len(l.Keys) > 0 && share < .985 {
		chips = append(chips, app.Li().Body(chip(model.NoSlot, l.Small), app.Span().Class("key-name").Text("other keys")))
	}
	note := ""
	switch {
	case l.Still:
		note = "Motion is reduced: lanes show counts in place of moving records."
	case len(l.Keys) == 0:
	default:
		note = "One dot is one record"
		if l.Per > 1 {
			note = "One dot stands for " + model.Count(l.Per) + " records"
		}
		if l.Heat {
			note += ". A cell fills with its shard's write budget, the bar at its side with the read budget."
		} else {
			note += ", a lane for the last " + span(model.SlideMs/1000*l.Speed) + "."
		}
		if l.Speed > .2 && !l.Heat {
			note += " Flights are slowed down to be seen."
		}
	}
	return app.Footer().Class("legend").Body(
		app.Ul().Aria("label", "Partition keys").TabIndex(0).Body(chips...),
		app.P().Text(note),
	)
}

func span(seconds float64) string {
	switch {
	case seconds < 90:
		return strconv.FormatFloat(seconds, 'g', 2, 64) + " s"
	case seconds < 5400:
		return strconv.FormatFloat(seconds/60, 'g', 2, 64) + " min"
	}
	return strconv.FormatFloat(seconds/3600, 'g', 2, 64) + " h"
}

func percent(share float64) string {
	if share > 0 && share < .01 {
		return "<1 %"
	}
	return strconv.Itoa(int(share*100+.5)) + " %"
}

// chip draws a key's sign: its letter on its colour, or the shape its small dots have.
func chip(slot int, small bool) app.UI {
	c := app.Span().Class("chip").Aria("hidden", "true")
	if slot == model.NoSlot {
		return c.DataSet("k", "n")
	}
	c = c.DataSet("k", strconv.Itoa(slot))
	if small {
		return c.DataSet("shape", strconv.Itoa(slot%6))
	}
	return c.Text(model.Letter(slot))
}

// NoStream is the stage before there is a stream, with the clients that look for one.
type NoStream struct {
	app.Compo
	Out       *Out
	Form      model.Form
	Name      string // of the stream that clients look for
	Producers []protocol.Producer
	Consumers []protocol.Consumer
}

// command makes the stream that is looked for: with as many shards as what waits to be written needs, and two to look at when
// nobody waits.
func (n *NoStream) command() string {
	shards := 2
	if len(n.Producers)+len(n.Consumers) > 0 {
		rate, bytes := 0.0, 0.0
		for _, p := range n.Producers {
			rate, bytes = rate+p.Rate, bytes+p.Rate*float64(p.Bytes)
		}
		shards = int(math.Ceil(max(rate/1000, bytes/(1<<20), 1)))
	}
	return "aws kinesis create-stream --stream-name " + cmp.Or(n.Name, "trips") + " --shard-count " + strconv.Itoa(shards)
}

// Render says what a stream is for and how one is made.
func (n *NoStream) Render() app.UI {
	words := "A stream is a ring of hash keys cut into shards. Create one, and producers can write to it."
	title := "No stream yet"
	if n.Name != "" {
		title, words = "No stream "+n.Name, "A stream is a ring of hash keys cut into shards. These clients look for "+n.Name+" and find nothing there yet."
	}
	body := []app.UI{
		Raw("svg", "empty-art", emptyArt),
		app.H2().Text(title),
		app.P().Text(words),
	}
	var clients []app.UI
	for _, p := range n.Producers {
		clients = append(clients, n.client("producer:"+p.Name, cmp.Or(p.Kind, "Producer"), p.Name, model.Rate(p.Rate)+" records/s to write", p.Running))
	}
	for _, c := range n.Consumers {
		clients = append(clients, n.client(model.ConsumerRef(c), consumerKind(c), c.Name, "nothing to read", c.Running))
	}
	if len(clients) > 0 {
		body = append(body, app.Ul().Class("empty-clients").Aria("label", "Clients without a stream").Body(clients...))
	}
	body = append(body, app.Div().Class("empty-command").Body(app.Code().Body(commandWords(n.command())...),
		app.Button().Type("button").Class("btn small primary").Body(Icon("play"), app.Text("Run")).OnClick(n.run)))
	if n.Form.Kind == "stream" {
		body = append(body, &FormCard{Out: n.Out, Form: n.Form, Inline: true})
	} else {
		body = append(body, app.Button().Type("button").Class("btn small quiet").Text("Choose a name and shards…").OnClick(n.form))
	}
	return app.Div().Class("empty").Body(body...)
}

// client is a line for a client that looks for the stream; it leads to its sheet.
func (n *NoStream) client(ref, kind, name, words string, running bool) app.UI {
	if !running {
		words = "stopped"
	}
	return app.Li().Body(app.Button().Type("button").Class("empty-client").DataSet("ref", ref).Body(app.Span().Class("actor-kind").Text(kind), app.B().Text(name), app.Span().Class("soft").Text(words)).OnClick(n.look))
}

func (n *NoStream) look(ctx app.Context, _ app.Event) {
	n.Out.Send(ctx, model.Look{Ref: ctx.JSSrc().Get("dataset").Get("ref").String()})
}

func (n *NoStream) run(ctx app.Context, _ app.Event) {
	n.Out.Send(ctx, model.RunLine{Line: n.command()})
}

func (n *NoStream) form(ctx app.Context, _ app.Event) {
	n.Out.Send(ctx, model.OpenForm{Form: model.Form{Kind: "stream", Stream: n.Name}})
}

const emptyArt = `<path d="M3 6h18M3 12h18M3 18h18" stroke-dasharray="1.6 2.2"></path><circle cx="6" cy="6" r="1.3"></circle><circle cx="13" cy="12" r="1.3"></circle><circle cx="9" cy="18" r="1.3"></circle>`

// A Curtain stands in the stage's place while there is no lab to show: it loads, is restored, or has failed.
type Curtain struct {
	app.Compo
	Out     *Out
	Phase   model.Phase
	Words   string // of the loading: "37 %"
	Total   int64
	Trouble model.Trouble
	Alone   bool // no lesson stands beside it
	Framed  bool // in another page
}

// Render draws the state in words.
func (c *Curtain) Render() app.UI {
	switch c.Phase {
	case model.Failed:
		actions := []app.UI{app.Button().Type("button").Class("btn primary").Body(Icon("rotate-ccw"), app.Text("Begin the lab again")).OnClick(c.again)}
		if c.Trouble.Foreign {
			open := app.A().Class("btn primary").Href("/lab").Body(Icon("flask-conical"), app.Text("Open the lab"))
			if c.Framed {
				open = open.Target("_blank").Rel("noopener")
			}
			actions = []app.UI{open}
		} else if c.Trouble.Log == "" && c.Trouble.Detail == "" { // nothing is wrong with the run: the engine itself did not come
			actions = []app.UI{app.Button().Type("button").Class("btn primary").Body(Icon("rotate-ccw"), app.Text("Try again")).OnClick(c.retry)}
		}
		if c.Trouble.Log != "" || c.Trouble.Detail != "" {
			actions = append(actions, app.Button().Type("button").Class("btn").Body(Icon("copy"), app.Text("Copy the log")).OnClick(c.copy))
		}
		body := []app.UI{app.H2().Body(Icon("triangle-alert"), app.Text(c.Trouble.Title)), app.P().Text(c.Trouble.Text), app.P().Class("soft").Text(c.Trouble.Hint)}
		if c.Trouble.Detail != "" {
			body = append(body, app.Details().Body(app.Summary().Text("What the engine said last"), app.Pre().Text(c.Trouble.Detail)))
		}
		if c.Trouble.Seed != 0 {
			body = append(body, app.P().Class("soft mono").Text("seed "+strconv.FormatInt(c.Trouble.Seed, 10)))
		}
		return app.Div().Class("curtain failed").Aria("live", "assertive").Body(append(body, app.Div().Class("row").Body(actions...))...)
	case model.Restoring:
		body := []app.UI{
			app.H2().Body(app.Span().Class("spinner"), app.Text("The engine stopped; restoring the lab")),
			app.P().Text(c.Trouble.Text), app.P().Class("soft").Text(c.Trouble.Hint),
			app.P().Class("soft mono").Text("seed " + strconv.FormatInt(c.Trouble.Seed, 10)),
			app.Div().Class("row").Body(app.Button().Type("button").Class("btn small").Body(Icon("copy"), app.Text("Copy the log")).OnClick(c.copy)),
		}
		return app.Div().Class("curtain").Aria("live", "polite").Body(body...)
	}
	words := "Fetching the stream engine"
	if c.Total > 0 {
		words += ", " + fmt.Sprintf("%.1f MB", float64(c.Total)/1e6)
	}
	if c.Phase == model.Opening {
		words = "Setting the lab up"
	}
	if c.Words != "" && c.Phase == model.Loading {
		words += " · " + c.Words
	}
	return app.Div().Class("curtain loading").Aria("live", "polite").Body(
		app.Div().Class("ghost").Aria("hidden", "true").Body(
			app.I().Class("g-box"), app.Div().Class("g-lanes").Body(app.I(), app.I(), app.I(), app.I()), app.I().Class("g-box")),
		app.P().Class("row").Body(app.Span().Class("spinner"), app.Text(words+" …")),
		app.If(!c.Alone, app.P().Class("soft").Text("The lesson's words are ready to read meanwhile.")),
	)
}

func (c *Curtain) again(ctx app.Context, _ app.Event) { c.Out.Send(ctx, BeginAgain{}) }

func (c *Curtain) retry(ctx app.Context, _ app.Event) { c.Out.Send(ctx, RetryEngine{}) }

func (c *Curtain) copy(ctx app.Context, _ app.Event) {
	c.Out.Copy(ctx, c.Trouble.Title+"\n"+c.Trouble.Text+"\nseed "+strconv.FormatInt(c.Trouble.Seed, 10)+"\n\n"+c.Trouble.Detail+"\n\n"+c.Trouble.Log)
}

// RetryEngine asks the page to start the engine once more and to open the lab where it was left.
type RetryEngine struct{}

// BeginAgain asks the page for a fresh lab without its log.
type BeginAgain struct{}

// CopyLog asks the page to put the whole run on the clipboard.
type CopyLog struct{}

// DrillCrash asks the page to let the engine crash, so that its recovery can be seen: the lab comes back from its log.
type DrillCrash struct{}
