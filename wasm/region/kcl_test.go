package region

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"shardlab/wasm/kcl"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/protocol"
	"shardlab/wasm/sim"
)

func ok(t testing.TB, r *Region, service, op, body string) {
	t.Helper()
	if got := r.Do(Command{Service: service, Op: op, Body: json.RawMessage(body)}); got.Err != nil {
		t.Fatalf("%s %s: %v", op, body, got.Err)
	}
}

// withKCL is a world with a stream, a producer and an application.
func withKCL(t testing.TB, seed uint64, shards int, rate float64, app string) *Region {
	t.Helper()
	r, err := New(Config{Seed: seed, Start: sim.At(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))})
	if err != nil {
		t.Fatal(err)
	}
	ok(t, r, Kinesis, "CreateStream", fmt.Sprintf(`{"StreamName":"trips","ShardCount":%d}`, shards))
	r.AdvanceTo(r.Now().Add(time.Minute), 0, nil)
	ok(t, r, Lab, "PutKclApplication", `{"Name":"app","StreamName":"trips","InitialPositionInStream":"TRIM_HORIZON"`+app+`}`)
	if rate > 0 {
		ok(t, r, Lab, "PutProducer", fmt.Sprintf(`{"Name":"bikes","StreamName":"trips","RecordsPerSecond":%v,"Batch":50,"Keys":{"Kind":"uniform","Count":200}}`, rate))
	}
	return r
}

func runFor(r *Region, d time.Duration) { r.AdvanceTo(r.Now().Add(d), 0, nil) }

func theApp(t testing.TB, r *Region) *kcl.Application {
	t.Helper()
	a, ok := r.KCLApplication("app")
	if !ok {
		t.Fatal("the application is not there")
	}
	return a
}

// held counts the leases of each worker, by its own knowledge.
func held(a *kcl.Application, r *Region) map[string]int {
	all := map[string]int{}
	for _, w := range a.Workers(r.Now()) {
		all[w.ID] = len(w.Leases)
	}
	return all
}

// KCL2: the workers of an application share the shards, and differ by one lease at the most; more workers than shards idle.
func TestWorkersShareShards(t *testing.T) {
	for _, x := range []struct {
		shards, workers int
		want            []int
	}{{4, 1, []int{4}}, {4, 2, []int{2, 2}}, {4, 4, []int{1, 1, 1, 1}}, {4, 6, []int{0, 0, 1, 1, 1, 1}}} {
		t.Run(fmt.Sprintf("%d shards and %d workers", x.shards, x.workers), func(t *testing.T) {
			r := withKCL(t, 1, x.shards, 100, "")
			for i := 1; i < x.workers; i++ {
				ok(t, r, Lab, "StartWorker", `{"Application":"app"}`)
			}
			runFor(r, 5*time.Minute)
			var got []int
			for _, n := range held(theApp(t, r), r) {
				got = append(got, n)
			}
			if slices.Sort(got); !slices.Equal(got, x.want) {
				t.Errorf("the workers hold %v leases, want %v", got, x.want)
			}
			if a := theApp(t, r).Total(); a.Processed == 0 || a.Skipped != 0 {
				t.Errorf("it did %+v", a)
			}
		})
	}
}

// A worker that dies is replaced 10 to 50 seconds later, as failover time and the phase of the scan decide.
func TestFailover(t *testing.T) {
	least, most := time.Hour, time.Duration(0)
	for seed := range uint64(12) {
		r := withKCL(t, seed, 2, 100, `,"Workers":2`)
		runFor(r, 2*time.Minute+time.Duration(seed)*3700*time.Millisecond)
		a := theApp(t, r)
		victim := a.Workers(r.Now())[0].ID
		ok(t, r, Lab, "KillWorker", fmt.Sprintf(`{"Application":"app","Worker":%q}`, victim))
		from := r.Now()
		for slices.Max(mapValues(held(a, r))) < 2 {
			runFor(r, 100*time.Millisecond)
			if r.Now().Sub(from) > 2*time.Minute {
				t.Fatalf("seed %d: nobody took the leases of %s", seed, victim)
			}
		}
		took := r.Now().Sub(from)
		least, most = min(least, took), max(most, took)
	}
	t.Logf("from %v to %v", least, most)
	if least < 6*time.Second || most > 51*time.Second || most-least < 5*time.Second {
		t.Errorf("failover takes from %v to %v, want about 10 to 50 s", least, most)
	}
}

