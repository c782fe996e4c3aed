package grade

import (
	"strings"
	"time"

	"shardlab/wasm/kinesis"
	"shardlab/wasm/region"
)

type consumersRegistered struct {
	Kind     string `json:"kind"`
	Stream   string `json:"stream"`
	Consumer string `json:"consumer"`
	Min      *int64 `json:"min"`
	Max      *int64 `json:"max"`
}

func (c *consumersRegistered) valid(path string, faults *region.Faults) {
	need(path, "stream", c.Stream, faults)
	if c.Min == nil && c.Max == nil {
		one := int64(1)
		c.Min = &one
	}
	bounds(path, c.Min, c.Max, faults)
}

func (c *consumersRegistered) about(*View) (string, time.Duration) { return c.Stream, 0 }

func (c *consumersRegistered) judge(v *View, f Figures) (bool, string) {
	registered, active, subscriptions, names, there := int64(0), int64(0), int64(0), []string{}, c.Consumer == ""
	k := v.Region.Kinesis()
	st, ok := k.Stream(c.Stream)
	if ok {
		for _, x := range st.Consumers() {
			registered++
			names = append(names, x.Name())
			if x.Status() == kinesis.Active {
				active++
				there = there || x.Name() == c.Consumer
			}
		}
		for _, sh := range st.Shards() {
			subscriptions += int64(len(k.Subscriptions(st, sh)))
		}
	}
	f.count("registered", registered)
	f.count("active", active)
	f.count("subscriptions", subscriptions)
	f.bound("min", c.Min)
	f.bound("max", c.Max)
	f.text("names", "none")
	if len(names) > 0 {
		f.text("names", strings.Join(names, ", "))
	}
	return ok && there && (c.Min == nil || active >= *c.Min) && (c.Max == nil || registered <= *c.Max), region.StreamRef(c.Stream)
}

type consumerLatency struct {
	Kind     string        `json:"kind"`
	Stream   string        `json:"stream"`
	Consumer string        `json:"consumer"`
	AtMost   time.Duration `json:"at-most"`
	For      time.Duration `json:"for"`
}

func (c *consumerLatency) valid(path string, faults *region.Faults) {
	need(path, "consumer", c.Consumer, faults)
	window(path, &c.For, faults)
	if c.AtMost <= 0 {
		faults.Add(path+".at-most", enough+": a time, like 100ms")
	}
}

func (c *consumerLatency) about(v *View) (string, time.Duration) {
	return streamOf(v, c.Consumer, c.Stream), c.For
}

func (c *consumerLatency) judge(v *View, f Figures) (bool, string) {
	mean, within, n, mode := time.Duration(0), time.Duration(0), int64(0), "none"
	x, ok := v.Region.Consumer(c.Consumer)
	if ok {
		now := v.Region.Now()
		mean, n = x.Latency(now, int64(c.For/time.Second))
		within, mode = x.LatencyPercentile(now, 0.99), x.Settings().RetrievalMode
	}
	f.span("latency", mean)
	f.span("within", within)
	f.count("records", n)
	f.span("at-most", c.AtMost)
	f.text("mode", mode)
	return ok && n > 0 && mean <= c.AtMost, region.ConsumerRef(c.Consumer)
}
