package lab

import (
	"strconv"
	"strings"
	"testing"

	"shardlab/wasm/protocol"
)

// watched is a lab in which an alarm invokes a function that doubles the shards, and another watches nothing that is there.
const watched = `{
	"name": "watched", "start": "2026-03-02T08:00:00Z", "seed": 2, "open": "12s",
	"world": [
		{"do": "kinesis.CreateStream", "with": {"StreamName": "trips", "ShardCount": 2}},
		{"at": "12s", "do": "lab.PutProducer", "with": {"Name": "bikes", "StreamName": "trips", "RecordsPerSecond": 1500, "Batch": 50}},
		{"at": "12s", "do": "lab.PutScaler", "with": {"Name": "auto", "StreamName": "trips", "Min": 2, "Max": 8}},
		{"at": "12s", "do": "cloudwatch.PutMetricAlarm", "with": {"AlarmName": "hot", "Namespace": "AWS/Kinesis", "MetricName": "IncomingRecords", "Dimensions": [{"Name": "StreamName", "Value": "trips"}], "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanThreshold", "Threshold": 80000, "AlarmActions": ["arn:aws:lambda:us-east-1:123456789012:function:auto"]}},
		{"at": "12s", "do": "cloudwatch.PutMetricAlarm", "with": {"AlarmName": "cold", "Namespace": "AWS/Firehose", "MetricName": "DeliveryToS3.DataFreshness", "Statistic": "Maximum", "Period": 300, "EvaluationPeriods": 1, "ComparisonOperator": "LessThanOrEqualToThreshold", "Threshold": 1.5}}
	]
}`

// TestFrameShowsWhatWatches holds that a frame shows alarms with their state and functions with what they did, and that their sheets
// and their commands are there.
func TestFrameShowsWhatWatches(t *testing.T) {
	l := open(t, watched)
	told := func(f protocol.Frame) string {
		var all []string
		for _, c := range f.Controls {
			all = append(all, c.Ref+" "+c.Stream+" "+c.State+" "+c.Text+" "+strings.Join(c.Acts, ","))
		}
		return strings.Join(all, "; ")
	}
	if got, want := told(l.Frame()), "alarm:cold  INSUFFICIENT_DATA Maximum of DeliveryToS3.DataFreshness in 5 min ≤ 1.5 ; alarm:hot trips INSUFFICIENT_DATA Sum of IncomingRecords in 1 min > 80,000 scaler:auto; scaler:auto trips  2 to 8 shards, by 2 "; got != want {
		t.Errorf("at the start\n%s, want\n%s", got, want)
	}
	must(t, l, 122*second)
	f := l.Frame()
	hot, auto := f.Controls[1], f.Controls[2]
	if hot.State != "ALARM" || !strings.HasPrefix(hot.Note, "Threshold Crossed: 1 out of the last 1 datapoints [90000") || !strings.HasPrefix(auto.Note, "scaled at 08:02:01, 1 time in all") {
		t.Errorf("after two minutes %+v and %+v", hot, auto)
	}
	for _, c := range f.Controls {
		s, err := l.Inspect(c.Ref)
		if err != nil || s.Title != c.Name || len(s.Commands) != 3 {
			t.Fatalf("%s has the sheet %+v, %v", c.Ref, s, err)
		}
		for _, line := range s.Commands { // the last one deletes it
			if out, exit := l.Type(line); exit != 0 {
				t.Errorf("%s: %+v", line, out)
			}
		}
	}
	if out, exit := l.Type("aws cloudwatch put-metric-alarm --alarm-name slow --namespace AWS/Kinesis --metric-name PutRecord.Latency --dimensions Name=StreamName,Value=trips --extended-statistic p99 --period 60 --evaluation-periods 1 --threshold 100 --comparison-operator GreaterThanThreshold"); exit != 0 {
		t.Fatalf("an alarm on a percentile: %+v", out)
	}
	if got := told(l.Frame()); !strings.Contains(got, "p99 of PutRecord.Latency in 1 min > 100") {
		t.Errorf("an alarm on a percentile is shown as %s", got)
	}
	if out, exit := l.Type("aws cloudwatch delete-alarms --alarm-names slow"); exit != 0 {
		t.Fatalf("%+v", out)
	}
	if _, err := l.Inspect("alarm:none"); err == nil || !strings.Contains(err.Error(), "there is no alarm") {
		t.Errorf("an alarm that is not there: %v", err)
	}
	if got := told(l.Frame()); got != "" {
		t.Errorf("after they were deleted there is %s", got)
	}
}

// TestCommandsTakeAnyName holds that the commands of a sheet do what they say, whatever signs are in the name.
func TestCommandsTakeAnyName(t *testing.T) {
	for _, name := range []string{`it's "hot" & $HOME`, "two  blanks", "--all", "file://hot", "a\\b;c\nd"} {
		l := open(t, strings.Replace(watched, `"AlarmName": "hot"`, `"AlarmName": `+strconv.Quote(name), 1))
		s, err := l.Inspect("alarm:" + name)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range s.Commands {
			out, exit := l.Type(line)
			if exit != 0 || i == 0 && !strings.Contains(out[0].Text, `"AlarmName": `+strconv.Quote(name)) {
				t.Errorf("%s: %d, %+v", line, exit, out)
			}
		}
		if got := len(l.Frame().Controls); got != 2 {
			t.Errorf("after %q was deleted there are %d", name, got)
		}
	}
	l := open(t, watched)
	if out, exit := l.Type("aws s3 mb s3://lake"); exit != 0 {
		t.Fatalf("%+v", out)
	}
	for _, key := range []string{`it's "hot" & $HOME/a  b`, "-all/--a", "plain/key"} {
		if out, exit := l.Type("echo text | aws s3 cp - " + protocol.ShellWord("s3://lake/"+key)); exit != 0 {
			t.Fatalf("%s: %+v", key, out)
		}
		folder, _, _ := strings.Cut(key, "/")
		for _, ref := range []string{"object:lake/" + key, "bucket:lake/" + folder + "/"} {
			s, err := l.Inspect(ref)
			if err != nil || len(s.Commands) != 2 {
				t.Fatalf("%s has the sheet %+v, %v", ref, s, err)
			}
			for _, line := range s.Commands {
				if out, exit := l.Type(line); exit != 0 || len(out) == 0 {
					t.Errorf("%s: %d, %+v", line, exit, out)
				}
			}
		}
	}
}
