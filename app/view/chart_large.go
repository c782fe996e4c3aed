package view

import (
	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
	"shardlab/wasm/protocol"
)

// A LargeChart is one chart over the whole page, with all that is known of it: its table, its command, its events.
type LargeChart struct {
	app.Compo
	Out   *Out
	Chart protocol.Chart
	Graph model.Charts
	Marks []model.Mark
	Start int64
	Table bool

	modal modal
}

// OnMount opens the dialog.
func (l *LargeChart) OnMount(app.Context) { l.modal.open(l.JSValue()) }

// OnDismount gives the focus back to who opened it.
func (l *LargeChart) OnDismount() { l.modal.close() }

// Render draws the dialog.
func (l *LargeChart) Render() app.UI {
	ch := l.Chart
	title := ch.Metric + " of " + ofChart(ch)
	bar := app.Div().Class("dialog-bar").Body(
		chartStat(ch, "large", l.Out), chartRange(l.Graph, "large", l.Out), chartPeriod(l.Graph, "large", l.Out),
		app.Button().Type("button").Class("btn small quiet").Aria("pressed", l.Table).Body(Icon("table"), app.Text("Table")).OnClick(l.table),
		app.Button().Type("button").Class("btn small quiet").Body(Icon("copy"), app.Text("Copy as CSV")).OnClick(l.csv),
		app.Button().Type("button").Class("btn small quiet").Body(Icon("trash-2"), app.Text("Take away")).OnClick(l.drop))
	var main app.UI = &Chart{Out: l.Out, Chart: ch, Marks: l.Marks, Start: l.Start, Large: true, Cursor: l.Graph.Cursor, Pointed: l.Graph.Pointed}
	if l.Table {
		main = chartTable(ch, protocol.MaxPoints)
	}
	facts := []app.UI{app.Li().Text(model.Count(model.Points(ch)) + " of " + plural(len(ch.Points), "period") + " with data, " + period(ch.Period) + ", in " + ch.Unit + ".")}
	if ch.Limit > 0 {
		facts = append(facts, app.Li().Class("key-limit").Text("Limit "+value(ch.Unit, ch.Limit)+": "+limitWords(ch)+"."))
	}
	for _, a := range ch.Alarms {
		facts = append(facts, app.Li().Class("key-alarm").Text("Alarm "+a.Text+", "+a.State+"."))
	}
	if ch.Own {
		facts = append(facts, app.Li().Text("No metric of CloudWatch: OpenShardCount is a member of DescribeStreamSummary, drawn over time."))
	} else if ch.Note != "" {
		facts = append(facts, app.Li().Text(ch.Note))
	}
	body := []app.UI{
		app.Div().Class("dialog-head").Body(app.H2().ID("large-title").Text(title), app.Button().Type("button").Class("btn icon small quiet").Aria("label", "Close").Title("Close (Escape)").Body(Icon("x")).OnClick(l.shut)),
		bar, main, app.Ul().Class("chart-facts soft").Body(facts...)}
	if line := model.ChartCommand(ch, l.Start); line != "" {
		body = append(body, app.Div().Class("chart-command").Body(app.P().Class("soft").Text("The same in the console"), app.Div().Class("chart-line").Body(
			app.Code().Class("mono").TabIndex(0).Text(line),
			app.Button().Type("button").Class("btn small quiet").Aria("label", "Copy the command").Body(Icon("copy"), app.Text("Copy")).OnClick(l.copy),
			app.Button().Type("button").Class("btn small quiet").Aria("label", "Run the command").Body(Icon("terminal"), app.Text("Run")).OnClick(l.run))))
	}
	if len(l.Marks) > 0 {
		rows := make([]app.UI, 0, len(l.Marks))
		for _, m := range l.Marks {
			rows = append(rows, app.Li().Body(app.Button().Type("button").Class("chart-event").DataSet("level", m.Level).
				Body(app.Span().Class("visually-hidden").Text("Go to "), app.Span().Class("mono").Text(clockAt(m.At)), app.Span().Text(m.Text)).
				OnClick(func(ctx app.Context, _ app.Event) {
					l.Out.Send(ctx, model.Enlarge{})
					l.Out.Send(ctx, model.GoTo{At: m.At})
				}, m.At, m.Text)))
		}
		body = append(body, app.H3().Class("chart-events-title").Text("What happened meanwhile"), app.Ul().Class("chart-events").Body(rows...))
	}
	return app.Elem("dialog").Class("sheet-dialog").Aria("labelledby", "large-title").Body(body...).On("close", l.shut).OnKeyDown(keep)
}

// keep keeps the keys of a dialog from the bench under it.
func keep(_ app.Context, e app.Event) { e.Call("stopPropagation") }

func (l *LargeChart) table(ctx app.Context, _ app.Event) {
	l.Out.Send(ctx, model.ShowTable{On: !l.Table})
}
func (l *LargeChart) csv(ctx app.Context, _ app.Event) { l.Out.Copy(ctx, model.CSV(l.Chart, l.Start)) }
func (l *LargeChart) copy(ctx app.Context, _ app.Event) {
	l.Out.Copy(ctx, model.ChartCommand(l.Chart, l.Start))
}

func (l *LargeChart) run(ctx app.Context, _ app.Event) {
	l.Out.Send(ctx, model.Enlarge{})
	l.Out.Send(ctx, model.RunLine{Line: model.ChartCommand(l.Chart, l.Start)})
}

func (l *LargeChart) drop(ctx app.Context, _ app.Event) {
	l.Out.Send(ctx, model.TurnPlot{Plot: protocol.Plot{Ref: l.Chart.Ref, Stat: l.Chart.Stat}})
}
func (l *LargeChart) shut(ctx app.Context, _ app.Event) { l.Out.Send(ctx, model.Enlarge{}) }

// A modal shows a dialog over the page, which keeps the focus inside, and gives the focus back when it goes.
type modal struct{ opener app.Value }

func (m *modal) open(dialog app.Value) {
	m.opener = app.Window().Get("document").Get("activeElement")
	if !dialog.Get("open").Truthy() {
		dialog.Call("showModal")
	}
}

func (m *modal) close() {
	if m.opener != nil && m.opener.Truthy() && m.opener.Get("isConnected").Truthy() {
		m.opener.Call("focus", map[string]any{"preventScroll": true})
	}
}
