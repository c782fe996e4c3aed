package kcl

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/dynamodb"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/sim"
)

// A row reads as the lease that it was written from.
func TestRowsAreLeases(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(rt, 1, 3, func(*Settings) {})
		want := Lease{Shard: rapid.Int32Range(0, 2).Draw(rt, "shard"), Counter: rapid.Int64Range(0, 1<<40).Draw(rt, "counter"), Switches: rapid.Int64Range(0, 9).Draw(rt, "switches"),
			Checkpoint: rapid.SampledFrom([]string{kinesis.TrimHorizon, kinesis.Latest, shardEnd, "49590338271490256608559692538361571095921575989136588898"}).Draw(rt, "checkpoint"),
			Sub:        rapid.Int64Range(0, 9).Draw(rt, "sub"), Parents: rapid.SampledFrom([][]int32{nil, {7}, {3, 9}}).Draw(rt, "parents")}
		sh, _ := w.stream.Shard(want.Shard)
		it := want.row(sh)
		want.KBps = -1 // it is not known
		if got, ok := ReadLease(it); !ok || !reflect.DeepEqual(got, want) {
			rt.Fatalf("%+v reads as %+v", want, got)
		}
		owner, kbps := "worker-1", "12.5"
		it[leaseOwner], it[checkpointOwner], it[throughput] = dynamodb.Text(owner), dynamodb.Text("worker-2"), dynamodb.AttributeValue{N: &kbps}
		if got, _ := ReadLease(it); got.Owner != owner || got.actual() != "worker-2" || got.KBps != 12.5 || got.Done() != (want.Checkpoint == shardEnd) {
			rt.Fatalf("handed over it reads as %+v", got)
		}
	})
	for name, it := range map[string]dynamodb.Item{"no key": {checkpoint: dynamodb.Text("LATEST")}, "another key": {leaseKey: dynamodb.Text("worker-1"), checkpoint: dynamodb.Text("LATEST")},
		"no checkpoint": {leaseKey: dynamodb.Text("shardId-000000000001")}} {
		if l, ok := ReadLease(it); ok {
			t.Errorf("%s: reads as %+v", name, l)
		}
	}
}

// What a worker of 1.x and 2.x takes of leases that others hold, renew or let expire. Source: KCL, DynamoDBLeaseTaker.
func TestTake(t *testing.T) {
	for _, x := range []struct {
		name   string
		leases string // who has each: a to c others who renew, x one who does not, - nobody, m the worker itself
		max    int64  // maxLeasesForWorker
		steal  int64  // maxLeasesToStealAtOneTime
		want   int    // leases more than it has
	}{
		{"all of a new table", "----", 0, 1, 4},
		{"its share beside one other", "a---", 0, 1, 2},
		{"of those that expired", "aaxx", 0, 1, 2},
		{"expired ones before it steals", "aaax", 0, 1, 1},
		{"one from who has more than the share", "aaaa", 0, 1, 1},
		{"two when it may", "aaaa", 0, 2, 2},
		{"no more than the surplus", "aaab", 0, 5, 1},
		{"none when all have their share", "aamm", 0, 1, 0},
		{"none when there are more workers than leases", "ab", 0, 1, 0},
		{"one from who has just its share, when two lack", "aaabbbccc", 0, 5, 1},
		{"no more than it may hold", "mm--", 3, 1, 1},
		{"none beyond that", "mmm-", 3, 1, 0},
	} {
		rapid.Check(t, func(rt *rapid.T) {
			shards := int64(len(x.leases))
			w := newWorld(rt, rapid.Uint64().Draw(rt, "seed"), shards, func(s *Settings) {
				s.MaxLeasesForWorker, s.MaxLeasesToStealAtOneTime, s.CleanupLeases = x.max, x.steal, false
			})
			w.tables.Create("app", leaseKey, dynamodb.Capacity{Mode: dynamodb.PayPerRequest})
			w.run(time.Minute)
			me := &worker{number: 1, id: "worker-1", state: running}
			w.app.workers = append(w.app.workers, me)
			counter := int64(1)
			write := func() { // others renew
				for i, who := range x.leases {
					l := Lease{Shard: int32(i), Checkpoint: kinesis.TrimHorizon, Counter: 1}
					if who >= 'a' && who <= 'c' {
						l.Counter = counter
					}
					sh, _ := w.stream.Shard(l.Shard)
					it := l.row(sh)
					switch who {
					case '-':
					case 'm':
						it[leaseOwner] = dynamodb.Text(me.id)
					default:
						it[leaseOwner] = dynamodb.Text("worker-" + string(who))
					}
					w.tables.Put("app", it)
				}
				counter++
			}
			write()
			for i, who := range x.leases {
				if who == 'm' {
					w.app.adopt(w.world(), me, Lease{Shard: int32(i), Owner: me.id, Counter: 1, Checkpoint: kinesis.TrimHorizon})
				}
			}
			w.app.scan(w.world(), me)
			w.sched.At(w.sched.Now().Add(w.app.set.failover()), 99, 0, 0)
			w.sched.Pop(1 << 60)
			write()
			had := len(me.held)
			w.app.take(w.world(), me)
			if got := len(me.held) - had; got != x.want {
				rt.Fatalf("%s (%s): it took %d, want %d", x.name, x.leases, got, x.want)
			}
		})
	}
}

