package kpl_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
	"github.com/awslabs/kinesis-aggregation/go/v2/deaggregator"

	"shardlab/wasm/aggregation"
	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/kpl"
	"shardlab/wasm/region"
	"shardlab/wasm/sim"
)

var start = sim.At(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))

// world is a region with an ACTIVE stream called trips, ten seconds after its start.
func world(t testing.TB, shards int) *region.Region {
	t.Helper()
	r, err := region.New(region.Config{Seed: 5, Start: start})
	if err != nil {
		t.Fatal(err)
	}
	do(t, r, "kinesis", "CreateStream", fmt.Sprintf(`{"StreamName":"trips","ShardCount":%d}`, shards))
	run(r, 10*time.Second)
	return r
}

func do(t testing.TB, r *region.Region, service, op, body string) []byte {
	t.Helper()
	reply := r.Do(region.Command{Service: service, Op: op, Body: json.RawMessage(body)})
	if reply.Err != nil {
		t.Fatalf("%s %s: %v", op, body, reply.Err)
	}
	return reply.Body
}

func run(r *region.Region, d time.Duration) { r.AdvanceTo(r.Now().Add(d), 0, nil) }

func put(t testing.TB, r *region.Region, settings string) *kpl.Producer {
	t.Helper()
	do(t, r, "lab", "PutKplProducer", `{"Name":"bikes","StreamName":"trips",`+settings+`}`)
	p, _ := r.KPLProducer("bikes")
	return p
}

// stored is a user record as the stream holds it.
type stored struct {
	key   string
	data  string
	shard int32
	at    sim.Instant
	with  int // user records in the same record
}

// unpack lists every user record that the stream holds, and checks that what is packed stands where all of its records
// belong, and that an independent reader finds the same.
func unpack(t testing.TB, r *region.Region) (all []stored, records int) {
	t.Helper()
	st, ok := r.Kinesis().Stream("trips")
	if !ok {
		t.Fatal("no stream")
	}
	for _, sh := range st.Shards() {
		lo, hi := sh.Range()
		for i := sh.First(); i < sh.Next(); i++ {
			x := sh.Record(i)
			records++
			users, packed := aggregation.Decode(x.Data)
			if !packed {
				users = []aggregation.Record{{PartitionKey: x.Key, Data: x.Data}}
			} else if len(users) < 2 || x.Key != aggregation.PartitionKey {
				t.Fatalf("%d user records are packed under the key %q", len(users), x.Key)
			}
			theirs, err := deaggregator.DeaggregateRecords([]types.Record{{PartitionKey: &x.Key, Data: x.Data}})
			if err != nil || len(theirs) != len(users) {
				t.Fatalf("another reader finds %d user records, %v; we find %d", len(theirs), err, len(users))
			}
			for j, u := range users {
				if !bytes.Equal(theirs[j].Data, u.Data) || *theirs[j].PartitionKey != u.PartitionKey {
					t.Fatal("another reader finds something else")
				}
				if h := kinesis.HashKey(u.PartitionKey); h.Less(lo) || hi.Less(h) {
					t.Errorf("a user record of %s lies in %s, where it does not belong", u.PartitionKey, sh.ID())
				}
				all = append(all, stored{u.PartitionKey, string(u.Data), sh.Number(), x.At, len(users)})
			}
		}
	}
	return all, records
}

// metric is a statistic of one of the KPL's metrics over the whole run.
func metric(r *region.Region, name, stat string, pairs ...string) float64 {
	x := r.Meter().Get(name, cloudwatch.In(cloudwatch.ProducerLibrary, pairs...), start, start.Add(time.Hour), time.Hour, stat)
	return x[0]
}

const keys = `,"Keys":{"Kind":"uniform","Count":400,"Prefix":"bike-"}`

