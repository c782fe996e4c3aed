package model

import (
	"fmt"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"shardlab/wasm/protocol"
)

// reshard splits an open shard in the middle, or merges it with the one behind it, where there is one.
func reshard(s *protocol.Stream, a int, split bool, now int64) {
	shut := func(i int) { s.Shards[i].State, s.Shards[i].Closed = "CLOSED", now }
	birth := func(sh protocol.Shard) {
		sh.ID, sh.State, sh.Opened = fmt.Sprintf("shardId-%012d", len(s.Shards)), "OPEN", now
		s.Shards = append(s.Shards, sh)
	}
	if split {
		sh := s.Shards[a]
		mid := (sh.From + sh.To) / 2
		shut(a)
		birth(protocol.Shard{From: sh.From, To: mid, Parent: sh.ID})
		birth(protocol.Shard{From: mid, To: sh.To, Parent: sh.ID})
		return
	}
	for _, b := range openOf(s) {
		if s.Shards[b].From == s.Shards[a].To {
			shut(a)
			shut(b)
			birth(protocol.Shard{From: s.Shards[a].From, To: s.Shards[b].To, Parent: s.Shards[a].ID, AdjacentParent: s.Shards[b].ID})
			return
		}
	}
}

func openOf(s *protocol.Stream) (all []int) {
	for i, sh := range s.Shards {
		if sh.State == "OPEN" {
			all = append(all, i)
		}
	}
	return all
}

// TestAnyLineageIsATiling splits and merges a stream at random.
func TestAnyLineageIsATiling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := cut(rapid.IntRange(1, 12).Draw(t, "shards"))
		now := int64(0)
		for range rapid.IntRange(0, 20).Draw(t, "changes") {
			now += int64(rapid.IntRange(1, 100).Draw(t, "later")) * protocol.Second
			of := rapid.SampledFrom(openOf(&s)).Draw(t, "of")
			reshard(&s, of, rapid.Bool().Draw(t, "split"), now)
		}
		tiling(t, s, now+protocol.Second, rapid.SampledFrom([]float64{340, 700, 1400}).Draw(t, "width"))
	})
}

// TestNarrowLineages are two that did not hold once: shards that lived a second between changes, in a picture 340 wide.
func TestNarrowLineages(t *testing.T) {
	type change struct {
		of    int
		split bool
	}
	for _, changes := range [][]change{
		{{0, false}, {2, false}, {4, true}, {10, true}, {5, false}, {7, false}, {12, true}, {7, false}, {15, true}},
		{{0, false}, {2, true}, {3, false}, {6, false}, {5, false}, {9, true}, {14, true}, {10, false}, {16, true}, {8, false}},
	} {
		s, now := cut(8), int64(0)
		for _, c := range changes {
			if now += protocol.Second; s.Shards[c.of].State != "OPEN" {
				t.Fatalf("shard %d is not open: %+v", c.of, changes)
			}
			reshard(&s, c.of, c.split, now)
		}
		tiling(t, s, now+protocol.Second, 340)
	}
}

