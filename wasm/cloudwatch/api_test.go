package cloudwatch

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/sim"
)

// api is a service on a world in which a stream called orders takes 100 records in its first minute, 200 in its second and
// so on, nothing in the fifth, all at the first second of the minute; shard 0 takes half of them.
type api struct {
	t testing.TB
	*Service
	changes []Change
}

func newAPI(t testing.TB, minutes int) *api {
	a := &api{t: t}
	store := New()
	sched := sim.NewSchedule(begin)
	a.Service = NewService(Config{Region: "us-east-1", Account: "123456789012", Notify: func(c Change) { a.changes = append(a.changes, c) }}, sched, 1, store)
	a.to(minutes)
	return a
}

// to lets time pass to so many minutes from the beginning, with the records of the time.
func (a *api) to(minutes int) {
	for {
		m := int(a.sched.Now().Sub(begin) / time.Minute)
		if m >= minutes {
			return
		}
		if m != 4 {
			for range 100 {
				a.store.Series(IncomingRecords, Dims{Stream: "orders", Shard: StreamLevel}).Add(a.sched.Now(), float64(m+1))
				a.store.Series(IncomingRecords, Dims{Stream: "orders", Shard: 0}).Add(a.sched.Now(), float64(m+1)/2)
			}
			a.store.Series(PayloadUnits, Dims{Stream: "orders", Shard: StreamLevel}).Add(a.sched.Now(), 1)
		}
		for next := begin.Add(time.Duration(m+1) * time.Minute); ; {
			e, ok := a.sched.Pop(next)
			if !ok {
				break
			}
			a.Fire(e)
		}
	}
}

// ask runs an operation over the wire; $T0 to $T9 in the body are the minutes from the beginning, as seconds.
func (a *api) ask(op, body string) (string, error) {
	for m := range 10 {
		body = strings.ReplaceAll(body, fmt.Sprintf("$T%d", m), fmt.Sprint(begin.Add(time.Duration(m)*time.Minute).Second()))
	}
	r, err := Decode(op, []byte(body))
	if err != nil {
		return "", err
	}
	out, err := r.Run(a.Service)
	if err != nil || out == nil {
		return "", err
	}
	b, err := aws.Encode(out)
	return string(b), err
}

func (a *api) must(op, body string) string {
	a.t.Helper()
	out, err := a.ask(op, body)
	if err != nil {
		a.t.Fatalf("%s %s: %v", op, body, err)
	}
	return out
}

// series words points as "minute:value"; the values may be wrapped in a structure.
func series(t testing.TB, out string) string {
	var r struct {
		Datapoints []struct {
			Timestamp float64
			Sum, Average, Minimum, Maximum,
			SampleCount *float64
		}
		MetricDataResults []struct {
			Timestamps []float64
			Values     []float64
		}
	}
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	var all []string
	add := func(at, v float64) { all = append(all, fmt.Sprintf("%v:%v", (at-float64(begin.Second()))/60, v)) }
	for _, d := range r.Datapoints {
		for _, v := range []*float64{d.Sum, d.Average, d.Minimum, d.Maximum, d.SampleCount} {
			if v != nil {
				add(d.Timestamp, *v)
			}
		}
	}
	for i, x := range r.MetricDataResults {
		if i > 0 {
			all = append(all, "|")
		}
		for j := range x.Values {
			add(x.Timestamps[j], x.Values[j])
		}
	}
	return strings.Join(all, " ")
}