// TestEverythingArrivesOnce holds that whatever the batching, each user record arrives once, in the shard of its key.
//
// shows: KPL4 KPL5 KPL7
func TestEverythingArrivesOnce(t *testing.T) {
	for _, row := range []struct{ name, settings string }{
		{"as it comes", `"RecordsPerSecond":500,"RecordBytes":120`},
		{"without aggregation", `"RecordsPerSecond":500,"RecordBytes":120,"AggregationEnabled":false`},
		{"without buffering", `"RecordsPerSecond":500,"RecordBytes":120,"RecordMaxBufferedTime":0`},
		{"three records at the most", `"RecordsPerSecond":500,"RecordBytes":120,"AggregationMaxCount":3`},
		{"a kilobyte at the most", `"RecordsPerSecond":500,"RecordBytes":120,"AggregationMaxSize":1024`},
		{"one Kinesis record a call", `"RecordsPerSecond":500,"RecordBytes":120,"CollectionMaxCount":1`},
		{"one connection", `"RecordsPerSecond":500,"RecordBytes":120,"MaxConnections":1,"LatencyMillis":20`},
		{"small records that fill 50 KiB", `"RecordsPerSecond":3000,"RecordBytes":100,"RecordMaxBufferedTime":2000`},
		{"large records", `"RecordsPerSecond":20,"RecordBytes":60000`},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := world(t, 4)
			p := put(t, r, row.settings+keys)
			run(r, 10*time.Second)
			do(t, r, "lab", "StopKplProducer", `{"Name":"bikes"}`)
			run(r, 10*time.Second)
			x := p.Total()
			all, records := unpack(t, r)
			if p.Outstanding() != 0 || x.Made == 0 || x.Accepted != x.Made || int64(len(all)) != x.Made || int64(records) != x.Sent || x.Lost+x.Duplicates+x.Refused != 0 {
				t.Errorf("%d user records and %d records arrived, %d outstanding: %+v", len(all), records, p.Outstanding(), x)
			}
			if got := metric(r, cloudwatch.UserRecordsPut, cloudwatch.Sum); got != float64(x.Made) {
				t.Errorf("UserRecordsPut is %v, want %d", got, x.Made)
			}
		})
	}
}

// TestBuffersAreFlushed holds for which reason a buffer is flushed, and how full it is then.
//
// shows: KPL3 KPL4
func TestBuffersAreFlushed(t *testing.T) {
	rows := []struct {
		name, settings string
		stage          int
		why            kpl.Reason
		low, high      float64 // user records in a Kinesis record
	}{
		{"slow traffic hits time", `"RecordsPerSecond":200,"RecordBytes":100`, 0, kpl.ByTime, 15, 25},
		{"hardly any is sent as it is", `"RecordsPerSecond":3,"RecordBytes":100`, 0, kpl.ByTime, 1, 1},
		{"small bounds hit count", `"RecordsPerSecond":800,"RecordBytes":100,"AggregationMaxCount":20`, 0, kpl.ByCount, 19, 20},
		{"heavy traffic hits size", `"RecordsPerSecond":900,"RecordBytes":1000,"RecordMaxBufferedTime":1000`, 0, kpl.BySize, 45, 51},
		{"many calls of one record", `"RecordsPerSecond":50,"CollectionMaxCount":1`, 1, kpl.ByCount, 1, 10},
		{"a shard gathers no more than 256 KiB", `"RecordsPerSecond":18,"RecordBytes":50000,"AggregationMaxSize":200000,"RecordMaxBufferedTime":9000`, 1, kpl.ByShard, 2.9, 4},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r := world(t, 1)
			p := put(t, r, row.settings)
			run(r, 20*time.Second)
			x := p.Total()
			most := row.why
			for why, n := range x.Flushes[row.stage] {
				if n > x.Flushes[row.stage][most] {
					most = kpl.Reason(why)
				}
			}
			if most != row.why {
				t.Errorf("flushed %v", x.Flushes)
			}
			if per := metric(r, cloudwatch.UserRecordsPerKinesisRecord, cloudwatch.Average); per < row.low || per > row.high {
				t.Errorf("%.1f user records in a Kinesis record, want %v to %v", per, row.low, row.high)
			}
		})
	}
}

