package model

import (
	"math"
	"slices"
	"strings"
	"testing"

	"shardlab/wasm/protocol"
)

func boards(asks []Ask) (all []protocol.Board) {
	for _, a := range asks {
		if a.Request.Kind == protocol.Show {
			all = append(all, *a.Request.Board)
		}
	}
	return all
}

func TestChartsAreAskedFor(t *testing.T) {
	records := protocol.Plot{Ref: "metric:AWS/Kinesis,IncomingRecords,StreamName=trips", Stat: "Sum"}
	bytes := protocol.Plot{Ref: "metric:AWS/Kinesis,IncomingBytes,StreamName=trips", Stat: "Sum"}
	first := frame(1, 9*protocol.Second, 1)
	first.Frame.Charts = []protocol.Chart{{Ref: records.Ref, Stat: "Sum"}, {Ref: bytes.Ref, Stat: "Sum"}}
	ready, asks := told(NewBench(), EngineStarted{}, first)
	if b := boards(asks); len(b) != 1 || b[0].Of != "trips" || b[0].Plots != nil || b[0].Last != 120*protocol.Second {
		t.Fatalf("with the first frame the engine is asked for %+v", b)
	}
	key := ChartKey(first.Frame.Charts[0])
	steps := []struct {
		name string
		tell []any
		want protocol.Board // Of is trips
		asks int
	}{
		{"a frame of the same lab asks for nothing", []any{frame(1, 10*protocol.Second)}, protocol.Board{}, 0},
		{"the whole run", []any{PickRange{"run"}}, protocol.Board{}, 1},
		{"the same again", []any{PickRange{"run"}, PickRange{"run"}}, protocol.Board{}, 1},
		{"minutes", []any{PickPeriod{60}}, protocol.Board{Last: 120 * protocol.Second, Period: 60}, 1},
		{"a statistic makes the standard charts the learner's own", []any{PickStat{key, "Average"}},
			protocol.Board{Last: 120 * protocol.Second, Plots: []protocol.Plot{{Ref: records.Ref, Stat: "Average"}, bytes}}, 1},
		{"one more metric, one less", []any{TurnPlot{protocol.Plot{Ref: "metric:x,y", Stat: "Sum"}}, TurnPlot{records}},
			protocol.Board{Last: 120 * protocol.Second, Plots: []protocol.Plot{bytes, {Ref: "metric:x,y", Stat: "Sum"}}}, 2},
		{"without any the standard ones are back", []any{TurnPlot{records}, TurnPlot{bytes}}, protocol.Board{Last: 120 * protocol.Second}, 2},
		{"what was remembered", []any{RecallCharts{Kept{Plots: []protocol.Plot{bytes}, Range: "1m", Period: 1}}}, protocol.Board{Last: 60 * protocol.Second, Period: 1, Plots: []protocol.Plot{bytes}}, 1},
		{"a cursor asks for nothing", []any{MoveCursor{At: 5, On: true}}, protocol.Board{}, 0},
		{"a rewound run, since then", []any{frame(2, 7*protocol.Second), PickRange{"fork"}}, protocol.Board{From: 7 * protocol.Second}, 1},
		{"another engine is asked anew", []any{Replied{Ask: Ask{Request: protocol.Request{Kind: protocol.Open}}}, frame(1, 11*protocol.Second)}, protocol.Board{Last: 120 * protocol.Second}, 1},
	}
	for _, s := range steps {
		b, asks := told(ready, s.tell...)
		got := boards(asks)
		s.want.Of = "trips"
		if len(got) != s.asks || len(got) > 0 && !(Kept{Plots: got[len(got)-1].Plots}.Same(Kept{Plots: s.want.Plots}) && got[len(got)-1].Last == s.want.Last && got[len(got)-1].From == s.want.From && got[len(got)-1].Period == s.want.Period) {
			t.Errorf("%s: asked for %+v, want %d times, at last %+v", s.name, got, s.asks, s.want)
		}
		if s.name != "one more metric, one less" && ready.Graph.Plots != nil {
			t.Errorf("%s: the bench before has other charts now", s.name)
		}
		_ = b
	}
	if b, asks := told(ready, ShowTab{Tab: "events"}, FoldDock{}, OpenPicker{On: true}); kinds(asks) != "metrics" || b.Right != "charts" || b.Low {
		t.Errorf("the picker asks for %s, beside the tab %s", kinds(asks), b.Right)
	}
	forked := frame(3, 20*protocol.Second)
	forked.Frame.Fork = &protocol.Fork{At: 15 * protocol.Second}
	if _, asks := told(ready, PickRange{"fork"}, forked); len(boards(asks)) != 2 || boards(asks)[1].From != 15*protocol.Second {
		t.Errorf("with two timelines charts begin at %+v", boards(asks))
	}
}

