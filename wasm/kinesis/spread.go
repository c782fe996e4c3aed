package kinesis

import (
	"time"

	"shardlab/wasm/sim"
)

// A spread says when the records of a shard can be read. A record that was taken is on its way to the replicas for low;
// then the next round makes it and all before it readable. Rounds come once in each slot of time, at an instant that the
// shard's seed chooses, so the delay of a record falls between low and low + 2 slots, is another one for each moment, needs
// no memory, does not depend on how many records there are, and never lets a record pass the one before it.
//
// AWS says how long it takes until a record reaches its reader, about 70 ms with enhanced fan-out and about 200 ms for one
// poller, not why. The rounds are ours, chosen so that with the way to the reader those two figures come out on average.
// Source: Developer Guide, "Develop enhanced fan-out consumers with dedicated throughput".
type spread struct {
	seed      uint64
	low, slot int64 // microseconds; without a slot every record takes low
}

func newSpread(seed uint64, low, high time.Duration) spread {
	return spread{seed, low.Microseconds(), max(0, (high-low).Microseconds()/2)}
}

// round is when the round of a slot comes.
func (p *spread) round(slot int64) int64 {
	x := p.seed + uint64(slot)*0x9e3779b97f4a7c15 // splitmix64
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return slot*p.slot + int64((x^x>>31)>>1)%p.slot
}

// reach is the instant up to which what was taken can be read at now.
func (p *spread) reach(now sim.Instant) sim.Instant {
	if p.slot == 0 {
		return now - sim.Instant(p.low)
	}
	at := int64(now) / p.slot
	last := p.round(at)
	if last > int64(now) {
		last = p.round(at - 1)
	}
	return sim.Instant(last - p.low)
}

// visible is when what was taken at an instant can be read.
func (p *spread) visible(taken sim.Instant) sim.Instant {
	ready := int64(taken) + p.low
	if p.slot == 0 {
		return sim.Instant(ready)
	}
	at := ready / p.slot
	next := p.round(at)
	if next < ready {
		next = p.round(at + 1)
	}
	return sim.Instant(next)
}
