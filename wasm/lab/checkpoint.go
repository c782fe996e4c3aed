package lab

import (
	"time"

	"shardlab/wasm/sim"
)

// Checkpoints: at most maxPoints copies of the run, at first a second apart; when they are full every other one goes and
// the space between them doubles. Copies share what never changes, so one costs little beside the world itself.
const (
	maxPoints  = 96
	firstSpace = time.Second
)

// A point is a copy of the run at an instant; it is copied again before it goes on.
type point struct {
	at  sim.Instant
	run *run
}

// checkpoints are points in order of their instants; the first is the opening of the lab and stays.
type checkpoints struct {
	points []point
	space  time.Duration
}

func (c *checkpoints) add(r *run) {
	if c.space == 0 {
		c.space = firstSpace
	}
	c.points = append(c.points, point{r.region.Now(), r.clone()})
}

// offer keeps a copy of the run when the last one lies far enough back and this one would be the newest.
func (c *checkpoints) offer(r *run, opened sim.Instant) {
	n := len(c.points)
	now := r.region.Now()
	if n == 0 || now <= opened || now < c.points[n-1].at.Add(c.space) {
		return
	}
	if n == maxPoints {
		kept := c.points[:1]
		for i := 2; i < n; i += 2 {
			kept = append(kept, c.points[i])
		}
		clear(c.points[len(kept):])
		c.points = kept
		c.space *= 2
		if now < kept[len(kept)-1].at.Add(c.space) {
			return
		}
	}
	c.add(r)
}

// before returns the newest point at t or before.
func (c *checkpoints) before(t sim.Instant) point {
	p := c.points[0]
	for _, q := range c.points {
		if q.at <= t {
			p = q
		}
	}
	return p
}

// cutAfter drops the points after t.
func (c *checkpoints) cutAfter(t sim.Instant) {
	n := len(c.points)
	for n > 1 && c.points[n-1].at > t {
		n--
	}
	clear(c.points[n:])
	c.points = c.points[:n]
}

// SeekTo jumps to the instant t, in microseconds since the start, as far as a jump leads: to the newest checkpoint at or
// before it, or not at all when the run stands between that and t already. It reports whether the run stands at t; if
// not, AdvanceTo(t, budget) leads there. Going back stops where the lab opened.
func (l *Lab) SeekTo(t int64) (reached bool) {
	l.rim("seek", func() {
		reached = l.seek(t)
		if l.pair != nil {
			l.aside(func() { reached = l.seek(t) && reached })
		}
	})
	return reached && l.crash == nil
}

func (l *Lab) seek(t int64) bool {
	at := max(l.instant(t), l.opened)
	now := l.run.region.Now()
	p := l.points.before(at)
	if at < now || p.at > now {
		if at < now {
			l.history++
			l.shown.reset()
		}
		l.jump(p)
	}
	return l.run.region.Now() == at && !l.pending()
}

// SeekNow goes to the instant t, back by a checkpoint and replay, forward by running.
func (l *Lab) SeekNow(t int64) {
	if t = max(t, l.Opened()); l.SeekTo(t) {
		return
	}
	for l.crash == nil && l.stopped == "" && !l.AdvanceTo(t, 0) {
	}
}
