package model

import (
	"fmt"
	"testing"

	"shardlab/wasm/protocol"
)

func cut(open int, closed ...protocol.Shard) protocol.Stream {
	s := protocol.Stream{Name: "trips"}
	for i := range open {
		s.Shards = append(s.Shards, protocol.Shard{ID: fmt.Sprintf("shardId-%012d", i), State: "OPEN", From: float64(i) / float64(open), To: float64(i+1) / float64(open)})
	}
	s.Shards = append(s.Shards, closed...)
	return s
}

// TestLay holds what every layout must keep, from one shard to forty, from a phone to a wall.
func TestLay(t *testing.T) {
	for _, w := range []float64{320, 390, 639, 640, 760, 1016, 1440, 2560} {
		for _, h := range []float64{240, 400, 900} {
			for shards := 1; shards <= 40; shards++ {
				for _, actors := range [][2]int{{0, 0}, {1, 1}, {3, 2}, {9, 7}} {
					st := Lay(w, h, cut(shards), actors[0], actors[1], Parts{})
					where := fmt.Sprintf("%v×%v, %d shards, %v actors", w, h, shards, actors)
					if len(st.Lanes) != shards || len(st.Producers) != actors[0] || len(st.Consumers) != actors[1] {
						t.Fatalf("%s: something is missing", where)
					}
					var boxes []Box
					for _, l := range st.Lanes {
						boxes = append(boxes, l.Box)
						if l.Box.H < 16 {
							t.Fatalf("%s: lane %d is %v high, too low for a line of words and a finger", where, l.Number, l.Box.H)
						}
						if l.Body.W < 60 || l.Body.H < 8 || l.Body.X < l.Box.X-.01 || l.Body.Right() > l.Box.Right()+.01 || l.Body.Bottom() > l.Box.Bottom()+.01 {
							t.Fatalf("%s: lane %d has no room for records: %+v", where, l.Number, l)
						}
						if l.Ring.Y < st.Ring.Y-1 || l.Ring.Bottom() > st.Ring.Bottom()+1 {
							t.Fatalf("%s: lane %d lies outside the ring", where, l.Number)
						}
					}
					cards := append(append([]Box{st.AddProducer, st.AddConsumer}, st.Producers...), st.Consumers...)
					boxes = append(boxes, cards...)
					if high := float64(max(actors[0], actors[1]))*(cards[len(cards)-1].H+10) + st.AddProducer.H + 30; !st.Upright && high <= h {
						for _, c := range cards {
							if c.Bottom() > h {
								t.Fatalf("%s: a client at %+v is out of sight until the lanes are scrolled", where, c)
							}
						}
					}
					for i, a := range boxes {
						if a.X < 0 || a.Y < 0 || a.Right() > st.W+.01 || a.Bottom() > st.H+.01 {
							t.Fatalf("%s: box %d leaves the stage: %+v of %v×%v", where, i, a, st.W, st.H)
						}
						for j, b := range boxes[:i] {
							if a.X < b.Right()-.01 && b.X < a.Right()-.01 && a.Y < b.Bottom()-.01 && b.Y < a.Bottom()-.01 {
								t.Fatalf("%s: boxes %d and %d overlap: %+v %+v", where, j, i, b, a)
							}
						}
					}
				}
			}
		}
	}
}

