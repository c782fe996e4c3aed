package page

import (
	"cmp"
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
	"shardlab/app/view"
	"shardlab/wasm/protocol"
)

// Render frames the views. Every view gets values only, so that a frame redraws what it has changed and nothing else.
func (b *Bench) Render() app.UI {
	s := b.state
	f := s.Figures
	ready := s.Phase == model.Ready
	stream := b.shownStream()
	names := model.StreamNames(f)
	first := ""
	if len(names) > 0 {
		first = names[0]
	}
	hose, hosed := model.FirehoseOf(f, s.Stream)
	head := &view.StageHead{Out: b.out, Streams: names, Name: s.Stream, Status: stream.Status, Mode: stream.Mode, Hours: stream.RetentionHours, Key: stream.Key, View: s.View, Seed: f.Seed, Undo: f.Undo, Redo: f.Redo}
	for _, z := range f.Zones {
		if z.State != "IN_SYNC" {
			head.Zones = strings.TrimPrefix(head.Zones+", "+z.Name+" "+z.State, ", ")
		}
	}
	if s.Menu == "lab" || s.Menu == "change" {
		head.Menu = s.Menu
	}
	stage := &view.Stage{Out: b.out, Layout: b.stage, Streams: names, Stream: stream, Name: s.Stream, Now: f.Now, Zones: f.Zones, Menu: s.Menu, Form: s.Form, Busy: s.Frame.Busy, Still: b.paint.still, Cell: s.Cell, Span: model.LaneMillis(speedOf(s))}
	if s.Form.Kind != "" {
		stage.Taken = model.TakenNames(f)
	}
	stage.Room = model.Room(b.w, b.h)
	var shown model.Shown
	shown, stage.Producers, stage.Consumers = model.ShownOf(f, s.Stream, stage.Room)
	stage.Controls = model.ControlsOf(f, s.Stream)
	pane := []app.UI{}
	gauges := &view.Gauges{Out: b.out, Stream: stream.Name, Figures: model.FiguresOf(stream, stage.Consumers), Bill: f.Bill}
	if s.View == model.ViewAll {
		gauges.Figures, gauges.Stream = model.FiguresOfAll(f), cmp.Or(stream.Name, first)
	} else if hosed {
		head.Status, head.Hose = hose.Status, hose.Name
		gauges.Hose, gauges.Now = hose, f.Now
	}
	var over app.UI
	if ready || s.Phase == model.Restoring {
		if over = stage.FormOver(f); s.View != model.ViewShards && (s.View == model.ViewAll || stream.Name != "") {
			pane = append(pane, b.view(stream))
		} else if hosed {
			pane = append(pane, &view.HoseStage{Out: b.out, Hose: hose, Producers: stage.Producers, Rate: rateOf(f, hose.Source), Now: s.Frame.Now, Playing: f.Playing, Menu: s.Menu})
		} else {
			pane = append(pane, stage)
		}
	}
	if !ready {
		pane = append(pane, &view.Curtain{Out: b.out, Phase: s.Phase, Words: b.words, Total: s.Total, Trouble: s.Trouble, Alone: b.Full || b.Fresh, Framed: b.Alone})
	}
	canvas := (ready || s.Phase == model.Restoring) && shown.Stream >= 0 && b.w > 0 && s.View == model.ViewShards
	if canvas || ready && s.View == model.ViewAll {
		head.Zoom = cmp.Or(s.Zoom, 1)
	}
	if b.ctx != nil {
		b.ctx.Defer(func(app.Context) {
			if b.paint.attach(canvas && !b.closed); !b.closed {
				b.refind()
			}
		})
	}
	joints := model.JointsOf(f, s.Wiring.From, s.Wiring.End)
	placed := " "
	if s.View == model.ViewAll {
		for _, n := range b.whole.Nodes {
			placed += model.JointRef(n) + " "
		}
	}
	per := max(f.Every, 1) * max(b.paint.air.Thin, 1)
	body := []app.UI{
		&view.BenchTabs{Out: b.out, Tab: s.Phone, Script: b.scripts()},
		app.Div().Class("bench-stage").ID("panel-stage").Body(
			head,
			gauges,
			app.Div().Class("stage-frame").Body(
				app.Div().Class("stage-pane").ID(view.StageID).Body(pane...),
				view.Forked(b.out, s.Frame.Fork),
				app.If(s.Wiring.From != "", &view.WireTray{Wiring: s.Wiring, Joints: joints, Placed: placed}),
				app.If(head.Zoom > 1 && !b.stage.Fits(b.w, b.h), &view.Overview{Out: b.out, Layout: b.stage, Stream: stream})),
			&view.Legend{Out: b.out, Palette: s.Palette, Keys: f.Keys, Per: per, Hose: hosed, Heat: b.stage.Heat, Read: len(stage.Consumers) > 0, View: s.View, Small: b.stage.Dot < 4.5, Speed: speedOf(s), Still: b.paint.still},
			&view.DeedLine{Out: b.out, Deed: s.Deed, Notice: s.Notice, Download: s.Download},
			over,
			b.sharing(),
		),
		&view.TimeBar{Out: b.out, Ready: ready, Now: s.Frame.Now, End: s.Frame.End, Opened: s.Frame.Opened, Start: s.Frame.StartUnix, Playing: s.Frame.Playing,
			Speed: speedOf(s), Reached: s.Frame.Reached, Busy: s.Frame.Busy, Seeking: s.Seeking, Back: s.Before(), Marks: s.Marked, Cursor: s.Graph.Cursor, Pointed: s.Graph.Pointed, Menu: timeMenu(s.Menu), Asking: s.Asking, Metrics: metricsOf(s), Timeline: s.Frame.Timeline, Fork: model.ForkedAt(s.Frame)},
		app.Div().Class("dock").Body(
			app.Section().Class("dock-left").Aria("label", "Console and inspector").Body(
				app.H2().Class("visually-hidden").Text("Console and inspector"),
				&view.DockTabs{Out: b.out, Tab: s.Left, Tabs: b.leftTabs()},
				app.Div().Class("panel").ID("panel-console").Attr("role", "tabpanel").Aria("labelledby", "tab-console").DataSet("on", s.Left == "console").Body(
					&view.Console{Out: b.out, Entries: s.Entries, Typed: s.Typed, Offer: s.Offer, Ready: ready, Stream: first}),
				app.Div().Class("panel").ID("panel-inspector").Attr("role", "tabpanel").Aria("labelledby", "tab-inspector").DataSet("on", s.Left == "inspector").Body(
					&view.Inspector{Out: b.out, Ref: s.Ref, Sheet: s.Sheet, Flaw: s.SheetFlaw, Trail: len(s.Trail), Actions: model.ActionsOf(f, s.Ref), Download: s.Download}),
				b.scriptPanel()),
			app.Section().Class("dock-right").Aria("label", "Charts and events").Body(
				app.H2().Class("visually-hidden").Text("Charts and events"),
				&view.DockTabs{Out: b.out, Tab: s.Right, Tabs: "charts events", Fold: true, Low: s.Low},
				app.Div().Class("panel").ID("panel-charts").Attr("role", "tabpanel").Aria("labelledby", "tab-charts").DataSet("on", s.Right == "charts").Body(
					app.If(s.Right == "charts" && !s.Low, // what nobody can see is not drawn: it would cost every frame its time
						&view.Charts{Out: b.out, Charts: s.Plotted, Graph: s.Graph, Marks: s.Marked, Start: s.Frame.StartUnix, Table: s.Table, Ref: s.Ref})),
				app.Div().Class("panel").ID("panel-events").Attr("role", "tabpanel").Aria("labelledby", "tab-events").DataSet("on", s.Right == "events").Body(
					app.If(s.Right == "events" && !s.Low,
						&view.Events{Out: b.out, Events: s.Listed, Filter: s.Filter})))),
		app.Div().Class("visually-hidden").Aria("live", "polite").Text(s.Said),
	}
	class := "bench"
	if b.Full {
		class += " full"
	}
	if s.Low {
		class += " low"
	}
	return app.Div().ID(benchID).Class(class).DataSet("tab", s.Phone).DataSet("panels", b.panels()).Body(body...).OnKeyDown(b.key).OnClick(b.press)
}