func mapValues(m map[string]int) (all []int) {
	for _, n := range m {
		all = append(all, n)
	}
	return append(all, 0)
}

// KCL3: renewals alone take 0.302 write units a second and lease; with 10 provisioned units 33 leases saturate the table.
func TestWriteUnitsOfRenewals(t *testing.T) {
	for _, n := range []int{10, 33} {
		r := withKCL(t, 1, n, 0, "")
		runFor(r, 2*time.Minute)
		table, _ := r.dynamodb.Table("app")
		_, before := table.Consumed()
		runFor(r, 330800*time.Millisecond)
		_, after := table.Consumed()
		perLease := (after - before) / 330.8 / float64(n)
		if perLease < 0.300 || perLease > 0.306 {
			t.Errorf("%d leases: %.4f write units a second and lease, want 0.302", n, perLease)
		}
	}
}

// T3: a lease table with too few write units throttles, loses leases and repeats records, and its checkpoints come so late that
// iterators are older than five minutes; with more write units all of that is over.
func TestStarvedLeaseTable(t *testing.T) {
	run := func(shards, units, failover int) kcl.Totals {
		r := withKCL(t, 3, shards, map[bool]float64{true: 150, false: 800}[shards > 16], fmt.Sprintf(`,"Workers":3,"BillingMode":"PROVISIONED","FailoverTimeMillis":%d,"InitialLeaseTableWriteCapacity":%d,"InitialLeaseTableReadCapacity":20`, failover, units))
		runFor(r, 3*time.Minute)
		b := theApp(t, r).Total()
		runFor(r, 15*time.Minute)
		a := theApp(t, r).Total()
		return kcl.Totals{Throttled: a.Throttled - b.Throttled, LostLeases: a.LostLeases - b.LostLeases, Duplicates: a.Duplicates - b.Duplicates, Expired: a.Expired - b.Expired}
	}
	a := run(16, 1, 10_000)
	t.Logf("1 WCU: %+v", a)
	if a.Throttled < 100 || a.LostLeases < 10 || a.Duplicates == 0 {
		t.Errorf("with 1 WCU: %+v; want many calls throttled, leases lost and duplicates", a)
	}
	if a := run(150, 1, 600_000); a.Expired == 0 {
		t.Errorf("with 150 leases, 1 WCU and a long failover time: %+v; want expired iterators", a)
	}
	if a := run(150, 300, 600_000); a.Expired != 0 {
		t.Errorf("with 150 leases and 300 WCU: %+v; want no expired iterators", a)
	}
	if a := run(16, 40, 10_000); a != (kcl.Totals{}) {
		t.Errorf("with 40 WCU: %+v; want nothing of that", a)
	}
}

// T4: an exception in processRecords is swallowed and the rest of its batch is lost; caught, nothing but the record is set aside.
func TestSwallowedException(t *testing.T) {
	var card []protocol.Part
	run := func(how string) kcl.Totals {
		r := withKCL(t, 2, 2, 0, `,"Poison":"poison","OnPoison":"`+how+`"`)
		runFor(r, 30*time.Second)
		for i := range 20 {
			data := "Z29vZA==" // good
			if i == 5 {
				data = "cG9pc29u" // poison
			}
			ok(t, r, Kinesis, "PutRecord", fmt.Sprintf(`{"StreamName":"trips","PartitionKey":"a","Data":%q}`, data))
		}
		runFor(r, 30*time.Second)
		card = application{theApp(t, r)}.asConsumer(r).Parts
		return theApp(t, r).Total()
	}
	if a := run(kcl.Swallowed); a.Processed != 5 || a.Skipped != 15 || a.Throws != 1 {
		t.Errorf("with a processor that throws: %+v, want 5 processed and 15 skipped", a)
	}
	if got := card[0]; got.Name != "skipped" || got.Text != "15 records" || got.Level != Bad {
		t.Errorf("its card begins with %+v, want what was skipped", got)
	}
	if a := run(kcl.DeadLetter); a.Processed != 19 || a.Skipped != 0 || a.SetAside != 1 {
		t.Errorf("with a processor that catches: %+v, want 19 processed and 1 set aside", a)
	}
}

