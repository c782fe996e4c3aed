package model

import (
	"cmp"
	"math"
	"slices"

	"shardlab/wasm/protocol"
)

// A Box is a rectangle on the stage, in CSS pixels from its upper left corner.
type Box struct{ X, Y, W, H float64 }

// Right and Bottom are the far edges; MidX and MidY the middle.
func (b Box) Right() float64  { return b.X + b.W }
func (b Box) Bottom() float64 { return b.Y + b.H }
func (b Box) MidX() float64   { return b.X + b.W/2 }
func (b Box) MidY() float64   { return b.Y + b.H/2 }

// A LaneMode says how much a lane has room to say.
type LaneMode string

// The modes, from the most room to the least.
const (
	Roomy  LaneMode = "roomy" // a line of words above the records, meters with units under them
	Mid    LaneMode = "mid"   // one line above: number, meters
	Row    LaneMode = "row"   // all in one row: number, records, one meter
	Slim   LaneMode = "slim"  // as Row, with the height of a line of small type
	Heat   LaneMode = "heat"  // a cell: how full its budgets are
	Closed LaneMode = "closed"
)

// Heights of the lines above and under a lane's records; bench.css uses the same.
const (
	laneHead = 22
	laneFoot = 22
	closedIn = 14 // a closed shard's lane
	foldIn   = 26 // the line that stands for closed shards without a lane
)

// shownClosed is how many closed shards have lanes. When there are more, those that no open shard came from are folded into
// one line; when that leaves too many, all of them.
const shownClosed = 6

// A Lane is where a shard is drawn. Lanes stand in the order of the hash ring.
type Lane struct {
	Shard    int // place in Stream.Shards
	Number   int
	Open     bool
	Mode     LaneMode
	Box      Box // all of it
	Body     Box // where its records slide
	From, To float64
	Ring     Box // its part of the ring's bar; empty for closed ones
	Depth    int // how many generations of closed parents stand above it
}

// A Descent joins the lane of a closed parent with the lane of a child, by their places in Stage.Lanes.
type Descent struct{ Parent, Child int }

// A Stage is where everything stands. It depends on the shape of the world and the room alone, never on its numbers.
type Stage struct {
	W, H        float64
	Scale       float64 // CSS pixels of the page a pixel of the stage
	Seen        Box     // what of it is in sight
	Near        Box     // what of it is drawn
	Heat        bool    // shards are cells
	Columns     int     // of cells
	Upright     bool    // one column: producers above, consumers under the lanes
	Small       bool    // the actors' boxes have room for two lines only
	Producers   []Box
	Consumers   []Box
	AddProducer Box
	AddConsumer Box
	Ring        Box
	Lanes       []Lane
	Descents    []Descent
	Folded      int   // closed shards without a lane of their own
	Fold        Box   // the line that stands for them, under the lanes; empty when there are none
	Controls    []Box // alarms and functions that scale, under the lanes
	places      []int // in Lanes, plus one, by the number of the shard less base
	base        int
	Dot         float64 // radius of the dots; one size, so that they can be painted together
}

// Lay lays a stream and its clients out in a room of w by h pixels. When they need more height than h, the stage is higher.
func Lay(w, h float64, s protocol.Stream, producers, consumers int, parts Parts) Stage {
	return Sight{W: w, H: h}.Lay(s, producers, consumers, parts)
}

// Lay lays a stream and its clients out as they are looked at.
func (g Sight) Lay(s protocol.Stream, producers, consumers int, parts Parts) Stage {
	st := Stage{Scale: min(cmp.Or(g.Zoom, 1), 1)}
	st.W, st.H = g.W/st.Scale, g.H/st.Scale
	st.Upright = st.W < wideFrom
	st.Lanes = lanes(s)
	open, _ := st.counts()
	if g.heats(open, st.H-40) {
		st.Heat = true
		st.Lanes = slices.DeleteFunc(st.Lanes, func(l Lane) bool { return !l.Open })
	}
	st.Folded = len(s.Shards) - len(st.Lanes)
	st.index()
	for i := range st.Lanes {
		for j := range st.Lanes {
			c := s.Shards[st.Lanes[j].Shard]
			if id := s.Shards[st.Lanes[i].Shard].ID; id == c.Parent || id == c.AdjacentParent {
				st.Descents = append(st.Descents, Descent{i, j})
			}
		}
	}
	for range 6 { // generations; deeper ones share an indent
		for _, d := range st.Descents {
			st.Lanes[d.Child].Depth = min(6, max(st.Lanes[d.Child].Depth, st.Lanes[d.Parent].Depth+1))
		}
	}
	if st.Upright {
		st.layUpright(g, producers, consumers, parts)
	} else {
		st.layWide(g, producers, consumers, parts)
	}
	st.sees(g)
	st.Dot = Radius(Slim)
	for _, l := range st.Lanes {
		if l.Open {
			st.Dot = Radius(l.Mode)
			break
		}
	}
	return st
}

