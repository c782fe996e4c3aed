package region_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/region"
)

// must does a command that is not refused.
func must(t *testing.T, r *region.Region, service, op, body string) string {
	t.Helper()
	reply := r.Do(region.Command{Service: service, Op: op, Body: json.RawMessage(body)})
	if reply.Err != nil {
		t.Fatalf("%s %s: %v", op, body, reply.Err)
	}
	return string(reply.Body)
}

func wait(r *region.Region, d time.Duration) { r.AdvanceTo(r.Now().Add(d), 0, nil) }

// said finds the events that contain a text.
func said(r *region.Region, text string) (found []region.Event) {
	for _, e := range r.Events(0) {
		if strings.Contains(e.Text, text) {
			found = append(found, e)
		}
	}
	return found
}

// trips makes a world with an ACTIVE stream called trips and a producer.
func trips(t *testing.T, shards, rate string) *region.Region {
	r := world(t)
	must(t, r, "kinesis", "CreateStream", `{"StreamName":"trips","ShardCount":`+shards+`}`)
	wait(r, 10*time.Second)
	must(t, r, "lab", "PutProducer", `{"Name":"bikes","StreamName":"trips","RecordsPerSecond":`+rate+`,"Keys":{"Kind":"uniform","Count":500},"Retry":{"Mode":"backoff"}}`)
	return r
}

func openShards(r *region.Region) int {
	st, _ := r.Kinesis().Stream("trips")
	return len(st.OpenShards())
}

const hot = `{"AlarmName":"hot","Namespace":"AWS/Kinesis","MetricName":"WriteProvisionedThroughputExceeded","Dimensions":[{"Name":"StreamName","Value":"trips"}],
	"Statistic":"Sum","Period":60,"EvaluationPeriods":1,"ComparisonOperator":"GreaterThanThreshold","Threshold":0,"AlarmActions":["arn:aws:lambda:us-east-1:123456789012:function:double"]}`

// An alarm on refused records that invokes a function that calls UpdateShardCount scales a stream out until nothing is
// refused. Only an alarm that is reset fires again: without that the second step never comes. Without a cooldown there is
// one step too many, because the minute in which the shards open still counts refusals.
//
// shows: RS2
func TestAutoScalerFromAnAlarm(t *testing.T) {
	for members, want := range map[string]int{`"ResetAlarm":true,"CooldownSeconds":120`: 4, `"ResetAlarm":true,"CooldownSeconds":0`: 8, `"CooldownSeconds":0`: 2} {
		r := trips(t, "1", "2500")
		must(t, r, "lab", "PutScaler", `{"Name":"double","StreamName":"trips",`+members+`}`)
		must(t, r, "cloudwatch", "PutMetricAlarm", hot)
		wait(r, 10*time.Minute)
		if got := openShards(r); got != want {
			t.Errorf("with %s there are %d open shards, want %d", members, got, want)
		}
		if e := said(r, "double scales trips from 1 open shard to 2: it was invoked."); len(e) != 1 || e[0].Level != region.Good {
			t.Errorf("it is told %v", e)
		}
		if e := said(r, "Alarm hot goes from INSUFFICIENT_DATA to ALARM. Threshold Crossed: 1 out of the last 1 datapoints ["); len(e) == 0 {
			t.Error("the alarm is not told")
		}
	}
}

// A function that reads the metric itself scales out above its bound and in below, within its own bounds and not again
// before its cooldown is over.
func TestAutoScalerFromAMetric(t *testing.T) {
	r := trips(t, "1", "2400")
	must(t, r, "lab", "PutScaler", `{"Name":"auto","StreamName":"trips","Metric":"IncomingRecords","High":700,"Low":250,"Max":4,"CooldownSeconds":180}`)
	wait(r, 3*time.Minute)
	if got := openShards(r); got != 2 {
		t.Errorf("after one step there are %d open shards", got)
	}
	if e := said(r, "but waits until"); len(e) == 0 {
		t.Error("it does not tell of its cooldown")
	}
	wait(r, 5*time.Minute)
	if got := openShards(r); got != 4 {
		t.Errorf("after two steps there are %d open shards", got)
	}
	must(t, r, "lab", "PutProducer", `{"Name":"bikes","RecordsPerSecond":3900}`)
	wait(r, 5*time.Minute)
	if e := said(r, "but 4 open shards are its bound."); len(e) == 0 || openShards(r) != 4 {
		t.Errorf("at its bound it has %d open shards and says %v", openShards(r), e)
	}
	must(t, r, "lab", "PutProducer", `{"Name":"bikes","RecordsPerSecond":300}`)
	wait(r, 10*time.Minute)
	if got := openShards(r); got != 1 {
		t.Errorf("with little traffic there are %d open shards", got)
	}
	if e := said(r, "auto scales trips from 4 open shards to 2: IncomingRecords is "); len(e) != 1 || !strings.Contains(e[0].Text, "a second and shard, below 250.") {
		t.Errorf("it is told %v", e)
	}
}

