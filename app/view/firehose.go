package view

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
	"shardlab/wasm/protocol"
)

// shownTanks and shownParcels are how many tanks of partitions, and how many deliveries under way, are drawn.
const (
	shownTanks   = 12
	shownParcels = 3
)

// A HoseStage draws a Firehose stream: who writes to it, the tank that fills by size and by time, the deliveries that leave
// it, and where they go.
type HoseStage struct {
	app.Compo
	Out       *Out
	Hose      protocol.Firehose
	Producers []protocol.Producer
	Rate      float64 // records a second that its source takes
	Now       int64
	Playing   bool
	Menu      string
}

// Render draws the stage.
func (s *HoseStage) Render() app.UI {
	h := s.Hose
	class := "hose"
	if s.Playing {
		class += " playing"
	}
	return app.Div().Class("stage-room").Body(app.Div().Class(class).Body(s.writers(), s.inflow(), s.tank(), s.outflow(), s.places(h)))
}

// writers are who writes to it: clients, or the stream that it reads.
func (s *HoseStage) writers() app.UI {
	var cards []app.UI
	if h := s.Hose; h.Source != "" {
		note := model.Behind(h.Behind) + " behind"
		class := "actor"
		if h.Blocked != "" {
			note, class = h.Blocked, "actor hurt"
		}
		cards = append(cards, app.Div().Class(class).Body(
			app.Button().Type("button").Class("actor-hit").Aria("label", Attr("Stream "+h.Source+", its source, "+note+". Show it on the stage")).DataSet("to", h.Source).OnClick(s.show),
			app.Span().Class("actor-kind").Text("Its source, a stream"), app.Span().Class("actor-name").Text(h.Source),
			app.Span().Class("actor-rate").Body(app.B().Text(model.Rate(s.Rate)), app.Text(" records/s")), app.Span().Class("actor-note").Text(note)))
	}
	for _, p := range s.Producers {
		cards = append(cards, &ProducerCard{Out: s.Out, Small: true, Producer: p, Open: s.Menu == "producer:"+p.Name})
	}
	if s.Hose.Source == "" {
		if len(cards) == 0 {
			cards = append(cards, app.P().Class("hose-none soft").Text("Direct PUT: whoever may can write to it with PutRecord or PutRecordBatch."))
		}
		cards = append(cards, app.Button().Type("button").Class("actor-add").Body(Icon("plus"), app.Span().Text("Add a writer")).DataSet("form", "write").OnClick(s.form),
			app.Button().Type("button").Class("actor-add").Body(Icon("upload"), app.Span().Text("Put a record")).DataSet("form", "put-record").OnClick(s.form))
	}
	return app.Section().Class("hose-in").Aria("label", "What comes in").Body(cards...)
}

func (s *HoseStage) show(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	s.Out.Send(ctx, model.ShowStream{Name: ctx.JSSrc().Get("dataset").Get("to").String()})
}

func (s *HoseStage) form(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	form := model.Form{Kind: ctx.JSSrc().Get("dataset").Get("form").String(), Target: s.Hose.Name}
	if form.Kind == "write" {
		form = model.Form{Kind: form.Kind, Stream: model.FirehosePrefix + s.Hose.Name}
	}
	s.Out.Send(ctx, model.OpenForm{Form: form})
}

func (s *HoseStage) look(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	s.Out.Send(ctx, model.Look{Ref: ctx.JSSrc().Get("dataset").Get("ref").String()})
}

// inflow is the pipe into the tank; it runs while records come in.
func (s *HoseStage) inflow() app.UI {
	h := s.Hose
	class := "pipe pipe-in"
	if h.Records > 0 {
		class += " on"
	}
	words := []app.UI{app.B().Text(model.Rate(h.Records)), app.Text(" records/s"), app.Small().Text(model.Bytes(h.Bytes) + "/s")}
	if h.Refused > 0 {
		class += " hurt"
		words = append(words, app.Small().Class("bad").Text(model.Count(h.Refused)+" refused/s"))
	}
	return app.Div().Class(class).Body(app.I().Class("pipe-run"), app.Span().Class("pipe-words").Body(words...))
}