// The leader's plan: a lease without owner goes to the host with the most room; who is above the mean gives a part of what it is above,
// and no host is lifted above the mean. Source: KCL, VarianceBasedLeaseAssignmentDecider.
func TestBalance(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a := New(Default(3), rapid.Uint64().Draw(rt, "seed"))
		p := plan{given: map[int32]string{}}
		var live []*sighting
		sum := 0.0
		for i := range rapid.IntRange(1, 6).Draw(rt, "hosts") {
			h := host{id: fmt.Sprintf("worker-%d", i+1)}
			for range rapid.IntRange(0, 6).Draw(rt, "leases") {
				k := float64(rapid.IntRange(0, 500).Draw(rt, "kbps"))
				live = append(live, &sighting{Lease: Lease{Shard: int32(len(live)), Owner: h.id, KBps: k}})
				h.kbps += k
				h.leases++
			}
			h.load = h.kbps / 50
			sum += h.kbps
			p.hosts = append(p.hosts, h)
		}
		n := float64(len(p.hosts))
		p.mean, p.kbps, p.perHost = sum/50/n, sum/n, max(1, float64(len(live))/n)
		before := map[string]host{}
		for _, h := range p.hosts {
			before[h.id] = h
		}
		a.balance(&p, live, func(s *sighting) float64 { return s.KBps })
		for shard, to := range p.given {
			s := live[shard]
			if from := before[s.Owner]; from.load < p.mean {
				rt.Fatalf("%s has a load of %.1f below the mean %.1f and gives shard %d", s.Owner, from.load, p.mean, shard)
			}
			if got := p.host(to); got.load > p.mean*1.000001 || to == s.Owner {
				rt.Fatalf("%s gets shard %d of %s, and its load would be %.2f with a mean of %.2f", to, shard, s.Owner, got.load, p.mean)
			}
		}
	})
	p := plan{given: map[int32]string{}, mean: 10, kbps: 100, perHost: 2, hosts: []host{{id: "a", load: 12}, {id: "b", load: 4}, {id: "c", load: 9}}}
	if h := p.least(); h.id != "b" {
		t.Errorf("%s has the most room, want b", h.id)
	}
	p.maxLeases, p.hosts[1].leases = 1, 1
	if h := p.least(); h.id != "c" {
		t.Errorf("when b may hold no more, %s has the most room, want c", h.id)
	}
}

func TestAverage(t *testing.T) {
	for _, x := range []struct {
		all  []float64
		want float64
	}{{nil, 0}, {[]float64{8}, 8}, {[]float64{8, 4}, 6}, {[]float64{8, 4, 2}, 4}} {
		if got := average(x.all); got != x.want {
			t.Errorf("of %v it is %v, want %v", x.all, got, x.want)
		}
	}
	h, at := readHost(dynamodb.Item{workerID: dynamodb.Text("worker-3"), updated: dynamodb.Int(12), statistics: dynamodb.Text(`{"C":[8.000,4.5]}`)})
	if h.id != "worker-3" || h.load != 6.25 || at != sim.Instant(12*time.Second/time.Microsecond) {
		t.Errorf("an entry reads as %+v at %d", h, at)
	}
	if h, _ := readHost(dynamodb.Item{workerID: dynamodb.Text("worker-3"), updated: dynamodb.Int(12)}); h.load >= 0 {
		t.Errorf("an entry without statistics reads as %+v", h)
	}
}

