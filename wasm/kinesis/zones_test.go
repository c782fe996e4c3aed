package kinesis

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"shardlab/wasm/aws"
	"shardlab/wasm/cloudwatch"
)

// Whatever zones are lost and come back while records are written, every record that was taken can be read, in order and
// once, and no shard has its primary in a zone that is lost or catches up at that moment.
//
// shows: G2
func TestALostZoneLosesNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w, st := streamOf(t, 6)
		taken := make([]int, 6)
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			zone := rapid.SampledFrom([]string{"us-east-1a", "us-east-1b", "us-east-1c"}).Draw(rt, "zone")
			switch rapid.IntRange(0, 3).Draw(rt, "what") {
			case 0:
				_ = w.InterruptZone(zone)
			case 1:
				_ = w.RestoreZone(zone)
			default:
				n := rapid.Int32Range(0, 5).Draw(rt, "shard")
				taken[n] += w.put(st, n, 20, 10)
			}
			w.wait(time.Duration(rapid.Int64Range(0, 15_000).Draw(rt, "wait")) * time.Millisecond)
			for _, sh := range st.Shards() {
				if z := w.Zones()[sh.Primary()]; z.State() != InSync {
					rt.Fatalf("%s has its primary in %s, which is %s", sh.ID(), z.Name, z.State())
				}
			}
		}
		w.wait(5 * time.Second)
		for n := range taken {
			b, err := w.Read(st, Cursor{Shard: int32(n), Issued: w.sched.Now()}, 0)
			w.must(err)
			if b.Len() != taken[n] || taken[n]%20 != 0 {
				rt.Fatalf("shard %d gives %d records, %d were taken", n, b.Len(), taken[n])
			}
		}
	})
}

// TestFailover holds what a lost zone looks like: the shards whose primary lay there answer late, for a while, and give
// out nothing new meanwhile; the others go on as if nothing were.
func TestFailover(t *testing.T) {
	w, st := streamOf(t, 3)
	lost := w.Zones()[st.Shards()[0].Primary()].Name
	w.told = nil
	w.must(w.InterruptZone(lost))
	until := st.Shards()[0].Failover()
	pause := until.Sub(w.sched.Now())
	if l := w.Limits(); pause < l.FailoverLow || pause >= l.FailoverHigh || st.Shards()[0].Failovers() != 1 {
		t.Errorf("the failover takes %v", pause)
	}
	if len(w.told) != 2 || w.told[0].Kind != ZoneLost || w.told[0].Zone != lost || w.told[1].Kind != FailedOver || w.told[1].N != 1 || w.told[1].Stream != "orders" {
		t.Errorf("it told %+v", w.told)
	}
	for n, late := range []time.Duration{pause, 0, 0} {
		if w.put(st, int32(n), 1, 1) != 1 {
			t.Errorf("shard %d refused a record", n)
		}
		if w.Late() != late {
			t.Errorf("shard %d answers %v late, want %v", n, w.Late(), late)
		}
	}
	if got := w.meter.Get(cloudwatch.PutRecordLatency, cloudwatch.Dims{Stream: "orders", Shard: cloudwatch.StreamLevel}, w.sched.Now(), w.sched.Now().Add(time.Second), time.Second, cloudwatch.Maximum)[0]; got < float64(pause.Milliseconds()) {
		t.Errorf("PutRecord.Latency is %v ms at the most", got)
	}
	read := func(shard int32) int {
		b, err := w.Read(st, Cursor{Shard: shard, Issued: w.sched.Now()}, 0)
		w.must(err)
		return b.Len()
	}
	w.wait(pause - time.Millisecond)
	if a, b := read(0), read(1); a != 0 || b != 1 {
		t.Errorf("while the shard fails over it gives %d records, and another one %d", a, b)
	}
	w.wait(time.Second)
	if got := read(0); got != 1 {
		t.Errorf("after the failover it gives %d records", got)
	}
	if w.put(st, 0, 1, 1); w.Late() != 0 {
		t.Errorf("after the failover it answers %v late", w.Late())
	}
}

// A subscription hears of what was put while its shard fails over as soon as the new primary is there, and of nothing in
// between.
func TestFailoverOfASubscribedShard(t *testing.T) {
	w, st := streamOf(t, 1)
	out, err := w.RegisterStreamConsumer(&RegisterStreamConsumerInput{StreamARN: ptr(st.ARN()), ConsumerName: ptr("board")})
	w.must(err)
	w.wait(w.Limits().ConsumerCreateDelay)
	_, err = w.Subscribe(&SubscribeToShardInput{ConsumerARN: &out.Consumer.ConsumerARN, ShardId: ptr("0"), StartingPosition: &StartingPosition{Type: ptr(Latest)}}, 9)
	w.must(err)
	w.must(w.InterruptZone(w.Zones()[st.Shards()[0].Primary()].Name))
	until := st.Shards()[0].Failover()
	w.put(st, 0, 5, 1)
	w.told = nil
	w.wait(until.Sub(w.sched.Now()) - time.Microsecond)
	for _, n := range w.told {
		if n.Kind == EventPushed && n.Batch.Len() > 0 {
			t.Errorf("%d records were pushed while the shard failed over", n.Batch.Len())
		}
	}
	w.told = nil
	w.wait(time.Second)
	if len(w.told) != 1 || w.told[0].Kind != EventPushed || w.told[0].Batch.Len() != 5 {
		t.Errorf("after the failover it told %+v", w.told)
	}
}

// TestZoneRules holds what can be done to zones, and when.
func TestZoneRules(t *testing.T) {
	w, _ := streamOf(t, 1)
	w.refused(w.InterruptZone("us-west-2a"), aws.ResourceNotFound, `There is no Availability Zone "us-west-2a".`)
	w.refused(w.RestoreZone("us-east-1a"), aws.InvalidArgument, "us-east-1a is not lost.")
	w.must(w.InterruptZone("us-east-1a"))
	w.refused(w.InterruptZone("us-east-1a"), aws.ResourceInUse, "us-east-1a is lost already.")
	w.refused(w.InterruptZone("us-east-1b"), aws.ResourceInUse, "us-east-1a is lost already.")
	w.must(w.RestoreZone("us-east-1a"))
	w.refused(w.InterruptZone("us-east-1b"), aws.ResourceInUse, "The replicas in us-east-1a are still catching up.")
	w.wait(5 * time.Second)
	w.must(w.InterruptZone("us-east-1a")) // again, before it caught up
	w.wait(5 * time.Second)
	if state := w.Zones()[0].State(); state != Lost {
		t.Errorf("the zone is %s: the first catching up ended into the second loss", state)
	}
	w.must(w.RestoreZone("us-east-1a"))
	w.wait(w.Limits().CatchUpLeast)
	if state := w.Zones()[0].State(); state != InSync {
		t.Errorf("the zone is %s", state)
	}
	w.must(w.InterruptZone("us-east-1b"))
}
