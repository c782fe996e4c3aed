package lab

import (
	"strings"
	"testing"

	"shardlab/wasm/protocol"
)

// pushedTo is a lab in which one reader polls and one has records pushed to it.
const pushedTo = `{
	"name": "pushed", "start": "2026-03-02T08:39:30Z", "seed": 7, "open": "40s",
	"world": [
		{"do": "kinesis.CreateStream", "with": {"StreamName": "trips", "ShardCount": 2}},
		{"at": "12s", "do": "lab.PutProducer", "with": {"Name": "bikes", "StreamName": "trips", "RecordsPerSecond": 400, "Keys": {"Kind": "uniform", "Count": 40}}},
		{"at": "12s", "do": "lab.PutConsumer", "with": {"Name": "board", "StreamName": "trips"}},
		{"at": "12s", "do": "lab.PutConsumer", "with": {"Name": "alerts", "StreamName": "trips", "RetrievalMode": "FANOUT"}}
	]
}`

// TestFanOutIsSeen holds that a frame, its charts and flights and the sheets show a reader with enhanced fan-out beside one
// that polls.
//
// shows: E1 E2
func TestFanOutIsSeen(t *testing.T) {
	l := open(t, pushedTo)
	f := l.Frame()
	must(t, l, 40*second+500_000)
	g := l.Frame()
	if len(f.Consumers) != 2 {
		t.Fatalf("%d consumers", len(f.Consumers))
	}
	board, alerts := f.Consumers[0], f.Consumers[1]
	if board.Mode != "POLLING" || board.Latency < 150 || board.Latency > 230 || alerts.Mode != "FANOUT" || alerts.Latency < 55 || alerts.Latency > 90 || alerts.Note != "" || alerts.Behind != 0 || alerts.Rate < 350 {
		t.Errorf("the readers are %+v and %+v", board, alerts)
	}
	reads := map[int]int{}
	for _, x := range g.Flights {
		if x.Kind == protocol.FlightRead {
			reads[x.Actor]++
		}
	}
	if reads[0] == 0 || reads[1] <= reads[0] {
		t.Errorf("on their way are %v answers and events", reads)
	}
	charts := map[string]float64{}
	of := func(m protocol.Metric) bool {
		return m.Of == "trips/consumer/alerts" && strings.HasPrefix(m.Name, "SubscribeToShardEvent.") && m.Name != "SubscribeToShardEvent.Success"
	}
	for _, c := range plotted(t, l, of) {
		if c.Of == "trips/consumer/alerts" {
			charts[c.Metric] = c.Points[len(c.Points)-1]
			if c.Metric == "SubscribeToShardEvent.Bytes" && (c.Limit != 4<<20 || c.Why != "2 open shards × 2 MiB/s" || c.Unit != "Bytes") {
				t.Errorf("the chart is %+v", c)
			}
		}
	}
	if len(charts) != 3 || charts["SubscribeToShardEvent.Records"] < 300 {
		t.Errorf("the charts of the consumer end with %v", charts)
	}
	for ref, want := range map[string][]string{
		"consumer:alerts":                  {"Polls|nothing: records are pushed to it, with enhanced fan-out", "Registered consumer|alerts, ACTIVE", "From put to received|", "SubscribeToShard calls|2", "Events pushed to it|", "subscribed until 08:44:"},
		"consumer:board":                   {"Polls|each shard every 200 ms", "From put to received|"},
		"stream:trips":                     {"Registered consumers", "alerts|ACTIVE|2 shards"},
		"shard:trips/shardId-000000000001": {"Bytes pushed with enhanced fan-out|", "of 2 MiB/s for each of 1 subscription", "Subscriptions", "alerts|08:39:5"},
	} {
		s, err := l.Inspect(ref)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if text := sheetText(s); !strings.Contains(text, w) {
				t.Errorf("%s: no %q in\n%s", ref, w, text)
			}
		}
	}
	said := func(text string) bool {
		for _, e := range f.Events {
			if strings.Contains(e.Text, text) {
				return true
			}
		}
		return false
	}
	for _, text := range []string{"Consumer alerts begins to read: trips with enhanced fan-out as alerts, from LATEST.", "alerts is registered as a consumer of trips for enhanced fan-out: it is CREATING",
		"Consumer alerts of trips is ACTIVE", "alerts subscribes to 2 shards: from now on records are pushed to it."} {
		if !said(text) {
			t.Errorf("no event says %q", text)
		}
	}
	// Without its consumer it says what holds it up.
	do(t, l, "kinesis", "DeregisterStreamConsumer", `{"StreamARN":"arn:aws:kinesis:us-east-1:123456789012:stream/trips","ConsumerName":"alerts"}`)
	must(t, l, 42*second)
	if note := l.Frame().Consumers[1].Note; note != "cannot subscribe: its registered consumer is DELETING" {
		t.Errorf("it notes %q", note)
	}
	must(t, l, 52*second)
	if x := l.Frame().Consumers[1]; x.Note != "cannot subscribe: its registered consumer is not there" || x.Behind < 9000 {
		t.Errorf("it notes %q, and is %d ms behind", x.Note, x.Behind)
	}
}
