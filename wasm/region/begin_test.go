package region

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"shardlab/wasm/kinesis"
	"shardlab/wasm/sim"
)

// resharded is a world with a stream that took a record every tenth of a second for two minutes, while its shards were split and merged.
func resharded(t testing.TB) *Region {
	t.Helper()
	r, err := New(Config{Seed: 3, Start: sim.At(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))})
	if err != nil {
		t.Fatal(err)
	}
	ok(t, r, Kinesis, "CreateStream", `{"StreamName":"trips","ShardCount":2}`)
	runFor(r, 10*time.Second)
	for i := range 1200 {
		switch i {
		case 300:
			ok(t, r, Kinesis, "SplitShard", `{"StreamName":"trips","ShardToSplit":"0","NewStartingHashKey":"85070591730234615865843651857942052864"}`)
		case 600:
			ok(t, r, Kinesis, "MergeShards", `{"StreamName":"trips","ShardToMerge":"2","AdjacentShardToMerge":"3"}`)
		case 900:
			ok(t, r, Kinesis, "SplitShard", `{"StreamName":"trips","ShardToSplit":"1","NewStartingHashKey":"255211775190703847597530955573826158592"}`)
		}
		ok(t, r, Kinesis, "PutRecord", fmt.Sprintf(`{"StreamName":"trips","PartitionKey":"key-%d","Data":"YQ=="}`, i))
		runFor(r, 100*time.Millisecond)
	}
	return r
}

// arrivals are when the records of a stream arrived, in milliseconds, in no order.
func arrivals(r *Region) (all []int64) {
	st, _ := r.kinesis.Stream("trips")
	for _, sh := range st.Shards() {
		for i := sh.First(); i < sh.Next(); i++ {
			all = append(all, int64(sh.Record(i).At)/1000)
		}
	}
	return all
}

// TestBeginAtATime holds that readers that begin AT_TIMESTAMP read each record that arrived then or later, once, and none that arrived
// before: across splits and merges, at a record's very millisecond and behind it, from before the stream and from now.
func TestBeginAtATime(t *testing.T) {
	base := resharded(t)
	now := int64(base.Now()) / 1000
	all := arrivals(base)
	if len(all) != 1200 {
		t.Fatalf("the stream holds %d records", len(all))
	}
	for _, reader := range []string{
		`PutConsumer {"Name":"x","StreamName":"trips","From":"AT_TIMESTAMP","Timestamp":%q}`,
		`PutConsumer {"Name":"x","StreamName":"trips","From":"AT_TIMESTAMP","Timestamp":%q,"ShardOrder":"all-at-once"}`,
		`PutConsumer {"Name":"x","StreamName":"trips","From":"AT_TIMESTAMP","Timestamp":%q,"RetrievalMode":"FANOUT"}`,
		`PutKclApplication {"Name":"app","StreamName":"trips","InitialPositionInStream":"AT_TIMESTAMP","InitialPositionInStreamExtended":%q,"ParentShardPollIntervalMillis":1000,"ShardSyncIntervalMillis":1000}`,
		`PutKclApplication {"Name":"app","StreamName":"trips","InitialPositionInStream":"AT_TIMESTAMP","InitialPositionInStreamExtended":%q,"ParentShardPollIntervalMillis":1000,"ShardSyncIntervalMillis":1000,"RetrievalMode":"FANOUT"}`,
		`PutKclApplication {"Name":"app","StreamName":"trips","InitialPositionInStream":"AT_TIMESTAMP","InitialPositionInStreamExtended":%q,"ParentShardPollIntervalMillis":1000,"ShardSyncIntervalMillis":1000,"Version":3,"Workers":2}`,
	} {
		op, body, _ := strings.Cut(reader, " ")
		rapid.Check(t, func(t *rapid.T) {
			at := rapid.OneOf(rapid.SampledFrom(all), rapid.Int64Range(now-130_000, now), rapid.SampledFrom([]int64{1000, now})).Draw(t, "at") + rapid.SampledFrom([]int64{-1, 0}).Draw(t, "off")
			want := int64(60) // what comes later
			for _, x := range all {
				if x >= at {
					want++
				}
			}
			r := base.Clone()
			do := func(service, op, body string) {
				if got := r.Do(Command{Service: service, Op: op, Body: json.RawMessage(body)}); got.Err != nil {
					t.Fatalf("%s %s: %v", op, body, got.Err)
				}
			}
			do(Lab, op, fmt.Sprintf(body, instant(at)))
			for i := range 60 {
				do(Kinesis, "PutRecord", fmt.Sprintf(`{"StreamName":"trips","PartitionKey":"later-%d","Data":"YQ=="}`, i))
				runFor(r, time.Second)
				if i == 30 { // a copy goes on as the original does
					c := r.Clone()
					runFor(r, time.Second)
					runFor(c, time.Second)
					var a, b bytes.Buffer
					r.State(&a)
					if c.State(&b); a.String() != b.String() {
						t.Fatal("a copy is another world")
					}
				}
			}
			runFor(r, 3*time.Minute)
			read, twice := int64(0), int64(0)
			if c := r.Consumers(); len(c) == 1 {
				read = c[0].Total().Read
			} else {
				a, _ := r.KCLApplication("app")
				read, twice = a.Total().Processed-a.Total().Duplicates, a.Total().Duplicates
			}
			if read != want || twice > 0 && !strings.Contains(body, "Workers") {
				t.Fatalf("%s from %d, now %d: it read %d records and %d of them again, want %d", op, at, now, read, twice, want)
			}
		})
	}
}

