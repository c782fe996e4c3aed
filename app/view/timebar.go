package view

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
	"shardlab/wasm/protocol"
)

// A TimeBar drives virtual time: play, step, back, a scrubber with the marks of what happened, speed, and runs to a condition.
type TimeBar struct {
	app.Compo
	Out      *Out
	Ready    bool
	Now      int64
	End      int64
	Opened   int64
	Start    int64 // Unix microseconds of instant 0
	Playing  bool
	Speed    float64
	Reached  float64
	Busy     string
	Seeking  bool
	Back     int64 // where the back button goes
	Marks    []model.Mark
	Cursor   int64 // of the charts, while Pointed
	Pointed  bool
	Menu     string
	Asking   model.Asking
	Timeline string   // "A" or "B" after a fork
	Fork     int64    // the instant from which there are two timelines; 0 when there is one
	Metrics  []string // what can be waited for, as "IncomingRecords of trips"

	dragging bool
	drag     int64
}

// Horizon returns the instant at the right end of the scrubber: a round one, with room for a future to run into.
func Horizon(end int64) int64 {
	need := end + max(end/8, 3*protocol.Second)
	for _, s := range [...]int64{30, 60, 120, 180, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 345600, 604800} {
		if s*protocol.Second >= need {
			return s * protocol.Second
		}
	}
	week := 604800 * protocol.Second
	return (need/week + 1) * week
}

// Render draws the bar.
func (t *TimeBar) Render() app.UI {
	end := Horizon(max(t.End, t.Now))
	now := t.Now
	if t.dragging {
		now = t.drag
	}
	// The slider itself is unseen, and setting it makes the browser work: it follows in steps of half a percent.
	step := max((end-t.Opened)/200, 1)
	follow := t.Opened + (now-t.Opened)/step*step
	part := func(at int64) string {
		return strconv.FormatFloat(100*float64(min(max(at-t.Opened, 0), end-t.Opened))/float64(max(end-t.Opened, 1)), 'f', 2, 64) + "%"
	}
	play := app.Button().Type("button").Class("btn icon primary play").Aria("label", "Play").Title("Play (space)").Body(Icon("play"))
	if t.Playing {
		play = app.Button().Type("button").Class("btn icon primary play").Aria("label", "Pause").Title("Pause (space)").Body(Icon("pause"))
	}
	play, back, next := play.OnClick(t.play), app.Button().Type("button").Class("btn icon quiet").Aria("label", "Back to the event before").
		Title("Back to the event before, "+model.Brief(t.Back)+" (,)").Body(Icon("skip-back")).OnClick(t.back),
		app.Button().Type("button").Class("btn icon quiet").Aria("label", "Run to the next event").Title("Run to the next event (.)").Body(Icon("skip-forward")).OnClick(t.step)
	if !t.Ready {
		play, back, next = play.Disabled(true), back.Disabled(true), next.Disabled(true)
	}
	slider := app.Input().Type("range").Class("scrub-input").Aria("label", "Instant of the lab").
		Aria("valuetext", model.Clock(now)+", "+model.TimeOfDay(t.Start, now)+" in the lab").
		Attr("min", strconv.FormatInt(t.Opened, 10)).Attr("max", strconv.FormatInt(end, 10)).Attr("step", "100000").
		Attr("value", strconv.FormatInt(follow, 10)).
		On("input", t.slide).OnChange(t.drop).OnKeyDown(t.key)
	if !t.Ready {
		slider = slider.Disabled(true)
	}
	scrub := []app.UI{
		app.I().Class("rail"), app.I().Class("known").Style("width", part(t.End)), app.I().Class("past").Style("width", part(now)),
	}
	// Both stand there always: go-app matches children by their place, and a place more would make slider and marks anew.
	scrub = append(scrub, app.I().Class("forked").Hidden(t.Fork <= 0).Style("left", part(t.Fork)), app.I().Class("pointed").Hidden(!t.Pointed).Style("left", part(t.Cursor)))
	scrub = append(scrub, app.I().Class("knob").Style("left", part(now)), slider, &TimeMarks{Out: t.Out, Ready: t.Ready, Marks: t.Marks, From: t.Opened, To: end, Fork: t.Fork})
	if t.dragging {
		words := model.Brief(now)
		if now > t.End {
			words = "run to " + words
		}
		scrub = append(scrub, app.Span().Class("scrub-tip mono").Style("left", part(now)).Text(words))
	}
	clock := app.Div().Class("clock").Body(
		app.Span().Class("clock-now mono").Text(model.Clock(now)),
		app.Span().Class("clock-day").Title("The time of day in the lab's story (UTC)").Text(model.TimeOfDay(t.Start, now)))
	speed := app.Div().Class("menu-anchor").Body(
		app.Button().Type("button").Class("btn small quiet speed").Aria("haspopup", "true").Aria("expanded", t.Menu == "speed").
			Aria("label", "Speed "+model.Speed(t.Speed)).Disabled(!t.Ready).Body(app.Span().Text(model.Speed(t.Speed)), Icon("chevron-down")).OnClick(t.speedMenu),
		app.If(t.Menu == "speed", t.speeds()))
	until := app.Div().Class("menu-anchor").Body(
		app.Button().Type("button").Class("btn small until").Aria("haspopup", "true").Aria("expanded", t.Menu == "until").Disabled(!t.Ready).Aria("label", "Run until").
			Body(Icon("fast-forward"), app.Span().Text("Run until…")).OnClick(t.untilMenu),
		app.If(t.Menu == "until", t.untils()))
	bar := []app.UI{back, play, next, clock, app.Div().Class("scrub").Body(scrub...), speed, until, t.timelines()}
	line := ""
	switch {
	case t.Busy != "":
		line = t.Busy
	case t.Seeking:
		line = "Going there …"
	}
	if line != "" {
		bar = append(bar, app.Div().Class("time-busy").Aria("live", "polite").Body(app.Span().Class("spinner"), app.Span().Text(line),
			app.Button().Type("button").Class("btn small quiet").Text("Stop").OnClick(t.stop)))
	} else if t.Playing && t.Reached > 0 && t.Reached < t.Speed*.95 {
		bar = append(bar, app.Div().Class("time-busy").Body(Icon("gauge"), app.Span().Text(
			"This much traffic runs at "+fmt.Sprintf("%.3g", t.Reached)+"× here; the figures stay exact.")))
	}
	return app.Div().Class("timebar").Aria("label", "Time").Attr("role", "group").Body(bar...)
}

