package kinesis

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"shardlab/wasm/aws"
)

func (w *world) scale(target int64) error {
	_, err := w.UpdateShardCount(&UpdateShardCountInput{StreamName: ptr("orders"), TargetShardCount: &target, ScalingType: ptr("UNIFORM_SCALING")})
	return err
}

// until waits until a stream is ACTIVE, and says how long that took.
func (w *world) until(st *Stream) time.Duration {
	w.t.Helper()
	begun := w.sched.Now()
	for st.Status() != Active {
		at, ok := w.sched.NextAt()
		if !ok {
			w.t.Fatalf("nothing is due and the stream is %s", st.Status())
		}
		run(w.Service, at)
	}
	return w.sched.Now().Sub(begun)
}

// numbersFollow holds that the sequence numbers of a child come after those of its parents.
func (w *world) numbersFollow(st *Stream) {
	w.t.Helper()
	for _, sh := range st.Shards() {
		for _, c := range sh.Children() {
			if child, ok := st.Shard(c); ok && sh.EndingSequenceNumber() >= child.StartingSequenceNumber() {
				w.t.Fatalf("%s ends at %s, its child begins at %s", sh.ID(), sh.EndingSequenceNumber(), child.StartingSequenceNumber())
			}
		}
	}
}

// numbers are the numbers of the open shards, by range.
func numbers(st *Stream) []int32 {
	var all []int32
	for _, sh := range st.OpenShards() {
		all = append(all, sh.Number())
	}
	return all
}

// even reports whether the open shards are n of even ranges.
func even(st *Stream, n int) bool {
	for i, sh := range st.OpenShards() {
		over := sh.start.minus(evenStart(i, n))
		if over[0] >= evenEnough && ^over[0] >= evenEnough {
			return false
		}
	}
	return len(st.OpenShards()) == n
}

// A scaling is done as splits and merges, the fewest there are, and takes the longer the more there are.
//
// shows: RS1, RS2
func TestUpdateShardCountSplitsAndMerges(t *testing.T) {
	for _, row := range []struct {
		from, to int64
		open     []int32 // numbers of the shards in the end, by range
		most     int     // open on the way
		takes    time.Duration
	}{
		{4, 3, []int32{6, 9, 10}, 5, 9 * time.Second}, // as the service numbered them
		{1, 2, []int32{1, 2}, 2, 5 * time.Second},
		{2, 4, []int32{2, 3, 4, 5}, 4, 6 * time.Second},
		{4, 2, []int32{4, 5}, 4, 6 * time.Second},
		{4, 4, []int32{0, 1, 2, 3}, 4, 5 * time.Second},
		{2, 3, []int32{2, 6, 5}, 4, 7 * time.Second},
		{3, 2, []int32{5, 6}, 4, 7 * time.Second},
		{3, 6, []int32{3, 4, 5, 6, 7, 8}, 6, 7 * time.Second}, // the ranges of 3 halved, though they miss those of 6 by a key
		{100, 200, nil, 200, 104 * time.Second},
	} {
		t.Run(fmt.Sprintf("%d to %d", row.from, row.to), func(t *testing.T) {
			w, st := streamOf(t, row.from)
			out, err := w.UpdateShardCount(&UpdateShardCountInput{StreamARN: ptr(st.ARN()), TargetShardCount: &row.to, ScalingType: ptr("UNIFORM_SCALING")})
			w.must(err)
			if *out != (UpdateShardCountOutput{"orders", row.from, row.to, st.ARN()}) {
				t.Errorf("answered %+v", out)
			}
			if st.Status() != Updating || int64(len(st.OpenShards())) != row.from {
				t.Errorf("at first it is %s with %d open shards", st.Status(), len(st.OpenShards()))
			}
			w.refused(w.scale(row.from), aws.ResourceInUse, "Stream orders under account 123456789012 not ACTIVE, instead in state UPDATING")
			begun, most := w.sched.Now(), len(st.OpenShards())
			for st.Status() == Updating {
				at, _ := w.sched.NextAt()
				run(w.Service, at)
				most = max(most, len(st.OpenShards()))
			}
			if takes := w.sched.Now().Sub(begun); most != row.most || takes != row.takes {
				t.Errorf("%d shards were open at the most, and it took %v; want %d, %v", most, takes, row.most, row.takes)
			}
			if !even(st, int(row.to)) || row.open != nil && !slices.Equal(numbers(st), row.open) {
				t.Errorf("open are %v, want %v of even ranges", numbers(st), row.open)
			}
		})
	}
}

