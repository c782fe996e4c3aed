package shards

import "testing"

func TestFor(t *testing.T) {
	for _, row := range []struct {
		name                  string
		records, kib, readers float64
		guide, shards         float64
	}{
		{"the Developer Guide's example of one reader", 1000, 1, 1, 1, 1},
		{"a record's KiB are rounded up", 1000, 1.1, 1, 2, 2},
		{"reading decides", 300, 4.4, 4, 3, 3},
		{"records decide", 2400, .5, 2, 3, 3},
		{"small records, which the guide does not count", 5000, .1, 1, 5, 5},
		{"and beyond its bytes", 5000, 0, 1, 1, 5},
		{"nothing needs a shard too", 0, 1, 1, 1, 1},
	} {
		if n := For(row.records, row.kib, row.readers, PerShard); n.Guide != row.guide || n.Shards != row.shards {
			t.Errorf("%s: %v by bytes and %v with records, want %v and %v", row.name, n.Guide, n.Shards, row.guide, row.shards)
		}
	}
}
