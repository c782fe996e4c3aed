package view

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
	"shardlab/wasm/protocol"
)

// Charts draws the metrics of the lab as CloudWatch names them, those of the stream or of one shard at a time.
type Charts struct {
	app.Compo
	Out    *Out
	Charts []protocol.Chart
	Start  int64
	Table  bool
	Ref    string // what is selected

	of string // whose metrics are shown
}

// Render draws the chosen charts.
func (c *Charts) Render() app.UI {
	if len(c.Charts) == 0 {
		return app.Div().Class("charts none").Body(app.P().Class("soft").Text("Metrics appear as soon as a stream has lived for a second or two."))
	}
	var of []string
	for _, ch := range c.Charts {
		if !slices.Contains(of, ch.Of) {
			of = append(of, ch.Of)
		}
	}
	chosen := c.of
	if !slices.Contains(of, chosen) {
		chosen = of[0]
	}
	options := make([]app.UI, 0, len(of))
	for _, o := range of {
		option := app.Option().Attr("value", o).Text(o)
		option.Selected(o == chosen)
		options = append(options, option)
	}
	head := app.Div().Class("panel-bar").Body(
		app.Label().Class("visually-hidden").For("charts-of").Text("Metrics of"),
		app.Select().Class("field slim").ID("charts-of").Body(options...).OnChange(c.pick),
		app.Button().Type("button").Class("btn small quiet").Aria("pressed", c.Table).Body(Icon("table"), app.Text("Table")).OnClick(c.table))
	grid := make([]app.UI, 0, len(c.Charts))
	for _, ch := range c.Charts {
		if ch.Of == chosen {
			grid = append(grid, &Chart{Out: c.Out, Chart: ch, Table: c.Table, Chosen: ch.Ref != "" && ch.Ref == c.Ref})
		}
	}
	return app.Div().Class("charts").Body(head, app.Div().Class("chart-grid").Body(grid...))
}

func (c *Charts) pick(ctx app.Context, _ app.Event) {
	c.of = ctx.JSSrc().Get("value").String()
	c.Update()
}

func (c *Charts) table(ctx app.Context, _ app.Event) {
	c.Out.Send(ctx, model.ShowTable{On: !c.Table})
}

// A Chart is one metric over time, with the limit that bounds it.
type Chart struct {
	app.Compo
	Out    *Out
	Chart  protocol.Chart
	Table  bool
	Chosen bool // its metric is selected

	hover  bool
	hoverX float64 // part of the plot's width
}

// The plot is drawn in a room of plotW by plotH, which is stretched over whatever place it gets; its lines keep their
// width, and its words stand beside it as text.
const (
	plotW, plotH           = 1000.0, 100.0
	tableRows              = 60
	hotMetric, worseMetric = "WriteProvisionedThroughputExceeded", "ReadProvisionedThroughputExceeded"
)

// Render draws the chart as a picture or as a table.
func (c *Chart) Render() app.UI {
	ch := c.Chart
	lately := 0.0
	if n := len(ch.Points); n > 0 {
		lately = ch.Points[n-1]
	}
	top := Nice(max(slices.Max(append([]float64{0}, ch.Points...)), ch.Limit))
	if ch.Unit == "Bytes" {
		top = niceBytes(max(slices.Max(append([]float64{0}, ch.Points...)), ch.Limit))
	}
	at := ch.From + int64(max(len(ch.Points)-1, 0))*ch.Period
	value, when := value(ch.Unit, lately), ""
	if i, ok := c.hovered(); ok {
		value, when = valueAt(ch, i), model.Brief(ch.From+int64(i)*ch.Period)
	}
	class := "chart"
	if (ch.Metric == hotMetric || ch.Metric == worseMetric) && lately > 0 {
		class += " hot"
	}
	if c.Chosen {
		class += " chosen"
	}
	name := app.H3().Title(ch.Metric).Text(ch.Metric)
	if ch.Ref != "" {
		name = app.H3().Title(ch.Metric).Body(app.Button().Type("button").Class("chart-name").Aria("pressed", c.Chosen).
			Aria("label", Attr("Look at the metric "+ch.Metric+" of "+cmp.Or(ch.Whose, ch.Of))).Text(ch.Metric).OnClick(c.look))
	}
	head := app.Div().Class("chart-head").Body(
		name, app.B().Class("chart-value").Text(value),
		app.Span().Class("soft").Text(whose(ch)+ch.Stat+", "+period(ch.Period)), app.Span().Class("soft chart-when").Text(when))
	if c.Table {
		return app.Section().Class(class).Aria("label", ch.Metric).Body(head, c.table())
	}
	y := func(v float64) float64 { return plotH * (1 - min(v/top, 1)) }
	x := func(i int) float64 { return plotW * float64(i) / float64(max(len(ch.Points)-1, 1)) }
	var line, area path
	for i, v := range ch.Points {
		if i == 0 {
			line.m(x(i), y(v))
			area.m(x(i), plotH).l(x(i), y(v))
			continue
		}
		line.l(x(i), y(v))
		area.l(x(i), y(v))
	}
	if n := len(ch.Points); n > 0 {
		area.l(x(n-1), plotH).z()
	}
	parts := []app.UI{
		svg("path", "grid").Attr("d", "M0 100H1000M0 50H1000"),
		svg("path", "area").Attr("d", area.String()),
		svg("path", "line").Attr("d", line.String()),
	}
	limit := app.If(ch.Limit > 0, app.Span().Class("chart-limit").Style("bottom", strconv.FormatFloat(100*ch.Limit/top, 'f', 1, 64)+"%").Text("limit "+limitWords(ch)))
	if ch.Limit > 0 {
		parts = append(parts, svg("path", "limit").Attr("d", "M0 "+num(y(ch.Limit))+"H1000"))
	}
	if i, ok := c.hovered(); ok {
		parts = append(parts,
			svg("path", "hair").Attr("d", "M"+num(x(i))+" 0V100"),
			svg("path", "knob").Attr("d", "M"+num(x(i))+" "+num(y(ch.Points[i]))+"h.01"))
	}
	words := ch.Metric + " of " + cmp.Or(ch.Whose, ch.Of) + ", " + ch.Stat + ", last " + valueAt(ch, len(ch.Points)-1)
	if ch.Limit > 0 {
		words += ", limit " + limitWords(ch)
	}
	return app.Section().Class(class).Aria("label", ch.Metric).Body(head,
		app.Div().Class("chart-plot").Body(
			app.Div().Class("chart-y").Aria("hidden", "true").Body(app.Span().Text(axis(ch.Unit, top)), app.Span().Text(axis(ch.Unit, top/2)), app.Span().Text(axis(ch.Unit, 0))),
			app.Div().Class("chart-room").Body(
				svg("svg", "chart").Attr("viewBox", "0 0 1000 100").Attr("preserveAspectRatio", "none").Attr("role", "img").Aria("label", Attr(words)).Body(parts...).
					On("pointermove", c.move).On("pointerleave", c.leave),
				limit),
			app.Div().Class("chart-x").Aria("hidden", "true").Body(app.Span().Text(model.Brief(ch.From)), app.Span().Text(model.Brief(at)))))
}

