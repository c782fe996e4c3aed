package kcl

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"shardlab/wasm/aggregation"
	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/connector"
	"shardlab/wasm/dynamodb"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/sim"
)

const app = 2 // the application's owner on the schedule

// A world is a stream, a lease table and an application, which sees each record that is processed.
type world struct {
	sched    *sim.Schedule
	kinesis  *kinesis.Service
	tables   *dynamodb.Service
	app      *Application
	meter    *cloudwatch.Store
	stream   *kinesis.Stream
	notices  map[NoticeKind]int
	onRecord func(worker string, shard int32, index, sub int64)
}

func newWorld(t *rapid.T, seed uint64, shards int64, change func(*Settings)) *world {
	w := &world{sched: sim.NewSchedule(sim.At(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))), meter: cloudwatch.New(), notices: map[NoticeKind]int{}}
	w.kinesis = kinesis.New(kinesis.Config{Region: "us-east-1", Account: "123456789012", Seed: seed, Notify: w.notify}, w.sched, 1, w.meter)
	w.tables = dynamodb.New(dynamodb.Config{Region: "us-east-1", Account: "123456789012", Seed: seed}, w.sched.Now, w.meter)
	name := "trips"
	if err := w.kinesis.CreateStream(&kinesis.CreateStreamInput{StreamName: &name, ShardCount: &shards}); err != nil {
		t.Fatalf("%v", err)
	}
	w.run(time.Minute)
	w.stream, _ = w.kinesis.Stream(name)
	set := Default(2)
	set.Name, set.StreamName, set.InitialPositionInStream = "app", name, kinesis.TrimHorizon
	set.FailoverTimeMillis, set.ParentShardPollIntervalMillis, set.ShardSyncIntervalMillis, set.IdleTimeBetweenReadsInMillis = 3000, 1000, 5000, 500
	change(&set)
	w.app = New(set, seed)
	return w
}

func (w *world) world() World {
	return World{Sched: w.sched, Owner: app, Kinesis: w.kinesis, DynamoDB: w.tables, Meter: w.meter,
		Notify: func(n Notice) { w.notices[n.Kind]++ }, Process: w.onRecord}
}

// notify hands what is pushed to the application.
func (w *world) notify(n kinesis.Notice) {
	if n.By == app && (n.Kind == kinesis.EventPushed || n.Kind == kinesis.SubscriptionEnded) {
		w.app.Pushed(w.world(), n)
	}
}

func (w *world) run(d time.Duration) {
	for until := w.sched.Now().Add(d); ; {
		e, ok := w.sched.Pop(until)
		if !ok {
			return
		}
		if e.Owner == app {
			w.app.Fire(w.world(), e)
		} else {
			w.kinesis.Fire(e)
		}
	}
}

// leases are the rows of the table by shard.
func (w *world) leases() map[int32]Lease {
	all := map[int32]Lease{}
	if t, ok := w.tables.Table("app"); ok {
		t.Items(func(_ string, it dynamodb.Item) {
			if l, ok := ReadLease(it); ok {
				all[l.Shard] = l
			}
		})
	}
	return all
}

// TestAtLeastOnce holds over random crashes, joins, stops, splits and merges, with every policy of checkpoints and with records
// that are aggregated or not: see walk.
//
// shows: KCL1 KCL2 T7
func TestAtLeastOnce(t *testing.T) {
	walk(t, func(rt *rapid.T, s *Settings) {
		s.Checkpoint = rapid.SampledFrom([]string{EveryBatch, EveryRecords, EveryInterval}).Draw(rt, "checkpoint")
		s.CheckpointRecords, s.CheckpointMillis = 40, 4000
	})
}

// TestFanOutAtLeastOnce is the same of workers to whom records are pushed.
func TestFanOutAtLeastOnce(t *testing.T) {
	walk(t, func(rt *rapid.T, s *Settings) {
		s.RetrievalMode = FanOut
		s.Checkpoint = rapid.SampledFrom([]string{EveryBatch, EveryRecords, EveryInterval}).Draw(rt, "checkpoint")
		s.CheckpointRecords, s.CheckpointMillis = 40, 4000
	})
}