// A scaler is refused as any client is, and says so.
func TestScalerIsRefused(t *testing.T) {
	r := world(t)
	must(t, r, "lab", "PutScaler", `{"Name":"double","StreamName":"trips"}`)
	must(t, r, "lab", "InvokeScaler", `{"Name":"double"}`)
	if e := said(r, "double was refused DescribeStreamSummary: ResourceNotFoundException"); len(e) != 1 || e[0].Level != region.Bad {
		t.Errorf("without its stream it says %v", e)
	}
	must(t, r, "kinesis", "CreateStream", `{"StreamName":"trips","StreamModeDetails":{"StreamMode":"ON_DEMAND"}}`)
	wait(r, time.Minute)
	must(t, r, "lab", "InvokeScaler", `{"Name":"double"}`)
	if e := said(r, "double was refused UpdateShardCount: ValidationException"); len(e) != 1 {
		t.Errorf("on an on-demand stream it says %v", e)
	}
	must(t, r, "iam", "CreateRole", `{"RoleName":"looker","AssumeRolePolicyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"lambda.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}"}`)
	must(t, r, "iam", "PutRolePolicy", `{"RoleName":"looker","PolicyName":"look","PolicyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"kinesis:Describe*\",\"Resource\":\"*\"}]}"}`)
	must(t, r, "kinesis", "CreateStream", `{"StreamName":"visits","ShardCount":1}`)
	wait(r, time.Minute)
	must(t, r, "lab", "PutScaler", `{"Name":"double","StreamName":"visits","Role":"looker"}`)
	must(t, r, "lab", "InvokeScaler", `{"Name":"double"}`)
	if e := said(r, "double was refused UpdateShardCount: AccessDeniedException"); len(e) != 1 {
		t.Errorf("without permission it says %v", e)
	}
	must(t, r, "lab", "DeleteScaler", `{"Name":"double"}`)
	must(t, r, "cloudwatch", "PutMetricAlarm", hot)
	must(t, r, "cloudwatch", "SetAlarmState", `{"AlarmName":"hot","StateValue":"ALARM","StateReason":"a drill"}`)
	if e := said(r, "Alarm hot invokes the function double, but there is none of that name."); len(e) != 1 {
		t.Errorf("an action without function says %v", e)
	}
}

// TestScalerFaults holds what is wrong in settings, and what to write instead.
func TestScalerFaults(t *testing.T) {
	rows := []struct{ name, op, body, want string }{
		{"no name", "PutScaler", `{"StreamName":"s"}`, "Name: left out"},
		{"no stream", "PutScaler", `{"Name":"a"}`, "StreamName: left out"},
		{"an unknown member", "PutScaler", `{"Name":"a","StreamName":"s","Hihg":1}`, "Hihg"},
		{"a metric without bounds", "PutScaler", `{"Name":"a","StreamName":"s","Metric":"IncomingRecords"}`, "give at least one bound"},
		{"bounds without a metric", "PutScaler", `{"Name":"a","StreamName":"s","High":5}`, "Metric: left out"},
		{"bounds the wrong way round", "PutScaler", `{"Name":"a","StreamName":"s","Metric":"IncomingRecords","High":5,"Low":6}`, "Low: 6 is not below High, 5"},
		{"triple", "PutScaler", `{"Name":"a","StreamName":"s","Factor":3}`, "Factor: 3 is outside 0.5 to 2"},
		{"a factor of one", "PutScaler", `{"Name":"a","StreamName":"s","Factor":1}`, "1 changes nothing"},
		{"in when it should be out", "PutScaler", `{"Name":"a","StreamName":"s","Metric":"IncomingRecords","High":5,"Factor":0.5}`, "scales the wrong way"},
		{"each second", "PutScaler", `{"Name":"a","StreamName":"s","Metric":"IncomingRecords","High":5,"EverySeconds":1}`, "1 is no multiple of 60"},
		{"by itself without a metric", "PutScaler", `{"Name":"a","StreamName":"s","EverySeconds":60}`, "without a Metric it would scale each time"},
		{"bounds of shards the wrong way round", "PutScaler", `{"Name":"a","StreamName":"s","Min":5,"Max":4}`, "Min: 5 is above Max, 4"},
		{"nobody", "InvokeScaler", `{"Name":"nobody"}`, `There is no scaler "nobody"`},
		{"nobody to delete", "DeleteScaler", `{}`, "Name: left out"},
		{"no zone", "InterruptZone", `{}`, "AvailabilityZone: left out"},
		{"an unknown zone", "InterruptZone", `{"AvailabilityZone":"mars-1a"}`, `There is no Availability Zone "mars-1a"`},
		{"a zone that is there", "RestoreZone", `{"AvailabilityZone":"us-east-1a"}`, "us-east-1a is not lost"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			reply := world(t).Do(region.Command{Service: "lab", Op: row.op, Body: json.RawMessage(row.body)})
			if reply.Err == nil || !strings.Contains(reply.Err.Message, row.want) || reply.Err.Hint == "" {
				t.Errorf("refused with %v, want %q and a hint", reply.Err, row.want)
			}
		})
	}
}

