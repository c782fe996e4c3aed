package kinesis

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/sim"
)

// A boundary is where a limit begins to refuse, tried in a world that has the limit.
type boundary struct {
	// holds reports whether n of the limit's units are within it. Without least it must hold for the limit's value and not
	// for one more, with least for the value and not for one less.
	holds func(w *world, n int64) bool
	least bool
	// alter changes what else must be so that the limit is met before any other.
	alter func(l *Limits)
	// value is the limit in the units of holds; left out, it is the field itself, a duration in microseconds.
	value func(l Limits) int64
	// fixed says that the value is the profile's, whatever the field says: halved it would mean nothing.
	fixed bool
}

// stored puts so many bytes into shard 0 of a stream, in records of 500 KiB and one of the rest, as fast as it takes them.
func (w *world) stored(st *Stream, bytes int64) {
	w.t.Helper()
	for bytes > 0 {
		n := min(bytes, 500<<10)
		w.wait(500 * time.Millisecond)
		if w.put(st, 0, 1, int(n)-1) != 1 { // the key has a byte
			w.t.Fatal("a record was refused")
		}
		bytes -= n
	}
	w.wait(time.Second)
}

// drained takes from shard 0 all that it has saved up: in records, or in bytes.
func (w *world) drained(st *Stream, records bool) {
	if records {
		for w.put(st, 0, 250, 0) > 0 {
		}
		return
	}
	for n := 256 << 10; n >= 1<<10; n /= 2 {
		for w.put(st, 0, 1, n-1) > 0 {
		}
	}
}

// all puts records of so many bytes each into shard 0, and reports whether every one was taken.
func (w *world) all(st *Stream, n int64, bytes int) bool {
	for n > 0 {
		batch := min(n, 250)
		if int64(w.put(st, 0, int(batch), bytes)) != batch {
			return false
		}
		n -= batch
	}
	return true
}

// bytes puts so many bytes into shard 0 in one call, in records of 500 KiB and one of the rest.
func (w *world) bytes(st *Stream, n int64) bool {
	var entries []PutEntry
	for n > 0 {
		size := min(n, 500<<10)
		entries = append(entries, PutEntry{Key: "k", Explicit: true, Data: make([]byte, size-1)})
		n -= size
	}
	results := make([]PutResult, len(entries))
	if w.Put(st, entries, results) != nil {
		return false
	}
	for _, r := range results {
		if !r.OK() {
			return false
		}
	}
	return true
}

func (w *world) create(in CreateStreamInput) error {
	in.StreamName = ptr("orders")
	if in.ShardCount == nil && in.StreamModeDetails == nil {
		in.ShardCount = ptr(int64(1))
	}
	return w.CreateStream(&in)
}

// saved lets an idle shard save up two seconds, so that what comes in one second can be seen.
func saved(l *Limits) { l.BurstMillis = 2000 }

// micros is a wait in the units of holds.
func micros(n int64) time.Duration { return time.Duration(n) * time.Microsecond }

// becomes reports whether a stream has a status after so many microseconds; "" when it is gone.
func (w *world) becomes(status string, n int64) bool {
	w.wait(micros(n))
	st, ok := w.Stream("orders")
	return ok && st.Status() == status || !ok && status == ""
}

