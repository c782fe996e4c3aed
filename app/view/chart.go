package view

import (
	"cmp"
	"math"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
	"shardlab/wasm/protocol"
)

// A Chart is one metric over time, with what bounds it, what happened meanwhile, and the cursor that all charts share.
type Chart struct {
	app.Compo
	Out     *Out
	Chart   protocol.Chart
	Marks   []model.Mark
	Start   int64 // Unix microseconds of instant 0
	Table   bool
	Chosen  bool // its metric is selected
	Large   bool
	Cursor  int64
	Pointed bool

	drawn drawn
}

// drawn is the picture of a chart without its cursor, which moves far more often than the points change.
type drawn struct {
	of, points                *float64
	n                         int
	limit                     float64
	top                       float64
	line, area, dots, ceiling string
}

// The plot is drawn in a room of plotW by plotH, which is stretched over whatever place it gets; its lines keep their
// width, and its words stand beside it as text.
const (
	plotW, plotH           = 1000.0, 100.0
	tableRows              = 60
	hotMetric, worseMetric = "WriteProvisionedThroughputExceeded", "ReadProvisionedThroughputExceeded"
)

// draw makes the paths of the points, unless they are the same.
func (c *Chart) draw() drawn {
	ch := c.Chart
	if len(ch.Points) == 0 {
		return drawn{top: topOf(ch)}
	}
	if d := c.drawn; d.of == &ch.Points[0] && d.n == len(ch.Points) && d.limit == ch.Limit {
		return d
	}
	d := drawn{of: &ch.Points[0], n: len(ch.Points), limit: ch.Limit, top: topOf(ch)}
	var line, area, dots, ceiling path
	open, from := false, 0.0
	for i, v := range ch.Points {
		if math.IsNaN(v) {
			if open {
				area.l(c.x(i-1), plotH).z()
			}
			open = false
			continue
		}
		x, y := c.x(i), d.y(v)
		switch {
		case open:
			line.l(x, y)
			area.l(x, y)
		case i+1 == len(ch.Points) || math.IsNaN(ch.Points[i+1]): // alone between gaps
			dots.m(x, y).h(x + .01)
		default:
			open, from = true, x
			line.m(x, y)
			area.m(from, plotH).l(x, y)
		}
	}
	if open {
		area.l(c.x(len(ch.Points)-1), plotH).z()
	}
	if ch.Limit > 0 {
		was := math.NaN()
		for i, v := range ch.Limits {
			if v != was && !math.IsNaN(v) {
				if math.IsNaN(was) {
					ceiling.m(c.x(i), d.y(v))
				} else {
					ceiling.h(c.x(i)).v(d.y(v))
				}
			}
			was = v
		}
		if len(ch.Limits) == 0 {
			ceiling.m(0, d.y(ch.Limit))
		}
		ceiling.h(plotW)
	}
	d.line, d.area, d.dots, d.ceiling = line.String(), area.String(), dots.String(), ceiling.String()
	c.drawn = d
	return d
}

// x is the place of a point, y that of a value.
func (c *Chart) x(i int) float64       { return plotW * float64(i) / float64(max(len(c.Chart.Points)-1, 1)) }
func (d drawn) y(v float64) float64    { return plotH * (1 - min(max(v/d.top, 0), 1)) }
func part(v, of float64) string        { return strconv.FormatFloat(100*v/of, 'f', 2, 64) + "%" }
func ofChart(ch protocol.Chart) string { return cmp.Or(ch.Whose, ch.Of) }

// shortOf is what a chart is of without its namespace, which stands in the title.
func shortOf(ch protocol.Chart) string {
	whole := ofChart(ch)
	if rest, ok := strings.CutPrefix(whole, "AWS/"); ok {
		if _, of, ok := strings.Cut(rest, "/"); ok {
			return of
		}
	}
	return whole
}

// breakable is the name of a metric, which may go on in a second line where a word of it begins.
func breakable(name string) []app.UI {
	var all []app.UI
	from := 0
	for i := 1; i < len(name); i++ {
		if name[i-1] == '.' || 'A' <= name[i] && name[i] <= 'Z' && 'a' <= name[i-1] && name[i-1] <= 'z' {
			all = append(all, app.Text(name[from:i]), app.ElemSelfClosing("wbr"))
			from = i
		}
	}
	return append(all, app.Text(name[from:]))
}

// lately is the newest value, and false when nothing was published in the last period.
func lately(ch protocol.Chart) (float64, bool) {
	if n := len(ch.Points); n > 0 && !math.IsNaN(ch.Points[n-1]) {
		return ch.Points[n-1], true
	}
	return 0, false
}