// TestLatencyAgainstEfficiency lets RecordMaxBufferedTime vary under the same load: the longer a record may wait, the fewer
// records and calls the stream gets, and the later it has them.
//
// shows: KPL3 KPL6
func TestLatencyAgainstEfficiency(t *testing.T) {
	type outcome struct{ buffered, perRecord, records, calls, units float64 }
	var rows []outcome
	for _, wait := range []int{0, 20, 100, 500, 2000} {
		r := world(t, 2)
		put(t, r, fmt.Sprintf(`"RecordsPerSecond":400,"RecordBytes":100,"RecordMaxBufferedTime":%d`, wait)+keys)
		run(r, 60*time.Second)
		p, _ := r.KPLProducer("bikes")
		st, _ := r.Kinesis().Stream("trips")
		x := outcome{metric(r, cloudwatch.BufferingTime, cloudwatch.Average), metric(r, cloudwatch.UserRecordsPerKinesisRecord, cloudwatch.Average),
			float64(p.Total().Sent) / 60, float64(p.Total().Calls) / 60, float64(st.Usage().Units) / 60}
		t.Logf("RecordMaxBufferedTime %4d ms: BufferingTime %6.1f ms, %6.1f user records in a Kinesis record, %6.1f records/s, %5.1f calls/s, %6.1f PUT payload units/s",
			wait, x.buffered, x.perRecord, x.records, x.calls, x.units)
		if x.buffered < float64(wait)/2 || x.buffered > 1.2*float64(wait)+1 {
			t.Errorf("with %d ms records wait %.1f ms", wait, x.buffered)
		}
		rows = append(rows, x)
	}
	for i := 1; i < len(rows); i++ {
		if a, b := rows[i-1], rows[i]; b.buffered <= a.buffered || b.perRecord <= a.perRecord || b.records >= a.records || b.calls >= a.calls || b.units > a.units {
			t.Errorf("longer buffering: %+v after %+v", b, a)
		}
	}
	// By default, 100 ms, the delay is below 120 ms and the 400 records a second become 20: 200 a second and shard for 100 ms.
	if x := rows[2]; x.buffered > 120 || x.records < 18 || x.records > 22 || x.perRecord < 18 {
		t.Errorf("by default: %+v", x)
	}
}

// TestAggregationPassesTheRecordLimit holds what the batching is for: 4,000 records a second pass a shard that takes 1,000.
//
// shows: KPL3 T2
func TestAggregationPassesTheRecordLimit(t *testing.T) {
	for _, row := range []struct {
		on      bool
		refused bool
	}{{true, false}, {false, true}} {
		r := world(t, 1)
		p := put(t, r, fmt.Sprintf(`"RecordsPerSecond":4000,"RecordBytes":100,"AggregationEnabled":%t,"FailIfThrottled":true`, row.on)+keys)
		run(r, 20*time.Second)
		x := p.Total()
		if (x.Refused > 0) != row.refused || (x.Lost > 0) != row.refused {
			t.Errorf("aggregation %t: %d refused, %d lost", row.on, x.Refused, x.Lost)
		}
		if !row.on && (x.Accepted < 18_000 || x.Accepted > 22_000) {
			t.Errorf("without aggregation %d were taken in 20 s, want 1,000 a second", x.Accepted)
		}
	}
}

// TestSavings is the example of AWS's guide: 1,000 records a second of 512 bytes become about ten Kinesis records of 50 KB.
func TestSavings(t *testing.T) {
	r := world(t, 1)
	p := put(t, r, `"RecordsPerSecond":1000,"RecordBytes":512,"RecordMaxBufferedTime":100`+keys)
	run(r, 30*time.Second)
	if per := float64(p.Total().Sent) / 30; per < 9 || per > 12 {
		t.Errorf("%.1f Kinesis records a second, want about 10", per)
	}
}

