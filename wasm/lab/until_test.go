package lab

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/protocol"
)

// until runs by words, in slices, and returns what ended it.
func until(t *testing.T, l *Lab, words string, budget int) string {
	t.Helper()
	c, err := protocol.ReadCondition(words, *l.where())
	if err != nil {
		t.Fatal(err)
	}
	u := l.Until(c)
	for i := 0; !l.Run(u, budget); i++ {
		if i > 10_000_000 {
			t.Fatal("it never ends")
		}
	}
	if l.Crashed() != nil {
		t.Fatal(l.Crashed().Message, l.Crashed().Stack)
	}
	if u.Err != nil {
		return u.Err.Error()
	}
	return u.Reached
}

// quietLab has a stream with one record put at 10 s and nothing that happens by itself.
func quietLab(t *testing.T) *Lab {
	return open(t, `{"name": "quiet", "start": "2026-03-02T08:00:00Z", "seed": 1, "open": "12s", "world": [
		{"do": "kinesis.CreateStream", "with": {"StreamName": "s", "ShardCount": 1}},
		{"at": "10s", "do": "kinesis.PutRecord", "with": {"StreamName": "s", "PartitionKey": "a", "Data": "YQ=="}}]}`)
}

// TestUntilARecordExpires holds that days pass and that the run stands at the very instant, also when retention changes on the way.
func TestUntilARecordExpires(t *testing.T) {
	const day = 24 * 3600 * second
	for _, budget := range []int{0, 7} {
		l := quietLab(t)
		if got := until(t, l, "23h59m before the record expires", budget); l.Now() != 70*second || got != "A record of shardId-000000000000 in s expires in 23h59m. It is 08:01:10.000." {
			t.Errorf("before: %q at %d", got, l.Now())
		}
		if got := until(t, l, "record expires", budget); l.Now() != day+10*second || !strings.HasPrefix(got, "A record of shardId-000000000000 in s expires: it was taken at 08:00:10.000,") {
			t.Errorf("expiry: %q at %d", got, l.Now())
		}
		l.SeekNow(day)
		do(t, l, "kinesis", "IncreaseStreamRetentionPeriod", `{"StreamName":"s","RetentionPeriodHours":168}`)
		if got := until(t, l, "record expires", budget); l.Now() != 7*day+10*second || !strings.Contains(got, "It is 2026-03-09 08:00:10.000.") {
			t.Errorf("after seven days: %q at %d", got, l.Now())
		}
		l.SeekNow(3 * day)
		do(t, l, "kinesis", "DeleteStream", `{"StreamName":"s"}`)
		if got := until(t, l, "expiry", budget); got != "The stream of the record is gone, and the record with it." && !strings.HasPrefix(got, "Nothing of the kind") {
			t.Errorf("with its stream: %q at %d", got, l.Now())
		}
	}
	l := quietLab(t)
	if got := until(t, l, "record 49672285307568562196260119068665479850763402889205383170 expires", 0); !strings.Contains(got, "it was never given out") || l.Now() != 12*second {
		t.Error(got)
	}
	if got := until(t, l, "25h before expiry", 0); !strings.HasPrefix(got, "ValidationException: That was at 07:00:10.000 already") && !strings.Contains(got, "That was at") {
		t.Error(got)
	}
}

// TestFarInstantsEnd holds that a way to an instant beyond what a run may live ends there, however far the instant, that words for
// one are refused, and that a record that outlives the run is not said to expire.
func TestFarInstantsEnd(t *testing.T) {
	last := MaxAge.Microseconds()
	l := open(t, `{"name": "empty", "start": "2026-03-02T08:00:00Z", "seed": 1, "open": "1s", "world": []}`)
	for _, far := range []int64{last + 1, 251_600_000_000 * second, math.MaxInt64} {
		l.SeekNow(last - 2*second)
		u := l.Until(protocol.Condition{At: far})
		for i := 0; !l.Run(u, 0); i++ {
			if i > 1000 {
				t.Fatalf("the run to %d stands still at %d", far, l.Now())
			}
		}
		if l.Now() != last || u.Reached != Ended {
			t.Errorf("until %d: %q at %d", far, u.Reached, l.Now())
		}
		l.SeekNow(2 * second)
		if l.SeekNow(far); l.Now() != last {
			t.Errorf("a jump to %d leads to %d", far, l.Now())
		}
		if l.SeekTo(-far); l.Now() != l.Opened() {
			t.Errorf("a jump to %d leads to %d", -far, l.Now())
		}
	}
	l.SeekNow(last - 24*3600*second)
	do(t, l, "kinesis", "CreateStream", `{"StreamName":"s","ShardCount":1}`)
	must(t, l, l.Now()+60*second)
	do(t, l, "kinesis", "PutRecord", `{"StreamName":"s","PartitionKey":"a","Data":"YQ=="}`)
	if got := until(t, l, "record expires", 0); got != Ended || l.Now() != last { // the record outlives the run
		t.Errorf("%q at %d", got, l.Now())
	}
	l = quietLab(t)
	for _, words := range []string{"lab run 9999-01-01T00:00:00Z", "lab go 9999-01-01T00:00:00Z", "lab run +401d"} {
		out, exit := l.Type(words)
		text := ""
		for _, o := range out {
			text += o.Text
		}
		if exit == 0 || !strings.Contains(text, "No run is longer than 400 days.") || !strings.Contains(text, "Write an instant up to 2027-04-06T08:00:00Z.") || l.Now() != 12*second {
			t.Errorf("%s: %d %q at %d", words, exit, text, l.Now())
		}
	}
}

