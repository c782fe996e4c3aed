package region_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/region"
)

// experiment starts an experiment with one action on the stream trips for ten minutes.
func experiment(t *testing.T, r *region.Region, action, percentage string) string {
	t.Helper()
	operations := ""
	if strings.HasPrefix(action, "aws:fis:") {
		operations = `,"service":"kinesis","operations":"PutRecord,PutRecords,GetRecords"`
	}
	out := must(t, r, "fis", "CreateExperimentTemplate", `{"description":"d","roleArn":"arn:aws:iam::123456789012:role/fis","stopConditions":[{"source":"aws:cloudwatch:alarm","value":"arn:aws:cloudwatch:us-east-1:123456789012:alarm:enough"}],
		"targets":{"all":{"resourceType":"aws:kinesis:stream","resourceTags":{"team":"city"},"selectionMode":"ALL"}},
		"actions":{"break":{"actionId":"`+action+`","parameters":{"duration":"PT10M","percentage":"`+percentage+`"`+operations+`},"targets":{"KinesisStreams":"all"}}}}`)
	var x struct {
		ExperimentTemplate struct {
			ID string `json:"id"`
		} `json:"experimentTemplate"`
	}
	if err := json.Unmarshal([]byte(out), &x); err != nil {
		t.Fatal(err)
	}
	must(t, r, "fis", "StartExperiment", `{"experimentTemplateId":"`+x.ExperimentTemplate.ID+`"}`)
	return x.ExperimentTemplate.ID
}

// TestExperiments injects each fault of FIS under traffic: clients feel it, those that try again lose nothing, and once
// it is over calls are not even asked about.
func TestExperiments(t *testing.T) {
	rows := []struct {
		action, told string
		puts, reads  bool // which calls fail
	}{
		{"aws:kinesis:stream-provisioned-throughput-exception", "aws:kinesis:stream-provisioned-throughput-exception failed ", true, true},
		{"aws:kinesis:stream-expired-iterator-exception", "calls of GetRecords on trips.", false, true},
		{"aws:fis:inject-api-internal-error", "calls of PutRecord on trips.", true, true},
		{"aws:fis:inject-api-throttle-error", "calls of PutRecord on trips.", true, true},
		{"aws:fis:inject-api-unavailable-error", "calls of PutRecord on trips.", true, true},
	}
	for _, row := range rows {
		t.Run(row.action, func(t *testing.T) {
			r := trips(t, "4", "50")
			must(t, r, "lab", "PutProducer", `{"Name":"bikes","Retry":{"Mode":"backoff","Attempts":10,"BaseMillis":50}}`)
			must(t, r, "lab", "PutConsumer", `{"Name":"board","StreamName":"trips","From":"TRIM_HORIZON"}`)
			must(t, r, "kinesis", "AddTagsToStream", `{"StreamName":"trips","Tags":{"team":"city"}}`)
			wait(r, 10*time.Second)
			p, _ := r.Producer("bikes")
			before := p.Total()
			experiment(t, r, row.action, "20")
			wait(r, time.Minute)
			during := p.Total()
			if (during.Refused > before.Refused) != row.puts || (during.Retried > before.Retried) != row.puts {
				t.Errorf("%d calls were refused, %d retried", during.Refused-before.Refused, during.Retried-before.Retried)
			}
			if got := len(said(r, row.told)); got < 20 {
				t.Errorf("%q is told %d times", row.told, got)
			}
			if e := said(r, row.action+" of experiment EXP"); len(e) != 1 || !strings.Contains(e[0].Text, "begins: into 20 % of the calls on trips until 08:10:") || e[0].Level != region.Bad {
				t.Errorf("its beginning is told %v", e)
			}
			must(t, r, "cloudwatch", "PutMetricAlarm", `{"AlarmName":"enough","Namespace":"AWS/Kinesis","MetricName":"IncomingRecords","Dimensions":[{"Name":"StreamName","Value":"trips"}],"Statistic":"Sum","Period":60,"EvaluationPeriods":1,"ComparisonOperator":"GreaterThanThreshold","Threshold":1}`)
			wait(r, time.Minute)
			if e := said(r, "is stopped. Experiment halted by stop condition."); len(e) != 1 {
				t.Errorf("the stop condition is told %v", e)
			}
			stopped := p.Total().Refused
			must(t, r, "lab", "PutProducer", `{"Name":"bikes","RecordsPerSecond":0}`)
			wait(r, time.Minute)
			c, _ := r.Consumer("board")
			if total := p.Total(); total.Refused != stopped || total.Lost != 0 || c.Total().Read != total.Accepted {
				t.Errorf("after it %d calls were refused; %d records lost, %d of %d read", total.Refused-stopped, total.Lost, c.Total().Read, total.Accepted)
			}
		})
	}
}

