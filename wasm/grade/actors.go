package grade

import (
	"cmp"
	"slices"
	"time"

	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/consumer"
	"shardlab/wasm/region"
)

// young is the age below which nobody is expected to have read a record.
const young = 2 * time.Second

type consumerRead struct {
	Kind     string `json:"kind"`
	Stream   string `json:"stream"`
	Consumer string `json:"consumer"`
	All      *bool  `json:"all"`
	Min      *int64 `json:"min"`
}

func (c *consumerRead) valid(path string, faults *region.Faults) {
	need(path, "consumer", c.Consumer, faults)
	if c.Min == nil {
		one := int64(1)
		c.Min = &one
	}
	if *c.Min < 1 {
		faults.Add(path+".min", "%d is not at least 1", *c.Min)
	}
}

func (c *consumerRead) about(v *View) (string, time.Duration) {
	return streamOf(v, c.Consumer, c.Stream), 0
}

// streamOf is the stream of a consumer of any kind, or the one named when there is none.
func streamOf(v *View, name, stream string) string {
	return cmp.Or(who{consumer: name}.stream(v), stream)
}

func (c *consumerRead) judge(v *View, f Figures) (bool, string) {
	x, there := v.Region.Consumer(c.Consumer)
	read, taken, missed, unread := int64(0), int64(0), int64(0), int64(0)
	evidence := region.ConsumerRef(c.Consumer)
	old := v.Region.Now().Add(-young)
	st, ok := v.Region.Kinesis().Stream(streamOf(v, c.Consumer, c.Stream))
	if ok {
		for _, sh := range st.Shards() {
			taken += sh.Taken()
			next := int64(0)
			if p := placeOf(x, sh.Number()); p != nil && (p.Phase == consumer.Reading || p.Phase == consumer.Done) {
				next = p.Next
				missed += p.Start + p.Missed
			} else if p != nil && p.Phase == consumer.Gone {
				missed += sh.Taken()
				next = sh.Next()
			}
			for i := sh.Next() - 1; i >= max(next, sh.First()); i-- {
				if sh.Record(i).At <= old {
					unread += i + 1 - max(next, sh.First())
					evidence = region.RecordRef(st.Name(), sh.Number(), sh.SequenceNumber(i, sh.Record(i).At))
					break
				}
			}
		}
	}
	if there {
		read = x.Total().Read
	}
	f.count("read", read)
	f.count("taken", taken)
	f.count("missed", missed)
	f.count("unread", unread)
	return there && ok && read >= *c.Min && missed == 0 && unread == 0, evidence
}

func placeOf(x *consumer.Consumer, shard int32) *consumer.Place {
	if x == nil {
		return nil
	}
	places := x.Places()
	for i := range places {
		if places[i].Shard == shard {
			return &places[i]
		}
	}
	return nil
}

type consumerBehind struct {
	Kind     string        `json:"kind"`
	Stream   string        `json:"stream"`
	Consumer string        `json:"consumer"`
	Min      *int64        `json:"min"`
	AtMost   time.Duration `json:"at-most"`
	For      time.Duration `json:"for"`
}

func (c *consumerBehind) valid(path string, faults *region.Faults) {
	switch {
	case c.Consumer == "" && c.Stream == "":
		faults.Add(path+".consumer", "left out: say which consumer, or name a stream to mean all that read it")
	case c.Consumer != "" && c.Min != nil:
		faults.Add(path+".min", "belongs to a stream: it is how many consumers there have to be")
	case c.Min != nil && *c.Min < 1:
		faults.Add(path+".min", "%d is not at least 1", *c.Min)
	}
	if c.Min == nil {
		one := int64(1)
		c.Min = &one
	}
	if c.AtMost == 0 {
		c.AtMost = time.Second
	}
	if c.For > MaxWindow || c.For%time.Second != 0 {
		faults.Add(path+".for", "%s is not a whole number of seconds up to %s", c.For, MaxWindow)
	}
}

func (c *consumerBehind) about(v *View) (string, time.Duration) {
	return streamOf(v, c.Consumer, c.Stream), c.For
}

func (c *consumerBehind) judge(v *View, f Figures) (bool, string) {
	worst, behind, total, n, met := c.Consumer, time.Duration(0), int64(0), int64(0), true
	for _, x := range v.Region.Clients() {
		if !x.Reads || c.Consumer != "" && x.Name != c.Consumer || c.Consumer == "" && (!slices.Contains(x.Streams, c.Stream) || !x.Running) {
			continue
		}
		read, late := readLately(v, x, c.For)
		n++
		total += read
		met = met && x.Running && x.Blocked == "" && read > 0 && late <= c.AtMost
		if late > behind || worst == "" {
			worst, behind = x.Name, late
		}
	}
	evidence := region.ConsumerRef(worst)
	if worst == "" {
		worst, evidence = "none", region.StreamRef(c.Stream)
	}
	f.span("behind", behind)
	f.span("at-most", c.AtMost)
	f.count("read", total)
	f.text("consumer", worst)
	f.count("min", *c.Min)
	return met && n >= *c.Min, evidence
}

// readLately is how many records a client that reads has read in the window, and how far behind it was at the most; without a window
// how many ever, and how far behind it is.
func readLately(v *View, x region.Client, window time.Duration) (read int64, late time.Duration) {
	behind := x.Behind
	read = x.Read
	if c, ok := v.Region.Consumer(x.Name); ok {
		lately := c.Lately(v.Region.Now(), int64(window/time.Second))
		behind = max(behind, lately.Behind)
		if window > 0 {
			read = int64(lately.Read)
		}
	} else if window > 0 {
		metric, dims := region.MeasureOf(x.Ref, "read")
		read = int64(total(seconds(v, metric, dims, window)))
		behind = max(behind, kclLag(v, x.Name, window))
		for _, m := range v.Region.Lambda().Mappings() {
			if m.Name() == x.Name {
				behind = max(behind, int64(most(lately(v, cloudwatch.IteratorAge, cloudwatch.In(cloudwatch.Lambda, "FunctionName", m.Settings().FunctionName), window, cloudwatch.Maximum))))
			}
		}
	}
	return read, time.Duration(behind) * time.Millisecond
}

type drained struct {
	Kind     string `json:"kind"`
	Stream   string `json:"stream"`
	Consumer string `json:"consumer"`
	Count    *int64 `json:"count"`
}

func (c *drained) valid(path string, faults *region.Faults) {
	need(path, "consumer", c.Consumer, faults)
	if c.Count == nil {
		one := int64(1)
		c.Count = &one
	}
	if *c.Count < 1 {
		faults.Add(path+".count", "%d is not at least 1", *c.Count)
	}
}

func (c *drained) about(v *View) (string, time.Duration) { return streamOf(v, c.Consumer, c.Stream), 0 }

func (c *drained) judge(v *View, f Figures) (bool, string) {
	n, closed, shard, evidence := int64(0), int64(0), "none", region.ConsumerRef(c.Consumer)
	stream := streamOf(v, c.Consumer, c.Stream)
	x, ok := v.Region.Consumer(c.Consumer)
	if st, there := v.Region.Kinesis().Stream(stream); there {
		for _, sh := range st.Shards() {
			if sh.Open() {
				continue
			}
			closed++
			if p := placeOf(x, sh.Number()); p != nil && p.Phase == consumer.Done && p.Next > p.Start {
				n++
				shard, evidence = sh.ID(), region.ShardRef(stream, sh.Number())
			}
		}
	}
	f.count("drained", n)
	f.count("closed", closed)
	f.text("shard", shard)
	return ok && n >= *c.Count, evidence
}