func TestChartCommand(t *testing.T) {
	const start = 1_772_440_770 * protocol.Second // 2026-03-02T08:39:30Z
	nan := math.NaN()
	c := protocol.Chart{Metric: "IncomingRecords", Stat: "Sum", Unit: "Count", Ref: "metric:AWS/Kinesis,IncomingRecords,ShardId=shardId-000000000001,StreamName=trips",
		Period: protocol.Second, From: 40 * protocol.Second, Points: protocol.Points{1, nan, 2.5}}
	want := "aws cloudwatch get-metric-statistics --namespace AWS/Kinesis --metric-name IncomingRecords --dimensions Name=ShardId,Value=shardId-000000000001 Name=StreamName,Value=trips --statistics Sum --period 60 --start-time 2026-03-02T08:40:00Z --end-time 2026-03-02T08:41:00Z"
	if got := ChartCommand(c, start); got != want {
		t.Errorf("the command is\n%s, want\n%s", got, want)
	}
	if got, want := CSV(c, start), "Timestamp,IncomingRecords Sum (Count)\n2026-03-02T08:40:10Z,1\n2026-03-02T08:40:11Z,\n2026-03-02T08:40:12Z,2.5\n"; got != want {
		t.Errorf("as CSV it is %q, want %q", got, want)
	}
	c.Ref, c.Period, c.From = "metric:my app's,Time", 300*protocol.Second, -270*protocol.Second
	if got := ChartCommand(c, start); !strings.HasPrefix(got, `aws cloudwatch get-metric-statistics --namespace 'my app'\''s' --metric-name Time --statistics`) || !strings.HasSuffix(got, "--period 300 --start-time 2026-03-02T08:35:00Z --end-time 2026-03-02T08:50:00Z") {
		t.Errorf("the command is %s", got)
	}
	c.Own = true
	if got := ChartCommand(c, start); got != "" {
		t.Errorf("what is no metric has the command %s", got)
	}
}

func TestShelves(t *testing.T) {
	all := []protocol.Metric{
		{Space: "app", Of: "app/x", Name: "Time"}, {Space: "AWS/Lambda", Of: "AWS/Lambda/board", Name: "IteratorAge"},
		{Space: "AWS/Kinesis", Of: "trips", Name: "IncomingBytes"}, {Space: "AWS/Kinesis", Of: "trips/shardId-000000000001", Name: "IncomingBytes"}, {Space: "AWS/Kinesis", Of: "trips", Name: "GetRecords.Bytes"},
	}
	for find, want := range map[string]string{
		"":                "AWS/Kinesis trips 2, AWS/Kinesis trips/shardId-000000000001 1, AWS/Lambda AWS/Lambda/board 1, app app/x 1",
		"bytes 0001":      "AWS/Kinesis trips/shardId-000000000001 1",
		"LAMBDA age":      "AWS/Lambda AWS/Lambda/board 1",
		"incoming trips ": "AWS/Kinesis trips 1, AWS/Kinesis trips/shardId-000000000001 1",
		"nothing such":    "",
	} {
		var got []string
		for _, s := range Shelves(all, find) {
			got = append(got, s.Space+" "+s.Of+" "+Count(len(s.Metrics)))
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%q finds %v, want %s", find, got, want)
		}
	}
}

func TestMarksOfCharts(t *testing.T) {
	c := protocol.Chart{From: 10, Period: 5, Points: make(protocol.Points, 4)}
	var marks []Mark
	for _, at := range []int64{9, 10, 29, 30} {
		marks = append(marks, Mark{At: at, Kind: protocol.EventShardClosed}, Mark{At: at, Kind: protocol.EventGoal})
	}
	got := MarksOf(marks, c)
	if !slices.Equal(got, []Mark{marks[2], marks[4]}) {
		t.Errorf("marks are %v", got)
	}
	for at, want := range map[int64]int{9: -1, 10: 0, 14: 0, 15: 1, 29: 3, 30: -1} {
		if i, ok := PlaceAt(c, at); ok != (want >= 0) || ok && i != want {
			t.Errorf("at %d there is the point %d, %t, want %d", at, i, ok, want)
		}
	}
}