// Shards close and open step by step; between the steps they take and give out records, and each step's lineage is that
// of a split or merge by hand.
func TestScalingGoesStepByStep(t *testing.T) {
	w, st := streamOf(t, 2)
	w.told = nil
	w.must(w.scale(4))
	w.wait(5 * time.Second)
	if !slices.Equal(numbers(st), []int32{2, 3, 1}) || st.Status() != Updating {
		t.Fatalf("after the first step open are %v, the stream is %s", numbers(st), st.Status())
	}
	for _, shard := range numbers(st) {
		if w.put(st, shard, 10, 1) != 10 {
			t.Errorf("shard %d takes nothing while the stream is UPDATING", shard)
		}
	}
	w.wait(time.Second)
	by := newWorld(t, Limits2026())
	hand := by.stream("orders", 2)
	by.told = nil
	by.must(by.split("0", Hash{1 << 62, 0}.String()))
	by.until(hand)
	by.must(by.split("1", Hash{3 << 62, 0}.String()))
	by.until(hand)
	for i, sh := range st.Shards() {
		a, b := sh.Describe(), hand.Shards()[i].Describe()
		if a.ShardId != b.ShardId || a.HashKeyRange != b.HashKeyRange || deref(a.ParentShardId) != deref(b.ParentShardId) || a.AdjacentParentShardId != nil ||
			!slices.Equal(sh.Children(), hand.Shards()[i].Children()) {
			t.Errorf("%+v is not what splits by hand leave: %+v", a, b)
		}
	}
	want := []Notice{
		{Kind: ScalingBegan, Stream: "orders", Shard: -1, N: 4},
		{Kind: StatusChanged, Stream: "orders", Shard: -1, Status: Updating},
		{Kind: ShardClosed, Stream: "orders", Shard: 0}, {Kind: ShardOpened, Stream: "orders", Shard: 2}, {Kind: ShardOpened, Stream: "orders", Shard: 3},
		{Kind: ShardClosed, Stream: "orders", Shard: 1}, {Kind: ShardOpened, Stream: "orders", Shard: 4}, {Kind: ShardOpened, Stream: "orders", Shard: 5},
		{Kind: StatusChanged, Stream: "orders", Shard: -1, Status: Active},
	}
	if !slices.Equal(w.told, want) {
		t.Errorf("told %+v", w.told)
	}
}