// TestClosedShardsFold holds that a stream with a past keeps its open shards readable: few closed shards have lanes, many
// only when an open one came from them, and the rest is one line under the lanes.
func TestClosedShardsFold(t *testing.T) {
	closed := func(n int) (all []protocol.Shard) {
		for i := range n {
			all = append(all, protocol.Shard{ID: fmt.Sprintf("shardId-%012d", 100+i), State: "CLOSED", To: 1})
		}
		return all
	}
	from := func(parents int, s protocol.Stream) protocol.Stream {
		for i := range parents {
			s.Shards[i%4].Parent, s.Shards[i%4].AdjacentParent = fmt.Sprintf("shardId-%012d", 100+i), s.Shards[i%4].Parent
		}
		return s
	}
	tests := []struct {
		name          string
		s             protocol.Stream
		lanes, folded int
	}{
		{"none", cut(4), 4, 0},
		{"few", cut(4, closed(6)...), 10, 0},
		{"one too many, from none of which an open one came", cut(4, closed(7)...), 4, 7},
		{"many, three of them parents of open ones", from(3, cut(4, closed(50)...)), 7, 47},
		{"seven parents of open ones", from(7, cut(4, closed(50)...)), 4, 50},
		{"a parent that has expired is none", from(3, cut(4, closed(2)...)), 6, 0},
	}
	for _, tt := range tests {
		for _, w := range []float64{390, 1440} {
			st := Lay(w, 400, tt.s, 2, 2, Parts{})
			if len(st.Lanes) != tt.lanes || st.Folded != tt.folded {
				t.Errorf("%s: %d lanes and %d folded, want %d and %d", tt.name, len(st.Lanes), st.Folded, tt.lanes, tt.folded)
			}
			if (st.Fold == Box{}) != (tt.folded == 0) {
				t.Errorf("%s: the line lies at %+v", tt.name, st.Fold)
			}
			for _, l := range st.Lanes {
				if tt.folded > 0 && (l.Box.Bottom() > st.Fold.Y+.01 || st.Fold.Bottom() > st.H) {
					t.Errorf("%s, %v wide: the line at %+v does not stand under lane %+v", tt.name, w, st.Fold, l.Box)
				}
				if !l.Open && l.Box.H < 12 {
					t.Errorf("%s: the lane of a closed shard is %v high, too low to be read", tt.name, l.Box.H)
				}
			}
			if tt.folded > 0 && st.LaneOf(149) != -1 {
				t.Errorf("%s: a folded shard has a lane", tt.name)
			}
		}
	}
}

func TestLanesStandInRingOrder(t *testing.T) {
	s := protocol.Stream{Shards: []protocol.Shard{
		{ID: "shardId-000000000000", State: "CLOSED", From: 0, To: .5},
		{ID: "shardId-000000000001", State: "OPEN", From: .5, To: 1},
		{ID: "shardId-000000000002", State: "OPEN", From: 0, To: .25, Parent: "shardId-000000000000"},
		{ID: "shardId-000000000003", State: "OPEN", From: .25, To: .5, Parent: "shardId-000000000000"},
	}}
	st := Lay(1000, 400, s, 1, 1, Parts{})
	var order []int
	for _, l := range st.Lanes {
		order = append(order, l.Number)
	}
	if fmt.Sprint(order) != "[0 2 3 1]" {
		t.Errorf("lanes stand as %v, want the closed parent, its children, then the rest", order)
	}
	if fmt.Sprint(st.Descents) != "[{0 1} {0 2}]" {
		t.Errorf("descents %v, want from lane 0 to lanes 1 and 2", st.Descents)
	}
	if st.Lanes[0].Mode != Closed || st.Lanes[0].Box.H > 20 || st.LaneOf(3) != 2 || st.LaneOf(9) != -1 {
		t.Errorf("lane of the closed shard: %+v", st.Lanes[0])
	}
}

func TestBetween(t *testing.T) {
	before := Lay(1000, 400, cut(2), 1, 1, Parts{})
	s := cut(2)
	s.Shards[1].State = "CLOSED"
	s.Shards = append(s.Shards, protocol.Shard{ID: "shardId-000000000002", State: "OPEN", From: .5, To: .75, Parent: s.Shards[1].ID},
		protocol.Shard{ID: "shardId-000000000003", State: "OPEN", From: .75, To: 1, Parent: s.Shards[1].ID})
	after := Lay(1000, 400, s, 1, 1, Parts{})
	at := Between(before, after, 0)
	if got, want := at.Lanes[at.LaneOf(3)].Box, before.Lanes[before.LaneOf(1)].Box; got != want {
		t.Errorf("a child begins at %+v, want its parent's place %+v", got, want)
	}
	if got, want := Between(before, after, 1).Lanes[3].Box, after.Lanes[3].Box; got != want {
		t.Errorf("ends at %+v, want %+v", got, want)
	}
}

