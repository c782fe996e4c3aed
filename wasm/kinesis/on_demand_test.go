package kinesis

import (
	"slices"
	"testing"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/sim"
)

// flow lets a stream take so many MiB a second for a while, spread over the ring or all with one key, and says how many
// of the records of 64 KiB and less were refused.
func (w *world) flow(st *Stream, d time.Duration, mib float64, key string) (refused int) {
	w.t.Helper()
	const parts = 64
	data := make([]byte, int(mib*(1<<20))/parts-1)
	if len(data) >= 1<<20 {
		w.t.Fatal("too much for records of this size")
	}
	entries, results := make([]PutEntry, parts), make([]PutResult, parts)
	for i := range entries {
		entries[i] = PutEntry{Key: "k", Hash: Hash{uint64(i) << 58, 0}, Explicit: true, Data: data}
		if key != "" {
			entries[i] = PutEntry{Key: key, Hash: HashKey(key), Data: data}
		}
	}
	for end := w.sched.Now().Add(d); w.sched.Now() < end; w.wait(time.Second) {
		for i := 0; i < parts; i += 16 {
			w.must(w.Put(st, entries[i:i+16], results[i:i+16]))
		}
		for _, r := range results {
			if !r.OK() {
				refused++
			}
		}
	}
	return refused
}

// ticked goes to the next look at the traffic and until the stream has scaled.
func (w *world) ticked(st *Stream) int {
	w.t.Helper()
	run(w.Service, st.TickAt())
	w.until(st)
	return len(st.OpenShards())
}

// An on-demand stream takes double its peak. Traffic that grows beyond that is refused in part until the stream has
// followed, which it does within a quarter of an hour, by doubling.
//
// shows: O1, O4
func TestOnDemandFollowsItsPeak(t *testing.T) {
	w := newWorld(t, Limits2026())
	st := w.onDemand()
	if refused := w.flow(st, 10*time.Minute, 2-1./1024, ""); refused > 0 {
		t.Errorf("of 2 MiB/s %d records were refused", refused)
	}
	// Double the peak, within the same quarter of an hour: nothing is refused.
	if refused := w.flow(st, 4*time.Minute, 4-1./1024, ""); refused > 0 {
		t.Errorf("of double the peak %d records were refused", refused)
	}
	if n := w.ticked(st); n != 8 {
		t.Fatalf("after 4 MiB/s it has %d shards", n)
	}
	records, bytes := st.Peak()
	if records < 63 || records > 65 || bytes < 3.99*(1<<20) || bytes > 4<<20 {
		t.Errorf("its peak is %v records/s, %v bytes/s", records, bytes)
	}
	// Five times the peak: most is refused, until it has doubled often enough.
	for _, row := range []struct {
		some  bool // some records are refused until the next look
		after int  // shards
	}{{true, 16}, {true, 32}, {false, 64}, {false, 64}} {
		refused := w.flow(st, st.TickAt().Sub(w.sched.Now())-2*time.Second, 20-1./1024, "")
		if refused > 0 != row.some {
			t.Errorf("with %d shards %d records of 20 MiB/s were refused", len(st.OpenShards()), refused)
		}
		if n := w.ticked(st); n != row.after {
			t.Errorf("then it has %d shards, want %d", n, row.after)
		}
	}
	if !even(st, 64) {
		t.Error("its shards have uneven ranges")
	}
}

// The hash keys of a hot shard are halved, nothing else; one key cannot be spread, and never gets more than one shard.
//
// shows: T1
func TestOnDemandDoesNotCureAHotKey(t *testing.T) {
	w := newWorld(t, Limits2026())
	st := w.onDemand()
	hash := HashKey("hot")
	for _, want := range []int{5, 6, 7, 7, 7} { // less than double the 4 that its traffic needs
		if w.flow(st, 2*time.Minute, 2, "hot") == 0 {
			t.Error("nothing of one key's 2 MiB/s was refused")
		}
		before, _ := st.ShardFor(hash)
		if n := w.ticked(st); n != want {
			t.Fatalf("it has %d shards, want %d", n, want)
		}
		after, _ := st.ShardFor(hash)
		if split := before != after; split != (want < 7 || !before.Open()) {
			t.Errorf("with %d shards its shard was split: %v", want, split)
		} else if split && !slices.Equal(after.Parents(), []int32{before.Number()}) {
			t.Errorf("%s is a child of %v", after.ID(), after.Parents())
		}
	}
}

