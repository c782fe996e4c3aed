package grade

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/load"
	"shardlab/wasm/region"
)

// ChosenKinds lists the checks of what a learner points at as evidence; they stand in proofs alone.
func ChosenKinds() []Kind {
	return []Kind{
		{"chosen-metric", "stat=Sum, for=1m, at-least, at-most",
			"the metric's statistic over the last `for` lies within the bounds, and there were values",
			[]string{"value", "samples", "metric", "whose"}, func() check { return &chosenMetric{} }},
		{"chosen-shard", "metric, stat=Sum, for=1m, at-least, at-most",
			"the statistic of the shard's metric over the last `for` lies within the bounds, and there were values",
			[]string{"value", "samples", "metric", "shard", "share"}, func() check { return &chosenShard{} }},
		{"chosen-record", "contains, twice=false, min-bytes=0",
			"the record's data hold that text, the stream has it more than once by its message id, and it has at least min-bytes bytes",
			[]string{"copies", "id", "key", "shard", "bytes"}, func() check { return &chosenRecord{} }},
		{"chosen-lease", "at-least (records)",
			"the lease's worker processed at least so many Kinesis records behind the checkpoint, which whoever takes the lease will process again",
			[]string{"since", "owner", "shard", "switches"}, func() check { return &chosenLease{} }},
	}
}

type chosenMetric struct {
	Kind    string        `json:"kind"`
	Stat    string        `json:"stat"`
	For     time.Duration `json:"for"`
	AtLeast *float64      `json:"at-least"`
	AtMost  *float64      `json:"at-most"`
}

func (c *chosenMetric) valid(path string, faults *region.Faults) {
	c.For = cmp.Or(c.For, time.Minute)
	window(path, &c.For, faults)
	c.Stat = validStat(path, c.Stat, faults)
	if c.AtLeast == nil && c.AtMost == nil {
		faults.Add(path, enough+": at-least or at-most")
	}
}

func validStat(path, stat string, faults *region.Faults) string {
	if stat == "" {
		return cloudwatch.Sum
	}
	if !slices.Contains(statistics, stat) {
		faults.Add(path+".stat", "%q is no statistic: write one of %s", stat, strings.Join(statistics, ", "))
	}
	return stat
}

func (c *chosenMetric) about(v *View) (string, time.Duration) {
	_, d, _ := region.ReadMetricRef(v.Evidence)
	return d.Stream, c.For
}

func (c *chosenMetric) judge(v *View, f Figures) (bool, string) {
	name, d, ok := region.ReadMetricRef(v.Evidence)
	value, samples := statistic(v, name, d, c.For, c.Stat)
	f.measured("value", cloudwatch.Unit(name), value)
	f.count("samples", int64(samples))
	f.text("metric", name)
	whose := d.Pairs()
	f.text("whose", d.Namespace())
	if len(whose) > 1 {
		f.text("whose", whose[len(whose)-1])
	}
	return ok && samples > 0 && (c.AtLeast == nil || value >= *c.AtLeast) && (c.AtMost == nil || value <= *c.AtMost), v.Evidence
}

// measured is a figure in the unit of a metric; as a number it is the metric's own.
func (f Figures) measured(name, unit string, n float64) {
	f.decimal(name, n)
	if unit == "Milliseconds" {
		f[name] = Figure{region.Millis(int64(n)), n, true}
	}
}

type chosenShard struct {
	Kind    string        `json:"kind"`
	Metric  string        `json:"metric"`
	Stat    string        `json:"stat"`
	For     time.Duration `json:"for"`
	AtLeast *float64      `json:"at-least"`
	AtMost  *float64      `json:"at-most"`
}

func (c *chosenShard) valid(path string, faults *region.Faults) {
	need(path, "metric", c.Metric, faults)
	(&chosenMetric{For: c.For, Stat: c.Stat, AtLeast: c.AtLeast, AtMost: c.AtMost}).valid(path, faults)
	c.For = cmp.Or(c.For, time.Minute)
	c.Stat = cmp.Or(c.Stat, cloudwatch.Sum)
}

// chosen reads the evidence: a stream and one of its shards.
func chosen(v *View) (stream string, shard int32, rest string) {
	_, path, _ := strings.Cut(v.Evidence, ":")
	stream, path, _ = strings.Cut(path, "/")
	id, rest, _ := strings.Cut(path, "/")
	shard, _ = kinesis.ParseShardID(id)
	return stream, shard, rest
}

