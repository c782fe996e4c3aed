package grade

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/load"
	"shardlab/wasm/region"
	"shardlab/wasm/sim"
)

// fifths is in how many parts a window must each have seen traffic.
const fifths = 5

// defaultWindow is how long a check of traffic looks back when its `for` was left out.
const defaultWindow = 10 * time.Second

// MaxWindow is how long a check can look back: CloudWatch's seconds are kept a little longer.
const MaxWindow = 10 * time.Minute

// window checks a `for` and fills it in.
func window(path string, d *time.Duration, faults *region.Faults) {
	switch {
	case *d == 0:
		*d = defaultWindow
	case *d < time.Second || *d > MaxWindow || *d%time.Second != 0:
		faults.Add(path+".for", "%s is not a whole number of seconds from 1s to %s", *d, MaxWindow)
	}
}

func need(path, key, value string, faults *region.Faults) {
	if value == "" {
		faults.Add(path+"."+key, "left out: say which %s", key)
	}
}

// ofShard are a metric's sums of a shard or a stream in the whole seconds of the window before now, oldest first.
func ofShard(v *View, metric, stream string, shard int32, d time.Duration) []float64 {
	return seconds(v, metric, cloudwatch.Dims{Stream: stream, Shard: shard}, d)
}

// seconds are a metric's sums in the whole seconds of the window before now, oldest first.
func seconds(v *View, metric string, dims cloudwatch.Dims, d time.Duration) []float64 {
	to := sim.Instant(v.Region.Now().Second() * 1e6)
	return v.Region.Meter().Get(metric, dims, to.Add(-d), to, time.Second, cloudwatch.Sum)
}

// running is a metric's sum in the running second.
func runningSecond(v *View, metric, stream string, shard int32) float64 {
	from := sim.Instant(v.Region.Now().Second() * 1e6)
	return total(v.Region.Meter().Get(metric, cloudwatch.Dims{Stream: stream, Shard: shard}, from, from.Add(time.Second), time.Second, cloudwatch.Sum))
}

func total(points []float64) float64 {
	sum := 0.0
	for _, p := range points {
		sum += p
	}
	return sum
}

// steady says whether the values hold at least rate a second on average, and half of that in each fifth of the window.
func steady(points []float64, rate float64) bool {
	n := len(points)
	if n == 0 || total(points) < rate*float64(n) {
		return false
	}
	parts := min(fifths, n)
	for i := range parts {
		part := points[i*n/parts : (i+1)*n/parts]
		if sum := total(part); sum <= 0 || sum < rate*float64(len(part))/2 {
			return false
		}
	}
	return true
}

type noRefusals struct {
	Kind    string        `json:"kind"`
	Stream  string        `json:"stream"`
	For     time.Duration `json:"for"`
	MinRate *float64      `json:"min-rate"`
}

func (c *noRefusals) valid(path string, faults *region.Faults) {
	need(path, "stream", c.Stream, faults)
	window(path, &c.For, faults)
	if c.MinRate == nil {
		one := 1.0
		c.MinRate = &one
	}
	if *c.MinRate <= 0 {
		faults.Add(path+".min-rate", "%v is not above 0: without traffic nothing could be refused", *c.MinRate)
	}
}

func (c *noRefusals) about(*View) (string, time.Duration) { return c.Stream, c.For }

func (c *noRefusals) judge(v *View, f Figures) (bool, string) {
	accepted := ofShard(v, cloudwatch.IncomingRecords, c.Stream, cloudwatch.StreamLevel, c.For)
	const exceeded = cloudwatch.WriteProvisionedThroughputExceeded
	refused := total(ofShard(v, exceeded, c.Stream, cloudwatch.StreamLevel, c.For)) + runningSecond(v, exceeded, c.Stream, cloudwatch.StreamLevel)
	worst, most, evidence := "none", 0.0, region.StreamRef(c.Stream)
	if st, ok := v.Region.Kinesis().Stream(c.Stream); ok {
		for _, sh := range st.Shards() {
			n := total(ofShard(v, exceeded, c.Stream, sh.Number(), c.For)) + runningSecond(v, exceeded, c.Stream, sh.Number())
			if n > most {
				worst, most, evidence = sh.ID(), n, region.ShardRef(c.Stream, sh.Number())
			}
		}
	}
	f.count("refused", int64(refused))
	f.text("shard", worst)
	f.count("accepted", int64(total(accepted)))
	f.decimal("rate", total(accepted)/c.For.Seconds())
	f["last"] = lastRefusal(v, c.Stream)
	return refused == 0 && steady(accepted, *c.MinRate), evidence
}

// lastRefusal is how long ago a write was refused, as far as metrics reach back.
func lastRefusal(v *View, stream string) Figure {
	points := ofShard(v, cloudwatch.WriteProvisionedThroughputExceeded, stream, cloudwatch.StreamLevel, MaxWindow)
	if runningSecond(v, cloudwatch.WriteProvisionedThroughputExceeded, stream, cloudwatch.StreamLevel) > 0 {
		return Figure{"now", 0, true}
	}
	for i := len(points) - 1; i >= 0; i-- {
		if points[i] > 0 {
			ago := time.Duration(len(points)-i) * time.Second
			return Figure{region.Millis(ago.Milliseconds()) + " ago", ago.Seconds(), true}
		}
	}
	return Figure{"never", math.MaxInt32, true}
}

