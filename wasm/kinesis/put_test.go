package kinesis

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/sim"
)

// sum is what a metric has counted since the world began.
func (w *world) sum(metric string, shard int32) float64 {
	total := 0.0
	for _, v := range w.meter.Get(metric, cloudwatch.Dims{Stream: "orders", Shard: shard}, begin, w.sched.Now().Add(2*time.Second), time.Second, cloudwatch.Sum) {
		total += v
	}
	return total
}

// A shard that was idle takes exactly 1,000 records at once, then one each millisecond.
//
// shows: P2
func TestShardTakesThousandRecordsASecond(t *testing.T) {
	w, st := streamOf(t, 1)
	for range 9 {
		if got := w.put(st, 0, 100, 10); got != 100 {
			t.Fatalf("took %d of 100", got)
		}
	}
	if got := w.put(st, 0, 150, 10); got != 100 {
		t.Fatalf("took %d of the last 150, want 100: record 1,001 is refused", got)
	}
	w.wait(999 * time.Microsecond)
	if got := w.put(st, 0, 1, 10); got != 0 {
		t.Error("took a record 1 µs before the thousandth of a second was over")
	}
	w.wait(time.Microsecond)
	if got := w.put(st, 0, 2, 10); got != 1 {
		t.Errorf("took %d of 2 after a millisecond, want 1", got)
	}
	// Over ten seconds of asking for more than it takes, it takes exactly its rate.
	taken := 0
	for range 1000 {
		w.wait(10 * time.Millisecond)
		taken += w.put(st, 0, 20, 10)
	}
	if taken != 10_000 {
		t.Errorf("took %d records in 10 s, want 10,000", taken)
	}
	if got := w.told[len(w.told)-1]; got != (Notice{Kind: WritesRefused, Stream: "orders", N: 10, Why: WhyRecords}) {
		t.Errorf("told %+v", got)
	}
	if sh, _ := st.Shard(0); sh.LastWhy() != WhyRecords || w.Limits().Text(sh.LastWhy()) != "1,000 records/s" {
		t.Errorf("the last refusal is because of %q", w.Limits().Text(sh.LastWhy()))
	}
}

// A shard that was idle takes exactly 1 MiB at once, keys included; the byte after is refused.
//
// shows: P2
func TestShardTakesOneMebibyteASecond(t *testing.T) {
	for _, row := range []struct {
		name        string
		data        []int // bytes of data of each record; the key has one byte more
		taken       int
		why         Why
		tookInTotal int64
	}{
		{"the whole budget in one record", []int{1<<20 - 1}, 1, 0, 1 << 20},
		{"two halves", []int{1<<19 - 1, 1<<19 - 1}, 2, 0, 1 << 20},
		{"two halves and a byte", []int{1<<19 - 1, 1 << 19}, 1, WhyBytes, 1 << 19},
		{"a small one after the budget", []int{1<<19 - 1, 1<<19 - 1, 0}, 2, WhyBytes, 1 << 20},
		{"a small one fits when a large one did not", []int{1<<19 - 1, 1 << 19, 100}, 2, WhyBytes, 1<<19 + 101},
	} {
		w, st := streamOf(t, 1)
		entries, results := make([]PutEntry, len(row.data)), make([]PutResult, len(row.data))
		for i, n := range row.data {
			entries[i] = PutEntry{Key: "k", Data: make([]byte, n)}
		}
		w.must(w.Put(st, entries, results))
		taken, why := 0, Why(0)
		for _, r := range results {
			if r.OK() {
				taken++
			} else {
				why = r.Why
			}
		}
		sh, _ := st.Shard(0)
		_, held := st.Held(sh, w.sched.Now())
		if taken != row.taken || why != row.why || held != row.tookInTotal {
			t.Errorf("%s: took %d (%d bytes), refused by %d; want %d (%d bytes), %d", row.name, taken, held, why, row.taken, row.tookInTotal, row.why)
		}
	}
}

