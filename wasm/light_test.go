package main

import (
	"testing"
	"time"

	"shardlab/wasm/protocol"
)

func TestLighten(t *testing.T) {
	flights := func(n int, now int64) []protocol.Flight {
		all := make([]protocol.Flight, n)
		for i := range all {
			at := now - int64(n-i)*1000
			all[i] = protocol.Flight{SentAt: at, DueAt: at + 500, Shard: i % 4}
		}
		return all
	}
	t.Run("a long run carries no flights, and what can still be seen comes after it", func(t *testing.T) {
		var l light
		for i := range 10 {
			now := int64(i) * 10 * protocol.Second
			f := protocol.Frame{Now: now, Every: 2, Flights: flights(1000, now), Busy: "Running until it happens."}
			l.lighten(&f, true, time.Duration(i)*busyFrameTime)
			if len(f.Flights) != 0 {
				t.Fatalf("a busy frame carries %d flights", len(f.Flights))
			}
		}
		if len(l.flights) > 1000 {
			t.Fatalf("%d flights are held back; those of earlier stretches cannot be seen any more", len(l.flights))
		}
		f := protocol.Frame{Now: 90 * protocol.Second, Every: 2}
		l.lighten(&f, false, 2*time.Second)
		if n := len(f.Flights); n == 0 || n > maxFlights || f.Every != 8 {
			t.Errorf("after the run %d flights stand for %d records each, want up to %d for 8", n, f.Every, maxFlights)
		}
	})
	t.Run("a played frame is bounded, and the learner's own record stays", func(t *testing.T) {
		var l light
		f := protocol.Frame{Now: 5 * protocol.Second, Every: 1, Playing: true, Flights: flights(3000, 5*protocol.Second)}
		f.Flights[1501].Actor = -1
		l.lighten(&f, false, 0)
		own := 0
		for _, x := range f.Flights {
			if x.Actor < 0 {
				own++
			}
		}
		if len(f.Flights) > maxFlights+1 || own != 1 {
			t.Errorf("%d flights, %d of them the learner's own", len(f.Flights), own)
		}
	})
	t.Run("charts of a long run come twice a second, the last ones for certain", func(t *testing.T) {
		var l light
		carried := 0
		for i := range 9 {
			f := protocol.Frame{Charts: []protocol.Chart{{From: int64(i)}}}
			l.lighten(&f, true, time.Second+time.Duration(i)*busyFrameTime)
			if f.Charts != nil {
				carried++
			}
		}
		f := protocol.Frame{}
		l.lighten(&f, false, 3*time.Second)
		if carried != 3 || len(f.Charts) != 0 && f.Charts[0].From != 8 {
			t.Errorf("%d busy frames carried charts, the last ones are %v", carried, f.Charts)
		}
	})
	t.Run("while the lab plays charts come five times a second, and with the pause at once", func(t *testing.T) {
		var l light
		carried := 0
		for i := range 20 {
			f := protocol.Frame{Playing: true, Charts: []protocol.Chart{{From: int64(i)}}}
			l.lighten(&f, false, time.Second+time.Duration(i)*frameTime)
			if f.Charts != nil {
				carried++
			}
		}
		f := protocol.Frame{}
		l.lighten(&f, false, 2*time.Second)
		if carried != 5 || len(f.Charts) != 1 || f.Charts[0].From != 19 {
			t.Errorf("%d of 20 frames carried charts, the last ones are %v", carried, f.Charts)
		}
	})
	t.Run("marks are never dropped", func(t *testing.T) {
		var all []protocol.Event
		for i := range 1000 {
			all = append(all, protocol.Event{ID: int64(i), Mark: i%100 == 0})
		}
		kept := fewer(all)
		marks := 0
		for _, e := range kept {
			if e.Mark {
				marks++
			}
		}
		if marks != 10 || len(kept) != maxEvents+10 || kept[len(kept)-1].ID != 999 {
			t.Errorf("kept %d events with %d marks, the last is %d", len(kept), marks, kept[len(kept)-1].ID)
		}
	})
	t.Run("another history holds nothing of the one before", func(t *testing.T) {
		var l light
		f := protocol.Frame{Now: protocol.Second, Flights: flights(10, protocol.Second)}
		l.lighten(&f, true, 0)
		f = protocol.Frame{History: 1, Now: protocol.Second}
		l.lighten(&f, false, 0)
		if len(f.Flights) != 0 {
			t.Errorf("%d flights of a history that is gone", len(f.Flights))
		}
	})
}