// TestLimits holds how the KPL meets a shard that is too small: paced by RateLimit, it sends again until RecordTtl is over,
// unless it is told to fail at once.
//
// shows: KPL1 T1
func TestLimits(t *testing.T) {
	const tooMuch = `"RecordsPerSecond":40,"RecordBytes":50000,"AggregationMaxSize":64` // 2 MB/s for a shard of 1 MiB/s
	rows := []struct {
		name, more string
		check      func(r *region.Region, p *kpl.Producer, before kpl.Totals) bool
	}{
		{"above 100 % it is refused and sends again", ``, func(r *region.Region, p *kpl.Producer, before kpl.Totals) bool {
			x := p.Total()
			return x.Refused > 0 && x.Retried > 0 && x.Lost == 0 && metric(r, cloudwatch.ErrorsByCode, cloudwatch.Sum, "ErrorCode", "ProvisionedThroughputExceededException") == float64(x.Refused) &&
				metric(r, cloudwatch.RetriesPerRecord, cloudwatch.Maximum) > 0
		}},
		{"below it holds back instead", `,"RateLimit":90`, func(r *region.Region, p *kpl.Producer, before kpl.Totals) bool {
			return p.Total().Refused == before.Refused && p.Total().Lost == 0 && p.Buffers(r.Now())[0].Limited > 0
		}},
		{"what is older than RecordTtl has expired", `,"RateLimit":90,"RecordTtl":3000`, func(r *region.Region, p *kpl.Producer, before kpl.Totals) bool {
			x := p.Total()
			return x.Refused == before.Refused && x.Lost > 0 && x.Expired == x.Lost && metric(r, cloudwatch.UserRecordExpired, cloudwatch.Sum) == float64(x.Lost) && p.Results()[0].Attempts >= 1
		}},
		{"FailIfThrottled sends nothing again", `,"FailIfThrottled":true`, func(r *region.Region, p *kpl.Producer, before kpl.Totals) bool {
			x := p.Total()
			return x.Lost > 0 && x.Retried == 0 && x.Expired == 0
		}},
		{"the application waits when too many are outstanding", `,"MaxOutstanding":100`, func(r *region.Region, p *kpl.Producer, before kpl.Totals) bool {
			return p.Outstanding() <= 100 && p.Held(r.Now()) > 0 && p.Total().Lost == 0
		}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r := world(t, 1)
			p := put(t, r, tooMuch+row.more)
			run(r, 12*time.Second) // the limiter's first 10 MiB pass at once, as in the KPL
			before := p.Total()
			run(r, 12*time.Second)
			all, _ := unpack(t, r)
			if x := p.Total(); !row.check(r, p, before) || x.Made != x.Accepted+x.Lost+int64(p.Outstanding()) || int64(len(all)) < x.Accepted {
				t.Errorf("%d arrived, %d outstanding, %d held: %+v %+v", len(all), p.Outstanding(), p.Held(r.Now()), x, p.Buffers(r.Now()))
			}
		})
	}
}

// TestReshard holds that records which went elsewhere than predicted make the KPL list the shards anew, and that none is
// lost. After a split both children take what was packed for the parent: those that did not belong go again.
func TestReshard(t *testing.T) {
	r := world(t, 1)
	p := put(t, r, `"RecordsPerSecond":500,"RecordBytes":100`+keys)
	run(r, 5*time.Second)
	do(t, r, "kinesis", "SplitShard", `{"StreamName":"trips","ShardToSplit":"shardId-000000000000","NewStartingHashKey":"170141183460469231731687303715884105728"}`)
	run(r, 20*time.Second)
	x := p.Total()
	if x.WrongShard == 0 || x.Duplicates == 0 || len(p.Buffers(r.Now())) != 3 {
		t.Errorf("after a split: %+v, %d buffers", x, len(p.Buffers(r.Now())))
	}
	wrong := x.WrongShard
	run(r, 10*time.Second)
	if now := p.Total().WrongShard; now != wrong {
		t.Errorf("%d more go to a wrong shard although the map is new", now-wrong)
	}
	do(t, r, "kinesis", "MergeShards", `{"StreamName":"trips","ShardToMerge":"shardId-000000000001","AdjacentShardToMerge":"shardId-000000000002"}`)
	run(r, 20*time.Second)
	if x := p.Total(); x.WrongShard == wrong {
		t.Errorf("after a merge nothing went to another shard than predicted: %+v", x)
	}
	do(t, r, "lab", "StopKplProducer", `{"Name":"bikes"}`)
	run(r, 5*time.Second)
	x = p.Total()
	st, _ := r.Kinesis().Stream("trips")
	held := int64(0)
	for _, sh := range st.Shards() {
		for i := sh.First(); i < sh.Next(); i++ {
			if users, ok := aggregation.Decode(sh.Record(i).Data); ok {
				held += int64(len(users))
			} else {
				held++
			}
		}
	}
	if x.Lost != 0 || x.Accepted != x.Made || held != x.Made+x.WrongShard {
		t.Errorf("%d are stored of %d and %d that went twice: %+v", held, x.Made, x.WrongShard, x)
	}
}

