package protocol

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Bounds of charts.
const (
	MaxPlots   = 24    // that one board shows
	MaxPoints  = 1440  // of a chart, as of GetMetricStatistics; when more were asked for, the latest are shown
	FinePoints = 360   // of a chart whose period the engine chooses
	MaxMetrics = 4_000 // that are listed
)

// A Board says what charts show.
type Board struct {
	Of     string `json:"of,omitempty"`     // what is on the stage: "trips", "firehose:raw"; what tells the most of it is shown when there are no Plots
	Plots  []Plot `json:"plots,omitempty"`  // in the order in which they are shown
	From   int64  `json:"from,omitempty"`   // the instant at which charts begin
	Last   int64  `json:"last,omitempty"`   // or how long before now; 0 shows everything from From on
	Period int64  `json:"period,omitempty"` // seconds of a point; 0 lets the engine choose the finest for so long a time
}

// A Plot is a metric to be shown, and how.
type Plot struct {
	Ref  string `json:"ref"`  // "metric:AWS/Kinesis,IncomingRecords,StreamName=trips"
	Stat string `json:"stat"` // "Sum", "p99"
}

// A Chart is one metric over time, as CloudWatch names it. All charts of a frame have the same Period and the same From.
type Chart struct {
	Metric string  `json:"metric"` // "IncomingRecords"
	Stat   string  `json:"stat"`   // "Sum", "Maximum"
	Unit   string  `json:"unit"`   // "Count", "Bytes", "Milliseconds"
	Of     string  `json:"of"`     // "trips", "trips/shardId-000000000001", "trips/consumer/app", or namespace and dimensions, "AWS/DynamoDB/fleet"
	Ref    string  `json:"ref"`    // of the metric's sheet
	Limit  float64 `json:"limit,omitempty"`
	Why    string  `json:"why,omitempty"`    // what the limit is: "4 open shards × 1,000 records/s"
	Limits Points  `json:"limits,omitempty"` // of each point, where the limit was not always the same
	Alarms []Alarm `json:"alarms,omitempty"`
	Whose  string  `json:"whose,omitempty"` // of a dashboard, where charts of several things stand side by side: "fares-app"
	Note   string  `json:"note,omitempty"`  // what CloudWatch would not show of it
	Own    bool    `json:"own,omitempty"`   // no metric of CloudWatch but a count of the lab
	Period int64   `json:"period"`          // microseconds
	From   int64   `json:"from"`            // the instant at which the first point begins
	Points Points  `json:"points"`          // NaN where no data was published
}

// An Alarm is a threshold on a chart.
type Alarm struct {
	Name  string  `json:"name"`
	State string  `json:"state"` // "OK", "ALARM", "INSUFFICIENT_DATA"
	Value float64 `json:"value"` // in the period of the chart
	Text  string  `json:"text"`  // "hot-shard: above 60,000 in 1 minute"
}

// A Metric is something that a chart can show.
type Metric struct {
	Ref    string `json:"ref"`
	Space  string `json:"space"` // its namespace: "AWS/Kinesis"
	Of     string `json:"of"`    // what it is a metric of: "trips", "trips/shardId-000000000001"
	Name   string `json:"name"`
	Unit   string `json:"unit"`
	Stat   string `json:"stat"`             // the statistic that tells the most
	Sold   bool   `json:"sold,omitempty"`   // an enhanced shard-level metric, which AWS charges for
	Hidden bool   `json:"hidden,omitempty"` // CloudWatch does not show it now: enhanced monitoring is off
	Ranks  bool   `json:"ranks,omitempty"`  // it has percentiles
}

// Points are values over time, NaN where there is none; JSON has null there.
type Points []float64

// MarshalJSON writes the points as an array.
func (p Points) MarshalJSON() ([]byte, error) {
	b := make([]byte, 0, 2+6*len(p))
	b = append(b, '[')
	for i, v := range p {
		if i > 0 {
			b = append(b, ',')
		}
		if math.IsNaN(v) || math.IsInf(v, 0) {
			b = append(b, "null"...)
			continue
		}
		b = strconv.AppendFloat(b, v, 'g', -1, 64)
	}
	return append(b, ']'), nil
}

// UnmarshalJSON reads what MarshalJSON wrote. It is written by hand because charts carry thousands of them.
func (p *Points) UnmarshalJSON(b []byte) error {
	text := strings.TrimSpace(string(b))
	inside, ok := strings.CutPrefix(text, "[")
	if inside, ok2 := strings.CutSuffix(inside, "]"); ok && ok2 {
		*p = make(Points, 0, strings.Count(inside, ",")+1)
		for more := strings.TrimSpace(inside) != ""; more; {
			var word string
			word, inside, more = strings.Cut(inside, ",")
			v, err := math.NaN(), error(nil)
			if word = strings.TrimSpace(word); word != "null" {
				v, err = strconv.ParseFloat(word, 64)
			}
			if err != nil {
				return fmt.Errorf("read points: %q is no number", word)
			}
			*p = append(*p, v)
		}
		return nil
	}
	return fmt.Errorf("read points: %.40q is not an array of numbers", text)
}