// A zone is lost under traffic: writes go on, nothing that was taken is missing, and each step is told in words.
//
// shows: G2
func TestZoneIsLost(t *testing.T) {
	r := trips(t, "3", "600")
	must(t, r, "lab", "PutConsumer", `{"Name":"board","StreamName":"trips","From":"TRIM_HORIZON"}`)
	wait(r, 20*time.Second)
	must(t, r, "lab", "InterruptZone", `{"AvailabilityZone":"us-east-1a"}`)
	p, _ := r.Producer("bikes")
	before := p.Total()
	wait(r, time.Minute)
	if after := p.Total(); after.Accepted-before.Accepted < 30_000 || after.Lost != 0 {
		t.Errorf("in the minute after the loss %d records were taken, %d lost", after.Accepted-before.Accepted, after.Lost)
	}
	if out := must(t, r, "lab", "ListZones", `{}`); !strings.Contains(out, `{"AvailabilityZone":"us-east-1a","State":"LOST","Primaries":0,"Since":`) {
		t.Errorf("the zones are %s", out)
	}
	must(t, r, "lab", "RestoreZone", `{"AvailabilityZone":"us-east-1a"}`)
	if out := must(t, r, "lab", "ListZones", `{}`); !strings.Contains(out, `"State":"CATCHING_UP"`) {
		t.Errorf("the zones are %s", out)
	}
	must(t, r, "lab", "StopProducer", `{"Name":"bikes"}`)
	wait(r, 30*time.Second)
	c, _ := r.Consumer("board")
	if read, taken := c.Total().Read, p.Total().Accepted; read != taken {
		t.Errorf("%d of %d records were read", read, taken)
	}
	for _, text := range []string{"us-east-1a is lost", "1 shard of trips had its primary replica in us-east-1a and fails over", "us-east-1a is back", "The replicas in us-east-1a hold all records again"} {
		if len(said(r, text)) != 1 {
			t.Errorf("%q is told %d times", text, len(said(r, text)))
		}
	}
}

// The API of CloudWatch shows metrics of a shard only while enhanced monitoring is on; the charts of the lab always do.
func TestShardLevelMetrics(t *testing.T) {
	r := trips(t, "2", "100")
	wait(r, 2*time.Minute)
	if out := must(t, r, "cloudwatch", "ListMetrics", `{"Dimensions":[{"Name":"ShardId"}]}`); out != `{"Metrics":[]}` {
		t.Errorf("without enhanced monitoring there are %s", out)
	}
	must(t, r, "kinesis", "EnableEnhancedMonitoring", `{"StreamName":"trips","ShardLevelMetrics":["IncomingRecords"]}`)
	wait(r, time.Minute)
	if out := must(t, r, "cloudwatch", "ListMetrics", `{"Dimensions":[{"Name":"ShardId"}]}`); strings.Count(out, `"MetricName":"IncomingRecords"`) != 2 || strings.Contains(out, "IncomingBytes") {
		t.Errorf("with enhanced monitoring of records there are %s", out)
	}
	must(t, r, "kinesis", "DisableEnhancedMonitoring", `{"StreamName":"trips","ShardLevelMetrics":["ALL"]}`)
	if out := must(t, r, "cloudwatch", "ListMetrics", `{"Dimensions":[{"Name":"ShardId"}]}`); out != `{"Metrics":[]}` {
		t.Errorf("after enhanced monitoring there are %s", out)
	}
	if reply := r.Do(region.Command{Service: "cloudwatch", Op: "GetMetricStatistics", Body: json.RawMessage(`{}`)}); reply.Err == nil || reply.Err.Code != "ValidationError" || aws.CodeOf(reply.Err) == aws.Validation {
		t.Errorf("an empty request is answered by %v", reply.Err)
	}
}

