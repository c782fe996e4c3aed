// Package sim is the only place where time passes and dice are thrown.
//
// An [Instant] is handed in, never read from a clock; a [Schedule] holds what is due as plain values, so that a whole
// world can be copied ([Schedule.Clone]) and run on from there; a [Rand] belongs to one actor, by name. The package
// knows nothing of streams, clients or screens.
package sim

import (
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// An Instant is a moment of virtual time in microseconds since the Unix epoch, UTC. It stays below 2^53 for the next
// 250 years, so JSON and JavaScript carry it whole.
type Instant int64

// At returns the Instant of t, cut to whole microseconds.
func At(t time.Time) Instant { return Instant(t.UnixMicro()) }

// Add returns the instant d later; d is cut to whole microseconds.
func (i Instant) Add(d time.Duration) Instant { return i + Instant(d/time.Microsecond) }

// Sub returns how long after j the instant i is.
func (i Instant) Sub(j Instant) time.Duration { return time.Duration(i-j) * time.Microsecond }

// Time returns the instant as a time in UTC.
func (i Instant) Time() time.Time { return time.UnixMicro(int64(i)).UTC() }

// Second returns the whole seconds since the Unix epoch.
func (i Instant) Second() int64 {
	s := int64(i) / 1e6
	if int64(i)%1e6 < 0 {
		s--
	}
	return s
}

// An Owner names who is told when an event is due; the world that wires services and actors hands owners out.
type Owner int32

// An Event is something due: whose, which kind of it, and one number that its owner understands. Events are values, not
// functions, so that a copied schedule wakes the copied owners.
type Event struct {
	At    Instant
	Owner Owner
	Kind  uint16
	Arg   int64
	seq   uint64
}

// A Schedule holds what is due, in order of instant and, at the same instant, of who was scheduled first.
// Invariant: no event is due before Now.
type Schedule struct {
	now  Instant
	seq  uint64
	heap []Event
}

// NewSchedule returns an empty schedule that stands at start.
func NewSchedule(start Instant) *Schedule { return &Schedule{now: start} }

// Now is the instant at which the schedule stands.
func (s *Schedule) Now() Instant { return s.now }

// Len is how many events are due some time.
func (s *Schedule) Len() int { return len(s.heap) }

// At adds an event; one in the past becomes due now.
func (s *Schedule) At(at Instant, owner Owner, kind uint16, arg int64) {
	if at < s.now {
		at = s.now
	}
	s.seq++
	s.heap = append(s.heap, Event{At: at, Owner: owner, Kind: kind, Arg: arg, seq: s.seq})
	s.up(len(s.heap) - 1)
}

// After adds an event that is due d from now.
func (s *Schedule) After(d time.Duration, owner Owner, kind uint16, arg int64) {
	s.At(s.now.Add(d), owner, kind, arg)
}

// NextAt returns when the next event is due, and false when nothing is.
func (s *Schedule) NextAt() (Instant, bool) {
	if len(s.heap) == 0 {
		return 0, false
	}
	return s.heap[0].At, true
}

// Pop moves time to the next event that is due at limit or before, and takes it off. When there is none it moves time
// to limit (never back) and returns false.
func (s *Schedule) Pop(limit Instant) (Event, bool) {
	if len(s.heap) == 0 || s.heap[0].At > limit {
		if limit > s.now {
			s.now = limit
		}
		return Event{}, false
	}
	e := s.heap[0]
	last := len(s.heap) - 1
	s.heap[0] = s.heap[last]
	s.heap = s.heap[:last]
	s.down(0)
	s.now = e.At
	return e, true
}

// Clone returns a schedule that goes on from here on its own.
func (s *Schedule) Clone() *Schedule {
	c := *s
	c.heap = append([]Event(nil), s.heap...)
	return &c
}

func (s *Schedule) less(i, j int) bool {
	a, b := &s.heap[i], &s.heap[j]
	return a.At < b.At || a.At == b.At && a.seq < b.seq
}

func (s *Schedule) up(i int) {
	for i > 0 {
		p := (i - 1) / 2
		if !s.less(i, p) {
			return
		}
		s.heap[i], s.heap[p] = s.heap[p], s.heap[i]
		i = p
	}
}

func (s *Schedule) down(i int) {
	for {
		c := 2*i + 1
		if c >= len(s.heap) {
			return
		}
		if c+1 < len(s.heap) && s.less(c+1, c) {
			c++
		}
		if !s.less(c, i) {
			return
		}
		s.heap[i], s.heap[c] = s.heap[c], s.heap[i]
		i = c
	}
}

// A Rand is one actor's dice. It is a value: a copy throws what the original would have thrown.
type Rand struct{ pcg rand.PCG }

// NewRand returns the dice of the actor called name in the world grown from seed. Two names never share dice, so adding
// an actor leaves everybody else's throws as they were.
func NewRand(seed uint64, name string) Rand {
	h := fnv.New64a()
	h.Write([]byte(name))
	return Rand{*rand.NewPCG(seed, h.Sum64())}
}

// Float64 returns a number in [0, 1).
func (r *Rand) Float64() float64 { return float64(r.pcg.Uint64()>>11) / (1 << 53) }

// Uint64 returns 64 random bits.
func (r *Rand) Uint64() uint64 { return r.pcg.Uint64() }

// IntN returns a number in [0, n); n must be positive.
func (r *Rand) IntN(n int) int {
	if n <= 0 {
		panic("sim: IntN needs a positive bound")
	}
	return int(r.pcg.Uint64() % uint64(n)) // the bias is below n/2^64
}

// Between returns a duration in [low, high).
func (r *Rand) Between(low, high time.Duration) time.Duration {
	if high <= low {
		return low
	}
	return low + time.Duration(r.Float64()*float64(high-low))
}