func (t *TimeBar) speeds() app.UI {
	items := make([]app.UI, 0, len(model.Speeds))
	for i, s := range model.Speeds {
		item := app.Button().Type("button").Class("menu-item num").Aria("pressed", s == t.Speed).Text(model.Speed(s))
		items = append(items, item.OnClick(t.pick(s), i))
	}
	items = append(items, app.P().Class("menu-note").Text("virtual seconds a second"))
	return app.Div().Class("menu up speeds").DataSet("menu", "speed").Body(items...)
}

func (t *TimeBar) pick(s float64) app.EventHandler {
	return func(ctx app.Context, _ app.Event) { t.Out.Send(ctx, model.PickSpeed{Speed: s}) }
}

func (t *TimeBar) play(ctx app.Context, _ app.Event) { t.Out.Send(ctx, model.PressPlay{}) }
func (t *TimeBar) back(ctx app.Context, _ app.Event) { t.Out.Send(ctx, model.PressBack{}) }
func (t *TimeBar) step(ctx app.Context, _ app.Event) { t.Out.Send(ctx, model.PressStep{}) }
func (t *TimeBar) stop(ctx app.Context, _ app.Event) { t.Out.Send(ctx, model.PressStop{}) }
func (t *TimeBar) speedMenu(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	t.Out.Send(ctx, model.Toggle{Menu: "speed"})
}
func (t *TimeBar) untilMenu(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	t.Out.Send(ctx, model.Toggle{Menu: "until"})
}

