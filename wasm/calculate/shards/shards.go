// Package shards is the formula for how many shards a provisioned stream needs, for the calculator and the console's own command.
// It stands alone, so that the console carries no other sum.
package shards

import "math"

// A Capacity is what a shard takes and gives out a second.
type Capacity struct{ Records, Bytes, ReadBytes int64 }

// PerShard is the capacity in every profile of limits.
// Source: Developer Guide, "Quotas and limits".
var PerShard = Capacity{Records: 1000, Bytes: 1 << 20, ReadBytes: 2 << 20}

// A Need is what the formula makes of traffic: rates in KiB/s, and shards, rounded up in the last two alone.
type Need struct {
	KiB                    float64 // of a record, rounded up
	In, Out                float64 // KiB/s
	ByIn, ByOut, ByRecords float64 // shards for each of them
	Guide, Shards          float64 // by bytes alone, as the Developer Guide has it, and with records
}

// For computes how many shards records a second of so many KiB need that readers each read whole from what the shards give out.
// Source of the formula, which counts bytes: Developer Guide, "Choose the data stream capacity mode"; the term of records follows from
// "Quotas and limits".
func For(records, kib, readers float64, c Capacity) Need {
	n := Need{KiB: math.Ceil(kib)}
	n.In = records * n.KiB
	n.Out = n.In * readers
	n.ByIn, n.ByOut, n.ByRecords = n.In*1024/float64(c.Bytes), n.Out*1024/float64(c.ReadBytes), records/float64(c.Records)
	n.Guide = max(1, math.Ceil(max(n.ByIn, n.ByOut)))
	n.Shards = max(n.Guide, math.Ceil(n.ByRecords))
	return n
}
