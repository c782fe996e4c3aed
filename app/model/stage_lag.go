package model

import (
	"cmp"
	"slices"

	"shardlab/wasm/protocol"
)

// A Lag is how far a reader has come in a shard.
type Lag struct {
	Reader string
	Sign   int   // the place of its card on the stage, by which its sign is chosen
	Behind int64 // milliseconds
	Unread int64 // records
}

// Signs is how many signs readers have; the next one has the first again.
const Signs = 6

// Level is how bad it is, as Spot.Level.
func (l Lag) Level() string {
	switch {
	case l.Behind >= LateMillis:
		return "bad"
	case l.Behind >= 1000:
		return "warn"
	}
	return "good"
}

// Words tell of it: "board 4.2 s behind, 1,204 records unread".
func (l Lag) Words() string {
	if l.Behind == 0 {
		return l.Reader + " has read all"
	}
	return l.Reader + " " + Behind(l.Behind) + " behind, " + Plural(int(l.Unread), "record") + " unread"
}

// LagsIn are the lags in the shard with a number, in the order of the readers. Who stands and lags nowhere is left out.
func LagsIn(readers []protocol.Consumer, shard int) (all []Lag) {
	for i, c := range readers {
		l := Lag{Reader: c.Name, Sign: i}
		for _, x := range c.Late {
			if x.Shard == shard {
				l.Behind, l.Unread = x.Behind, x.Unread
			}
		}
		if l.Behind > 0 || c.Running && !c.Barred {
			all = append(all, l)
		}
	}
	return all
}

// Slowest is the reader that is furthest behind.
func Slowest(lags []Lag) (most Lag) {
	for _, l := range lags {
		if most.Reader == "" || l.Behind > most.Behind {
			most = l
		}
	}
	return most
}

// SlowestIn is the reader that is furthest behind in each shard in which one lags, by the shard's number.
func SlowestIn(readers []protocol.Consumer) map[int]Lag {
	all := map[int]Lag{}
	for i, c := range readers {
		for _, x := range c.Late {
			if x.Behind > all[x.Shard].Behind {
				all[x.Shard] = Lag{c.Name, i, x.Behind, x.Unread}
			}
		}
	}
	return all
}

// A LagMark is where a reader's sign hangs on a lane.
type LagMark struct {
	Lag
	At  float64 // up to here lies what it has not read, in pixels from the newest record on
	Mid float64 // of its sign, which makes room for others
}

// signWide is the room that a sign takes along a lane.
const signWide = 12.0

// MarkLags hangs the signs of readers on a lane: w pixels that show the last ms milliseconds, the newest record at the left. Who is
// further behind hangs at the end.
func MarkLags(lags []Lag, w, ms float64) []LagMark {
	all := make([]LagMark, len(lags))
	for i, l := range lags {
		at := min(float64(l.Behind)/max(ms, 1), 1) * w
		all[i] = LagMark{l, at, at}
	}
	slices.SortStableFunc(all, func(a, b LagMark) int { return cmp.Compare(a.Behind, b.Behind) })
	least := signWide / 2
	for i := range all {
		all[i].Mid = max(all[i].Mid, least)
		least = all[i].Mid + signWide
	}
	most := w - signWide/2
	for i := len(all) - 1; i >= 0; i-- {
		all[i].Mid = min(all[i].Mid, most)
		most = all[i].Mid - signWide
	}
	return all
}

// LaneMillis is how many milliseconds of virtual time the records in a lane span at a speed.
func LaneMillis(speed float64) float64 { return SlideMs * speed }
