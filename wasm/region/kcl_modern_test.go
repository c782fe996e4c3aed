package region

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/kcl"
)

const modern = `,"Version":3`

// loads are the percents of CPU that the workers of the application reported last.
func loads(a *kcl.Application, r *Region) (all []float64) {
	for _, w := range a.Workers(r.Now()) {
		all = append(all, w.Load)
	}
	return all
}

// leaderOf is the worker that leads, "" when none does.
func leaderOf(a *kcl.Application, r *Region) (id string) {
	for _, w := range a.Workers(r.Now()) {
		if w.Leads {
			id = w.ID
		}
	}
	return id
}

// KCL 3.x: one worker leads, its three tables are there, each worker reports its load, and all leases are held.
func TestModernTables(t *testing.T) {
	r := withKCL(t, 1, 6, 300, `,"Workers":3,"MillisPerRecord":5`+modern)
	runFor(r, 10*time.Minute)
	a := theApp(t, r)
	for _, x := range []struct {
		suffix string
		items  int
	}{{"", 6}, {kcl.MetricStats, 3}, {kcl.Coordinator, 1}} {
		table, ok := r.dynamodb.Table("app" + x.suffix)
		if !ok || table.Len() != x.items {
			t.Errorf("table app%s is there: %t, want %d items", x.suffix, ok, x.items)
		}
	}
	leaders := 0
	for _, w := range a.Workers(r.Now()) {
		if w.Leads {
			leaders++
		}
		if w.Load <= 0 || len(w.Leases) == 0 {
			t.Errorf("%s reports %.1f %% and holds %d leases", w.ID, w.Load, len(w.Leases))
		}
	}
	if all := loads(a, r); leaders != 1 || slices.Max(all) > 20 { // 300 records of 5 ms are 1.5 of 12 CPUs
		t.Errorf("%d workers lead, the loads are %v", leaders, all)
	}
	for _, l := range r.Leases("app") {
		if l.KBps < 5 || l.KBps > 40 || l.CheckpointOwner != "" {
			t.Errorf("the lease of shard %d says %.2f KiB/s and is handed over by %q", l.Shard, l.KBps, l.CheckpointOwner)
		}
	}
}

// On the same load, of which a few keys make the most, 3.x has its busiest worker nearer to the mean than 2.x, which counts leases. (It
// moves no lease that would lift its new worker above the mean: with shards that are greater than what lacks there it stands.)
func TestModernBalancesLoad(t *testing.T) {
	run := func(seed uint64, version string) (most, mean float64) {
		r := withKCL(t, seed, 24, 0, `,"Workers":4,"MillisPerRecord":9`+version)
		ok(t, r, Lab, "PutProducer", `{"Name":"bikes","StreamName":"trips","RecordsPerSecond":200,"Batch":50,"Keys":{"Kind":"zipf","Count":60,"Share":0.12}}`)
		runFor(r, 15*time.Minute)
		a := theApp(t, r)
		before := map[string]int64{}
		perWorker := map[string]int64{}
		for range 100 { // what each worker holds of the stream's records in 200 seconds
			st := mustStream(r)
			for _, w := range a.Workers(r.Now()) {
				for _, h := range w.Leases {
					sh, _ := st.Shard(h.Shard)
					key := fmt.Sprint(h.Shard)
					if n, seen := before[key]; seen {
						perWorker[w.ID] += sh.Taken() - n
					}
					before[key] = sh.Taken()
				}
			}
			runFor(r, 2*time.Second)
		}
		sum := int64(0)
		for _, n := range perWorker {
			sum += n
			most = max(most, float64(n)/200)
		}
		return most, float64(sum) / 200 / 4
	}
	over, overOld := 0.0, 0.0
	for seed := range uint64(2) {
		old, mean := run(seed, "")
		new, _ := run(seed, modern)
		t.Logf("seed %d: the busiest of four workers has %.0f records/s with 2.x and %.0f with 3.x, the mean is %.0f", seed, old, new, mean)
		over, overOld = over+(new-mean)/2, overOld+(old-mean)/2
	}
	if t.Logf("above the mean: %.0f records/s with 2.x and %.0f with 3.x", overOld, over); over > overOld/2 {
		t.Errorf("the busiest worker is %.0f records/s above the mean with 3.x, and %.0f with 2.x", over, overOld)
	}
}

