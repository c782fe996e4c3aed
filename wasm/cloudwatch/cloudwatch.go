// Package cloudwatch is CloudWatch: its ledger of metrics and its API.
//
// The [Store] keeps sums, counts, least and greatest of what was measured in each second, for a while, then in each minute
// and each hour; of what comes value by value also how the values are spread, for percentiles. A service asks once for the [Series] of a metric and then adds to it, which costs a few nanoseconds. The
// [Service] answers for it with CloudWatch's operations, a point a minute as AWS/Kinesis has them, and evaluates alarms in
// virtual time. The package knows the names and units of metrics and no service; nothing in it reads a clock.
package cloudwatch

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"sort"
	"strings"
	"time"

	"shardlab/wasm/sim"
)

// StreamLevel is the shard number of a metric that belongs to a whole stream.
const StreamLevel int32 = -1

// Dims are the dimensions of a metric: a stream, the number of one of its shards or StreamLevel, and, for what a consumer
// with enhanced fan-out gets, the ConsumerName. Those of another namespace than AWS/Kinesis come from [In].
type Dims struct {
	Stream   string
	Shard    int32
	Consumer string

	namespace string // "" is Namespace
	pairs     string // of another namespace: names and values, by name
}

// pairEnd ends each name and each value of pairs.
const pairEnd = "\x00"

// In returns the dimensions of a metric of a client's own namespace, such as KinesisProducerLibrary: names, each with its
// value behind it, in any order.
func In(namespace string, pairs ...string) Dims {
	all := make([]string, 0, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		all = append(all, pairs[i]+pairEnd+pairs[i+1]+pairEnd)
	}
	slices.Sort(all)
	return Dims{Shard: StreamLevel, namespace: namespace, pairs: strings.Join(all, "")}
}

// Namespace is the namespace of a metric with these dimensions.
func (d Dims) Namespace() string { return cmp.Or(d.namespace, Namespace) }

// Path is the namespace and the values of the dimensions that come from [In], by the dimensions' names, with slashes between.
func (d Dims) Path() string {
	path := d.Namespace()
	for i, word := range strings.Split(d.pairs, pairEnd) {
		if i%2 == 1 {
			path += "/" + word
		}
	}
	return path
}

// A Key names a series.
type Key struct {
	Metric string
	Dims
}

// Statistics, as CloudWatch names them.
const (
	Sum         = "Sum"
	Average     = "Average"
	Minimum     = "Minimum"
	Maximum     = "Maximum"
	SampleCount = "SampleCount"
)

// IsStat says whether a word is a statistic that the ledger keeps: one of those above, or a percentile.
func IsStat(stat string) bool {
	switch stat {
	case Sum, Average, Minimum, Maximum, SampleCount:
		return true
	}
	_, ok := percentile(stat)
	return ok
}

// A Store holds every series of a region.
type Store struct {
	series map[Key]*Series
	epoch  int // grows with every forgetting
}

// Epoch changes when series were forgotten: whoever holds some asks for them anew then.
func (s *Store) Epoch() int { return s.epoch }

// New returns an empty store.
func New() *Store { return &Store{series: map[Key]*Series{}} }

// Series returns the series of a metric, made when there is none. It stays the same one for the store's life, until it is dropped.
func (s *Store) Series(metric string, d Dims) *Series {
	k := Key{metric, d}
	sr, ok := s.series[k]
	if !ok {
		sr = &Series{}
		if Single(k) {
			sr.spread = &spread{}
		}
		s.series[k] = sr
	}
	return sr
}

// Lookup returns the series of a metric, and false when nothing ever asked for it.
func (s *Store) Lookup(metric string, d Dims) (*Series, bool) {
	sr, ok := s.series[Key{metric, d}]
	return sr, ok
}

// Get is Series.Points of a metric; a series that is not there has no data.
func (s *Store) Get(metric string, d Dims, from, to sim.Instant, period time.Duration, stat string) []float64 {
	sr, ok := s.series[Key{metric, d}]
	if !ok {
		sr = &Series{}
	}
	return sr.Points(from, to, period, stat)
}

// Plot is Get with NaN in every period in which nothing was published, whatever the statistic.
func (s *Store) Plot(metric string, d Dims, from, to sim.Instant, period time.Duration, stat string) []float64 {
	sr, ok := s.series[Key{metric, d}]
	if !ok {
		sr = &Series{}
	}
	sums := sr.buckets(from, to, period, stat)
	points := make([]float64, len(sums))
	for i := range sums {
		points[i] = math.NaN()
		if sums[i].count > 0 {
			points[i] = sums[i].stat(stat)
		}
	}
	return points
}

// Over is a statistic of a metric over the whole seconds of a window before now, NaN without values but for Sum and SampleCount, and of
// how many values it is.
func (s *Store) Over(metric string, d Dims, now sim.Instant, window time.Duration, stat string) (value, samples float64) {
	sr, ok := s.series[Key{metric, d}]
	if !ok {
		sr = &Series{}
	}
	var all period
	to := sim.Instant(now.Second() * 1e6)
	for _, p := range sr.buckets(to.Add(-window), to, time.Second, stat) {
		all.merge(&p.bucket)
		all.bins = fold(all.bins, p.bins)
	}
	return all.stat(stat), float64(all.count)
}

