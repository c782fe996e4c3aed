package lab

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/protocol"
)

// plotted are the charts of the metrics that want picks, with the statistic that tells the most, a point a second.
func plotted(t testing.TB, l *Lab, want func(protocol.Metric) bool) []protocol.Chart {
	t.Helper()
	b := protocol.Board{Last: 120 * second}
	for _, m := range l.Metrics() {
		if want(m) {
			b.Plots = append(b.Plots, protocol.Plot{Ref: m.Ref, Stat: m.Stat})
		}
	}
	return shows(t, l, b)
}

// shows are the charts of a board.
func shows(t testing.TB, l *Lab, b protocol.Board) []protocol.Chart {
	t.Helper()
	if err := l.Show(b); err != nil {
		t.Fatal(err)
	}
	return l.Frame().Charts
}

const inRecords, inBytes = "metric:AWS/Kinesis,IncomingRecords,StreamName=trips", "metric:AWS/Kinesis,IncomingBytes,StreamName=trips"

// TestChartsAreTheAPI holds that a chart with a period of CloudWatch's shows, point for point, what the console's command gives for
// it, for each statistic, over the whole run and a part of it.
func TestChartsAreTheAPI(t *testing.T) {
	l := open(t, hotRack)
	must(t, l, 700*second)
	for _, metric := range []string{"IncomingRecords", "IncomingBytes", "GetRecords.Records", "GetRecords.IteratorAgeMilliseconds", "WriteProvisionedThroughputExceeded"} {
		for _, stat := range []string{"Sum", "Average", "Minimum", "Maximum", "SampleCount"} {
			for _, period := range []int64{60, 300} {
				for _, from := range []int64{0, 200 * second} {
					c := shows(t, l, protocol.Board{From: from, Period: period, Plots: []protocol.Plot{{Ref: "metric:AWS/Kinesis," + metric + ",StreamName=trips", Stat: stat}}})[0]
					at := func(i int) string {
						return l.Start().Add(time.Duration(c.From+int64(i)*c.Period) * time.Microsecond).Time().Format("2006-01-02T15:04:05Z")
					}
					line := fmt.Sprintf("aws cloudwatch get-metric-statistics --namespace AWS/Kinesis --metric-name %s --dimensions Name=StreamName,Value=trips --statistics %s --period %d --start-time %s --end-time %s", metric, stat, period, at(0), at(len(c.Points)))
					out, exit := l.Type(line)
					var got struct{ Datapoints []map[string]any }
					text := ""
					for _, o := range out {
						if o.To == "out" {
							text += o.Text
						}
					}
					if exit != 0 || json.Unmarshal([]byte(text), &got) != nil {
						t.Fatalf("%s answers %d: %v", line, exit, out)
					}
					points := map[string]float64{}
					for _, d := range got.Datapoints {
						points[strings.Replace(d["Timestamp"].(string), "+00:00", "Z", 1)] = d[stat].(float64)
					}
					for i, v := range c.Points {
						if api, ok := points[at(i)]; ok == math.IsNaN(v) || ok && api != v {
							t.Errorf("%s %s of %d s at %s: the chart has %v, CloudWatch %v (%t)", metric, stat, period, at(i), v, api, ok)
						}
						delete(points, at(i))
					}
					if len(points) > 0 || len(c.Points) < 2 {
						t.Errorf("%s %s of %d s from %d: %d points, beside them CloudWatch has %v", metric, stat, period, from, len(c.Points), points)
					}
				}
			}
		}
	}
}

