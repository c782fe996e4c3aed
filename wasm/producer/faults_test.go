package producer_test

import (
	"encoding/json"
	"testing"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/producer"
	"shardlab/wasm/region"
)

// TestFaults holds what a client does with calls that fail as a whole in a way that may pass: SDKs try them again, and
// after a lost answer the stream has the records twice.
func TestFaults(t *testing.T) {
	rows := []struct {
		name       string
		settings   string
		fault      kinesis.Fault
		lost       bool
		duplicates bool
	}{
		{"an internal failure is tried again", `"Retry":{"Mode":"backoff","Attempts":9}`, kinesis.Fault{Err: aws.Errorf(aws.InternalError, "")}, false, false},
		{"and so is a whole call of PutRecords", `"Retry":{"Mode":"backoff","Attempts":9},"Batch":10`, kinesis.Fault{Err: aws.Errorf(aws.InternalError, "")}, false, false},
		{"without retries its records are lost", `"Retry":{"Mode":"none"}`, kinesis.Fault{Err: aws.Errorf(aws.InternalError, "")}, true, false},
		{"a lost answer makes duplicates", `"Retry":{"Mode":"backoff","Attempts":9},"Batch":10`, kinesis.Fault{Lost: true}, false, true},
		{"whoever sends only failed entries again is not spared", `"Retry":{"Mode":"failed-entries","Attempts":9},"Batch":10`, kinesis.Fault{Lost: true}, false, true},
		{"without retries a lost answer does no harm", `"Retry":{"Mode":"none"},"Batch":10`, kinesis.Fault{Lost: true}, false, false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r := world(t, 4)
			calls := 0
			r.Kinesis().Hook(func(c *kinesis.Config) {
				c.Inject = func(kinesis.Call) kinesis.Fault {
					if calls++; calls%10 == 0 {
						return row.fault
					}
					return kinesis.Fault{}
				}
			})
			p := put(t, r, `"RecordsPerSecond":100,`+row.settings)
			run(r, 30*time.Second)
			do(t, r, "lab", "PutProducer", `{"Name":"bikes","RecordsPerSecond":0}`)
			run(r, 30*time.Second)
			n, total := int64(len(stored(t, r))), p.Total()
			if p.Blocked() != "" {
				t.Errorf("it is blocked by %s", p.Blocked())
			}
			if (total.Lost > 0) != row.lost || (total.Duplicates > 0) != row.duplicates {
				t.Errorf("lost %d, duplicates %d", total.Lost, total.Duplicates)
			}
			if n != total.Made-total.Lost+total.Duplicates || total.Accepted != n {
				t.Errorf("%d records are stored and %d accepted; %d were made, %d lost, %d are duplicates", n, total.Accepted, total.Made, total.Lost, total.Duplicates)
			}
		})
	}
}

// ids counts the records of the stream by the message ids in them.
func ids(t *testing.T, r *region.Region) map[string]int {
	t.Helper()
	count := map[string]int{}
	for _, x := range stored(t, r) {
		var message struct{ ID string }
		if err := json.Unmarshal(x.Data, &message); err != nil || message.ID == "" {
			t.Fatalf("a record without an id: %s", x.Data)
		}
		count[message.ID]++
	}
	return count
}

// TestTimeouts lets a slow network delay a part of the answers. A client that waits less long than that sends again what the
// stream has already: records with other sequence numbers and the same ids. The cures: to wait longer, or for a reader to
// know the ids it has seen.
//
// shows: T6 SDK5
func TestTimeouts(t *testing.T) {
	const slow = `{"Name":"slow","StreamName":"trips","Kind":"network-latency","Percentage":30,"Millis":2000}`
	for _, row := range []struct {
		name, settings   string
		timed, duplicate bool
	}{
		{"the answer comes after the time-out: twice in the stream", `"TimeoutMillis":1000,"Retry":{"Mode":"backoff","Attempts":9}`, true, true},
		{"so does a batch", `"TimeoutMillis":1000,"Batch":20,"Retry":{"Mode":"backoff","Attempts":9}`, true, true},
		{"and the caller's own loop", `"TimeoutMillis":1000,"Batch":20,"Retry":{"Mode":"failed-entries","Attempts":9}`, true, true},
		{"the cure: a longer time-out", `"TimeoutMillis":5000,"Retry":{"Mode":"backoff","Attempts":9}`, false, false},
		{"the SDK's own is a minute", `"Retry":{"Mode":"backoff","Attempts":9}`, false, false},
		{"who never sends again puts nothing twice", `"TimeoutMillis":1000,"Retry":{"Mode":"none"}`, true, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := world(t, 4)
			p := put(t, r, `"RecordsPerSecond":50,"MessageIds":true,`+row.settings)
			run(r, 10*time.Second)
			if x := p.Total(); x.TimedOut+x.Duplicates != 0 {
				t.Fatalf("before: %+v", x)
			}
			do(t, r, "lab", "PutFault", slow)
			run(r, 20*time.Second)
			do(t, r, "lab", "DeleteFault", `{"Name":"slow"}`)
			do(t, r, "lab", "PutProducer", `{"Name":"bikes","RecordsPerSecond":0}`)
			run(r, time.Minute)
			x, seen := p.Total(), ids(t, r)
			if (x.TimedOut > 0) != row.timed || (x.Duplicates > 0) != row.duplicate || x.Lost != 0 {
				t.Errorf("%+v", x)
			}
			if n := int64(len(stored(t, r))); int64(len(seen)) != x.Made || n != x.Made+x.Duplicates {
				t.Errorf("%d records with %d ids are stored, %d were made and %d put twice", n, len(seen), x.Made, x.Duplicates)
			}
		})
	}
}