func limitWords(ch protocol.Chart) string {
	if ch.Why != "" {
		return ch.Why
	}
	return value(ch.Unit, ch.Limit)
}

func (c *Chart) hovered() (int, bool) {
	n := len(c.Chart.Points)
	if !c.hover || n == 0 {
		return 0, false
	}
	return min(max(int(math.Round(c.hoverX*float64(n-1))), 0), n-1), true
}

func (c *Chart) move(ctx app.Context, e app.Event) {
	box := ctx.JSSrc().Call("getBoundingClientRect")
	w := box.Get("width").Float()
	if w <= 0 {
		return
	}
	c.hover, c.hoverX = true, (e.Get("clientX").Float()-box.Get("left").Float())/w
	c.Update()
}

func (c *Chart) look(ctx app.Context, _ app.Event) { c.Out.Send(ctx, model.Look{Ref: c.Chart.Ref}) }

// whose says of a dashboard's chart whose metric it is.
func whose(ch protocol.Chart) string {
	if ch.Whose == "" {
		return ""
	}
	return ch.Whose + ", "
}

func (c *Chart) leave(app.Context, app.Event) { c.hover = false; c.Update() }

func (c *Chart) table() app.UI {
	ch := c.Chart
	from := max(len(ch.Points)-tableRows, 0)
	rows := make([]app.UI, 0, len(ch.Points)-from)
	for i := len(ch.Points) - 1; i >= from; i-- {
		rows = append(rows, app.Tr().Body(app.Td().Class("mono").Text(model.Brief(ch.From+int64(i)*ch.Period)), app.Td().Class("num").Text(valueAt(ch, i))))
	}
	note := "no limit"
	if ch.Limit > 0 {
		note = "limit " + limitWords(ch)
	}
	return app.Div().Class("chart-table").TabIndex(0).Attr("role", "region").Aria("label", ch.Metric+" as a table").Body(
		app.Table().Body(
			app.Caption().Text(note),
			app.THead().Body(app.Tr().Body(app.Th().Attr("scope", "col").Text("Instant"), app.Th().Attr("scope", "col").Text(ch.Stat+" ("+ch.Unit+")"))),
			app.TBody().Body(rows...)))
}

// Nice returns the top of an axis that shows v: 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6 or 8 times a power of ten.
func Nice(v float64) float64 {
	if v <= 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return 1
	}
	p := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range [...]float64{1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 12} {
		if m*p >= v*1.04 {
			return m * p
		}
	}
	return 15 * p
}

// niceBytes is Nice in powers of 1,024.
func niceBytes(v float64) float64 {
	unit := 1.0
	for v >= unit*1024 && unit < 1<<40 {
		unit *= 1024
	}
	return Nice(v/unit) * unit
}

func value(unit string, v float64) string {
	switch unit {
	case "Bytes":
		return model.Bytes(v)
	case "Milliseconds":
		return model.Behind(int64(v))
	case "Percent":
		return strconv.FormatFloat(v, 'f', 1, 64) + " %"
	}
	if v != math.Trunc(v) && v < 100 {
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
	return model.Count(v)
}

func valueAt(ch protocol.Chart, i int) string {
	if i < 0 || i >= len(ch.Points) {
		return "nothing yet"
	}
	return value(ch.Unit, ch.Points[i])
}

func axis(unit string, v float64) string {
	switch unit {
	case "Bytes":
		switch {
		case v >= 1<<20:
			return strconv.FormatFloat(v/(1<<20), 'f', 1, 64) + " MiB"
		case v >= 1<<10:
			return strconv.FormatFloat(v/(1<<10), 'f', 0, 64) + " KiB"
		}
		return model.Short(v) + " B"
	case "Milliseconds":
		if v >= 10_000 {
			return model.Short(v/1000) + " s"
		}
		return model.Short(v) + " ms"
	}
	if v != math.Trunc(v) {
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return model.Short(v)
}

func period(us int64) string {
	s := us / protocol.Second
	switch {
	case s <= 1:
		return "each second"
	case s%60 == 0:
		return "each " + plural(int(s/60), "minute")
	}
	return "each " + plural(int(s), "second")
}