type strokes struct{ dots, refused, reads, own int }

func (s *strokes) Dot(_, _, _ float64, _ int, _ float64) { s.dots++ }
func (s *strokes) Refused(_, _, _, _ float64)            { s.refused++ }
func (s *strokes) Read(_, _ float64, _ int)              { s.reads++ }
func (s *strokes) Own(_, _, _ float64)                   { s.own++ }

func painted(a *Air, st Stage) strokes {
	var s strokes
	a.Paint(st, &s)
	return s
}

// Cards grow for what their clients are made of, as far as there is room, and stay in sight.
func TestCardsGrowForTheirParts(t *testing.T) {
	for _, x := range []struct {
		name          string
		h             float64
		readers       int
		parts         Parts
		writer, shown int
	}{
		{"six workers, one reader", 400, 1, Parts{Writer: 0, Reader: 6}, 2, 6},
		{"more workers than a card lists", 600, 1, Parts{Writer: 0, Reader: 40}, 2, mostParts},
		{"less room", 250, 1, Parts{Writer: 0, Reader: 6}, 2, 4},
		{"two readers share it", 400, 2, Parts{Writer: 3, Reader: 6}, 3, 4},
		{"no parts", 400, 1, Parts{}, 2, 2},
	} {
		t.Run(x.name, func(t *testing.T) {
			st := Lay(1000, x.h, cut(4), 1, x.readers, x.parts)
			if w, r := PartsIn(st.Producers[0].H), PartsIn(st.Consumers[0].H); w != x.writer || r != x.shown {
				t.Errorf("cards of %v and %v show %d and %d parts, want %d and %d", st.Producers[0].H, st.Consumers[0].H, w, r, x.writer, x.shown)
			}
			if low := st.AddConsumer.Y + st.AddConsumer.H; low > x.h {
				t.Errorf("the cards end at %v of %v", low, x.h)
			}
		})
	}
}