// PutRecord counts each record as whole KiB, PutRecords the sum of its call: 1,000 records of 1,025 bytes pass in calls
// of 500, but only 512 fit one by one.
//
// shows: SDK1
func TestRoundingOfPutRecordAndPutRecords(t *testing.T) {
	w, st := streamOf(t, 1)
	one := []PutEntry{{Key: "k", Data: make([]byte, 1024)}} // 1,025 bytes count as 2 KiB
	single := 0
	for range 600 {
		var r [1]PutResult
		w.must(w.Put(st, one, r[:]))
		if r[0].OK() {
			single++
		}
	}
	if single != 512 {
		t.Errorf("PutRecord passed %d records of 1,025 bytes in the first instant, want 512", single)
	}
	w, st = streamOf(t, 1)
	if got := w.put(st, 0, 500, 1024) + w.put(st, 0, 500, 1024); got != 1000 {
		t.Errorf("PutRecords passed %d records of 1,025 bytes in the first instant, want 1,000", got)
	}
	// The sum of a call is rounded up once.
	sh, _ := st.Shard(0)
	_, bytes := st.WriteBudgets(sh, w.sched.Now())
	if want := float64(1<<20 - 2*roundUp(500*1025, 1024)); bytes.Left != want {
		t.Errorf("left are %v bytes, want %v", bytes.Left, want)
	}
}

// shows: RC3
func TestRecordSizeLimit(t *testing.T) {
	w, st := streamOf(t, 1)
	key := strings.Repeat("k", 200)
	var r [2]PutResult
	w.must(w.Put(st, []PutEntry{{Key: key, Data: make([]byte, 1<<20-200)}}, r[:]))
	if !r[0].OK() {
		t.Fatal("a record of exactly 1 MiB was refused")
	}
	err := w.Put(st, []PutEntry{{Key: key, Data: make([]byte, 1<<20-199)}}, r[:])
	w.refused(err, aws.Validation, "1 validation error detected: Value at 'data' failed to satisfy constraint: Member must have length less than or equal to 1048576")
	err = w.Put(st, []PutEntry{{Key: "a"}, {Key: "b", Data: make([]byte, 1<<20)}}, r[:])
	w.refused(err, aws.Validation, "1 validation error detected: Value at 'records.2.member.data' failed to satisfy constraint: Member must have length less than or equal to 1048576")
	if hint := aws.HintOf(err); !strings.Contains(hint, "1,048,577 bytes of data and key") {
		t.Errorf("hint is %q", hint)
	}

	w = newWorld(t, Limits2024())
	st = w.stream("orders", 1)
	err = w.Put(st, []PutEntry{{Key: "k", Data: make([]byte, 1<<20)}}, r[:])
	w.refused(err, aws.Validation, "1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=1048576 cap=1048576]' at 'data' failed to satisfy constraint: Member must have length less than or equal to 1048576")
}

// A stream that takes large records saves up 10 MiB, and takes 1 MiB a second after that.
func TestLargeRecordsBurst(t *testing.T) {
	w := newWorld(t, Limits2026())
	w.must(w.CreateStream(&CreateStreamInput{StreamName: ptr("orders"), ShardCount: ptr(int64(1)), MaxRecordSizeInKiB: ptr(int64(10240))}))
	w.wait(10 * time.Second)
	st, _ := w.Stream("orders")
	var r [1]PutResult
	whole := []PutEntry{{Key: "k", Data: make([]byte, 10<<20-1)}}
	w.must(w.Put(st, whole, r[:]))
	if !r[0].OK() {
		t.Fatal("a record of 10 MiB was refused by an idle shard")
	}
	w.wait(10*time.Second - time.Microsecond)
	w.must(w.Put(st, whole, r[:]))
	if r[0].Why != WhyBytes {
		t.Fatalf("the next was %+v 1 µs early", r[0])
	}
	w.wait(time.Microsecond)
	w.must(w.Put(st, whole, r[:]))
	if !r[0].OK() {
		t.Fatal("the next was refused after 10 s")
	}
	err := w.Put(st, []PutEntry{{Key: "kk", Data: make([]byte, 10<<20-1)}}, r[:])
	w.refused(err, aws.Validation, "1 validation error detected: Value at 'data' failed to satisfy constraint: Member must have length less than or equal to 10485760")
}

func TestRequestLimits(t *testing.T) {
	for _, row := range []struct {
		limits  Limits
		words   string
		records int
	}{
		{Limits2026(), "Records size exceeds 10 MB limit", 10},
		{Limits2024(), "Records size exceeds 5 MB limit", 5},
	} {
		w := newWorld(t, row.limits)
		st := w.stream("orders", 1)
		entries := make([]PutEntry, row.records)
		for i := range entries {
			entries[i] = PutEntry{Key: "k", Data: make([]byte, 1<<20-1)}
		}
		results := make([]PutResult, len(entries)+1)
		w.must(w.Put(st, entries, results))
		if !results[0].OK() || results[1].Why != WhyBytes {
			t.Errorf("%s: first record %+v, second %+v", row.words, results[0], results[1])
		}
		w.wait(2 * time.Second)
		err := w.Put(st, append(entries, PutEntry{Key: "k"}), results)
		w.refused(err, aws.InvalidArgument, row.words)
	}
	w, st := streamOf(t, 1)
	if got := w.put(st, 0, 500, 1); got != 500 {
		t.Errorf("took %d of 500", got)
	}
	if err := w.Put(st, make([]PutEntry, 501), make([]PutResult, 501)); aws.CodeOf(err) != aws.Validation {
		t.Errorf("501 records: %v", err)
	}
}