// boundaries has a row for each field of Limits, except for its name and the rates, which end in Rate.
var boundaries = map[string]boundary{
	"ShardBytesPerSecond": {alter: saved, holds: func(w *world, n int64) bool {
		st := w.stream("orders", 1)
		w.drained(st, false)
		w.wait(time.Second)
		return w.bytes(st, n)
	}},
	"ShardRecordsPerSecond": {alter: saved, holds: func(w *world, n int64) bool {
		st := w.stream("orders", 1)
		w.drained(st, true)
		w.wait(time.Second)
		return w.all(st, n, 10)
	}},
	"BurstMillis": {holds: func(w *world, n int64) bool {
		return w.all(w.stream("orders", 1), n*w.Limits().ShardRecordsPerSecond/1000, 10)
	}},
	"LargeRecordBurstBytes": {fixed: true, holds: func(w *world, n int64) bool {
		w.must(w.create(CreateStreamInput{MaxRecordSizeInKiB: ptr(w.Limits().MaxRecordKiB)}))
		w.wait(time.Minute)
		st, _ := w.Stream("orders")
		return w.bytes(st, min(n, 1<<20)) && (n <= 1<<20 || w.bytes(st, n-1<<20))
	}},
	"RoundBytes": {holds: func(w *world, n int64) bool {
		st, unit := w.stream("orders", 1), w.Limits().RoundBytes
		if !w.bytes(st, w.Limits().ShardBytesPerSecond-unit) { // which leaves one unit
			w.t.Fatal("refused")
		}
		return w.bytes(st, n)
	}},
	"DefaultRecordKiB": {value: func(l Limits) int64 { return l.DefaultRecordKiB << 10 }, holds: func(w *world, n int64) bool {
		return w.Put(w.stream("orders", 1), []PutEntry{{Key: "key", Data: make([]byte, n-3)}}, make([]PutResult, 1)) == nil
	}},
	"MaxRecordKiB": {holds: func(w *world, n int64) bool { return w.create(CreateStreamInput{MaxRecordSizeInKiB: &n}) == nil }},
	"RequestRecords": {holds: func(w *world, n int64) bool {
		return w.Put(w.stream("orders", 1), make([]PutEntry, n), make([]PutResult, n)) == nil
	}},
	"RequestBytes": {holds: func(w *world, n int64) bool {
		st := w.stream("orders", 1)
		var entries []PutEntry
		for ; n > 0; n -= 500 << 10 {
			entries = append(entries, PutEntry{Key: "k", Data: make([]byte, min(n, 500<<10)-1)})
		}
		return w.Put(st, entries, make([]PutResult, len(entries))) == nil
	}},

	"ShardReadCallsPerSecond": {holds: func(w *world, n int64) bool {
		st := w.stream("orders", 1)
		for range n {
			if _, err := w.Read(st, Cursor{Issued: w.sched.Now()}, 0); err != nil {
				return false
			}
		}
		return true
	}},
	"ShardReadBytesPerSecond": {holds: func(w *world, n int64) bool {
		st := w.stream("orders", 1)
		w.stored(st, n)
		if _, err := w.Read(st, Cursor{Issued: w.sched.Now()}, 0); err != nil {
			w.t.Fatal(err)
		}
		_, err := w.Read(st, Cursor{Issued: w.sched.Now()}, 0) // refused when the first took too much
		return err == nil
	}},
	"ShardIteratorsPerSecond": {holds: func(w *world, n int64) bool {
		st := w.stream("orders", 1)
		for range n {
			if _, err := w.Iterate(st, 0, Position{Type: Latest}); err != nil {
				return false
			}
		}
		return true
	}},
	"AnswerRecords": {holds: func(w *world, n int64) bool {
		st := w.stream("orders", 1)
		for left := n; left > 0; left -= 500 {
			w.put(st, 0, int(min(left, 500)), 1)
			w.wait(time.Second)
		}
		b, err := w.Read(st, Cursor{Issued: w.sched.Now()}, 0)
		w.must(err)
		return int64(b.Len()) == n
	}},
	"AnswerBytes": {holds: func(w *world, n int64) bool {
		st := w.stream("orders", 1)
		w.stored(st, n)
		b, err := w.Read(st, Cursor{Issued: w.sched.Now()}, 0)
		w.must(err)
		return b.Bytes == n
	}},
	"IteratorLifetime": {holds: func(w *world, n int64) bool {
		w.stream("orders", 1)
		it := w.iterator(0, Latest)
		w.wait(micros(n))
		_, err := w.read(it, 0)
		return err == nil
	}},
	"TokenLifetime": {holds: func(w *world, n int64) bool {
		w.stream("orders", 2)
		page, err := w.ListShards(&ListShardsInput{StreamName: ptr("orders"), MaxResults: ptr(int64(1))})
		w.must(err)
		w.wait(micros(n))
		_, err = w.ListShards(&ListShardsInput{NextToken: page.NextToken})
		return err == nil
	}},
	"PropagationLow":  {least: true, alter: func(l *Limits) { l.PropagationHigh = l.PropagationLow }, holds: readableAfter},
	"PropagationHigh": {least: true, alter: func(l *Limits) { l.PropagationLow = l.PropagationHigh }, holds: readableAfter},
	"PutLatencyLow":   {least: true, alter: func(l *Limits) { l.PutLatencyHigh = l.PutLatencyLow }, holds: worksFor(cloudwatch.PutRecordLatency)},
	"PutLatencyHigh":  {least: true, alter: func(l *Limits) { l.PutLatencyLow = l.PutLatencyHigh }, holds: worksFor(cloudwatch.PutRecordLatency)},
	"GetLatencyLow":   {least: true, alter: func(l *Limits) { l.GetLatencyHigh = l.GetLatencyLow }, holds: worksFor(cloudwatch.GetRecordsLatency)},
	"GetLatencyHigh":  {least: true, alter: func(l *Limits) { l.GetLatencyLow = l.GetLatencyHigh }, holds: worksFor(cloudwatch.GetRecordsLatency)},
	"FailoverLow":     {least: true, alter: func(l *Limits) { l.FailoverHigh = l.FailoverLow }, holds: failsOverWithin},
	"FailoverHigh":    {least: true, alter: func(l *Limits) { l.FailoverLow = l.FailoverHigh }, holds: failsOverWithin},
	"CatchUpLeast":    {least: true, holds: func(w *world, n int64) bool { return catchesUp(w, 0, n) }},
	"CatchUpBytesPerSecond": { // a byte less takes a second less
		alter: func(l *Limits) { l.CatchUpBytesPerSecond, l.CatchUpLeast = 1<<20, time.Second },
		value: func(Limits) int64 { return 1<<20 - 1 }, fixed: true,
		holds: func(w *world, n int64) bool { return catchesUp(w, n, time.Second.Microseconds()) },
	},
	"MinRetention": {holds: func(w *world, n int64) bool { // a record is there until then, and not any more at that instant
		st := w.stream("orders", 1)
		w.put(st, 0, 1, 1)
		w.wait(micros(n - 1))
		sh, _ := st.Shard(0)
		held, _ := st.Held(sh, w.sched.Now())
		return held == 1
	}},

	"SubscriptionBytesPerSecond": {alter: oneEvent, holds: func(w *world, n int64) bool { // the next event comes a second after one of so many bytes
		st := w.stream("orders", 1)
		w.stored(st, n)
		id := w.subscribed0(TrimHorizon)
		w.put(st, 0, 1, 1)
		w.wait(time.Second)
		events, _ := w.pushed(id)
		return len(events) == 2
	}},
	"SubscriptionLifetime": {least: true, holds: func(w *world, n int64) bool {
		w.stream("orders", 1)
		id := w.subscribed0(Latest)
		w.wait(micros(n))
		_, end := w.pushed(id)
		return end != nil
	}},
	"SubscriptionHold": {least: true, holds: func(w *world, n int64) bool {
		w.stream("orders", 1)
		w.subscribed0(Latest)
		w.wait(micros(n))
		_, err := w.subscribe("app", 0, Position{Type: Latest})
		return err == nil
	}},
	"SubscriptionHeartbeat": {least: true, holds: func(w *world, n int64) bool {
		w.stream("orders", 1)
		id := w.subscribed0(Latest)
		w.wait(micros(n))
		events, _ := w.pushed(id)
		return len(events) == 1
	}},
	"EventRecords": {holds: func(w *world, n int64) bool {
		st := w.stream("orders", 1)
		for left := n; left > 0; left -= 500 {
			w.put(st, 0, int(min(left, 500)), 1)
			w.wait(time.Second)
		}
		events, _ := w.pushed(w.subscribed0(TrimHorizon))
		return int64(len(events[0].Records)) == n
	}},
	"EventBytes": {holds: func(w *world, n int64) bool {
		st := w.stream("orders", 1)
		w.put(st, 0, 1, 1)
		w.put(st, 0, 1, int(n)-3) // two keys have a byte each
		w.wait(time.Second)
		events, _ := w.pushed(w.subscribed0(TrimHorizon))
		return len(events[0].Records) == 2
	}},
	"StreamConsumers": {holds: func(w *world, n int64) bool {
		w.stream("orders", 1)
		for i := range n {
			if _, err := w.register(fmt.Sprint("c", i)); err != nil {
				return false
			}
			w.wait(time.Minute)
		}
		return true
	}},
	"AdvantageConsumers": {holds: func(w *world, n int64) bool {
		w.stream("orders", 1)
		_, err := w.UpdateAccountSettings(&UpdateAccountSettingsInput{&MinimumThroughputBillingCommitmentInput{ptr(enabled)}})
		w.must(err)
		for i := range n {
			if _, err := w.register(fmt.Sprint("c", i)); err != nil {
				return false
			}
			w.wait(time.Minute)
		}
		return true
	}},
	"ConsumersCreating": {holds: func(w *world, n int64) bool {
		w.stream("orders", 1)
		for i := range n {
			if _, err := w.register(fmt.Sprint("c", i)); err != nil {
				return false
			}
			w.wait(250 * time.Millisecond)
		}
		return true
	}},
	"ConsumerCreateDelay": {least: true, holds: func(w *world, n int64) bool {
		st := w.stream("orders", 1)
		_, err := w.register("app")
		w.must(err)
		w.wait(micros(n))
		c, _ := st.Consumer("app")
		return c.Status() == Active
	}},
	"ConsumerDeleteDelay": {least: true, holds: func(w *world, n int64) bool {
		st := w.stream("orders", 1)
		arn := w.consumer("app").ARN()
		w.must(w.DeregisterStreamConsumer(&DeregisterStreamConsumerInput{ConsumerARN: &arn}))
		w.wait(micros(n))
		_, there := st.Consumer("app")
		return !there
	}},
	"SubscribeToShardRate": {holds: func(w *world, n int64) bool {
		w.stream("orders", 1)
		w.consumer("app")
		for range n {
			if _, err := w.subscribe("app", 0, Position{Type: Latest}); aws.CodeOf(err) == aws.LimitExceeded {
				return false
			}
		}
		return true
	}},

	"CreateDelay": {least: true, holds: func(w *world, n int64) bool {
		w.must(w.create(CreateStreamInput{}))
		return w.becomes(Active, n)
	}},
	"DeleteDelay": {least: true, holds: func(w *world, n int64) bool {
		w.stream("orders", 1)
		w.must(w.DeleteStream(&DeleteStreamInput{StreamName: ptr("orders")}))
		return w.becomes("", n)
	}},
	"UpdateDelay": {least: true, holds: func(w *world, n int64) bool {
		w.stream("orders", 1)
		w.must(w.split("0", "100"))
		return w.becomes(Active, n)
	}},
	"StepDelay": {least: true, holds: func(w *world, n int64) bool {
		w.stream("orders", 2)
		w.must(w.scale(4))
		w.wait(w.Limits().UpdateDelay)
		return w.becomes(Active, n)
	}},
	"LongestPlan": {value: func(l Limits) int64 { return 1 + int64(l.LongestPlan/l.StepDelay) }, holds: func(w *world, n int64) bool {
		w.beginPlan(w.stream("orders", 1), make([]reshard, n))
		return w.streams[0].stride == 1 // steps come one at a time
	}},
	"StreamsCreating": {holds: func(w *world, n int64) bool {
		for i := range n {
			if w.CreateStream(&CreateStreamInput{StreamName: ptr(fmt.Sprint("s", i)), ShardCount: ptr(int64(1))}) != nil {
				return false
			}
			w.wait(200 * time.Millisecond)
		}
		return true
	}},
	"AccountShards": {holds: func(w *world, n int64) bool { return w.create(CreateStreamInput{ShardCount: &n}) == nil }},
	"OnDemandStreams": {holds: func(w *world, n int64) bool {
		for i := range n {
			if w.CreateStream(&CreateStreamInput{StreamName: ptr(fmt.Sprint("s", i))}) != nil {
				return false
			}
			w.wait(time.Minute)
		}
		return true
	}},
	"OnDemandShards": {holds: func(w *world, n int64) bool {
		w.must(w.create(CreateStreamInput{StreamModeDetails: &StreamModeDetails{ptr(OnDemand)}}))
		w.wait(time.Minute)
		return int64(len(w.streams[0].OpenShards())) >= n
	}},
	"OnDemandTick": {least: true, holds: func(w *world, n int64) bool {
		st := w.onDemand()
		st.open[0].load.peakBytes = 1 << 40
		return w.becomes(Updating, n)
	}},
	"OnDemandMemory": {holds: func(w *world, n int64) bool { // a peak counts until then, and not any more at that instant
		st := w.onDemand()
		st.demand.load.peakRecords = 60
		w.notePeak(st)
		w.wait(micros(n - 1))
		w.notePeak(st)
		records, _ := st.Peak()
		return records == 1
	}},
	"OnDemandSplitBytes": {value: func(l Limits) int64 { return 60 * l.OnDemandSplitBytes }, holds: func(w *world, n int64) bool {
		return !w.splits(n, func(st *Stream, n int64) bool { return w.bytes(st, n) })
	}},
	"OnDemandSplitRecords": {value: func(l Limits) int64 { return 60 * l.OnDemandSplitRecords }, holds: func(w *world, n int64) bool {
		return !w.splits(n, func(st *Stream, n int64) bool { return w.all(st, n, 10) })
	}},
	"OnDemandBytes": {value: func(l Limits) int64 { return l.OnDemandBytes / l.ShardBytesPerSecond }, holds: func(w *world, n int64) bool {
		w.cfg.Region = "eu-central-1"
		return w.scalesItselfTo(n)
	}},
	"OnDemandBytesLarge": {value: func(l Limits) int64 { return l.OnDemandBytesLarge / (8 << 20) }, alter: func(l *Limits) { l.ShardBytesPerSecond = 8 << 20 },
		holds: (*world).scalesItselfTo},
	"WarmMiBps": {fixed: true, holds: func(w *world, n int64) bool { // without such a thing 0 is the limit, and that is none
		w.commitment.status = enabled
		return w.Limits().WarmMiBps == 0 && n == 0 || w.checkWarm(OnDemand, &n) == nil
	}},
	"ModeSwitches": {holds: func(w *world, n int64) bool {
		st := w.stream("orders", 1)
		for range n {
			if w.switchMode(st) != nil {
				return false
			}
			w.until(st)
			w.wait(time.Hour)
		}
		return true
	}},
	"StreamTags": {holds: func(w *world, n int64) bool {
		tags := map[string]string{}
		for i := range n {
			tags[fmt.Sprint("k", i)] = "v"
		}
		return w.create(CreateStreamInput{Tags: tags}) == nil
	}},
	"MaxRetention": {value: func(l Limits) int64 { return int64(l.MaxRetention / time.Hour) }, holds: func(w *world, n int64) bool {
		w.stream("orders", 1)
		return w.IncreaseStreamRetentionPeriod(&IncreaseStreamRetentionPeriodInput{StreamName: ptr("orders"), RetentionPeriodHours: &n}) == nil
	}},
	"StreamChannels": {holds: func(w *world, n int64) bool {
		w.demand("orders")
		for i := range n {
			if _, err := w.do("CreateChannel", toBucket(fmt.Sprint("c", i), "orders", "")); err != nil {
				return false
			}
		}
		return true
	}},
	"MinFreshness": {least: true, holds: func(w *world, n int64) bool { return w.checkFreshness(&n) == nil }},
	"MaxFreshness": {alter: func(l *Limits) { l.MinFreshness = 1 }, holds: func(w *world, n int64) bool { return w.checkFreshness(&n) == nil }},
	"PolicyBytes": {holds: func(w *world, n int64) bool {
		text := `{"Statement":{"Effect":"Allow","Principal":"*","Action":"kinesis:*","Resource":"*"}}`
		return w.checkPolicy(text+strings.Repeat(" ", int(n)-len(text))) == nil
	}},
	"CommitmentDuration": {least: true, holds: func(w *world, n int64) bool {
		for _, status := range []string{enabled, disabled} {
			_, err := w.UpdateAccountSettings(&UpdateAccountSettingsInput{&MinimumThroughputBillingCommitmentInput{&status}})
			w.must(err)
		}
		w.wait(micros(n))
		return !w.Advantage()
	}},
	"DryRunRate": {holds: func(w *world, n int64) bool {
		w.stream("orders", 1)
		for range n {
			_, err := w.do("PutRecord", `{"StreamName":"orders","PartitionKey":"k","Data":"","DryRun":true}`)
			if aws.CodeOf(err) != aws.DryRunOperation {
				return false
			}
		}
		return true
	}},
	"StreamShards": {holds: func(w *world, n int64) bool { return w.checkTarget((n+1)/2, n) == nil }},
	"EncryptionStarts": {holds: func(w *world, n int64) bool {
		st := w.stream("orders", 1)
		w.cfg.Keys = &fakeKeys{}
		for range n {
			if w.StartStreamEncryption(w.encryption("a")) != nil {
				return false
			}
			w.until(st)
			w.wait(30 * time.Minute)
		}
		return true
	}},
	"EncryptionStops": {alter: func(l *Limits) { l.EncryptionStarts = 100 }, holds: func(w *world, n int64) bool {
		st := w.stream("orders", 1)
		w.cfg.Keys = &fakeKeys{}
		for range n {
			w.must(w.StartStreamEncryption(w.encryption("a")))
			w.until(st)
			if w.StopStreamEncryption(w.encryption("a")) != nil {
				return false
			}
			w.until(st)
			w.wait(30 * time.Minute)
		}
		return true
	}},
	// The delay is thrown within the limit; from the microsecond that the dice say on, all records are encrypted.
	"EncryptionDelay": {least: true, value: func(l Limits) int64 {
		w := newWorld(&testing.T{}, l) // only to throw the dice
		st := w.stream("orders", 1)
		at := w.encryptsFrom(st)
		return int64(min(st.EncryptedSince()-at, sim.Instant(l.EncryptionDelay/time.Microsecond)))
	}, holds: func(w *world, n int64) bool {
		st := w.stream("orders", 1)
		at := w.encryptsFrom(st)
		return st.keyAt(at+sim.Instant(n)) != ""
	}},
	"DataKeyLifetime": {least: true, holds: func(w *world, n int64) bool {
		st := w.stream("orders", 1)
		f := w.encrypts(st, "a")
		w.put(st, 0, 1, 1)
		w.wait(micros(n))
		w.put(st, 0, 1, 1)
		return len(f.asked) == 2
	}},
	"ShardCountCalls": {holds: func(w *world, n int64) bool {
		st := w.stream("orders", 1)
		for range n {
			if w.scale(1) != nil {
				return false
			}
			w.until(st)
			w.wait(time.Hour)
		}
		return true
	}},
}