func TestGetMetricStatistics(t *testing.T) {
	const stream = `"Dimensions":[{"Name":"StreamName","Value":"orders"}]`
	rows := []struct{ name, body, want string }{
		{"sums by the minute", stream + `,"StartTime":$T0,"EndTime":$T3,"Period":60,"Statistics":["Sum"]`, "0:100 1:200 2:300"},
		{"a minute without data has no point", stream + `,"StartTime":$T3,"EndTime":$T6,"Period":60,"Statistics":["SampleCount"]`, "3:100 5:100"},
		{"the running minute has none yet", stream + `,"StartTime":$T5,"EndTime":$T9,"Period":60,"Statistics":["Average"]`, "5:6 6:7"},
		{"the start is cut to the period", stream + `,"StartTime":$T1,"EndTime":$T5,"Period":300,"Statistics":["Maximum"]`, "0:4"},
		{"a longer period shows what it has so far", stream + `,"StartTime":$T0,"EndTime":$T9,"Period":300,"Statistics":["Sum"]`, "0:1000 5:2000"},
		{"least", stream + `,"StartTime":$T0,"EndTime":$T5,"Period":300,"Statistics":["Minimum"]`, "0:1"},
		{"of a shard", `"Dimensions":[{"Name":"StreamName","Value":"orders"},{"Name":"ShardId","Value":"shardId-000000000000"}],"StartTime":$T0,"EndTime":$T2,"Period":60,"Statistics":["Sum"]`, "0:50 1:100"},
		{"of no shard", `"Dimensions":[{"Name":"StreamName","Value":"orders"},{"Name":"ShardId","Value":"0"}],"StartTime":$T0,"EndTime":$T2,"Period":60,"Statistics":["Sum"]`, ""},
		{"of no stream", `"Dimensions":[{"Name":"StreamName","Value":"trips"}],"StartTime":$T0,"EndTime":$T2,"Period":60,"Statistics":["Sum"]`, ""},
		{"with another dimension", `"Dimensions":[{"Name":"Stream","Value":"orders"}],"StartTime":$T0,"EndTime":$T2,"Period":60,"Statistics":["Sum"]`, ""},
		{"in its unit", stream + `,"StartTime":$T0,"EndTime":$T1,"Period":60,"Statistics":["Sum"],"Unit":"Count"`, "0:100"},
		{"in another unit", stream + `,"StartTime":$T0,"EndTime":$T1,"Period":60,"Statistics":["Sum"],"Unit":"Bytes"`, ""},
	}
	a := newAPI(t, 7)
	a.store.Series(IncomingRecords, Dims{Stream: "orders", Shard: StreamLevel}).Add(a.sched.Now(), 700) // the running minute
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			out := a.must("GetMetricStatistics", `{"Namespace":"AWS/Kinesis","MetricName":"IncomingRecords",`+row.body+`}`)
			if got := series(t, out); got != row.want {
				t.Errorf("answered %s, want %s\n%s", got, row.want, out)
			}
		})
	}
	if out := a.must("GetMetricStatistics", `{"Namespace":"AWS/Kinesis","MetricName":"IncomingRecords",`+rows[0].body+`}`); !strings.Contains(out, `{"Timestamp":1772438400,"Sum":100.0,"Unit":"Count"}`) {
		t.Errorf("a point is written %s", out)
	}
	a.store.Series(PutRecordsSuccessfulRecords, Dims{Stream: "orders", Shard: StreamLevel}).Add(begin.Add(5*time.Second), 7)
	if out := a.must("GetMetricStatistics", `{"Namespace":"AWS/Kinesis","MetricName":"PutRecords.Records",`+rows[0].body+`}`); series(t, out) != "0:7" {
		t.Errorf("the older name of a metric has %s", out)
	}
	if out := a.must("GetMetricStatistics", `{"Namespace":"AWS/Lambda","MetricName":"IncomingRecords",`+rows[0].body+`}`); series(t, out) != "" {
		t.Errorf("another namespace has %s", out)
	}
	if out := a.must("GetMetricStatistics", `{"Namespace":"AWS/Kinesis","MetricName":"bill/PayloadUnits",`+rows[0].body+`}`); series(t, out) != "" {
		t.Errorf("what is kept for the bill is shown: %s", out)
	}
}

func TestGetMetricData(t *testing.T) {
	stat := func(id, stat string, period int) string {
		return fmt.Sprintf(`{"Id":"%s","MetricStat":{"Metric":{"Namespace":"AWS/Kinesis","MetricName":"IncomingRecords","Dimensions":[{"Name":"StreamName","Value":"orders"}]},"Period":%d,"Stat":"%s"}`, id, period, stat)
	}
	sum := stat("m1", "Sum", 60) + `,"ReturnData":false}`
	great := "1" + strings.Repeat("0", 300)
	e := func(text string) string { return fmt.Sprintf(`%s,{"Id":"e1","Expression":"%s"}`, sum, text) }
	rows := []struct{ name, queries, want string }{
		{"newest first", stat("m1", "Sum", 60) + `}`, "3:400 2:300 1:200 0:100"},
		{"two metrics", stat("m1", "Sum", 120) + `},` + stat("m2", "SampleCount", 120) + `}`, "2:700 0:300 | 2:200 0:200"},
		{"sum", e("m1+m1"), "3:800 2:600 1:400 0:200"},
		{"a scalar on the left", e("1000-m1*2"), "3:200 2:400 1:600 0:800"},
		{"products bind closer", e("m1 + m1 * 2 / 4 - 0.5"), "3:599.5 2:449.5 1:299.5 0:149.5"},
		{"brackets and a sign", e("-(m1+ 100)"), "3:-500 2:-400 1:-300 0:-200"},
		{"by the second", e("m1/PERIOD(m1)"), "3:6.666666666666667 2:5 1:3.3333333333333335 0:1.6666666666666667"},
		{"part of all", e("m1/SUM(m1)"), "3:0.4 2:0.3 1:0.2 0:0.1"},
		{"most, least and mean", e("m1*0+MAX(m1)+MIN(m1)+AVG(m1)"), "3:750 2:750 1:750 0:750"},
		{"rate of change", e("RATE(m1)*60"), "3:100 2:100 1:100"},
		{"division by zero gives no point", e("m1/0"), ""},
		{"nor does what is beyond all numbers", e("m1*" + great + "*" + great), ""},
		{"nor its sum", e("0*m1 + SUM(m1*" + great + ")*" + great), ""},
		{"an expression over an expression", e("m1*2") + `,{"Id":"e2","Expression":"e1/m1"}`, "3:800 2:600 1:400 0:200 | 3:2 2:2 1:2 0:2"},
	}
	a := newAPI(t, 7)
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			out := a.must("GetMetricData", `{"StartTime":$T0,"EndTime":$T4,"MetricDataQueries":[`+row.queries+`]}`)
			if got := series(t, out); got != row.want {
				t.Errorf("answered %s, want %s", got, row.want)
			}
		})
	}
	t.Run("gaps", func(t *testing.T) {
		out := a.must("GetMetricData", `{"StartTime":$T3,"EndTime":$T6,"ScanBy":"TimestampAscending","MetricDataQueries":[`+sum+`,{"Id":"f","Expression":"FILL(m1, 0)"},{"Id":"r","Expression":"RATE(m1)*60"},{"Id":"d","Expression":"m1*1"}]}`)
		if got, want := series(t, out), "3:400 4:0 5:600 | 5:100 | 3:400 5:600"; got != want {
			t.Errorf("answered %s, want %s", got, want)
		}
	})
	t.Run("pages", func(t *testing.T) {
		body, got := `{"StartTime":$T0,"EndTime":$T4,"MaxDatapoints":3,"MetricDataQueries":[`+stat("m1", "Sum", 60)+`}]`, ""
		out := a.must("GetMetricData", body+`}`)
		got = series(t, out)
		var r GetMetricDataOutput
		if err := json.Unmarshal([]byte(out), &r); err != nil || r.NextToken == nil || r.MetricDataResults[0].StatusCode != "PartialData" {
			t.Fatalf("the first page is %s", out)
		}
		out = a.must("GetMetricData", body+`,"NextToken":"`+*r.NextToken+`"}`)
		if got += " " + series(t, out); got != "3:400 2:300 1:200 0:100" || strings.Contains(out, "NextToken") {
			t.Errorf("the pages are %s, the last %s", got, out)
		}
	})
}