// A peak counts for 30 days. Then half of the shards go if half would do, as often as that is so.
//
// shows: O1
func TestOnDemandForgetsItsPeakAfterThirtyDays(t *testing.T) {
	w := newWorld(t, Limits2026())
	st := w.onDemand()
	w.flow(st, 3*time.Minute, 4, "")
	w.ticked(st)
	w.flow(st, 3*time.Minute, 8, "")
	if n := w.ticked(st); n != 16 {
		t.Fatalf("after 8 MiB/s it has %d shards", n)
	}
	noted := st.TickAt().Add(-15 * time.Minute) // when the peak was taken in
	w.told = nil
	run(w.Service, noted.Add(30*24*time.Hour)-1)
	if n := len(st.OpenShards()); n != 16 || len(w.told) > 0 && w.told[len(w.told)-1].Kind == PeakFell {
		t.Fatalf("a microsecond early it has %d shards", n)
	}
	run(w.Service, noted.Add(30*24*time.Hour))
	if at := slices.IndexFunc(w.told, func(n Notice) bool { return n.Kind == PeakFell }); at < 0 || w.told[at].N != 4 || st.Status() != Updating {
		t.Errorf("told %+v", w.told)
	}
	if w.until(st); !even(st, 4) {
		t.Errorf("it has %d shards", len(st.OpenShards()))
	}
	for range 10 {
		if n := w.ticked(st); n != 4 {
			t.Fatalf("then it has %d shards", n)
		}
	}
	if len(st.demand.bytes) > 3 {
		t.Errorf("it keeps %d peaks", len(st.demand.bytes))
	}
}

// A smaller peak keeps the shards that double of it needs.
func TestOnDemandScalesDownToWhatItNeeds(t *testing.T) {
	w := newWorld(t, Limits2026())
	st := w.onDemand()
	st.demand.load.peakBytes = 60 * 16 << 20
	if n := w.ticked(st); n != 32 {
		t.Fatalf("for a peak of 16 MiB/s it has %d shards", n)
	}
	w.wait(29 * 24 * time.Hour)
	st.demand.load.peakBytes = 60 * 3 << 20
	w.ticked(st)
	w.wait(24 * time.Hour)
	if n := len(st.OpenShards()); n != 8 { // 7 would do, 8 is what halving leads to
		t.Errorf("for a peak of 3 MiB/s it has %d shards", n)
	}
}

// While a shard takes too much, none go, although half of them would do for the whole.
func TestOnDemandKeepsItsShardsWhileOneIsHot(t *testing.T) {
	w := newWorld(t, Limits2026())
	st := w.onDemand()
	st.demand.load.peakBytes = 60 * 4 << 20
	w.ticked(st)
	w.wait(30*24*time.Hour - 14*time.Minute)
	w.flow(st, 2*time.Minute, 0.9, "hot")
	if w.wait(15 * time.Minute); len(st.OpenShards()) != 8 {
		t.Errorf("with a hot shard it has %d shards", len(st.OpenShards()))
	}
	if w.wait(15 * time.Minute); len(st.OpenShards()) != 4 {
		t.Errorf("without, it has %d shards", len(st.OpenShards()))
	}
}

// A switch leaves the shards as they are; from then on the traffic scales them, or nobody.
//
// shows: SH3, P1
func TestUpdateStreamMode(t *testing.T) {
	w, st := streamOf(t, 1)
	if w.sched.Len() != 0 {
		t.Errorf("%d things are due for a provisioned stream", w.sched.Len())
	}
	w.told = nil
	w.must(w.switchMode(st))
	if st.Status() != Updating || st.Mode() != Provisioned {
		t.Errorf("at first it is %s and %s", st.Status(), st.Mode())
	}
	w.wait(time.Second)
	if w.put(st, 0, 10, 10) != 10 {
		t.Error("it takes nothing while it is UPDATING")
	}
	w.wait(4 * time.Second)
	if st.Status() != Active || st.Mode() != OnDemand || len(st.OpenShards()) != 1 {
		t.Fatalf("then it is %s and %s with %d shards", st.Status(), st.Mode(), len(st.OpenShards()))
	}
	want := []Notice{
		{Kind: StatusChanged, Stream: "orders", Shard: -1, Status: Updating},
		{Kind: ModeChanged, Stream: "orders", Shard: -1, Status: OnDemand},
		{Kind: StatusChanged, Stream: "orders", Shard: -1, Status: Active},
	}
	if !slices.Equal(w.told, want) {
		t.Errorf("told %+v", w.told)
	}
	w.refused(w.split("0", "5"), aws.Validation, "Request is invalid. Stream orders under account 123456789012 is in On-Demand mode.")
	w.refused(w.scale(2), aws.Validation, "Request is invalid. Stream orders under account 123456789012 is in On-Demand mode.")
	if n := w.ticked(st); n != 1 {
		t.Errorf("without traffic it has %d shards", n)
	}
	w.flow(st, 2*time.Minute, 1-1./1024, "")
	if n := w.ticked(st); n != 2 && n != 3 {
		t.Errorf("with 1 MiB/s it has %d shards", n)
	}
	open := len(st.OpenShards())
	same := UpdateStreamModeInput{StreamARN: ptr(st.ARN()), StreamModeDetails: &StreamModeDetails{ptr(OnDemand)}}
	w.refused(w.UpdateStreamMode(&same), aws.InvalidArgument, "Stream orders under account 123456789012 is already in ON_DEMAND mode.")
	w.must(w.switchMode(st))
	w.refused(w.switchMode(st), aws.ResourceInUse, "Stream orders under account 123456789012 not ACTIVE, instead in state UPDATING")
	w.until(st)
	w.flow(st, 2*time.Minute, 1, "")
	w.wait(time.Hour)
	if len(st.OpenShards()) != open || st.TickAt() != 0 || st.demand.bytes != nil {
		t.Errorf("provisioned again it has %d shards, %d before, and %+v", len(st.OpenShards()), open, st.demand)
	}
	w.must(w.scale(int64(open + 1)))
	w.until(st)
}

