package kinesis

import (
	"time"

	"shardlab/wasm/sim"
)

// A quota is a rate in units a second and how many units can be saved up.
type quota struct{ rate, capacity int64 }

// micro is how finely a bucket counts: a unit is a million of them, so that a rate of units a second is the same number
// of micro-units a microsecond, and no fraction is ever lost.
const micro = 1_000_000

// A bucket is a token bucket, exact in integers: level micro-units were left at the instant at. It may be in debt.
// Invariant: level <= capacity * micro.
type bucket struct {
	level int64
	at    sim.Instant
}

func fullBucket(q quota, now sim.Instant) bucket { return bucket{q.capacity * micro, now} }

// levelAt is what is left at an instant, in micro-units.
func (b bucket) levelAt(q quota, now sim.Instant) int64 {
	full := q.capacity * micro
	since := int64(now - b.at)
	if missing := full - b.level; since > missing/q.rate {
		return full
	}
	return b.level + since*q.rate
}

// refill brings the bucket to an instant.
func (b *bucket) refill(q quota, now sim.Instant) {
	if now != b.at {
		b.level, b.at = b.levelAt(q, now), now
	}
}

// A Budget is how a limit stands at an instant, for pictures.
type Budget struct {
	Left     float64 // units that could be taken at once; below 0 it is a debt
	Capacity float64 // the most that Left can be
	Rate     float64 // units that come back a second
}

func (b bucket) budget(q quota, now sim.Instant) Budget {
	return Budget{float64(b.levelAt(q, now)) / micro, float64(q.capacity), float64(q.rate)}
}

// A window admits at most so many calls in any second, or in any other span: it remembers when the latest were.
type window struct {
	calls []sim.Instant // a ring
	next  int
}

// admit counts a call at now when fewer than limit fell into the second before it.
func (w *window) admit(limit int, now sim.Instant) bool {
	return w.admitWithin(time.Second, limit, now)
}

// admitWithin is admit for another span than a second.
func (w *window) admitWithin(span time.Duration, limit int, now sim.Instant) bool {
	if len(w.calls) < limit {
		w.calls = append(w.calls, now)
		return true
	}
	if now.Sub(w.calls[w.next]) < span {
		return false
	}
	w.calls[w.next] = now
	w.next = (w.next + 1) % len(w.calls)
	return true
}

func (w *window) clone() window { return window{append([]sim.Instant(nil), w.calls...), w.next} }

// rates are the calls of an account or a stream, by operation.
type rates map[string]*window

// admit counts a call of an operation at now when fewer than limit fell into the second before it.
func (r rates) admit(op string, limit int, now sim.Instant) bool {
	return r.admitWithin(op, time.Second, limit, now)
}

// admitWithin is admit for another span than a second.
func (r rates) admitWithin(op string, span time.Duration, limit int, now sim.Instant) bool {
	w, ok := r[op]
	if !ok {
		w = &window{}
		r[op] = w
	}
	return w.admitWithin(span, limit, now)
}

func (r rates) clone() rates {
	c := make(rates, len(r))
	for op, w := range r {
		copied := w.clone()
		c[op] = &copied
	}
	return c
}

// A recent second is counted in tenths. One slot more than that holds the tenth of which only a part still counts.
const (
	tenth = micro / 10
	slots = 11
)

// A Recent is what befell a shard in the last second.
type Recent struct {
	Records, Bytes  int64 // taken
	Refused         int64 // records refused
	Reads           int64 // GetRecords answered
	ReadRecords     int64 // records given out
	ReadBytes       int64
	ReadsRefused    int64
	IteratorRefused int64
	PushRecords     int64 // records pushed to consumers with enhanced fan-out
	PushBytes       int64
}

func (r *Recent) add(o *Recent) {
	r.Records += o.Records
	r.Bytes += o.Bytes
	r.Refused += o.Refused
	r.Reads += o.Reads
	r.ReadRecords += o.ReadRecords
	r.ReadBytes += o.ReadBytes
	r.ReadsRefused += o.ReadsRefused
	r.IteratorRefused += o.IteratorRefused
	r.PushRecords += o.PushRecords
	r.PushBytes += o.PushBytes
}

// recent counts a sliding second in tenths.
type recent struct {
	ticks [slots]int64 // which tenth a slot counts
	slot  [slots]Recent
}

// now returns the counts of the current tenth, to be added to.
func (r *recent) now(at sim.Instant) *Recent {
	tick := int64(at) / tenth
	i := tick % slots
	if r.ticks[i] != tick {
		r.ticks[i], r.slot[i] = tick, Recent{}
	}
	return &r.slot[i]
}

// last sums the second before at: the current tenth as far as it has come, nine whole ones, and of the oldest the part
// that completes the second, so that a shard that takes its 1,000 records shows 1,000 at every instant. Refusals and calls
// are told for the ten tenths alone: a part of one is none.
func (r *recent) last(at sim.Instant) Recent {
	tick, left := int64(at)/tenth, tenth-int64(at)%tenth
	var sum Recent
	for i := range r.slot {
		switch s := &r.slot[i]; {
		case r.ticks[i] > tick-10 && r.ticks[i] <= tick:
			sum.add(s)
		case r.ticks[i] == tick-10:
			part := func(n int64) int64 { return (n*left + tenth/2) / tenth }
			sum.add(&Recent{Records: part(s.Records), Bytes: part(s.Bytes), ReadRecords: part(s.ReadRecords), ReadBytes: part(s.ReadBytes),
				PushRecords: part(s.PushRecords), PushBytes: part(s.PushBytes)})
		}
	}
	return sum
}
