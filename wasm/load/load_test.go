package load_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"shardlab/wasm/load"
	"shardlab/wasm/sim"
)

// TestPace holds that over any steps exactly the records that the rate makes due are ready, also after days and at the
// greatest rate, and that NextAt names the first instant at which they are.
func TestPace(t *testing.T) {
	begin := sim.At(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))
	rapid.Check(t, func(t *rapid.T) {
		milli := rapid.OneOf(rapid.Int64Range(1, 5000), rapid.Int64Range(1, load.MaxRecordsPerSecond*1000)).Draw(t, "rate")
		var p load.Pace
		p.Begin(begin)
		now, taken := begin, int64(0)
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.Int64Range(0, 3e9).Draw(t, "wait")) * time.Microsecond)
			due := int64(now-begin)/1_000_000_000*milli + int64(now-begin)%1_000_000_000*milli/1_000_000_000 + 1
			ready := p.Ready(now, milli)
			if ready != due-taken {
				t.Fatalf("%d are ready, want %d", ready, due-taken)
			}
			n := rapid.Int64Range(0, ready).Draw(t, "take")
			p.Take(n)
			taken += n
			more := ready - n + rapid.Int64Range(1, 1000).Draw(t, "more")
			if at := p.NextAt(more, milli); p.Ready(at, milli) < more || p.Ready(at-1, milli) >= more {
				t.Fatalf("%d more are said to be due at %d: %d are then, %d just before", more, at, p.Ready(at, milli), p.Ready(at-1, milli))
			}
		}
	})
}

// TestPlan holds that shares sum to 1, that each pick has a payload of the size asked for, and that the table knows its keys.
func TestPlan(t *testing.T) {
	for _, k := range []load.Keys{
		{Kind: load.RoundRobin, Count: 3, Prefix: "rack-"}, {Kind: load.Uniform, Count: 70_000, Prefix: "k"}, {Kind: load.Fixed, Prefix: "hot"},
		{Kind: load.Skewed, Count: 9, Prefix: "k", Share: 0.6}, {Kind: load.Zipf, Count: 40, Prefix: "k", Share: 0.2}, {Kind: load.List, Names: []string{"b", "a"}, Share: 0.9},
	} {
		pl, dice, sum := load.NewPlan(k, 100), sim.NewRand(1, "x"), 0.0
		for _, s := range pl.Shares {
			sum += s
		}
		if math.Abs(sum-1) > 1e-9 {
			t.Errorf("%s: shares sum to %v", k.Words(), sum)
		}
		for i := range int64(200) {
			key, variant := pl.Pick(i, &dice)
			if data := pl.Data(key, variant); len(data) != pl.Bytes() || !json.Valid(data) || &data[0] != &pl.Data(key, variant)[0] {
				t.Fatalf("%s: payload %s", k.Words(), data)
			}
			if !pl.Uses(pl.Names[key]) || pl.Uses(pl.Names[key]+"?") {
				t.Fatalf("%s does not know %s", k.Words(), pl.Names[key])
			}
		}
	}
}

// TestMessageIDs holds that ids are unique, keep the size of a payload and leave it JSON, down to the least size.
func TestMessageIDs(t *testing.T) {
	for _, size := range []int{load.LeastBytes("bikes"), 80, 500} {
		pl := load.NewPlan(load.Keys{Kind: load.Uniform, Count: 5, Prefix: "rack-"}, size).WithIDs("bikes")
		dice, seen := sim.NewRand(1, "x"), map[string]bool{}
		for i := range int64(100) {
			key, variant := pl.Pick(i, &dice)
			data := pl.Record(key, variant, i*1e8)
			var x struct{ ID string }
			if err := json.Unmarshal(data, &x); err != nil || len(data) != size || pl.Bytes() != size || x.ID != load.MessageID("bikes", i*1e8) || seen[x.ID] {
				t.Fatalf("%d bytes, want %d: %s, %v", len(data), size, data, err)
			}
			seen[x.ID] = true
		}
	}
}