// T5: a slow processor falls behind; more workers help when there are as many shards, and no further.
func TestSlowProcessor(t *testing.T) {
	run := func(shards, workers int, micros float64) int64 {
		r := withKCL(t, 2, shards, 400, fmt.Sprintf(`,"Workers":%d,"MillisPerRecord":%v`, workers, micros))
		runFor(r, 6*time.Minute)
		return theApp(t, r).Total().Processed
	}
	whole := run(1, 1, 0)
	slow := run(1, 1, 5)
	if slow > whole*6/10 {
		t.Errorf("5 ms a record on one shard: %d processed, without it %d", slow, whole)
	}
	if more := run(1, 3, 5); more > slow*11/10 {
		t.Errorf("three workers on one shard processed %d, one %d", more, slow)
	}
	if cured := run(4, 4, 5); cured < whole*9/10 {
		t.Errorf("four workers on four shards processed %d of %d", cured, whole)
	}
}

// T5: so does one that takes few records a call, since it asks once a second; taking more is the cure.
func TestFewRecordsACall(t *testing.T) {
	run := func(maxRecords int) (processed, behind int64) {
		r := withKCL(t, 2, 1, 400, fmt.Sprintf(`,"MaxRecords":%d`, maxRecords))
		runFor(r, 3*time.Minute)
		return theApp(t, r).Total().Processed, theApp(t, r).Behind()
	}
	few, behind := run(100)
	all, none := run(10_000)
	if few > all/3 || behind < 60_000 {
		t.Errorf("with 100 records a call %d are processed and it is %d ms behind, with 10,000 %d", few, behind, all)
	}
	if none > 3_000 {
		t.Errorf("with 10,000 records a call it is %d ms behind", none)
	}
}

// TestLagOfOneThatBegan holds what an application has not processed of a shard that it reads from LATEST on: nothing of what lay there before
// it began, also while its first batch takes long and after it was killed. A shard that two workers take for theirs is told of once,
// and who looks changes nothing.
func TestLagOfOneThatBegan(t *testing.T) {
	for _, row := range []struct{ name, position, mode string }{{"from LATEST on", kinesis.Latest, kcl.Polling}, {"pushed from LATEST on", kinesis.Latest, kcl.FanOut}, {"from the oldest on", kinesis.TrimHorizon, kcl.Polling}} {
		t.Run(row.name, func(t *testing.T) {
			r := withKCL(t, 2, 1, 0, fmt.Sprintf(`,"Workers":0,"RetrievalMode":%q,"MaxRecords":10,"MillisPerBatch":20000`, row.mode))
			ok(t, r, Lab, "PutKclApplication", fmt.Sprintf(`{"Name":"app","InitialPositionInStream":%q}`, row.position))
			put := func(n int) {
				for range n {
					ok(t, r, Kinesis, "PutRecords", fmt.Sprintf(`{"StreamName":"trips","Records":[%s]}`, strings.TrimSuffix(strings.Repeat(`{"Data":"YQ==","PartitionKey":"a"},`, 50), ",")))
					runFor(r, 100*time.Millisecond)
				}
			}
			late := func() []protocol.Late {
				t.Helper()
				var before, after bytes.Buffer
				r.State(&before)
				c := r.StagedConsumers()[0]
				if r.State(&after); before.String() != after.String() {
					t.Fatal("who looked at it changed it")
				}
				if len(c.Late) > 1 {
					t.Fatalf("one shard lags as %+v", c.Late)
				}
				return c.Late
			}
			put(10)
			old := int64(500)
			if row.position == kinesis.Latest {
				old = 0
			}
			ok(t, r, Lab, "StartWorker", `{"Application":"app"}`)
			for range 60 { // it takes its lease and begins
				runFor(r, 250*time.Millisecond)
				late()
			}
			put(40) // more than an event of a subscription takes, in the second in which the first batch begins
			seen := 0
			for range 20 {
				done := theApp(t, r).Total().Processed
				for _, x := range late() {
					if x.Unread != old+2000-done {
						t.Errorf("%d are unread after %d were processed, want %d", x.Unread, done, old+2000-done)
					}
				}
				theApp(t, r).Lags(func(_ int32, next, behind int64) {
					if seen++; next != 500-old+done {
						t.Errorf("it is to process the record at %d, after %d want that at %d", next, done, 500-old+done)
					}
				})
				runFor(r, 3*time.Second)
			}
			if seen != 20 {
				t.Errorf("it was told of %d times, want 20", seen)
			}
			ok(t, r, Lab, "PauseWorker", `{"Application":"app","Worker":"worker-1","Millis":60000}`) // worker-2 takes its lease meanwhile
			ok(t, r, Lab, "StartWorker", `{"Application":"app"}`)
			for range 240 {
				runFor(r, 250*time.Millisecond)
				late()
			}
		})
	}
}

