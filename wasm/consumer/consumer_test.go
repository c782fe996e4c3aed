package consumer_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"shardlab/wasm/consumer"
	"shardlab/wasm/region"
	"shardlab/wasm/sim"
)

var start = sim.At(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))

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

func read(t *testing.T, r *region.Region, name, settings string) *consumer.Consumer {
	t.Helper()
	do(t, r, "lab", "PutConsumer", `{"Name":"`+name+`","StreamName":"trips"`+settings+`}`)
	c, _ := r.Consumer(name)
	return c
}

func write(t *testing.T, r *region.Region, settings string) {
	t.Helper()
	do(t, r, "lab", "PutProducer", `{"Name":"bikes","StreamName":"trips",`+settings+`}`)
}

func TestWhereItBegins(t *testing.T) {
	r := world(t, 2)
	write(t, r, `"RecordsPerSecond":100`)
	run(r, 10*time.Second)
	all := read(t, r, "all", `,"From":"TRIM_HORIZON"`)
	run(r, 10*time.Second)
	do(t, r, "lab", "DeleteConsumer", `{"Name":"all"}`)
	late := read(t, r, "late", `,"From":"LATEST"`)
	run(r, 10*time.Second)
	if n := all.Total().Read; n < 1960 {
		t.Errorf("from TRIM_HORIZON it read %d of 2,000", n)
	}
	if n := late.Total().Read; n > 1010 || n < 950 {
		t.Errorf("from LATEST it read %d, want about 1,000", n)
	}
	if lag := late.Lag(r.Kinesis(), r.Now()); lag != 0 {
		t.Errorf("it is %d ms behind, want 0", lag)
	}
}

// TestDeniedReaderIsBehind holds that who may not even list the shards falls behind like everybody who does not read; one that
// begins at LATEST has missed nothing that it wanted.
func TestDeniedReaderIsBehind(t *testing.T) {
	r := world(t, 2)
	do(t, r, "iam", "CreateRole", `{"RoleName":"nobody","AssumeRolePolicyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"sts:AssumeRole\"}}"}`)
	write(t, r, `"RecordsPerSecond":100`)
	all := read(t, r, "all", `,"From":"TRIM_HORIZON","Role":"nobody"`)
	late := read(t, r, "late", `,"From":"LATEST","Role":"nobody"`)
	run(r, 30*time.Second)
	if all.Blocked() == "" || late.Blocked() == "" {
		t.Fatalf("they are blocked by %q and %q", all.Blocked(), late.Blocked())
	}
	if lag := all.Lag(r.Kinesis(), r.Now()); lag < 29_000 || lag > 30_000 {
		t.Errorf("after 30 s it is %d ms behind", lag)
	}
	if lag := late.Lag(r.Kinesis(), r.Now()); lag != 0 {
		t.Errorf("the one at LATEST is %d ms behind", lag)
	}
	do(t, r, "lab", "PutConsumer", `{"Name":"all","Role":""}`)
	run(r, 10*time.Second)
	if lag := all.Lag(r.Kinesis(), r.Now()); lag > 1000 {
		t.Errorf("allowed to read, it is still %d ms behind", lag)
	}
}

// TestDelayOfOneReader holds that a reader that polls every 200 ms has a record about as soon.
//
// shows: C2 E2
func TestDelayOfOneReader(t *testing.T) {
	r := world(t, 1)
	c := read(t, r, "board", "")
	write(t, r, `"RecordsPerSecond":500`)
	run(r, 20*time.Second)
	st, _ := r.Kinesis().Stream("trips")
	sh, _ := st.Shard(0)
	n, sum, most := int64(0), time.Duration(0), time.Duration(0)
	for i := sh.First(); i < sh.Next()-500; i++ {
		at, ok := c.ReadAt(0, i)
		if !ok {
			t.Fatalf("record %d was not read", i)
		}
		d := at.Sub(sh.Record(i).At)
		n, sum, most = n+1, sum+d, max(most, d)
	}
	if mean := sum / time.Duration(n); mean > 200*time.Millisecond || most > 300*time.Millisecond {
		t.Errorf("a record is read %s after it was taken on average, %s at most; want below 200 ms and 300 ms", mean, most)
	}
	if c.Total().Refused != 0 {
		t.Errorf("%d of its reads were refused: alone it must not be", c.Total().Refused)
	}
}

