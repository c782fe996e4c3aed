package grade

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"shardlab/wasm/consumer"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/region"
)

type openShards struct {
	Kind   string `json:"kind"`
	Stream string `json:"stream"`
	Min    *int64 `json:"min"`
	Max    *int64 `json:"max"`
}

func (c *openShards) valid(path string, faults *region.Faults) {
	need(path, "stream", c.Stream, faults)
	bounds(path, c.Min, c.Max, faults)
}

// bounds checks a pair of which at least one must be there.
func bounds(path string, low, high *int64, faults *region.Faults) {
	switch {
	case low == nil && high == nil:
		faults.Add(path, enough+": min, max or both")
	case low != nil && *low < 0, high != nil && *high < 0:
		faults.Add(path, "a number below 0")
	case low != nil && high != nil && *low > *high:
		faults.Add(path, "min %d is above max %d", *low, *high)
	}
}

func within[N int64 | float64](n N, low, high *N) bool {
	return (low == nil || n >= *low) && (high == nil || n <= *high)
}

// bound is a figure for a bound that may be left out.
func (f Figures) bound(name string, n *int64) {
	if n == nil {
		f.text(name, "any number")
		return
	}
	f.count(name, *n)
}

func (c *openShards) about(*View) (string, time.Duration) { return c.Stream, 0 }

func (c *openShards) judge(v *View, f Figures) (bool, string) {
	open, active := int64(0), false
	if st, ok := v.Region.Kinesis().Stream(c.Stream); ok {
		open, active = int64(len(st.OpenShards())), st.Status() == kinesis.Active
	}
	f.count("open", open)
	f.bound("min", c.Min)
	f.bound("max", c.Max)
	return active && within(open, c.Min, c.Max), region.StreamRef(c.Stream)
}

type retention struct {
	Kind   string `json:"kind"`
	Stream string `json:"stream"`
	Min    *int64 `json:"min"`
	Max    *int64 `json:"max"`
}

func (c *retention) valid(path string, faults *region.Faults) {
	need(path, "stream", c.Stream, faults)
	bounds(path, c.Min, c.Max, faults)
}

func (c *retention) about(*View) (string, time.Duration) { return c.Stream, 0 }

func (c *retention) judge(v *View, f Figures) (bool, string) {
	hours := int64(0)
	st, ok := v.Region.Kinesis().Stream(c.Stream)
	if ok {
		hours = int64(st.Retention() / time.Hour)
	}
	f.count("hours", hours)
	f.bound("min", c.Min)
	f.bound("max", c.Max)
	return ok && within(hours, c.Min, c.Max), region.StreamRef(c.Stream)
}

type streamMode struct {
	Kind   string `json:"kind"`
	Stream string `json:"stream"`
	Mode   string `json:"mode"`
}

func (c *streamMode) valid(path string, faults *region.Faults) {
	need(path, "stream", c.Stream, faults)
	if c.Mode == "" {
		c.Mode = kinesis.OnDemand
	} else if c.Mode != kinesis.OnDemand && c.Mode != kinesis.Provisioned {
		faults.Add(path+".mode", "%q is no capacity mode: write %s or %s", c.Mode, kinesis.Provisioned, kinesis.OnDemand)
	}
}

func (c *streamMode) about(*View) (string, time.Duration) { return c.Stream, 0 }

func (c *streamMode) judge(v *View, f Figures) (bool, string) {
	mode, active := "none", false
	if st, ok := v.Region.Kinesis().Stream(c.Stream); ok {
		mode, active = st.Mode(), st.Status() == kinesis.Active
	}
	f.text("mode", mode)
	return active && mode == c.Mode, region.StreamRef(c.Stream)
}

type shardsNeeded struct {
	Kind   string `json:"kind"`
	Stream string `json:"stream"`
}

func (c *shardsNeeded) valid(path string, faults *region.Faults) {
	need(path, "stream", c.Stream, faults)
}

func (c *shardsNeeded) about(*View) (string, time.Duration) { return c.Stream, 0 }