// Who joins gets leases without a record processed twice: they are handed over with a checkpoint. In 2.x they are stolen, and what was
// processed since the last checkpoint is processed again; and so it is in 3.x without graceful handoff.
func TestModernHandsOver(t *testing.T) {
	run := func(version string) (kcl.Totals, int) {
		r := withKCL(t, 3, 6, 300, `,"Workers":1,"MillisPerRecord":2,"Checkpoint":"every-interval","CheckpointMillis":60000`+version)
		runFor(r, 5*time.Minute)
		ok(t, r, Lab, "StartWorker", `{"Application":"app"}`)
		ok(t, r, Lab, "StartWorker", `{"Application":"app"}`)
		runFor(r, 12*time.Minute)
		least := 6
		for _, n := range held(theApp(t, r), r) {
			least = min(least, n)
		}
		return theApp(t, r).Total(), least
	}
	for _, x := range []struct {
		name, version string
		duplicates    bool
	}{{"2.x", "", true}, {"3.x", modern, false}, {"3.x without graceful handoff", modern + `,"IsGracefulLeaseHandoffEnabled":false`, true}, {"3.x by throughput", modern + `,"DisableWorkerMetrics":true`, false}} {
		a, least := run(x.version)
		t.Logf("%s: %d duplicates, %d leases lost; each worker holds at least %d of six", x.name, a.Duplicates, a.LostLeases, least)
		if (a.Duplicates > 0) != x.duplicates || least == 0 {
			t.Errorf("%s: %d duplicates, and a worker holds %d leases", x.name, a.Duplicates, least)
		}
	}
}

// A worker that dies is replaced 10 to 50 seconds later in 2.x; in 3.x when the leader lives in about 20 to 70, because for a minute it
// may give leases to the dead, and when it was the leader after its lock of two minutes is over.
func TestModernFailover(t *testing.T) {
	run := func(version string, leader bool) (least, most time.Duration) {
		least = time.Hour
		runs := 0
		for seed := range uint64(8) {
			r := withKCL(t, seed, 4, 100, `,"Workers":3,"MillisPerRecord":3`+version)
			runFor(r, 6*time.Minute+time.Duration(seed)*3700*time.Millisecond)
			a, victim := theApp(t, r), ""
			for _, w := range a.Workers(r.Now()) {
				if len(w.Leases) > 0 && (w.ID == leaderOf(a, r)) == leader {
					victim = w.ID
				}
			}
			if victim == "" {
				continue
			}
			ok(t, r, Lab, "KillWorker", fmt.Sprintf(`{"Application":"app","Worker":%q}`, victim))
			from := r.Now()
			for missing := true; missing; {
				runFor(r, 100*time.Millisecond)
				n := 0
				for _, w := range a.Workers(r.Now()) {
					n += len(w.Leases)
				}
				if missing = n < 4; r.Now().Sub(from) > 10*time.Minute {
					t.Fatalf("seed %d: nobody took the leases of %s", seed, victim)
				}
			}
			took := r.Now().Sub(from)
			least, most = min(least, took), max(most, took)
			runs++
		}
		if runs < 4 {
			t.Fatalf("in only %d of eight worlds there was somebody to kill", runs)
		}
		return least, most
	}
	a, b := run("", false)
	t.Logf("2.x: from %v to %v", a, b)
	if a < 10*time.Second || b > 50*time.Second {
		t.Errorf("with 2.x failover takes from %v to %v", a, b)
	}
	a, b = run(modern, false)
	t.Logf("3.x: from %v to %v", a, b)
	if a < 10*time.Second || b > 100*time.Second {
		t.Errorf("with 3.x failover takes from %v to %v", a, b)
	}
	a, b = run(modern, true)
	t.Logf("3.x, when the leader dies: from %v to %v", a, b)
	if a < 90*time.Second || b > 4*time.Minute {
		t.Errorf("with 3.x failover of the leader takes from %v to %v", a, b)
	}
}

