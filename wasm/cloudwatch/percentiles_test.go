package cloudwatch

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/sim"
)

// latency is a series of times, which are kept one by one.
func latency(s *Store) *Series {
	return s.Series(PutRecordLatency, Dims{Stream: "orders", Shard: StreamLevel})
}

// rankOf is the nearest rank of a percentile among n values, from its decimals: the least whole number that is no less than of/100*n.
func rankOf(of string, n int) int64 {
	r, ok := new(big.Rat).SetString(of)
	if !ok {
		panic(of + " is no number")
	}
	r.Mul(r, big.NewRat(int64(n), 100))
	whole, rest := new(big.Int).QuoRem(r.Num(), r.Denom(), new(big.Int))
	return max(1, whole.Int64()+int64(rest.Sign()))
}

// exact is the nearest-rank percentile of values.
func exact(values []float64, of float64) float64 {
	return slices.Sorted(slices.Values(values))[rankOf(fmt.Sprint(of), len(values))-1]
}

// TestRanks holds that a percentile is of the value that exactly so many percent do not exceed: as many values as its rank says are
// small and the others great, and then one fewer is small.
func TestRanks(t *testing.T) {
	for _, of := range []string{"0", "0.1", "1", "7", "14", "28", "29", "50", "55", "56", "57", "58", "90", "95", "99", "99.9", "99.99", "33.3333333333", "0.0000000001", "99.9999999999", "100"} {
		for _, n := range []int{2, 3, 7, 99, 100, 101, 200, 999, 1000, 1001, 2000, 3000, 7000, 10_000, 100_000, 1_000_000_000} {
			rank := rankOf(of, n)
			for small := max(1, rank-1); small <= min(rank, int64(n)-1); small++ {
				p := period{bucket{count: int64(n), min: 1, max: 9}, []bin{{count: uint32(small), top: 1}, {count: uint32(int64(n) - small), top: 9}}}
				want := 9.0
				if rank <= small {
					want = 1
				}
				if got := p.stat("p" + of); got != want {
					t.Errorf("p%s of %d values, of which %d are 1 and the others 9, is %v, want %v", of, n, small, got, want)
				}
			}
		}
	}
}

// TestPercentiles compares percentiles of random times with those of the sorted values, in every length of a period.
func TestPercentiles(t *testing.T) {
	store := New()
	rand := sim.NewRand(7, "percentiles")
	all := map[time.Duration]map[int64][]float64{time.Second: {}, time.Minute: {}, 2 * time.Minute: {}, time.Hour: {}}
	now := begin
	for range 20_000 {
		now = now.Add(time.Duration(rand.IntN(int(200*time.Millisecond/time.Microsecond))) * time.Microsecond)
		v := math.Floor(math.Pow(2, 4*rand.Float64())*1000) / 1000
		latency(store).Add(now, v)
		for p, periods := range all {
			at := floorDiv(int64(now), p.Microseconds())
			periods[at] = append(periods[at], v)
		}
	}
	checked := 0
	for p, periods := range all {
		for at, values := range periods {
			from := sim.Instant(at * p.Microseconds())
			for _, of := range []float64{0, 1, 25, 50, 90, 99, 99.9, 100} {
				got := latency(store).Points(from, from.Add(p), p, fmt.Sprintf("p%v", of))[0]
				if math.IsNaN(got) && now.Sub(from) > time.Minute && p < time.Hour {
					continue // bins go sooner than buckets
				}
				want := exact(values, of)
				if got < want || got > want*(1+1.0/16) || !slices.Contains(values, got) {
					t.Fatalf("p%v of %d values in %v is %v, exactly it is %v", of, len(values), p, got, want)
				}
				if of == 100 && got != want {
					t.Errorf("p100 is %v, the greatest is %v", got, want)
				}
				checked++
			}
		}
	}
	if checked < 1000 {
		t.Errorf("%d percentiles were compared", checked)
	}
}

