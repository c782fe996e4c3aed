package view

import (
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
	"shardlab/wasm/protocol"
)

// Charts draws the metrics that were chosen, as CloudWatch names them, over one time and with one cursor.
type Charts struct {
	app.Compo
	Out    *Out
	Charts []protocol.Chart
	Graph  model.Charts
	Marks  []model.Mark
	Start  int64 // Unix microseconds of instant 0
	Table  bool
	Ref    string // what is selected
}

// Render draws the bar and the charts.
func (c *Charts) Render() app.UI {
	if len(c.Charts) == 0 && c.Graph.Plots == nil {
		return app.Div().Class("charts none").Body(app.P().Class("soft").Text("Metrics appear as soon as a stream has lived for a second or two."))
	}
	head := app.Div().Class("panel-bar chart-bar").Body(
		app.Button().Type("button").Class("btn small quiet").Aria("haspopup", "dialog").Body(Icon("plus"), app.Text("Metrics")).OnClick(c.pick),
		chartRange(c.Graph, "charts", c.Out), chartPeriod(c.Graph, "charts", c.Out),
		app.Button().Type("button").Class("btn icon small quiet").Title("Table").Aria("label", "Table").Aria("pressed", c.Table).Body(Icon("table")).OnClick(c.table))
	body := []app.UI{head}
	if e := c.Graph.Flaw; e != nil {
		body = append(body, app.P().Class("note hot chart-flaw").Text(e.Message+" "+e.Hint))
	}
	grid := make([]app.UI, 0, len(c.Charts))
	var large app.UI
	for _, ch := range c.Charts {
		one := Chart{Out: c.Out, Chart: ch, Marks: model.MarksOf(c.Marks, ch), Table: c.Table, Chosen: ch.Ref != "" && ch.Ref == c.Ref, Cursor: c.Graph.Cursor, Pointed: c.Graph.Pointed, Start: c.Start}
		grid = append(grid, &one)
		if key := model.ChartKey(ch); key == c.Graph.Large {
			large = &LargeChart{Out: c.Out, Chart: ch, Graph: c.Graph, Marks: one.Marks, Start: c.Start, Table: c.Table}
		}
	}
	for _, ch := range c.Charts { // another statistic is on its way: the chart stays open on the one before
		if ref, _, _ := strings.Cut(c.Graph.Large, " "); large == nil && c.Graph.Large != "" && ch.Ref != "" && ch.Ref == ref {
			large = &LargeChart{Out: c.Out, Chart: ch, Graph: c.Graph, Marks: model.MarksOf(c.Marks, ch), Start: c.Start, Table: c.Table}
		}
	}
	body = append(body, app.Div().Class("chart-grid").Body(grid...))
	if c.Graph.Picking {
		body = append(body, &Picker{Out: c.Out, Metrics: c.Graph.Metrics, Charts: c.Charts, Own: c.Graph.Plots != nil, Flaw: c.Graph.Flaw})
	} else if large != nil {
		body = append(body, large)
	}
	return app.Div().Class("charts").Body(body...)
}

func (c *Charts) pick(ctx app.Context, _ app.Event) { c.Out.Send(ctx, model.OpenPicker{On: true}) }

func (c *Charts) table(ctx app.Context, _ app.Event) { c.Out.Send(ctx, model.ShowTable{On: !c.Table}) }

// chosenOption makes an option of a select, the chosen one marked.
func chosenOption(value, text string, on bool) app.UI {
	o := app.Option().Attr("value", value).Text(text)
	o.Selected(on)
	return o
}

// chartRange chooses the time of all charts.
func chartRange(g model.Charts, where string, out *Out) app.UI {
	var options []app.UI
	for _, r := range model.Ranges {
		if r.Name == "fork" && g.Fork == 0 && g.Range != "fork" {
			continue
		}
		options = append(options, chosenOption(r.Name, r.Text, r.Name == g.Range))
	}
	return app.Select().Class("field slim").ID(where+"-range").Aria("label", "Time that charts show").Body(options...).
		OnChange(func(ctx app.Context, _ app.Event) {
			out.Send(ctx, model.PickRange{Name: ctx.JSSrc().Get("value").String()})
		})
}

// chartPeriod chooses for how long a point of all charts stands.
func chartPeriod(g model.Charts, where string, out *Out) app.UI {
	var options []app.UI
	for _, p := range model.Periods {
		options = append(options, chosenOption(strconv.FormatInt(p.Seconds, 10), p.Text, p.Seconds == g.Period))
	}
	return app.Select().Class("field slim").ID(where+"-period").Aria("label", "Period of a point").Body(options...).
		OnChange(func(ctx app.Context, _ app.Event) {
			if n, err := strconv.ParseInt(ctx.JSSrc().Get("value").String(), 10, 64); err == nil {
				out.Send(ctx, model.PickPeriod{Seconds: n})
			}
		})
}

// chartStat chooses the statistic of one chart.
func chartStat(ch protocol.Chart, where string, out *Out) app.UI {
	key := model.ChartKey(ch)
	var options []app.UI
	for _, s := range model.Stats {
		options = append(options, chosenOption(s, s, s == ch.Stat))
	}
	return app.Select().Class("field slim bare").Aria("label", Attr("Statistic of "+ch.Metric+" of "+ofChart(ch))).Body(options...).
		OnChange(func(ctx app.Context, _ app.Event) {
			out.Send(ctx, model.PickStat{Key: key, Stat: ctx.JSSrc().Get("value").String()})
		}, key)
}
