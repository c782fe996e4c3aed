package lab

import (
	"strings"
	"testing"

	"shardlab/wasm/protocol"
)

const packing = `{
	"name": "packing", "start": "2026-03-02T08:39:30Z", "seed": 3, "open": "11s",
	"world": [
		{"do": "kinesis.CreateStream", "with": {"StreamName": "trips", "ShardCount": 1}},
		{"at": "11s", "do": "lab.PutKplProducer", "with": {"Name": "bikes", "StreamName": "trips", "RecordsPerSecond": 100, "RecordBytes": 100, "Keys": {"Kind": "uniform", "Count": 5, "Prefix": "rack-"}}}
	]
}`

// TestReadingWhatTheKPLWrote holds that a plain reader gets one opaque blob for many user records, and that the page tells
// what is in it, what its producer does and why.
//
// shows: KPL7
func TestReadingWhatTheKPLWrote(t *testing.T) {
	l := open(t, packing)
	must(t, l, 15*second)
	out, exit := l.Type(`IT=$(aws kinesis get-shard-iterator --stream-name trips --shard-id shardId-000000000000 --shard-iterator-type TRIM_HORIZON --query ShardIterator --output text); aws kinesis get-records --shard-iterator $IT --limit 30`)
	text := ""
	for _, o := range out {
		text += o.Text
	}
	if blobs := strings.Count(text, `"Data": "84mawg`); exit != 0 || blobs < 15 || strings.Count(text, "rack-") != 30-blobs {
		t.Errorf("of 30 records a plain reader sees %d blobs and no key of their user records: exit %d: %.300s", blobs, exit, text)
	}
	st, _ := l.run.region.Kinesis().Stream("trips")
	sh := st.Shards()[0]
	place := sh.Next() - 1
	s, err := l.Inspect("record:trips/" + sh.ID() + "/" + sh.SequenceNumber(place, sh.Record(place).At))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"User records in it", "rack-", `"rack":`, "sent by bikes, with the KPL", "Packed by the KPL|"} {
		if !strings.Contains(sheetText(s), want) {
			t.Errorf("the record's sheet does not say %q:\n%s", want, sheetText(s))
		}
	}
	if s, err = l.Inspect("producer:bikes"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"when RecordMaxBufferedTime, 100 ms, is over", "Its buffers", sh.ID(), "User records in a Kinesis record", "by time", "The latest results of futures"} {
		if !strings.Contains(sheetText(s), want) {
			t.Errorf("the producer's sheet does not say %q:\n%s", want, sheetText(s))
		}
	}
	for _, section := range s.Sections {
		for _, row := range section.Rows {
			for _, c := range row {
				if strings.HasPrefix(c.Ref, "record:") {
					if _, err := l.Inspect(c.Ref); err != nil {
						t.Errorf("a result leads nowhere: %v", err)
					}
				}
			}
		}
	}
	f := l.Frame()
	if len(f.Producers) != 1 || f.Producers[0].Kind != "KPL" || f.Producers[0].Noun != "KplProducer" || len(f.Producers[0].Parts) != 3 || f.Producers[0].Accepted < 90 {
		t.Errorf("on the stage: %+v", f.Producers)
	}
	told := ""
	for _, e := range f.Events {
		told += e.Text + "\n"
	}
	for _, want := range []string{"bikes knows the 1 open shard of trips now", "bikes flushes its buffers when RecordMaxBufferedTime, 100 ms, is over: now about"} {
		if !strings.Contains(told, want) {
			t.Errorf("no event says %q:\n%s", want, told)
		}
	}
}

const clients = `{
	"name": "clients", "start": "2026-03-02T08:39:30Z", "seed": 3, "open": "11s",
	"world": [
		{"do": "kinesis.CreateStream", "with": {"StreamName": "trips", "ShardCount": 2}},
		{"at": "11s", "do": "lab.PutKplProducer", "with": {"Name": "bikes", "StreamName": "trips", "RecordsPerSecond": 300, "RecordMaxBufferedTime": 250}},
		{"at": "11s", "do": "lab.PutAgent", "with": {"Name": "web", "Config": "{\"flows\": [{\"filePattern\": \"/var/log/app.log*\", \"kinesisStream\": \"trips\", \"maxBufferAgeMillis\": 1000}]}"}},
		{"at": "11s", "do": "lab.PutLogFile", "with": {"Agent": "web", "Path": "/var/log/app.log", "Format": "APP"}},
		{"at": "11s", "do": "lab.PutKclApplication", "with": {"Name": "fleet", "StreamName": "trips", "Workers": 2, "BillingMode": "PROVISIONED", "InitialLeaseTableWriteCapacity": 5}}
	]
}`

// TestChartsOfClients holds that the metrics that clients write to CloudWatch have charts under its names, with units, and with the
// capacity of a lease table as its limit.
func TestChartsOfClients(t *testing.T) {
	l := open(t, clients)
	must(t, l, 100*second)
	type want struct {
		stat, unit string
		low, high  float64 // of the last point, or of the largest when it is a sum that is written now and then
		limit      float64
	}
	wants := map[string]want{
		"KinesisProducerLibrary/trips UserRecordsReceived":                           {"Sum", "Count", 290, 310, 0},
		"KinesisProducerLibrary/trips BufferingTime":                                 {"Average", "Milliseconds", 50, 260, 0},
		"KinesisProducerLibrary/trips UserRecordsPerKinesisRecord":                   {"Average", "Count", 20, 60, 0},
		"AWSKinesisAgent/KinesisStream:trips BytesSent":                              {"Sum", "Bytes", 1000, 1 << 20, 0},
		"AWS/DynamoDB/fleet ConsumedWriteCapacityUnits":                              {"Sum", "Count", 1, 10, 5},
		"fleet/ProcessTask/shardId-000000000001 MillisBehindLatest":                  {"Maximum", "Milliseconds", 0, 3000, 0},
		"fleet/RenewAllLeases/worker-1 CurrentLeases":                                {"Maximum", "Count", 1, 1, 0},
		"fleet/ProcessTask/shardId-000000000000 RecordProcessor.processRecords.Time": {"Average", "Milliseconds", 0, 1000, 0},
	}
	for _, c := range plotted(t, l, func(m protocol.Metric) bool { return wants[m.Of+" "+m.Name].stat != "" }) {
		w, ok := wants[c.Of+" "+c.Metric]
		if !ok {
			continue
		}
		delete(wants, c.Of+" "+c.Metric)
		last := c.Points[len(c.Points)-1]
		for _, p := range c.Points {
			if w.stat == "Sum" && !(last >= p) {
				last = p
			}
		}
		if c.Stat != w.stat || c.Unit != w.unit || c.Limit != w.limit || last < w.low || last > w.high {
			t.Errorf("%s of %s: %s in %s, limit %v, at last %v; want %+v", c.Metric, c.Of, c.Stat, c.Unit, c.Limit, last, w)
		}
	}
	if len(wants) > 0 {
		t.Errorf("no chart of %v", wants)
	}
	if n := len(l.Frame().Charts); n > 0 {
		t.Errorf("%d charts in a frame of the same second", n)
	}
}
