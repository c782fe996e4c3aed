package cloudwatch

import (
	"encoding/base64"
	"math"
	"slices"
	"strconv"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/sim"
)

// GetMetricStatisticsInput asks for points of one metric.
type GetMetricStatisticsInput struct {
	Namespace          *string        `aws:"required,len=1..255"`
	MetricName         *string        `aws:"required,len=1..255"`
	Dimensions         []Dimension    `aws:"items=0..30"`
	StartTime          *aws.Timestamp `aws:"required"`
	EndTime            *aws.Timestamp `aws:"required"`
	Period             *int64         `aws:"required,val=1.."`
	Statistics         []string       `aws:"items=1..5"`
	ExtendedStatistics []string       `aws:"items=1..10"`
	Unit               *string        `aws:"enum=StandardUnit"`
}

// A Datapoint is what a metric was in one period; of the statistics those that were asked for.
type Datapoint struct {
	Timestamp   aws.Timestamp
	SampleCount *aws.Double `json:",omitempty"`
	Average     *aws.Double `json:",omitempty"`
	Sum         *aws.Double `json:",omitempty"`
	Minimum     *aws.Double `json:",omitempty"`
	Maximum     *aws.Double `json:",omitempty"`
	Unit        string

	ExtendedStatistics map[string]aws.Double `json:",omitempty"`
}

// GetMetricStatisticsOutput lists the points in the order of time; AWS promises no order.
type GetMetricStatisticsOutput struct {
	Label      string
	Datapoints []Datapoint
}

// GetMetricStatistics gives the points of one metric; periods without data have none.
func (s *Service) GetMetricStatistics(in *GetMetricStatisticsInput) (*GetMetricStatisticsOutput, error) {
	for i, stat := range in.Statistics { // Source of the words: answers of the service in public issues
		if !slices.Contains(aws.Enum("Statistic"), stat) {
			return nil, invalid("The parameter Statistics.member.%d.<list element> must be a value in the set [SampleCount, Average, Sum, Minimum, Maximum].", i+1).
				WithHint("Percentiles are ExtendedStatistics: --extended-statistics p99.")
		}
	}
	for _, stat := range in.ExtendedStatistics {
		if !IsPercentile(stat) {
			return nil, noStatistic(stat, "ExtendedStatistics")
		}
	}
	if len(in.Statistics) == 0 && len(in.ExtendedStatistics) == 0 {
		return nil, aws.Errorf(MissingParameter, "At least one of the parameters Statistics and ExtendedStatistics must be specified.").WithHint("For example --statistics Sum.")
	}
	if err := checkPeriod("Period", *in.Period); err != nil {
		return nil, err
	}
	if err := checkSpan(*in.StartTime, *in.EndTime); err != nil {
		return nil, err
	}
	// Source of the words: answers of the service in public issues.
	if n := int64(*in.EndTime-*in.StartTime) / 1000 / *in.Period; n > maxPoints {
		return nil, aws.Errorf(InvalidParameterCombination, "You have requested up to %s datapoints, which exceeds the limit of 1,440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.", thousands(n)).
			WithHint("Ask for a longer Period or a shorter time.")
	}
	out := &GetMetricStatisticsOutput{Label: *in.MetricName, Datapoints: []Datapoint{}}
	unit := Unit(*in.MetricName)
	if in.Unit != nil && *in.Unit != unit {
		return out, nil
	}
	sr, since := s.find(*in.Namespace, *in.MetricName, in.Dimensions)
	for _, b := range s.gather(sr, since, instant(*in.StartTime), instant(*in.EndTime), time.Duration(*in.Period)*time.Second, in.ExtendedStatistics...) {
		if b.count == 0 {
			continue
		}
		d := Datapoint{Timestamp: aws.Timestamp(b.at / 1000), Unit: unit}
		for _, stat := range in.Statistics {
			v := aws.Double(b.stat(stat))
			switch stat {
			case SampleCount:
				d.SampleCount = &v
			case Average:
				d.Average = &v
			case Sum:
				d.Sum = &v
			case Minimum:
				d.Minimum = &v
			case Maximum:
				d.Maximum = &v
			}
		}
		for _, stat := range in.ExtendedStatistics {
			if v := b.stat(stat); !math.IsNaN(v) {
				if d.ExtendedStatistics == nil {
					d.ExtendedStatistics = map[string]aws.Double{}
				}
				d.ExtendedStatistics[stat] = aws.Double(v)
			}
		}
		if len(in.Statistics) == 0 && d.ExtendedStatistics == nil {
			continue
		}
		out.Datapoints = append(out.Datapoints, d)
	}
	return out, nil
}