// TestReadersShareAShard holds that readers share the five reads a second of a shard: more readers, fewer each.
//
// shows: P5 E4 CS3
func TestReadersShareAShard(t *testing.T) {
	for _, k := range []int{2, 3} {
		r := world(t, 1)
		write(t, r, `"RecordsPerSecond":200`)
		var all []*consumer.Consumer
		for i := range k {
			all = append(all, read(t, r, fmt.Sprintf("reader-%d", i), ""))
		}
		run(r, 120*time.Second)
		sum := int64(0)
		for _, c := range all {
			answered := c.Total().Calls - c.Total().Refused
			sum += answered
			if fair := int64(5 * 120 / k); answered < fair/2 || answered > fair*3/2 {
				t.Errorf("one of %d readers had %d reads answered in 120 s, an even share is %d", k, answered, fair)
			}
			if c.Total().Refused == 0 {
				t.Errorf("none of the reads of one of %d was refused", k)
			}
		}
		if sum > 5*121 {
			t.Errorf("%d readers had %d reads answered in 120 s; the shard grants 600", k, sum)
		}
	}
}

// TestFiveReadersOnceASecond holds the cure: five readers that ask once a second are never refused.
//
// shows: CS3
func TestFiveReadersOnceASecond(t *testing.T) {
	r := world(t, 1)
	write(t, r, `"RecordsPerSecond":200`)
	var all []*consumer.Consumer
	for i := range 5 {
		all = append(all, read(t, r, fmt.Sprintf("reader-%d", i), `,"PollMillis":1000`))
	}
	run(r, 60*time.Second)
	for _, c := range all {
		if x := c.Total(); x.Refused > 0 || x.Calls < 57 || x.Calls > 61 {
			t.Errorf("one of five had %d calls and %d refusals, want about one call a second and none refused", x.Calls, x.Refused)
		}
	}
}

// cut splits the only shard into two after some backlog has gathered in it, with a reader of the given order.
func cut(t *testing.T, order string) *consumer.Consumer {
	r := world(t, 1)
	c := read(t, r, "board", `,"From":"TRIM_HORIZON","RecordsPerSecond":300,"ShardOrder":"`+order+`"`)
	write(t, r, `"RecordsPerSecond":600,"Keys":{"Kind":"uniform","Count":20}`)
	run(r, 10*time.Second)
	do(t, r, "kinesis", "SplitShard", `{"StreamName":"trips","ShardToSplit":"shardId-000000000000","NewStartingHashKey":"170141183460469231731687303715884105728"}`)
	run(r, 10*time.Second)
	do(t, r, "lab", "PutProducer", `{"Name":"bikes","RecordsPerSecond":100}`)
	run(r, 90*time.Second)
	return c
}

// TestParentsFirst holds that reading a parent to its end before its children keeps every key's records in order, and
// that reading all shards at once does not.
//
// shows: RS4 SH2
func TestParentsFirst(t *testing.T) {
	c := cut(t, consumer.ParentsFirst)
	if n, key, _ := c.Late(); n != 0 {
		t.Errorf("parents first: %d records were read after a later one of their key, the last of %s", n, key)
	}
	if got := len(c.Places()); got != 3 {
		t.Fatalf("it knows %d shards, want the parent and two children", got)
	}
	for _, p := range c.Places() {
		want := consumer.Reading
		if p.Shard == 0 {
			want = consumer.Done
		}
		if p.Phase != want {
			t.Errorf("shard %d is %s, want %s", p.Shard, p.Phase, want)
		}
	}
	c = cut(t, consumer.AllAtOnce)
	if n, _, _ := c.Late(); n == 0 {
		t.Error("all at once: every record was read in order; the backlog of the parent should have come late")
	}
}