func TestBoards(t *testing.T) {
	l := open(t, hotRack)
	must(t, l, 100*second)
	one := []protocol.Plot{{Ref: inRecords, Stat: "Sum"}}
	tests := []struct {
		name   string
		at     int64
		board  protocol.Board
		n      int
		from   int64
		period int64
	}{
		{"the whole run in seconds", 100, protocol.Board{Plots: one}, 100, 0, 1},
		{"the last minute", 100, protocol.Board{Plots: one, Last: 60 * second}, 60, 40 * second, 1},
		{"from a fork on", 100, protocol.Board{Plots: one, From: 90 * second}, 10, 90 * second, 1},
		{"minutes: those that are over, from the beginning of the first one on", 100, protocol.Board{Plots: one, Period: 60}, 2, -30 * second, 60},
		{"five minutes: what there is of them", 100, protocol.Board{Plots: one, Period: 300}, 2, -270 * second, 300},
		{"a longer run has coarser points", 800, protocol.Board{Plots: one}, 160, 0, 5},
		{"seconds are kept for fifteen minutes", 1200, protocol.Board{Plots: one}, 20, -30 * second, 60},
		{"a period that is asked for stays", 1200, protocol.Board{Plots: one, Period: 1, Last: 600 * second}, 600, 600 * second, 1},
	}
	for _, test := range tests {
		must(t, l, test.at*second)
		c := shows(t, l, test.board)[0]
		if len(c.Points) != test.n || c.From != test.from || c.Period != test.period*second {
			t.Errorf("%s: %d points of %d s from %d, want %d of %d s from %d", test.name, len(c.Points), c.Period/second, c.From, test.n, test.period, test.from)
		}
	}
	for _, bad := range []struct {
		board protocol.Board
		want  string
	}{
		{protocol.Board{Plots: []protocol.Plot{{Ref: "IncomingRecords", Stat: "Sum"}}}, `"IncomingRecords" is no metric`},
		{protocol.Board{Plots: []protocol.Plot{{Ref: inRecords, Stat: "Median"}}}, `"Median" is no statistic`},
		{protocol.Board{Plots: one, Period: 7}, "A period of 7 seconds"},
		{protocol.Board{Plots: one, Period: -60}, "A period of -60 seconds"},
		{protocol.Board{Plots: make([]protocol.Plot, protocol.MaxPlots+1)}, "25 charts are more than the 24"},
	} {
		if err := l.Show(bad.board); err == nil || !strings.Contains(err.Error(), bad.want) {
			t.Errorf("the answer is %v, want %s", err, bad.want)
		}
	}
}

// TestLimitsOfCharts holds that limit and thresholds are those of the period that is shown, and that the limit rises when a shard is split.
func TestLimitsOfCharts(t *testing.T) {
	l := open(t, hotRack)
	do(t, l, "cloudwatch", "PutMetricAlarm", `{"AlarmName":"busy","Namespace":"AWS/Kinesis","MetricName":"IncomingRecords","Dimensions":[{"Name":"StreamName","Value":"trips"}],"Statistic":"Sum","Period":60,"EvaluationPeriods":1,"Threshold":90000,"ComparisonOperator":"GreaterThanThreshold"}`)
	must(t, l, 100*second)
	do(t, l, "kinesis", "SplitShard", `{"StreamName":"trips","ShardToSplit":"shardId-000000000001","NewStartingHashKey":"255211775190703847597530955573826158592"}`)
	must(t, l, 200*second)
	all := shows(t, l, protocol.Board{Plots: []protocol.Plot{{Ref: inRecords, Stat: "Sum"}, {Ref: inRecords, Stat: "Average"}, {Ref: "metric:AWS/Kinesis,IncomingBytes,ShardId=shardId-000000000001,StreamName=trips", Stat: "Sum"}}})
	sum, average, shard := all[0], all[1], all[2]
	if sum.Limit != 3000 || sum.Limits[60] != 2000 || sum.Limits[104] != 2000 || sum.Limits[105] != 3000 || sum.Limits[199] != 3000 || sum.Why != "3 open shards × 1,000 records/s" {
		t.Errorf("the limit is %v, %s, at last %v, before the split %v", sum.Limit, sum.Why, sum.Limits[199], sum.Limits[60])
	}
	if len(sum.Alarms) != 1 || sum.Alarms[0].Value != 1500 || sum.Alarms[0].Text != "busy: above 90,000 in 1 min" || sum.Alarms[0].State != "ALARM" {
		t.Errorf("the alarms are %+v", sum.Alarms)
	}
	if average.Limit != 0 || len(average.Alarms) != 0 {
		t.Errorf("an average has the limit %v and alarms %+v, though both are of sums", average.Limit, average.Alarms)
	}
	if shard.Limit != 1<<20 || shard.Why != "1 shard: 1 MiB/s" || !strings.Contains(shard.Note, "CloudWatch does not") {
		t.Errorf("the chart of a shard is %v, %s, %s", shard.Limit, shard.Why, shard.Note)
	}
	minutes := shows(t, l, protocol.Board{Period: 60, Plots: []protocol.Plot{{Ref: inRecords, Stat: "Sum"}}})[0]
	if minutes.Limit != 180_000 || minutes.Alarms[0].Value != 90_000 || minutes.Why != "3 open shards × 1,000 records/s × 1 min" || minutes.Note != "" {
		t.Errorf("in minutes: %v, %s, %+v, %s", minutes.Limit, minutes.Why, minutes.Alarms, minutes.Note)
	}
}