// TestLostAnswersAreKnownByTheirIDs holds the other cure of T6: a reader that keeps the ids it has seen takes each once.
//
// shows: T6
func TestLostAnswersAreKnownByTheirIDs(t *testing.T) {
	r := world(t, 2)
	p := put(t, r, `"RecordsPerSecond":200,"RecordBytes":100,"MessageIds":true,"Batch":20,"Retry":{"Mode":"backoff","Attempts":9}`)
	do(t, r, "lab", "PutFault", `{"Name":"gone","StreamName":"trips","Kind":"lost-answers","Percentage":20}`)
	run(r, 20*time.Second)
	do(t, r, "lab", "DeleteFault", `{"Name":"gone"}`)
	do(t, r, "lab", "PutProducer", `{"Name":"bikes","RecordsPerSecond":0}`)
	run(r, time.Minute)
	twice := int64(0)
	for _, n := range ids(t, r) {
		twice += int64(n - 1)
	}
	if x := p.Total(); x.Duplicates == 0 || twice != x.Duplicates || int64(len(ids(t, r))) != x.Made {
		t.Errorf("%d ids, %d are there again: %+v", len(ids(t, r)), twice, x)
	}
	for _, x := range stored(t, r) {
		if len(x.Data) != 100 {
			t.Fatalf("a record of %d bytes: %s", len(x.Data), x.Data)
		}
	}
}

// TestTransientRetries holds that an SDK tries again after a failure that is no throttling within 50 ms, not a second, and
// pays more of its quota for it: 14 tokens of 500.
func TestTransientRetries(t *testing.T) {
	for _, row := range []struct {
		name      string
		err       aws.Code
		low, high int64 // retries that a full quota grants
	}{{"transient", aws.InternalError, 35, 36}, {"throttling", aws.Throttling, 100, 101}} {
		r := world(t, 1)
		r.Kinesis().Hook(func(c *kinesis.Config) {
			c.Inject = func(kinesis.Call) kinesis.Fault { return kinesis.Fault{Err: aws.Errorf(row.err, "")} }
		})
		p := put(t, r, `"RecordsPerSecond":10000,"LatencyMillis":0,"Retry":{"Mode":"backoff","Attempts":2}`)
		run(r, 40*time.Millisecond)
		if n := p.Total().Retried; n < row.low || n > row.high {
			t.Errorf("%s: the quota grants %d retries, want %d to %d", row.name, n, row.low, row.high)
		}
	}
	r := world(t, 1)
	failing := true
	r.Kinesis().Hook(func(c *kinesis.Config) {
		c.Inject = func(kinesis.Call) kinesis.Fault {
			if !failing {
				return kinesis.Fault{}
			}
			return kinesis.Fault{Err: aws.Errorf(aws.InternalError, "")}
		}
	})
	p := put(t, r, `"RecordsPerSecond":1,"LatencyMillis":0,"Retry":{"Mode":"backoff"}`)
	run(r, 10*time.Microsecond)
	failing = false
	run(r, 51*time.Millisecond)
	if x := p.Total(); x.Accepted != 1 {
		t.Errorf("not tried again within 50 ms: %+v", x)
	}
}

// TestRequests compares the calls that the same load takes, one by one and in batches, and how long a client with one
// connection would be busy with them.
//
// shows: SDK1 SDK2
func TestRequests(t *testing.T) {
	calls := map[string]int64{}
	for _, row := range []struct{ name, settings string }{
		{"PutRecord", `"Batch":1`}, {"PutRecords of 10", `"Batch":10`}, {"PutRecords of 500", `"Batch":500`},
	} {
		r := world(t, 4)
		p := put(t, r, `"RecordsPerSecond":2000,"RecordBytes":100,"Keys":{"Kind":"uniform","Count":1000},`+row.settings)
		run(r, 10*time.Second)
		x := p.Total()
		st, _ := r.Kinesis().Stream("trips")
		busy := 0
		for _, sh := range st.Shards() {
			if sh.Taken() > 0 {
				busy++
			}
		}
		if lately := p.Lately(r.Now(), 5); x.Refused != 0 || busy != 4 || int64(lately.Calls)*int64(p.Settings().Batch) != int64(lately.Sent) {
			t.Errorf("%s: %+v, %d shards busy", row.name, x, busy)
		}
		calls[row.name] = x.Calls
		t.Logf("%s: %d calls for %d records in 10 s; one after the other, at %v each, they take %v", row.name, x.Calls, x.Accepted, producer.DefaultLatency,
			time.Duration(x.Calls)*producer.DefaultLatency)
	}
	if a, b, c := calls["PutRecord"], calls["PutRecords of 10"], calls["PutRecords of 500"]; a < 19_900 || a > 20_001 || b < a/10-1 || b > a/10 || c != a/500 {
		t.Errorf("calls: %v", calls)
	}
}