// TestNothingIsLostOverAReshard holds that after splits and a merge every record was read exactly once.
//
// shows: RS1 RS4 RS6
func TestNothingIsLostOverAReshard(t *testing.T) {
	r := world(t, 2)
	c := read(t, r, "board", `,"From":"TRIM_HORIZON"`)
	write(t, r, `"RecordsPerSecond":300,"Keys":{"Kind":"uniform","Count":50}`)
	run(r, 5*time.Second)
	do(t, r, "kinesis", "SplitShard", `{"StreamName":"trips","ShardToSplit":"shardId-000000000000","NewStartingHashKey":"85070591730234615865843651857942052864"}`)
	run(r, 8*time.Second)
	do(t, r, "kinesis", "MergeShards", `{"StreamName":"trips","ShardToMerge":"shardId-000000000003","AdjacentShardToMerge":"shardId-000000000001"}`)
	run(r, 8*time.Second)
	do(t, r, "lab", "StopProducer", `{"Name":"bikes"}`)
	run(r, 30*time.Second)
	p, _ := r.Producer("bikes")
	if c.Total().Read != p.Total().Accepted {
		t.Errorf("%d records were taken and %d read", p.Total().Accepted, c.Total().Read)
	}
	if n, _, _ := c.Late(); n != 0 {
		t.Errorf("%d records came late", n)
	}
}

func TestSlowReaderFallsBehindAndSaysSo(t *testing.T) {
	r := world(t, 1)
	c := read(t, r, "board", `,"RecordsPerSecond":100`)
	write(t, r, `"RecordsPerSecond":400`)
	run(r, 30*time.Second)
	if lag := c.Lag(r.Kinesis(), r.Now()); lag < 15_000 || lag > 25_000 {
		t.Errorf("after 30 s at a quarter of the rate it is %d ms behind, want about 22 s", lag)
	}
	if rate := c.Lately(r.Now(), 10).Read; rate < 900 || rate > 1100 {
		t.Errorf("it read %d records in ten seconds, want about 1,000", rate)
	}
	do(t, r, "lab", "PutConsumer", `{"Name":"board","RecordsPerSecond":0}`)
	run(r, 5*time.Second)
	if lag := c.Lag(r.Kinesis(), r.Now()); lag != 0 {
		t.Errorf("set free, it is still %d ms behind", lag)
	}
	var behind, caught bool
	for _, e := range r.Events(0) {
		behind = behind || e.Kind == "behind"
		caught = caught || behind && e.Kind == "caught-up"
	}
	if !behind || !caught {
		t.Errorf("events tell that it fell behind: %t, and that it caught up: %t", behind, caught)
	}
}

// TestExpiredIterator holds that a reader that processes for longer than an iterator lives goes on all the same.
func TestExpiredIterator(t *testing.T) {
	r := world(t, 1)
	write(t, r, `"RecordsPerSecond":100`)
	run(r, 10*time.Second)
	c := read(t, r, "board", `,"From":"TRIM_HORIZON","Limit":400,"RecordsPerSecond":1`) // 400 s for an answer
	run(r, 1000*time.Second)
	if x := c.Total(); x.Read < 1100 {
		t.Errorf("it read %d records in three answers' time", x.Read)
	}
	expired := 0
	for _, e := range r.Events(0) {
		if e.Kind == "actor" && e.Level == "warn" {
			expired++
		}
	}
	if expired == 0 {
		t.Error("no event tells that an iterator expired")
	}
}

func TestStoppedReaderKeepsItsPlace(t *testing.T) {
	r := world(t, 1)
	c := read(t, r, "board", "")
	write(t, r, `"RecordsPerSecond":100`)
	run(r, 10*time.Second)
	do(t, r, "lab", "StopConsumer", `{"Name":"board"}`)
	before := c.Total().Read
	run(r, 10*time.Second)
	if c.Total().Read != before {
		t.Error("a stopped reader reads")
	}
	do(t, r, "lab", "StartConsumer", `{"Name":"board"}`)
	run(r, 2*time.Second)
	if got := c.Total().Read - before; got < 1100 {
		t.Errorf("started again it read %d, want the 1,200 it had not", got)
	}
}

func TestStreamMadeAnew(t *testing.T) {
	r := world(t, 1)
	c := read(t, r, "board", `,"From":"TRIM_HORIZON"`)
	write(t, r, `"RecordsPerSecond":100`)
	run(r, 5*time.Second)
	do(t, r, "kinesis", "DeleteStream", `{"StreamName":"trips"}`)
	run(r, 10*time.Second)
	if c.Blocked() == "" {
		t.Error("without its stream it is not blocked")
	}
	before := c.Total().Read
	do(t, r, "kinesis", "CreateStream", `{"StreamName":"trips","ShardCount":1}`)
	run(r, 20*time.Second)
	if got := c.Total().Read - before; c.Blocked() != "" || got < 900 {
		t.Errorf("of the stream made anew it read %d records (blocked %q)", got, c.Blocked())
	}
}
