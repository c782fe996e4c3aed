package model

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"shardlab/wasm/protocol"
)

// TestAnyStreamIsLaidOut holds that however many shards there are and however near one looks, nothing lies on anything else, everything
// is on the stage, and every shard has its part of the ring.
func TestAnyStreamIsLaidOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shards := rapid.IntRange(1, 200).Draw(t, "shards")
		g := Sight{W: rapid.SampledFrom([]float64{320, 390, 700, 1016, 1440, 2560}).Draw(t, "width"), H: rapid.SampledFrom([]float64{220, 360, 900}).Draw(t, "height"),
			Zoom: rapid.SampledFrom(zooms[:]).Draw(t, "zoom")}
		s := cut(shards)
		for i := range rapid.IntRange(0, 9).Draw(t, "closed") {
			s.Shards = append(s.Shards, protocol.Shard{ID: fmt.Sprintf("shardId-%012d", 300+i), State: "CLOSED", From: 0, To: 1})
		}
		writers, readers := rapid.IntRange(0, 6).Draw(t, "writers"), rapid.IntRange(0, 6).Draw(t, "readers")
		parts := Parts{Controls: rapid.IntRange(0, mostControls).Draw(t, "controls")}
		st := g.Lay(s, writers, readers, parts)
		if rapid.Bool().Draw(t, "scrolled") {
			g.Y = rapid.Float64Range(0, max(st.H*st.Scale-g.H, 0)).Draw(t, "y")
			st = g.Lay(s, writers, readers, parts)
		}
		boxes := append(append(append([]Box{st.AddProducer, st.AddConsumer}, st.Producers...), st.Consumers...), st.Controls...)
		if len(st.Controls) != parts.Controls {
			t.Fatalf("%d controls of %d", len(st.Controls), parts.Controls)
		}
		open := 0
		for _, l := range st.Lanes {
			boxes = append(boxes, l.Box)
			if l.Open {
				open++
				if l.Ring.H <= 0 || l.Ring.Y < st.Ring.Y-1 || l.Ring.Bottom() > st.Ring.Bottom()+1 {
					t.Fatalf("shard %d lies at %+v of the ring %+v", l.Number, l.Ring, st.Ring)
				}
			}
			if l.Box.H*st.Scale < 11*min(st.Scale, 1) || l.Box.W < 14 {
				t.Fatalf("shard %d has %+v, too small to be met", l.Number, l.Box)
			}
		}
		if open != shards || len(st.Producers) != writers || len(st.Consumers) != readers {
			t.Fatalf("%d of %d shards, %d writers, %d readers", open, shards, len(st.Producers), len(st.Consumers))
		}
		for i, a := range boxes {
			if a.X < -.01 || a.Y < -.01 || a.Right() > st.W+.01 || a.Bottom() > st.H+.01 {
				t.Fatalf("box %d leaves the stage: %+v of %v×%v", i, a, st.W, st.H)
			}
			for j, b := range boxes[:i] {
				if a.X < b.Right()-.01 && b.X < a.Right()-.01 && a.Y < b.Bottom()-.01 && b.Y < a.Bottom()-.01 {
					t.Fatalf("boxes %d and %d overlap: %+v %+v", j, i, b, a)
				}
			}
		}
		if st.Seen.Y < st.Near.Y-.01 || min(st.Seen.Bottom(), st.H) > st.Near.Bottom()+.01 {
			t.Fatalf("what is seen, %+v, is not drawn: %+v", st.Seen, st.Near)
		}
	})
}

// TestRingOfManyShards holds that the shortest ring has every shard's part on it.
func TestRingOfManyShards(t *testing.T) {
	for shards := 41; shards <= 200; shards++ {
		st := Sight{W: 700, H: 220}.Lay(cut(shards, protocol.Shard{ID: "shardId-000000000300", State: "CLOSED"}), 0, 0, Parts{Controls: 1})
		for _, l := range st.Lanes {
			if l.Ring.Y < st.Ring.Y || l.Ring.Bottom() > st.Ring.Bottom()+.01 || l.Ring.H < 1 {
				t.Fatalf("of %d shards, %d lies at %+v of the ring %+v", shards, l.Number, l.Ring, st.Ring)
			}
		}
	}
}

