package grade

import (
	"time"

	"shardlab/wasm/aggregation"
	"shardlab/wasm/load"
	"shardlab/wasm/region"
)

type duplicates struct {
	Kind    string        `json:"kind"`
	Stream  string        `json:"stream"`
	AtLeast *int64        `json:"at-least"`
	AtMost  *int64        `json:"at-most"`
	For     time.Duration `json:"for"`
	MinRate *float64      `json:"min-rate"`
}

func (c *duplicates) valid(path string, faults *region.Faults) {
	need(path, "stream", c.Stream, faults)
	window(path, &c.For, faults)
	if c.AtLeast == nil && c.AtMost == nil {
		faults.Add(path, enough+": at-least or at-most")
	}
	if c.MinRate == nil {
		one := 1.0
		c.MinRate = &one
	}
	if *c.MinRate <= 0 {
		faults.Add(path+".min-rate", "%v is not above 0: without records there are no duplicates", *c.MinRate)
	}
}

func (c *duplicates) about(*View) (string, time.Duration) { return c.Stream, c.For }

// judge counts the records that were taken in the window with a message id that the stream had by then, as far as its newest records
// of each shard tell.
func (c *duplicates) judge(v *View, f Figures) (bool, string) {
	evidence, last, records, twice := region.StreamRef(c.Stream), "none", int64(0), int64(0)
	since := v.Region.Now().Add(-c.For)
	if st, ok := v.Region.Kinesis().Stream(c.Stream); ok {
		seen := map[string]bool{}
		for _, sh := range st.Shards() {
			for i := max(sh.First(), sh.Next()-sampled); i < sh.Next(); i++ {
				r := sh.Record(i)
				each(r.Data, func(data []byte) {
					id, ok := load.IDOf(data)
					if !ok {
						return
					}
					again := seen[id]
					seen[id] = true
					if r.At < since {
						return
					}
					records++
					if again {
						twice++
						last, evidence = id, region.RecordRef(c.Stream, sh.Number(), sh.SequenceNumber(i, r.At))
					}
				})
			}
		}
	}
	f.count("duplicates", twice)
	f.count("records", records)
	f.text("message", last)
	f.bound("at-least", c.AtLeast)
	f.bound("at-most", c.AtMost)
	return float64(records) >= *c.MinRate*c.For.Seconds() && (c.AtLeast == nil || twice >= *c.AtLeast) && (c.AtMost == nil || twice <= *c.AtMost), evidence
}

// each tells of the user records in the data of a Kinesis record.
func each(data []byte, f func([]byte)) {
	users, ok := aggregation.Decode(data)
	if !ok {
		f(data)
	}
	for i := range users {
		f(users[i].Data)
	}
}