// tank draws what is buffered: the tank that fills with bytes and the glass that fills with time, up to the same line.
func (s *HoseStage) tank() app.UI {
	h := s.Hose
	t, _ := model.TankOf(h, "destination")
	trip := model.TripOf(t, s.Now)
	title := "Its buffer"
	if h.Partitioned && t.Key != "" {
		title = "The partition that goes next"
	}
	body := []app.UI{
		app.Header().Class("tank-head").Body(
			app.Button().Type("button").Class("actor-hit").Aria("label", Attr("Firehose stream "+h.Name+". "+trip.Lead+" "+trip.Also+" Inspect")).DataSet("ref", model.FirehosePrefix+h.Name).OnClick(s.look),
			app.Span().Class("actor-kind").Text(title), app.If(t.Key != "", app.Span().Class("tank-key mono").Title(Attr(t.Key)).Text(t.Key)),
			actorMenuButton(h.Name, s.Menu == "hose", s.toggle)),
	}
	if s.Menu == "hose" {
		body = append(body, &Deeds{Out: s.Out, Ref: model.FirehosePrefix + h.Name, Menu: true, Actions: model.FirehoseActions(h)})
	}
	if h.Processor != "" {
		body = append(body, s.processor())
	}
	body = append(body, race(t, trip, s.Now),
		app.P().Class("trip").Aria("live", "off").Body(app.B().Text(trip.Lead), app.Text(" "+trip.Also)))
	if h.Partitioned {
		body = append(body, s.partitions())
	}
	class := "tank-card " + trip.First
	return app.Section().Class(class).Aria("label", Attr("Buffer of "+h.Name)).Body(body...)
}

func (s *HoseStage) toggle(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	s.Out.Send(ctx, model.Toggle{Menu: "hose"})
}

func filled(v float64) string { return strconv.FormatFloat(min(max(v, 0), 1)*100, 'f', 2, 64) + "%" }

// race draws the two thresholds of a buffer side by side, filling up to one line.
func race(t protocol.Tank, trip model.Trip, now int64) app.UI {
	aged := int64(0)
	if trip.First != "" {
		aged = min(max(now-t.Since, 0), t.Interval)
	}
	mark := func(class, first string) string {
		if trip.First == first {
			return class + " first"
		}
		return class
	}
	words := "Size: " + model.Bytes(float64(t.Bytes)) + " of " + model.Bytes(float64(t.Size)) + ". Time: " + model.Behind(aged/1000) + " of " + model.Behind(t.Interval/1000) + ". " + trip.Lead
	return app.Div().Class("race").Attr("role", "img").Aria("label", Attr(words)).Body(
		app.I().Class("race-line"),
		app.Div().Class(mark("limit-col limit-size", "size")).Body(
			app.Span().Class("limit-cap").Body(app.Span().Text("size "), app.B().Text(model.Bytes(float64(t.Size)))),
			app.Div().Class("vessel").Body(
				app.If(trip.Then > trip.Fill, app.I().Class("then").Style("height", filled(trip.Then))),
				app.I().Class("level").Style("height", filled(trip.Fill)),
				app.Span().Class("vessel-words").Body(app.B().Text(model.Bytes(float64(t.Bytes))), app.Span().Text(model.Count(t.Records)+" "+word(t.Records, "record"))))),
		app.Div().Class(mark("limit-col limit-time", "time")).Body(
			app.Span().Class("limit-cap").Body(app.Span().Text("time "), app.B().Text(model.Ahead(t.Interval))),
			app.Div().Class("vessel").Body(
				app.I().Class("level").Style("height", filled(trip.Aged)),
				app.Span().Class("vessel-words").Body(app.B().Text(seconds(aged))))))
}

// seconds writes whole seconds, as a clock that runs.
func seconds(micro int64) string { return model.Count(micro/protocol.Second) + " s" }

func word(n int64, noun string) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}

