package view

import (
	"slices"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
	"shardlab/wasm/protocol"
)

// Events lists what happened in plain language: an equal view of the stage, for the keyboard, a screen reader and print.
type Events struct {
	app.Compo
	Out    *Out
	Events []protocol.Event
	Filter string

	more int // how many older ones are asked for
}

// eventPage is how many events are listed at first, and how many more each time.
const eventPage = 40

// filters are the choices of the list: a level, or kinds that belong together.
var filters = [...]struct {
	name, words string
	kinds       []string
}{
	{"", "Everything", nil},
	{"warn", "Only what went wrong", nil},
	{"mark", "Only turning points", nil},
	{"shards", "Shards and the stream", []string{protocol.EventStreamStatus, protocol.EventShardOpened, protocol.EventShardClosed, protocol.EventShardExpired}},
	{"writes", "Writes", []string{protocol.EventWriteRefused, protocol.EventRetry, protocol.EventLost, protocol.EventBuffer}},
	{"reads", "Reads", []string{protocol.EventReadRefused, protocol.EventBehind, protocol.EventCaughtUp, protocol.EventFanOut, protocol.EventExpired}},
	{"clients", "Clients and what they decide", []string{protocol.EventActor, protocol.EventNote}},
	{"files", "Deliveries and buckets", []string{protocol.EventDelivery, protocol.EventObject}},
	{"around", "Alarms, zones and faults", []string{protocol.EventAlarm, protocol.EventZone, protocol.EventFault}},
	{"yours", "What you did, and goals", []string{protocol.EventCommand, protocol.EventGoal}},
}

func passes(filter string, e protocol.Event) bool {
	switch filter {
	case "":
		return true
	case "warn":
		return e.Level == "warn" || e.Level == "bad"
	case "mark":
		return e.Mark
	}
	for _, f := range filters {
		if f.name == filter {
			return slices.Contains(f.kinds, e.Kind)
		}
	}
	return true
}

// Render lists the events, the newest at the top. In the document they stand in their own order, so that a new one is
// added at the end and the others stay as they are; the style sheet turns the list around.
func (v *Events) Render() app.UI {
	var some []protocol.Event
	for _, e := range v.Events {
		if passes(v.Filter, e) {
			some = append(some, e)
		}
	}
	older := 0
	if n := len(some) - v.more - eventPage; n > 0 { // dropped by whole pages, so that rows keep their places
		older = (n + eventPage - 1) / eventPage * eventPage
		some = some[older:]
	}
	options := make([]app.UI, 0, len(filters))
	for _, f := range filters {
		o := app.Option().Attr("value", f.name).Text(f.words)
		o.Selected(f.name == v.Filter)
		options = append(options, o)
	}
	rows := make([]app.UI, 0, len(some))
	for _, e := range some {
		rows = append(rows, &EventRow{Out: v.Out, Event: e})
	}
	body := []app.UI{
		app.Div().Class("panel-bar").Body(
			app.Label().Class("visually-hidden").For("events-filter").Text("Show"),
			app.Select().Class("field slim").ID("events-filter").Body(options...).OnChange(v.filter),
			app.Span().Class("soft").Text(plural(len(some)+older, "event"))),
	}
	if len(some) == 0 {
		body = append(body, app.P().Class("soft none").Text("Nothing of this kind has happened yet."))
	}
	list := app.Ol().Class("events").TabIndex(0).Aria("label", "Events, the oldest first").Body(rows...)
	body = append(body, list)
	if older > 0 {
		body = append(body, app.Button().Type("button").Class("btn small quiet").Text("Show older ones").OnClick(v.older))
	}
	return app.Div().Class("event-panel").Body(body...)
}

func (v *Events) filter(ctx app.Context, _ app.Event) {
	v.more = 0
	v.Out.Send(ctx, model.FilterEvents{To: ctx.JSSrc().Get("value").String()})
}

func (v *Events) older(app.Context, app.Event) { v.more += 5 * eventPage; v.Update() }

// An EventRow is one event.
type EventRow struct {
	app.Compo
	Out   *Out
	Event protocol.Event
}

// Render draws the row.
func (r *EventRow) Render() app.UI {
	e := r.Event
	body := []app.UI{
		app.Button().Type("button").Class("event-at mono").Title("Go to this instant").Aria("label", "Go to "+model.Brief(e.At)).Text(model.Brief(e.At)).OnClick(r.goTo),
		levelIcon(e.Level),
	}
	text := []app.UI{app.Text(e.Text)}
	if e.Count > 1 {
		text = append(text, app.Span().Class("event-count").Text("×"+model.Count(e.Count)))
	}
	if e.Ref != "" {
		body = append(body, app.Button().Type("button").Class("event-text link").Body(text...).OnClick(r.look))
	} else {
		body = append(body, app.Span().Class("event-text").Body(text...))
	}
	class := "event"
	if e.Mark {
		class += " mark"
	}
	return app.Li().Class(class).DataSet("level", e.Level).Body(body...)
}

func levelIcon(level string) app.UI {
	icon, word := Icon("dot"), ""
	switch level {
	case "good":
		icon, word = Icon("circle-check"), "good:"
	case "warn":
		icon, word = Icon("triangle-alert"), "warning:"
	case "bad":
		icon, word = Icon("circle-x"), "bad:"
	}
	body := []app.UI{icon}
	if word != "" {
		body = append(body, app.Span().Class("visually-hidden").Text(word))
	}
	return app.Span().Class("event-level").Body(body...)
}

func (r *EventRow) look(ctx app.Context, _ app.Event) { r.Out.Send(ctx, model.Look{Ref: r.Event.Ref}) }
func (r *EventRow) goTo(ctx app.Context, _ app.Event) { r.Out.Send(ctx, model.GoTo{At: r.Event.At}) }