// PutRecords answers for each record; those that were refused can be sent again, and nothing else need be.
//
// shows: SDK5
func TestPutRecordsFailsInPart(t *testing.T) {
	w, st := streamOf(t, 2)
	w.put(st, 0, 500, 1)
	w.put(st, 0, 498, 1)
	in := &PutRecordsInput{StreamName: ptr("orders")}
	for i := range 6 {
		h := "0"
		if i%2 == 1 {
			h = MaxHash.String()
		}
		in.Records = append(in.Records, PutRecordsRequestEntry{PartitionKey: ptr(fmt.Sprint("key-", i)), ExplicitHashKey: &h, Data: []byte{byte(i)}})
	}
	out, err := w.PutRecords(in)
	w.must(err)
	if out.FailedRecordCount != 1 || len(out.Records) != 6 {
		t.Fatalf("%d of %d failed, want 1 of 6", out.FailedRecordCount, len(out.Records))
	}
	for i, r := range out.Records {
		if i == 4 {
			if r.ShardId != nil || r.SequenceNumber != nil || *r.ErrorCode != "ProvisionedThroughputExceededException" ||
				*r.ErrorMessage != "Rate exceeded for shard shardId-000000000000 in stream orders under account 123456789012." {
				t.Errorf("entry 4 is %v", r)
			}
			continue
		}
		if r.ErrorCode != nil || *r.ShardId != ShardID(int32(i%2)) || len(*r.SequenceNumber) != 56 {
			t.Errorf("entry %d is %v", i, r)
		}
	}
	for metric, want := range map[string]float64{
		cloudwatch.PutRecordsTotalRecords: 1004, cloudwatch.PutRecordsSuccessfulRecords: 1003, cloudwatch.PutRecordsThrottledRecords: 1,
		cloudwatch.PutRecordsFailedRecords: 0, cloudwatch.PutRecordsSuccess: 3, cloudwatch.IncomingRecords: 1003,
		cloudwatch.WriteProvisionedThroughputExceeded: 1,
	} {
		if got := w.sum(metric, cloudwatch.StreamLevel); got != want {
			t.Errorf("%s is %v, want %v", metric, got, want)
		}
	}
	if got := w.sum(cloudwatch.WriteProvisionedThroughputExceeded, 0); got != 1 {
		t.Errorf("shard 0 counts %v refused records, want 1", got)
	}
	w.wait(time.Millisecond)
	again, err := w.PutRecords(&PutRecordsInput{StreamName: ptr("orders"), Records: in.Records[4:5]})
	w.must(err)
	if again.FailedRecordCount != 0 {
		t.Error("the refused record was refused again a millisecond later")
	}
}

// One partition key reaches one shard, so it gets no more than one shard's limits, whatever the stream has.
//
// shows: T1, T2
func TestHotKeyGetsOneShard(t *testing.T) {
	w, st := streamOf(t, 8)
	entries, results := make([]PutEntry, 500), make([]PutResult, 500)
	for i := range entries {
		entries[i] = PutEntry{Key: "hot", Data: []byte("x")}
	}
	hot := 0
	for range 10 {
		w.must(w.Put(st, entries, results))
		for _, r := range results {
			if r.OK() {
				hot++
			}
		}
	}
	if hot != 1000 {
		t.Errorf("one key passed %d records in an instant, want 1,000", hot)
	}
	w.wait(2 * time.Second)
	for i := range entries {
		entries[i].Key = fmt.Sprint("key-", i)
	}
	spread := 0
	for range 10 {
		w.must(w.Put(st, entries, results))
		for _, r := range results {
			if r.OK() {
				spread++
			}
		}
	}
	if spread != 5000 {
		t.Errorf("500 keys passed %d records in an instant, want all 5,000", spread)
	}
}