// TestBeginAtATimeAgain holds that another instant lets a consumer begin again, that another position forgets the instant, and that what
// it has not read is counted from the instant on before it has begun.
func TestBeginAtATimeAgain(t *testing.T) {
	r := resharded(t)
	all := arrivals(r)
	since := func(at time.Time) (n int64) {
		for _, x := range all {
			if x >= at.UnixMilli() {
				n++
			}
		}
		return n
	}
	late, early := r.Now().Time().Add(-20*time.Second), r.Now().Time().Add(-70*time.Second)
	put := func(more string) { ok(t, r, Lab, "PutConsumer", `{"Name":"x"`+more+`}`) }
	read := func() int64 { return r.Consumers()[0].Total().Read }
	put(`,"StreamName":"trips","From":"AT_TIMESTAMP","Timestamp":"` + instant(late.UnixMilli()) + `","Running":false`)
	ok(t, r, Lab, "StartConsumer", `{"Name":"x"}`)
	runFor(r, 20*time.Second)
	first := read()
	if want := since(late); first != want {
		t.Errorf("it read %d, want %d", first, want)
	}
	put(fmt.Sprintf(`,"Timestamp":"%d.%03d"`, early.Unix(), early.UnixMilli()%1000)) // in seconds since 1970
	runFor(r, 20*time.Second)
	if got, want := read()-first, since(early); got != want {
		t.Errorf("from an earlier instant it read %d, want %d", got, want)
	}
	show := func() ConsumerSummary {
		t.Helper()
		var list ListConsumersOutput
		got := r.Do(Command{Service: Lab, Op: "ListConsumers"})
		if err := json.Unmarshal(got.Body, &list); err != nil {
			t.Fatal(err)
		}
		return list.Consumers[0]
	}
	if c := show(); c.From != kinesis.AtTimestamp || c.Timestamp != instant(early.UnixMilli()) {
		t.Errorf("it is listed as %+v", c)
	}
	first = read()
	put(`,"From":"LATEST"`)
	runFor(r, 5*time.Second)
	if c := show(); c.From != kinesis.Latest || c.Timestamp != "" || read() != first {
		t.Errorf("from LATEST on it is %+v, and read %d", c, read()-first)
	}
	ok(t, r, "iam", "CreateRole", `{"RoleName":"none","AssumeRolePolicyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"ec2.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}"}`)
	ok(t, r, Lab, "PutConsumer", `{"Name":"y","StreamName":"trips","Role":"none","From":"AT_TIMESTAMP","Timestamp":"`+instant(late.UnixMilli())+`"}`)
	runFor(r, 5*time.Second)
	unread := int64(0)
	r.Consumers()[1].Lags(r.kinesis, r.Now(), func(shard int32, next, _ int64) {
		st, _ := r.kinesis.Stream("trips")
		sh, _ := st.Shard(shard)
		unread += sh.Next() - next
	})
	if want := since(late); unread != want {
		t.Errorf("one that may not read has %d unread, want %d", unread, want)
	}
}

func TestBeginAtATimeFaults(t *testing.T) {
	r := withKCL(t, 1, 1, 0, `,"Workers":0`)
	for _, row := range []struct{ op, body, want string }{
		{"PutConsumer", `{"Name":"x","StreamName":"trips","From":"AT_TIMESTAMP"}`, `Timestamp: AT_TIMESTAMP needs an instant: write it like "2026-03-02T08:40:00Z"`},
		{"PutConsumer", `{"Name":"x","StreamName":"trips","From":"AT_TIMESTAMP","Timestamp":""}`, `Timestamp: AT_TIMESTAMP needs an instant`},
		{"PutConsumer", `{"Name":"x","StreamName":"trips","Timestamp":"2026-03-02T08:00:00Z"}`, `Timestamp: is the instant of AT_TIMESTAMP: leave it out, or let From be AT_TIMESTAMP`},
		{"PutConsumer", `{"Name":"x","StreamName":"trips","From":"AT_TIMESTAMP","Timestamp":"2026-03-02T08:01:00.001Z"}`, `Timestamp: 2026-03-02T08:01:00.001Z is yet to come: it is 2026-03-02T08:01:00Z`},
		{"PutConsumer", `{"Name":"x","StreamName":"trips","From":"AT_TIMESTAMP","Timestamp":"yesterday"}`, `Timestamp: "yesterday" is no instant`},
		{"PutConsumer", `{"Name":"x","StreamName":"trips","From":"AT_TIMESTAMP","Timestamp":"NaN"}`, `Timestamp: "NaN" is no instant`},
		{"PutConsumer", `{"Name":"x","StreamName":"trips","From":"AT_TIMESTAMP","Timestamp":"-1"}`, `Timestamp: "-1" is no instant`},
		{"PutConsumer", `{"Name":"x","StreamName":"trips","From":"AT_TIMESTAMP","Timestamp":"1e300"}`, `is yet to come`},
		{"PutConsumer", `{"Name":"x","StreamName":"trips","From":"AT_SEQUENCE_NUMBER"}`, `"AT_SEQUENCE_NUMBER" is none of LATEST, TRIM_HORIZON, AT_TIMESTAMP`},
		{"PutKclApplication", `{"Name":"app","InitialPositionInStream":"AT_TIMESTAMP"}`, `InitialPositionInStreamExtended: AT_TIMESTAMP needs an instant`},
		{"PutKclApplication", `{"Name":"app","InitialPositionInStreamExtended":"2026-03-02T08:00:00Z"}`, `let InitialPositionInStream be AT_TIMESTAMP`},
	} {
		got := r.Do(Command{Service: Lab, Op: row.op, Body: json.RawMessage(row.body)})
		if got.Err == nil || !strings.Contains(got.Err.Error(), row.want) {
			t.Errorf("%s: %v; want %s", row.body, got.Err, row.want)
		}
	}
}
