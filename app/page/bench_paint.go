package page

import (
	"shardlab/app/link"
	"shardlab/app/model"
	"shardlab/app/view"
)

// moveMs is how long the stage needs to take a new shape; bench.css lets the lanes slide as long.
const moveMs = 420.0

// A painter joins what is in the air to the canvas it is painted on. The canvas belongs to an element that comes and goes
// with the stage, so it is looked up whenever the stage is laid out anew.
type painter struct {
	air    model.Air
	canvas *link.Canvas
	from   model.Stage
	to     model.Stage
	began  float64
	still  bool
}

// move lets the stage go from one shape to the next.
func (p *painter) move(from, to model.Stage) {
	p.from, p.to, p.began = from, to, link.Now()
	if p.still || from.Scale != to.Scale || from.Heat != to.Heat {
		p.from = to
	}
	p.wake()
}

// stage returns the stage as it stands at a moment of the page's clock.
func (p *painter) stage(wall float64) model.Stage {
	if t := (wall - p.began) / moveMs; t < 1 {
		return model.Between(p.from, p.to, max(t, 0))
	}
	return p.to
}

// attach takes the canvas that is in the page now, or none.
func (p *painter) attach(there bool) {
	if there == (p.canvas != nil) {
		if there {
			p.view()
		}
		return
	}
	if !there {
		p.close()
		return
	}
	p.canvas = link.NewCanvas(view.DotsID, p.draw)
	p.view()
	p.wake()
}

// view lets the canvas cover what of the stage is drawn.
func (p *painter) view() {
	n := p.to.Near
	p.canvas.View(n.X, n.Y, n.W, n.H, p.to.Scale)
}

func (p *painter) draw(b *link.Brush, wall float64) bool {
	p.air.Tick(wall)
	if p.still {
		return false
	}
	p.air.Paint(p.stage(wall), b)
	return p.air.Moving() || wall-p.began < moveMs
}

func (p *painter) wake() {
	if p.canvas != nil {
		p.canvas.Wake()
	}
}

func (p *painter) close() {
	if p.canvas != nil {
		p.canvas.Close()
		p.canvas = nil
	}
}
