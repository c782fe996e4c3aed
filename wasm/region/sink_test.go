package region

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/sim"
)

// TestFarEnds holds how far ends stand while faults befall them, and what their sheets tell.
func TestFarEnds(t *testing.T) {
	r, err := New(Config{Seed: 1, Start: sim.At(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))})
	if err != nil {
		t.Fatal(err)
	}
	stands := func(ref, want string) {
		t.Helper()
		if state, why := r.EndState(ref); strings.TrimSpace(state+" "+why) != want {
			t.Errorf("%s is %s, %s; want %s", ref, state, why, want)
		}
	}
	stands("s3/lake", "down there is no such bucket")
	stands("http/partner", "down there is no such sink")
	ok(t, r, "s3api", "CreateBucket", `{"Bucket":"lake"}`)
	ok(t, r, Lab, "PutSink", `{"Name":"partner","Kind":"http"}`)
	ok(t, r, Lab, "PutSink", `{"Name":"hec","Kind":"splunk","AckMillis":0}`)
	stands("s3/lake", "up")
	stands("http/partner", "up")
	stands("splunk/hec", "refusing it acknowledges nothing")
	ok(t, r, Lab, "PutFault", `{"Name":"f","Destination":"http/partner","Kind":"network-latency","Millis":700}`)
	stands("http/partner", "slow fault f: 100 % of the calls take 700 ms longer")
	ok(t, r, Lab, "PutFault", `{"Name":"g","Destination":"http/partner","Kind":"unavailable","Percentage":40}`)
	ok(t, r, Lab, "PutSink", `{"Name":"partner","Answer":"malformed"}`)
	stands("http/partner", "down it answers malformed; fault f: 100 % of the calls take 700 ms longer; fault g: 40 % of the calls find it down")
	ok(t, r, Lab, "PutFault", `{"Name":"h","Destination":"s3/lake","Kind":"refused","Percentage":10}`)
	stands("s3/lake", "refusing fault h: 10 % of the calls are not let in")
	for _, name := range []string{"f", "g"} {
		ok(t, r, Lab, "DeleteFault", `{"Name":"`+name+`"}`)
	}
	ok(t, r, Lab, "PutSink", `{"Name":"partner","Answer":"proper"}`)
	ok(t, r, "firehose", "CreateDeliveryStream", `{"DeliveryStreamName":"rides","HttpEndpointDestinationConfiguration":{"EndpointConfiguration":{"Url":"https://partner.example.com/in"},"BufferingHints":{"SizeInMBs":1,"IntervalInSeconds":0},
		"S3Configuration":{"RoleARN":"arn:aws:iam::123456789012:role/firehose_delivery_role","BucketARN":"arn:aws:s3:::lake"}}}`)
	runFor(r, 15*time.Second)
	ok(t, r, "firehose", "PutRecord", `{"DeliveryStreamName":"rides","Record":{"Data":"aGVsbG8="}}`)
	runFor(r, 15*time.Second)
	sheet, found := r.FarEndSheet("sink:partner")
	text := fmt.Sprint(sheet)
	for _, want := range []string{"HTTP endpoint", "{State", "up", "{rides firehose:rides", "hello", "Items taken", "lab read-sink --name partner", "outage --destination http/partner"} {
		if !found || !strings.Contains(text, want) {
			t.Errorf("the sheet lacks %q: %s", want, text)
		}
	}
	if _, found := r.FarEndSheet("sink:none"); found {
		t.Error("a sink that is not there has a sheet")
	}
	c := r.Clone()
	ok(t, c, "firehose", "PutRecord", `{"DeliveryStreamName":"rides","Record":{"Data":"aGVsbG8="}}`)
	runFor(c, time.Minute)
	if a, b := r.sinkNamed("partner").Total().Items, c.sinkNamed("partner").Total().Items; a != 1 || b != 2 {
		t.Errorf("the world holds %d, its copy %d", a, b)
	}
}
