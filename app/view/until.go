package view

import (
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
)

// An untilRow is something that the menu offers by itself: the words on the button, and those that the console takes.
type untilRow struct {
	icon        app.UI
	text, words string
}

// untils is the menu of runs until something happens: a few kinds, a metric that crosses a value, and anything in words.
func (t *TimeBar) untils() app.UI {
	var items, groups []app.UI
	for _, g := range []struct {
		group string
		rows  []untilRow
	}{
		{"Limits", []untilRow{{Icon("ban"), "the first throttle", "first throttle"}, {Icon("check-check"), "a reader has caught up", "caught up"}}},
		{"Watch", []untilRow{{Icon("flag"), "the next event", "event"}, {Icon("target"), "a goal changes", "goal"}, {Icon("bell"), "an alarm changes", "alarm"}}},
		{"Shards and records", []untilRow{{Icon("split"), "a shard opens or closes", "shard opens or closes"}, {Icon("trash-2"), "the oldest record expires", "record expires"}, {Icon("package"), "a buffer goes out", "flush"}}},
	} {
		group := []app.UI{app.P().Class("menu-group").Text(g.group)}
		for i, r := range g.rows {
			group = append(group, app.Button().Type("button").Class("menu-item").Body(r.icon, app.Text(r.text)).OnClick(t.run(r.words), i))
		}
		groups = append(groups, app.Div().Attr("role", "group").Aria("label", g.group).Body(group...))
	}
	items = append(items, app.Div().Class("until-groups").Body(groups...))
	options := make([]app.UI, len(t.Metrics))
	for i, name := range t.Metrics {
		options[i] = app.Option().Value(name).Text(name)
	}
	if len(options) > 0 {
		items = append(items, app.Form().Class("menu-form until-metric").Aria("label", "A metric crosses a value").Body(
			app.Label().For("until-metric").Text("or a metric crosses a value"),
			app.Select().Class("field").ID("until-metric").Name("metric").Body(options...),
			app.Div().Class("row").Body(
				app.Select().Class("field").Name("side").Aria("label", "Side").Body(app.Option().Value("above").Text("above"), app.Option().Value("below").Text("below")),
				app.Input().Class("field mono").Name("value").Type("text").Attr("inputmode", "decimal").Aria("label", "Value").Placeholder("900").AutoComplete(false),
				app.Button().Type("submit").Class("btn small").Text("Run"))).OnSubmit(t.metric))
	}
	form := []app.UI{
		app.Label().For("until-instant").Text("or in words, or an instant ahead or back"),
		app.Div().Class("row").Body(
			app.Input().Class("field mono").ID("until-instant").Name("instant").Type("text").Placeholder("1:30, +7d, 1h before expiry").AutoComplete(false).Attr("spellcheck", "false"),
			app.Button().Type("submit").Class("btn small").Text("Run")),
	}
	if t.Asking.Flaw != "" {
		form = append(form, app.P().Class("flaw").Aria("live", "polite").Text(t.Asking.Flaw))
	}
	items = append(items, app.Form().Class("menu-form").Body(form...).OnSubmit(t.words))
	return app.Div().Class("menu up untils").DataSet("menu", "until").Body(items...)
}

func (t *TimeBar) run(words string) app.EventHandler {
	return func(ctx app.Context, _ app.Event) { t.Out.Send(ctx, model.PickUntil{Words: words}) }
}

func (t *TimeBar) words(ctx app.Context, e app.Event) {
	e.PreventDefault()
	t.Out.Send(ctx, model.PickUntil{Words: ctx.JSSrc().Call("querySelector", "input").Get("value").String()})
}

func (t *TimeBar) metric(ctx app.Context, e app.Event) {
	e.PreventDefault()
	value := func(selector string) string {
		return strings.TrimSpace(ctx.JSSrc().Call("querySelector", selector).Get("value").String())
	}
	t.Out.Send(ctx, model.PickUntil{Words: "metric " + value("[name=metric]") + " " + value("[name=side]") + " " + value("[name=value]")})
}