func TestZoomHasMeaning(t *testing.T) {
	tests := []struct {
		shards int
		zoom   float64
		mode   LaneMode
		large  bool
	}{
		{4, 1, Mid, false}, {4, 1.25, Roomy, false}, {4, 3, Roomy, true}, {4, .5, Roomy, false},
		{24, 1, Slim, false}, {24, .8, Heat, false}, {24, 2, Row, false}, {24, 3, Mid, false}, {24, 6, Roomy, true},
		{200, 1, Heat, false}, {200, .5, Heat, false}, {200, 1.5, Slim, false}, {200, 2.5, Row, false}, {200, 6, Mid, false}, {200, 8, Roomy, false}, {200, 12, Roomy, true},
	}
	for _, tt := range tests {
		st := Sight{W: 1440, H: 360, Zoom: tt.zoom}.Lay(cut(tt.shards), 2, 2, Parts{})
		if st.Lanes[0].Mode != tt.mode || (st.Scale > 1) != tt.large {
			t.Errorf("%d shards at %v are %s, enlarged %v times", tt.shards, tt.zoom, st.Lanes[0].Mode, st.Scale)
		}
	}
	if ZoomStep(0, 1) != 1.25 || ZoomStep(1, -1) != .8 || ZoomStep(1.1, 1) != 1.25 || ZoomStep(MaxZoom, 1) != MaxZoom || ZoomStep(MinZoom, -1) != MinZoom {
		t.Error("a step does not lead to the next zoom")
	}
}

func TestClientsComeAlong(t *testing.T) {
	g := Sight{W: 1440, H: 360, Zoom: 2}
	top := g.Lay(cut(200), 2, 1, Parts{})
	g.Y = 2000
	st := g.Lay(cut(200), 2, 1, Parts{})
	for i, b := range st.Producers {
		if b.Y < st.Seen.Y || b.Bottom() > st.Seen.Bottom() || b.Y-top.Producers[i].Y != 2000 {
			t.Errorf("client %d stands at %+v while %+v is seen", i, b, st.Seen)
		}
	}
	drawn := 0
	for _, l := range st.Lanes {
		if st.Draws(l.Box) {
			drawn++
		}
	}
	if drawn == 0 || drawn > 40 {
		t.Errorf("%d lanes are drawn where some 15 are seen", drawn)
	}
}

func TestCellAt(t *testing.T) {
	st := Sight{W: 1440, H: 360}.Lay(cut(200), 1, 1, Parts{})
	n := st.Columns
	for _, tt := range []struct {
		from int
		key  string
		to   int
	}{{0, "ArrowLeft", 0}, {0, "ArrowRight", 1}, {0, "ArrowDown", n}, {n + 3, "ArrowUp", 3}, {3, "ArrowUp", 3}, {199, "ArrowRight", 199}, {199, "ArrowDown", 199}, {7, "End", 199}, {7, "Home", 0}, {7, "x", 7}} {
		if got := st.CellAt(tt.from, tt.key); got != tt.to {
			t.Errorf("%s from cell %d leads to %d, want %d", tt.key, tt.from, got, tt.to)
		}
	}
}

// TestRecordsReachTheirCells holds that in a heat bar a record ends in its shard's cell and a refused one is seen there.
func TestRecordsReachTheirCells(t *testing.T) {
	st := Sight{W: 1440, H: 360}.Lay(cut(200), 1, 1, Parts{})
	var a Air
	shown := Shown{Producers: []int{0}, Consumers: []int{0}}
	a.Take(protocol.Frame{Playing: true, Speed: 1, Now: 1, Flights: []protocol.Flight{
		{Kind: protocol.FlightTaken, SentAt: 0, DueAt: 25_000, Shard: 77, Key: -1}, {Kind: protocol.FlightRefused, SentAt: 0, DueAt: 25_000, Shard: 120, Key: -1}}}, Palette{}, shown, st, 0)
	for wall := 0.0; wall < 700+leadMin; wall += 16 {
		a.Tick(wall)
	}
	for i, shard := range []int{77, 120} {
		x, y, _, _, ok := a.place(&a.dots[i], &st)
		if b := st.Lanes[shard].Box; !ok || x < b.X || x > b.Right() || y < b.Y || y > b.Bottom()+8 {
			t.Errorf("the record of shard %d is at %v, %v and its cell at %+v", shard, x, y, b)
		}
	}
}