// A world with alarms, scalers and lost zones replays: a clone goes on as the original does.
func TestWatchClone(t *testing.T) {
	r := trips(t, "1", "1800")
	must(t, r, "lab", "PutScaler", `{"Name":"double","StreamName":"trips","CooldownSeconds":0,"ResetAlarm":true}`)
	must(t, r, "lab", "PutScaler", `{"Name":"auto","StreamName":"trips","Metric":"IncomingRecords","Low":300}`)
	must(t, r, "cloudwatch", "PutMetricAlarm", hot)
	wait(r, 50*time.Second)
	must(t, r, "lab", "InterruptZone", `{"AvailabilityZone":"us-east-1b"}`)
	wait(r, 40*time.Second)
	must(t, r, "lab", "RestoreZone", `{"AvailabilityZone":"us-east-1b"}`)
	c := r.Clone()
	for _, x := range []*region.Region{r, c} {
		wait(x, 6*time.Minute)
	}
	state := func(r *region.Region) string {
		var b strings.Builder
		r.State(&b)
		return b.String()
	}
	if state(r) != state(c) {
		t.Error("a clone goes on otherwise")
	}
	if openShards(r) < 2 {
		t.Error("nothing was scaled: the test proves nothing")
	}
}

// money reads a member of the bill's JSON.
func money(t *testing.T, r *region.Region, body string) (b struct {
	Total, PerHour float64
	Lines          []struct {
		Stream, Item, Unit        string
		Quantity, Amount, PerHour float64
	}
}) {
	t.Helper()
	if err := json.Unmarshal([]byte(must(t, r, "lab", "Bill", body)), &b); err != nil {
		t.Fatal(err)
	}
	return b
}

// The bill of ten minutes of known traffic: 100 records/s of 3,000 bytes of data into 3 shards, one payload unit each.
func TestBill(t *testing.T) {
	r := world(t)
	must(t, r, "kinesis", "CreateStream", `{"StreamName":"trips","ShardCount":3}`)
	wait(r, 10*time.Second) // CREATING costs nothing
	if b := money(t, r, `{}`); b.Total != 0 || b.PerHour != 0.045 {
		t.Errorf("when it becomes ACTIVE it has cost %v, and an hour costs %v", b.Total, b.PerHour)
	}
	must(t, r, "lab", "PutProducer", `{"Name":"bikes","StreamName":"trips","RecordsPerSecond":100,"RecordBytes":3000,"Keys":{"Kind":"uniform","Count":500}}`)
	must(t, r, "kinesis", "CreateStream", `{"StreamName":"other","StreamModeDetails":{"StreamMode":"ON_DEMAND"}}`)
	wait(r, 10*time.Minute)
	p, _ := r.Producer("bikes")
	b := money(t, r, `{"StreamName":"trips"}`)
	if len(b.Lines) != 2 || b.Lines[0].Quantity != 0.5 || b.Lines[0].Amount != 0.0075 || b.Lines[1].Quantity != float64(p.Total().Accepted)/1e6 {
		t.Errorf("the bill is %+v; %d records were taken", b, p.Total().Accepted)
	}
	if units := float64(p.Total().Accepted) * 0.014 / 1e6; b.Total < 0.0075+units-1e-9 || b.Total > 0.0075+units+1e-9 {
		t.Errorf("the total is %v", b.Total)
	}
	if want := 0.045 + 6000*60*0.014/1e6; b.PerHour < want-1e-9 || b.PerHour > want+1e-9 {
		t.Errorf("an hour costs %v, want %v", b.PerHour, want)
	}
	// What was taken until the stream is deleted is charged, and stays so.
	must(t, r, "kinesis", "DeleteStream", `{"StreamName":"trips"}`)
	taken := p.Total().Accepted
	wait(r, time.Hour)
	if b := money(t, r, `{"StreamName":"trips"}`); b.PerHour != 0 || b.Lines[1].Quantity != float64(taken)/1e6 || b.Lines[0].Quantity != 0.5 {
		t.Errorf("after it was deleted the bill is %+v; %d records were taken", b, taken)
	}
	if b := money(t, r, `{"StreamName":"other"}`); len(b.Lines) != 1 || b.Lines[0].Item != "On-demand stream" || b.Lines[0].Quantity < 1.16 || b.Lines[0].Quantity > 1.17 {
		t.Errorf("the other stream's bill is %+v", b)
	}
}

