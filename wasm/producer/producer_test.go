package producer_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/kinesis"
	"shardlab/wasm/load"
	"shardlab/wasm/producer"
	"shardlab/wasm/region"
	"shardlab/wasm/sim"
)

var start = sim.At(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))

// world is a region with an ACTIVE stream called trips, ten seconds after its start.
func world(t *testing.T, shards int) *region.Region {
	t.Helper()
	r, err := region.New(region.Config{Seed: 5, Start: start})
	if err != nil {
		t.Fatal(err)
	}
	do(t, r, "kinesis", "CreateStream", fmt.Sprintf(`{"StreamName":"trips","ShardCount":%d}`, shards))
	run(r, 10*time.Second)
	return r
}

func do(t *testing.T, r *region.Region, service, op, body string) {
	t.Helper()
	if reply := r.Do(region.Command{Service: service, Op: op, Body: json.RawMessage(body)}); reply.Err != nil {
		t.Fatalf("%s %s: %v", op, body, reply.Err)
	}
}

func run(r *region.Region, d time.Duration) { r.AdvanceTo(r.Now().Add(d), 0, nil) }

func put(t *testing.T, r *region.Region, settings string) *producer.Producer {
	t.Helper()
	do(t, r, "lab", "PutProducer", `{"Name":"bikes","StreamName":"trips",`+settings+`}`)
	p, _ := r.Producer("bikes")
	return p
}

// stored lists every record that the stream holds.
func stored(t *testing.T, r *region.Region) []*kinesis.Stored {
	t.Helper()
	st, ok := r.Kinesis().Stream("trips")
	if !ok {
		t.Fatal("no stream")
	}
	var all []*kinesis.Stored
	for _, sh := range st.Shards() {
		for i := sh.First(); i < sh.Next(); i++ {
			all = append(all, sh.Record(i))
		}
	}
	return all
}

func TestRate(t *testing.T) {
	rows := []struct {
		name     string
		settings string
		want     int64 // records made in ten seconds,
		tick     int64 // less at most this many, which wait for the next tick
	}{
		{"one every two seconds", `"RecordsPerSecond":0.5`, 5, 0},
		{"one a second", `"RecordsPerSecond":1`, 10, 0},
		{"a third of a record's time is kept", `"RecordsPerSecond":333.333`, 3333, 4},
		{"many a tick", `"RecordsPerSecond":4000`, 40000, 40},
		{"in batches", `"RecordsPerSecond":4000,"Batch":500`, 40000, 500},
		{"a batch larger than a second's records is sent each second", `"RecordsPerSecond":20,"Batch":500`, 200, 20},
		{"none at rate 0", `"RecordsPerSecond":0`, 0, 0},
		{"none when it does not run", `"RecordsPerSecond":100,"Running":false`, 0, 0},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r := world(t, 8)
			p := put(t, r, row.settings+`,"Keys":{"Kind":"uniform","Count":1000}`)
			run(r, 10*time.Second-time.Microsecond)
			if got := p.Total().Made; got > row.want || got < row.want-row.tick {
				t.Errorf("made %d records in ten seconds, want %d", got, row.want)
			}
			if x := p.Total(); x.Accepted != x.Made || int64(len(stored(t, r))) != x.Made {
				t.Errorf("%d were made, %d were taken and %d are stored", x.Made, x.Accepted, len(stored(t, r)))
			}
		})
	}
}

// TestHighRate holds that 16 shards are filled: 16,000 records a second.
func TestHighRate(t *testing.T) {
	r := world(t, 16)
	p := put(t, r, `"RecordsPerSecond":15000,"Batch":500,"RecordBytes":64,"Keys":{"Kind":"round-robin","Count":1600}`)
	run(r, 20*time.Second)
	if lately := p.Lately(r.Now(), 10); lately.Made != 150_000 || lately.Accepted < 145_000 {
		t.Errorf("made %d and got %d taken in ten seconds, want 150,000 and nearly all", lately.Made, lately.Accepted)
	}
}