// Drop forgets every series of a stream's shard or consumer, or of the stream itself with StreamLevel alone.
func (s *Store) Drop(d Dims) {
	s.epoch++
	maps.DeleteFunc(s.series, func(k Key, _ *Series) bool { return k.Dims == d })
}

// Trim forgets every series that had its last value before an instant, but for those of dimensions that keep names.
func (s *Store) Trim(before sim.Instant, keep func(Dims) bool) {
	s.epoch++
	maps.DeleteFunc(s.series, func(k Key, sr *Series) bool { return sr.last < before && !keep(k.Dims) })
}

// Footprint is about how many bytes of memory the series take.
func (s *Store) Footprint() int64 {
	const series, each, binBytes = 600, 40, 16 // of a series without closed buckets, of a bucket and of a bin
	n := int64(len(s.series)) * series
	for _, sr := range s.series {
		for i := range sr.closed {
			n += int64(sr.closed[i].Len()) * each
			if sr.spread != nil {
				n += int64(sr.spread.closed[i].Len()) * binBytes
			}
		}
	}
	return n
}

// Keys lists the series by namespace, AWS/Kinesis first, dimensions and metric.
func (s *Store) Keys() []Key {
	keys := make([]Key, 0, len(s.series))
	for k := range s.series {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool {
		a, b := &keys[i], &keys[j]
		return cmp.Or(cmp.Compare(a.namespace, b.namespace), cmp.Compare(a.pairs, b.pairs), cmp.Compare(a.Stream, b.Stream), cmp.Compare(a.Shard, b.Shard), cmp.Compare(a.Consumer, b.Consumer), cmp.Compare(a.Metric, b.Metric)) < 0
	})
	return keys
}

// Clone returns a store that goes on from here on its own. Whoever held a series of the original asks the clone for its
// own.
func (s *Store) Clone() *Store {
	c := &Store{series: make(map[Key]*Series, len(s.series))}
	for k, sr := range s.series {
		c.series[k] = sr.clone()
	}
	return c
}

// State writes everything the store holds in a fixed order, for tests of identity.
func (s *Store) State(w io.Writer) {
	for _, k := range s.Keys() {
		fmt.Fprintf(w, "metric %s %q %d %q %q %q\n", k.Metric, k.Stream, k.Shard, k.Consumer, k.namespace, k.pairs)
		s.series[k].state(w)
	}
}

// FineFor is how long seconds are kept.
const FineFor = 15 * time.Minute

// A tier keeps buckets of one length for some time.
type tier struct {
	length time.Duration
	kept   time.Duration
}

// tiers are how long values are kept and how finely. Seconds for 15 minutes is what the charts of the lab show;
// CloudWatch itself keeps one-second points for 3 hours, one-minute points for 15 days and one-hour points for 455 days.
// Source: CloudWatch user guide, metrics retention. The two shorter times are ours, to bound the memory of a page.
var tiers = [...]tier{
	{time.Second, FineFor},
	{time.Minute, 3 * 24 * time.Hour},
	{time.Hour, 455 * 24 * time.Hour},
}

// A bucket gathers the values of one second, minute or hour.
type bucket struct {
	at            int64 // its number: instant over length
	count         int64
	sum, min, max float64
}

func (b *bucket) merge(o *bucket) {
	if o.count == 0 {
		return
	}
	if b.count == 0 {
		at := b.at
		*b = *o
		b.at = at
		return
	}
	b.count += o.count
	b.sum += o.sum
	b.min = min(b.min, o.min)
	b.max = max(b.max, o.max)
}

// A Series is one metric of one stream or shard over time.
//
// Values gather in the open second; when the next second's first value comes, it is closed and joins the open minute,
// which in turn joins the open hour. Seconds, minutes and hours without a value have no bucket.
type Series struct {
	open   [len(tiers)]bucket // count 0: nothing yet
	closed [len(tiers)]sim.List[bucket]
	last   sim.Instant // of the latest value
	total  float64     // of all values
	spread *spread     // of values that come one by one, nil where they come as sets
}

// Add adds a value at an instant, which must not lie before that of the value before.
func (s *Series) Add(now sim.Instant, value float64) {
	at := now.Second()
	o := &s.open[0]
	if o.count == 0 || o.at != at {
		s.roll(at)
		*o = bucket{at: at, count: 1, sum: value, min: value, max: value}
	} else {
		o.count++
		o.sum += value
		o.min = min(o.min, value)
		o.max = max(o.max, value)
	}
	s.last = now
	s.total += value
	if s.spread != nil {
		s.spread.open[0] = put(s.spread.open[0], value, 1)
	}
}

// AddSet adds n values at once, of which the sum, the least and the greatest are known.
func (s *Series) AddSet(now sim.Instant, n int64, sum, least, most float64) {
	if n <= 0 {
		return
	}
	s.roll(now.Second())
	o := &s.open[0]
	o.at = now.Second()
	o.merge(&bucket{count: n, sum: sum, min: least, max: most})
	s.last = now
	s.total += sum
}

