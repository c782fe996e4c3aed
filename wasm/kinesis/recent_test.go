package kinesis

import (
	"testing"

	"shardlab/wasm/sim"
)

// TestLastSecond holds that a shard which takes its 1,000 records a second shows 1,000 at every instant, not as many as
// fit into the tenths that have begun.
//
// shows: P2
func TestLastSecond(t *testing.T) {
	var r recent
	start := sim.Instant(1_772_440_770_000_000)
	for ms := range 3000 {
		now := start + sim.Instant(ms)*1000
		last := r.now(now)
		last.Records++
		last.Bytes += 100
		if ms >= 1100 {
			if got := r.last(now); got.Records < 999 || got.Records > 1001 || got.Bytes < 99_900 || got.Bytes > 100_100 {
				t.Fatalf("at %d ms the last second took %d records and %d bytes, want 1,000 and 100,000", ms, got.Records, got.Bytes)
			}
		}
	}
	if got := r.last(start + 4_100_000); got != (Recent{}) {
		t.Errorf("a second after the last record it still shows %+v", got)
	}
	r.now(start + 5_000_000).Refused = 7
	if got := r.last(start + 5_950_000); got.Refused != 7 {
		t.Errorf("%d refusals within the second, want 7", got.Refused)
	}
	if got := r.last(start + 6_000_000); got.Refused != 0 {
		t.Errorf("%d refusals a second later, want none", got.Refused)
	}
}