// encryptsFrom begins to encrypt a stream and returns when it is ACTIVE again.
func (w *world) encryptsFrom(st *Stream) sim.Instant {
	w.cfg.Keys = &fakeKeys{}
	if err := w.StartStreamEncryption(w.encryption("a")); err != nil {
		panic(err)
	}
	w.wait(w.Limits().UpdateDelay)
	return w.sched.Now()
}

// oneEvent lets a subscription push all there is in one event.
func oneEvent(l *Limits) { l.EventBytes = 1 << 30 }

// subscribed0 registers a consumer and subscribes it to shard 0; what is due at once is pushed.
func (w *world) subscribed0(from string) int64 {
	w.t.Helper()
	w.consumer("app")
	id, err := w.subscribe("app", 0, Position{Type: from})
	w.must(err)
	w.wait(0)
	return id
}

// readableAfter reports whether a record can be read n microseconds after it was taken.
func readableAfter(w *world, n int64) bool {
	st := w.stream("orders", 1)
	w.put(st, 0, 1, 1)
	w.wait(micros(n))
	b, err := w.Read(st, Cursor{Issued: w.sched.Now()}, 0)
	w.must(err)
	return b.Len() == 1
}

// onDemand makes an on-demand stream.
func (w *world) onDemand() *Stream {
	w.t.Helper()
	w.must(w.create(CreateStreamInput{StreamModeDetails: &StreamModeDetails{ptr(OnDemand)}}))
	w.wait(w.Limits().CreateDelay)
	return w.streams[0]
}

