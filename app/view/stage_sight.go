package view

import (
	"strconv"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
	"shardlab/wasm/protocol"
)

// SightTools come nearer to the stage and go back, and show which part of it is seen when it is larger than its room.
type SightTools struct {
	app.Compo
	Out    *Out
	Zoom   float64
	Fits   bool // all of it is seen
	Layout model.Stage
	Stream protocol.Stream
}

// Render draws the buttons, and the overview over them.
func (s *SightTools) Render() app.UI {
	percent := strconv.Itoa(int(s.Zoom*100+.5)) + " %"
	var over app.UI
	if !s.Fits && s.Zoom > 1 {
		over = s.overview()
	}
	button := func(icon, label, command string, by int, off bool) app.UI {
		return app.Button().Type("button").Class("btn icon small quiet").Aria("label", label).Title(label+": "+command).Disabled(off).
			DataSet("by", by).Body(Icon(icon)).OnClick(s.step)
	}
	return app.Div().Class("sight").Body(over, app.Div().Class("sight-steps").Attr("role", "group").Aria("label", "Zoom of the stage").Body(
		button("zoom-out", "Zoom out", "−", -1, s.Zoom <= model.MinZoom),
		app.Button().Type("button").Class("btn small quiet sight-now").Aria("label", "Zoom "+percent+". Show it as it was").Title("As it was: 0").DataSet("by", 0).Text(percent).OnClick(s.step),
		button("zoom-in", "Zoom in", "+", 1, s.Zoom >= model.MaxZoom)))
}

func (s *SightTools) step(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	by, err := strconv.Atoi(ctx.JSSrc().Get("dataset").Get("by").String())
	if err == nil {
		s.Out.Send(ctx, model.ZoomBy{Steps: by})
	}
}

// overview draws the whole stage small: its boxes, with what is seen in a frame that can be moved.
func (s *SightTools) overview() app.UI {
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
func (s *SightTools) grab(ctx app.Context, e app.Event) {
	if e.Get("buttons").Int()&1 == 0 {
		return
	}
	e.PreventDefault()
	box := ctx.JSSrc().Call("getBoundingClientRect")
	s.Out.Pan(ctx, (e.Get("clientX").Float()-box.Get("left").Float())/box.Get("width").Float(), (e.Get("clientY").Float()-box.Get("top").Float())/box.Get("height").Float())
}