// TestLostAnswers holds that calls that were done and whose answer came too late, or never, put records twice.
//
// shows: T6
func TestLostAnswers(t *testing.T) {
	for _, row := range []struct {
		name, fault, more string
		timed             bool
	}{
		{"answers are lost", `"Kind":"lost-answers","Percentage":20`, ``, false},
		{"answers come too late", `"Kind":"network-latency","Percentage":20,"Millis":3000`, `,"RequestTimeout":1000`, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := world(t, 2)
			p := put(t, r, `"RecordsPerSecond":300,"RecordBytes":100`+keys+row.more)
			run(r, 5*time.Second)
			if x := p.Total(); x.Duplicates != 0 {
				t.Fatalf("before the fault: %+v", x)
			}
			do(t, r, "lab", "PutFault", `{"Name":"gone","StreamName":"trips",`+row.fault+`}`)
			run(r, 10*time.Second)
			do(t, r, "lab", "DeleteFault", `{"Name":"gone"}`)
			do(t, r, "lab", "StopKplProducer", `{"Name":"bikes"}`)
			run(r, 20*time.Second)
			x := p.Total()
			all, _ := unpack(t, r)
			if x.Duplicates == 0 || (x.TimedOut > 0) != row.timed || x.Lost != 0 || int64(len(all)) != x.Made+x.Duplicates {
				t.Errorf("%d are stored: %+v", len(all), x)
			}
		})
	}
}

// TestFlushSync holds that an application which calls flushSync after each record gets two a second through.
// Source: Developer Guide, Troubleshoot producers: about 500 ms for each.
func TestFlushSync(t *testing.T) {
	r := world(t, 1)
	p := put(t, r, `"RecordsPerSecond":100,"FlushSync":true`)
	run(r, 60*time.Second)
	if x := p.Total(); x.Accepted < 115 || x.Accepted > 121 || x.Sent != x.Calls || metric(r, cloudwatch.UserRecordsPerKinesisRecord, cloudwatch.Maximum) != 1 {
		t.Errorf("in a minute: %+v", x)
	}
}

// TestKilled holds that what a killed producer had in its buffers is lost, and what a stopped one had is not.
func TestKilled(t *testing.T) {
	for _, row := range []struct {
		op   string
		lost bool
	}{{"DeleteKplProducer", true}, {"StopKplProducer", false}} {
		r := world(t, 1)
		p := put(t, r, `"RecordsPerSecond":100,"RecordMaxBufferedTime":5000`)
		run(r, 12*time.Second)
		unsaved := p.Unsaved()
		do(t, r, "lab", row.op, `{"Name":"bikes"}`)
		run(r, 10*time.Second)
		all, _ := unpack(t, r)
		if gone := p.Total().Made - int64(len(all)); unsaved == 0 || row.lost && gone != unsaved || !row.lost && gone != 0 {
			t.Errorf("%s: %d of %d are gone, %d were unsaved", row.op, gone, p.Total().Made, unsaved)
		}
	}
}