func (c *chosenShard) about(v *View) (string, time.Duration) {
	stream, _, _ := chosen(v)
	return stream, c.For
}

func (c *chosenShard) judge(v *View, f Figures) (bool, string) {
	stream, shard, _ := chosen(v)
	value, samples := statistic(v, c.Metric, cloudwatch.Dims{Stream: stream, Shard: shard}, c.For, c.Stat)
	all, _ := statistic(v, c.Metric, cloudwatch.Dims{Stream: stream, Shard: cloudwatch.StreamLevel}, c.For, c.Stat)
	f.measured("value", cloudwatch.Unit(c.Metric), value)
	f.count("samples", int64(samples))
	f.text("metric", c.Metric)
	f.text("shard", region.ShardID(shard))
	f.percent("share", 0)
	if all > 0 {
		f.percent("share", value/all)
	}
	return samples > 0 && (c.AtLeast == nil || value >= *c.AtLeast) && (c.AtMost == nil || value <= *c.AtMost), v.Evidence
}

type chosenRecord struct {
	Kind     string `json:"kind"`
	Contains string `json:"contains"`
	Twice    bool   `json:"twice"`
	MinBytes int64  `json:"min-bytes"`
}

func (c *chosenRecord) valid(path string, faults *region.Faults) {
	if c.Contains == "" && !c.Twice && c.MinBytes == 0 {
		faults.Add(path, enough+": contains, twice or min-bytes, or any record is a proof")
	}
}

func (c *chosenRecord) about(v *View) (string, time.Duration) {
	stream, _, _ := chosen(v)
	return stream, 0
}

func (c *chosenRecord) judge(v *View, f Figures) (bool, string) {
	name, number, sequence := chosen(v)
	f.count("copies", 0)
	f.count("bytes", 0)
	f.text("id", "none")
	f.text("key", "none")
	f.text("shard", region.ShardID(number))
	st, ok := v.Region.Kinesis().Stream(name)
	if !ok {
		return false, v.Evidence
	}
	sh, ok := st.Shard(number)
	if !ok {
		return false, v.Evidence
	}
	r, _, ok := sh.Find(sequence)
	if !ok {
		return false, v.Evidence
	}
	found, copies, id := c.Contains == "", int64(0), ""
	each(r.Data, func(data []byte) {
		found = found || strings.Contains(string(data), c.Contains)
		if one, ok := load.IDOf(data); ok && copies < 2 { // of those packed together, the first that is there twice
			id, copies = one, copiesOf(st, one)
		}
	})
	f.count("copies", copies)
	f.count("bytes", int64(len(r.Data)))
	f.text("id", cmp.Or(id, "none"))
	f.text("key", r.Key)
	return found && (!c.Twice || copies > 1) && int64(len(r.Data)) >= c.MinBytes, v.Evidence
}

// copiesOf counts the user records with a message id that a stream holds.
func copiesOf(st *kinesis.Stream, id string) (n int64) {
	for _, sh := range st.Shards() {
		for i := sh.First(); i < sh.Next(); i++ {
			each(sh.Record(i).Data, func(data []byte) {
				if one, ok := load.IDOf(data); ok && one == id {
					n++
				}
			})
		}
	}
	return n
}

type chosenLease struct {
	Kind    string `json:"kind"`
	AtLeast *int64 `json:"at-least"`
}

func (c *chosenLease) valid(path string, faults *region.Faults) {
	if c.AtLeast == nil {
		faults.Add(path+".at-least", enough+": records processed since the checkpoint")
	}
}

func (c *chosenLease) about(v *View) (string, time.Duration) {
	application, _, _ := chosen(v)
	return who{consumer: application}.stream(v), 0
}

func (c *chosenLease) judge(v *View, f Figures) (bool, string) {
	application, shard, _ := chosen(v)
	l, ok := v.Region.Lease(application, shard)
	since := v.Region.Unchecked(application, l)
	f.count("since", since)
	f.text("owner", cmp.Or(l.Owner, "nobody"))
	f.text("shard", region.ShardID(shard))
	f.count("switches", l.Switches)
	return ok && since >= *c.AtLeast, v.Evidence
}
