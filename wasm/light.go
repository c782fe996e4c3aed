package main

import (
	"time"

	"shardlab/wasm/protocol"
)

// What a frame carries at most. The page has to read a frame within a few milliseconds, or it cannot be pressed while a
// long run goes on.
const (
	busyFrameTime = 125 * time.Millisecond // between two frames of a run that is not played
	busyChartTime = 500 * time.Millisecond // between two of its frames with charts
	playChartTime = 200 * time.Millisecond // the same while the lab plays: at 60x every frame has a new second
	maxFlights    = 300                    // of a frame
	maxEvents     = 200                    // of a frame, beside those with a mark
	seenFor       = 5 * protocol.Second    // of virtual time that a lane shows at speed 1: older flights are not seen after a jump
)

// A light holds back what a frame of a long run leaves out, until the run has ended.
type light struct {
	flights []protocol.Flight
	charts  []protocol.Chart
	charted time.Duration
	history int64
	busy    bool // the last frame was one of a long run
}

// lighten bounds a frame. While busy it takes the flights out, because nobody could follow them, and most of the charts;
// the first frame after the run carries what can still be seen.
func (l *light) lighten(f *protocol.Frame, busy bool, wall time.Duration) {
	l.busy = busy
	if f.History != l.history {
		l.flights, l.charts, l.history = nil, nil, f.History
	}
	if f.Charts != nil {
		l.charts = f.Charts
	}
	f.Charts = nil
	if passed := wall - l.charted; l.charts != nil && (passed >= busyChartTime || !busy && (passed >= playChartTime || !f.Playing)) {
		f.Charts, l.charts, l.charted = l.charts, nil, wall
	}
	f.Events = fewer(f.Events)
	if f.Playing {
		l.flights = nil
		f.Flights, f.Every = thin(f.Flights, f.Every)
		return
	}
	l.flights = lately(append(l.flights, f.Flights...), f.Now)
	f.Flights = nil
	if !busy {
		f.Flights, f.Every = thin(l.flights, f.Every)
		l.flights = nil
	}
}

// lately keeps the flights that can still be seen at an instant.
func lately(all []protocol.Flight, now int64) []protocol.Flight {
	kept := all[:0]
	for _, f := range all {
		if f.DueAt >= now-seenFor {
			kept = append(kept, f)
		}
	}
	return kept
}

// thin keeps one flight in so many of records, evenly, so that a frame carries maxFlights at most, and says how many
// records each stands for then. The learner's own stay.
func thin(all []protocol.Flight, every int) ([]protocol.Flight, int) {
	step := (len(all) + maxFlights - 1) / maxFlights
	if step <= 1 {
		return all, every
	}
	kept := make([]protocol.Flight, 0, maxFlights+1)
	var count [3]int
	for _, f := range all {
		own := f.Actor < 0 && f.Kind != protocol.FlightRead
		if own && len(kept) < maxFlights {
			kept = append(kept, f)
			continue
		}
		if kind := f.Kind % len(count); kind >= 0 {
			if count[kind]%step == 0 {
				kept = append(kept, f)
			}
			count[kind]++
		}
	}
	return kept, every * step
}

// fewer keeps the events with a mark and the newest of the others.
func fewer(all []protocol.Event) []protocol.Event {
	drop := -maxEvents
	for _, e := range all {
		if !e.Mark {
			drop++
		}
	}
	if drop <= 0 {
		return all
	}
	kept := make([]protocol.Event, 0, len(all)-drop)
	for _, e := range all {
		if !e.Mark && drop > 0 {
			drop--
			continue
		}
		kept = append(kept, e)
	}
	return kept
}