type throughput struct {
	Kind     string        `json:"kind"`
	Stream   string        `json:"stream"`
	Producer string        `json:"producer"`
	AtLeast  float64       `json:"at-least"`
	For      time.Duration `json:"for"`
}

func (c *throughput) valid(path string, faults *region.Faults) {
	if (c.Stream == "") == (c.Producer == "") {
		faults.Add(path, "name a stream or a producer, one of them")
	}
	window(path, &c.For, faults)
	if c.AtLeast <= 0 {
		faults.Add(path+".at-least", enough+": records a second, above 0")
	}
}

func (c *throughput) about(v *View) (string, time.Duration) {
	return cmp.Or(who{producer: c.Producer}.stream(v), c.Stream), c.For
}

func (c *throughput) judge(v *View, f Figures) (bool, string) {
	var points []float64
	sent := 0.0
	evidence := region.StreamRef(c.Stream)
	if c.Producer == "" {
		points = ofShard(v, cloudwatch.IncomingRecords, c.Stream, cloudwatch.StreamLevel, c.For)
		sent = total(points) + total(ofShard(v, cloudwatch.WriteProvisionedThroughputExceeded, c.Stream, cloudwatch.StreamLevel, c.For))
	} else {
		evidence = region.ProducerRef(c.Producer)
		points, sent = wrote(v, c.Producer, c.For)
	}
	rate := total(points) / c.For.Seconds()
	f.decimal("rate", rate)
	f.count("accepted", int64(total(points)))
	f.count("sent", int64(sent))
	f.decimal("at-least", c.AtLeast)
	// A rate is made of whole records, so one less in the window is still the rate.
	return rate+1/c.For.Seconds() >= c.AtLeast && steady(points, min(c.AtLeast, rate)), evidence
}

// wrote are the records of a producer of any kind that were taken in each second of the window, and how many it had to send in all.
func wrote(v *View, name string, window time.Duration) (taken []float64, sent float64) {
	n := int64(window / time.Second)
	taken = make([]float64, n)
	each := func(at func(int64) load.Second) {
		for i := range taken {
			s := at(v.Region.Now().Second() - n + int64(i))
			taken[i] = float64(s.Accepted)
			sent += float64(s.Made)
		}
	}
	if p, ok := v.Region.Producer(name); ok {
		each(p.At)
	} else if p, ok := v.Region.KPLProducer(name); ok {
		each(p.At)
	} else if _, ok := v.Region.Agent(name); ok {
		metric, dims := region.MeasureOf(region.ProducerRef(name), "sent")
		taken = seconds(v, metric, dims, window)
		metric, dims = region.MeasureOf(region.ProducerRef(name), "records")
		sent = total(seconds(v, metric, dims, window))
	}
	return taken, sent
}

type refusedSeen struct {
	Kind   string `json:"kind"`
	Stream string `json:"stream"`
	Count  *int64 `json:"count"`
	Why    string `json:"why"`
}

func (c *refusedSeen) valid(path string, faults *region.Faults) {
	need(path, "stream", c.Stream, faults)
	if c.Count == nil {
		one := int64(1)
		c.Count = &one
	}
	if *c.Count < 1 {
		faults.Add(path+".count", "%d is not at least 1", *c.Count)
	}
	if c.Why != "" && c.Why != "records" && c.Why != "bytes" {
		faults.Add(path+".why", "%q is neither records nor bytes", c.Why)
	}
}

func (c *refusedSeen) about(*View) (string, time.Duration) { return c.Stream, 0 }

func (c *refusedSeen) judge(v *View, f Figures) (bool, string) {
	n, most, worst, why, evidence := int64(0), int64(0), "none", "none", region.StreamRef(c.Stream)
	if st, ok := v.Region.Kinesis().Stream(c.Stream); ok {
		for _, sh := range st.Shards() {
			k := sh.RefusedTotal()
			if k == 0 || c.Why == "records" && sh.LastWhy() != kinesis.WhyRecords || c.Why == "bytes" && sh.LastWhy() != kinesis.WhyBytes {
				continue
			}
			n += k
			if k > most {
				most, worst, evidence = k, sh.ID(), region.ShardRef(c.Stream, sh.Number())
				why = v.Region.Kinesis().Limits().Text(sh.LastWhy())
			}
		}
	}
	f.count("refused", n)
	f.text("shard", worst)
	f.text("why", why)
	return n >= *c.Count, evidence
}

type largestShare struct {
	Kind    string        `json:"kind"`
	Stream  string        `json:"stream"`
	AtMost  float64       `json:"at-most"`
	For     time.Duration `json:"for"`
	MinRate *float64      `json:"min-rate"`
}