// TestUntilAMetricCrosses holds the second in which a metric is beyond a value for the first time.
func TestUntilAMetricCrosses(t *testing.T) {
	l := open(t, strings.Replace(hotRack, `"open": "30s"`, `"open": "0s"`, 1))
	if got := until(t, l, "metric IncomingRecords of trips above 1,000", 300); !strings.HasPrefix(got, "IncomingRecords of trips is above 1,000: 1,") || l.Now()%second != 0 || l.Now() < 13*second || l.Now() > 15*second {
		t.Errorf("%q at %d", got, l.Now())
	}
	if got := until(t, l, "metric IncomingRecords of trips above 1,000", 300); l.Now()%second != 0 || !strings.HasPrefix(got, "IncomingRecords of trips is above") {
		t.Errorf("it is so already: %q at %d", got, l.Now())
	}
	do(t, l, "lab", "StopProducer", `{"Name":"bikes"}`)
	if got := until(t, l, "metric incomingrecords below 1", 300); got != "IncomingRecords of trips is below 1: 0 (Sum of the last second)." {
		t.Errorf("%q at %d", got, l.Now())
	}
	do(t, l, "kinesis", "SplitShard", splitHot)
	if got := until(t, l, "metric OpenShardCount above 2", 0); !strings.HasPrefix(got, "OpenShardCount of trips is above 2: 3") {
		t.Errorf("%q at %d", got, l.Now())
	}
	for words, want := range map[string]string{"metric Nonsense above 1": "No chart shows a metric Nonsense.", "metric IncomingRecords of tips above 1": "IncomingRecords is not charted of tips."} {
		if got := until(t, l, words, 0); !strings.Contains(got, want) {
			t.Errorf("%s: %q", words, got)
		}
	}
}

// TestUntilABufferGoesOut stops at the flush of a Firehose stream, by its exact instant.
func TestUntilABufferGoesOut(t *testing.T) {
	l := hoseLab(t, "")
	deliver(t, l, "one\n")
	put := l.Now()
	if got := until(t, l, "flush", 5); got != "The buffer of raw goes out because its time was up: 1 record, 4 B." || l.Now() != put+60*second {
		t.Errorf("%q at %d", got, l.Now())
	}
	if got := until(t, l, "flush of raw", 5); got != "Nothing of the kind happened within a virtual day." {
		t.Errorf("%q", got)
	}
}

// TestNextAndPrevious steps from event to event, forward and back, and after a rewind meets the same instants.
func TestNextAndPrevious(t *testing.T) {
	l := open(t, strings.Replace(hotRack, `"open": "30s"`, `"open": "0s"`, 1))
	var there []int64
	for len(there) < 6 {
		u := l.Step()
		for !l.Run(u, 100) {
		}
		there = append(there, l.Now())
	}
	if there[0] == there[5] {
		t.Fatalf("time stands still: %v", there)
	}
	marks := map[int64]bool{}
	for _, e := range l.Events(0) {
		if e.Mark {
			marks[e.At] = true
		}
	}
	for at := l.Before(); at > l.Opened(); at = l.Before() {
		if !marks[at] || at >= l.Now() {
			t.Fatalf("back to %d from %d, where nothing is", at, l.Now())
		}
		delete(marks, l.Now())
		l.SeekNow(at)
	}
	delete(marks, l.Now())
	delete(marks, l.Opened())
	if len(marks) > 0 {
		t.Errorf("passed over %v", marks)
	}
	l.SeekNow(l.Opened())
	for i, at := range there {
		u := l.Step()
		for !l.Run(u, 0) {
		}
		if l.Now() != at {
			t.Errorf("step %d after the rewind leads to %d, it was %d", i, l.Now(), at)
		}
	}
}

// BenchmarkSevenDays lets a week pass over two shards: without anybody, with a poller that finds nothing, with three records a
// second, with both.
func BenchmarkSevenDays(b *testing.B) {
	for _, c := range []struct {
		name  string
		rate  int
		reads bool
	}{{"idle", 0, false}, {"polled", 0, true}, {"written", 3, false}, {"both", 3, true}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				l := open(b, fmt.Sprintf(`{"name": "days", "start": "2026-03-02T08:00:00Z", "seed": 1, "open": "10s", "world": [
					{"do": "kinesis.CreateStream", "with": {"StreamName": "s", "ShardCount": 2}},
					{"at": "10s", "do": "lab.PutProducer", "with": {"Name": "bikes", "StreamName": "s", "RecordsPerSecond": %d}},
					{"at": "10s", "do": "lab.PutConsumer", "with": {"Name": "board", "StreamName": "s", "Running": %t}}]}`, c.rate, c.reads))
				began := time.Now()
				must(b, l, 7*24*3600*second)
				b.ReportMetric(float64(time.Since(began).Milliseconds()), "ms/week")
			}
		})
	}
}
