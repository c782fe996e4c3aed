package lab

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/dynamodb"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/protocol"
	"shardlab/wasm/region"
	"shardlab/wasm/sim"
)

const (
	shortSpan = 2 * time.Minute // that charts show while nobody has asked for another
	heldFor   = 2 * time.Minute // for which a value stands when a metric is written now and then
)

// periods are those that the engine chooses from. Up to the first 15 minutes there are seconds, then minutes, then hours: see
// package cloudwatch.
var periods = [...]time.Duration{time.Second, 5 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour}

// Show says what the charts of all frames to come show; that is no part of the run. The error is an *aws.Error.
func (l *Lab) Show(b protocol.Board) error {
	if len(b.Plots) > protocol.MaxPlots {
		return aws.Errorf(aws.InvalidArgument, "%d charts are more than the %d of a board.", len(b.Plots), protocol.MaxPlots).WithHint("Take some away first.")
	}
	if p := b.Period; p < 0 || p > 86400 || p != 0 && p%60 != 0 && !slices.Contains([]int64{1, 5, 10, 20, 30}, p) {
		return aws.Errorf(aws.InvalidArgument, "A period of %d seconds is none.", p).WithHint("Write 1, 5, 10, 20, 30 or a multiple of 60 up to 86400.")
	}
	for _, p := range b.Plots {
		if _, _, ok := region.ReadMetricRef(p.Ref); !ok {
			return aws.Errorf(aws.InvalidArgument, "%q is no metric.", aws.Shorten(p.Ref, 80)).WithHint("A metric is written metric:AWS/Kinesis,IncomingRecords,StreamName=trips.")
		}
		if !cloudwatch.IsStat(p.Stat) {
			return aws.Errorf(aws.InvalidArgument, "%q is no statistic.", aws.Shorten(p.Stat, 40)).WithHint("Write Sum, Average, Minimum, Maximum, SampleCount or a percentile such as p99.")
		}
	}
	l.shown.board, l.shown.any = b, false
	return nil
}

// A window is the time that charts show.
type window struct {
	from, to sim.Instant
	period   time.Duration
}

// window is what a board shows of the run until now. A point stands for a whole period; of a minute it is there when the minute is
// over, as in CloudWatch, of a longer period also before.
func (l *Lab) window(b protocol.Board, now sim.Instant) window {
	w := window{from: l.start.Add(time.Duration(b.From) * time.Microsecond), to: sim.Instant(now.Second() * 1e6)}
	last := time.Duration(b.Last) * time.Microsecond
	if b.Last == 0 && b.From == 0 && b.Plots == nil && b.Of == "" {
		last = shortSpan
	}
	if last > 0 {
		w.from = max(w.from, w.to.Add(-last))
	}
	w.from = max(l.start, min(w.from, w.to))
	w.period = time.Duration(b.Period) * time.Second
	most := protocol.MaxPoints
	if w.period == 0 {
		most = protocol.FinePoints
		for _, p := range periods {
			w.period = p
			if span := time.Duration(w.to-w.from) * time.Microsecond; span <= time.Duration(most)*p && (p >= time.Minute || now.Add(-cloudwatch.FineFor) <= w.from) {
				break
			}
		}
	}
	p := sim.Instant(w.period / time.Microsecond)
	if p > 60e6 {
		w.to += p - 1
	}
	w.to = w.to / p * p
	w.from = max(w.from/p*p, w.to-sim.Instant(most)*p)
	return w
}

// charts are what the board shows.
func (l *Lab) charts(now sim.Instant) []protocol.Chart {
	b := l.shown.board
	w := l.window(b, now)
	all := []protocol.Chart{}
	if b.Plots != nil {
		for _, p := range b.Plots {
			all = append(all, l.chart(p, w, now, false))
		}
		return all
	}
	if l.crisis != nil {
		for _, c := range l.crisis.Charts {
			ch := l.chart(protocol.Plot{Ref: c.Metric, Stat: c.Stat}, w, now, true)
			_, d, _ := region.ReadMetricRef(c.Metric)
			ch.Of, ch.Whose = "dashboard", whose(d.Pairs(), d.Namespace())
			all = append(all, ch)
		}
		return all
	}
	for _, p := range l.standard(b.Of) {
		all = append(all, l.chart(p, w, now, false))
	}
	return all
}