// Render draws the chart as a picture or as a table.
func (c *Chart) Render() app.UI {
	ch := c.Chart
	last, some := lately(ch)
	value, when := "no data", ""
	if some {
		value = valueOf(ch, last)
	}
	at, pointed := model.PlaceAt(ch, c.Cursor)
	if pointed = pointed && c.Pointed; pointed {
		value, when = valueAt(ch, at), clockAt(ch.From+int64(at)*ch.Period)
		for _, m := range c.Marks {
			if i, _ := model.PlaceAt(ch, m.At); i == at {
				when = m.Text
			}
		}
	}
	class := "chart"
	if (ch.Metric == hotMetric || ch.Metric == worseMetric) && last > 0 {
		class += " hot"
	}
	if c.Chosen {
		class += " chosen"
	}
	if c.Large {
		return app.Section().Class(class+" large").Aria("label", Attr(ch.Metric+", enlarged")).Body(app.Div().Class("chart-now").Body(app.B().Class("chart-value").Text(value), app.Span().Class("soft").Text(when)), c.picture(at, pointed))
	}
	name := app.H3().Title(ch.Metric).Body(breakable(ch.Metric)...)
	if ch.Ref != "" && !ch.Own {
		name = app.H3().Title(ch.Metric).Body(app.Button().Type("button").Class("chart-name").Aria("pressed", c.Chosen).
			Aria("label", Attr("Look at the metric "+ch.Metric+" of "+ofChart(ch))).Body(breakable(ch.Metric)...).OnClick(c.look))
	}
	large := app.Button().Type("button").Class("btn icon small quiet chart-more").Aria("label", Attr("Enlarge "+ch.Metric+" of "+ofChart(ch))).Title("Enlarge").Body(Icon("maximize-2")).OnClick(c.enlarge)
	under := app.Span().Class("soft chart-of").Title(Attr(ofChart(ch)))
	if when != "" {
		under = under.Body(app.Text(when))
	} else {
		under = under.Body(app.Span().Class("chart-whose").Text(shortOf(ch)+","), chartStat(ch, "grid", c.Out), app.Text(period(ch.Period)))
	}
	head := app.Div().Class("chart-head").Body(name, app.B().Class("chart-value").Text(value), large, under)
	if c.Table {
		return app.Section().Class(class).Aria("label", ch.Metric).Body(head, chartTable(ch, tableRows))
	}
	return app.Section().Class(class).Aria("label", ch.Metric).Body(head, c.picture(at, pointed))
}

// picture draws the plot. It is a slider over time for whoever cannot point.
func (c *Chart) picture(at int, pointed bool) app.UI {
	ch := c.Chart
	d := c.draw()
	n := len(ch.Points)
	parts := []app.UI{
		svg("path", "grid").Attr("d", "M0 100H1000M0 50H1000"),
		svg("path", "area").Attr("d", d.area),
		svg("path", "line").Attr("d", d.line),
		svg("path", "dots").Attr("d", d.dots),
		svg("path", "limit").Attr("d", d.ceiling),
	}
	var marks, thresholds path
	for _, m := range c.Marks {
		if i, ok := model.PlaceAt(ch, m.At); ok {
			marks.m(c.x(i), 0).v(plotH)
		}
	}
	for _, a := range ch.Alarms {
		thresholds.m(0, d.y(a.Value)).h(plotW)
	}
	parts = append(parts, svg("path", "marks").Attr("d", marks.String()), svg("path", "alarm").Attr("d", thresholds.String()))
	hair, knob := "", ""
	if pointed {
		hair = "M" + num(c.x(at)) + " 0V100"
		if v := ch.Points[at]; !math.IsNaN(v) {
			knob = "M" + num(c.x(at)) + " " + num(d.y(v)) + "h.01"
		}
	}
	parts = append(parts, svg("path", "hair").Attr("d", hair), svg("path", "knob").Attr("d", knob))
	room := []app.UI{svg("svg", "chart").Attr("viewBox", "0 0 1000 100").Attr("preserveAspectRatio", "none").Aria("hidden", "true").Body(parts...)}
	if ch.Limit > 0 {
		room = append(room, app.Span().Class("chart-limit").Style("bottom", part(min(ch.Limit, d.top), d.top)).Text("limit "+limitWords(ch)))
	}
	for _, a := range ch.Alarms {
		class := "chart-limit alarm"
		if above := ch.Limit - a.Value; above >= 0 && above < d.top/4 { // its words stand between the two lines, else on the other
			class += " under"
		}
		room = append(room, app.Span().Class(class).Style("bottom", part(min(max(a.Value, 0), d.top), d.top)).Text("alarm "+a.Text))
	}
	words := ch.Metric + " of " + ofChart(ch) + ", " + ch.Stat + ", last " + valueAt(ch, n-1)
	if ch.Limit > 0 {
		words += ", limit " + limitWords(ch)
	}
	now, told := n-1, "at the end, "+valueAt(ch, n-1)
	if pointed {
		now, told = at, clockAt(ch.From+int64(at)*ch.Period)+", "+valueAt(ch, at)
	}
	return app.Div().Class("chart-plot").Body(
		app.Div().Class("chart-y").Aria("hidden", "true").Body(app.Span().Text(axis(ch.Unit, d.top)), app.Span().Text(axis(ch.Unit, d.top/2)), app.Span().Text(axis(ch.Unit, 0))),
		app.Div().Class("chart-room").TabIndex(0).Attr("role", "slider").Aria("label", Attr(words)).Aria("orientation", "horizontal").
			Aria("valuemin", 0).Aria("valuemax", max(n-1, 0)).Aria("valuenow", max(now, 0)).Aria("valuetext", told).Body(room...).
			On("pointermove", c.move).On("pointerleave", c.leave).On("blur", c.leave).OnKeyDown(c.key).On("dblclick", c.goTo),
		app.Div().Class("chart-x").Aria("hidden", "true").Body(app.Span().Text(clockAt(ch.From)), app.Span().Text(ch.Unit), app.Span().Text(clockAt(ch.From+int64(max(n-1, 0))*ch.Period))))
}