func (t *TimeBar) slide(ctx app.Context, _ app.Event) {
	v, err := strconv.ParseFloat(ctx.JSSrc().Get("value").String(), 64)
	if err == nil {
		t.dragging, t.drag = true, int64(math.Round(v))
	}
}

func (t *TimeBar) drop(ctx app.Context, _ app.Event) {
	v, err := strconv.ParseFloat(ctx.JSSrc().Get("value").String(), 64)
	t.dragging = false
	if err == nil {
		t.Out.Send(ctx, model.GoTo{At: int64(math.Round(v))})
	}
}

// key gives the arrows a second each and the page keys ten; the slider's own step is a tenth of one.
func (t *TimeBar) key(ctx app.Context, e app.Event) {
	by := map[string]int64{"ArrowLeft": -1, "ArrowDown": -1, "ArrowRight": 1, "ArrowUp": 1, "PageDown": -10, "PageUp": 10}[e.Get("key").String()]
	if by == 0 {
		return
	}
	e.PreventDefault()
	t.Out.Send(ctx, model.GoTo{At: t.Now + by*protocol.Second})
}

// DockTabs are the tabs of one half of the dock.
type DockTabs struct {
	app.Compo
	Out  *Out
	Tab  string
	Tabs string // names, apart by a space
	Fold bool   // has the button that folds the dock away
	Low  bool   // it is folded away
}

var tabNames = map[string]string{"stage": "Stage", "console": "Console", "inspector": "Inspector", "scenario": "Scenario", "charts": "Charts", "events": "Events"}

// Render draws the tabs. The arrows move between them.
func (d *DockTabs) Render() app.UI {
	list := tabs(d.Out, strings.Fields(d.Tabs), d.Tab, "tab-", "tabs")
	if !d.Fold {
		return app.Div().Class("dock-tabs").Body(list)
	}
	fold := app.Button().Type("button").Class("btn icon small quiet").Aria("label", "Fold the panels away").Aria("expanded", true).Title("Fold away").Body(Icon("panel-bottom-close"))
	if d.Low {
		fold = app.Button().Type("button").Class("btn icon small quiet").Aria("label", "Show the panels").Aria("expanded", false).Title("Show").Body(Icon("panel-bottom-open"))
	}
	return app.Div().Class("dock-tabs").Body(list, fold.OnClick(d.fold))
}

func (d *DockTabs) fold(ctx app.Context, _ app.Event) { d.Out.Send(ctx, model.FoldDock{}) }

// BenchTabs are the tabs of the bench in one column.
type BenchTabs struct {
	app.Compo
	Out    *Out
	Tab    string
	Script bool // the scenario's text is one of them
}

// Render draws the tabs.
func (d *BenchTabs) Render() app.UI {
	names := []string{"stage", "console", "inspector", "charts", "events"}
	if d.Script {
		names = append(names, "scenario")
	}
	return tabs(d.Out, names, d.Tab, "phone-", "bench-tabs tabs")
}

func tabs(out *Out, names []string, on, prefix, class string) app.UI {
	items := make([]app.UI, 0, len(names))
	for i, n := range names {
		tab := app.Button().Type("button").ID(prefix+n).Attr("role", "tab").Aria("selected", n == on).Aria("controls", "panel-"+n).TabIndex(map[bool]int{true: 0, false: -1}[n == on]).Text(tabNames[n])
		items = append(items, tab.OnClick(func(ctx app.Context, _ app.Event) { out.Send(ctx, model.ShowTab{Tab: n}) }, n).
			OnKeyDown(func(ctx app.Context, e app.Event) {
				by := map[string]int{"ArrowLeft": -1, "ArrowRight": 1}[e.Get("key").String()]
				if by == 0 {
					return
				}
				to := names[(i+by+len(names))%len(names)]
				out.Send(ctx, model.ShowTab{Tab: to})
				if el := app.Window().GetElementByID(prefix + to); el.Truthy() {
					el.Call("focus")
				}
			}, n))
	}
	return app.Div().Class(class).Attr("role", "tablist").Body(items...)
}
