package awsjson

import (
	"time"

	"shardlab/wasm/sim"
)

// A clock turns the wall clock into virtual time: the instant at which it began, and from there on speed times as fast. Every
// world of an endpoint goes by the same clock, so that what one learner sees another sees at the same virtual time.
//
// It follows the wall clock itself and not how long the machine was awake: after a night's sleep clients speak of this
// morning, and so do the worlds. A wall clock that is set back lets them stand until it has caught up.
type clock struct {
	now   func() time.Time
	began time.Time
	speed float64
}

func newClock(now func() time.Time, speed float64) clock {
	return clock{now, now().Round(0), speed}
}

// endOfTime is where virtual time stands still: the instants of a world are whole microseconds below 2^53.
var endOfTime = sim.At(time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC))

// virtual is the instant of virtual time at a moment of the wall clock.
func (c clock) virtual(at time.Time) sim.Instant {
	if c.speed == 1 {
		return sim.At(at)
	}
	passed := at.Round(0).Sub(c.began) / time.Microsecond
	return min(sim.At(c.began)+sim.Instant(float64(passed)*c.speed), endOfTime)
}

// until is how long the wall clock takes from a moment to an instant of virtual time; 0 when it has passed.
func (c clock) until(at time.Time, due sim.Instant) time.Duration {
	left := float64(due-c.virtual(at)) / c.speed // microseconds
	return time.Duration(max(0, min(left, 1e12))) * time.Microsecond
}