// TestMetrics holds which series the configuration asks for.
//
// shows: KPL2
func TestMetrics(t *testing.T) {
	rows := []struct {
		level, granularity               string
		detailed, summary, stream, shard bool
	}{
		{"detailed", "shard", true, true, true, true}, {"summary", "shard", false, true, true, true},
		{"detailed", "stream", true, true, true, false}, {"detailed", "global", true, true, false, false}, {"none", "shard", false, false, false, false},
	}
	for _, row := range rows {
		t.Run(row.level+" "+row.granularity, func(t *testing.T) {
			r := world(t, 2)
			p := put(t, r, fmt.Sprintf(`"RecordsPerSecond":300,"MetricsLevel":%q,"MetricsGranularity":%q`, row.level, row.granularity)+keys)
			run(r, 20*time.Second)
			stream, shard := []string{"StreamName", "trips"}, []string{"StreamName", "trips", "ShardId", "shardId-000000000001"}
			for _, x := range []struct {
				what string
				got  float64
				want bool
			}{
				{"UserRecordsReceived", metric(r, cloudwatch.UserRecordsReceived, cloudwatch.SampleCount), row.detailed},
				{"RequestTime", metric(r, cloudwatch.RequestTime, cloudwatch.SampleCount), row.detailed},
				{"KinesisRecordsPut", metric(r, cloudwatch.KinesisRecordsPut, cloudwatch.SampleCount), row.summary},
				{"KinesisRecordsPut of the stream", metric(r, cloudwatch.KinesisRecordsPut, cloudwatch.SampleCount, stream...), row.summary && row.stream},
				{"KinesisRecordsPut of a shard", metric(r, cloudwatch.KinesisRecordsPut, cloudwatch.SampleCount, shard...), row.summary && row.shard},
			} {
				if (x.got > 0) != x.want {
					t.Errorf("%s has %v values", x.what, x.got)
				}
			}
			if !row.detailed {
				return
			}
			x, stop := p.Total(), 30.0
			if got := metric(r, cloudwatch.UserRecordsReceived, cloudwatch.Sum); got != float64(x.Made) {
				t.Errorf("UserRecordsReceived is %v, %d were made", got, x.Made)
			}
			if got := metric(r, cloudwatch.UserRecordsDataPut, cloudwatch.Sum); got != float64(x.Accepted*256) {
				t.Errorf("UserRecordsDataPut is %v, %d were put", got, x.Accepted)
			}
			if got := metric(r, cloudwatch.RequestTime, cloudwatch.Average); math.Abs(got-stop) > 2 {
				t.Errorf("RequestTime is %v ms, answers take about 30 ms", got)
			}
		})
	}
}

// TestSettings holds that bad settings are refused with what to write instead.
func TestSettings(t *testing.T) {
	r := world(t, 1)
	put(t, r, `"Running":false`)
	for body, want := range map[string]string{
		`{"Name":"x"}`: "StreamName: left out", `{"Name":"bikes","AggregationMaxSize":63}`: "63 is outside 64 to 10,485,760",
		`{"Name":"bikes","RecordMaxBufferedTime":30000}`: "30,000 ms is not below RecordTtl", `{"Name":"bikes","MetricsLevel":"all"}`: `"all" is none of none, summary, detailed`,
		`{"Name":"bikes","CollectionMaxCount":501}`: "501 is outside 1 to 500", `{"Name":"bikes","Keys":{"Kind":"random"}}`: "is no way to choose keys",
		`{"Name":"bikes","RecordBytes":1048577}`: "is outside 1 to 1,048,576", `{"Name":"bikes","AggregationMaxBytes":1}`: "unknown key",
	} {
		reply := r.Do(region.Command{Service: "lab", Op: "PutKplProducer", Body: json.RawMessage(body)})
		if reply.Err == nil || !bytes.Contains([]byte(reply.Err.Message), []byte(want)) {
			t.Errorf("%s: %v, want %q", body, reply.Err, want)
		}
	}
	do(t, r, "lab", "PutProducer", `{"Name":"sdk","StreamName":"trips"}`)
	if reply := r.Do(region.Command{Service: "lab", Op: "PutKplProducer", Body: json.RawMessage(`{"Name":"sdk","StreamName":"trips"}`)}); reply.Err == nil {
		t.Error("two producers of one name")
	}
}
