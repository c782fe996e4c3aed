package model

import (
	"encoding/json"
	"strings"
	"testing"

	"shardlab/wasm/protocol"
)

var wired = protocol.Frame{
	Streams:   []protocol.Stream{{Name: "trips"}, {Name: "rides"}},
	Firehoses: []protocol.Firehose{{Name: "raw", Structure: "ExtendedS3", Version: 3, To: protocol.Place{Ref: "bucket:lake", Kind: "Amazon S3", Name: "lake"}}, {Name: "archive", Source: "trips", Structure: "Redshift", To: protocol.Place{Ref: "sink:dwh", Kind: "Amazon Redshift"}}},
	Buckets:   []string{"lake", "cold"},
	Producers: []protocol.Producer{{Name: "bikes", Stream: "trips"}, {Kind: "KPL", Noun: "KplProducer", Name: "fleet", Stream: "trips"}, {Kind: "Kinesis Agent", Noun: "Agent", Name: "web", Stream: "trips", Also: []string{"firehose:raw"}}},
	Consumers: []protocol.Consumer{{Name: "board", Stream: "trips"}, {Kind: "KCL application", Noun: "KclApplication", Name: "app", Stream: "trips"}, {Kind: "Lambda function", Noun: "EventSourceMapping", Name: "notify", Stream: "trips"},
		{Kind: "SQL application", Noun: sqlNoun, Name: "peaks", Stream: "trips", To: []protocol.Place{{Ref: "stream:rides"}}}, {Kind: "Firehose", Noun: firehoseNoun, Name: "archive", Stream: "trips"}},
}

// TestJoints holds what each client may be connected to, by which operation, and why not to the others.
func TestJoints(t *testing.T) {
	for _, tt := range []struct{ from, end, to, want string }{
		{"producer:bikes", WireOut, "stream:trips", "now"},
		{"producer:bikes", WireOut, "stream:rides", `lab PutProducer {"Name":"bikes","StreamName":"rides"}`},
		{"producer:bikes", WireOut, "firehose:raw", `lab PutProducer {"Name":"bikes","DeliveryStreamName":"raw"}`},
		{"producer:bikes", WireOut, "firehose:archive", "no: archive reads the stream trips"},
		{"producer:fleet", WireOut, "stream:rides", `lab PutKplProducer {"Name":"fleet","StreamName":"rides"}`},
		{"producer:fleet", WireOut, "firehose:raw", "no: The KPL packs records by the shard"},
		{"producer:web", WireOut, "firehose:raw", "now"},
		{"producer:web", WireOut, "stream:rides", "no: Where an agent writes stands in the flows"},
		{"consumer:board", WireIn, "stream:rides", `lab PutConsumer {"Name":"board","StreamName":"rides"}`},
		{"consumer:board", WireIn, "firehose:raw", "no: A Firehose stream is not read"},
		{"consumer:app", WireIn, "stream:rides", "no: The leases of app are of trips"},
		{"consumer:app", WireIn, "stream:trips", "now"},
		{"consumer:notify", WireIn, "stream:rides", "no: An event source mapping keeps its stream"},
		{"consumer:peaks", WireIn, "stream:rides", `lab PutSqlApplication {"Name":"peaks","StreamName":"rides"}`},
		{"consumer:peaks", WireOut, "stream:rides", "now"},
		{"consumer:peaks", WireOut, "stream:trips", "no: peaks reads trips"},
		{"consumer:peaks", WireOut, "firehose:raw", `lab PutSqlApplication {"Name":"peaks","OutputTo":"firehose/raw"}`},
		{"consumer:peaks", WireOut, "function:notify", `lab PutSqlApplication {"Name":"peaks","OutputTo":"function/notify"}`},
		{"firehose:raw", WireOut, "bucket:lake", "now"},
		{"firehose:raw", WireOut, "bucket:cold", `firehose UpdateDestination {"DeliveryStreamName":"raw","CurrentDeliveryStreamVersionId":"3","DestinationId":"destinationId-000000000001","ExtendedS3DestinationUpdate":{"BucketARN":"arn:aws:s3:::cold"}}`},
		{"firehose:archive", WireOut, "bucket:cold", "no: archive delivers to Amazon Redshift"},
		{"firehose:archive", WireIn, "stream:rides", "no: A Firehose stream keeps its source"},
		{"consumer:board", WireOut, "stream:rides", "none"}, {"producer:none", WireOut, "stream:rides", "none"}, {"producer:bikes", WireOut, "bucket:lake", "none"},
	} {
		got := "none"
		for _, j := range JointsOf(wired, tt.from, tt.end) {
			body, _ := json.Marshal(j.Body)
			switch {
			case j.Ref != tt.to:
			case j.Now:
				got = "now"
			case j.Flaw != "":
				got = "no: " + j.Flaw
			default:
				got = j.Service + " " + j.Op + " " + string(body)
			}
		}
		if got != tt.want && (!strings.HasPrefix(tt.want, "no: ") || !strings.HasPrefix(got, tt.want)) {
			t.Errorf("%s at its %s end to %s: %s, want %s", tt.from, tt.end, tt.to, got, tt.want)
		}
	}
}

func TestWiring(t *testing.T) {
	b := NewBench()
	b.Frame, b.Figures = wired, wired
	b, _ = b.Update(BeginWire{From: "producer:bikes", End: WireOut})
	b, _ = b.Update(HoldWire{"stream:rides"})
	if b.Wiring != (Wiring{From: "producer:bikes", End: WireOut, Over: "stream:rides"}) {
		t.Fatalf("the wire is %+v", b.Wiring)
	}
	done, asks := b.Update(DropWire{"stream:rides"})
	if len(asks) == 0 || asks[0].Request.Op != "PutProducer" || done.Wiring.From != "" || !done.Deed.Busy {
		t.Errorf("let go over a stream it asks %+v", asks)
	}
	if done, asks = b.Update(DropWire{}); len(asks) != 0 || done.Wiring.From != "" || done.Deed != (Deed{}) {
		t.Errorf("let go over nothing it asks %+v and says %+v", asks, done.Deed)
	}
	if done, asks = b.Update(DropWire{"firehose:archive"}); len(asks) != 0 || done.Deed.Error == nil || !strings.Contains(done.Deed.Error.Message, "Write to trips") {
		t.Errorf("let go over what does not take it, it asks %+v and says %+v", asks, done.Deed)
	}
	if done, asks = b.Update(Connect{"producer:bikes", WireOut, "stream:trips"}); len(asks) != 0 || !strings.Contains(done.Deed.Words, "Nothing changes") {
		t.Errorf("to where it is connected, it asks %+v and says %+v", asks, done.Deed)
	}
	for want, j := range map[string]Joint{"bikes writes to rides from now on": {Name: "rides"}, "bikes writes to rides already": {Name: "rides", Now: true}, "It cannot": {Flaw: "It cannot."}} {
		if got, _ := JointWords(Wiring{From: "producer:bikes", End: WireOut}, j); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