// judge computes the number of shards that a provisioned stream needs: what is written and, once for each reader that
// shares the shards, what is read, with records as whole KiB; and the number of records.
// Source: Developer Guide, "How do I size a stream"; the term of records follows from the write limit.
func (c *shardsNeeded) judge(v *View, f Figures) (bool, string) {
	const kib = 1 << 10
	limits := v.Region.Kinesis().Limits()
	record, in, records, readers := int64(0), 0.0, 0.0, int64(0)
	for _, p := range v.Region.Producers() {
		s := p.Settings()
		if s.StreamName != c.Stream || !s.Running {
			continue
		}
		longest := 0
		names, _ := p.Keys()
		for _, name := range names {
			longest = max(longest, len(name))
		}
		record = int64(s.RecordBytes+longest+kib-1) / kib
		in += s.RecordsPerSecond * float64(record)
		records += s.RecordsPerSecond
	}
	for _, x := range v.Region.Consumers() {
		if s := x.Settings(); s.StreamName == c.Stream && s.Running && s.RetrievalMode != consumer.FanOut { // which has bytes of its own
			readers++
		}
	}
	out := in * float64(readers)
	byIn := in * kib / float64(limits.ShardBytesPerSecond)
	byOut := out * kib / float64(limits.ShardReadBytesPerSecond)
	byRecords := records / float64(limits.ShardRecordsPerSecond)
	needed := int64(math.Ceil(max(byIn, byOut, byRecords)))
	open, active := int64(0), false
	if st, ok := v.Region.Kinesis().Stream(c.Stream); ok {
		open, active = int64(len(st.OpenShards())), st.Status() == kinesis.Active
	}
	f.count("open", open)
	f.count("need", needed)
	f.count("record-kib", record)
	f.decimal("in-kib", in)
	f.decimal("out-kib", out)
	f.decimal("by-in", byIn)
	f.decimal("by-out", byOut)
	f.decimal("by-records", byRecords)
	f.count("readers", readers)
	return active && needed > 0 && open == needed, region.StreamRef(c.Stream)
}

type streamStatus struct {
	Kind   string `json:"kind"`
	Stream string `json:"stream"`
	Status string `json:"status"`
}

const gone = "GONE"

func (c *streamStatus) valid(path string, faults *region.Faults) {
	need(path, "stream", c.Stream, faults)
	all := []string{kinesis.Creating, kinesis.Active, kinesis.Updating, kinesis.Deleting, gone}
	if c.Status == "" {
		c.Status = kinesis.Active
	} else if !slices.Contains(all, c.Status) {
		faults.Add(path+".status", "%q is no status: write one of %s", c.Status, strings.Join(all, ", "))
	}
}

func (c *streamStatus) about(*View) (string, time.Duration) { return c.Stream, 0 }

func (c *streamStatus) judge(v *View, f Figures) (bool, string) {
	status := gone
	if st, ok := v.Region.Kinesis().Stream(c.Stream); ok {
		status = st.Status()
	}
	f.text("status", status)
	return status == c.Status, region.StreamRef(c.Stream)
}

type keyOrder struct {
	Kind     string `json:"kind"`
	Stream   string `json:"stream"`
	Consumer string `json:"consumer"`
	Producer string `json:"producer"`
	Min      *int64 `json:"min"`
}

func (c *keyOrder) valid(path string, faults *region.Faults) {
	if c.Consumer == "" && c.Producer == "" {
		faults.Add(path, "name a consumer, a producer or both: whose order is meant?")
	}
	if c.Min == nil {
		one := int64(1)
		c.Min = &one
	}
	if *c.Min < 1 {
		faults.Add(path+".min", "%d is not at least 1: nothing read is in every order", *c.Min)
	}
}

func (c *keyOrder) about(v *View) (string, time.Duration) {
	if x, ok := v.Region.Consumer(c.Consumer); ok && c.Stream == "" {
		return x.Settings().StreamName, 0
	}
	if x, ok := v.Region.Producer(c.Producer); ok && c.Stream == "" {
		return x.Settings().StreamName, 0
	}
	return c.Stream, 0
}

func (c *keyOrder) judge(v *View, f Figures) (bool, string) {
	met, late, read, keys, key, shard, evidence := true, int64(0), int64(0), int64(0), "none", "none", ""
	if c.Producer != "" {
		evidence = region.ProducerRef(c.Producer)
		p, ok := v.Region.Producer(c.Producer)
		met = ok && p.Total().Accepted >= *c.Min
		if ok {
			n, k, _ := p.Late()
			names, _ := p.Keys()
			read, late, keys = p.Total().Accepted, n, int64(len(names))
			if n > 0 {
				key = k
			}
		}
	}
	if c.Consumer != "" {
		evidence = region.ConsumerRef(c.Consumer)
		x, ok := v.Region.Consumer(c.Consumer)
		met = met && ok && x.Total().Read >= *c.Min
		read = 0
		if ok {
			n, k, s := x.Late()
			read, late, keys = x.Total().Read, late+n, int64(x.Keys())
			if n > 0 {
				key, shard = k, region.ShardID(s)
				evidence = region.ShardRef(x.Settings().StreamName, s)
			}
		}
	}
	f.count("keys", keys)
	f.count("read", read)
	f.count("late", late)
	f.text("key", key)
	f.text("shard", shard)
	return met && late == 0, evidence
}

type keysShards struct {
	Kind      string   `json:"kind"`
	Stream    string   `json:"stream"`
	Keys      []string `json:"keys"`
	MinShards *int64   `json:"min-shards"`
	By        string   `json:"by"`
	one       bool
}

func (c *keysShards) valid(path string, faults *region.Faults) {
	need(path, "stream", c.Stream, faults)
	if len(c.Keys) == 0 {
		faults.Add(path+".keys", "left out: list the partition keys that are meant")
	}
	if c.By != "" && c.By != "learner" {
		faults.Add(path+".by", "%q is not learner: leave it out, or write learner", c.By)
	}
	if c.one && c.MinShards != nil {
		faults.Add(path+".min-shards", "belongs to keys-apart")
	}
	if c.MinShards == nil {
		two := int64(2)
		c.MinShards = &two
	}
}