// switchMode switches a stream to its other capacity mode.
func (w *world) switchMode(st *Stream) error {
	mode := OnDemand
	if st.Mode() == OnDemand {
		mode = Provisioned
	}
	return w.UpdateStreamMode(&UpdateStreamModeInput{StreamARN: ptr(st.ARN()), StreamModeDetails: &StreamModeDetails{&mode}})
}

// splits puts n units into shard 0 of an on-demand stream in a minute, and reports whether the stream splits it then.
func (w *world) splits(n int64, put func(st *Stream, n int64) bool) bool {
	st := w.onDemand()
	w.wait(time.Minute - time.Duration(w.sched.Now().Second()%60)*time.Second)
	for i := range int64(60) {
		now := n / 60
		if i < n%60 {
			now++
		}
		if !put(st, now) {
			w.t.Fatal("refused")
		}
		w.wait(time.Second)
	}
	run(w.Service, st.TickAt())
	return st.Status() == Updating
}

// scalesItselfTo reports whether an on-demand stream whose traffic asks for n shards gets them.
func (w *world) scalesItselfTo(n int64) bool {
	st := w.onDemand()
	st.demand.load.peakBytes = n * 30 * w.Limits().ShardBytesPerSecond
	run(w.Service, st.TickAt())
	w.until(st)
	return int64(len(st.OpenShards())) == n
}