// TestPercentilesOfSets holds CloudWatch's rule: a set of different values has no percentile, one of equal values has theirs.
func TestPercentilesOfSets(t *testing.T) {
	for _, row := range []struct {
		name string
		add  func(*Series)
		want float64
	}{
		{"one set of equal values", func(s *Series) { s.AddSet(begin, 5, 35, 7, 7) }, 7},
		{"a set of one value", func(s *Series) { s.AddSet(begin, 1, 3.3, 3.3, 3.3) }, 3.3},
		{"a set of different values", func(s *Series) { s.AddSet(begin, 2, 3, 1, 2) }, math.NaN()},
		{"a set among single values", func(s *Series) { s.Add(begin, 1); s.AddSet(begin, 2, 3, 1, 2) }, math.NaN()},
		{"single values", func(s *Series) { s.Add(begin, 1); s.Add(begin, 2); s.Add(begin, 9) }, 2},
		{"small whole numbers are exact", func(s *Series) {
			for v := range 16 {
				s.Add(begin, float64(v))
			}
		}, 7},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := latency(New())
			row.add(s)
			if got := s.Points(begin, begin.Add(time.Minute), time.Minute, "p50")[0]; got != row.want && !(math.IsNaN(got) && math.IsNaN(row.want)) {
				t.Errorf("p50 is %v, want %v", got, row.want)
			}
		})
	}
	for _, k := range []Key{{PutRecordBytes, Dims{Stream: "orders"}}, {IteratorAge, In(Lambda, "FunctionName", "f")}} {
		s := New()
		s.Series(k.Metric, k.Dims).Add(begin, 1)
		s.Series(k.Metric, k.Dims).Add(begin, 2)
		if got := s.Get(k.Metric, k.Dims, begin, begin.Add(time.Minute), time.Minute, "p50")[0]; !math.IsNaN(got) {
			t.Errorf("%s has a p50 of %v", k.Metric, got)
		}
	}
}

// TestBinsAreBounded holds that percentiles take bounded memory, and that a period that lost some has none rather than a wrong one.
func TestBinsAreBounded(t *testing.T) {
	store := New()
	s := latency(store)
	for second := range 2000 {
		for v := range 40 {
			s.Add(begin.Add(time.Duration(second)*time.Second), math.Pow(1.2, float64(v)))
		}
	}
	for i := range tiers {
		if n := s.spread.closed[i].Len(); n > maxBins {
			t.Errorf("%d bins of %v are kept", n, tiers[i].length)
		}
	}
	end := begin.Add(2000 * time.Second)
	for i, v := range s.Points(end.Add(-FineFor), end, time.Second, "p50") {
		if want := math.Pow(1.2, 19); !math.IsNaN(v) && v != want {
			t.Fatalf("p50 of second %d is %v, want %v", i, v, want)
		}
	}
	store = New()
	s = latency(store)
	for second := range 600 { // younger than the time for which seconds are kept
		for v := range 40 {
			s.Add(begin.Add(time.Duration(second)*time.Second), math.Pow(1.2, float64(v)))
		}
	}
	for _, period := range []time.Duration{time.Minute, 5 * time.Minute, time.Hour} {
		for i, v := range s.Points(begin, begin.Add(max(period, 10*time.Minute)), period, "p50") {
			if math.IsNaN(v) {
				t.Errorf("period %d of %v has no percentile, because its seconds lost their bins", i, period)
			}
		}
	}
}

func TestPercentilesClone(t *testing.T) {
	store := New()
	rand := sim.NewRand(3, "clone")
	add := func(s *Store, from, n int) {
		for i := range n {
			latency(s).Add(begin.Add(time.Duration(from+i)*700*time.Millisecond), float64(rand.IntN(90)))
		}
	}
	state := func(s *Store) string {
		var b bytes.Buffer
		s.State(&b)
		return b.String()
	}
	add(store, 0, 500)
	was := state(store)
	if !strings.Contains(was, "bin 0 ") || !strings.Contains(was, "bin 1 open ") {
		t.Fatalf("the state has no bins: %.200s", was)
	}
	clone := store.Clone()
	if state(clone) != was {
		t.Fatal("a copy is another")
	}
	add(clone, 500, 500)
	if state(store) != was {
		t.Error("what befell the copy befell the original")
	}
}