func (c *keysShards) about(*View) (string, time.Duration) { return c.Stream, 0 }

func (c *keysShards) judge(v *View, f Figures) (bool, string) {
	var shards []int32
	var missing []string
	for _, key := range c.Keys {
		shard, ok := c.shardOf(v, key)
		if !ok {
			missing = append(missing, key)
			continue
		}
		shards = append(shards, shard)
	}
	evidence := listShards(f, c.Stream, shards)
	f.text("missing", listed(missing))
	n := distinct(shards)
	if c.one {
		return len(missing) == 0 && n == 1, evidence
	}
	return len(missing) == 0 && int64(n) >= *c.MinShards, evidence
}

// listed names things one after the other; "none" when there are none.
func listed(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// shardOf is where a key leads: where the learner's newest record of it lies, or where it would go now.
func (c *keysShards) shardOf(v *View, key string) (int32, bool) {
	if c.By != "" {
		put, ok := newestPut(v, c.Stream, func(p *Put) bool { return p.Key == key })
		return put.Shard, ok
	}
	st, ok := v.Region.Kinesis().Stream(c.Stream)
	if !ok {
		return 0, false
	}
	sh, ok := st.ShardFor(kinesis.HashKey(key))
	if !ok {
		return 0, false
	}
	return sh.Number(), true
}

// listShards fills in the figures of a set of shards and returns the first as evidence.
func listShards(f Figures, stream string, shards []int32) string {
	set := slices.Compact(slices.Sorted(slices.Values(shards)))
	var ids []string
	for _, s := range set {
		ids = append(ids, region.ShardID(s))
	}
	list := "none"
	evidence := region.StreamRef(stream)
	if len(ids) > 0 {
		list = strings.Join(ids, ", ")
		evidence = region.ShardRef(stream, set[0])
	}
	f.text("shards", list)
	f.count("shard-count", int64(len(set)))
	return evidence
}

func distinct(shards []int32) int {
	return len(slices.Compact(slices.Sorted(slices.Values(shards))))
}

type distinctKeys struct {
	Kind   string        `json:"kind"`
	Stream string        `json:"stream"`
	For    time.Duration `json:"for"`
	Min    *int64        `json:"min"`
	Max    *int64        `json:"max"`
}

// sampled is how many of a shard's newest records distinct-keys looks at.
const sampled = 5000

func (c *distinctKeys) valid(path string, faults *region.Faults) {
	need(path, "stream", c.Stream, faults)
	window(path, &c.For, faults)
	bounds(path, c.Min, c.Max, faults)
}

func (c *distinctKeys) about(*View) (string, time.Duration) { return c.Stream, c.For }

func (c *distinctKeys) judge(v *View, f Figures) (bool, string) {
	keys := map[string]bool{}
	since := v.Region.Now().Add(-c.For)
	if st, ok := v.Region.Kinesis().Stream(c.Stream); ok {
		for _, sh := range st.Shards() {
			for i := sh.Next() - 1; i >= max(sh.First(), sh.Next()-sampled); i-- {
				r := sh.Record(i)
				if r.At < since {
					break
				}
				keys[r.Key] = true
			}
		}
	}
	n := int64(len(keys))
	f.count("keys", n)
	f.bound("min", c.Min)
	f.bound("max", c.Max)
	return n > 0 && within(n, c.Min, c.Max), region.StreamRef(c.Stream)
}

type keyShard struct {
	Kind   string `json:"kind"`
	Stream string `json:"stream"`
	Key    string `json:"key"`
	Shard  string `json:"shard"`
}

func (c *keyShard) valid(path string, faults *region.Faults) {
	need(path, "stream", c.Stream, faults)
	need(path, "key", c.Key, faults)
	if c.Shard == "" {
		faults.Add(path+".shard", enough+": the shard that is meant")
	} else if _, ok := kinesis.ParseShardID(c.Shard); !ok {
		faults.Add(path+".shard", "%q is no shard id: write it like shardId-000000000001", c.Shard)
	}
}

func (c *keyShard) about(*View) (string, time.Duration) { return c.Stream, 0 }

func (c *keyShard) judge(v *View, f Figures) (bool, string) {
	hash := kinesis.HashKey(c.Key)
	f.text("hash", hash.String())
	f.text("md5", fmt.Sprintf("%016x%016x", hash[0], hash[1]))
	f.percent("part", hash.Part())
	f.text("shard", "none")
	st, ok := v.Region.Kinesis().Stream(c.Stream)
	if !ok {
		return false, region.StreamRef(c.Stream)
	}
	sh, ok := st.ShardFor(hash)
	if !ok {
		return false, region.StreamRef(c.Stream)
	}
	f.text("shard", sh.ID())
	want, _ := kinesis.ParseShardID(c.Shard)
	return sh.Number() == want, region.ShardRef(c.Stream, sh.Number())
}