func TestListMetrics(t *testing.T) {
	a := newAPI(t, 2)
	names := func(body string) string {
		var out ListMetricsOutput
		if err := json.Unmarshal([]byte(a.must("ListMetrics", body)), &out); err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, m := range out.Metrics {
			text := *m.MetricName
			for _, d := range m.Dimensions {
				text += " " + *d.Value
			}
			all = append(all, text)
		}
		return strings.Join(all, ", ")
	}
	a.store.Series(SubscribeToShardEventBytes, Dims{Stream: "orders", Shard: StreamLevel, Consumer: "board"}).Add(a.sched.Now(), 1)
	a.store.Series(GetRecordsBytes, Dims{Stream: "orders", Shard: StreamLevel}) // without a value
	const stream, shard, consumer = "IncomingRecords orders", "IncomingRecords shardId-000000000000 orders", "SubscribeToShardEvent.Bytes board orders"
	rows := []struct{ name, body, want string }{
		{"all", `{}`, stream + ", " + consumer + ", " + shard},
		{"by name", `{"MetricName":"IncomingRecords"}`, stream + ", " + shard},
		{"by a dimension", `{"Dimensions":[{"Name":"ShardId"}]}`, shard},
		{"by its value", `{"Dimensions":[{"Name":"StreamName","Value":"orders"},{"Name":"ConsumerName","Value":"board"}]}`, consumer},
		{"by another value", `{"Dimensions":[{"Name":"StreamName","Value":"trips"}]}`, ""},
		{"of another namespace", `{"Namespace":"AWS/S3"}`, ""},
		{"of the last three hours", `{"RecentlyActive":"PT3H","Namespace":"AWS/Kinesis"}`, stream + ", " + consumer + ", " + shard},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if got := names(row.body); got != row.want {
				t.Errorf("listed %s, want %s", got, row.want)
			}
		})
	}
	t.Run("only what is shown", func(t *testing.T) {
		a.cfg.Shown = func(k Key) (sim.Instant, bool) { return begin.Add(time.Minute), k.Shard != 0 }
		defer func() { a.cfg.Shown = nil }()
		if got := names(`{}`); got != stream+", "+consumer {
			t.Errorf("listed %s", got)
		}
		if got := series(t, a.must("GetMetricStatistics", `{"Namespace":"AWS/Kinesis","MetricName":"IncomingRecords","Dimensions":[{"Name":"StreamName","Value":"orders"}],"StartTime":$T0,"EndTime":$T3,"Period":60,"Statistics":["Sum"]}`)); got != "1:200" {
			t.Errorf("before it was shown there are %s", got)
		}
	})
	t.Run("old ones go", func(t *testing.T) {
		a.sched.Pop(a.sched.Now().Add(3*time.Hour + time.Minute))
		if got := names(`{"RecentlyActive":"PT3H"}`); got != "" {
			t.Errorf("after three hours %s are active", got)
		}
		if got := names(`{}`); got == "" {
			t.Error("after three hours none is listed")
		}
		a.sched.Pop(a.sched.Now().Add(14 * 24 * time.Hour))
		if got := names(`{}`); got != "" {
			t.Errorf("after two weeks %s are listed", got)
		}
	})
	t.Run("pages", func(t *testing.T) {
		for i := range 1001 {
			a.store.Series(IncomingBytes, Dims{Stream: "big", Shard: int32(i)}).Add(a.sched.Now(), 1)
		}
		seen, token := 0, ""
		for range 3 {
			var out ListMetricsOutput
			if err := json.Unmarshal([]byte(a.must("ListMetrics", `{"Dimensions":[{"Name":"ShardId"}]`+token+`}`)), &out); err != nil {
				t.Fatal(err)
			}
			if want := shardID(int32(seen)); *out.Metrics[0].Dimensions[0].Value != want {
				t.Errorf("a page begins with %s, want %s", *out.Metrics[0].Dimensions[0].Value, want)
			}
			seen += len(out.Metrics)
			if token = ""; out.NextToken != nil {
				token = `,"NextToken":"` + *out.NextToken + `"`
			}
		}
		if seen != 1001 || token != "" {
			t.Errorf("three pages have %d metrics, and then %q", seen, token)
		}
	})
}