// lanes orders shards along the ring. A closed parent stands before the children that took over its range.
func lanes(s protocol.Stream) []Lane {
	out := make([]Lane, 0, len(s.Shards))
	hidden := folded(s)
	for i, sh := range s.Shards {
		if sh.State != "OPEN" && hidden(sh.ID) {
			continue
		}
		out = append(out, Lane{Shard: i, Number: ShardNumber(sh.ID), Open: sh.State == "OPEN", From: sh.From, To: sh.To})
	}
	slices.SortStableFunc(out, func(a, b Lane) int {
		if c := cmp.Compare(a.From, b.From); c != 0 {
			return c
		}
		if a.Open != b.Open {
			if b.Open {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Number, b.Number)
	})
	return out
}

// folded says which closed shards have no lane.
func folded(s protocol.Stream) func(id string) bool {
	closed := 0
	var parents []string // closed shards that an open one came from
	for _, sh := range s.Shards {
		if sh.State != "OPEN" {
			closed++
			continue
		}
		for _, id := range [...]string{sh.Parent, sh.AdjacentParent} {
			is := func(p protocol.Shard) bool { return p.ID == id }
			if id != "" && !slices.Contains(parents, id) && slices.ContainsFunc(s.Shards, is) {
				parents = append(parents, id)
			}
		}
	}
	if closed <= shownClosed {
		return func(string) bool { return false }
	}
	if len(parents) > shownClosed {
		return func(string) bool { return true }
	}
	return func(id string) bool { return !slices.Contains(parents, id) }
}

// under is the height of what stands under the lanes, and where it stands when they end at y: the line for folded shards, then the cards
// of n controls.
func (st *Stage) under(x, right, y float64, n int) (high float64) {
	if st.Folded > 0 {
		st.Fold = Box{x, y, right - x, foldIn - 4}
		high = foldIn
	}
	if n == 0 {
		return high
	}
	const gap = 28.0 // an arrow goes through it
	columns := min(n, max(1, int((right-x+gap)/(controlWide+gap))))
	w := min((right-x-gap*float64(columns-1))/float64(columns), 300)
	x += (right - x - w*float64(columns) - gap*float64(columns-1)) / 2
	st.Controls = make([]Box, n)
	for i := range st.Controls {
		st.Controls[i] = Box{x + float64(i%columns)*(w+gap), y + high + controlGap + float64(i/columns)*(controlHigh+8), w, controlHigh}
	}
	return high + controlGap + float64((n+columns-1)/columns)*(controlHigh+8)
}

func (st *Stage) counts() (open, closed int) {
	for _, l := range st.Lanes {
		if l.Open {
			open++
		} else {
			closed++
		}
	}
	return open, closed
}

// pitch returns the height of an open lane, gap included, its mode, and that of a closed one.
func pitch(room float64, open, closed int) (each float64, mode LaneMode, shut float64) {
	shut = closedIn + 6
	each = (room - float64(closed)*shut) / float64(max(open, 1))
	each = max(min(each, 124), slimPitch)
	return each, modeOf(each), shut
}

func modeOf(each float64) LaneMode {
	switch {
	case each >= 88:
		return Roomy
	case each >= 50:
		return Mid
	case each >= 25:
		return Row
	}
	return Slim
}

const (
	wideFrom  = 640.0 // below, the stage stands upright
	addHigh   = 34.0
	smallCard = 62.0
	fullCard  = 118.0 // with two parts
	partHigh  = 20.0
	mostParts = 8

	controlHigh = 44.0
	controlWide = 190.0 // at least
	controlGap  = 18.0  // between the lanes and the cards under them
)

// PartsIn is how many parts a card of a height draws, a line each.
func PartsIn(high float64) int { return 2 + max(0, int((high-fullCard)/partHigh)) }

// Parts are the most parts that a client has, of those that write and of those that read, and how many controls there are.
type Parts struct{ Writer, Reader, Controls int }

// PartsOf counts the parts of the clients of a stage, and its controls.
func PartsOf(producers []protocol.Producer, consumers []protocol.Consumer, controls []protocol.Control) (most Parts) {
	most.Controls = len(controls)
	for _, p := range producers {
		most.Writer = max(most.Writer, len(p.Parts))
	}
	for _, c := range consumers {
		most.Reader = max(most.Reader, len(c.Parts))
	}
	return most
}

// Room is how many cards a side of a stage of this size has: as many as are seen without scrolling, and a few in any case.
func Room(w, h float64) int {
	if w < wideFrom {
		return 10
	}
	return max(6, int((h-addHigh-30)/(smallCard+10)))
}

func (st *Stage) layWide(g Sight, producers, consumers int, parts Parts) { // in cards
	const edge, add = 20, addHigh
	aw := math.Round(min(max(st.W*0.185, 132), 208))
	gap := math.Round(min(max(st.W*0.075, 40), 104))
	ringX := edge + aw + gap
	laneX, laneR := ringX+8+30, st.W-edge-aw-gap
	open, closed := st.counts()
	fold := st.under(laneX, laneR, 0, parts.Controls)
	each, mode, shut := pitch(st.H-40-fold, open, closed)
	if g.Zoom > 1 && !st.Heat {
		if open > heatFrom {
			each = heatPitch
		}
		each, st.Scale = g.nearer(each)
		mode = modeOf(each)
		st.H /= st.Scale
	}
	high := float64(open)*each + float64(closed)*shut + fold
	if st.Heat {
		high = st.layHeat(laneX, laneR, 0, st.H-40-fold) + fold
	}
	actors := max(producers, consumers)
	box := fullCard
	if float64(actors)*(fullCard+10)+add+30 > st.H {
		box, st.Small = smallCard, true
	}
	need := max(high+40, float64(actors)*(box+10)+add+30)
	seen := st.H // what is in sight at once; there the clients stand
	st.H = max(st.H, need)

	column := func(x float64, n, parts int) ([]Box, Box) {
		box := box
		if more := min(parts, mostParts) - 2; more > 0 && !st.Small { // cards grow for their parts, as far as there is room
			room := int(((seen-add-30)/float64(n) - 10 - box) / partHigh)
			box += float64(max(0, min(more, room))) * partHigh
		}
		high := float64(n)*(box+10) + add
		y := max(math.Round((seen-high)/2), 15)
		y += max(0, min(g.Y/st.Scale, st.H-y-high-15))
		out := make([]Box, n)
		for i := range out {
			out[i] = Box{x, y, aw, box}
			y += box + 10
		}
		return out, Box{x, y, aw, add}
	}
	st.Producers, st.AddProducer = column(edge, producers, parts.Writer)
	st.Consumers, st.AddConsumer = column(st.W-edge-aw, consumers, parts.Reader)

	y := math.Round((max(seen, min(high+40, st.H)) - high) / 2)
	if st.Heat {
		st.layHeat(laneX, laneR, y, high-fold)
	} else {
		st.layLanes(laneX, laneR, y, each, shut, mode)
	}
	st.under(laneX, laneR, y+high-fold+4, parts.Controls)
	st.layRing(ringX)
}

func (st *Stage) layUpright(g Sight, producers, consumers int, parts Parts) {
	const edge, add, box = 12, 32, 64
	st.Small = true
	open, closed := st.counts()
	y := 8.0
	row := func(n int) ([]Box, Box) {
		cols := 2
		bw := (st.W - 2*edge - 8) / 2
		out := make([]Box, n)
		for i := range out {
			if n == 1 {
				out[i] = Box{edge, y, st.W - 2*edge, box}
			} else {
				out[i] = Box{edge + float64(i%cols)*(bw+8), y + float64(i/cols)*(box+8), bw, box}
			}
		}
		rows := (n + cols - 1) / cols
		if n == 1 {
			rows = 1
		}
		y += float64(rows) * (box + 8)
		a := Box{edge, y, st.W - 2*edge, add}
		y += add
		return out, a
	}
	st.Producers, st.AddProducer = row(producers)
	y += 34
	mode, each, shut := Mid, 64.0, closedIn+6.0
	if open > 12 {
		mode, each = Row, 30
	}
	if open > 24 {
		mode, each = Slim, 20
	}
	if g.Zoom > 1 && !st.Heat {
		each, st.Scale = g.nearer(each)
		mode = modeOf(each)
	}
	ringX := float64(edge)
	laneX := ringX + 7 + 16
	high := float64(open)*each + float64(closed)*shut
	if st.Heat {
		high = st.layHeat(laneX, st.W-edge, y, 0)
	} else {
		st.layLanes(laneX, st.W-edge, y, each, shut, mode)
	}
	st.layRing(ringX)
	y += max(high, 56)
	y += st.under(laneX, st.W-edge, y+2, parts.Controls) + 26
	st.Consumers, st.AddConsumer = row(consumers)
	st.H = y + 8
}

func (st *Stage) layLanes(x, right, y, each, shut float64, mode LaneMode) {
	for i := range st.Lanes {
		l := &st.Lanes[i]
		if !l.Open {
			l.Mode = Closed
			h := shut - 3
			l.Box = Box{x, y, right - x, h}
			l.Body = l.Box
			y += shut
			continue
		}
		l.Mode = mode
		gap := map[LaneMode]float64{Roomy: 12, Mid: 10, Row: 6, Slim: 2}[mode]
		l.Box = Box{x, y, right - x, each - gap}
		l.Body = l.Box
		switch mode {
		case Roomy:
			l.Body.Y += laneHead
			l.Body.H -= laneHead + laneFoot
		case Mid:
			l.Body.Y += laneHead
			l.Body.H -= laneHead
		case Row, Slim:
			label, figures := 34.0, 132.0
			if right-x < 420 {
				figures = min(max(right-x-label-80, 78), 116)
			}
			l.Body.X += label
			l.Body.W -= label + figures
		}
		y += each
	}
}

// layRing cuts the bar beside the lanes into the ranges of the open shards, as long as their part of the ring.
func (st *Stage) layRing(x float64) {
	top, bottom := math.Inf(1), 0.0
	for _, l := range st.Lanes {
		top, bottom = min(top, l.Box.Y), max(bottom, l.Box.Bottom())
	}
	if len(st.Lanes) == 0 {
		return
	}
	w := 8.0
	if st.Upright {
		w = 7
	}
	st.Ring = Box{x, top, w, bottom - top}
	for i := range st.Lanes {
		if l := &st.Lanes[i]; l.Open {
			y0, y1 := top+l.From*st.Ring.H, top+l.To*st.Ring.H
			high := max(y1-y0-1.5, 1)
			l.Ring = Box{x, min(y0+.75, bottom-high), w, high}
		}
	}
}

// LaneOf returns the place in Lanes of the shard with that number, or -1.
func (st *Stage) LaneOf(number int) int {
	if i := number - st.base; i >= 0 && i < len(st.places) {
		return st.places[i] - 1
	}
	return -1
}

// index makes LaneOf quick: every dot asks for its lane in every picture.
func (st *Stage) index() {
	if len(st.Lanes) == 0 {
		return
	}
	low, high := st.Lanes[0].Number, st.Lanes[0].Number
	for _, l := range st.Lanes {
		low, high = min(low, l.Number), max(high, l.Number)
	}
	st.base, st.places = low, make([]int, high-low+1)
	for i, l := range st.Lanes {
		st.places[l.Number-low] = i + 1
	}
}

// Between returns the stage on its way from a to b, p from 0 to 1. Lanes are matched by their shard; a new one grows out of
// its parent's.
func Between(a, b Stage, p float64) Stage {
	if p >= 1 || len(a.Lanes) == 0 || a.W != b.W {
		return b
	}
	p = ease(p)
	out := b
	out.Lanes = slices.Clone(b.Lanes)
	for i := range out.Lanes {
		l := &out.Lanes[i]
		from := a.LaneOf(l.Number)
		for _, d := range b.Descents {
			if from < 0 && d.Child == i {
				from = a.LaneOf(b.Lanes[d.Parent].Number)
			}
		}
		if from < 0 {
			continue
		}
		f := a.Lanes[from]
		l.Box, l.Body = mix(f.Box, l.Box, p), mix(f.Body, l.Body, p)
		if l.Open && f.Ring.H > 0 {
			l.Ring = mix(f.Ring, l.Ring, p)
		}
	}
	if len(a.Producers) == len(b.Producers) {
		out.Producers = mixAll(a.Producers, b.Producers, p)
	}
	if len(a.Consumers) == len(b.Consumers) {
		out.Consumers = mixAll(a.Consumers, b.Consumers, p)
	}
	return out
}

func mixAll(a, b []Box, p float64) []Box {
	out := slices.Clone(b)
	for i := range out {
		out[i] = mix(a[i], b[i], p)
	}
	return out
}

func mix(a, b Box, p float64) Box {
	return Box{a.X + (b.X-a.X)*p, a.Y + (b.Y-a.Y)*p, a.W + (b.W-a.W)*p, a.H + (b.H-a.H)*p}
}