func TestUpdateShardCountRefusals(t *testing.T) {
	w, st := streamOf(t, 5)
	words := func(what string, open, target int) string {
		return fmt.Sprintf("UpdateShardCount cannot scale %s your current open shard count. Current open shard count: %d Target shard count: %d", what, open, target)
	}
	w.refused(w.scale(11), aws.LimitExceeded, words("up over double", 5, 11))
	w.refused(w.scale(2), aws.LimitExceeded, words("down below half", 5, 2))
	w.must(w.scale(10)) // exactly double
	w.until(st)
	w.must(w.scale(5)) // exactly half
	w.until(st)
	w.must(w.scale(3)) // the least that is not below half of 5
	w.until(st)
	w.refused(w.scale(1), aws.LimitExceeded, words("down below half", 3, 1))
	_, err := w.do("UpdateShardCount", `{"StreamName":"orders","TargetShardCount":0,"ScalingType":"UNIFORM_SCALING"}`)
	w.refused(err, aws.Validation, "1 validation error detected: Value '0' at 'targetShardCount' failed to satisfy constraint: Member must have value greater than or equal to 1")
	_, err = w.do("UpdateShardCount", `{"StreamName":"orders","TargetShardCount":4,"ScalingType":"EVEN"}`)
	w.refused(err, aws.Validation, "1 validation error detected: Value 'EVEN' at 'scalingType' failed to satisfy constraint: Member must satisfy enum value set: [UNIFORM_SCALING]")
	_, err = w.UpdateShardCount(&UpdateShardCountInput{StreamName: ptr("none"), TargetShardCount: ptr(int64(1)), ScalingType: ptr("UNIFORM_SCALING")})
	w.refused(err, aws.ResourceNotFound, "Stream none under account 123456789012 not found.")
	w.must(w.CreateStream(&CreateStreamInput{StreamName: ptr("free")}))
	w.wait(10 * time.Second)
	_, err = w.UpdateShardCount(&UpdateShardCountInput{StreamName: ptr("free"), TargetShardCount: ptr(int64(8)), ScalingType: ptr("UNIFORM_SCALING")})
	w.refused(err, aws.Validation, "Request is invalid. Stream free under account 123456789012 is in On-Demand mode.")
}

// Ten calls are answered in any 24 hours; those that were refused do not count.
func TestUpdateShardCountIsAnsweredTenTimesADay(t *testing.T) {
	w, st := streamOf(t, 4)
	first := w.sched.Now()
	for i := range 10 {
		if err := w.scale(99); aws.CodeOf(err) != aws.LimitExceeded {
			t.Fatal(err)
		}
		w.must(w.scale(int64(4 - i%2)))
		w.until(st)
		w.wait(time.Hour)
	}
	run(w.Service, first.Add(24*time.Hour)-1)
	w.refused(w.scale(4), aws.LimitExceeded, "Rate exceeded for stream orders under account 123456789012.")
	run(w.Service, first.Add(24*time.Hour))
	w.must(w.scale(4))
	w.until(st)
	w.refused(w.scale(3), aws.LimitExceeded, "Rate exceeded for stream orders under account 123456789012.")
	other := w.stream("others", 1)
	_, err := w.UpdateShardCount(&UpdateShardCountInput{StreamName: ptr("others"), TargetShardCount: ptr(int64(2)), ScalingType: ptr("UNIFORM_SCALING")})
	w.must(err)
	w.until(other)
}

// Shards that are open only on the way count towards the account's quota from the beginning of the scaling to its end.
func TestShortLivedShardsCountTowardsTheQuota(t *testing.T) {
	over := func(now, more int) string {
		return fmt.Sprintf("This request would exceed the shard limit for the account 123456789012 in us-east-1. Current shard count for the account: %d. Limit: 200. Number of additional shards that would have resulted from this request: %d. Refer to the AWS Service Limits page (http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits and how to request higher limits.", now, more)
	}
	w := newWorld(t, Limits2026())
	st := w.stream("orders", 4)
	w.stream("others", 196)
	w.refused(w.scale(3), aws.LimitExceeded, over(200, 1)) // to scale down it splits first
	w.must(w.scale(2))                                     // which merges alone
	w.until(st)
	w.must(w.scale(4))
	if got := w.shardCount(); got != 200 {
		t.Errorf("with two splits under way %d shards count, want 200", got)
	}
	w.wait(5 * time.Second)
	if got := w.shardCount(); got != 200 {
		t.Errorf("with one split done and one under way %d shards count, want 200", got)
	}
	w.until(st)
	w.refused(w.scale(5), aws.LimitExceeded, over(200, 2)) // 4 to 5 needs 6 on the way
}