// TestRefusals holds what is refused, and that each refusal says what to do instead.
func TestRefusals(t *testing.T) {
	const orders = `"Namespace":"AWS/Kinesis","MetricName":"IncomingRecords","Dimensions":[{"Name":"StreamName","Value":"orders"}]`
	query := func(rest string) string { return `{"StartTime":$T0,"EndTime":$T4,"MetricDataQueries":[` + rest + `]}` }
	m := func(id, stat string, period int) string {
		return fmt.Sprintf(`{"Id":"%s","MetricStat":{"Metric":{%s},"Period":%d,"Stat":"%s"}}`, id, orders, period, stat)
	}
	alarm := `"AlarmName":"hot",` + orders + `,"Statistic":"Sum","Period":60,"EvaluationPeriods":1,"ComparisonOperator":"GreaterThanThreshold","Threshold":5`
	rows := []struct {
		name, op, body string
		code           aws.Code
		want           string
	}{
		{"no metric", "GetMetricStatistics", `{}`, ValidationError, "Value null at 'namespace' failed to satisfy constraint"},
		{"no statistic", "GetMetricStatistics", `{` + orders + `,"StartTime":$T0,"EndTime":$T1,"Period":60}`, MissingParameter, "At least one of the parameters Statistics and ExtendedStatistics"},
		{"a percentile of more than all", "GetMetricStatistics", `{` + orders + `,"StartTime":$T0,"EndTime":$T1,"Period":60,"ExtendedStatistics":["p101"]}`, InvalidParameterValue, "The value p101 for parameter ExtendedStatistics is not supported."},
		{"a percentile among the statistics", "GetMetricStatistics", `{` + orders + `,"StartTime":$T0,"EndTime":$T1,"Period":60,"Statistics":["Sum","p99"]}`, InvalidParameterValue, "The parameter Statistics.member.2.<list element> must be a value in the set [SampleCount, Average, Sum, Minimum, Maximum]."},
		{"a trimmed mean", "GetMetricStatistics", `{` + orders + `,"StartTime":$T0,"EndTime":$T1,"Period":60,"ExtendedStatistics":["tm90"]}`, InvalidParameterValue, "The value tm90 for parameter ExtendedStatistics is not supported."},
		{"half a minute", "GetMetricStatistics", `{` + orders + `,"StartTime":$T0,"EndTime":$T1,"Period":30,"Statistics":["Sum"]}`, InvalidParameterValue, "must be a multiple of 60"},
		{"an empty span", "GetMetricStatistics", `{` + orders + `,"StartTime":$T1,"EndTime":$T1,"Period":60,"Statistics":["Sum"]}`, InvalidParameterValue, "The parameter StartTime must be less than the parameter EndTime."},
		{"1,441 points", "GetMetricStatistics", `{` + orders + `,"StartTime":0,"EndTime":86460,"Period":60,"Statistics":["Sum"]}`, InvalidParameterCombination, "You have requested up to 1,441 datapoints, which exceeds the limit of 1,440."},
		{"a unit of no such name", "GetMetricStatistics", `{` + orders + `,"StartTime":$T0,"EndTime":$T1,"Period":60,"Statistics":["Sum"],"Unit":"Records"}`, ValidationError, "Member must satisfy enum value set"},
		{"no queries", "GetMetricData", query(""), ValidationError, "Member must have length greater than or equal to 1"},
		{"an empty span of data", "GetMetricData", `{"StartTime":$T1,"EndTime":$T1,"MetricDataQueries":[` + m("a", "Sum", 60) + `]}`, ValidationError, "The parameter StartTime must not equal parameter EndTime."},
		{"a capital Id", "GetMetricData", query(m("M", "Sum", 60)), ValidationError, "Id M."},
		{"an Id twice", "GetMetricData", query(m("a", "Sum", 60) + "," + m("a", "Sum", 60)), ValidationError, "Id a is there twice"},
		{"a percentile of data", "GetMetricData", query(m("a", "pp", 60)), InvalidParameterValue, "The value pp for parameter MetricStat.Stat is not supported."},
		{"neither metric nor expression", "GetMetricData", query(`{"Id":"a"}`), ValidationError, "either MetricStat or Expression"},
		{"an unknown Id", "GetMetricData", query(`{"Id":"e","Expression":"m1*2"}`), ValidationError, `there is no query with the Id "m1"`},
		{"a circle", "GetMetricData", query(`{"Id":"e","Expression":"f*2"},{"Id":"f","Expression":"e*2"}`), ValidationError, "leads back to itself"},
		{"a number", "GetMetricData", query(`{"Id":"e","Expression":"1+1"}`), ValidationError, "gives a single number"},
		{"an open bracket", "GetMetricData", query(m("a", "Sum", 60) + `,{"Id":"e","Expression":"(a"}`), ValidationError, "a bracket is not closed"},
		{"something behind", "GetMetricData", query(m("a", "Sum", 60) + `,{"Id":"e","Expression":"a a"}`), ValidationError, `"a" is not expected at place 3`},
		{"nothing", "GetMetricData", query(m("a", "Sum", 60) + `,{"Id":"e","Expression":"a+"}`), ValidationError, "a number or an Id is missing at place 3"},
		{"an unknown function", "GetMetricData", query(m("a", "Sum", 60) + `,{"Id":"e","Expression":"ANOMALY(a)"}`), ValidationError, "the lab has no function ANOMALY"},
		{"a function of a number", "GetMetricData", query(m("a", "Sum", 60) + `,{"Id":"e","Expression":"SUM(1)"}`), ValidationError, "SUM is of a time series"},
		{"different periods", "GetMetricData", query(m("a", "Sum", 60) + "," + m("b", "Sum", 120) + `,{"Id":"e","Expression":"a+b"}`), ValidationError, "different periods"},
		{"a token of another service", "ListMetrics", `{"NextToken":"AAAA"}`, InvalidNextToken, "Invalid NextToken."},
		{"another span of activity", "ListMetrics", `{"RecentlyActive":"PT1H"}`, InvalidParameterValue, "must be PT3H"},
		{"an alarm without threshold", "PutMetricAlarm", `{` + strings.ReplaceAll(alarm, `,"Threshold":5`, "") + `}`, MissingParameter, "The parameter Threshold must be specified."},
		{"an alarm without metric", "PutMetricAlarm", `{"AlarmName":"hot","EvaluationPeriods":1,"ComparisonOperator":"GreaterThanThreshold","Threshold":5}`, MissingParameter, "The parameter MetricName must be specified."},
		{"an alarm with two", "PutMetricAlarm", `{` + alarm + `,"Metrics":[` + m("a", "Sum", 60) + `]}`, InvalidParameterCombination, "cannot be specified together"},
		{"an alarm on a statistic and a percentile", "PutMetricAlarm", `{` + alarm + `,"ExtendedStatistic":"p99"}`, InvalidParameterCombination, "The parameters Statistic and ExtendedStatistic cannot be specified together."},
		{"an alarm on no percentile", "PutMetricAlarm", `{` + strings.ReplaceAll(alarm, `"Statistic":"Sum"`, `"ExtendedStatistic":"p"`) + `}`, InvalidParameterValue, "The value p for parameter ExtendedStatistic is not supported."},
		{"few values treated otherwise", "PutMetricAlarm", `{` + alarm + `,"EvaluateLowSampleCountPercentile":"skip"}`, InvalidParameterValue, "must be evaluate or ignore"},
		{"an alarm that compares otherwise", "PutMetricAlarm", `{` + strings.ReplaceAll(alarm, "GreaterThanThreshold", "Above") + `}`, ValidationError, "Member must satisfy enum value set: [GreaterThanOrEqualToThreshold, GreaterThanThreshold, LessThanThreshold, LessThanOrEqualToThreshold]"},
		{"an alarm of ten seconds", "PutMetricAlarm", `{` + strings.ReplaceAll(alarm, `"Period":60`, `"Period":10`) + `}`, InvalidParameterValue, "must be a multiple of 60"},
		{"an alarm that looks back too far", "PutMetricAlarm", `{` + strings.ReplaceAll(alarm, `"EvaluationPeriods":1`, `"EvaluationPeriods":1441`) + `}`, InvalidParameterValue, "exceeds the limit of 86400 seconds"},
		{"more points than periods", "PutMetricAlarm", `{` + alarm + `,"DatapointsToAlarm":2}`, InvalidParameterValue, "less than or equal to the parameter EvaluationPeriods"},
		{"missing data treated otherwise", "PutMetricAlarm", `{` + alarm + `,"TreatMissingData":"zero"}`, InvalidParameterValue, "must be one of missing"},
		{"an action that is no function", "PutMetricAlarm", `{` + alarm + `,"AlarmActions":["arn:aws:sns:us-east-1:123456789012:ops"]}`, ValidationError, "Invalid alarm action"},
		{"two queries that return data", "PutMetricAlarm", `{"AlarmName":"hot","EvaluationPeriods":1,"ComparisonOperator":"GreaterThanThreshold","Threshold":5,"Metrics":[` + m("a", "Sum", 60) + "," + m("b", "Sum", 60) + `]}`, ValidationError, "2 queries return data"},
		{"an unknown alarm", "DeleteAlarms", `{"AlarmNames":["cold"]}`, ResourceNotFound, "Alarm cold does not exist."},
		{"a state of an unknown alarm", "SetAlarmState", `{"AlarmName":"cold","StateValue":"OK","StateReason":"why"}`, ResourceNotFound, "Alarm cold does not exist."},
		{"names and a prefix", "DescribeAlarms", `{"AlarmNames":["a"],"AlarmNamePrefix":"b"}`, InvalidParameterCombination, "cannot be specified together"},
	}
	a := newAPI(t, 5)
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			out, err := a.ask(row.op, row.body)
			if err == nil {
				t.Fatalf("not refused: %s", out)
			}
			e := err.(*aws.Error)
			if e.Code != row.code || !strings.Contains(e.Message, row.want) {
				t.Errorf("refused with %v, want %s: %s", e, row.code, row.want)
			}
			if e.Hint == "" && e.Code != ValidationError {
				t.Error("no hint says what to do")
			}
		})
	}
}

