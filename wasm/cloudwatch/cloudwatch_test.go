package cloudwatch

import (
	"bytes"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"shardlab/wasm/sim"
)

var begin = sim.At(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))

func TestStatisticsOfASecond(t *testing.T) {
	s := New()
	sr := s.Series(IncomingBytes, Dims{Stream: "orders", Shard: StreamLevel})
	for _, v := range []float64{5, 1, 3} {
		sr.Add(begin.Add(100*time.Millisecond), v)
	}
	sr.Add(begin.Add(2*time.Second), 10)
	for stat, want := range map[string][]float64{
		Sum: {9, 0, 10}, SampleCount: {3, 0, 1}, Average: {3, math.NaN(), 10}, Minimum: {1, math.NaN(), 10}, Maximum: {5, math.NaN(), 10},
	} {
		got := s.Get(IncomingBytes, Dims{Stream: "orders", Shard: StreamLevel}, begin, begin.Add(3*time.Second), time.Second, stat)
		if !slices.EqualFunc(got, want, func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }) {
			t.Errorf("%s is %v, want %v", stat, got, want)
		}
	}
	if got := s.Get(IncomingBytes, Dims{Stream: "orders", Shard: 0}, begin, begin.Add(2*time.Second), time.Second, Sum); !slices.Equal(got, []float64{0, 0}) {
		t.Errorf("a series that nobody asked for has %v", got)
	}
	if got := sr.Points(begin.Add(time.Second), begin, time.Second, Sum); got != nil {
		t.Errorf("a backward question has %v", got)
	}
}

// Whatever is added, each period within what is kept adds up to what a plain list of the values adds up to.
func TestPeriodsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type value struct {
			at sim.Instant
			v  float64
		}
		var all []value
		var sr Series
		now := begin.Add(time.Duration(rapid.Int64Range(0, 7200).Draw(t, "start")) * time.Second)
		for range rapid.IntRange(1, 300).Draw(t, "values") {
			now = now.Add(time.Duration(rapid.SampledFrom([]int64{0, 1, 300, 1000, 1000, 7000, 61_000, 700_000, 4_000_000}).Draw(t, "wait")) * time.Millisecond)
			v := float64(rapid.IntRange(-5, 1000).Draw(t, "value"))
			sr.Add(now, v)
			all = append(all, value{now, v})
		}
		for _, q := range []struct{ period, span time.Duration }{
			{time.Second, 14 * time.Minute}, {5 * time.Second, 14 * time.Minute}, {time.Minute, 14 * time.Minute},
			{time.Minute, 70 * time.Hour}, {5 * time.Minute, 70 * time.Hour}, {time.Hour, 400 * time.Hour},
		} {
			from := now.Add(-q.span)
			p := sim.Instant(q.period / time.Microsecond)
			first := from / p
			want := make([]float64, now/p+1-first)
			least := make([]float64, len(want))
			for i := range least {
				least[i] = math.NaN()
			}
			for _, v := range all {
				if i := v.at/p - first; i >= 0 {
					want[i] += v.v
					least[i] = math.Min(v.v, orInf(least[i]))
				}
			}
			if got := sr.Points(from, now.Add(q.period), q.period, Sum); !slices.Equal(got, want) {
				t.Fatalf("sums of %v over %v are\n%v, want\n%v", q.period, q.span, got, want)
			}
			got := sr.Points(from, now.Add(q.period), q.period, Minimum)
			if !slices.EqualFunc(got, least, func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }) {
				t.Fatalf("minima of %v over %v are\n%v, want\n%v", q.period, q.span, got, least)
			}
		}
	})
}

func orInf(v float64) float64 {
	if math.IsNaN(v) {
		return math.Inf(1)
	}
	return v
}

