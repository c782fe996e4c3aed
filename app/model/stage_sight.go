package model

import "cmp"

// A Sight is how the stage is looked at: the room it has in the page, in CSS pixels, how near one looks, and how far it is scrolled.
//
// Zoom is by meaning first. Nearer, lanes grow until they have room for all their words, and a heat bar becomes lanes; only then
// everything is enlarged as with a glass. Farther, the stage gets a larger room and is made smaller.
type Sight struct {
	W, H float64
	Zoom float64 // 0 is 1
	X, Y float64 // of the scrolled stage, in CSS pixels
}

// Views are what the stage shows: the shards of a stream with their clients, all parts of the lab, the hash ring of the stream, and the
// lineage of its shards.
const (
	ViewShards  = ""
	ViewAll     = "all"
	ViewRing    = "ring"
	ViewLineage = "lineage"
)

// Bounds of Zoom, and the steps that a key or a button takes.
const (
	MinZoom = 0.5
	MaxZoom = 12.0
)

var zooms = [...]float64{.5, .67, .8, 1, 1.25, 1.5, 2, 2.5, 3, 4, 6, 8, 12}

// ZoomStep is the zoom one step nearer, or farther where by is negative.
func ZoomStep(zoom float64, by int) float64 {
	zoom = cmp.Or(zoom, 1)
	if by > 0 {
		for _, z := range zooms {
			if z > zoom*1.01 {
				return z
			}
		}
		return MaxZoom
	}
	for i := len(zooms) - 1; i >= 0; i-- {
		if zooms[i] < zoom*.99 {
			return zooms[i]
		}
	}
	return MinZoom
}

// Measures of the zoom by meaning.
const (
	slimPitch  = 18.0
	roomyPitch = 104.0 // a lane of this height has all its words
	heatPitch  = 12.0  // what a shard of a heat bar counts as: half as near again, and it is a slim lane
	heatFrom   = 40    // open shards that a heat bar is drawn for
	heatUntil  = 1.2   // zoom
	heatLeast  = 22.0  // height of a cell: enough for a finger's tip and a pointer
)

// nearer returns the pitch of lanes that are each high as laid out for the room, and by how much all is enlarged.
func (g Sight) nearer(each float64) (pitch, scale float64) {
	z := cmp.Or(g.Zoom, 1)
	if z <= 1 {
		return each, z
	}
	if want := each * z; want > max(each, roomyPitch) {
		return max(each, roomyPitch), want / max(each, roomyPitch)
	}
	return max(each*z, slimPitch), 1
}

// heats says whether open shards are a heat bar in a room of this height.
func (g Sight) heats(open int, room float64) bool {
	z := cmp.Or(g.Zoom, 1)
	return open > heatFrom && z < heatUntil || z < 1 && float64(open)*slimPitch > room
}

// sees sets what of the stage is seen, and what of it is drawn: a margin more, so that scrolling finds something there.
func (st *Stage) sees(g Sight) {
	s := st.Scale
	st.Seen = Box{g.X / s, g.Y / s, g.W / s, g.H / s}
	mx, my := st.Seen.W*.25, st.Seen.H*.5
	x, y := max(0, st.Seen.X-mx), max(0, st.Seen.Y-my)
	st.Near = Box{x, y, min(st.W, st.Seen.Right()+mx) - x, min(st.H, st.Seen.Bottom()+my) - y}
}

// Fits says whether all of the stage is seen at once.
func (st *Stage) Fits(w, h float64) bool { return st.W*st.Scale <= w+1.5 && st.H*st.Scale <= h+1.5 }

// Draws says whether a box is near enough to what is seen to be drawn.
func (st *Stage) Draws(b Box) bool {
	return b.X <= st.Near.Right() && b.Right() >= st.Near.X && b.Y <= st.Near.Bottom() && b.Bottom() >= st.Near.Y
}

// layHeat sets the shards as cells, row under row in the order of the hash ring, into a room. It returns the height used.
func (st *Stage) layHeat(x, right, y, high float64) float64 {
	n, w := len(st.Lanes), right-x
	st.Columns, st.Heat = heatColumns(n, w, high), true
	rows := (n + st.Columns - 1) / st.Columns
	cw, ch := w/float64(st.Columns), min(max(high/float64(rows), heatLeast), 44)
	for i := range st.Lanes {
		l := &st.Lanes[i]
		l.Mode = Heat
		l.Box = Box{x + float64(i%st.Columns)*cw, y + float64(i/st.Columns)*ch, cw - 3, ch - 3}
		l.Body = l.Box
	}
	return float64(rows) * ch
}

// heatColumns is how many cells stand side by side, so that they come out as near to squares as the room has it.
func heatColumns(n int, w, high float64) int {
	best, columns := 0.0, 1
	for c := 1; c <= n && (c == 1 || w/float64(c) >= 20); c++ {
		rows := (n + c - 1) / c
		side := min(w/float64(c), min(max(high/float64(rows), heatLeast), 44))
		if side > best {
			best, columns = side, c
		}
	}
	return columns
}

// CellAt is the place in Lanes of the cell that an arrow key leads to from the one at place i; Home and End lead to the ends.
func (st *Stage) CellAt(i int, key string) int {
	n, to := len(st.Lanes), i
	switch key {
	case "ArrowLeft":
		to = i - 1
	case "ArrowRight":
		to = i + 1
	case "ArrowUp":
		to = i - st.Columns
	case "ArrowDown":
		to = i + st.Columns
	case "Home":
		return 0
	case "End":
		return n - 1
	}
	if to < 0 || to >= n {
		return i
	}
	return to
}