// TestAlarm follows alarms on the records of each minute: 100, 200, 300, 400, none, 600.
func TestAlarm(t *testing.T) {
	base := func(rest string) string {
		return `{"AlarmName":"hot","Namespace":"AWS/Kinesis","MetricName":"IncomingRecords","Dimensions":[{"Name":"StreamName","Value":"orders"}],"Statistic":"Sum","AlarmActions":["arn:aws:lambda:us-east-1:123456789012:function:double"],` + rest + `}`
	}
	rows := []struct{ name, alarm, want string }{ // the states at the ends of minutes 1 to 6
		{"above", base(`"Period":60,"EvaluationPeriods":1,"ComparisonOperator":"GreaterThanThreshold","Threshold":200`), "OK OK ALARM ALARM INSUFFICIENT_DATA ALARM"},
		{"at least", base(`"Period":60,"EvaluationPeriods":1,"ComparisonOperator":"GreaterThanOrEqualToThreshold","Threshold":200`), "OK ALARM ALARM ALARM INSUFFICIENT_DATA ALARM"},
		{"below", base(`"Period":60,"EvaluationPeriods":1,"ComparisonOperator":"LessThanThreshold","Threshold":200`), "ALARM OK OK OK INSUFFICIENT_DATA OK"},
		{"twice in a row", base(`"Period":60,"EvaluationPeriods":2,"ComparisonOperator":"GreaterThanThreshold","Threshold":100`), "OK OK ALARM ALARM ALARM ALARM"},
		{"two of three", base(`"Period":60,"EvaluationPeriods":3,"DatapointsToAlarm":2,"ComparisonOperator":"GreaterThanThreshold","Threshold":200`), "OK OK OK ALARM ALARM ALARM"},
		{"missing is fine", base(`"Period":60,"EvaluationPeriods":1,"ComparisonOperator":"GreaterThanThreshold","Threshold":200,"TreatMissingData":"notBreaching"`), "OK OK ALARM ALARM OK ALARM"},
		{"missing breaches", base(`"Period":60,"EvaluationPeriods":1,"ComparisonOperator":"LessThanThreshold","Threshold":1,"TreatMissingData":"breaching"`), "OK OK OK OK ALARM OK"},
		{"missing changes nothing", base(`"Period":60,"EvaluationPeriods":1,"ComparisonOperator":"GreaterThanThreshold","Threshold":200,"TreatMissingData":"ignore"`), "OK OK ALARM ALARM ALARM ALARM"},
		{"a longer period is looked at when it ends", base(`"Period":180,"EvaluationPeriods":1,"ComparisonOperator":"GreaterThanThreshold","Threshold":599`), "INSUFFICIENT_DATA INSUFFICIENT_DATA ALARM ALARM ALARM ALARM"},
		{"an expression", `{"AlarmName":"hot","EvaluationPeriods":1,"ComparisonOperator":"GreaterThanThreshold","Threshold":4,"Metrics":[{"Id":"m","ReturnData":false,"MetricStat":{"Metric":{"Namespace":"AWS/Kinesis","MetricName":"IncomingRecords","Dimensions":[{"Name":"StreamName","Value":"orders"}]},"Period":60,"Stat":"Sum"}},{"Id":"e","Expression":"FILL(m,0)/PERIOD(m)"}]}`, "OK OK ALARM ALARM OK ALARM"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			a := newAPI(t, 0)
			a.must("PutMetricAlarm", row.alarm)
			var states []string
			for m := 1; m <= 6; m++ {
				a.to(m)
				states = append(states, a.Alarms()[0].StateValue)
			}
			if got := strings.Join(states, " "); got != row.want {
				t.Errorf("the alarm goes %s, want %s", got, row.want)
			}
		})
	}
}