func TestReadPercentile(t *testing.T) {
	for stat, want := range map[string]uint64{"p0": 0, "p0.0": 0, "p50": 50e10, "p99.9": 999e9, "p.5": 5e9, "p7.": 7e10, "p100": 100e10, "p100.0000000000": 100e10, "p99.9999999999": 100e10 - 1} {
		if got, ok := percentile(stat); !ok || got != want {
			t.Errorf("%s is read as %v, %v", stat, got, ok)
		}
	}
	for _, stat := range []string{"", "p", "p.", "p101", "p-1", "p+1", "p1e1", "pInf", "p1.2.3", "P99", "tm99", "99", "p99.99999999999999", "p9.99999999999", "p100.0000000001", "p92233720368547"} {
		if IsStat(stat) {
			t.Errorf("%q is a statistic", stat)
		}
	}
}

// times lets some calls of each minute take 20 ms and one in fifty 400 ms.
func (a *api) times(minutes, calls int) {
	for m := range minutes {
		for i := range calls {
			ms := 20.0
			if i%50 == 0 {
				ms = 400
			}
			latency(a.store).Add(begin.Add(time.Duration(m)*time.Minute), ms)
		}
	}
}

func TestExtendedStatistics(t *testing.T) {
	a := newAPI(t, 0)
	a.times(2, 200)
	a.to(2)
	const metric = `"Namespace":"AWS/Kinesis","MetricName":"PutRecord.Latency","Dimensions":[{"Name":"StreamName","Value":"orders"}]`
	got := a.must("GetMetricStatistics", `{`+metric+`,"StartTime":$T0,"EndTime":$T2,"Period":60,"ExtendedStatistics":["p50","p99","p99.9"]}`)
	if want := `"Unit":"Milliseconds","ExtendedStatistics":{"p50":20.0,"p99":400.0,"p99.9":400.0}}`; strings.Count(got, want) != 2 {
		t.Errorf("%s has not twice %s", got, want)
	}
	got = a.must("GetMetricData", `{"StartTime":$T0,"EndTime":$T2,"MetricDataQueries":[{"Id":"a","MetricStat":{"Metric":{`+metric+`},"Period":60,"Stat":"p90"}}]}`)
	if want := `"Values":[20.0,20.0]`; !strings.Contains(got, want) {
		t.Errorf("%s has no %s", got, want)
	}
	got = a.must("GetMetricStatistics", strings.ReplaceAll(`{`+metric+`,"StartTime":$T0,"EndTime":$T2,"Period":120,"ExtendedStatistics":["p99"]}`, "PutRecord.Latency", "IncomingRecords"))
	if !strings.Contains(got, `"Datapoints":[]`) { // 1 and 2 in these two minutes, and no times
		t.Errorf("a percentile of counts: %s", got)
	}
}

// TestPercentileAlarm has an alarm on a percentile, which goes off, and one that waits for enough values, of which p99 needs 1,000.
func TestPercentileAlarm(t *testing.T) {
	const ignore = `,"EvaluateLowSampleCountPercentile":"ignore"`
	for _, row := range []struct {
		stat, few string
		calls     int
		want      string
	}{
		{"p99", "", 200, Alarm}, {"p99", `,"EvaluateLowSampleCountPercentile":"evaluate"`, 200, Alarm}, {"p99", ignore, 999, InsufficientData}, {"p99", ignore, 1000, Alarm},
		{"p99.9", ignore, 9999, InsufficientData}, {"p99.9", ignore, 10_000, Alarm}, {"p99.7", ignore, 3333, InsufficientData}, {"p99.7", ignore, 3334, Alarm},
	} {
		a := newAPI(t, 0)
		a.must("PutMetricAlarm", `{"AlarmName":"slow","Namespace":"AWS/Kinesis","MetricName":"PutRecord.Latency","Dimensions":[{"Name":"StreamName","Value":"orders"}],"ExtendedStatistic":"`+row.stat+`","Period":60,"EvaluationPeriods":1,"ComparisonOperator":"GreaterThanThreshold","Threshold":100`+row.few+`}`)
		a.times(1, row.calls)
		a.to(1)
		got := a.must("DescribeAlarms", `{}`)
		if !strings.Contains(got, `"StateValue":"`+row.want+`"`) || !strings.Contains(got, `"ExtendedStatistic":"`+row.stat+`"`) {
			t.Errorf("%s%s with %d calls: %s", row.stat, row.few, row.calls, got)
		}
		th := a.Thresholds(Key{PutRecordLatency, Dims{Stream: "orders", Shard: StreamLevel}}, row.stat)
		if len(th) != 1 || th[0].Value != 100 {
			t.Errorf("thresholds of the chart: %v", th)
		}
	}
}