// Two switches in any 24 hours.
func TestTwoModeSwitchesADay(t *testing.T) {
	w, st := streamOf(t, 2)
	first := w.sched.Now()
	w.must(w.switchMode(st))
	w.until(st)
	w.wait(time.Hour)
	w.must(w.switchMode(st))
	w.until(st)
	run(w.Service, first.Add(24*time.Hour)-1)
	w.refused(w.switchMode(st), aws.LimitExceeded, "Rate exceeded for stream orders under account 123456789012.")
	run(w.Service, first.Add(24*time.Hour))
	w.must(w.switchMode(st))
}

// A switch must fit into the quotas of the other mode.
func TestModeSwitchesKeepQuotas(t *testing.T) {
	l := Limits2026()
	l.OnDemandStreams = 1
	w := newWorld(t, l)
	st := w.onDemand()
	other := w.stream("others", 197)
	w.refused(w.switchMode(other), aws.LimitExceeded, "This request would exceed the limit on the number of On-Demand streams for the account 123456789012 in us-east-1. Current On-Demand streams count: 1. Limit: 1.")
	w.refused(w.switchMode(st), aws.LimitExceeded, "This request would exceed the shard limit for the account 123456789012 in us-east-1. Current shard count for the account: 197. Limit: 200. Number of additional shards that would have resulted from this request: 4. Refer to the AWS Service Limits page (http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits and how to request higher limits.")
	w.must(w.MergeShards(&MergeShardsInput{StreamName: ptr("others"), ShardToMerge: ptr("0"), AdjacentShardToMerge: ptr("1")}))
	w.until(other)
	w.must(w.switchMode(st))
	if n := w.shardCount(); n != 200 {
		t.Errorf("%d shards count while the switch is under way", n)
	}
	w.until(st)
	w.must(w.switchMode(other)) // there is no on-demand stream any more
}