// TestAlarmWords holds the reason in AWS's words, the actions of a change, and what SetAlarmState does.
func TestAlarmWords(t *testing.T) {
	a := newAPI(t, 0)
	const hot = `"AlarmName":"hot","Namespace":"AWS/Kinesis","MetricName":"IncomingRecords","Dimensions":[{"Name":"StreamName","Value":"orders"}],"Statistic":"Sum","Period":60,"EvaluationPeriods":2,"ComparisonOperator":"GreaterThanThreshold","Threshold":250,"AlarmActions":["arn:aws:lambda:us-east-1:123456789012:function:double"]`
	a.must("PutMetricAlarm", `{`+hot+`}`)
	a.to(4)
	a.must("SetAlarmState", `{"AlarmName":"hot","StateValue":"OK","StateReason":"a drill"}`)
	a.must("PutMetricAlarm", `{`+hot+`,"ActionsEnabled":false}`)
	a.to(5)
	want := []Change{
		{"hot", InsufficientData, OK, "Threshold Crossed: 1 out of the last 2 datapoints [100.0 (02/03/26 08:00:00)] was not greater than the threshold (250.0) (minimum 1 datapoint for ALARM -> OK transition).", nil},
		{"hot", OK, Alarm, "Threshold Crossed: 2 out of the last 2 datapoints [300.0 (02/03/26 08:02:00), 400.0 (02/03/26 08:03:00)] were greater than the threshold (250.0) (minimum 2 datapoints for OK -> ALARM transition).", []string{a.FunctionARN("double")}},
		{"hot", Alarm, OK, "a drill", nil},
		{"hot", OK, Alarm, "Threshold Crossed: 1 out of the last 2 datapoints [400.0 (02/03/26 08:03:00)] was greater than the threshold (250.0) (minimum 2 datapoints for OK -> ALARM transition).", nil},
	}
	if got := fmt.Sprintf("%+v", a.changes); got != fmt.Sprintf("%+v", want) {
		t.Errorf("the changes are\n%s, want\n%+v", got, want)
	}
	a.must("PutMetricAlarm", strings.Replace(`{`+hot+`}`, "hot", "cold", 1))
	var names func(body string) string
	names = func(body string) string {
		var out DescribeAlarmsOutput
		if err := json.Unmarshal([]byte(a.must("DescribeAlarms", body)), &out); err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, x := range out.MetricAlarms {
			all = append(all, *x.AlarmName+" "+x.StateValue)
		}
		if out.NextToken != nil {
			all = append(all, names(`{"MaxRecords":1,"NextToken":"`+*out.NextToken+`"}`))
		}
		return strings.Join(all, ", ")
	}
	for body, want := range map[string]string{
		`{}`: "cold INSUFFICIENT_DATA, hot ALARM", `{"MaxRecords":1}`: "cold INSUFFICIENT_DATA, hot ALARM", `{"AlarmNames":["hot"]}`: "hot ALARM",
		`{"AlarmNamePrefix":"c"}`: "cold INSUFFICIENT_DATA", `{"StateValue":"OK"}`: "", `{"ActionPrefix":"arn:aws:lambda"}`: "cold INSUFFICIENT_DATA, hot ALARM", `{"ActionPrefix":"arn:aws:sns"}`: "",
	} {
		if got := names(body); got != want {
			t.Errorf("%s describes %s, want %s", body, got, want)
		}
	}
	if _, err := a.ask("DeleteAlarms", `{"AlarmNames":["hot","warm"]}`); err == nil || len(a.Alarms()) != 2 {
		t.Error("one of two alarms was deleted")
	}
	a.must("DeleteAlarms", `{"AlarmNames":["hot","cold"]}`)
	if a.to(7); len(a.Alarms()) != 0 || a.tick != 0 {
		t.Errorf("there are %d alarms, and the next look is at %v", len(a.Alarms()), a.tick)
	}
}

