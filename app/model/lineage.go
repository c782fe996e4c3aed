package model

import (
	"math"
	"slices"

	"shardlab/wasm/protocol"
)

// A Kin is a shard in the picture of a stream's lineage: from left to right as long as it was open, from above to below its range.
type Kin struct {
	Shard int // place in Stream.Shards
	Open  bool
	Box   Box
}

// An Age is an instant at which shards opened or closed, and where it lies in the picture.
type Age struct {
	At int64
	X  float64
}

// A Lineage is how a stream came to be cut as it is. At each instant the shards that were open then cover the ring from 0 to 2^128-1
// once, so the boxes of a column never overlap; a child begins where its parent ends.
type Lineage struct {
	W, H  float64
	Kin   []Kin
	Ages  []Age // the first of them the oldest, the last now
	Bonds []Bond
}

// A Bond leads from a closed parent to its child, by their places in Lineage.Kin.
type Bond struct{ Parent, Child int }

// Measures of the picture of a lineage.
const (
	kinLeast = 34.0 // what the time between two changes is wide at least, while there is room
	kinGap   = 14.0 // between parent and child, so that the bond is seen
	kinHigh  = 20.0 // a shard that is open has room for its number
	kinEdge  = 20.0
	kinTop   = 28.0 // the instants above
)

// LineageOf lays a stream's lineage out in a room.
func LineageOf(s protocol.Stream, now int64, w, h float64) Lineage {
	l := Lineage{W: w}
	var ages []int64
	open := 0
	for _, sh := range s.Shards {
		ages = append(ages, sh.Opened)
		if sh.State == "OPEN" {
			open++
		} else {
			ages = append(ages, sh.Closed)
		}
	}
	if len(ages) == 0 {
		l.H = h
		return l
	}
	slices.Sort(ages)
	ages = slices.Compact(ages)
	ages = append(ages, max(now, ages[len(ages)-1]+1))
	steps := float64(len(ages) - 1)
	least := min(kinLeast+kinGap, (w-2*kinEdge)*.8/steps)
	rest, all := w-2*kinEdge-least*steps, float64(ages[len(ages)-1]-ages[0])
	x := kinEdge
	at := map[int64]float64{}
	for i, a := range ages {
		if i > 0 {
			x += least + rest*float64(a-ages[i-1])/all
		}
		at[a] = x
		l.Ages = append(l.Ages, Age{a, x})
	}
	l.H = max(h, kinTop+float64(open)*kinHigh+kinEdge)
	high := l.H - kinTop - kinEdge
	gap := min(kinGap, least*.4)
	places := map[string]int{}
	for i, sh := range s.Shards {
		k := Kin{Shard: i, Open: sh.State == "OPEN"}
		end := ages[len(ages)-1]
		if !k.Open {
			end = sh.Closed
		}
		y := kinTop + sh.From*high
		k.Box = Box{at[sh.Opened], y, max(at[end]-at[sh.Opened]-gap, 1), (sh.To-sh.From)*high - min(2, (sh.To-sh.From)*high*.3)}
		if k.Open {
			k.Box.W += gap
		}
		places[sh.ID] = len(l.Kin)
		l.Kin = append(l.Kin, k)
	}
	for i, k := range l.Kin {
		sh := s.Shards[k.Shard]
		for _, id := range [...]string{sh.Parent, sh.AdjacentParent} {
			if p, ok := places[id]; ok && id != "" {
				l.Bonds = append(l.Bonds, Bond{p, i})
			}
		}
	}
	return l
}

// An Arc is a shard's part of the hash ring as a picture: angles in turns from above, clockwise; the outer ring is of the open ones,
// the rings inside of the closed ones, a generation each.
type Arc struct {
	Shard    int
	Open     bool
	From, To float64
	Ring     int // 0 is the outer one
}

// ArcsOf are the arcs of a stream's shards. Closed shards stand so far inside as there are generations between them and an open one.
func ArcsOf(s protocol.Stream) (arcs []Arc, rings int) {
	depth := make(map[string]int, len(s.Shards))
	for i := len(s.Shards) - 1; i >= 0; i-- { // children have higher numbers than their parents
		sh := s.Shards[i]
		for _, id := range [...]string{sh.Parent, sh.AdjacentParent} {
			if id != "" {
				depth[id] = max(depth[id], depth[sh.ID]+1)
			}
		}
	}
	for i, sh := range s.Shards {
		a := Arc{Shard: i, Open: sh.State == "OPEN", From: sh.From, To: sh.To}
		if !a.Open {
			a.Ring = max(1, depth[sh.ID])
		}
		rings = max(rings, a.Ring+1)
		arcs = append(arcs, a)
	}
	return arcs, rings
}

// Turn is the point at a part of the ring, r from the middle.
func Turn(part, r float64) (x, y float64) {
	return r * math.Sin(2*math.Pi*part), -r * math.Cos(2*math.Pi*part)
}