// rateOf is how many records a second a stream takes.
func rateOf(f protocol.Frame, stream string) float64 {
	for _, s := range f.Streams {
		if s.Name == stream {
			return model.FiguresOf(s, nil).In
		}
	}
	return 0
}

func speedOf(s model.Bench) float64 {
	if s.Frame.Speed == 0 {
		return 1
	}
	return s.Frame.Speed
}

// metricsOf names the metrics that a run can wait for, while the menu that asks is open.
func metricsOf(s model.Bench) []string {
	if s.Menu != "until" {
		return nil
	}
	return s.MetricNames()
}

// timeMenu keeps the menus of the stage from redrawing the time bar.
func timeMenu(menu string) string {
	if menu == "speed" || menu == "until" {
		return menu
	}
	return ""
}

// key is what the keyboard does anywhere on the bench where nothing nearer wants it.
func (b *Bench) key(ctx app.Context, e app.Event) {
	switch e.Get("key").String() {
	case "Escape":
		if b.state.Menu != "" {
			b.update(model.Toggle{})
		} else if b.state.Sharing.Tab != "" {
			b.update(model.CloseSharing{})
		} else if b.state.Form.Kind != "" {
			b.update(model.CloseForm{})
		}
	case "+", "=", "-", "0":
		if target := e.Get("target"); target.Call("closest", ".stage-frame, .stage-head").Truthy() && !target.Call("closest", "input, select, textarea").Truthy() && !e.Get("ctrlKey").Bool() && !e.Get("metaKey").Bool() {
			e.PreventDefault()
			b.send(b.ctx, model.ZoomBy{Steps: map[string]int{"+": 1, "=": 1, "-": -1}[e.Get("key").String()]})
		}
	case " ":
		if tag := e.Get("target").Get("tagName").String(); tag != "INPUT" && tag != "TEXTAREA" && tag != "SELECT" && tag != "BUTTON" && tag != "SUMMARY" {
			e.PreventDefault()
			if b.state.Phase == model.Ready {
				b.update(model.PressPlay{})
			}
		}
	}
}

// press closes an open menu when the press was elsewhere.
func (b *Bench) press(_ app.Context, e app.Event) {
	if b.state.Menu != "" && !e.Get("target").Call("closest", ".menu").Truthy() {
		b.update(model.Toggle{})
	}
}