// Warm throughput is there before the traffic is: at once in a new stream, after a scaling in another. It needs an account
// with On-demand Advantage.
func TestWarmThroughput(t *testing.T) {
	w := newWorld(t, Limits2026())
	st := w.onDemand()
	warm := func(mib int64) (*UpdateStreamWarmThroughputOutput, error) {
		return w.UpdateStreamWarmThroughput(&UpdateStreamWarmThroughputInput{StreamARN: ptr(st.ARN()), WarmThroughputMiBps: &mib})
	}
	described := func() WarmThroughputObject {
		out, err := w.DescribeStreamSummary(&DescribeStreamSummaryInput{StreamName: ptr("orders")})
		w.must(err)
		return deref(out.StreamDescriptionSummary.WarmThroughput)
	}
	const none = "WarmThroughputMiBps needs On-demand Advantage, which account 123456789012 does not have."
	_, err := warm(10)
	w.refused(err, aws.Validation, none)
	w.refused(w.CreateStream(&CreateStreamInput{StreamName: ptr("s"), WarmThroughputMiBps: ptr(int64(10))}), aws.Validation, none)
	if got := described(); got != (WarmThroughputObject{}) {
		t.Errorf("without On-demand Advantage its warm throughput is %+v", got)
	}
	_, err = w.do("UpdateAccountSettings", `{"MinimumThroughputBillingCommitment":{"Status":"ENABLED"}}`)
	w.must(err)
	_, err = warm(10_241)
	w.refused(err, aws.LimitExceeded, "WarmThroughputMiBps must not be greater than 10240. Specified value was 10241")
	out, err := warm(16)
	w.must(err)
	if want := (WarmThroughputObject{16, 4}); out.WarmThroughput != want || out.StreamName != "orders" || described() != want {
		t.Errorf("answered %+v, described %+v", out, described())
	}
	_, err = warm(16)
	w.refused(err, aws.ResourceInUse, "Stream orders under account 123456789012 not ACTIVE, instead in state UPDATING")
	if w.until(st); !even(st, 16) || described() != (WarmThroughputObject{16, 16}) {
		t.Errorf("then it has %d shards, described %+v", len(st.OpenShards()), described())
	}
	if refused := w.flow(st, time.Minute, 16-1./1024, ""); refused > 0 {
		t.Errorf("%d records of the first minute of 16 MiB/s were refused", refused)
	}
	w.wait(31 * 24 * time.Hour)
	if len(st.OpenShards()) < 16 {
		t.Errorf("after a quiet month it has %d shards", len(st.OpenShards()))
	}
	// Lowered, it lets go at once, down to what the last hour asks for.
	w.flow(st, 2*time.Minute, 3, "")
	w.wait(30 * time.Minute)
	_, err = warm(1)
	w.must(err)
	if w.until(st); !even(st, 6) {
		t.Errorf("lowered to 1 MiB/s, with a peak of 3 half an hour ago, it has %d shards", len(st.OpenShards()))
	}
	w.wait(time.Hour)
	_, err = warm(1)
	w.must(err)
	if w.until(st); !even(st, 4) {
		t.Errorf("without a peak in the last hour it has %d shards", len(st.OpenShards()))
	}
	// It lowers the stream to what its peak asks for, and no further than a stream scales itself.
	w.cfg.Region = "eu-central-1"
	st.arn = w.arnOf("orders")
	st.demand.load.peakBytes = 150 * 60 << 20
	_, err = warm(1)
	w.must(err)
	if splits, merges := st.Steps(); len(st.OpenShards())+splits-merges != 200 {
		t.Errorf("with a peak of 150 MiB/s and a ceiling of 200 shards it goes to %d", len(st.OpenShards())+splits-merges)
	}
	w.until(st)
	w.cfg.Region = "us-east-1"
	st.arn = w.arnOf("orders")
	// With the mode, and from the beginning.
	other := w.stream("others", 2)
	mode := UpdateStreamModeInput{StreamARN: ptr(other.ARN()), StreamModeDetails: &StreamModeDetails{ptr(OnDemand)}, WarmThroughputMiBps: ptr(int64(8))}
	w.must(w.UpdateStreamMode(&mode))
	if n := w.shardCount(); n != 0 {
		t.Errorf("%d shards count towards the quota of provisioned streams while the last of them is on its way to on-demand", n)
	}
	if w.until(other); !even(other, 8) || other.Mode() != OnDemand {
		t.Errorf("switched it is %s with %d shards", other.Mode(), len(other.OpenShards()))
	}
	mode.StreamModeDetails = &StreamModeDetails{ptr(Provisioned)}
	w.refused(w.UpdateStreamMode(&mode), aws.Validation, "WarmThroughputMiBps is not expected when StreamMode=PROVISIONED")
	w.must(w.CreateStream(&CreateStreamInput{StreamName: ptr("warm"), WarmThroughputMiBps: ptr(int64(20))}))
	w.wait(10 * time.Second)
	if made, _ := w.Stream("warm"); !even(made, 20) {
		t.Errorf("a new stream has %d shards", len(made.OpenShards()))
	}
	w.refused(w.CreateStream(&CreateStreamInput{StreamName: ptr("s"), ShardCount: ptr(int64(1)), WarmThroughputMiBps: ptr(int64(20))}), aws.Validation, "WarmThroughputMiBps is not expected when StreamMode=PROVISIONED")
	old := newWorld(t, Limits2024())
	old.refused(old.CreateStream(&CreateStreamInput{StreamName: ptr("s"), WarmThroughputMiBps: ptr(int64(20))}), aws.Validation, "WarmThroughputMiBps is not supported.")
}

// The peaks of a time answer for every part of it what a plain list would.
func TestPeaksAnswerAsAListWould(t *testing.T) {
	var p peaks
	var all []peak
	const memory = 50
	n := int64(12345)
	for at := range sim.Instant(400) {
		n = n*1103515245 + 12345
		v := n >> 16 & 63
		p.add(at, v, at-memory+1)
		all = append(all, peak{at, v})
		for _, since := range []sim.Instant{at - memory + 1, at - 7, at} {
			want := int64(0)
			for _, x := range all {
				if x.at >= since {
					want = max(want, x.n)
				}
			}
			if got := p.since(since).greatest(); got != want {
				t.Fatalf("at %d the greatest since %d is %d, want %d: %v", at, since, got, want, p)
			}
		}
	}
}