// The bill is the same into whatever slices the way was cut, and in a clone.
func TestBillInSlices(t *testing.T) {
	build := func(budget int) (*region.Region, string) {
		r := trips(t, "1", "700")
		must(t, r, "lab", "PutScaler", `{"Name":"auto","StreamName":"trips","Metric":"IncomingRecords","High":300}`)
		end := r.Now().Add(5 * time.Minute)
		for {
			reached, _ := r.AdvanceTo(end, budget, nil)
			if budget > 0 {
				r.Bill("")
				r = r.Clone()
			}
			if reached {
				break
			}
		}
		return r, must(t, r, "lab", "Bill", `{}`)
	}
	_, whole := build(0)
	for _, budget := range []int{777, 20_000} {
		if _, sliced := build(budget); sliced != whole {
			t.Errorf("in slices of %d the bill is\n%s\nin one piece\n%s", budget, sliced, whole)
		}
	}
}

// What is kept for longer than seven days is charged by the GB and month: within the hours in which it is measured, what
// the records themselves say.
func TestLongRetention(t *testing.T) {
	r := trips(t, "1", "0.05")
	must(t, r, "lab", "PutProducer", `{"Name":"bikes","RecordBytes":1000000}`)
	must(t, r, "kinesis", "IncreaseStreamRetentionPeriod", `{"StreamName":"trips","RetentionPeriodHours":240}`)
	wait(r, 12*24*time.Hour)
	got := 0.0
	for _, line := range money(t, r, `{}`).Lines {
		if line.Item == "Long-term retention, over 7 days" {
			got = line.Quantity
		}
	}
	// Each second brings 0.05 x 1,000,005 bytes; what came t days after the start was older than 7 days for 12 - 7 - t days,
	// three at the most, since then it left.
	want := 0.0
	for h := 0; h < 5*24; h++ {
		want += 0.05 * 1_000_006 * 3600 * min(72, float64(5*24-h)) / (1 << 30) / 720
	}
	if got < want*0.98 || got > want*1.02 {
		t.Errorf("it kept %v GB-month, the records say %v", got, want)
	}
	must(t, r, "lab", "PutConsumer", `{"Name":"old","StreamName":"trips","From":"TRIM_HORIZON"}`)
	wait(r, 3*time.Hour) // at 2 MiB a second
	for _, line := range money(t, r, `{}`).Lines {
		if got := line.Quantity; line.Item == "Long-term retention, retrieval" && (got < 3*86400*0.05*1e6/(1<<30)*0.96 || got > 3*86400*0.05*1e6/(1<<30)*1.05) {
			t.Errorf("%v GB of old records were read", got)
		}
	}
}

// TestProjectBill holds whose traffic is meant.
func TestProjectBill(t *testing.T) {
	r := trips(t, "3", "500")
	wait(r, 2*time.Minute)
	var out struct{ RecordsPerSecond, RecordBytes, Consumers float64 }
	if err := json.Unmarshal([]byte(must(t, r, "lab", "ProjectBill", `{"StreamName":"trips","Consumers":2}`)), &out); err != nil || out.RecordsPerSecond < 499 || out.RecordsPerSecond > 501 || out.RecordBytes < 256 || out.RecordBytes > 264 || out.Consumers != 2 {
		t.Errorf("the stream's own traffic is %+v, %v", out, err)
	}
	if got := must(t, r, "lab", "ProjectBill", `{"RecordsPerSecond":1000,"RecordBytes":3072}`); !strings.Contains(got, `{"Way":"Provisioned, shared reading","Shards":3,"PerHour":0.0954,"PerMonth":68.688}`) {
		t.Errorf("projected %s", got)
	}
	for body, want := range map[string]string{`{}`: "name a stream, or give", `{"StreamName":"none"}`: `There is no stream "none"`, `{"StreamName":"trips","Consumers":51}`: "51 is outside 0 to 50", `{"StreamName":"trips","RecordBytes":-1}`: "-1 is outside",
		`{"RecordsPerSecond":1000000000,"RecordBytes":10485760,"Consumers":50}`: "RecordsPerSecond times RecordBytes is above 1 TiB"} {
		reply := r.Do(region.Command{Service: "lab", Op: "ProjectBill", Body: json.RawMessage(body)})
		if reply.Err == nil || !strings.Contains(reply.Err.Message, want) || reply.Err.Hint == "" {
			t.Errorf("%s: %v, want %q", body, reply.Err, want)
		}
	}
}