func TestKeys(t *testing.T) {
	rows := []struct {
		name   string
		keys   string
		first  string
		share  float64 // of the first key
		others int     // different keys beside it
	}{
		{"in turn", `{"Kind":"round-robin","Count":4,"Prefix":"rack-"}`, "rack-0", 0.25, 3},
		{"at random", `{"Kind":"uniform","Count":5,"Prefix":"rack-"}`, "rack-0", 0.2, 4},
		{"skewed", `{"Kind":"skewed","Count":11,"Prefix":"rack-","Share":0.7}`, "rack-0", 0.7, 10},
		{"zipf", `{"Kind":"zipf","Count":50,"Prefix":"rack-","Share":0.3}`, "rack-0", 0.3, 49},
		{"fixed by name", `{"Kind":"fixed","Names":["rack-90"]}`, "rack-90", 1, 0},
		{"fixed by prefix", `{"Kind":"fixed","Prefix":"rack-90"}`, "rack-90", 1, 0},
		{"a list in turn", `{"Kind":"list","Names":["a","b"]}`, "a", 0.5, 1},
		{"a list with a hot first", `{"Kind":"list","Names":["a","b","c"],"Share":0.8}`, "a", 0.8, 2},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r := world(t, 8)
			put(t, r, `"RecordsPerSecond":400,"Keys":`+row.keys)
			run(r, 20*time.Second)
			count := map[string]int{}
			all := stored(t, r)
			for _, x := range all {
				count[x.Key]++
			}
			if got := float64(count[row.first]) / float64(len(all)); got < row.share-0.02 || got > row.share+0.02 {
				t.Errorf("%s took %.3f of %d records, want %.2f", row.first, got, len(all), row.share)
			}
			if len(count) != row.others+1 {
				t.Errorf("%d different keys, want %d", len(count), row.others+1)
			}
		})
	}
	t.Run("the second of a zipf has twice what the third has", func(t *testing.T) {
		r := world(t, 8)
		p := put(t, r, `"RecordsPerSecond":900,"Keys":{"Kind":"zipf","Count":50,"Prefix":"rack-","Share":0.3}`)
		run(r, 60*time.Second)
		if ratio := float64(p.Taken(1)) / float64(p.Taken(2)); ratio < 1.85 || ratio > 2.15 {
			t.Errorf("the second key has %.2f times what the third has, want 2", ratio)
		}
	})
}

func TestPayloadIsJSONOfTheAskedSize(t *testing.T) {
	for _, bytes := range []int{1, 2, 7, 8, 20, 60, 61, 62, 63, 80, 81, 200, 1024, 100_000} {
		for _, count := range []int{1, 3, 50_000} {
			r := world(t, 1)
			put(t, r, fmt.Sprintf(`"RecordsPerSecond":3,"RecordBytes":%d,"Keys":{"Kind":"round-robin","Count":%d,"Prefix":"rack-"}`, bytes, count))
			run(r, 3*time.Second)
			all := stored(t, r)
			if len(all) == 0 {
				t.Fatalf("nothing of %d bytes arrived", bytes)
			}
			for _, x := range all {
				if len(x.Data) != bytes || !json.Valid(x.Data) {
					t.Errorf("payload of %d bytes is %d bytes: %.80s", bytes, len(x.Data), x.Data)
				}
			}
		}
	}
}

func TestPayloadNamesItsKey(t *testing.T) {
	r := world(t, 1)
	put(t, r, `"RecordsPerSecond":3,"Keys":{"Kind":"round-robin","Count":3,"Prefix":"rack-"}`)
	run(r, 2*time.Second)
	for _, x := range stored(t, r) {
		if !strings.Contains(string(x.Data), `"rack":"`+x.Key+`"`) {
			t.Errorf("the payload of %s is %s", x.Key, x.Data)
		}
	}
}

// overload sends 1,500 records a second with one key into one shard, which takes 1,000.
const overload = `"RecordsPerSecond":1500,"RecordBytes":50,"Keys":{"Kind":"fixed","Names":["hot"]}`

// TestRetries compares what becomes of refused records under each policy, after 20 s of overload.
//
// shows: SDK5 T2
func TestRetries(t *testing.T) {
	type outcome struct{ lost, retried, duplicates, late bool }
	rows := []struct {
		name  string
		more  string
		want  outcome
		calls func(producer.Totals) bool
	}{
		{"none: what is refused is lost", ``, outcome{lost: true}, nil},
		{"immediate, one record a call: the same again at once, then lost", `,"Retry":{"Mode":"immediate","Attempts":3}`, outcome{lost: true, retried: true, late: true}, nil},
		{"immediate, in batches: the whole call again, so some are there twice", `,"Batch":100,"Retry":{"Mode":"immediate","Attempts":3}`, outcome{lost: true, retried: true, duplicates: true}, nil},
		{"backoff: an SDK's retries wait, arrive late, and are bounded by its quota", `,"Retry":{"Mode":"backoff"}`, outcome{lost: true, retried: true, late: true}, nil},
		{"backoff, in batches: SDKs do not see failed entries", `,"Batch":100,"Retry":{"Mode":"backoff"}`, outcome{lost: true}, nil},
		{"failed entries: only what failed goes again, nothing twice", `,"Batch":100,"Retry":{"Mode":"failed-entries"}`, outcome{lost: true, retried: true, late: true}, nil},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r := world(t, 1)
			p := put(t, r, overload+row.more)
			run(r, 20*time.Second)
			x := p.Total()
			late, _, _ := p.Late()
			got := outcome{x.Lost > 0, x.Retried > 0, x.Duplicates > 0, late > 0}
			if row.want.duplicates {
				got.late = row.want.late // a repeated call brings old records after new ones in any case
			}
			if got != row.want {
				t.Errorf("outcome %+v, want %+v (%+v, %d late)", got, row.want, x, late)
			}
			if int64(len(stored(t, r))) != x.Accepted {
				t.Errorf("%d records are stored, %d count as taken", len(stored(t, r)), x.Accepted)
			}
			if sum := x.Accepted - x.Duplicates + x.Lost + int64(p.Waiting()); sum != x.Made && !row.want.duplicates {
				t.Errorf("%d were made, but taken, lost and waiting ones are %d", x.Made, sum)
			}
		})
	}
}