// tiling holds that boxes do not overlap, that they stay in the picture, and that a child begins behind its parent and in its range.
func tiling(t rapid.TB, s protocol.Stream, now int64, width float64) {
	t.Helper()
	l := LineageOf(s, now, width, 300)
	if len(l.Kin) != len(s.Shards) {
		t.Fatalf("%d of %d shards", len(l.Kin), len(s.Shards))
	}
	for i, a := range l.Kin {
		if a.Box.X < 0 || a.Box.Right() > l.W+.01 || a.Box.Y < 0 || a.Box.Bottom() > l.H+.01 || a.Box.W < 1 {
			t.Fatalf("shard %d lies at %+v of %v×%v", i, a.Box, l.W, l.H)
		}
		for j, b := range l.Kin[:i] {
			if a.Box.X < b.Box.Right()-.01 && b.Box.X < a.Box.Right()-.01 && a.Box.Y < b.Box.Bottom()-.01 && b.Box.Y < a.Box.Bottom()-.01 {
				t.Fatalf("shards %d and %d overlap: %+v %+v", i, j, a.Box, b.Box)
			}
		}
	}
	for _, b := range l.Bonds {
		p, c := l.Kin[b.Parent].Box, l.Kin[b.Child].Box
		if p.Right() > c.X+.01 || p.Y > c.Bottom()+2.01 || c.Y > p.Bottom()+2.01 {
			t.Fatalf("child %+v does not follow its parent %+v", c, p)
		}
	}
	arcs, rings := ArcsOf(s)
	for i, a := range arcs {
		if a.Ring >= rings || a.Open != (a.Ring == 0) {
			t.Fatalf("arc %d: %+v of %d rings", i, a, rings)
		}
		for _, b := range arcs[:i] {
			if a.Ring == b.Ring && a.From < b.To-1e-12 && b.From < a.To-1e-12 {
				t.Fatalf("arcs overlap: %+v %+v", a, b)
			}
		}
	}
}

func TestHash(t *testing.T) {
	h := HashOf("bike-7") // printf bike-7 | md5sum
	if h.Hex() != "2d7a4f351618ba5b2cf5a5eb02f8fce3" {
		t.Errorf("MD5 is %s", h.Hex())
	}
	rapid.Check(t, func(t *rapid.T) {
		h := Hash{rapid.Uint64().Draw(t, "high"), rapid.Uint64().Draw(t, "low")}
		n := new(big.Int).Lsh(new(big.Int).SetUint64(h.Hi), 64)
		n.Or(n, new(big.Int).SetUint64(h.Lo))
		if h.String() != n.String() {
			t.Fatalf("%x is written %s, want %s", n, h, n)
		}
		if back, ok := ParseHash(h.String()); !ok || back != h {
			t.Fatalf("%s is read as %v, %v", h, back, ok)
		}
		want, _ := new(big.Float).Quo(new(big.Float).SetInt(n), new(big.Float).SetMantExp(big.NewFloat(1), 128)).Float64()
		if d := h.Part() - want; d > 1e-15 || d < -1e-15 {
			t.Fatalf("%s lies at %v of the ring, want %v", h, h.Part(), want)
		}
	})
	for text, ok := range map[string]bool{"0": true, "340282366920938463463374607431768211455": true, "340282366920938463463374607431768211456": false, "999999999999999999999999999999999999999": false, "": false, "-1": false, "1e3": false} {
		if _, got := ParseHash(text); got != ok {
			t.Errorf("%q is a hash key: %v, want %v", text, got, ok)
		}
	}
}

func TestFallOf(t *testing.T) {
	half := "170141183460469231731687303715884105728"
	s := protocol.Stream{Shards: []protocol.Shard{
		{ID: "shardId-000000000000", State: "CLOSED", StartHash: "0", EndHash: "340282366920938463463374607431768211455"},
		{ID: "shardId-000000000001", State: "OPEN", StartHash: "0", EndHash: "170141183460469231731687303715884105727"},
		{ID: "shardId-000000000002", State: "OPEN", StartHash: half, EndHash: "340282366920938463463374607431768211455"}}}
	for _, tt := range []struct {
		key      string
		explicit bool
		shard    string
		flaw     bool
	}{{"a", false, "shardId-000000000001", false}, {half, true, "shardId-000000000002", false}, {"170141183460469231731687303715884105727", true, "shardId-000000000001", false}, {"", false, "", true}, {"half", true, "", true}} {
		f := FallOf(s, tt.key, tt.explicit)
		if f.Shard.ID != tt.shard || (f.Flaw != "") != tt.flaw {
			t.Errorf("%q falls to %q (%s), want %q", tt.key, f.Shard.ID, f.Flaw, tt.shard)
		}
		if !tt.flaw && (len(f.Before) != 1 || f.Before[0].ID != "shardId-000000000000") {
			t.Errorf("%q went before to %v", tt.key, f.Before)
		}
	}
}