// TestMetricsList holds that everything the ledger has can be shown and nothing that is no metric.
func TestMetricsList(t *testing.T) {
	l := open(t, hotRack)
	must(t, l, 60*second)
	seen := map[string]protocol.Metric{}
	for _, m := range l.Metrics() {
		if seen[m.Ref].Ref != "" || m.Unit == "" || m.Stat == "" || strings.HasPrefix(m.Name, "bill/") || strings.HasPrefix(m.Name, "lab/") {
			t.Errorf("listed twice, or no metric: %+v", m)
		}
		seen[m.Ref] = m
	}
	shard := "metric:AWS/Kinesis,IncomingRecords,ShardId=shardId-000000000000,StreamName=trips"
	if m := seen[shard]; !m.Sold || !m.Hidden || m.Of != "trips/shardId-000000000000" {
		t.Errorf("the metric of a shard is %+v", m)
	}
	do(t, l, "kinesis", "EnableEnhancedMonitoring", `{"StreamName":"trips","ShardLevelMetrics":["IncomingRecords"]}`)
	must(t, l, 70*second)
	for _, m := range l.Metrics() {
		if m.Ref == shard && (!m.Sold || m.Hidden) {
			t.Errorf("with enhanced monitoring it is %+v", m)
		}
	}
	for ref, m := range seen {
		if c := shows(t, l, protocol.Board{Plots: []protocol.Plot{{Ref: ref, Stat: m.Stat}}}); len(c) != 1 || len(c[0].Points) != 70 || c[0].Of != m.Of {
			t.Errorf("the chart of %s is %+v", ref, c)
		}
	}
}

// TestOwnMetricIsOnlyOurs holds that the count of open shards is drawn of a stream alone: what only looks like it, and what a KCL
// application called lab says, is something else.
func TestOwnMetricIsOnlyOurs(t *testing.T) {
	l := open(t, hotRack)
	do(t, l, "lab", "PutKclApplication", `{"Name":"lab","StreamName":"trips","Workers":1}`)
	must(t, l, 90*second)
	for _, ref := range []string{"metric:lab,OpenShardCount", "metric:lab,Luck", "metric:lab,OpenShardCount,Stream=trips", "metric:lab,OpenShardCount,ShardId=a,StreamName=trips"} {
		c := shows(t, l, protocol.Board{Last: 60 * second, Plots: []protocol.Plot{{Ref: ref, Stat: "Maximum"}}})
		if l.Crashed() != nil {
			t.Fatalf("%s: %s", ref, l.Crashed().Message)
		}
		if len(c) != 1 || c[0].Own || slices.ContainsFunc(c[0].Points, func(v float64) bool { return !math.IsNaN(v) }) {
			t.Errorf("%s: %+v", ref, c)
		}
	}
	own, theirs := 0, 0
	for _, m := range l.Metrics() {
		if !strings.HasPrefix(m.Ref, "metric:lab,") {
			continue
		}
		c := shows(t, l, protocol.Board{Last: 60 * second, Plots: []protocol.Plot{{Ref: m.Ref, Stat: m.Stat}}})[0]
		if c.Own {
			own++
		} else if slices.ContainsFunc(c.Points, func(v float64) bool { return !math.IsNaN(v) }) {
			theirs++
		}
		if c.Own != (m.Name == "OpenShardCount") || c.Of != m.Of || !c.Own && !strings.HasPrefix(c.Of, "lab") {
			t.Errorf("%+v: own %t, of %q", m, c.Own, c.Of)
		}
	}
	if own != 1 || theirs == 0 {
		t.Errorf("%d own charts and %d of the application with points", own, theirs)
	}
	if got := until(t, l, "metric RecordsProcessed above 0", 0); !strings.HasPrefix(got, "RecordsProcessed of lab/") {
		t.Errorf("%q", got)
	}
	if got := until(t, l, "metric OpenShardCount above 1", 0); !strings.HasPrefix(got, "OpenShardCount of trips is above 1: 2") {
		t.Errorf("%q", got)
	}
}