// processor is what happens before the buffer, with the buffer of its own.
func (s *HoseStage) processor() app.UI {
	t, waits := model.TankOf(s.Hose, "processor")
	body := []app.UI{Icon("cpu"), app.Span().Class("proc-name").Text(s.Hose.Processor)}
	if waits && t.Size > 0 {
		trip := model.TripOf(t, s.Now)
		bar := func(class, words string, fill float64) app.UI {
			return app.Span().Class("proc-bar "+class).Style("--fill", filled(fill)).Text(words)
		}
		body = append(body, bar("size", model.Bytes(float64(t.Bytes))+" of "+model.Bytes(float64(t.Size)), trip.Fill),
			bar("time", seconds(min(max(s.Now-t.Since, 0), t.Interval))+" of "+model.Behind(t.Interval/1000), trip.Aged))
	} else {
		body = append(body, app.Span().Class("proc-idle soft").Text("nothing waits for it"))
	}
	return app.Div().Class("proc").Body(body...)
}

// partitions are the tanks of the active partitions, those that go next first.
func (s *HoseStage) partitions() app.UI {
	h := s.Hose
	var rows []app.UI
	n := 0
	for _, t := range h.Tanks {
		if t.For != "destination" || n == shownTanks {
			continue
		}
		n++
		trip := model.TripOf(t, s.Now)
		rows = append(rows, app.Li().Title(Attr(t.Key+": "+trip.Lead)).Body(
			app.Span().Class("mini").Style("--fill", filled(trip.Fill)).Style("--aged", filled(trip.Aged)),
			app.Span().Class("mono").Text(strings.TrimSuffix(t.Key, "/")), app.Span().Class("soft").Text(model.ShortBytes(float64(t.Bytes)))))
	}
	head := model.Count(h.Partitions) + " of " + model.Count(h.MaxPartitions) + " partitions active"
	class := "parts-head"
	if h.Partitions >= h.MaxPartitions {
		class += " bad"
	}
	return app.Div().Class("tank-parts").Body(app.P().Class(class).Text(head), app.Ul().Body(rows...))
}

// outflow is the pipe out of the tank, with the deliveries that are in it.
func (s *HoseStage) outflow() app.UI {
	h := s.Hose
	class := "pipe pipe-out"
	var parcels []app.UI
	for i, p := range h.Parcels {
		if i == shownParcels {
			break
		}
		look := "parcel"
		if p.Why != "" {
			look += " hurt"
			class += " hurt"
		}
		what := map[string]string{"backup": "backup · ", "errors": "failed · "}[p.For]
		parcels = append(parcels, app.Li().Class(look).Title(Attr(p.Why)).Body(Icon("package"),
			app.Span().Body(app.B().Text(what+model.Bytes(float64(p.Bytes))), app.Text(" · "+model.Count(p.Records)+" "+word(p.Records, "record"))),
			app.Small().Text(model.ParcelWords(p, s.Now))))
	}
	if more := len(h.Parcels) - len(parcels) + h.MoreParcels; more > 0 {
		parcels = append(parcels, app.Li().Class("parcel more").Text("and "+model.Count(more)+" more wait"))
	}
	words := " deliveries"
	if h.Deliveries == 1 {
		words = " delivery"
	}
	run := app.I().Class("pipe-parcel turn-" + strconv.FormatInt(h.Deliveries%2, 10))
	if h.Deliveries == 0 {
		run = app.I().Class("pipe-parcel")
	}
	tail := []app.UI{app.B().Text(model.Count(h.Deliveries)), app.Text(words)}
	if h.Format != "" {
		tail = append(tail, app.Small().Text(h.Format))
	}
	return app.Div().Class(class).Body(run, app.Span().Class("pipe-words").Body(tail...), app.Ul().Class("parcels").Aria("label", "Deliveries under way").Body(parcels...))
}

