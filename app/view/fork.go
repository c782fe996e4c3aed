package view

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
	"shardlab/wasm/protocol"
)

// timelines is the button that forks, or after a fork the switch between the two timelines.
func (t *TimeBar) timelines() app.UI {
	if t.Timeline == "" {
		return app.Button().Type("button").Class("btn small fork-button").Aria("label", "Fork").Title("Go on in two timelines from here (f)").Disabled(!t.Ready).
			Body(Icon("git-branch"), app.Span().Text("Fork")).OnClick(t.fork)
	}
	return app.Div().Class("fork-switch").Attr("role", "group").Aria("label", "Timeline").Body(timelineButton(t.Out, t.Timeline, "A"), timelineButton(t.Out, t.Timeline, "B"))
}

func (t *TimeBar) fork(ctx app.Context, _ app.Event) { t.Out.Send(ctx, model.PressFork{}) }

func timelineButton(out *Out, chosen, name string) app.UI {
	return app.Button().Type("button").Class("btn small").Aria("label", "Timeline "+name).Aria("pressed", chosen == name).DataSet("line", name).Text(name).
		OnClick(func(ctx app.Context, _ app.Event) { out.Send(ctx, model.ChooseTimeline{Name: name}) }, name)
}

// Forked is the comparison beside the stage; nothing while there is one timeline.
func Forked(out *Out, f *protocol.Fork) app.UI {
	panel := &ForkPanel{Out: out}
	if f != nil {
		panel.Fork = *f
	}
	return app.If(f != nil, panel)
}

// A ForkPanel compares two timelines: the other one small, figures with their curves, the commands that differ.
type ForkPanel struct {
	app.Compo
	Out  *Out
	Fork protocol.Fork
}

// Render draws the panel.
func (p *ForkPanel) Render() app.UI {
	f := &p.Fork
	other := map[string]string{"A": "B", "B": "A"}[f.Chosen]
	rows := make([]app.UI, 0, len(f.Rows))
	for i := range f.Rows {
		r := &f.Rows[i]
		rows = append(rows, app.Tr().Body(
			app.Th().Attr("scope", "row").Text(r.Name),
			app.Td().Text(amount(r.A, r.Unit)), app.Td().Text(amount(r.B, r.Unit)), app.Td().Class("fork-difference").Text(difference(r)),
			app.Td().Class("fork-curve").Aria("hidden", "true").Body(curves(r))))
	}
	body := []app.UI{
		app.Div().Class("fork-head").Body(
			app.H2().Text("Two timelines"), app.P().Text("since "+model.Brief(f.At)+"; you are in "+f.Chosen),
			app.Button().Type("button").Class("btn small").Text("Keep A").OnClick(p.keep("A"), "A"),
			app.Button().Type("button").Class("btn small").Text("Keep B").OnClick(p.keep("B"), "B")),
		app.Table().Class("fork-table").Body(
			app.Caption().Class("visually-hidden").Text("Timeline A, as it was, and timeline B, which began with the fork: what came together since then, and how far readers lag now"),
			app.THead().Body(app.Tr().Body(app.Td(), column("A", "as it was"), column("B", "the new one"), app.Th().Attr("scope", "col").Text("B − A"), app.Td().Aria("hidden", "true"))),
			app.TBody().Body(rows...)),
		app.H3().Text("Timeline " + other + " now"),
	}
	for i := range f.Twin {
		body = append(body, small(&f.Twin[i]))
	}
	if len(f.OnlyA)+len(f.OnlyB) == 0 {
		body = append(body, app.P().Class("fork-same").Text("No command differs yet. What you do now happens in "+f.Chosen+" alone."))
	}
	body = append(body, onlyIn("A", f.OnlyA, f.MoreA), onlyIn("B", f.OnlyB, f.MoreB))
	return app.Aside().Class("fork").Aria("label", "Two timelines").TabIndex(0).Body(body...)
}

func (p *ForkPanel) keep(name string) app.EventHandler {
	return func(ctx app.Context, _ app.Event) { p.Out.Send(ctx, model.KeepTimeline{Name: name}) }
}

func column(name, what string) app.UI {
	return app.Th().Attr("scope", "col").DataSet("line", name).Title(what).Text(name)
}

// amount writes a figure of a comparison with its unit.
func amount(v float64, unit string) string {
	sign := ""
	if v < 0 {
		sign, v = "−", -v
	}
	switch unit {
	case "Milliseconds":
		return sign + model.Behind(int64(v))
	case "Microdollars":
		return sign + model.Dollars(int64(v))
	}
	return sign + model.Count(v)
}

func difference(r *protocol.Row) string {
	switch d := r.B - r.A; {
	case d > 0:
		return "+" + amount(d, r.Unit)
	case d < 0:
		return amount(d, r.Unit)
	}
	return "="
}

// curves draws what a figure was in both timelines since the fork.
func curves(r *protocol.Row) app.UI {
	most := 1.0
	for i := range r.CurveA {
		most = max(most, r.CurveA[i], r.CurveB[i])
	}
	line := func(points []float64, class string) string {
		var b strings.Builder
		for i, v := range points {
			x := 100 * float64(i) / float64(max(len(points)-1, 1))
			fmt.Fprintf(&b, "%s,%s ", strconv.FormatFloat(x, 'f', 1, 64), strconv.FormatFloat(22-20*max(v, 0)/most, 'f', 1, 64))
		}
		return `<polyline data-line="` + class + `" points="` + strings.TrimSpace(b.String()) + `"></polyline>`
	}
	return app.Raw(`<svg class="fork-lines" viewBox="0 0 100 24" preserveAspectRatio="none" focusable="false">` + line(r.CurveA, "A") + line(r.CurveB, "B") + `</svg>`)
}

// small is a stream of the other timeline: what its shards take, as cells that fill.
func small(t *protocol.Twin) app.UI {
	open, fullest := 0, 0.0
	cells := make([]app.UI, 0, len(t.Shards))
	for _, s := range t.Shards {
		if s.Open {
			open++
			fullest = max(fullest, s.Fill)
		}
		cells = append(cells, app.I().DataSet("closed", !s.Open).DataSet("hot", s.Refused > 0).Style("--fill", strconv.Itoa(int(100*min(s.Fill, 1)))+"%"))
	}
	words := fmt.Sprintf("%s records/s", model.Count(t.In))
	if t.Refused > 0 {
		words += fmt.Sprintf(", %s refused", model.Count(t.Refused))
	}
	label := fmt.Sprintf("%s: %s, %d open shards, the fullest at %d %%", t.Name, words, open, int(100*fullest))
	return app.Div().Class("fork-twin").Body(
		app.P().Body(app.B().Text(t.Name), app.Span().DataSet("hot", t.Refused > 0).Text(words)),
		app.Div().Class("fork-cells").Attr("role", "img").Aria("label", label).Body(cells...))
}

func onlyIn(name string, deeds []protocol.Told, more int) app.UI {
	if len(deeds) == 0 {
		return app.Text("")
	}
	items := make([]app.UI, 0, len(deeds)+1)
	for _, d := range deeds {
		items = append(items, app.Li().Body(app.Span().Class("num").Text(model.Brief(d.At)), app.Code().Text(d.Text)))
	}
	if more > 0 {
		items = append(items, app.Li().Text(fmt.Sprintf("and %d more", more)))
	}
	return app.Div().Class("fork-told").Body(app.H3().DataSet("line", name).Text("Only in "+name), app.Ul().Body(items...))
}