// The metrics of the KCL are there under the application's name, per application, worker and shard.
// Source: KDS guide, "Monitoring the KCL"; names of operations as the KCL's classes have them.
func TestMetrics(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		version := rapid.Int64Range(1, 3).Draw(rt, "version")
		w := newWorld(rt, 1, 2, func(s *Settings) { s.Version, s.MicrosPerRecord = version, 1000 })
		w.app.Start(w.world())
		w.run(30 * time.Second)
		entries := []kinesis.PutEntry{{Key: "a", Data: []byte("a")}, {Key: "b", Data: []byte("b")}, {Key: "c", Data: []byte("c")}, {Key: "d", Data: []byte("d")}}
		w.kinesis.Put(w.stream, entries, make([]kinesis.PutResult, len(entries)))
		name, shard := "trips", "shardId-000000000000"
		sh, _ := w.stream.Shard(0)
		from, to := sh.Range()
		middle := from.Middle(to).String()
		w.run(10 * time.Second)
		w.kinesis.SplitShard(&kinesis.SplitShardInput{StreamName: &name, ShardToSplit: &shard, NewStartingHashKey: &middle})
		w.run(2 * time.Minute)
		want := map[string][]string{
			"ProcessTask/ShardId": {"KinesisDataFetcher.getRecords.Success", "KinesisDataFetcher.getRecords.Time", "UpdateLease.Success", "DataBytesProcessed", "RecordsProcessed",
				"MillisBehindLatest", "RecordProcessor.processRecords.Time", "Success", "Time"},
			"RenewAllLeases/WorkerIdentifier": {"RenewLease.Success", "CurrentLeases", "Success"},
			"TakeLeases/WorkerIdentifier":     {"ListLeases.Success", "TakeLease.Success", "NumWorkers", "NeededLeases", "LeasesToTake", "TakenLeases", "TotalLeases", "ExpiredLeases", "Success"},
			"InitializeTask":                  {"KinesisDataFetcher.getIterator.Success"},
			"ShutdownTask":                    {"CreateLease.Success", "UpdateLease.Success"},
			"ShardSyncTask":                   {"CreateLease.Success", "SyncShards.Success"},
			"BlockOnParentShardTask":          {"Success"},
			"PeriodicShardSyncManager":        {"NumStreamsToSync", "Success"},
		}
		if version == 3 {
			delete(want, "TakeLeases/WorkerIdentifier")
			want["LeaseAssignmentManager"] = []string{"TotalLeases", "NumWorkers", "ExpiredLeases", "NumOfLeasesReassignment"}
			want["LeaseDiscovery/WorkerIdentifier"] = []string{"NewLeasesDiscovered"}
			want["WorkerMetricStatsReporter/WorkerIdentifier"] = []string{"Success"}
		}
		for of, names := range want {
			for _, metric := range names {
				n := 0.0
				for _, d := range dims(of) {
					if s, ok := w.meter.Lookup(metric, d); ok && s != nil {
						_, samples := w.meter.Over(metric, d, w.sched.Now(), time.Hour, "Sum")
						n += samples
					}
				}
				if n == 0 {
					rt.Fatalf("KCL %d.x: %s of %s has no values", version, metric, of)
				}
			}
		}
	})
}

// dims are the dimensions of an operation, with all values that its other dimension may have.
func dims(of string) []cloudwatch.Dims {
	var operation, by string
	for i, c := range of {
		if c == '/' {
			operation, by = of[:i], of[i+1:]
		}
	}
	switch by {
	case "ShardId":
		return []cloudwatch.Dims{cloudwatch.In("app", "Operation", operation, by, "shardId-000000000000"), cloudwatch.In("app", "Operation", operation, by, "shardId-000000000001")}
	case "WorkerIdentifier":
		return []cloudwatch.Dims{cloudwatch.In("app", "Operation", operation, by, "worker-1")}
	}
	return []cloudwatch.Dims{cloudwatch.In("app", "Operation", of)}
}
