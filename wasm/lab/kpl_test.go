package lab

import (
	"strings"
	"testing"
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