// A clone goes on as the original does, and neither touches the other.
func TestServiceClone(t *testing.T) {
	a := newAPI(t, 0)
	a.must("PutMetricAlarm", `{"AlarmName":"hot","Namespace":"AWS/Kinesis","MetricName":"IncomingRecords","Dimensions":[{"Name":"StreamName","Value":"orders"}],"Statistic":"Sum","Period":60,"EvaluationPeriods":1,"ComparisonOperator":"GreaterThanThreshold","Threshold":250}`)
	a.to(2)
	state := func(a *api) string {
		var b strings.Builder
		a.State(&b)
		a.store.State(&b)
		return b.String()
	}
	c := &api{t: t}
	c.Service = a.Clone(a.sched.Clone(), a.store.Clone(), func(k *Config) { k.Notify = func(x Change) { c.changes = append(c.changes, x) } })
	before := state(a)
	if c.to(6); len(c.changes) != 3 || state(a) != before {
		t.Errorf("the clone changed %d times; the original is touched: %t", len(c.changes), state(a) != before)
	}
	if a.to(6); state(a) != state(c) {
		t.Error("the original goes on otherwise")
	}
}

// TestNamespaces holds that a client's own namespace is asked for by its name, with exactly the dimensions a series has.
func TestNamespaces(t *testing.T) {
	a := newAPI(t, 1)
	shard := In("KinesisProducerLibrary", "ShardId", "shardId-000000000001", "StreamName", "orders")
	a.store.Series("BufferingTime", shard).AddSet(a.sched.Now(), 3, 60, 10, 30)
	a.store.Series("BufferingTime", shard).Add(a.sched.Now(), 40)
	a.store.Series("BufferingTime", In("KinesisProducerLibrary")).Add(a.sched.Now(), 7)
	a.to(2)
	for _, row := range []struct{ name, namespace, dims, want string }{
		{"all its dimensions", "KinesisProducerLibrary", `{"Name":"StreamName","Value":"orders"},{"Name":"ShardId","Value":"shardId-000000000001"}`, `"SampleCount":4.0,"Average":25.0,"Sum":100.0,"Minimum":10.0,"Maximum":40.0,"Unit":"Milliseconds"`},
		{"none", "KinesisProducerLibrary", ``, `"Sum":7.0`},
		{"one of two", "KinesisProducerLibrary", `{"Name":"StreamName","Value":"orders"}`, `"Datapoints":[]`},
		{"another namespace", "AWS/Kinesis", `{"Name":"StreamName","Value":"orders"}`, `"Datapoints":[]`},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := a.must("GetMetricStatistics", `{"Namespace":"`+row.namespace+`","MetricName":"BufferingTime","Dimensions":[`+row.dims+
				`],"StartTime":$T0,"EndTime":$T2,"Period":60,"Statistics":["SampleCount","Sum","Minimum","Maximum","Average"]}`)
			if !strings.Contains(got, row.want) {
				t.Errorf("answered %s, want %s", got, row.want)
			}
		})
	}
	if got := a.must("ListMetrics", `{"Namespace":"KinesisProducerLibrary"}`); strings.Count(got, "MetricName") != 2 || !strings.Contains(got, `"Dimensions":[{"Name":"ShardId"`) {
		t.Errorf("listed %s", got)
	}
	if got := a.must("ListMetrics", `{}`); !strings.Contains(got, "AWS/Kinesis") || !strings.Contains(got, "KinesisProducerLibrary") {
		t.Errorf("all listed: %s", got)
	}
}