// T7: a killed worker, one that joins, a reshard and a deployment repeat records; an idempotent processor lets none take effect twice.
func TestDuplicatesAndTheirCure(t *testing.T) {
	for _, cause := range []struct {
		name  string
		deeds [][2]string // each with its body
	}{
		{"a killed worker", [][2]string{{"KillWorker", `{"Application":"app","Worker":"worker-1"}`}, {"StartWorker", `{"Application":"app"}`}}},
		{"a worker that joins", [][2]string{{"StartWorker", `{"Application":"app"}`}}},
		{"a reshard, after which leases move", [][2]string{{"UpdateShardCount", `{"StreamName":"trips","TargetShardCount":3,"ScalingType":"UNIFORM_SCALING"}`}}},
		{"a deployment", [][2]string{{"RedeployKclApplication", `{"Name":"app"}`}}},
	} {
		t.Run(cause.name, func(t *testing.T) {
			run := func(more string) kcl.Totals {
				r := withKCL(t, 5, 4, 0, `,"Workers":2,"Checkpoint":"every-interval","CheckpointMillis":20000`+more)
				ok(t, r, Lab, "PutProducer", `{"Name":"bikes","StreamName":"trips","RecordsPerSecond":200,"Batch":20,"MessageIds":true,"Keys":{"Kind":"uniform","Count":50}}`)
				runFor(r, 95*time.Second)
				before := theApp(t, r).Total().Duplicates // two workers that begin share the leases out, which repeats records too
				for _, d := range cause.deeds {
					service := Lab
					if d[0] == "UpdateShardCount" {
						service = Kinesis
					}
					ok(t, r, service, d[0], d[1])
				}
				runFor(r, 3*time.Minute)
				ok(t, r, Lab, "StopProducer", `{"Name":"bikes"}`)
				runFor(r, 2*time.Minute)
				total, told := theApp(t, r).Total(), int64(0)
				for _, e := range r.Events(0) {
					if strings.Contains(e.Text, "a second time") {
						told += e.Count
					}
				}
				if told != total.Duplicates {
					t.Errorf("the events tell of %d duplicates, and there are %d", told, total.Duplicates)
				}
				if total.Duplicates == before {
					t.Errorf("no record is repeated after it: %d before and after", before)
				}
				return total
			}
			a := run("")
			if a.Duplicates == 0 || a.Effects != a.Processed || a.Twice != a.Duplicates {
				t.Errorf("without a cure: %+v, want duplicates that take effect", a)
			}
			if b := run(`,"Idempotent":true`); b.Duplicates == 0 || b.Effects != b.Processed-b.Duplicates || b.Effects != a.Processed-a.Duplicates || b.Twice != 0 {
				t.Errorf("idempotent: %+v, want each message to take effect once", b)
			}
		})
	}
}

