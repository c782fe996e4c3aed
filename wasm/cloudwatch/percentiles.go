package cloudwatch

import (
	"fmt"
	"io"
	"math"
	"math/bits"
	"slices"
	"sort"
	"strconv"
	"strings"

	"shardlab/wasm/sim"
)

// CloudWatch needs single values for percentiles: of a statistic set it has them only where the set has one value, or only equal
// ones. So it is here. Times that a service measures come one by one; of them the ledger keeps how they are spread. Source: API
// Reference, GetMetricStatistics.
//
// A bin gathers values that differ by less than 1/16: equal exponent and four bits of the mantissa, which no machine rounds
// otherwise. Its greatest value stands for all, so that a percentile is a value that was measured, exact where the bin's are equal,
// and else less than 6.25 % above the exact one. CloudWatch's own agent takes bins of 10 %. Source: aws/amazon-cloudwatch-agent,
// metric/distribution/seh1.
const binBits = 4

// maxBins is how many closed bins of one length a series keeps; of seconds with 30 bins each that is four minutes, of such minutes
// four hours. Periods of which some are gone have no percentiles. Ours, to bound the memory of a page.
const maxBins = 8192

// A bin is how many values of one second, minute or hour lie close together.
type bin struct {
	at, count uint32
	top       float64 // the greatest of them
}

// spread is how the values of a series are spread, in the same lengths as its buckets.
type spread struct {
	open   [len(tiers)][]bin
	closed [len(tiers)]sim.List[bin]
}

// Single says whether the values of a metric come one by one, so that it has percentiles: times do, but for Lambda's IteratorAge, of which AWS has no
// percentiles. Source: Lambda Developer Guide, "Types of metrics for Lambda functions", which names Duration alone.
func Single(k Key) bool {
	unit := Unit(k.Metric)
	return (unit == "Milliseconds" || unit == "Seconds") && k.Metric != IteratorAge
}

// whole is 100 percent, in ten-billionths of a percent: a percentile is a whole number of them, so that no rank is rounded.
const whole = 100 * 10_000_000_000

// percentile reads a statistic as a percentile, such as p99 or p99.9, with up to ten decimals.
// Source: CloudWatch user guide, "CloudWatch statistics definitions".
func percentile(stat string) (of uint64, ok bool) {
	digits, ok := strings.CutPrefix(stat, "p")
	before, after, _ := strings.Cut(digits, ".")
	if !ok || len(stat) > 15 || len(after) > 10 || before+after == "" {
		return 0, false
	}
	of, err := strconv.ParseUint(before+after+"0000000000"[len(after):], 10, 64)
	return of, err == nil && of <= whole
}

// IsPercentile says whether a word is a percentile.
func IsPercentile(stat string) bool {
	_, ok := percentile(stat)
	return ok
}

// put adds values to the bin that they belong to.
func put(bins []bin, value float64, n uint32) []bin {
	key := math.Float64bits(value) >> (52 - binBits)
	for i := range bins {
		if b := &bins[i]; math.Float64bits(b.top)>>(52-binBits) == key {
			b.count += n
			b.top = max(b.top, value)
			return bins
		}
	}
	return append(bins, bin{count: n, top: value})
}

func fold(bins, more []bin) []bin {
	for _, b := range more {
		bins = put(bins, b.top, b.count)
	}
	return bins
}

// close closes the open bins of a tier, of the second, minute or hour with number was, when the one with number at opens.
func (s *spread) close(tier int, was, at int64) {
	l := &s.closed[tier]
	for _, b := range s.open[tier] {
		b.at = uint32(was)
		l.Append(b)
	}
	if tier+1 < len(tiers) {
		s.open[tier+1] = fold(s.open[tier+1], s.open[tier])
	}
	s.open[tier] = s.open[tier][:0]
	first := max(l.First(), l.Next()-maxBins)
	for oldest := at - int64(tiers[tier].kept/tiers[tier].length); first < l.Next() && int64(l.At(first).at) < oldest; {
		first++
	}
	l.TrimTo(first)
}

// gather adds bins to periods of p microseconds, of which the first has a number, from the coarsest tier that divides the period: its
// bins stay longest.
func (s *spread) gather(sr *Series, sums []period, first, p int64) {
	tier := 0
	for tier+1 < len(tiers) && p%tiers[tier+1].length.Microseconds() == 0 {
		tier++
	}
	add := func(b *bin, at, length int64) {
		if i := floorDiv(at*length, p) - first; i >= 0 && i < int64(len(sums)) {
			sums[i].bins = put(sums[i].bins, b.top, b.count)
		}
	}
	length := tiers[tier].length.Microseconds()
	l := &s.closed[tier]
	for i := l.Search(func(b *bin) bool { return int64(b.at)*length >= first*p }); i < l.Next(); i++ {
		b := l.At(i)
		add(b, int64(b.at), length)
	}
	for ; tier >= 0; tier-- {
		for i := range s.open[tier] {
			add(&s.open[tier][i], sr.open[tier].at, tiers[tier].length.Microseconds())
		}
	}
}

// stat is a statistic of a period. A percentile is the least value that so many percent of the values do not exceed; NaN where the
// values are not known one by one.
func (p *period) stat(stat string) float64 {
	of, ok := percentile(stat)
	switch {
	case !ok:
		return p.bucket.stat(stat)
	case p.count == 0:
		return math.NaN()
	case p.min == p.max:
		return p.max
	}
	known := int64(0)
	for _, b := range p.bins {
		known += int64(b.count)
	}
	if known != p.count {
		return math.NaN()
	}
	bins := slices.Clone(p.bins)
	sort.Slice(bins, func(i, j int) bool { return bins[i].top < bins[j].top })
	high, low := bits.Mul64(of, uint64(known))
	least, rest := bits.Div64(high, low, whole)
	rank := int64(least)
	if rest > 0 {
		rank++
	}
	if rank <= 1 {
		return p.min
	}
	for _, b := range bins {
		if rank -= int64(b.count); rank <= 0 {
			return b.top
		}
	}
	return p.max
}

func (s *spread) clone() *spread {
	if s == nil {
		return nil
	}
	c := *s
	for i := range tiers {
		c.open[i] = slices.Clone(s.open[i])
		c.closed[i] = s.closed[i].Clone()
	}
	return &c
}

func (s *spread) state(w io.Writer) {
	if s == nil {
		return
	}
	for i := range tiers {
		l := &s.closed[i]
		for j := l.First(); j < l.Next(); j++ {
			b := l.At(j)
			fmt.Fprintf(w, " bin %d %d %d %v\n", i, b.at, b.count, b.top)
		}
		for _, b := range s.open[i] {
			fmt.Fprintf(w, " bin %d open %d %v\n", i, b.count, b.top)
		}
	}
}