// TestSetsAddUp holds that values added one by one and as a set come to the same, over any seconds.
func TestSetsAddUp(t *testing.T) {
	var one, set Series
	at := begin
	for i := range 500 {
		at = at.Add(time.Duration(i*i%7000) * time.Millisecond)
		one.Add(at, 5)
		one.Add(at, float64(i))
		set.AddSet(at, 0, 99, 99, 99)
		set.AddSet(at, 2, float64(i+5), min(5, float64(i)), max(5, float64(i)))
	}
	var a, b strings.Builder
	one.state(&a)
	set.state(&b)
	if a.String() != b.String() {
		t.Errorf("one by one:\n%s\nas sets:\n%s", a.String(), b.String())
	}
}

// However long a time a call asks for, it costs what CloudWatch keeps: points of a minute for 15 days, of five for 63, of an
// hour for 455. A period that no number of seconds can be is refused.
func TestCallsAreBounded(t *testing.T) {
	a := newAPI(t, 6)
	var queries []string
	for i := range 100 {
		queries = append(queries, fmt.Sprintf(`{"Id":"m%d","MetricStat":{"Metric":{"Namespace":"AWS/Kinesis","MetricName":"IncomingRecords","Dimensions":[{"Name":"StreamName","Value":"orders"}]},"Period":60,"Stat":"Sum"}}`, i))
	}
	ask := func(from string) (answer string, bytes uint64) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		answer, err := a.ask("GetMetricData", `{"MetricDataQueries":[`+strings.Join(queries, ",")+`],"StartTime":`+from+`,"EndTime":99999999999}`)
		runtime.ReadMemStats(&after)
		if err != nil {
			t.Fatal(err)
		}
		return answer, after.TotalAlloc - before.TotalAlloc
	}
	long, bytes := ask("-62135596800")
	short, _ := ask("$T0")
	if long != short || !strings.Contains(long, `"Values":[600.0,400.0,`) {
		t.Errorf("from the beginning of time it answers\n%.400s\nand from that of the world\n%.400s", long, short)
	}
	if bytes > 256<<20 {
		t.Errorf("it takes %d MiB", bytes>>20)
	}
	for op, body := range map[string]string{
		"GetMetricStatistics": `{"Namespace":"AWS/Kinesis","MetricName":"IncomingRecords","StartTime":$T0,"EndTime":$T6,"Statistics":["Sum"],"Period":%s}`,
		"GetMetricData":       `{"MetricDataQueries":[{"Id":"m","MetricStat":{"Metric":{"Namespace":"AWS/Kinesis","MetricName":"IncomingRecords"},"Period":%s,"Stat":"Sum"}}],"StartTime":$T0,"EndTime":$T6}`,
		"PutMetricAlarm":      `{"AlarmName":"a","Namespace":"AWS/Kinesis","MetricName":"IncomingRecords","Statistic":"Sum","ComparisonOperator":"GreaterThanThreshold","Threshold":1,"EvaluationPeriods":1,"Period":%s}`,
	} {
		for _, period := range []string{"540431955284459520", "9223372036854775800", "2147483700"} {
			if answer, err := a.ask(op, fmt.Sprintf(body, period)); err == nil {
				t.Errorf("%s with a period of %s s answers %s", op, period, answer)
			}
		}
	}
}

// Law: whatever stands in an expression, it is answered or refused with a ValidationError that says what the lab computes.
func FuzzExpression(f *testing.F) {
	a := newAPI(f, 6)
	for _, x := range []string{"m1+m2", "m1/PERIOD(m1)", "SUM(m1)*m2", "RATE(FILL(m3, 0))", "-(m1 - 2) / 0", "FILL(m1,m2)", "((((", "m1 m2", "MAX()", "m4*1e9", "e", "AVG(e)", "1.2.3", "\x00"} {
		f.Add(x)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) == 0 || len(text) > 2048 {
			t.Skip()
		}
		expression, err := json.Marshal(text)
		if err != nil {
			t.Skip()
		}
		metric := func(id, name string, period int) string {
			return fmt.Sprintf(`{"Id":"%s","ReturnData":false,"MetricStat":{"Metric":{"Namespace":"AWS/Kinesis","MetricName":"%s","Dimensions":[{"Name":"StreamName","Value":"orders"}]},"Period":%d,"Stat":"Sum"}}`, id, name, period)
		}
		answer, err := a.ask("GetMetricData", `{"StartTime":$T0,"EndTime":$T9,"MetricDataQueries":[`+metric("m1", IncomingRecords, 60)+`,`+metric("m2", GetRecordsBytes, 60)+`,`+
			metric("m3", IncomingRecords, 300)+`,{"Id":"e","Expression":`+string(expression)+`}]}`)
		if err != nil {
			if e, ok := err.(*aws.Error); !ok || e.Code != ValidationError || e.Message == "" {
				t.Errorf("%q is refused with %v", text, err)
			}
		} else if !json.Valid([]byte(answer)) {
			t.Errorf("%q is answered with %s", text, answer)
		}
	})
}