// standard is what tells the most of a stream, or of a Firehose stream; of the first stream when there is no such one.
func (l *Lab) standard(of string) []protocol.Plot {
	r := l.run.region
	var plots []protocol.Plot
	add := func(metric, stat string, d cloudwatch.Dims) {
		plots = append(plots, protocol.Plot{Ref: region.MetricRef(metric, d), Stat: stat})
	}
	if name, ok := strings.CutPrefix(of, region.FirehoseRef("")); ok {
		d := cloudwatch.In(cloudwatch.Firehose, "DeliveryStreamName", name)
		for _, k := range r.Meter().Keys() {
			if k.Dims != d || len(plots) == 9 {
				continue
			}
			for _, part := range [...]string{"Incoming", "DataReadFromKinesisStream", "KinesisMillisBehindLatest", "DataFreshness", ".Success", ".Bytes", ".Records", "ThrottledRecords"} {
				if strings.Contains(k.Metric, part) {
					add(k.Metric, statOf(k.Metric), d)
					break
				}
			}
		}
		return plots
	}
	st, ok := r.Kinesis().Stream(of)
	if !ok {
		all := r.Kinesis().Streams()
		if len(all) == 0 {
			return nil
		}
		st = all[0]
	}
	d := cloudwatch.Dims{Stream: st.Name(), Shard: cloudwatch.StreamLevel}
	add(cloudwatch.IncomingRecords, cloudwatch.Sum, d)
	add(cloudwatch.IncomingBytes, cloudwatch.Sum, d)
	add(cloudwatch.WriteProvisionedThroughputExceeded, cloudwatch.Sum, d)
	add(cloudwatch.GetRecordsRecords, cloudwatch.Sum, d)
	add(cloudwatch.GetRecordsIteratorAge, cloudwatch.Maximum, d)
	add(cloudwatch.ReadProvisionedThroughputExceeded, cloudwatch.Sum, d)
	return append(plots, protocol.Plot{Ref: ownRef(st.Name()), Stat: cloudwatch.Maximum})
}

func ownRef(stream string) string {
	return region.MetricRef(region.OpenShardCount, cloudwatch.In(region.OwnSpace, "StreamName", stream))
}

// chart is one plot in a window. On a dashboard what was said last stands until something else is said, as it does everywhere for
// what clients write now and then.
func (l *Lab) chart(p protocol.Plot, w window, now sim.Instant, dashboard bool) protocol.Chart {
	r := l.run.region
	metric, d, _ := region.ReadMetricRef(p.Ref)
	c := protocol.Chart{Metric: metric, Stat: p.Stat, Unit: cloudwatch.Unit(metric), Of: of(metric, d), Ref: p.Ref, Period: w.period.Microseconds(), From: l.since(w.from)}
	if region.OwnMetric(metric, d) {
		c.Own, c.Points = true, []float64{}
		if st, ok := r.Kinesis().Stream(c.Of); ok {
			c.Points = openShards(st, w, now)
		}
		return c
	}
	seconds := w.period.Seconds()
	held := w.period < time.Minute && p.Stat != cloudwatch.Sum && p.Stat != cloudwatch.SampleCount && (dashboard || d.Namespace() != cloudwatch.Namespace)
	back := w.from
	if held { // what was said last may be older
		back = max(l.start/1e6*1e6, back.Add(-heldFor))
	}
	points := r.Meter().Plot(metric, d, back, w.to, w.period, p.Stat)
	if held {
		last, stands := math.NaN(), 0
		for i, v := range points {
			if !math.IsNaN(v) {
				last, stands = v, int(heldFor/w.period)
			} else if stands > 0 {
				points[i] = last
				stands--
			}
		}
		points = points[min(len(points), int((w.from-back)/sim.Instant(w.period/time.Microsecond))):]
	}
	c.Points = points
	if c.Points == nil {
		c.Points = []float64{}
	}
	key := cloudwatch.Key{Metric: metric, Dims: d}
	switch {
	case sold(key) && !r.CloudWatch().Shows(key):
		c.Note = "An enhanced shard-level metric that is off: the lab sees it, CloudWatch does not."
	case cloudwatch.IsPercentile(p.Stat) && !cloudwatch.Single(key):
		c.Note = "CloudWatch has percentiles where values come one by one, as times do."
	case w.period < time.Minute:
		c.Note = "CloudWatch has a point a minute: seconds are the lab's own eye."
	}
	l.limit(&c, key, w, now, seconds)
	for _, t := range r.CloudWatch().Thresholds(key, p.Stat) {
		v := t.Value
		if p.Stat == cloudwatch.Sum || p.Stat == cloudwatch.SampleCount {
			v *= seconds / t.Period.Seconds()
		}
		c.Alarms = append(c.Alarms, protocol.Alarm{Name: t.Alarm, State: t.State, Value: v,
			Text: fmt.Sprintf("%s: %s %s in %s", t.Alarm, comparisons[t.Comparison], region.Decimal(t.Value), region.Millis(t.Period.Milliseconds()))})
	}
	return c
}