func TestPutRecordAnswersAndRefusals(t *testing.T) {
	w, st := streamOf(t, 2)
	put := func(in PutRecordInput) (*PutRecordOutput, error) {
		in.StreamName, in.Data = ptr("orders"), []byte("x")
		if in.PartitionKey == nil {
			in.PartitionKey = ptr("key")
		}
		return w.PutRecord(&in)
	}
	first, err := put(PutRecordInput{ExplicitHashKey: ptr("340282366920938463463374607431768211455")})
	w.must(err)
	if first.ShardId != "shardId-000000000001" {
		t.Errorf("the greatest hash key went to %s", first.ShardId)
	}
	zero, err := put(PutRecordInput{ExplicitHashKey: ptr("0")})
	w.must(err)
	if zero.ShardId != "shardId-000000000000" {
		t.Errorf("hash key 0 went to %s", zero.ShardId)
	}
	_, err = put(PutRecordInput{ExplicitHashKey: ptr("340282366920938463463374607431768211456")})
	w.refused(err, aws.InvalidArgument, "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was 340282366920938463463374607431768211456")
	_, err = put(PutRecordInput{SequenceNumberForOrdering: ptr("123")})
	w.refused(err, aws.InvalidArgument, "ExclusiveMinimumSequenceNumber 123 used in PutRecord on stream orders under account 123456789012 is invalid.")
	if _, err = put(PutRecordInput{SequenceNumberForOrdering: &first.SequenceNumber}); err != nil {
		t.Errorf("a good SequenceNumberForOrdering: %v", err)
	}
	_, err = w.PutRecord(&PutRecordInput{StreamName: ptr("none"), PartitionKey: ptr("k"), Data: []byte{}})
	w.refused(err, aws.ResourceNotFound, "Stream none under account 123456789012 not found.")
	if _, err = w.PutRecord(&PutRecordInput{StreamARN: ptr(st.ARN()), PartitionKey: ptr("k"), Data: []byte{}}); err != nil {
		t.Errorf("by ARN: %v", err)
	}
	_, err = w.PutRecord(&PutRecordInput{StreamARN: ptr("arn:aws:kinesis:eu-west-1:123456789012:stream/orders"), PartitionKey: ptr("k"), Data: []byte{}})
	if aws.CodeOf(err) != aws.ResourceNotFound {
		t.Errorf("an ARN of another Region: %v", err)
	}
	w.put(st, 0, 500, 1)
	w.put(st, 0, 500, 1)
	_, err = put(PutRecordInput{ExplicitHashKey: ptr("0")})
	w.refused(err, aws.ProvisionedThroughputExceeded, "Rate exceeded for shard shardId-000000000000 in stream orders under account 123456789012.")
}

// Sequence numbers of a shard rise with every record, and say the same as the record that is read back.
//
// shows: RC4
func TestSequenceNumbersRise(t *testing.T) {
	w, st := streamOf(t, 1)
	last := ""
	for range 2000 {
		out, err := w.PutRecord(&PutRecordInput{StreamName: ptr("orders"), PartitionKey: ptr("k"), Data: []byte{}})
		w.must(err)
		if out.SequenceNumber <= last { // all of them have 56 digits
			t.Fatalf("%s does not follow %s", out.SequenceNumber, last)
		}
		last = out.SequenceNumber
		w.wait(time.Millisecond)
	}
	sh, _ := st.Shard(0)
	if r, place, ok := sh.Find(last); !ok || place != 1999 || sh.SequenceNumber(place, r.At) != last {
		t.Errorf("the last record is found at %d (%v)", place, ok)
	}
	if !(sh.StartingSequenceNumber() < last) {
		t.Error("a record lies before its shard's StartingSequenceNumber")
	}
}

// A bucket is exact: at every instant it holds what flows in, to the millionth of a unit, and never more than it can.
func TestBucketIsExact(t *testing.T) {
	q := quota{rate: 3, capacity: 2}
	b := fullBucket(q, begin)
	b.level -= 2 * micro
	for _, row := range []struct {
		after sim.Instant
		want  int64
	}{{0, 0}, {1, 3}, {333_333, 999_999}, {333_334, 1_000_002}, {666_666, 1_999_998}, {666_667, 2_000_000}, {1 << 50, 2_000_000}} {
		if got := b.levelAt(q, begin+row.after); got != row.want {
			t.Errorf("after %d µs it holds %d, want %d", row.after, got, row.want)
		}
	}
	stepwise := b
	for i := range sim.Instant(700_000) {
		stepwise.refill(q, begin+i)
		if stepwise.level != b.levelAt(q, begin+i) {
			t.Fatalf("step by step it holds %d after %d µs, at once %d", stepwise.level, i, b.levelAt(q, begin+i))
		}
	}
}