// places are where deliveries go, and where what cannot be delivered goes.
func (s *HoseStage) places(h protocol.Firehose) app.UI {
	cards := []app.UI{s.place(h.To, "", h.Delivered, "delivered")}
	if h.Errors != nil {
		cards = append(cards, s.place(*h.Errors, "Backup", h.BackedUp+h.Failed, "there"))
	}
	var facts []app.UI
	fact := func(n int64, words string, bad bool) {
		if n > 0 {
			facts = append(facts, app.Li().Class(map[bool]string{true: "bad"}[bad]).Body(app.B().Text(model.Count(n)), app.Text(" "+words)))
		}
	}
	fact(h.Failed, word(h.Failed, "record")+" failed, kept with the reason", true)
	fact(h.Retries, "attempts failed", false)
	fact(h.Dropped, "dropped by the function", false)
	fact(h.Lost, "lost", true)
	if len(facts) > 0 {
		cards = append(cards, app.Ul().Class("hose-facts").Body(facts...))
	}
	return app.Section().Class("hose-out").Aria("label", "Where it goes").Body(cards...)
}

var placeStates = map[string]string{"up": "up", "slow": "slow", "refusing": "refuses", "down": "down"}

func (s *HoseStage) place(p protocol.Place, what string, n int64, words string) app.UI {
	class := "actor place " + p.State
	if p.State == "refusing" || p.State == "down" {
		class += " hurt"
	}
	icon := "database"
	if strings.HasPrefix(p.Ref, "bucket:") {
		icon = "folder-open"
	}
	note := cmp.Or(p.Why, p.Holds)
	return app.Div().Class(class).Body(
		app.Button().Type("button").Class("actor-hit").Aria("label", Attr(strings.TrimSpace(what+" "+p.Kind)+" "+p.Name+", "+placeStates[p.State]+", "+note+". Open")).DataSet("ref", p.Ref).OnClick(s.look),
		app.Span().Class("actor-kind").Text(strings.TrimSpace(what+" "+p.Kind)),
		app.Span().Class("actor-name").Body(Icon(icon), app.Text(p.Name)),
		app.Span().Class("place-state").Body(app.I(), app.Text(cmp.Or(placeStates[p.State], p.State))),
		app.Span().Class("actor-rate").Body(app.B().Text(model.Count(n)), app.Text(" "+word(n, "record")+" "+words)),
		app.Span().Class("actor-note").Title(Attr(note)).Text(note))
}

// HoseGauges are the figures of a Firehose stream.
func HoseGauges(out *Out, h protocol.Firehose, now int64, bill protocol.Bill) app.UI {
	return &Gauges{Out: out, Stream: h.Name, Hose: h, Now: now, Bill: bill}
}

// hose lists the gauges of a Firehose stream.
func (g *Gauges) hose() []gauge {
	h, ref := g.Hose, model.FirehosePrefix+g.Hose.Name
	t, _ := model.TankOf(h, "destination")
	trip := model.TripOf(t, g.Now)
	in := gauge{Label: "Taken", Value: model.Rate(h.Records), Noun: " records", Per: "/s", Note: model.Bytes(h.Bytes) + "/s", Part: -1, Ref: ref}
	if h.ByteLimit > 0 {
		in.Part, in.Note = share(h.Bytes, h.ByteLimit), model.Bytes(h.Bytes)+" of "+model.Bytes(h.ByteLimit)+"/s"
	}
	if h.Refused > 0 {
		in.Note, in.Bad = model.Count(h.Refused)+" refused/s", true
	}
	held := gauge{Label: "Buffered", Value: model.Bytes(float64(t.Bytes)), Unit: " of " + model.Bytes(float64(t.Size)), Note: model.Count(t.Records) + " " + word(t.Records, "record"), Part: trip.Fill, Ref: ref}
	next := gauge{Label: "Next delivery", Value: "–", Unit: " nothing waits", Part: -1, Ref: ref}
	if trip.First != "" {
		next.Value, next.Unit, next.Note, next.Part = model.Ahead(trip.In), "", "by "+trip.First, max(trip.Aged, trip.Fill)
		if trip.In < protocol.Second {
			next.Value = "under 1 s" // what fits a phone
		}
	}
	age := gauge{Label: "Oldest record", Value: model.Behind(h.Age), Note: "not delivered", Part: -1, Ref: ref}
	if n := model.Stuck(h); n > 0 {
		age.Note, age.Bad = model.Count(n)+" to try again", true
	}
	return []gauge{in, held, next, age}
}
