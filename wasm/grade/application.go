package grade

import (
	"slices"
	"time"

	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/region"
)

// kclFigures are those of a KCL application: how it stands, then what it counted.
var kclFigures = append([]string{"workers", "leases", "held", "most", "lag", "once"}, region.KCLCounts...)

func findKCL(v *View, name string, window time.Duration, f Figures) bool {
	a, ok := v.Region.KCLApplication(name)
	if !ok {
		return false
	}
	ever := region.KCLTotals(a)
	counted(v, region.ConsumerRef(name), region.KCLCounts, ever[:], window, f)
	f.count("once", int64(f["processed"].Number-f["duplicates"].Number))
	workers, held, most := a.Workers(v.Region.Now()), 0, 0
	for _, w := range workers {
		held += len(w.Leases)
		most = max(most, len(w.Leases))
	}
	leases := 0
	for _, l := range v.Region.Leases(name) {
		if !l.Done() {
			leases++
		}
	}
	f.count("workers", int64(len(workers)))
	f.count("leases", int64(leases))
	f.count("held", int64(held))
	f.count("most", int64(most))
	f.millis("lag", float64(kclLag(v, name, window)))
	return true
}

// kclLag is how many milliseconds the shard that is furthest behind lies behind, or lay within the window.
func kclLag(v *View, name string, window time.Duration) int64 {
	a, ok := v.Region.KCLApplication(name)
	if !ok {
		return 0
	}
	worst := a.Behind()
	if window > 0 {
		var shards []int32
		for _, w := range a.Workers(v.Region.Now()) {
			for _, h := range w.Leases {
				shards = append(shards, h.Shard)
			}
		}
		slices.Sort(shards)
		for _, n := range slices.Compact(shards) {
			worst = max(worst, int64(most(lately(v, "MillisBehindLatest", cloudwatch.In(name, "Operation", "ProcessTask", "ShardId", region.ShardID(n)), window, cloudwatch.Maximum))))
		}
	}
	return worst
}
