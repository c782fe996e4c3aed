package grade

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/region"
)

type anyMetric struct {
	Kind       string          `json:"kind"`
	Namespace  string          `json:"namespace"`
	Name       string          `json:"name"`
	Dimensions json.RawMessage `json:"dimensions"`
	Statistic  string          `json:"statistic"`
	AtLeast    *float64        `json:"at-least"`
	AtMost     *float64        `json:"at-most"`
	For        time.Duration   `json:"for"`

	pairs []string
	dims  cloudwatch.Dims
}

var statistics = []string{cloudwatch.Sum, cloudwatch.Average, cloudwatch.Minimum, cloudwatch.Maximum, cloudwatch.SampleCount}

func (c *anyMetric) valid(path string, faults *region.Faults) {
	if c.Namespace == "" {
		c.Namespace = cloudwatch.Namespace
	}
	need(path, "name", c.Name, faults)
	window(path, &c.For, faults)
	if c.Statistic == "" {
		c.Statistic = cloudwatch.Sum
	} else if !slices.Contains(statistics, c.Statistic) {
		faults.Add(path+".statistic", "%q is no statistic: write one of %s", c.Statistic, strings.Join(statistics, ", "))
	}
	if len(c.Dimensions) > 0 {
		names, values, ok := region.Members(c.Dimensions)
		for i := range names {
			var text string
			ok = ok && json.Unmarshal(values[i], &text) == nil
			c.pairs = append(c.pairs, names[i], text)
		}
		if !ok {
			faults.Add(path+".dimensions", "not names with texts: write them like {StreamName: trips}")
		}
	}
	var ok bool
	if c.dims, ok = cloudwatch.Named(c.Namespace, c.pairs...); !ok {
		faults.Add(path+".dimensions", "%s has StreamName, ShardId and ConsumerName: no others", c.Namespace)
	}
	if c.AtLeast == nil && c.AtMost == nil {
		faults.Add(path, enough+": at-least or at-most")
	}
}

func (c *anyMetric) of(dimension string) string {
	for i := 0; i+1 < len(c.pairs); i += 2 {
		if c.pairs[i] == dimension {
			return c.pairs[i+1]
		}
	}
	return ""
}

func (c *anyMetric) about(*View) (string, time.Duration) { return c.of("StreamName"), c.For }

func (c *anyMetric) judge(v *View, f Figures) (bool, string) {
	value, samples := statistic(v, c.Name, c.dims, c.For, c.Statistic)
	f.decimal("value", value)
	f.count("samples", int64(samples))
	f.text("metric", c.Name)
	f.text("namespace", c.Namespace)
	return samples > 0 && (c.AtLeast == nil || value >= *c.AtLeast) && (c.AtMost == nil || value <= *c.AtMost), region.MetricRef(c.Name, c.dims)
}

// statistic is a statistic of a metric over the whole seconds of the window before now, 0 without values, and of how many it is.
func statistic(v *View, metric string, dims cloudwatch.Dims, window time.Duration, stat string) (value, samples float64) {
	value, samples = v.Region.Meter().Over(metric, dims, v.Region.Now(), window, stat)
	if samples == 0 {
		value = 0
	}
	return value, samples
}

type iteratorAge struct {
	Kind    string        `json:"kind"`
	Stream  string        `json:"stream"`
	AtLeast *float64      `json:"at-least"`
	AtMost  *float64      `json:"at-most"`
	For     time.Duration `json:"for"`
}

func (c *iteratorAge) valid(path string, faults *region.Faults) {
	need(path, "stream", c.Stream, faults)
	window(path, &c.For, faults)
	if c.AtLeast == nil && c.AtMost == nil {
		faults.Add(path, enough+": at-least or at-most, in seconds")
	}
}

func (c *iteratorAge) about(*View) (string, time.Duration) { return c.Stream, c.For }

func (c *iteratorAge) judge(v *View, f Figures) (bool, string) {
	age, samples := statistic(v, cloudwatch.GetRecordsIteratorAge, cloudwatch.Dims{Stream: c.Stream, Shard: cloudwatch.StreamLevel}, c.For, cloudwatch.Maximum)
	f.millis("age", age)
	f.count("calls", int64(samples))
	return samples > 0 && (c.AtLeast == nil || age >= *c.AtLeast*1000) && (c.AtMost == nil || age <= *c.AtMost*1000), region.StreamRef(c.Stream)
}
