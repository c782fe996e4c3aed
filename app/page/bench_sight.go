package page

import (
	"math"
	"strings"
	"time"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/link"
	"shardlab/app/model"
	"shardlab/app/view"
	"shardlab/wasm/protocol"
)

// settleAfter is how long the stage waits for the end of a scrolling before its clients come along.
const settleAfter = 120 * time.Millisecond

// zoom takes a zooming; what is at the point x, y of the stage's room stays there.
func (b *Bench) zoom(message any, x, y float64) {
	before := b.stage
	fx, fy := (b.x+x)/max(before.W*before.Scale, 1), (b.y+y)/max(before.H*before.Scale, 1)
	link.Quiet(view.StageID)
	b.update(message)
	if b.stage.W == 0 {
		return
	}
	for range 2 { // where it stands depends on how far it is scrolled
		b.x = min(max(fx*b.stage.W*b.stage.Scale-x, 0), max(b.stage.W*b.stage.Scale-b.w, 0))
		b.y = min(max(fy*b.stage.H*b.stage.Scale-y, 0), max(b.stage.H*b.stage.Scale-b.h, 0))
		b.lay()
	}
	to := [2]float64{b.x, b.y}
	b.ctx.Defer(func(app.Context) { link.ScrollTo(view.StageID, to[0], to[1]) })
	b.Update()
}

// pan scrolls the stage so that a point of it, given as parts of the whole, is in the middle.
func (b *Bench) pan(_ app.Context, x, y float64) {
	link.ScrollTo(view.StageID, x*b.stage.W*b.stage.Scale-b.w/2, y*b.stage.H*b.stage.Scale-b.h/2)
}

// scrolled lays the stage out for what is seen now, once the scrolling has come to rest; at once when nothing would be drawn there.
func (b *Bench) scrolled(x, y float64) {
	if b.closed {
		return
	}
	b.scrolls++
	turn := b.scrolls
	settle := func() {
		if math.Hypot(x-b.x, y-b.y) >= 1 {
			b.x, b.y = x, y
			b.lay()
		}
	}
	near, s := b.stage.Near, b.stage.Scale
	if y/s < near.Y-1 || (y+b.h)/s > near.Bottom()+1 || x/s < near.X-1 || (x+b.w)/s > near.Right()+1 {
		settle()
		return
	}
	b.ctx.After(settleAfter, func(app.Context) {
		if turn == b.scrolls && !b.closed {
			settle()
		}
	})
}

// view draws what else the stage shows than shards with their clients.
func (b *Bench) view(stream protocol.Stream) app.UI {
	s := b.state
	v := &view.StageViews{Out: b.out, View: s.View, Stream: stream, Narrow: b.w < 620, Now: s.Figures.Now, Playing: s.Figures.Playing && !b.paint.still}
	switch s.View {
	case model.ViewAll:
		v.Stream, v.Whole = protocol.Stream{}, b.whole
		v.Wiring, v.Joints = s.Wiring, model.JointsOf(s.Figures, s.Wiring.From, s.Wiring.End)
	case model.ViewRing:
		v.Key, v.Explicit = s.Key, s.HashKey
		if v.Side = min(max(b.h-16, 220), b.w*.5, 560); v.Narrow {
			v.Side = min(b.w-32, 230)
		}
	case model.ViewLineage:
		v.Lineage = model.LineageOf(stream, s.Figures.Now, b.w, b.h)
	}
	return v
}

// nameOf is the name in an address of the lab: "steady" of "start=steady".
func nameOf(place string) string {
	_, name, _ := strings.Cut(place, "=")
	return name
}

// savePicture hands what the stage shows to the learner as a file. A Firehose stream is shown among all parts of the lab.
func (b *Bench) savePicture(m model.SavePicture) {
	s := b.state
	f := s.Figures
	stream := b.shownStream()
	theme := m.Theme
	if theme == "" {
		theme = link.Theme()
	}
	p := view.Still{Title: nameOf(placeNamed(b.Slug)), Instant: model.Clock(f.Now), Dark: theme == model.Dark, View: s.View, Stream: stream, Key: s.Key, HashKey: s.HashKey,
		Palette: s.Palette, Keys: f.Keys, Per: max(f.Every, 1) * max(b.paint.air.Thin, 1)}
	if stream.Name == "" {
		p.View = model.ViewAll
	}
	g := model.Sight{W: view.StillW, H: view.StillRoomH}
	switch p.View {
	case model.ViewAll:
		p.Whole = model.WholeOf(f).Lay(g)
	case model.ViewLineage:
		p.Lineage = model.LineageOf(stream, f.Now, g.W, g.H)
	case model.ViewShards:
		_, p.Producers, p.Consumers = model.ShownOf(f, s.Stream, model.Room(g.W, g.H))
		p.Controls, p.Span = model.ControlsOf(f, s.Stream), model.LaneMillis(speedOf(s))
		p.Stage = g.Lay(stream, len(p.Producers), len(p.Consumers), model.PartsOf(p.Producers, p.Consumers, p.Controls))
		p.Dots = func(brush model.Brush) { b.paint.air.Paint(p.Stage, brush) }
	}
	shows := p.Stream.Name
	if p.View != model.ViewShards {
		shows = strings.TrimPrefix(shows+"-"+p.View, "-")
	}
	done := model.PictureSaved{Name: model.PictureName(b.Slug, shows, f.Now, m.Format), Command: "stage save " + m.Format + " " + theme}
	saved := func(ok bool) {
		b.ctx.Dispatch(func(app.Context) {
			if !ok {
				done.Flaw = "This browser did not draw the picture. Save it as SVG: stage save svg"
			}
			b.update(done)
		})
	}
	link.Font(func(font string) {
		p.Font = font
		svg := p.SVG()
		if m.Format == "png" {
			link.SavePNG(done.Name, svg, view.StillW, view.StillH, saved)
			return
		}
		link.Download(done.Name, "image/svg+xml", []byte(svg))
		saved(true)
	})
}
