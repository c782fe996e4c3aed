package view

import (
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
)

const svgNS = "http://www.w3.org/2000/svg"

// svg makes an element of a drawing. Its style hangs on data-p: go-app sets a class through className, which a drawing's
// element does not take.
func svg(tag, part string) app.HTMLElem {
	e := app.Elem(tag).XMLNS(svgNS)
	if part != "" {
		e = e.DataSet("p", part)
	}
	return e
}

// Wires draws what stands still between the boxes: the ways of the records, the ring cut into shards, and the lines from
// closed shards to their children. It changes only when a box moves.
type Wires struct {
	app.Compo
	Layout model.Stage
	Acts   string // what the controls do, as acts writes it
	Hot    string // the numbers of the shards that refuse, apart by spaces and with one at each end
}

// Render draws a few long paths rather than many short ones.
func (w *Wires) Render() app.UI {
	st := w.Layout
	var in, out, fan, ringA, ringB, hot, kin, watch, act path
	w.controls(&watch, &act)
	for _, b := range bands(st) {
		rx, ry := b.ring.MidX(), b.ring.MidY()
		for _, p := range st.Producers {
			if st.Upright {
				continue // one way is enough on a phone: see below
			}
			x0, y0 := p.Right(), p.MidY()
			mid := x0 + (rx-x0)*.5
			in.m(x0, y0).c(mid, y0, mid, ry, rx, ry)
		}
		for _, c := range st.Consumers {
			if st.Upright {
				continue
			}
			x0, y0 := b.right, b.mid
			mid := x0 + (c.X-x0)*.5
			out.m(x0, y0).c(mid, y0, mid, c.MidY(), c.X, c.MidY())
		}
		x0, x1 := b.ring.Right(), b.left
		mid := x0 + (x1-x0)*.55
		fan.m(x0, b.ring.Y).c(mid, b.ring.Y, mid, b.top, x1, b.top).v(b.bottom).c(mid, b.bottom, mid, b.ring.Bottom(), x0, b.ring.Bottom()).z()
	}
	for _, l := range st.Lanes {
		r := l.Ring
		if !l.Open || r.Y > st.Near.Bottom() || r.Bottom() < st.Near.Y {
			continue
		}
		ring := &ringA
		if l.Number%2 == 1 {
			ring = &ringB
		}
		if strings.Contains(w.Hot, " "+strconv.Itoa(l.Number)+" ") {
			ring = &hot
		}
		ring.m(r.X, r.Y).h(r.Right()).v(r.Bottom()).h(r.X).z()
	}
	if st.Upright {
		for _, p := range st.Producers {
			in.m(p.MidX(), p.Bottom()).c(p.MidX(), p.Bottom()+30, st.Ring.MidX(), st.Ring.Y-40, st.Ring.MidX(), st.Ring.Y)
		}
	}
	for _, d := range st.Descents {
		a, b := st.Lanes[d.Parent], st.Lanes[d.Child]
		if !st.Draws(a.Box) && !st.Draws(b.Box) {
			continue
		}
		x := a.Box.X - 5 - 3*float64((a.Depth)%4)
		y0, y1 := a.Body.MidY(), b.Body.MidY()
		s := 5.0
		if y1 < y0 {
			s = -5
		}
		kin.m(a.Box.X, y0).h(x+5).c(x+2, y0, x, y0+s*.4, x, y0+s).v(y1-s).c(x, y1-s*.4, x+2, y1, x+5, y1).h(b.Box.X - 1)
		kin.m(b.Box.X-4, y1-3).l(b.Box.X-1, y1).l(b.Box.X-4, y1+3)
	}
	if len(st.Lanes) == 0 {
		return svg("svg", "wires").Attr("width", "0").Attr("height", "0").Aria("hidden", "true")
	}
	return svg("svg", "wires").Attr("viewBox", "0 0 "+num(st.W)+" "+num(st.H)).Attr("width", num(st.W)).Attr("height", num(st.H)).Aria("hidden", "true").Body(
		svg("path", "in").Attr("d", in.String()),
		svg("path", "out").Attr("d", out.String()),
		svg("path", "fan").Attr("d", fan.String()),
		svg("path", "ring-a").Attr("d", ringA.String()),
		svg("path", "ring-b").Attr("d", ringB.String()),
		svg("path", "ring-hot").Attr("d", hot.String()),
		svg("path", "kin").Attr("d", kin.String()),
		svg("path", "watch").Attr("d", watch.String()),
		svg("path", "kin").Attr("d", act.String()),
		svg("text", "ring-end").Attr("x", num(st.Ring.MidX())).Attr("y", num(st.Ring.Y-6)).Attr("text-anchor", "middle").Text("0"),
		svg("text", "ring-end").Attr("x", num(st.Ring.MidX())).Attr("y", num(st.Ring.Bottom()+14)).Attr("text-anchor", "middle").Text("2¹²⁸"),
	)
}

// A band is what the ways of records lead to and from: a lane with its part of the ring, or a row of cells with theirs.
type band struct {
	ring                          model.Box
	left, right, top, bottom, mid float64
}

// bands are those that are near enough to what is seen.
func bands(st model.Stage) (all []band) {
	for i, l := range st.Lanes {
		if !l.Open || !st.Draws(l.Box) {
			continue
		}
		b := band{l.Ring, l.Box.X, l.Box.Right(), l.Body.Y, l.Body.Bottom(), l.Body.MidY()}
		if l.Mode == model.Row || l.Mode == model.Slim {
			b.top, b.bottom = l.Box.Y, l.Box.Bottom()
		}
		if n := len(all); st.Heat && i%st.Columns > 0 && n > 0 {
			all[n-1].right = b.right
			all[n-1].ring.H = b.ring.Bottom() - all[n-1].ring.Y
			continue
		}
		all = append(all, b)
	}
	return all
}

// A path is the d of a path, absolute, rounded to tenths.
type path struct{ strings.Builder }

func (p *path) op(c byte, at ...float64) *path {
	p.WriteByte(c)
	for i, v := range at {
		if i > 0 {
			p.WriteByte(' ')
		}
		p.WriteString(num(v))
	}
	return p
}

func (p *path) m(x, y float64) *path             { return p.op('M', x, y) }
func (p *path) l(x, y float64) *path             { return p.op('L', x, y) }
func (p *path) h(x float64) *path                { return p.op('H', x) }
func (p *path) v(y float64) *path                { return p.op('V', y) }
func (p *path) z() *path                         { return p.op('Z') }
func (p *path) c(a, b, c, d, x, y float64) *path { return p.op('C', a, b, c, d, x, y) }
func num(v float64) string                       { return strconv.FormatFloat(float64(int64(v*10+.5))/10, 'f', -1, 64) }