// rate is the boundary of an operation's calls a second.
func rate(op string) boundary {
	body := strings.NewReplacer("$S", "orders", "$A", "arn:aws:kinesis:us-east-1:"+account+":stream/orders").Replace(operationRates[op].body)
	return boundary{holds: func(w *world, n int64) bool {
		w.stream("orders", 1)
		w.wait(time.Second)
		for range n {
			_, err := w.do(op, body)
			if e, ok := err.(*aws.Error); ok && e.Code == aws.LimitExceeded && strings.HasPrefix(e.Message, "Rate exceeded for ") {
				return false
			}
		}
		return true
	}}
}

// worksFor says that the service worked no longer than n microseconds on a call, as its metric tells it.
func worksFor(metric string) func(w *world, n int64) bool {
	return func(w *world, n int64) bool {
		st := w.stream("orders", 1)
		w.put(st, 0, 1, 1)
		_, err := w.Read(st, Cursor{Issued: w.sched.Now()}, 1)
		w.must(err)
		return int64(w.sum(metric, cloudwatch.StreamLevel)*1000+0.5) <= n
	}
}

// failsOverWithin says that a shard has a new primary n microseconds after its zone was lost.
func failsOverWithin(w *world, n int64) bool {
	st := w.stream("orders", 1)
	w.must(w.InterruptZone(w.Zones()[st.Shards()[0].Primary()].Name))
	return st.Shards()[0].Failover() <= w.sched.Now()+sim.Instant(n)
}

