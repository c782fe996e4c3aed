package lab

import (
	"runtime"
	"testing"
	"time"
)

// tenMinutes is the lab of the budget: 4,000 records a second for ten minutes, read as they come.
const tenMinutes = `{
	"name": "ten-minutes", "start": "2026-03-02T08:00:00Z", "seed": 1, "open": "10s",
	"world": [
		{"do": "kinesis.CreateStream", "with": {"StreamName": "trips", "ShardCount": 8}},
		{"at": "10s", "do": "lab.PutProducer", "with": {"Name": "bikes", "StreamName": "trips", "RecordsPerSecond": 4000, "RecordBytes": 256, "Keys": {"Kind": "uniform", "Count": 200, "Prefix": "rack-"}}},
		{"at": "10s", "do": "lab.PutConsumer", "with": {"Name": "board", "StreamName": "trips"}}
	],
	"goals": [
		{"id": "calm", "text": "No refusals", "check": {"kind": "no-refusals", "stream": "trips"}, "unmet": "{refused} at {shard}", "met": "{accepted}"},
		{"id": "fair", "text": "Fair", "check": {"kind": "largest-share", "stream": "trips", "at-most": 0.5}, "unmet": "{share}", "met": "{share}"}
	]
}`

const tenMinutesRecords = 4000 * 600

// BenchmarkReplay replays the whole run from its log.
func BenchmarkReplay(b *testing.B) {
	l := open(b, tenMinutes)
	must(b, l, 610*second)
	log := l.Log()
	l = nil
	runtime.GC()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Restore([]byte(tenMinutes), log); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(tenMinutesRecords)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}

// BenchmarkRewind goes to the instants of a ten-minute run that lie farthest behind a checkpoint, and back to the end.
func BenchmarkRewind(b *testing.B) {
	l := open(b, tenMinutes)
	must(b, l, 610*second)
	worst := time.Duration(0)
	i := 0
	for b.Loop() {
		// The last instant before a checkpoint is the one with most to replay.
		p := l.points.points[len(l.points.points)*(i%7+1)/8]
		i++
		began := time.Now()
		l.SeekNow(l.since(p.at) - 1)
		l.Frame()
		worst = max(worst, time.Since(began))
	}
	b.ReportMetric(float64(worst.Milliseconds()), "worst-ms")
	b.ReportMetric(float64(len(l.points.points)), "checkpoints")
	b.ReportMetric(float64(l.points.space.Milliseconds()), "space-ms")
}

// TestTenMinutes holds the budget of memory and checkpoints on the run of the benchmark.
func TestTenMinutes(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	l := open(t, tenMinutes)
	must(t, l, 610*second)
	runtime.GC()
	runtime.ReadMemStats(&after)
	held := l.held()
	if held < tenMinutesRecords*99/100 {
		t.Fatalf("%d records are held, want about %d", held, tenMinutesRecords)
	}
	perRecord := float64(after.HeapAlloc-before.HeapAlloc) / float64(held)
	t.Logf("%.1f bytes a record, checkpoints included; %d checkpoints, %s apart", perRecord, len(l.points.points), l.points.space)
	if perRecord > 96 {
		t.Errorf("%.1f bytes a record, all in all; at most 96 are allowed beyond the payload, which is shared", perRecord)
	}
	if n := len(l.points.points); n > maxPoints || n < maxPoints/2-1 {
		t.Errorf("%d checkpoints, want %d to %d", n, maxPoints/2-1, maxPoints)
	}
}