// A worker may be killed at any instant, also while an answer is on its way to it.
func TestKillAtAnyInstant(t *testing.T) {
	r := withKCL(t, 1, 1, 100, `,"MillisPerRecord":0.1`)
	runFor(r, time.Minute)
	for range 400 { // more than from one GetRecords to the next
		ok(t, r.Clone(), Lab, "KillWorker", `{"Application":"app","Worker":"worker-1"}`)
		runFor(r, 4*time.Millisecond)
	}
}

// A worker that hangs becomes a zombie: its leases are taken, and its checkpoint is refused with ShutdownException.
func TestZombie(t *testing.T) {
	r := withKCL(t, 1, 2, 100, `,"Workers":2,"MillisPerBatch":900`)
	runFor(r, 2*time.Minute+500*time.Millisecond)
	ok(t, r, Lab, "PauseWorker", `{"Application":"app","Worker":"worker-1","Millis":60000}`)
	runFor(r, 2*time.Minute)
	if a := theApp(t, r).Total(); a.Shutdowns == 0 || a.Duplicates == 0 {
		t.Errorf("a zombie came to %+v, want a refused checkpoint and duplicates", a)
	}
}

// Over random crashes, joins, splits and merges no record is lost, none of a child is processed before its parents are at
// SHARD_END. What may be processed twice: kcl.TestAtLeastOnce.
func TestNeverLosesAndKeepsTheOrderOfShards(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		seed := rapid.Uint64().Draw(rt, "seed")
		r := withKCL(t, seed, 2, 60, fmt.Sprintf(`,"Workers":2,"FailoverTimeMillis":3000,"ParentShardPollIntervalMillis":1000,"ShardSyncIntervalMillis":5000,"Checkpoint":%q,"CheckpointRecords":70,"CheckpointMillis":4000`,
			rapid.SampledFrom([]string{kcl.EveryBatch, kcl.EveryRecords, kcl.EveryInterval}).Draw(rt, "checkpoint")))
		done := map[int32]bool{}
		progress := map[int32]int64{}
		told := int64(0)
		look := func() {
			a := theApp(t, r)
			st, _ := r.kinesis.Stream("trips")
			for _, l := range r.Leases("app") {
				done[l.Shard] = done[l.Shard] || l.Done()
			}
			for _, e := range r.Events(told) { // a lease at SHARD_END may be deleted before anybody looks
				told = e.ID + 1
				if _, rest, ok := strings.Cut(e.Text, " has processed the closed "); ok {
					id, _, _ := strings.Cut(rest, " ")
					n, _ := kinesis.ParseShardID(id)
					done[n] = true
				}
			}
			for shard, index := range a.Progress() {
				if sh, ok := st.Shard(shard); ok && index >= 0 && progress[shard] == 0 {
					for _, p := range sh.Parents() {
						if !done[p] {
							rt.Fatalf("seed %d: %s is processed before its parent %s is at SHARD_END", seed, kinesis.ShardID(shard), kinesis.ShardID(p))
						}
					}
				}
				progress[shard] = index + 1
			}
		}
		steps := func(d time.Duration) {
			for end := r.Now().Add(d); r.Now() < end; look() {
				runFor(r, 250*time.Millisecond)
			}
		}
		steps(20 * time.Second)
		for range rapid.IntRange(1, 6).Draw(rt, "deeds") {
			a, st := theApp(t, r), mustStream(r)
			workers := a.Workers(r.Now())
			open := st.OpenShards()
			switch rapid.IntRange(0, 4).Draw(rt, "deed") {
			case 0:
				if len(workers) > 0 {
					r.Do(Command{Service: Lab, Op: "KillWorker", Body: fmt.Appendf(nil, `{"Application":"app","Worker":%q}`, workers[rapid.IntRange(0, len(workers)-1).Draw(rt, "which")].ID)})
				}
			case 1:
				r.Do(Command{Service: Lab, Op: "StartWorker", Body: []byte(`{"Application":"app"}`)})
			case 2:
				sh := open[rapid.IntRange(0, len(open)-1).Draw(rt, "shard")]
				from, to := sh.Range()
				r.Do(Command{Service: Kinesis, Op: "SplitShard", Body: fmt.Appendf(nil, `{"StreamName":"trips","ShardToSplit":%q,"NewStartingHashKey":%q}`, sh.ID(), from.Middle(to).String())})
			case 3:
				if len(open) > 1 {
					r.Do(Command{Service: Kinesis, Op: "MergeShards", Body: fmt.Appendf(nil, `{"StreamName":"trips","ShardToMerge":%q,"AdjacentShardToMerge":%q}`, open[0].ID(), open[1].ID())})
				}
			case 4:
				r.Do(Command{Service: Lab, Op: "RedeployKclApplication", Body: []byte(`{"Name":"app"}`)})
			}
			steps(time.Duration(rapid.IntRange(1, 15).Draw(rt, "wait")) * time.Second)
		}
		ok(t, r, Lab, "StopProducer", `{"Name":"bikes"}`)
		ok(t, r, Lab, "StartWorker", `{"Application":"app"}`)
		steps(100 * time.Second)
		total, st := theApp(t, r).Total(), mustStream(r)
		taken := int64(0)
		for _, sh := range st.Shards() {
			taken += sh.Taken()
		}
		if got := total.Processed - total.Duplicates; got != taken || taken < 1000 {
			rt.Fatalf("seed %d: %d records were taken, %d processed (%+v)", seed, taken, got, total)
		}
	})
}