// roll closes the open second, and the open minute and hour when the second with number at lies behind them.
func (s *Series) roll(at int64) {
	for i := range tiers {
		o := &s.open[i]
		if o.count == 0 || o.at == at {
			return
		}
		s.closed[i].Append(*o)
		s.trim(i, at)
		if s.spread != nil {
			s.spread.close(i, o.at, at)
		}
		if i+1 == len(tiers) {
			o.count = 0
			return
		}
		ratio := int64(tiers[i+1].length / tiers[i].length)
		up := &s.open[i+1]
		coarse := floorDiv(o.at, ratio)
		if up.count == 0 || up.at == coarse {
			up.at = coarse
			up.merge(o)
			o.count = 0
			at = floorDiv(at, ratio)
			if up.at == at {
				return
			}
			continue // the minute ends with this second: close it too
		}
		panic("cloudwatch: an open minute is older than its last second")
	}
}

// trim lets go of buckets of a tier that are too old when the bucket with number at opens.
func (s *Series) trim(i int, at int64) {
	l := &s.closed[i]
	oldest := at - int64(tiers[i].kept/tiers[i].length)
	first := l.First()
	for first < l.Next() && l.At(first).at < oldest {
		first++
	}
	l.TrimTo(first)
}

// Points returns a value for each period in [from, to), oldest first; from and to are cut to whole periods, and a period
// is at least a second. Sum and SampleCount of a period without data are 0, the other statistics NaN. Periods older than
// what is kept that finely have no data.
func (s *Series) Points(from, to sim.Instant, period time.Duration, stat string) []float64 {
	sums := s.buckets(from, to, period, stat)
	if sums == nil {
		return nil
	}
	points := make([]float64, len(sums))
	for i := range sums {
		points[i] = sums[i].stat(stat)
	}
	return points
}

// A period is what was gathered in one, with its bins where a percentile was asked for.
type period struct {
	bucket
	bins []bin
}

// buckets returns what was gathered in each period in [from, to), for statistics.
func (s *Series) buckets(from, to sim.Instant, length time.Duration, stats ...string) []period {
	length = max(length.Truncate(time.Second), time.Second)
	p := int64(length / time.Microsecond)
	first, end := floorDiv(int64(from), p), floorDiv(int64(to), p)
	if end <= first {
		return nil
	}
	sums := make([]period, end-first)
	s.gather(sums, first, p)
	if s.spread != nil && slices.ContainsFunc(stats, IsPercentile) {
		s.spread.gather(s, sums, first, p)
	}
	return sums
}

// Total is the sum of all values ever added, also of those that are no longer kept.
func (s *Series) Total() float64 { return s.total }

// gather merges buckets of the finest tier that divides the period and still reaches back to its beginning.
func (s *Series) gather(sums []period, first, p int64) {
	choice := 0
	for i, t := range tiers {
		if p%int64(t.length/time.Microsecond) != 0 {
			break
		}
		choice = i
		if s.last.Add(-t.kept) <= sim.Instant(first*p) {
			break
		}
	}
	length := int64(tiers[choice].length / time.Microsecond)
	add := func(b *bucket, length int64) {
		if i := floorDiv(b.at*length, p) - first; b.count > 0 && i >= 0 && i < int64(len(sums)) {
			sums[i].merge(b)
		}
	}
	l := &s.closed[choice]
	from := l.Search(func(b *bucket) bool { return b.at*length >= first*p })
	for i := from; i < l.Next(); i++ {
		b := l.At(i)
		if floorDiv(b.at*length, p)-first >= int64(len(sums)) {
			return
		}
		add(b, length)
	}
	for i := choice; i >= 0; i-- { // what has not joined that tier yet stands open in it or below
		add(&s.open[i], int64(tiers[i].length/time.Microsecond))
	}
}

func (b *bucket) stat(stat string) float64 {
	switch stat {
	case Sum:
		return b.sum
	case SampleCount:
		return float64(b.count)
	}
	if b.count == 0 {
		return math.NaN()
	}
	switch stat {
	case Average:
		return b.sum / float64(b.count)
	case Minimum:
		return b.min
	case Maximum:
		return b.max
	}
	panic("cloudwatch: no statistic is called " + stat)
}

func (s *Series) clone() *Series {
	c := *s
	for i := range c.closed {
		c.closed[i] = s.closed[i].Clone()
	}
	c.spread = s.spread.clone()
	return &c
}

func (s *Series) state(w io.Writer) {
	fmt.Fprintf(w, " last %d total %v\n", s.last, s.total)
	for i := range tiers {
		l := &s.closed[i]
		for j := l.First(); j < l.Next(); j++ {
			b := l.At(j)
			fmt.Fprintf(w, " %d %d %d %v %v %v\n", i, b.at, b.count, b.sum, b.min, b.max)
		}
		if b := s.open[i]; b.count > 0 {
			fmt.Fprintf(w, " %d open %d %d %v %v %v\n", i, b.at, b.count, b.sum, b.min, b.max)
		}
	}
	s.spread.state(w)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
