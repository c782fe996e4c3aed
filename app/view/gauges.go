package view

import (
	"strconv"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
	"shardlab/wasm/protocol"
)

// Gauges are the figures of a stream that a learner keeps an eye on while it changes: its shards, how much of what they
// take and give out is used, how far its readers are behind, and what the account owes. They keep their place while there
// is no stream, so that the stage below does not jump.
type Gauges struct {
	app.Compo
	Out     *Out
	Stream  string
	Figures model.Figures
	Bill    protocol.Bill
	Hose    protocol.Firehose // has a name when its figures are shown
	Now     int64
}

// Render draws a gauge for each.
func (g *Gauges) Render() app.UI {
	f := g.Figures
	if g.Hose.Name != "" {
		return g.list(append(g.hose(), g.bill()))
	}
	if g.Stream == "" {
		list := make([]app.UI, 0, 5)
		for _, label := range [...]string{"Shards", "Write", "Read", "Iterator age", "Bill"} {
			one := gauge{Label: label, Value: "–", Part: -1}
			if label == "Bill" && g.Bill.Total > 0 {
				one.Value, one.Ref = model.Dollars(g.Bill.Total), "bill:"
			}
			list = append(list, one.draw(g.look))
		}
		return app.Ul().Class("gauges").Body(list...)
	}
	shards := gauge{Label: "Shards", Value: strconv.Itoa(f.Open), Unit: " open", Ref: "stream:" + g.Stream, Part: -1}
	if f.Closed > 0 {
		shards.Note = strconv.Itoa(f.Closed) + " closed"
	}
	in := gauge{Label: "Write", Value: model.Count(f.In), Unit: " of " + model.Count(f.InRoom), Noun: " records", Per: "/s",
		Note: model.Bytes(f.InBytes) + " of " + model.Bytes(f.InBytesRoom) + "/s", Part: max(share(f.In, f.InRoom), share(f.InBytes, f.InBytesRoom)), Ref: "stream:" + g.Stream}
	if f.Refused > 0 {
		in.Note, in.Bad = model.Count(f.Refused)+" refused/s", true
	}
	out := gauge{Label: "Read", Value: model.Bytes(f.Out), Unit: " of " + model.Bytes(f.OutRoom) + "/s", Note: "by GetRecords", Part: share(f.Out, f.OutRoom), Ref: "stream:" + g.Stream}
	if f.Pushed > 0 {
		out.Note = "+ " + model.Bytes(f.Pushed) + "/s fan-out"
	}
	if f.ReadsRefused > 0 {
		out.Note, out.Bad = plural(int(f.ReadsRefused), "read")+" refused/s", true
	}
	age := gauge{Label: "Iterator age", Value: "–", Unit: " nobody reads", Part: -1}
	if f.Readers > 0 {
		age.Value, age.Unit, age.Note, age.Bad = model.Behind(f.Age), "", "slowest of "+strconv.Itoa(f.Readers), f.Age >= 10_000
		if f.Readers == 1 {
			age.Note = f.Slowest
		}
		age.Ref = "consumer:" + f.Slowest
		if f.Barred != "" && f.Age == 0 {
			age.Value, age.Note, age.Bad, age.Ref = "–", f.Barred+" cannot read", true, "consumer:"+f.Barred
		}
	}
	return g.list([]gauge{shards, in, out, age, g.bill()})
}

func (g *Gauges) bill() gauge {
	return gauge{Label: "Bill", Value: model.Dollars(g.Bill.Total), Note: model.Dollars(g.Bill.PerHour) + "/h", Part: -1, Ref: "bill:"}
}

func (g *Gauges) list(all []gauge) app.UI {
	list := make([]app.UI, len(all))
	for i := range all {
		list[i] = all[i].draw(g.look)
	}
	return app.Ul().Class("gauges").Aria("label", Attr("Figures of "+g.Stream)).Body(list...)
}

func (g *Gauges) look(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	g.Out.Send(ctx, model.Look{Ref: ctx.JSSrc().Get("dataset").Get("ref").String()})
}

// A gauge is one figure with its limit.
type gauge struct {
	Label, Value, Unit, Note, Ref string
	Noun, Per                     string  // what Unit goes on with; a narrow bench leaves the noun out
	Part                          float64 // of the limit that is used; below 0 there is no limit to show
	Bad                           bool
}

func (g gauge) draw(look app.EventHandler) app.UI {
	class := "gauge"
	if g.Bad {
		class += " over"
	}
	body := []app.UI{
		app.Span().Class("gauge-label").Text(g.Label),
		app.Span().Class("gauge-note").Title(Attr(g.Note)).Text(g.Note),
		app.Span().Class("gauge-value").Body(app.B().Text(g.Value), app.Text(g.Unit), app.Span().Class("gauge-noun").Text(g.Noun), app.Text(g.Per)),
	}
	if g.Part >= 0 {
		body = append(body, app.Span().Class("gauge-bar").Body(app.I().Style("width", strconv.FormatFloat(min(g.Part, 1)*100, 'f', 1, 64)+"%")))
	}
	if g.Ref == "" {
		return app.Li().Class(class).Body(body...)
	}
	hit := app.Button().Type("button").Class("gauge-hit").DataSet("ref", Attr(g.Ref)).Aria("label", Attr(g.Label+" "+g.Value+g.Unit+g.Noun+g.Per+", "+g.Note+". Inspect")).OnClick(look)
	return app.Li().Class(class).Body(append([]app.UI{hit}, body...)...)
}

func share(used, limit float64) float64 {
	if limit <= 0 {
		return 0
	}
	return used / limit
}