var comparisons = map[string]string{
	"GreaterThanThreshold": "above", "GreaterThanOrEqualToThreshold": "from", "LessThanThreshold": "below", "LessThanOrEqualToThreshold": "up to",
}

// limit says what bounds a metric in each period. Where that follows from the number of open shards, it changes with them.
func (l *Lab) limit(c *protocol.Chart, k cloudwatch.Key, w window, now sim.Instant, seconds float64) {
	r := l.run.region
	limits := r.Kinesis().Limits()
	per := func(n int64, text string) {
		c.Limit, c.Why = float64(n)*seconds, text
		if seconds > 1 {
			c.Why += " × " + region.Millis(w.period.Milliseconds())
		}
	}
	if c.Stat == cloudwatch.Maximum && k.Metric == cloudwatch.ConcurrentExecutions {
		name := strings.TrimPrefix(c.Of, cloudwatch.Lambda+"/")
		if set, _, ok := r.Lambda().Function(name); ok && set.Reserved > 0 {
			c.Limit, c.Why = float64(set.Reserved), "reserved for the function"
		}
		return
	}
	if c.Stat != cloudwatch.Sum {
		return
	}
	if name, ok := strings.CutPrefix(c.Of, cloudwatch.DynamoDB+"/"); ok {
		t, ok := r.DynamoDB().Table(name)
		if !ok || t.Capacity(now).Mode != dynamodb.Provisioned {
			return
		}
		switch k.Metric {
		case cloudwatch.ConsumedReadCapacityUnits:
			per(t.Capacity(now).Read, "provisioned")
		case cloudwatch.ConsumedWriteCapacityUnits:
			per(t.Capacity(now).Write, "provisioned")
		}
		return
	}
	if k.Namespace() != cloudwatch.Namespace {
		return
	}
	st, ok := r.Kinesis().Stream(k.Stream)
	if !ok {
		return
	}
	var each int64
	var why kinesis.Why
	switch k.Metric {
	case cloudwatch.IncomingRecords:
		each, why = limits.ShardRecordsPerSecond, kinesis.WhyRecords
	case cloudwatch.IncomingBytes:
		each, why = limits.ShardBytesPerSecond, kinesis.WhyBytes
	case cloudwatch.GetRecordsBytes, cloudwatch.OutgoingBytes:
		each, why = limits.ShardReadBytesPerSecond, kinesis.WhyReadBytes
	case cloudwatch.SubscribeToShardEventBytes:
		each, why = limits.SubscriptionBytesPerSecond, kinesis.WhyReadBytes
	default:
		return
	}
	if k.Shard != cloudwatch.StreamLevel {
		per(each, "1 shard: "+limits.Text(why))
		return
	}
	open := int64(len(st.OpenShards()))
	per(open*each, fmt.Sprintf("%s × %s", region.Count(open, "open shard"), limits.Text(why)))
	steps := openShards(st, w, now)
	if slices.ContainsFunc(steps, func(n float64) bool { return !math.IsNaN(n) && n != float64(open) }) {
		for i := range steps {
			steps[i] *= float64(each) * seconds
		}
		c.Limits = steps
	}
}