func TestAir(t *testing.T) {
	st := Lay(1000, 400, cut(2), 1, 1, Parts{})
	shown := Shown{Stream: 0, Producers: []int{0}, Consumers: []int{0}}
	flight := func(kind, actor int, now int64) protocol.Frame {
		return protocol.Frame{Now: now, Playing: true, Speed: 1, Keys: []protocol.Key{{Name: "a"}},
			Flights: []protocol.Flight{{Kind: kind, SentAt: now, DueAt: now + 25_000, Actor: actor, Shard: 1}}}
	}
	t.Run("a real flight of 25 ms is seen for 600", func(t *testing.T) {
		var a Air
		a.Take(flight(protocol.FlightTaken, 0, 1e6), Palette{"a"}, shown, st, 1000)
		for wall := 1000.0; wall < 1600; wall += 16 {
			a.Tick(wall)
		}
		if x, _, _, _, ok := a.place(&a.dots[0], &st); !ok || x >= st.Lanes[1].Body.X {
			t.Errorf("after 600 ms it is at %v (%v), want it still on its way", x, ok)
		}
		for wall := 1600.0; wall < 1800; wall += 16 {
			a.Tick(wall)
		}
		if x, _, _, _, ok := a.place(&a.dots[0], &st); !ok || x < st.Lanes[1].Body.X {
			t.Errorf("after 800 ms it is at %v (%v), want it in its lane", x, ok)
		}
	})
	t.Run("at a tenth of the speed it is true to scale", func(t *testing.T) {
		if got := stretch(25, .1); got != 250 {
			t.Errorf("25 ms at 0.1× is shown for %v ms, want 250", got)
		}
	})
	t.Run("a lab that stands still moves nothing", func(t *testing.T) {
		var a Air
		f := flight(protocol.FlightTaken, 0, 1e6)
		a.Take(f, Palette{"a"}, shown, st, 1000)
		f.Playing, f.Flights = false, nil
		a.Take(f, Palette{"a"}, shown, st, 1100)
		before := a.clock
		a.Tick(1200)
		if a.clock != before || a.Moving() {
			t.Errorf("the stage's clock went from %v to %v", before, a.clock)
		}
	})
	t.Run("after a jump the lane holds its last seconds alone, and single records can be seen", func(t *testing.T) {
		var a Air
		jump := func(now int64, n int) {
			f := protocol.Frame{Now: now, Speed: 1}
			for i := range n {
				at := now - 4_000_000 + int64(i)*4_000_000/int64(n)
				f.Flights = append(f.Flights, protocol.Flight{Kind: protocol.FlightTaken, SentAt: at, DueAt: at + 25_000, Shard: 1, Key: -1})
			}
			a.Take(f, Palette{}, shown, st, 1000+float64(now)/1e6)
		}
		jump(10_000_000, 4000)
		if a.Thin < 5 {
			t.Errorf("one dot stands for %d of 1,000 records a second, want more", a.Thin)
		}
		first := painted(&a, st).dots
		jump(20_000_000, 4000)
		if second := painted(&a, st).dots; first == 0 || second > first+first/2 {
			t.Errorf("%d dots after the first jump, %d after the second: the older ones stayed", first, second)
		}
	})
	t.Run("a thousand records that come by chance are a dot each", func(t *testing.T) {
		var a Air
		wide, dice := Lay(1440, 360, cut(12), 1, 1, Parts{}), uint32(1)
		for i := range 160 { // 8 s of frames, a batch of 12 in each
			now := int64(i) * 50_000
			f := protocol.Frame{Playing: true, Speed: 1, Now: now}
			for range 12 {
				dice = dice*1664525 + 1013904223
				f.Flights = append(f.Flights, protocol.Flight{Kind: protocol.FlightTaken, SentAt: now - 25_000, DueAt: now, Shard: int(dice>>16) % 12, Key: -1})
			}
			a.Take(f, Palette{}, shown, wide, 1000+float64(i)*50)
			if a.Thin != 1 {
				t.Fatalf("after %d frames a dot stands for %d", i, a.Thin)
			}
		}
		if n := painted(&a, wide).dots; n < 1000 {
			t.Errorf("%d dots of 240 records a second", n)
		}
	})
	t.Run("a refused record falls back and is gone", func(t *testing.T) {
		var a Air
		a.Take(flight(protocol.FlightRefused, 0, 1e6), Palette{"a"}, shown, st, 1000)
		seen := 0
		for wall := 1000.0; wall < 3000; wall += 16 {
			a.Tick(wall)
			seen += painted(&a, st).refused
		}
		if end := painted(&a, st); seen < 20 || end != (strokes{}) {
			t.Errorf("seen crossed in %d pictures, and %+v at the end", seen, end)
		}
	})
	t.Run("the learner's own record is ringed, and never thinned out", func(t *testing.T) {
		a := Air{Thin: 50}
		a.Take(flight(protocol.FlightTaken, -1, 1e6), Palette{"a"}, shown, st, 1000)
		for wall := 1000.0; wall < 1300; wall += 16 {
			a.Tick(wall)
		}
		if got := painted(&a, st); got.own != 1 || got.dots != 1 {
			t.Errorf("painted %+v, want one dot with its ring", got)
		}
	})
	t.Run("another history empties the air", func(t *testing.T) {
		var a Air
		a.Take(flight(protocol.FlightTaken, 0, 1e6), Palette{"a"}, shown, st, 1000)
		a.Take(protocol.Frame{History: 2, Speed: 1}, Palette{}, shown, st, 1050)
		if a.InAir() != 0 {
			t.Errorf("%d dots are left", a.InAir())
		}
	})
	t.Run("the air is bounded and keeps the newest", func(t *testing.T) {
		var a Air
		f := flight(protocol.FlightTaken, 0, 1e6)
		for i := range 3 * MaxDots {
			f.Flights = append(f.Flights, protocol.Flight{SentAt: 1e6, DueAt: 1e6 + int64(i), Shard: i % 2})
		}
		a.Take(f, Palette{}, shown, st, 1000)
		if a.InAir() != MaxDots || a.dots[MaxDots-1].Due != 1e6+int64(3*MaxDots-1) {
			t.Errorf("%d dots, the last due at %d", a.InAir(), a.dots[len(a.dots)-1].Due)
		}
	})
	t.Run("flights of another stream and of unknown shards do no harm", func(t *testing.T) {
		var a Air
		f := flight(protocol.FlightTaken, 0, 1e6)
		f.Flights = append(f.Flights, protocol.Flight{Stream: 4}, protocol.Flight{Shard: -3}, protocol.Flight{Shard: 1e6, Actor: 99}, protocol.Flight{Kind: 9}, protocol.Flight{Kind: -1})
		a.Take(f, Palette{}, shown, st, 1000)
		for wall := 1000.0; wall < 2000; wall += 16 {
			a.Tick(wall)
			painted(&a, st)
		}
	})
}

