package view

import (
	"strconv"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
	"shardlab/wasm/protocol"
)

// ZoomSteps come nearer to the stage and go back. They stand above it, where they cover nothing at any width.
type ZoomSteps struct {
	app.Compo
	Out  *Out
	Zoom float64
}

// Render draws the buttons.
func (s *ZoomSteps) Render() app.UI {
	percent := strconv.Itoa(int(s.Zoom*100+.5)) + " %"
	button := func(icon, label, key string, by int, off bool) app.UI {
		return app.Button().Type("button").Class("stage-view").Aria("label", label).Title(label+": "+key).Disabled(off).DataSet("by", by).Body(Icon(icon)).OnClick(s.step)
	}
	return app.Div().Class("stage-views stage-zoom").Attr("role", "group").Aria("label", "Zoom of the stage").Body(
		button("zoom-out", "Zoom out", "−", -1, s.Zoom <= model.MinZoom),
		app.Button().Type("button").Class("stage-view sight-now").Aria("label", "Zoom "+percent+". Show it as it was").Title("As it was: 0").DataSet("by", 0).Text(percent).OnClick(s.step),
		button("zoom-in", "Zoom in", "+", 1, s.Zoom >= model.MaxZoom))
}

func (s *ZoomSteps) step(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	by, err := strconv.Atoi(ctx.JSSrc().Get("dataset").Get("by").String())
	if err == nil {
		s.Out.Send(ctx, model.ZoomBy{Steps: by})
	}
}

// An Overview draws the whole stage small while it is larger than its room: its boxes, with what is seen in a frame that can be moved.
type Overview struct {
	app.Compo
	Out    *Out
	Layout model.Stage
	Stream protocol.Stream
}

// Render draws it.
func (s *Overview) Render() app.UI {
	st := s.Layout
	var calm, warm, hot, cards path
	box := func(p *path, b model.Box) { p.m(b.X, b.Y).h(b.Right()).v(b.Bottom()).h(b.X).z() }
	for _, l := range st.Lanes {
		if l.Shard >= len(s.Stream.Shards) {
			continue
		}
		sh := s.Stream.Shards[l.Shard]
		switch {
		case sh.Refused > 0:
			box(&hot, l.Box)
		case writeShare(sh) >= .5:
			box(&warm, l.Box)
		default:
			box(&calm, l.Box)
		}
	}
	for _, b := range append(append([]model.Box{}, st.Producers...), st.Consumers...) {
		box(&cards, b)
	}
	return app.Div().Class("overview").Aria("hidden", "true").Title("What is seen; drag to move").Body(
		svg("svg", "").Attr("viewBox", "0 0 "+num(st.W)+" "+num(st.H)).Attr("preserveAspectRatio", "none").Body(
			svg("path", "over-calm").Attr("d", calm.String()), svg("path", "over-warm").Attr("d", warm.String()),
			svg("path", "over-hot").Attr("d", hot.String()), svg("path", "over-card").Attr("d", cards.String())),
		app.I().Class("over-seen")).
		On("pointerdown", s.grab).On("pointermove", s.grab)
}

// grab moves what is seen to where the pointer is while it is pressed.
func (s *Overview) grab(ctx app.Context, e app.Event) {
	if e.Get("buttons").Int()&1 == 0 {
		return
	}
	e.PreventDefault()
	box := ctx.JSSrc().Call("getBoundingClientRect")
	s.Out.Pan(ctx, (e.Get("clientX").Float()-box.Get("left").Float())/box.Get("width").Float(), (e.Get("clientY").Float()-box.Get("top").Float())/box.Get("height").Float())
}