// Expired iterators of an experiment do not flood the list of events, and reading goes on.
func TestExpiredIteratorsAlways(t *testing.T) {
	r := trips(t, "1", "20")
	must(t, r, "kinesis", "AddTagsToStream", `{"StreamName":"trips","Tags":{"team":"city"}}`)
	must(t, r, "lab", "PutConsumer", `{"Name":"board","StreamName":"trips"}`)
	experiment(t, r, "aws:kinesis:stream-expired-iterator-exception", "100")
	wait(r, 5*time.Minute)
	if n := len(r.Events(0)); n > 1000 {
		t.Errorf("%d events were told", n)
	}
	wait(r, 10*time.Minute)
	c, _ := r.Consumer("board")
	if lag := c.Lag(r.Kinesis(), r.Now()); lag > 1000 {
		t.Errorf("after it the reader is %d ms behind", lag)
	}
}

// TestOwnFaults holds what the lab's own faults do to clients.
func TestOwnFaults(t *testing.T) {
	r := trips(t, "2", "100")
	must(t, r, "lab", "PutProducer", `{"Name":"bikes","Batch":10,"Retry":{"Mode":"failed-entries","Attempts":10}}`)
	must(t, r, "lab", "PutFault", `{"Name":"gone","StreamName":"trips","Kind":"lost-answers","Percentage":20}`)
	wait(r, 30*time.Second)
	p, _ := r.Producer("bikes")
	if got := p.Total(); got.Duplicates == 0 || got.Lost != 0 {
		t.Errorf("with lost answers there are %d duplicates and %d lost records", got.Duplicates, got.Lost)
	}
	if e := said(r, "gone lost the answers to "); len(e) == 0 || !strings.Contains(e[0].Text, "of PutRecords on trips: they were done, and their clients do not know.") {
		t.Errorf("it is told %v", e)
	}
	must(t, r, "lab", "PutFault", `{"Name":"gone","Operations":["PutRecord"]}`)
	lost := p.Total().Duplicates
	wait(r, 10*time.Second)
	if got := p.Total(); got.Duplicates > lost+10 {
		t.Errorf("answers to PutRecord are lost, and PutRecords makes %d duplicates", got.Duplicates-lost)
	}
	must(t, r, "lab", "DeleteFault", `{"Name":"gone"}`)
	must(t, r, "lab", "PutFault", `{"Name":"bad","StreamName":"trips","Kind":"failed-entries","Percentage":10}`)
	before := p.Total()
	wait(r, 30*time.Second)
	if got := p.Total(); got.Refused == before.Refused || got.Duplicates > before.Duplicates+10 {
		t.Errorf("with failed entries %d are refused, %d duplicates", got.Refused-before.Refused, got.Duplicates-before.Duplicates)
	}
	if e := said(r, "entries of PutRecords on trips with InternalFailure."); len(e) == 0 {
		t.Error("failed entries are not told")
	}
	if out := must(t, r, "lab", "ListFaults", `{}`); !strings.Contains(out, `"Name":"bad","StreamName":"trips","Kind":"failed-entries","Percentage":10`) || strings.Contains(out, "gone") {
		t.Errorf("the faults are %s", out)
	}
	for body, want := range map[string]string{
		`{"StreamName":"trips","Kind":"lost-answers"}`: "Name: left out", `{"Name":"a","Kind":"lost-answers"}`: "StreamName: left out", `{"Name":"a","StreamName":"trips"}`: "Kind: left out",
		`{"Name":"a","StreamName":"trips","Kind":"fire"}`: "write one of lost-answers, failed-entries, network-latency", `{"Name":"a","StreamName":"trips","Kind":"lost-answers","Percentage":101}`: "101 is outside 1 to 100",
		`{"Name":"a","StreamName":"trips","Kind":"lost-answers","Millis":5}`:                              "has no meaning with lost-answers",
		`{"Name":"a","StreamName":"trips","Kind":"lost-answers","Operations":["PutRecord","ListShards"]}`: "write one of PutRecord, PutRecords, GetRecords",
	} {
		reply := r.Do(region.Command{Service: "lab", Op: "PutFault", Body: json.RawMessage(body)})
		if reply.Err == nil || !strings.Contains(reply.Err.Message, want) || reply.Err.Hint == "" {
			t.Errorf("%s: %v, want %q", body, reply.Err, want)
		}
	}
}

// A world with faults replays: a clone in the middle of an experiment goes on as the original does.
func TestFaultsClone(t *testing.T) {
	r := trips(t, "2", "300")
	must(t, r, "kinesis", "AddTagsToStream", `{"StreamName":"trips","Tags":{"team":"city"}}`)
	must(t, r, "lab", "PutConsumer", `{"Name":"board","StreamName":"trips"}`)
	must(t, r, "lab", "PutFault", `{"Name":"slow","StreamName":"trips","Kind":"network-latency","Percentage":30}`)
	experiment(t, r, "aws:kinesis:stream-provisioned-throughput-exception", "40")
	wait(r, 30*time.Second)
	c := r.Clone()
	state := func(r *region.Region) string {
		wait(r, 45*time.Second)
		var b strings.Builder
		r.State(&b)
		return b.String()
	}
	if state(c) != state(r) {
		t.Error("a clone goes on otherwise")
	}
}