// TestModernAtLeastOnce is the same of KCL 3.x, whose leader gives the leases out and moves them, by polls and pushed.
func TestModernAtLeastOnce(t *testing.T) {
	walk(t, func(rt *rapid.T, s *Settings) {
		s.Version = 3
		s.RetrievalMode = rapid.SampledFrom([]string{Polling, FanOut}).Draw(rt, "mode")
		s.Checkpoint = rapid.SampledFrom([]string{EveryBatch, EveryRecords, EveryInterval}).Draw(rt, "checkpoint")
		s.CheckpointRecords, s.CheckpointMillis = 40, 4000
		s.MicrosPerRecord = rapid.Int64Range(0, 9000).Draw(rt, "micros")
		s.GracefulLeaseHandoffTimeoutMillis = rapid.SampledFrom([]int64{0, 500, 30_000}).Draw(rt, "handoff")
	})
}

// TestConnectorAtLeastOnce is the same of what pipelines of the Connector Library emit to a destination that fails now and then.
//
// shows: CL1
func TestConnectorAtLeastOnce(t *testing.T) {
	walk(t, func(rt *rapid.T, s *Settings) {
		s.Version, s.Connector = 1, connector.Default()
		c := &s.Connector
		c.Emitter = rapid.SampledFrom([]string{connector.S3, connector.Redshift}).Draw(rt, "emitter")
		c.BufferRecordCountLimit, c.BufferMillisecondsLimit = rapid.Int64Range(1, 200).Draw(rt, "count"), 3000
		c.RefusedPercent, c.RetryLimit, c.BackoffInterval = 20, 1000, 300
	})
}