func TestPaletteKeepsItsKeys(t *testing.T) {
	key := func(names ...string) (k []protocol.Key) {
		for _, n := range names {
			k = append(k, protocol.Key{Name: n})
		}
		return k
	}
	p := Palette{}.Give(key("a", "b", "c"))
	p = p.Give(key("c", "d", "a"))
	if p.Slot("a") != 0 || p.Slot("b") != 1 || p.Slot("c") != 2 || p.Slot("d") != 3 {
		t.Errorf("slots changed: %v", p)
	}
	p = p.Give(key("e", "f", "g", "h", "i", "j", "k", "l"))
	if p = p.Give(key("m", "e", "f")); p.Slot("m") == NoSlot || p.Slot("e") != 4 || p.Slot("zz") != NoSlot || p.Slot("") != NoSlot {
		t.Errorf("a new key did not take the place of one that is gone: %v", p)
	}
}

// TestCrowd holds that clients without a card of their own stand on the last one, and that the lanes stay in sight.
func TestCrowd(t *testing.T) {
	for _, n := range []int{0, 1, 6, 7, 200} {
		f := protocol.Frame{Streams: []protocol.Stream{{Name: "other"}, {Name: "s"}}, Producers: []protocol.Producer{{Name: "elsewhere", Stream: "other"}}}
		for i := range n {
			f.Producers = append(f.Producers, protocol.Producer{Name: fmt.Sprint("p", i), Stream: "s"})
		}
		room := Room(1000, 400)
		shown, producers, _ := ShownOf(f, "s", room)
		cards, own := Cards(n, room)
		if len(producers) != n || shown.Producers[0] != -1 || cards > 6 || own > n || (cards > own) != (n > 6) {
			t.Fatalf("%d producers: %d listed, %d cards, %d of their own, one of another stream at %d", n, len(producers), cards, own, shown.Producers[0])
		}
		for i, at := range shown.Producers[1:] {
			if want := min(i, own); at != want || at >= cards {
				t.Errorf("%d producers: number %d stands on card %d of %d, want %d", n, i, at, cards, want)
			}
		}
		st := Lay(1000, 400, cut(4), cards, 0, Parts{})
		for _, l := range st.Lanes {
			if l.Box.Bottom() > 400 {
				t.Errorf("%d producers push lane %d to %v, out of sight", n, l.Number, l.Box.Bottom())
			}
		}
	}
}

// TestShownOf holds who stands on the stage of a stream: a client that writes to several streams stands on each.
func TestShownOf(t *testing.T) {
	f := protocol.Frame{Streams: []protocol.Stream{{Name: "requests"}, {Name: "trips"}, {Name: "other"}},
		Producers: []protocol.Producer{{Name: "bikes", Stream: "trips"}, {Name: "web-1", Stream: "requests", Also: []string{"trips"}}},
		Consumers: []protocol.Consumer{{Name: "billing", Stream: "trips"}}}
	for stream, want := range map[string]string{"requests": "[-1 0] [-1] 1 0", "trips": "[0 1] [0] 2 1", "other": "[-1 -1] [-1] 0 0"} {
		s, producers, consumers := ShownOf(f, stream, Room(1000, 400))
		if got := fmt.Sprintf("%v %v %d %d", s.Producers, s.Consumers, len(producers), len(consumers)); got != want {
			t.Errorf("of %s are shown %s, want %s", stream, got, want)
		}
	}
}
