package model

import (
	"encoding/json"
	"slices"
	"strings"
)

// A Part is something that can be added to a lab: what it is, and the kind of its form.
type Part struct {
	Kind, Icon, Title, What, Group string
}

// Groups of parts.
const (
	partsStream = "Takes records"
	partsWrite  = "Writes"
	partsRead   = "Reads"
	partsEnd    = "Where a delivery ends"
	partsWatch  = "Watches and scales"
)

// PartsFor are what can be added where the stage shows a stream, "firehose:" and a name for a Firehose stream, or "" for nothing yet.
func PartsFor(stream string) []Part {
	all := []Part{
		{"stream", "waypoints", "Data stream", "Takes records into shards and keeps them, for as many readers as come.", partsStream},
		{"firehose", "database", "Firehose stream", "Buffers records by size and time and delivers them: files in S3, a warehouse, an index. No code of yours.", partsStream},
	}
	if stream != "" {
		for _, writes := range [...]bool{true, false} {
			for _, c := range Clients {
				if c.Writes == writes && c.Fits(stream) {
					all = append(all, Part{c.ID, c.Icon, c.Title, c.What, map[bool]string{true: partsWrite, false: partsRead}[writes]})
				}
			}
		}
	}
	all = append(all,
		Part{"bucket", "folder-open", "S3 bucket", "Holds objects: what Firehose delivers, and what it could not.", partsEnd},
		Part{"sink", "server", "Far end", "Redshift, OpenSearch, Splunk, an HTTP endpoint, Snowflake or Iceberg, to deliver to and to put faults on.", partsEnd},
		Part{"table", "table-2", "Table of the Data Catalog", "Columns by which Firehose converts JSON to Parquet.", partsEnd})
	if stream != "" && !strings.HasPrefix(stream, FirehosePrefix) {
		all = append(all, Part{"scaler", "gauge", "Alarm that scales", "An alarm of CloudWatch that invokes a function, which changes the shard count.", partsWatch})
	}
	return all
}

// PartsThat are the parts that write to what the stage shows, or read it.
func PartsThat(writes bool, stream string) []Part {
	return slices.DeleteFunc(PartsFor(stream), func(p Part) bool {
		if p.Kind == "firehose" {
			return writes
		}
		return p.Group != map[bool]string{true: partsWrite, false: partsRead}[writes]
	})
}

// wireField says what a client writes to, or reads; ok is false when there is nothing to choose.
func (c Client) wireField(f Form, w FormWorld) (x Field, ok bool) {
	if c.Plan != nil || f.Target != "" && c.ID != "producer" && c.ID != "consumer" {
		return x, false
	}
	x = Field{Name: ".Wire", Label: "Reads", Kind: Choice, First: f.Stream, As: "StreamName"}
	if c.Writes {
		x.Label = "Writes to"
	}
	for _, s := range w.Streams {
		x.Options = append(x.Options, Option{Value: s.Name, Text: "the stream " + s.Name})
	}
	for _, h := range w.Firehoses {
		if c.Writes && c.Fits(FirehosePrefix+h.Name) && h.Source == "" {
			x.Options = append(x.Options, Option{Value: FirehosePrefix + h.Name, Text: "the Firehose stream " + h.Name})
		}
	}
	if !slices.ContainsFunc(x.Options, func(o Option) bool { return o.Value == f.Stream }) && f.Stream != "" {
		x.Options = append(x.Options, Option{Value: f.Stream, Text: strings.TrimPrefix(f.Stream, FirehosePrefix) + ", which is not there"})
	}
	return x, len(x.Options) > 1
}

// wire is the member that joins a client to what it writes to or reads.
func wire(to string) Member {
	if hose, ok := strings.CutPrefix(to, FirehosePrefix); ok {
		return Member{"DeliveryStreamName", hose}
	}
	return Member{"StreamName", to}
}

// onFirehose makes a text that names $STREAM one that names a Firehose stream, in an agent.json too.
func onFirehose(text, stream string) string {
	if hose, ok := strings.CutPrefix(stream, FirehosePrefix); ok {
		text = strings.ReplaceAll(text, `"kinesisStream": "$STREAM"`, `"deliveryStream": "`+hose+`"`)
	}
	return strings.ReplaceAll(text, "$STREAM", stream)
}

// takenFlaw says that a name is somebody's already: the operations that make clients change who has the name.
func takenFlaw(f Form, w FormWorld, v Values, flaws map[string]string) map[string]string {
	if f.Target == "" && len(f.done) == 0 && v[".Name"] != "" && strings.Contains(w.Taken, " "+v[".Name"]+" ") {
		flaws[".Name"] = "There is a " + v[".Name"] + " already. Give this one another name, or change that one from its card."
	}
	return flaws
}

// scalerSpec is the form of an alarm and of the function that it invokes.
func scalerSpec(f Form, w FormWorld) Spec {
	stream := Field{Name: "StreamName", Label: "Watches and scales", Kind: Choice, Sent: true, First: f.Stream}
	for _, s := range w.Streams {
		stream.Options = append(stream.Options, Option{Value: s.Name, Text: "the stream " + s.Name})
	}
	return Spec{Title: "Add an alarm that scales", Verb: "Add alarm and function", Intro: "The alarm looks at whole minutes of a CloudWatch metric; when it is above the threshold it invokes the function, which changes the shard count.", Fields: []Field{
		{Name: "Name", Short: true, Label: "Name of the function", Kind: Text, First: "auto", Sent: true},
		stream,
		{Name: ".Metric", Label: "Metric", Kind: Choice, First: "IncomingRecords", Options: options("IncomingRecords", "IncomingRecords, Sum", "IncomingBytes", "IncomingBytes, Sum", "WriteProvisionedThroughputExceeded", "WriteProvisionedThroughputExceeded, Sum")},
		{Name: ".Threshold", Label: "Above, in a minute", Kind: Number, First: "48000", Help: "1,000 records/s a shard are 60,000 in a minute"},
		{Name: "Factor", Label: "Scales by", Kind: Number, First: "2", Help: "0.5 to 2"},
		{Name: "CooldownSeconds", Label: "Then rests for, s", Kind: Number, First: "300"},
	}}
}

// scalerPlan makes the function, then the alarm that invokes it.
func scalerPlan(f Form, s Spec, v Values) ([]Step, map[string]string) {
	body, flaws := s.Fill(v, nil, "")
	threshold, ok := Field{Kind: Number}.read(v[".Threshold"])
	if !ok {
		flaws[".Threshold"] = "The threshold must be a number, for example 48000."
		threshold = json.Number("0")
	}
	if v["Name"] == "" {
		flaws["Name"] = "Give it a name, for example auto."
	}
	var all []Step
	if !f.did("PutScaler") {
		all = append(all, Step{Press: Press{"lab", "PutScaler", append(body, Member{"ResetAlarm", true})}})
	}
	return append(all, Step{Press: Press{"cloudwatch", "PutMetricAlarm", Members{{"AlarmName", v["StreamName"] + "-" + v["Name"]}, {"Namespace", "AWS/Kinesis"}, {"MetricName", v[".Metric"]},
		{"Dimensions", []Members{{{"Name", "StreamName"}, {"Value", v["StreamName"]}}}}, {"Statistic", "Sum"}, {"Period", 60}, {"EvaluationPeriods", 1},
		{"ComparisonOperator", "GreaterThanThreshold"}, {"Threshold", threshold}, {"AlarmActions", []string{"arn:aws:lambda:us-east-1:123456789012:function:" + v["Name"]}}}}}), flaws
}