// walk holds that each user record is processed, or emitted; the first times in the order of its shard; none of a child before its
// parents are at SHARD_END; nothing that lies behind a checkpoint was never processed; and what the owner of a lease processes again
// lies after the checkpoint that the table holds at that moment. Who has lost a lease and does not know it yet may be at a batch that
// another has had since.
func walk(t *testing.T, change func(*rapid.T, *Settings)) {
	t.Helper()
	again, crashes, ended := 0, 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(rt, rapid.Uint64().Draw(rt, "seed"), 2, func(s *Settings) { change(rt, s) })
		type place struct {
			shard      int32
			index, sub int64
		}
		times := map[place]int{}
		newest := map[int32]place{}
		done := map[int32]bool{} // also of leases that are deleted
		w.onRecord = func(worker string, shard int32, index, sub int64) {
			leases := w.leases()
			for _, l := range leases {
				done[l.Shard] = done[l.Shard] || l.Done()
			}
			sh, _ := w.stream.Shard(shard)
			for _, p := range sh.Parents() {
				if !done[p] {
					rt.Fatalf("%s is processed before its parent %s is at SHARD_END", sh.ID(), kinesis.ShardID(p))
				}
			}
			p := place{shard, index, sub}
			times[p]++
			if times[p] == 1 {
				if n, ok := newest[shard]; ok && !(position{n.index, n.sub}).before(position{index, sub}) {
					rt.Fatalf("%s: %v is processed for the first time after %v", sh.ID(), p, n)
				}
				newest[shard] = p
				return
			}
			again++
			if l := leases[shard]; l.Owner == worker && l.Checkpoint != kinesis.TrimHorizon {
				if _, at, ok := sh.Find(l.Checkpoint); l.Done() || ok && !(position{at, l.Sub}).before(position{index, sub}) {
					rt.Fatalf("%s: %v is processed again by its owner, although the checkpoint is %s, %d", sh.ID(), p, l.Checkpoint, l.Sub)
				}
			}
		}
		taken := map[place]bool{}
		n := 0
		put := func() {
			entries := make([]kinesis.PutEntry, 0, 8)
			counts := make([]int, 0, 8)
			for i := range 8 {
				n++
				key := "bike-" + strconv.Itoa(n%50)
				if i%2 == 0 {
					entries, counts = append(entries, kinesis.PutEntry{Key: key, Data: []byte(key)}), append(counts, 1)
					continue
				}
				packed := make([]aggregation.Record, 3)
				for j := range packed {
					packed[j] = aggregation.Record{PartitionKey: key, Data: fmt.Append(nil, key, j)}
				}
				entries, counts = append(entries, kinesis.PutEntry{Key: key, Data: aggregation.Encode(packed)}), append(counts, 3)
			}
			results := make([]kinesis.PutResult, len(entries))
			if err := w.kinesis.Put(w.stream, entries, results); err != nil {
				return // the stream is between two states
			}
			for i, r := range results {
				for sub := range counts[i] {
					if r.OK() {
						taken[place{r.Shard, r.Index, int64(sub)}] = true
					}
				}
			}
		}
		pass := func(seconds int) {
			for range 4 * seconds {
				put()
				w.run(250 * time.Millisecond)
			}
		}
		behind := func() { // a checkpoint
			at := map[int32]position{}
			for _, l := range w.leases() {
				if sh, there := w.stream.Shard(l.Shard); there && l.Done() {
					at[l.Shard] = position{sh.Next(), 0}
				} else if _, index, ok := sh.Find(l.Checkpoint); there && ok {
					at[l.Shard] = position{index, l.Sub}
				}
			}
			for p := range taken {
				if c, ok := at[p.shard]; ok && !c.before(position{p.index, p.sub}) && times[p] == 0 {
					rt.Fatalf("%v lies behind the checkpoint %v of its shard and was never processed", p, c)
				}
			}
		}
		name := "trips"
		for range 2 {
			w.app.Start(w.world())
		}
		pass(20)
		for range rapid.IntRange(1, 6).Draw(rt, "deeds") {
			workers, open := w.app.Workers(w.sched.Now()), w.stream.OpenShards()
			switch deed := rapid.IntRange(0, 4).Draw(rt, "deed"); {
			case deed <= 1 && len(workers) > 0:
				id := workers[rapid.IntRange(0, len(workers)-1).Draw(rt, "which")].ID
				if deed == 0 {
					crashes++
					w.app.Kill(w.world(), id)
				} else {
					w.app.Stop(w.world(), id)
				}
			case deed == 2:
				sh := open[rapid.IntRange(0, len(open)-1).Draw(rt, "shard")]
				from, to := sh.Range()
				id, middle := sh.ID(), from.Middle(to).String()
				w.kinesis.SplitShard(&kinesis.SplitShardInput{StreamName: &name, ShardToSplit: &id, NewStartingHashKey: &middle})
			case deed == 3 && len(open) > 1:
				a, b := open[0].ID(), open[1].ID()
				w.kinesis.MergeShards(&kinesis.MergeShardsInput{StreamName: &name, ShardToMerge: &a, AdjacentShardToMerge: &b})
			default:
				w.app.Start(w.world())
			}
			pass(rapid.IntRange(1, 15).Draw(rt, "wait"))
			behind()
		}
		w.app.Start(w.world())
		w.run(100 * time.Second)
		if w.app.set.modern() {
			w.run(lockLease + heartbeat + active) // the leader may be dead, and so may whom it gave a lease
		}
		ended += w.notices[Ended]
		for p := range taken {
			if times[p] == 0 {
				rt.Fatalf("%v of %d records was never processed", p, len(taken))
			}
		}
		for p := range times {
			if !taken[p] {
				rt.Fatalf("%v was processed, and never taken", p)
			}
		}
	})
	if again == 0 || crashes == 0 || ended == 0 {
		t.Errorf("%d records came again, %d crashes, %d shards ended: the walks show nothing", again, crashes, ended)
	}
}