func instant(t aws.Timestamp) sim.Instant { return sim.Instant(t) * 1000 }

// thousands writes a number with commas.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// ListMetricsInput asks which metrics there are.
type ListMetricsInput struct {
	Namespace      *string           `aws:"len=1..255"`
	MetricName     *string           `aws:"len=1..255"`
	Dimensions     []DimensionFilter `aws:"items=0..10"`
	NextToken      *string
	RecentlyActive *string
}

// A DimensionFilter names a dimension that a metric must have, and its value when that matters too.
type DimensionFilter struct {
	Name  *string `aws:"required,len=1..255"`
	Value *string `aws:"len=1..1024"`
}

// A Metric is a metric's name with its dimensions.
type Metric struct {
	Namespace  *string     `aws:"len=1..255"`
	MetricName *string     `aws:"len=1..255"`
	Dimensions []Dimension `aws:"items=0..30"`
}

// ListMetricsOutput lists metrics by stream, shard and name.
type ListMetricsOutput struct {
	Metrics   []Metric
	NextToken *string `json:",omitempty"`
}

// ListMetrics lists the metrics that had a value in the last two weeks, page by page.
func (s *Service) ListMetrics(in *ListMetricsInput) (*ListMetricsOutput, error) {
	since := s.sched.Now().Add(-listed)
	if in.RecentlyActive != nil {
		if *in.RecentlyActive != "PT3H" {
			return nil, invalid("The parameter RecentlyActive must be PT3H.").WithHint("It knows no other span.")
		}
		since = s.sched.Now().Add(-recent)
	}
	from, err := page(in.NextToken)
	if err != nil {
		return nil, err
	}
	place := 0
	out := &ListMetricsOutput{Metrics: []Metric{}}
	for _, k := range s.store.Keys() {
		namespace := k.Namespace()
		if _, ok := s.shown(k); !ok || in.Namespace != nil && *in.Namespace != namespace || in.MetricName != nil && *in.MetricName != k.Metric {
			continue
		}
		sr, dims := s.store.series[k], k.dimensions()
		if sr.last == 0 || sr.last < since || !matches(dims, in.Dimensions) {
			continue
		}
		if place++; place <= from {
			continue
		}
		if len(out.Metrics) == listPage {
			out.NextToken = token(from + listPage)
			break
		}
		out.Metrics = append(out.Metrics, Metric{&namespace, &k.Metric, dims})
	}
	return out, nil
}

func matches(dims []Dimension, filters []DimensionFilter) bool {
	for _, f := range filters {
		if !slices.ContainsFunc(dims, func(d Dimension) bool { return *d.Name == *f.Name && (f.Value == nil || *d.Value == *f.Value) }) {
			return false
		}
	}
	return true
}

// token is a NextToken that says how many results lie before a page, and page reads it.
func token(n int) *string {
	t := base64.StdEncoding.EncodeToString([]byte("page " + strconv.Itoa(n)))
	return &t
}

func page(t *string) (int, error) {
	if t == nil {
		return 0, nil
	}
	b, err := base64.StdEncoding.DecodeString(*t)
	if text := string(b); err == nil && len(text) > 5 && text[:5] == "page " {
		if n, err := strconv.Atoi(text[5:]); err == nil && n > 0 && n < 1<<31 {
			return n, nil
		}
	}
	return 0, aws.Errorf(InvalidNextToken, "Invalid NextToken.").WithHint("Give the NextToken of the page before, whole and unchanged.")
}
