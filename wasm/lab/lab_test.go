package lab

import (
	"testing"

	"shardlab/wasm/protocol"
)

// hotRack is a lab in which one key takes 70 % of 1,400 records a second, which one of four shards cannot take.
const hotRack = `{
	"name": "hot-rack", "start": "2026-03-02T08:39:30Z", "seed": 7, "profile": "2026", "open": "30s",
	"world": [
		{"do": "kinesis.CreateStream", "with": {"StreamName": "trips", "ShardCount": 2}},
		{"at": "12s", "do": "lab.PutProducer", "with": {"Name": "bikes", "StreamName": "trips", "RecordsPerSecond": 1700, "RecordBytes": 200,
			"Keys": {"Kind": "skewed", "Count": 40, "Prefix": "rack-", "Share": 0.3}, "Retry": {"Mode": "backoff"}}},
		{"at": "12s", "do": "lab.PutConsumer", "with": {"Name": "board", "StreamName": "trips", "From": "TRIM_HORIZON"}},
		{"at": "14s", "do": "lab.Note", "with": {"Text": "The morning rush begins."}}
	],
	"goals": [
		{"id": "no-refusals", "text": "No write is refused for 10 seconds", "check": {"kind": "no-refusals", "stream": "trips", "for": "10s"},
			"unmet": [{"if": "consumers > 1", "text": "Readers do not help writers: {refused} refused."}, {"text": "{refused} writes were refused in the last {for}, most at {shard}."}],
			"met": "No refusals for {for}, and {accepted} records arrived."},
		{"id": "three-shards", "text": "The stream has three open shards", "check": {"kind": "open-shards", "stream": "trips", "min": 3},
			"unmet": "{open} open shards.", "met": "{open} open shards."}
	]
}`

func open(t testing.TB, file string) *Lab {
	t.Helper()
	l, err := New([]byte(file), nil)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// must fails the test unless the lab goes to t.
func must(t testing.TB, l *Lab, at int64) {
	t.Helper()
	for !l.AdvanceTo(at, 0) {
		if c := l.Crashed(); c != nil {
			t.Fatalf("the engine panicked: %s\n%s", c.Message, c.Stack)
		}
		if l.Stopped() != "" {
			t.Fatal(l.Stopped())
		}
	}
}

const second = protocol.Second
