package view

import (
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
	"shardlab/wasm/protocol"
)

// A Picker chooses the metrics that have charts: by namespace, what they are of, and name, or by words of these.
type Picker struct {
	app.Compo
	Out     *Out
	Metrics []protocol.Metric // nil until they are known
	Charts  []protocol.Chart
	Own     bool // the learner has chosen
	Flaw    *protocol.Error

	find  string
	place [2]string // the shelf that is open
	modal modal
}

// pickerRows is how many metrics are listed at once.
const pickerRows = 80

// OnMount opens the dialog.
func (p *Picker) OnMount(app.Context) { p.modal.open(p.JSValue()) }

// OnDismount gives the focus back to who opened it.
func (p *Picker) OnDismount() { p.modal.close() }

// Render draws the dialog.
func (p *Picker) Render() app.UI {
	shelves := model.Shelves(p.Metrics, p.find)
	var places, rows []app.UI
	open := -1
	for i, s := range shelves {
		if s.Space == p.place[0] && s.Of == p.place[1] {
			open = i
		}
	}
	if open < 0 && p.find == "" && len(shelves) > 0 {
		open = 0
	}
	space := ""
	for i, s := range shelves {
		if s.Space != space {
			space = s.Space
			places = append(places, app.Li().Class("picker-space").Text(space))
		}
		places = append(places, app.Li().Body(app.Button().Type("button").Class("picker-of").Aria("current", i == open).
			Body(app.Span().Text(shelfName(s)), app.Span().Class("soft num").Text(strconv.Itoa(len(s.Metrics)))).
			OnClick(func(ctx app.Context, _ app.Event) { p.place = [2]string{s.Space, s.Of}; p.Update() }, s.Space, s.Of)))
	}
	more := 0
	for i, s := range shelves {
		if open >= 0 && i != open {
			continue
		}
		for _, m := range s.Metrics {
			if len(rows) == pickerRows {
				more++
				continue
			}
			rows = append(rows, p.row(m, open < 0))
		}
	}
	if more > 0 {
		rows = append(rows, app.Li().Class("soft picker-more").Text("And "+plural(more, "other")+": search for words of their names."))
	}
	var list app.UI = app.Ul().Class("picker-rows").Aria("label", "Metrics").Body(rows...)
	switch {
	case p.Flaw != nil:
		list = app.P().Class("note hot").Text(p.Flaw.Message)
	case p.Metrics == nil:
		list = app.P().Class("row soft picker-none").Body(app.Span().Class("spinner"), app.Text("Asks for the metrics …"))
	case len(p.Metrics) == 0:
		list = app.P().Class("soft picker-none").Text("Nothing has written a metric yet. Create a stream, or let time pass.")
	case len(shelves) == 0:
		list = app.P().Class("soft picker-none").Text("No metric has all of these words in its namespace, resource or name.")
	}
	return app.Elem("dialog").Class("sheet-dialog picker").Aria("labelledby", "picker-title").Body(
		app.Div().Class("dialog-head").Body(app.H2().ID("picker-title").Text("Metrics"), app.Button().Type("button").Class("btn icon small quiet").Aria("label", "Close").Title("Close (Escape)").Body(Icon("x")).OnClick(p.shut)),
		app.Div().Class("dialog-bar").Body(
			app.Input().Type("search").Class("field picker-find").Aria("label", "Search metrics").Placeholder("Search: lambda age, shardId-000000000001 bytes …").AutoFocus(true).OnInput(p.search),
			app.Button().Type("button").Class("btn small quiet").Disabled(!p.Own).Text("Show the standard charts").OnClick(p.standard)),
		app.Div().Class("picker-body").Body(app.Nav().Aria("label", "Namespaces and resources").Body(app.Ul().Class("picker-places").Body(places...)), list),
		app.P().Class("soft picker-foot").Text(plural(len(p.Charts), "chart")+" of at most "+strconv.Itoa(protocol.MaxPlots)+". What is chosen is remembered for this lab on this device."),
	).On("close", p.shut).OnKeyDown(keep)
}

// shelfName is what a shelf's metrics are of, without the namespace, which stands above it.
func shelfName(s model.Shelf) string {
	if rest, ok := strings.CutPrefix(s.Of, s.Space+"/"); ok {
		return rest
	}
	if s.Of == s.Space {
		return "all of it"
	}
	return s.Of
}

// row is one metric, to be shown or not.
func (p *Picker) row(m protocol.Metric, whole bool) app.UI {
	on := model.Shows(p.Charts, m.Ref)
	box := app.Input().Type("checkbox").Class("tick").Checked(on).OnChange(func(ctx app.Context, _ app.Event) {
		p.Out.Send(ctx, model.TurnPlot{Plot: protocol.Plot{Ref: m.Ref, Stat: m.Stat}})
	}, m.Ref)
	if !on && len(p.Charts) >= protocol.MaxPlots {
		box = box.Disabled(true)
	}
	under := m.Stat + ", " + m.Unit
	if whole {
		under = m.Space + ", " + m.Of + ", " + under
	}
	body := []app.UI{box, app.Span().Class("picker-name").Text(m.Name), app.Span().Class("soft picker-under").Text(under)}
	switch {
	case m.Hidden:
		body = append(body, app.Span().Class("tag").Title("AWS sells this as an enhanced shard-level metric. It is off in this lab: aws kinesis enable-enhanced-monitoring turns it on.").Text("sold by AWS, off"))
	case m.Sold:
		body = append(body, app.Span().Class("tag").Title("AWS sells this as an enhanced shard-level metric.").Text("sold by AWS"))
	}
	return app.Li().Body(app.Label().Class("picker-row").Body(body...))
}

func (p *Picker) search(ctx app.Context, _ app.Event) {
	p.find, p.place = ctx.JSSrc().Get("value").String(), [2]string{}
	p.Update()
}

func (p *Picker) standard(ctx app.Context, _ app.Event) { p.Out.Send(ctx, model.StandardPlots{}) }

func (p *Picker) shut(ctx app.Context, _ app.Event) { p.Out.Send(ctx, model.OpenPicker{}) }