// openShards counts the open shards at the end of each period of a window, or now; before the first there is nothing.
func openShards(st *kinesis.Stream, w window, now sim.Instant) []float64 {
	points := make([]float64, (w.to-w.from)/sim.Instant(w.period/time.Microsecond))
	for i := range points {
		at := min(w.from.Add(time.Duration(i+1)*w.period), now)
		before := true
		for _, sh := range st.Shards() {
			before = before && sh.OpenedAt() >= at
			if sh.OpenedAt() < at && (sh.Open() || sh.ClosedAt() >= at) {
				points[i]++
			}
		}
		if before {
			points[i] = math.NaN()
		}
	}
	return points
}

// of says what a metric is one of.
func of(metric string, d cloudwatch.Dims) string {
	if region.OwnMetric(metric, d) {
		return d.Pairs()[1]
	}
	if d.Namespace() != cloudwatch.Namespace {
		return d.Path()
	}
	switch {
	case d.Consumer != "":
		return d.Stream + "/consumer/" + d.Consumer
	case d.Shard != cloudwatch.StreamLevel:
		return d.Stream + "/" + region.ShardID(d.Shard)
	}
	return d.Stream
}

// sold says whether a metric is an enhanced shard-level one, which AWS charges for and which is off at first.
// Source: Developer Guide, "Monitoring the Amazon Kinesis Data Streams service with Amazon CloudWatch".
func sold(k cloudwatch.Key) bool {
	return k.Namespace() == cloudwatch.Namespace && k.Shard != cloudwatch.StreamLevel
}

// Metrics are all that charts can show, by namespace and what they are of.
func (l *Lab) Metrics() (all []protocol.Metric) {
	l.rim("metrics", func() { all = l.metrics() })
	return all
}

func (l *Lab) metrics() []protocol.Metric {
	r := l.run.region
	all := []protocol.Metric{}
	for _, st := range r.Kinesis().Streams() {
		all = append(all, protocol.Metric{Ref: ownRef(st.Name()), Space: cloudwatch.Namespace, Of: st.Name(), Name: region.OpenShardCount, Unit: "Count", Stat: cloudwatch.Maximum})
	}
	for _, k := range r.Meter().Keys() {
		if len(all) == protocol.MaxMetrics {
			break
		}
		if strings.HasPrefix(k.Metric, cloudwatch.HiddenCount) || strings.HasPrefix(k.Metric, cloudwatch.HiddenBill) {
			continue
		}
		all = append(all, protocol.Metric{Ref: region.MetricRef(k.Metric, k.Dims), Space: k.Namespace(), Of: of(k.Metric, k.Dims), Name: k.Metric, Unit: cloudwatch.Unit(k.Metric), Stat: statOf(k.Metric),
			Sold: sold(k), Hidden: sold(k) && !r.CloudWatch().Shows(k)})
	}
	return all
}

// statOf is the statistic of a metric that tells the most, for those that clients write now and then.
func statOf(metric string) string {
	switch {
	case metric == "MillisBehindLatest", metric == "NumWorkers", metric == "CurrentLeases", metric == "TotalLeases", metric == "NeededLeases":
		return cloudwatch.Maximum
	case cloudwatch.Unit(metric) == "Milliseconds", strings.Contains(metric, "sPer"), strings.HasSuffix(metric, ".Success"), metric == cloudwatch.UserRecordsPending:
		return cloudwatch.Average
	}
	return cloudwatch.Sum
}
