package load

import (
	"math"
	"math/bits"
	"time"

	"shardlab/wasm/sim"
)

// rebaseSeconds is how long a pace is counted from one base.
const rebaseSeconds = 1000

// Milli is a rate of records a second in thousandths.
func Milli(recordsPerSecond float64) int64 { return int64(math.Round(recordsPerSecond * 1000)) }

// A Pace counts the records that a rate makes due, exactly, however long it runs. Rates are in thousandths of a record a
// second. The first record is due when it begins.
// Invariant: taken counts from base.
type Pace struct {
	base  sim.Instant
	taken int64
}

// Begin counts anew from an instant on.
func (p *Pace) Begin(now sim.Instant) { p.base, p.taken = now, 0 }

// Ready is how many records are due at an instant and not yet taken.
func (p *Pace) Ready(now sim.Instant, milli int64) int64 {
	if milli == 0 || now < p.base {
		return 0
	}
	for p.base.Add(rebaseSeconds*time.Second) <= now && p.taken >= milli*rebaseSeconds/1000 {
		p.base = p.base.Add(rebaseSeconds * time.Second)
		p.taken -= milli * rebaseSeconds / 1000
	}
	hi, lo := bits.Mul64(uint64(now-p.base), uint64(milli))
	due, _ := bits.Div64(hi, lo, 1e9)
	return int64(due) + 1 - p.taken
}

// Take takes n records that were due.
func (p *Pace) Take(n int64) { p.taken += n }

// NextAt is when n more records are due; milli must not be 0.
func (p *Pace) NextAt(n, milli int64) sim.Instant {
	hi, lo := bits.Mul64(uint64(p.taken+n-1), 1e9)
	q, r := bits.Div64(hi, lo, uint64(milli))
	if r > 0 {
		q++
	}
	return p.base + sim.Instant(q)
}