// A copy goes on as the original, in the midst of handoffs.
func TestModernClone(t *testing.T) {
	r := withKCL(t, 4, 6, 300, `,"Workers":2,"MillisPerRecord":2,"FailoverTimeMillis":3000`+modern)
	runFor(r, 3*time.Minute)
	ok(t, r, Lab, "StartWorker", `{"Application":"app"}`)
	handing := func() bool {
		return slices.ContainsFunc(r.Leases("app"), func(l kcl.Lease) bool { return l.CheckpointOwner != "" })
	}
	for n := 0; !handing(); n++ {
		if runFor(r, 10*time.Millisecond); n > 60_000 {
			t.Fatal("no lease is handed over in ten minutes")
		}
	}
	if s, _ := r.Sheet(ConsumerRef("app")); !strings.Contains(fmt.Sprint(s), "hands over to") || !strings.Contains(fmt.Sprint(s), "leader, ") {
		t.Errorf("the sheet is %v", s)
	}
	c := r.Clone()
	for _, x := range []*Region{r, c} {
		runFor(x, 5*time.Minute)
	}
	var a, b bytes.Buffer
	r.State(&a)
	c.State(&b)
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the copy went another way")
	}
	if got := r.Do(Command{Service: Lab, Op: "PutKclApplication", Body: []byte(`{"Name":"app","Version":2}`)}); got.Err == nil || !strings.Contains(got.Err.Error(), "stop them first") {
		t.Errorf("another version under running workers answers %v", got.Err)
	}
}

// TestStreamGoesWhileProcessing deletes the stream while processors work, and what they have done waits for a checkpoint.
func TestStreamGoesWhileProcessing(t *testing.T) {
	for _, row := range []struct{ name, op, app string }{
		{"KCL 1.x", "PutKclApplication", `"Version":1,"MillisPerBatch":1500,"Checkpoint":"every-batch"`},
		{"KCL 2.x", "PutKclApplication", `"Version":2,"MillisPerBatch":3000,"Checkpoint":"every-batch"`},
		{"fan-out", "PutKclApplication", `"Version":2,"RetrievalMode":"FANOUT","MillisPerBatch":2000,"Checkpoint":"every-batch"`},
		{"KCL 3.x", "PutKclApplication", `"Version":3,"Workers":2,"MillisPerBatch":3000,"Checkpoint":"every-batch"`},
		{"a connector", "PutConnector", `"BufferRecordCountLimit":500,"EmitMillis":1000`},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := withKCL(t, 3, 2, 100, "")
			ok(t, r, Lab, row.op, `{"Name":"late","StreamName":"trips","InitialPositionInStream":"TRIM_HORIZON",`+row.app+`}`)
			runFor(r, 90*time.Second)
			if row.op == "PutConnector" { // its worker sleeps between two tries
				ok(t, r, Lab, "PutConnector", `{"Name":"late","RefusedPercent":100}`)
				runFor(r, 5*time.Second)
			}
			if app, _ := r.KCLApplication("late"); app == nil || app.Total().Processed == 0 {
				t.Fatal("nothing was processed before")
			}
			ok(t, r, Kinesis, "DeleteStream", `{"StreamName":"trips","EnforceConsumerDeletion":true}`)
			if reached, _ := r.AdvanceTo(r.Now().Add(2*time.Minute), 2_000_000, nil); !reached {
				t.Fatalf("time stands still at %v", r.Now())
			}
		})
	}
}