// More steps than fit into the longest plan one by one are done several at a time.
func TestLargeScalingTakesNoLonger(t *testing.T) {
	l := Limits2026()
	l.AccountShards = 1 << 30
	for _, row := range []struct {
		from, to int64
		takes    time.Duration
	}{
		{601, 1202, 605 * time.Second}, // 601 splits, one after the other
		{602, 1204, 305 * time.Second}, // two at a time
		{1204, 602, 305 * time.Second},
		{604, 603, 406 * time.Second}, // 602 splits and 603 merges, three at a time
	} {
		w := newWorld(t, l)
		w.cfg.Notify = nil
		st := w.stream("orders", row.from)
		w.must(w.scale(row.to))
		if took := w.until(st); took != row.takes || !even(st, int(row.to)) {
			t.Errorf("%d to %d took %v and left %d shards, want %v", row.from, row.to, took, len(st.OpenShards()), row.takes)
		}
		w.numbersFollow(st)
	}
}

func TestStreamHasTenThousandShardsAtMost(t *testing.T) {
	w := newWorld(t, Limits2026())
	for _, row := range []struct {
		open, target int64
		message      string // of the refusal
	}{
		{5000, 10_000, ""},
		{5001, 10_001, "UpdateShardCount cannot scale to over 10000 shards in a stream. Current open shard count: 5001 Target shard count: 10001"},
		{10_001, 10_000, "UpdateShardCount cannot scale to over 10000 shards in a stream. Current open shard count: 10001 Target shard count: 10000"},
		{10_001, 9_999, ""},
	} {
		if err := w.checkTarget(row.open, row.target); row.message != "" {
			w.refused(err, aws.LimitExceeded, row.message)
		} else if err != nil {
			t.Errorf("%d to %d: %v", row.open, row.target, err)
		}
	}
}

// Whatever the ranges are, a plan makes them even with the fewest steps: one for each place at which an even range begins
// and none did, and one for each at which one began and none should.
func TestUniformScalingPlan(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := Limits2026()
		if rapid.Bool().Draw(rt, "at once") {
			l.LongestPlan = time.Second // so that half of the steps are done at one instant
		}
		w := newWorld(t, l)
		w.cfg.Notify = nil
		st := w.stream("orders", int64(rapid.IntRange(1, 12).Draw(rt, "shards")))
		for range rapid.IntRange(0, 5).Draw(rt, "splits") {
			sh := rapid.SampledFrom(st.OpenShards()).Draw(rt, "shard")
			at := sh.start.Middle(sh.end)
			if rapid.Bool().Draw(rt, "uneven") {
				at = sh.start.Add(rapid.Uint64().Draw(rt, "offset"))
			}
			_ = w.split(sh.ID(), at.String())
			w.until(st)
		}
		n := rapid.IntRange(1, 24).Draw(rt, "target")
		there, steps := map[int]bool{}, 0
		for _, sh := range st.OpenShards()[1:] {
			wanted := false
			for i := 1; i < n; i++ {
				if over := sh.start.minus(evenStart(i, n)); !there[i] && (over[0] < evenEnough || ^over[0] < evenEnough) {
					there[i], wanted = true, true
				}
			}
			if !wanted {
				steps++
			}
		}
		steps += n - 1 - len(there)
		plan := uniformScalingPlan(st.OpenShards(), int32(len(st.shards)), n)
		if len(plan) != steps {
			rt.Fatalf("%d steps, want %d: %+v", len(plan), steps, plan)
		}
		want, most := mostOpen(len(st.OpenShards()), plan), len(st.OpenShards())
		w.beginPlan(st, plan)
		for st.Status() == Updating {
			at, _ := w.sched.NextAt()
			run(w.Service, at)
			most = max(most, len(st.OpenShards()))
		}
		if !even(st, n) {
			rt.Fatalf("open shards are not %d of even ranges", n)
		}
		if most != want && l.LongestPlan > time.Second {
			rt.Fatalf("%d shards were open on the way, want %d", most, want)
		}
		w.numbersFollow(st)
	})
}