// Seconds are kept for 15 minutes, minutes for three days, and no more than that.
func TestMemoryIsBounded(t *testing.T) {
	var sr Series
	now := begin
	for range 5 * 24 * 3600 {
		sr.Add(now, 1)
		now = now.Add(time.Second)
	}
	last := now.Add(-time.Second)
	if n := sr.closed[0].Len(); n > 15*60+1 {
		t.Errorf("it keeps %d seconds", n)
	}
	if n := sr.closed[1].Len(); n > 3*24*60+1 {
		t.Errorf("it keeps %d minutes", n)
	}
	sum := func(from sim.Instant, period time.Duration) (total float64) {
		for _, v := range sr.Points(from, now, period, Sum) {
			total += v
		}
		return total
	}
	if got := sum(last.Add(-14*time.Minute), time.Second); got != 14*60+1 {
		t.Errorf("14 minutes of seconds sum to %v", got)
	}
	if got := sum(now.Add(-2*24*time.Hour), time.Minute); got != 2*24*3600 {
		t.Errorf("two days of minutes sum to %v", got)
	}
	if got := sum(begin, time.Hour); got != 5*24*3600 {
		t.Errorf("five days of hours sum to %v", got)
	}
}

func TestCloneGoesOnAlone(t *testing.T) {
	s := New()
	d := Dims{Stream: "orders", Shard: 3}
	for i := range 5000 {
		s.Series(IncomingRecords, d).Add(begin.Add(time.Duration(i)*time.Second), float64(i))
	}
	c := s.Clone()
	text := func(s *Store) string {
		var b bytes.Buffer
		s.State(&b)
		return b.String()
	}
	before := text(s)
	if text(c) != before {
		t.Fatal("a clone differs at once")
	}
	for i := range 5000 {
		c.Series(IncomingRecords, d).Add(begin.Add(time.Duration(5000+i)*time.Second), 7)
	}
	if text(s) != before {
		t.Error("what the clone got changed the original")
	}
	for i := range 5000 {
		s.Series(IncomingRecords, d).Add(begin.Add(time.Duration(5000+i)*time.Second), 7)
	}
	if text(s) != text(c) {
		t.Error("the clone went on differently")
	}
}

func TestKeysAndDrop(t *testing.T) {
	s := New()
	for _, k := range []Key{{"b", Dims{Stream: "y", Shard: 1}}, {"a", Dims{Stream: "y", Shard: 1}}, {"a", Dims{Stream: "x", Shard: 2}}, {"a", Dims{Stream: "y", Shard: StreamLevel}}} {
		s.Series(k.Metric, k.Dims)
	}
	want := []Key{{"a", Dims{Stream: "x", Shard: 2}}, {"a", Dims{Stream: "y", Shard: StreamLevel}}, {"a", Dims{Stream: "y", Shard: 1}}, {"b", Dims{Stream: "y", Shard: 1}}}
	if got := s.Keys(); !slices.Equal(got, want) {
		t.Errorf("keys are %v, want %v", got, want)
	}
	s.Drop(Dims{Stream: "y", Shard: 1})
	if got := s.Keys(); !slices.Equal(got, want[:2]) {
		t.Errorf("left are %v", got)
	}
	if _, ok := s.Lookup("b", Dims{Stream: "y", Shard: 1}); ok {
		t.Error("a dropped series is still there")
	}
}

func TestUnits(t *testing.T) {
	for metric, want := range map[string]string{
		IncomingBytes: "Bytes", GetRecordsIteratorAge: "Milliseconds", IncomingRecords: "Count", PutRecordSuccess: "Count", PutRecordLatency: "Milliseconds",
	} {
		if got := Unit(metric); got != want {
			t.Errorf("%s is in %s, want %s", metric, got, want)
		}
	}
}

// BenchmarkAdd adds a value each millisecond.
func BenchmarkAdd(b *testing.B) {
	var sr Series
	now := begin
	b.ReportAllocs()
	for b.Loop() {
		now += 1000
		sr.Add(now, 1)
	}
}

// BenchmarkClone copies a store of 130 series with ten minutes of seconds.
func BenchmarkClone(b *testing.B) {
	s := New()
	for shard := range int32(130) {
		for i := range 600 {
			s.Series(IncomingRecords, Dims{Stream: "orders", Shard: shard}).Add(begin.Add(time.Duration(i)*time.Second), 1)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		s.Clone()
	}
}