// TestBackoffCuresABurst holds that a short overload leaves no loss behind when refused records wait and go again, and
// leaves some when they do not.
//
// shows: T2
func TestBackoffCuresABurst(t *testing.T) {
	for _, row := range []struct {
		retry string
		lost  bool
	}{{`"Retry":{"Mode":"none"}`, true}, {`"Retry":{"Mode":"failed-entries","Attempts":8,"BaseMillis":200},"Batch":50`, false}} {
		r := world(t, 1)
		p := put(t, r, `"RecordsPerSecond":700,"RecordBytes":50,`+row.retry)
		run(r, 5*time.Second)
		do(t, r, "lab", "PutProducer", `{"Name":"bikes","RecordsPerSecond":2600}`)
		run(r, time.Second)
		do(t, r, "lab", "PutProducer", `{"Name":"bikes","RecordsPerSecond":300}`)
		run(r, 30*time.Second)
		if x := p.Total(); x.Refused == 0 || x.Lost > 0 != row.lost || p.Waiting() != 0 {
			t.Errorf("%s: refused %d, lost %d, waiting %d; want losses: %t", row.retry, x.Refused, x.Lost, p.Waiting(), row.lost)
		}
	}
}

// TestRetryQuota holds the quota of the SDK: a flood of refusals drains its bucket of 500 tokens at 5 a retry.
func TestRetryQuota(t *testing.T) {
	r := world(t, 1)
	p := put(t, r, `"RecordsPerSecond":100000,"RecordBytes":50,"Retry":{"Mode":"backoff"},"LatencyMillis":0`)
	run(r, 50*time.Millisecond)
	// The shard's 1,000 records are taken, each gives a token back to a full bucket; then 100 retries empty it.
	if x := p.Total(); x.Retried > 120 || x.Retried < 100 {
		t.Errorf("%d retries were granted out of %d refusals, want about 500 tokens / 5", x.Retried, x.Refused)
	}
}

func TestQueueIsBounded(t *testing.T) {
	r := world(t, 1)
	p := put(t, r, overload+`,"Batch":100,"Retry":{"Mode":"failed-entries","Queue":50,"BaseMillis":20000}`)
	run(r, 10*time.Second)
	if p.Waiting() > 50 {
		t.Errorf("%d records wait, at most 50 may", p.Waiting())
	}
}

func TestWithoutStream(t *testing.T) {
	r := world(t, 1)
	do(t, r, "lab", "PutProducer", `{"Name":"bikes","StreamName":"late","RecordsPerSecond":10}`)
	p, _ := r.Producer("bikes")
	run(r, 2*time.Second)
	if p.Blocked() == "" || p.Total().Lost == 0 || p.Total().Accepted != 0 {
		t.Errorf("without its stream: blocked %q, %+v", p.Blocked(), p.Total())
	}
	do(t, r, "kinesis", "CreateStream", `{"StreamName":"late","ShardCount":1}`)
	run(r, 12*time.Second)
	if p.Blocked() != "" || p.Total().Accepted == 0 {
		t.Errorf("with its stream: blocked %q, %+v", p.Blocked(), p.Total())
	}
}

func TestStopAndChange(t *testing.T) {
	r := world(t, 1)
	p := put(t, r, overload+`,"Retry":{"Mode":"backoff"}`)
	run(r, 10*time.Second)
	waiting, lost := int64(p.Waiting()), p.Total().Lost
	if waiting == 0 {
		t.Fatal("nothing waits")
	}
	do(t, r, "lab", "StopProducer", `{"Name":"bikes"}`)
	if p.Waiting() != 0 || p.Total().Lost != lost+waiting {
		t.Errorf("after a stop %d wait and %d are lost, want 0 and %d", p.Waiting(), p.Total().Lost, lost+waiting)
	}
	made := p.Total().Made
	run(r, 5*time.Second)
	if p.Total().Made != made {
		t.Error("a stopped producer makes records")
	}
	do(t, r, "lab", "PutProducer", `{"Name":"bikes","RecordsPerSecond":10,"Running":true}`)
	run(r, 10*time.Second-time.Microsecond)
	if got := p.Total().Made - made; got != 100 {
		t.Errorf("made %d after the change, want 100", got)
	}
	if p.Settings().RecordBytes != 50 || p.Settings().Keys.Kind != load.Fixed {
		t.Error("members that were not given have changed")
	}
}