// catchesUp says that a zone that was lost while so many bytes were written holds all records again n microseconds after
// it came back.
func catchesUp(w *world, bytes, n int64) bool {
	st := w.stream("orders", 1)
	w.must(w.InterruptZone("us-east-1b"))
	if bytes > 0 {
		w.stored(st, bytes)
	}
	w.must(w.RestoreZone("us-east-1b"))
	w.wait(time.Duration(n) * time.Microsecond)
	return w.Zones()[1].State() == InSync
}

// Every limit refuses exactly from its value on, in every profile, and where it is changed, at the changed value: the last
// byte, record, call or microsecond within it is accepted, and the next refused. A field without a row fails.
func TestEveryLimitRefusesAtItsBoundary(t *testing.T) {
	fields := reflect.TypeFor[Limits]()
	for name := range boundaries {
		if _, ok := fields.FieldByName(name); !ok {
			t.Errorf("there is no limit %s", name)
		}
	}
	for i := range fields.NumField() {
		name := fields.Field(i).Name
		if name == "Profile" {
			continue
		}
		row, ok := boundaries[name]
		if op, isRate := strings.CutSuffix(name, "Rate"); isRate && !ok {
			row, ok = rate(op), true
		}
		if !ok {
			t.Errorf("the limit %s has no row in boundaries: add one that shows the last that is accepted and the first that is refused", name)
			continue
		}
		t.Run(name, func(t *testing.T) {
			half := Limits2026()
			field := reflect.ValueOf(&half).Elem().Field(i)
			if n := field.Int(); !row.fixed && n > 1 {
				field.SetInt(n / 2)
				half.Profile = "half"
			}
			for _, l := range []Limits{Limits2026(), Limits2024(), half} {
				v := reflect.ValueOf(l).Field(i)
				value := v.Int()
				if v.Type() == reflect.TypeFor[time.Duration]() {
					value /= int64(time.Microsecond)
				}
				if row.value != nil {
					value = row.value(l)
				}
				if row.alter != nil {
					row.alter(&l)
				}
				beyond := value + 1
				if row.least {
					beyond = value - 1
				}
				if w := newWorld(t, l); !row.holds(w, value) {
					t.Errorf("profile %s: %d is refused, which is the limit itself", l.Profile, value)
				}
				if w := newWorld(t, l); row.holds(w, beyond) {
					t.Errorf("profile %s: %d is accepted, which is beyond the limit of %d", l.Profile, beyond, value)
				}
			}
		})
	}
}