func (c *largestShare) valid(path string, faults *region.Faults) {
	need(path, "stream", c.Stream, faults)
	window(path, &c.For, faults)
	if c.AtMost <= 0 || c.AtMost > 1 {
		faults.Add(path+".at-most", enough+": a share above 0, at most 1")
	}
	if c.MinRate == nil {
		one := 1.0
		c.MinRate = &one
	}
	if *c.MinRate <= 0 {
		faults.Add(path+".min-rate", "%v is not above 0: without traffic there are no shares", *c.MinRate)
	}
}

func (c *largestShare) about(*View) (string, time.Duration) { return c.Stream, c.For }

func (c *largestShare) judge(v *View, f Figures) (bool, string) {
	all := ofShard(v, cloudwatch.IncomingRecords, c.Stream, cloudwatch.StreamLevel, c.For)
	sum, most, worst, evidence := total(all), 0.0, "none", region.StreamRef(c.Stream)
	if st, ok := v.Region.Kinesis().Stream(c.Stream); ok {
		for _, sh := range st.Shards() {
			if n := total(ofShard(v, cloudwatch.IncomingRecords, c.Stream, sh.Number(), c.For)); n > most {
				most, worst, evidence = n, sh.ID(), region.ShardRef(c.Stream, sh.Number())
			}
		}
	}
	share := 0.0
	if sum > 0 {
		share = most / sum
	}
	f.percent("share", share)
	f.text("shard", worst)
	f.decimal("rate", sum/c.For.Seconds())
	f.percent("at-most", c.AtMost)
	return share <= c.AtMost && steady(all, *c.MinRate), evidence
}

type metric struct {
	Kind    string        `json:"kind"`
	Stream  string        `json:"stream"`
	Metric  string        `json:"metric"`
	Shard   string        `json:"shard"`
	Reader  string        `json:"consumer"`
	Stat    string        `json:"stat"`
	For     time.Duration `json:"for"`
	AtLeast *float64      `json:"at-least"`
	AtMost  *float64      `json:"at-most"`
}

// metrics are those that a check can ask for.
var metrics = []string{cloudwatch.IncomingRecords, cloudwatch.IncomingBytes, cloudwatch.WriteProvisionedThroughputExceeded, cloudwatch.PutRecordSuccess,
	cloudwatch.PutRecordLatency, cloudwatch.PutRecordsLatency, cloudwatch.PutRecordsFailedRecords, cloudwatch.GetRecordsLatency,
	cloudwatch.PutRecordsSuccess, cloudwatch.PutRecordsTotalRecords, cloudwatch.PutRecordsSuccessfulRecords, cloudwatch.PutRecordsThrottledRecords,
	cloudwatch.GetRecordsBytes, cloudwatch.GetRecordsRecords, cloudwatch.GetRecordsSuccess, cloudwatch.GetRecordsIteratorAge,
	cloudwatch.ReadProvisionedThroughputExceeded, cloudwatch.OutgoingBytes, cloudwatch.OutgoingRecords, cloudwatch.IteratorAgeMilliseconds,
	cloudwatch.SubscribeToShardSuccess, cloudwatch.SubscribeToShardRateExceeded, cloudwatch.SubscribeToShardEventBytes,
	cloudwatch.SubscribeToShardEventRecords, cloudwatch.SubscribeToShardEventSuccess, cloudwatch.SubscribeToShardEventBehind}

func (c *metric) valid(path string, faults *region.Faults) {
	need(path, "stream", c.Stream, faults)
	window(path, &c.For, faults)
	if !slices.Contains(metrics, c.Metric) {
		faults.Add(path+".metric", "%q is no metric here: write one of %s", c.Metric, strings.Join(metrics, ", "))
	}
	c.Stat = validStat(path, c.Stat, faults)
	if strings.HasPrefix(c.Metric, "SubscribeToShard") != (c.Reader != "") || c.Reader != "" && c.Shard != "" {
		faults.Add(path+".consumer", "metrics of SubscribeToShard are those of a registered consumer: name it, and no shard; other metrics have none")
	}
	if c.Shard != "" {
		if _, ok := kinesis.ParseShardID(c.Shard); !ok {
			faults.Add(path+".shard", "%q is no shard id: write it like shardId-000000000001", c.Shard)
		}
	}
	if c.AtLeast == nil && c.AtMost == nil {
		faults.Add(path, enough+": at-least or at-most")
	}
}

func (c *metric) about(*View) (string, time.Duration) { return c.Stream, c.For }

func (c *metric) judge(v *View, f Figures) (bool, string) {
	shard, evidence := cloudwatch.StreamLevel, region.StreamRef(c.Stream)
	if n, ok := kinesis.ParseShardID(c.Shard); ok && c.Shard != "" {
		shard, evidence = n, region.ShardRef(c.Stream, n)
	}
	value, samples := statistic(v, c.Metric, cloudwatch.Dims{Stream: c.Stream, Shard: shard, Consumer: c.Reader}, c.For, c.Stat)
	f.decimal("value", value)
	f.text("metric", c.Metric)
	f.text("shard", c.Shard)
	met := samples > 0 && (c.AtLeast == nil || value >= *c.AtLeast) && (c.AtMost == nil || value <= *c.AtMost)
	return met, evidence
}
