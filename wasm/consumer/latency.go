package consumer

import (
	"math/bits"
	"time"

	"shardlab/wasm/sim"
)

// latencies count records by how long they took from being put to being received, in milliseconds: eight counters for each
// doubling, so that a percentile is exact to an eighth. They hold this minute and the one before.
type latencies struct {
	minute    int64
	now, then [latencyBuckets]int32
	n         int64 // counted in both
}

const latencyBuckets = 128 // up to more than four minutes; what took longer counts as that

// latencyBucket is where a number of milliseconds counts.
func latencyBucket(ms int64) int {
	if ms < 8 {
		return int(max(ms, 0))
	}
	shift := bits.Len64(uint64(ms)) - 4
	return min((shift+1)*8+int(ms>>shift&7), latencyBuckets-1)
}

// most is the greatest number of milliseconds that a bucket counts.
func most(bucket int) int64 {
	if bucket < 8 {
		return int64(bucket)
	}
	shift := bucket/8 - 1
	return (int64(8+bucket%8)+1)<<shift - 1
}

// turn lets minutes pass.
func (l *latencies) turn(now sim.Instant) {
	minute := now.Second() / 60
	if minute == l.minute {
		return
	}
	if minute == l.minute+1 {
		l.then = l.now
	} else {
		l.then = [latencyBuckets]int32{}
	}
	l.now, l.minute, l.n = [latencyBuckets]int32{}, minute, 0
	for _, n := range l.then {
		l.n += int64(n)
	}
}

func (l *latencies) add(ms int64) {
	l.now[latencyBucket(ms)]++
	l.n++
}

// Latency is how long the records that it received in the n whole seconds before now took from being put to being received,
// on average, and how many they were.
func (c *Consumer) Latency(now sim.Instant, n int64) (mean time.Duration, records int64) {
	x := c.Lately(now, n)
	if x.Read == 0 {
		return 0, 0
	}
	return time.Duration(x.Latency/int64(x.Read)) * time.Microsecond, int64(x.Read)
}

// LatencyPercentile is the time within which a part of the records, from 0 to 1, of the last one to two minutes were received;
// exact to an eighth.
func (c *Consumer) LatencyPercentile(now sim.Instant, part float64) time.Duration {
	l := c.latency
	l.turn(now)
	left := int64(part * float64(l.n))
	if l.n == 0 {
		return 0
	}
	for i := range latencyBuckets {
		if left -= int64(l.now[i] + l.then[i]); left <= 0 && l.now[i]+l.then[i] > 0 {
			return time.Duration(most(i)) * time.Millisecond
		}
	}
	return time.Duration(most(latencyBuckets-1)) * time.Millisecond
}