func mustStream(r *Region) *kinesis.Stream {
	st, ok := r.kinesis.Stream("trips")
	if !ok {
		panic("the stream is gone")
	}
	return st
}

// A copy goes on as the original, in the midst of leases, batches and checkpoints.
func TestKCLClone(t *testing.T) {
	r := withKCL(t, 4, 4, 300, `,"Workers":3,"MillisPerRecord":2,"BillingMode":"PROVISIONED","InitialLeaseTableWriteCapacity":2,"Idempotent":true`)
	runFor(r, 3*time.Minute)
	ok(t, r, Lab, "KillWorker", `{"Application":"app","Worker":"worker-2"}`)
	runFor(r, 3333*time.Millisecond)
	c := r.Clone()
	for _, x := range []*Region{r, c} {
		runFor(x, time.Minute)
	}
	var a, b bytes.Buffer
	r.State(&a)
	c.State(&b)
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the copy went another way")
	}
}

func TestKCLOperationsRefuse(t *testing.T) {
	r := withKCL(t, 1, 1, 0, "")
	for _, x := range []struct{ name, op, body, want string }{
		{"a worker that is not there", "KillWorker", `{"Application":"app","Worker":"none"}`, `no worker "none"`},
		{"an application that is not there", "StartWorker", `{"Application":"none"}`, `no KCL application "none"`},
		{"another version", "PutKclApplication", `{"Name":"two","StreamName":"trips","Version":4}`, "Version"},
		{"a name that no table has", "PutKclApplication", `{"Name":"ab","StreamName":"trips"}`, "three letters"},
		{"another stream", "PutKclApplication", `{"Name":"app","StreamName":"others"}`, "leases are of that stream"},
		{"no time", "PauseWorker", `{"Application":"app","Worker":"worker-1"}`, "Millis"},
	} {
		t.Run(x.name, func(t *testing.T) {
			if got := r.Do(Command{Service: Lab, Op: x.op, Body: json.RawMessage(x.body)}); got.Err == nil || !strings.Contains(got.Err.Error(), x.want) {
				t.Errorf("answers %v, want %q", got.Err, x.want)
			}
		})
	}
}

func BenchmarkKCL(b *testing.B) {
	for b.Loop() {
		r := withKCL(b, 1, 16, 16000, `,"Workers":50`)
		runFor(r, 30*time.Second)
	}
}

// A worker's card names its shards while they are few.
func TestWorkerWords(t *testing.T) {
	for _, x := range []struct {
		shards int
		want   string
	}{{1, "shard 0"}, {3, "shards 0, 1, 2"}, {24, "24 shards"}} {
		r := withKCL(t, 1, x.shards, 0, "")
		runFor(r, time.Minute)
		if got, _ := workerWords(theApp(t, r).Workers(r.Now())[0]); got != x.want {
			t.Errorf("of %d shards the card says %q, want %q", x.shards, got, x.want)
		}
	}
}