func (c *Chart) move(ctx app.Context, e app.Event) {
	box := ctx.JSSrc().Call("getBoundingClientRect")
	w, n := box.Get("width").Float(), len(c.Chart.Points)
	if w <= 0 || n == 0 {
		return
	}
	i := int(math.Round((e.Get("clientX").Float() - box.Get("left").Float()) / w * float64(n-1)))
	c.point(ctx, i)
}

// point moves the cursor to a point, when it is another.
func (c *Chart) point(ctx app.Context, i int) {
	ch := c.Chart
	i = min(max(i, 0), len(ch.Points)-1)
	at := ch.From + int64(i)*ch.Period
	if i >= 0 && (at != c.Cursor || !c.Pointed) {
		c.Cursor, c.Pointed = at, true // at once: the next key may come before the bench has drawn
		c.Update()
		c.Out.Send(ctx, model.MoveCursor{At: at, On: true})
	}
}

func (c *Chart) leave(ctx app.Context, _ app.Event) {
	if c.Pointed {
		c.Pointed = false
		c.Update()
		c.Out.Send(ctx, model.MoveCursor{})
	}
}

// key moves the cursor; Enter goes to its instant.
func (c *Chart) key(ctx app.Context, e app.Event) {
	n := len(c.Chart.Points)
	i, on := model.PlaceAt(c.Chart, c.Cursor)
	if on = on && c.Pointed; !on {
		i = n - 1
	}
	switch e.Get("key").String() {
	case "ArrowLeft", "ArrowDown":
		i--
	case "ArrowRight", "ArrowUp":
		i++
	case "PageDown":
		i -= 10
	case "PageUp":
		i += 10
	case "Home":
		i = 0
	case "End":
		i = n - 1
	case "Enter":
		if on {
			c.goTo(ctx, e)
		}
		return
	case "Escape":
		if on {
			e.Call("stopPropagation")
			e.PreventDefault()
			c.leave(ctx, e)
		}
		return
	default:
		return
	}
	e.PreventDefault()
	c.point(ctx, i)
}

func (c *Chart) goTo(ctx app.Context, _ app.Event) {
	if c.Pointed {
		c.Out.Send(ctx, model.GoTo{At: c.Cursor})
	}
}

func (c *Chart) look(ctx app.Context, _ app.Event) { c.Out.Send(ctx, model.Look{Ref: c.Chart.Ref}) }

func (c *Chart) enlarge(ctx app.Context, _ app.Event) {
	c.Out.Send(ctx, model.Enlarge{Key: model.ChartKey(c.Chart)})
}

// chartTable is a chart as a table, its newest rows first.
func chartTable(ch protocol.Chart, most int) app.UI {
	from := max(len(ch.Points)-most, 0)
	rows := make([]app.UI, 0, len(ch.Points)-from)
	for i := len(ch.Points) - 1; i >= from; i-- {
		rows = append(rows, app.Tr().Body(app.Td().Class("mono").Text(clockAt(ch.From+int64(i)*ch.Period)), app.Td().Class("num").Text(valueAt(ch, i))))
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
