package kinesis

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/sim"
)

// iterator gets an iterator over the wire.
func (w *world) iterator(shard int32, kind string, more ...string) string {
	w.t.Helper()
	out, err := w.do("GetShardIterator", fmt.Sprintf(`{"StreamName":"orders","ShardId":%q,"ShardIteratorType":%q%s}`, ShardID(shard), kind, strings.Join(more, "")))
	w.must(err)
	var answer GetShardIteratorOutput
	w.must(json.Unmarshal([]byte(out), &answer))
	return answer.ShardIterator
}

// read reads with an iterator over the wire.
func (w *world) read(it string, limit int64) (*GetRecordsOutput, error) {
	in := &GetRecordsInput{ShardIterator: &it}
	if limit > 0 {
		in.Limit = &limit
	}
	return w.GetRecords(in)
}

// fill puts so many records with keys and data 0, 1, 2 ... into shard 0, waiting in between.
func (w *world) fill(n int, every time.Duration) {
	w.t.Helper()
	for i := range n {
		text := fmt.Sprint(i)
		_, err := w.PutRecord(&PutRecordInput{StreamName: ptr("orders"), PartitionKey: &text, ExplicitHashKey: ptr("0"), Data: aws.Blob(text)})
		w.must(err)
		w.wait(every)
	}
}

func datas(out *GetRecordsOutput) string {
	var all []string
	for _, r := range out.Records {
		all = append(all, string(r.Data))
	}
	return strings.Join(all, " ")
}

// shows: CS1, R1, SH2
func TestReadFromEveryKindOfPlace(t *testing.T) {
	w, _ := streamOf(t, 2)
	w.fill(5, 100*time.Millisecond)
	all, err := w.read(w.iterator(0, TrimHorizon), 0)
	w.must(err)
	if datas(all) != "0 1 2 3 4" || all.MillisBehindLatest != 0 || all.NextShardIterator == nil {
		t.Fatalf("TRIM_HORIZON reads %q, %d ms behind", datas(all), all.MillisBehindLatest)
	}
	number := func(i int) string {
		return fmt.Sprintf(`,"StartingSequenceNumber":%q`, all.Records[i].SequenceNumber)
	}
	sh, _ := w.streams[0].Shard(0)
	w.wait(time.Second)
	for _, row := range []struct {
		name, iterator, want string
	}{
		{"at a number", w.iterator(0, AtSequenceNumber, number(3)), "3 4"},
		{"after a number", w.iterator(0, AfterSequenceNumber, number(3)), "4"},
		{"at the shard's first number", w.iterator(0, AtSequenceNumber, fmt.Sprintf(`,"StartingSequenceNumber":%q`, sh.StartingSequenceNumber())), "0 1 2 3 4"},
		{"at a record's time", w.iterator(0, AtTimestamp, `,"Timestamp":`+all.Records[2].ApproximateArrivalTimestamp.String()), "2 3 4"},
		{"a millisecond after a record's time", w.iterator(0, AtTimestamp, `,"Timestamp":`+(all.Records[2].ApproximateArrivalTimestamp+1).String()), "3 4"},
	} {
		out, err := w.read(row.iterator, 0)
		w.must(err)
		if datas(out) != row.want {
			t.Errorf("%s reads %q, want %q", row.name, datas(out), row.want)
		}
		w.wait(time.Second)
	}
	before := w.iterator(0, AtTimestamp, `,"Timestamp":1`)
	latest := w.iterator(0, Latest)
	if out, err := w.read(before, 0); err != nil || len(out.Records) != 5 {
		t.Errorf("a time before the stream reads %v (%v)", out, err)
	}
	out, err := w.read(latest, 0)
	w.must(err)
	if len(out.Records) != 0 || out.NextShardIterator == nil {
		t.Errorf("LATEST reads %q at once", datas(out))
	}
	w.fill(1, time.Second)
	if out, err = w.read(*out.NextShardIterator, 0); err != nil || datas(out) != "0" {
		t.Errorf("LATEST reads %q of what came after (%v)", datas(out), err)
	}
	// A number of the shard that no record has yet stands behind the newest.
	w.wait(time.Second)
	ahead := w.iterator(0, AfterSequenceNumber, fmt.Sprintf(`,"StartingSequenceNumber":%q`, sh.SequenceNumber(1000, w.sched.Now())))
	w.fill(2, time.Second)
	if out, err := w.read(ahead, 0); err != nil || datas(out) != "0 1" {
		t.Errorf("a number ahead of the shard reads %q (%v)", datas(out), err)
	}
	// An iterator can be used again and again.
	if out, err = w.read(latest, 1); err != nil || datas(out) != "0" {
		t.Errorf("the same iterator reads %q (%v)", datas(out), err)
	}
}

func TestIteratorRefusals(t *testing.T) {
	w, _ := streamOf(t, 2)
	w.fill(1, time.Second)
	all, err := w.read(w.iterator(0, TrimHorizon), 0)
	w.must(err)
	number := all.Records[0].SequenceNumber
	w.stream("other", 1)
	foreign, err := w.PutRecord(&PutRecordInput{StreamName: ptr("other"), PartitionKey: ptr("k"), Data: []byte{}})
	w.must(err)
	const rule = "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified "
	now := int64(w.sched.Now()) / 1000
	for _, row := range []struct {
		name, stream, shard, kind, more string
		code                            aws.Code
		message                         string
	}{
		{"no such stream", "none", "shardId-000000000000", Latest, "", aws.ResourceNotFound, "Stream none under account 123456789012 not found."},
		{"no such shard", "orders", "shardId-000000000009", Latest, "", aws.ResourceNotFound, "Shard shardId-000000000009 in stream orders under account 123456789012 does not exist"},
		{"no shard id", "orders", "first", Latest, "", aws.ResourceNotFound, "Shard first in stream orders under account 123456789012 does not exist"},
		{"a number with LATEST", "orders", "shardId-0", Latest, `,"StartingSequenceNumber":"1"`, aws.InvalidArgument, rule + "LATEST and also a StartingSequenceNumber."},
		{"no number", "orders", "0", AtSequenceNumber, "", aws.InvalidArgument, rule + "AT_SEQUENCE_NUMBER and no StartingSequenceNumber."},
		{"no time", "orders", "0", AtTimestamp, "", aws.InvalidArgument, "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no timestamp parameter."},
		{"the future", "orders", "0", AtTimestamp, `,"Timestamp":` + aws.Timestamp(now+1).String(), aws.InvalidArgument,
			fmt.Sprintf("The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: %d, currentTimestampInMillis: %d", now+1, now)},
		{"a number of another shard", "orders", "1", AtSequenceNumber, `,"StartingSequenceNumber":"` + number + `"`, aws.InvalidArgument,
			"Invalid StartingSequenceNumber. It encodes shardId-000000000000, while it was used in a call to a shard with shardId-000000000001"},
		{"a number of another stream", "orders", "0", AfterSequenceNumber, `,"StartingSequenceNumber":"` + foreign.SequenceNumber + `"`, aws.InvalidArgument,
			"StartingSequenceNumber " + foreign.SequenceNumber + " used in GetShardIterator on shard shardId-000000000000 in stream orders under account 123456789012 is invalid because it did not come from this stream."},
		{"a number of nobody", "orders", "0", AtSequenceNumber, `,"StartingSequenceNumber":"12"`, aws.InvalidArgument,
			"StartingSequenceNumber 12 used in GetShardIterator on shard shardId-000000000000 in stream orders under account 123456789012 is invalid because it did not come from this stream."},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := w.do("GetShardIterator", fmt.Sprintf(`{"StreamName":%q,"ShardId":%q,"ShardIteratorType":%q%s}`, row.stream, row.shard, row.kind, row.more))
			v := *w
			v.t = t
			v.refused(err, row.code, row.message)
			if aws.HintOf(err) == "" {
				t.Error("there is no hint")
			}
		})
	}
}

func TestIteratorLivesFiveMinutes(t *testing.T) {
	w, _ := streamOf(t, 1)
	w.fill(1, 0)
	it := w.iterator(0, TrimHorizon)
	if len(it) != 204 || !strings.HasPrefix(it, "AAAAAAAAAA") {
		t.Errorf("an iterator has %d characters and begins %.12s", len(it), it)
	}
	w.wait(5 * time.Minute)
	if _, err := w.read(it, 0); err != nil {
		t.Errorf("after exactly five minutes: %v", err)
	}
	if _, err := w.read(`"`+it+`"`, 0); err != nil {
		t.Errorf("in the quotes that --query prints: %v", err)
	}
	w.wait(time.Microsecond)
	_, err := w.read(it, 0)
	w.refused(err, aws.ExpiredIterator, "Iterator expired. The iterator was created at time Mon Mar 02 08:39:40 UTC 2026 while right now it is Mon Mar 02 08:44:40 UTC 2026 which is further in the future than the tolerated delay of 300000 milliseconds.")
	for name, bad := range map[string]string{
		"garbage": "garbage", "not base64": "*", "a token of something else": w.seal(sealedShards, nil), "cut": it[:200],
		"changed": it[:100] + string(it[100]^1) + it[101:], "longer": it + "AAAA", "with a line end": it[:100] + "\n" + it[100:],
		"half in quotes": `"` + it, "in two pairs of quotes": `""` + it + `""`, "a quote": `"`,
	} {
		if _, err := w.read(bad, 0); err == nil || err.(*aws.Error).Message != "Invalid ShardIterator." || aws.CodeOf(err) != aws.InvalidArgument {
			t.Errorf("%s: %v", name, err)
		}
	}
	long := newWorld(t, Limits2026())
	long.stream(strings.Repeat("n", 128), 1)
	out, err := long.GetShardIterator(&GetShardIteratorInput{StreamName: ptr(strings.Repeat("n", 128)), ShardId: ptr("0"), ShardIteratorType: ptr(Latest)})
	long.must(err)
	if len(out.ShardIterator) > 512 {
		t.Errorf("the iterator of a long name has %d characters", len(out.ShardIterator))
	}
	if _, err := long.read(out.ShardIterator, 0); err != nil {
		t.Error(err)
	}
}

// shows: P5, CS3, T1
func TestShardAnswersFiveReadsASecond(t *testing.T) {
	w, st := streamOf(t, 2)
	c, err := w.Iterate(st, 0, Position{Type: TrimHorizon})
	w.must(err)
	for i := range 5 {
		if _, err := w.Read(st, c, 0); err != nil {
			t.Fatalf("read %d: %v", i+1, err)
		}
		w.wait(10 * time.Millisecond)
	}
	_, err = w.Read(st, c, 0)
	w.refused(err, aws.ProvisionedThroughputExceeded, "Rate exceeded for Shard - 123456789012/orders/shardId-000000000000")
	if _, err := w.Read(st, Cursor{Shard: 1, Issued: w.sched.Now()}, 0); err != nil {
		t.Errorf("another shard: %v", err)
	}
	sh, _ := st.Shard(0)
	if at := w.ReadableAt(st, sh); at != begin.Add(11*time.Second) {
		t.Errorf("it says it reads again at %v", at.Sub(begin))
	}
	w.wait(950*time.Millisecond - time.Microsecond)
	if _, err := w.Read(st, c, 0); aws.CodeOf(err) != aws.ProvisionedThroughputExceeded {
		t.Errorf("1 µs before the second is over: %v", err)
	}
	w.wait(time.Microsecond)
	if _, err := w.Read(st, c, 0); err != nil {
		t.Errorf("a second after the first read: %v", err)
	}
	// Five consumers get a read each second and no more.
	w.wait(time.Second)
	var reads [5]int
	for range 10 {
		for k := range reads {
			if _, err := w.Read(st, Cursor{Issued: w.sched.Now()}, 0); err == nil {
				reads[k]++
			}
			w.wait(200 * time.Millisecond)
		}
	}
	if reads != [5]int{10, 10, 10, 10, 10} {
		t.Errorf("five consumers read %v times in 10 s", reads)
	}
	if got := w.sum(cloudwatch.ReadProvisionedThroughputExceeded, cloudwatch.StreamLevel); got != 2 {
		t.Errorf("ReadProvisionedThroughputExceeded is %v, want 2", got)
	}
}

func TestShardHandsOutFiveIteratorsASecond(t *testing.T) {
	w, st := streamOf(t, 1)
	for range 5 {
		_, err := w.Iterate(st, 0, Position{Type: Latest})
		w.must(err)
	}
	_, err := w.Iterate(st, 0, Position{Type: Latest})
	w.refused(err, aws.ProvisionedThroughputExceeded, "Rate exceeded for shard shardId-000000000000 in stream orders under account 123456789012.")
	w.wait(time.Second)
	if _, err = w.Iterate(st, 0, Position{Type: Latest}); err != nil {
		t.Error(err)
	}
}

// An answer of 10 MiB uses up exactly five seconds of the shard's 2 MiB/s.
//
// shows: CS2
func TestTenMebibytesCostFiveSeconds(t *testing.T) {
	w, st := streamOf(t, 1)
	for range 12 { // a MiB each second
		if w.put(st, 0, 1, 1<<20-1) != 1 {
			t.Fatal("a record was refused")
		}
		w.wait(time.Second)
	}
	b, err := w.Read(st, Cursor{Issued: w.sched.Now()}, 0)
	w.must(err)
	if b.Len() != 10 || b.Bytes != 10<<20 || b.MillisBehind != 3000 {
		t.Fatalf("read %d records, %d bytes, %d ms behind; want 10, %d, 3000", b.Len(), b.Bytes, b.MillisBehind, 10<<20)
	}
	w.wait(5*time.Second - time.Microsecond)
	_, err = w.Read(st, b.Next, 0)
	w.refused(err, aws.ProvisionedThroughputExceeded, "Rate exceeded for Shard - 123456789012/orders/shardId-000000000000")
	if n := w.told[len(w.told)-1]; n.Kind != ReadRefused || n.Why != WhyReadBytes {
		t.Errorf("told %+v", n)
	}
	w.wait(time.Microsecond)
	b, err = w.Read(st, b.Next, 0)
	w.must(err)
	if b.Len() != 2 || b.MillisBehind != 0 {
		t.Errorf("then read %d records, %d ms behind", b.Len(), b.MillisBehind)
	}
}

// All standard consumers together get 2 MiB/s from a shard.
//
// shows: P3
func TestShardGivesTwoMebibytesASecond(t *testing.T) {
	w, st := streamOf(t, 1)
	for range 60 {
		w.put(st, 0, 1, 1<<20-1)
		w.wait(time.Second)
	}
	total, from, one := int64(0), w.sched.Now(), Cursor{}
	for w.sched.Now() < from.Add(20*time.Second) {
		one.Issued = w.sched.Now()
		if b, err := w.Read(st, one, 1); err == nil {
			total += b.Bytes
		}
		w.wait(50 * time.Millisecond)
	}
	if seconds := float64(total) / (2 << 20); seconds < 19 || seconds > 21 { // the first second's budget was saved up
		t.Errorf("20 s of reading gave %v seconds' worth of 2 MiB", seconds)
	}
	// A little over the budget costs the next second.
	w.wait(10 * time.Second)
	b, err := w.Read(st, Cursor{Issued: w.sched.Now()}, 3)
	w.must(err)
	if b.Bytes != 3<<20 {
		t.Fatalf("read %d bytes", b.Bytes)
	}
	sh, _ := st.Shard(0)
	if got := w.ReadableAt(st, sh).Sub(w.sched.Now()); got != 1500*time.Millisecond {
		t.Errorf("3 MiB cost %v, want 1.5 s", got)
	}
}

func TestAnswerHasTenThousandRecordsAtMost(t *testing.T) {
	w, st := streamOf(t, 1)
	for range 12 {
		if w.put(st, 0, 500, 1)+w.put(st, 0, 500, 1) != 1000 {
			t.Fatal("a record was refused")
		}
		w.wait(time.Second)
	}
	for limit, want := range map[int]int{0: 10000, 1: 1, 9999: 9999} {
		b, err := w.Read(st, Cursor{Issued: w.sched.Now()}, limit)
		w.must(err)
		if b.Len() != want {
			t.Errorf("limit %d reads %d", limit, b.Len())
		}
		if b.MillisBehind == 0 {
			t.Errorf("limit %d: caught up with records left", limit)
		}
	}
	_, err := w.do("GetRecords", `{"ShardIterator":"x","Limit":10001}`)
	w.refused(err, aws.Validation, "1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 10000")
}

// A record can be read when a round has made it readable, not before: from 30 ms to 100 ms after it was taken, about 50 ms on
// average, at each moment and in each shard another time, and never before the record that was taken before it.
func TestRecordsSpreadBeforeTheyAreRead(t *testing.T) {
	w, st := streamOf(t, 8)
	all := map[time.Duration]bool{}
	for _, sh := range st.Shards() {
		delays, sum, last := map[time.Duration]bool{}, time.Duration(0), sim.Instant(0)
		const n = 20_000
		for i := range sim.Instant(n) {
			taken := begin + i*1777
			at := sh.VisibleAt(taken)
			d := at.Sub(taken)
			if d < 30*time.Millisecond || d >= 100*time.Millisecond {
				t.Fatalf("%s has a delay of %v", sh.ID(), d)
			}
			if at < last {
				t.Fatalf("%s shows a record before the one before it", sh.ID())
			}
			if sh.spread.reach(at) < taken || sh.spread.reach(at-1) >= taken {
				t.Fatalf("%s says %v and shows the record at another time", sh.ID(), d)
			}
			delays[d/time.Millisecond], all[d], last, sum = true, true, at, sum+d
		}
		if mean := sum / n; mean < 48*time.Millisecond || mean > 53*time.Millisecond || len(delays) < 60 {
			t.Errorf("%s has a mean delay of %v and %d different milliseconds", sh.ID(), mean, len(delays))
		}
	}
	if len(all) < 10_000 {
		t.Errorf("eight shards have %d delays", len(all))
	}
	w.put(st, 3, 1, 10)
	sh, _ := st.Shard(3)
	w.wait(sh.VisibleAt(w.sched.Now()).Sub(w.sched.Now()) - time.Microsecond)
	c := Cursor{Shard: 3, Issued: w.sched.Now()}
	if b, err := w.Read(st, c, 0); err != nil || b.Len() != 0 || b.MillisBehind != 0 {
		t.Errorf("read %d records early, %d ms behind (%v)", b.Len(), b.MillisBehind, err)
	}
	w.wait(time.Microsecond)
	if b, err := w.Read(st, c, 0); err != nil || b.Len() != 1 {
		t.Errorf("read %d records in time (%v)", b.Len(), err)
	}
}

// A profile may let every record spread alike.
func TestSpreadWithoutRounds(t *testing.T) {
	p := newSpread(5, 40*time.Millisecond, 40*time.Millisecond)
	if at := p.visible(begin); at != begin.Add(40*time.Millisecond) || p.reach(at) != begin {
		t.Errorf("taken at %d, visible at %d, which reaches to %d", begin, at, p.reach(at))
	}
}

// Records leave exactly when retention ends, whether or not anybody looks, and never before.
//
// shows: R2
func TestRetention(t *testing.T) {
	w, st := streamOf(t, 1)
	w.put(st, 0, 3, 10)
	taken := w.sched.Now()
	w.wait(time.Hour)
	w.put(st, 0, 2, 10)
	run(w.Service, taken.Add(24*time.Hour)-1)
	if b, err := w.Read(st, Cursor{Issued: w.sched.Now()}, 0); err != nil || b.Len() != 5 {
		t.Fatalf("1 µs before the end of retention %d records are left (%v)", b.Len(), err)
	}
	run(w.Service, taken.Add(24*time.Hour))
	sh, _ := st.Shard(0)
	if n, bytes := st.Held(sh, w.sched.Now()); n != 2 || bytes != 22 {
		t.Errorf("held are %d records, %d bytes", n, bytes)
	}
	if got := w.told[len(w.told)-1]; got != (Notice{Kind: RecordsExpired, Stream: "orders", N: 3}) {
		t.Errorf("told %+v", got)
	}
	b, err := w.Read(st, Cursor{Issued: w.sched.Now()}, 0)
	w.must(err)
	if b.Len() != 2 || b.Next.Index != 5 {
		t.Errorf("read %d records, next %d", b.Len(), b.Next.Index)
	}
	// Raised retention keeps what is left, and brings nothing back.
	w.SetRetention(st, 48*time.Hour)
	run(w.Service, taken.Add(49*time.Hour)-1)
	if n, _ := st.Held(sh, w.sched.Now()); n != 2 {
		t.Errorf("with 48 hours %d records are held", n)
	}
	run(w.Service, taken.Add(49*time.Hour))
	if n, _ := st.Held(sh, w.sched.Now()); n != 0 {
		t.Errorf("after 48 hours %d records are held", n)
	}
	// Lowered retention takes the older ones at once.
	w.put(st, 0, 1, 10)
	w.wait(30 * time.Hour)
	w.put(st, 0, 1, 10)
	w.SetRetention(st, 24*time.Hour)
	if n, _ := st.Held(sh, w.sched.Now()); n != 1 {
		t.Errorf("after lowering to 24 hours %d records are held", n)
	}
}

// Closed shards go with their records, also when retention changes and days pass in a moment; what is gone stays gone, and
// the shards at the trim horizon cover the ring.
//
// shows: R2, RS3
func TestRetentionOverClosedShards(t *testing.T) {
	w, st := streamOf(t, 1)
	w.put(st, 0, 3, 10)
	w.must(w.split("0", "100"))
	w.wait(5 * time.Second) // 0 closes, with 1 and 2 in its place
	closed := w.sched.Now()
	w.put(st, 1, 1, 10)
	w.wait(10 * time.Hour)
	w.must(w.merge("1", "2"))
	w.wait(5 * time.Second) // 1 and 2 close, with 3 in their place
	again := w.sched.Now()
	listed := func(filter string) (ids []int32) {
		out, err := w.ListShards(&ListShardsInput{StreamName: ptr("orders"), ShardFilter: &ShardFilter{Type: &filter}})
		w.must(err)
		for _, sh := range out.Shards {
			n, _ := ParseShardID(sh.ShardId)
			ids = append(ids, n)
		}
		return ids
	}
	check := func(when string, horizon, all []int32) {
		t.Helper()
		if got := listed(atTrimHorizon); !slices.Equal(got, horizon) {
			t.Errorf("%s at the trim horizon are %v, want %v", when, got, horizon)
		}
		if got := listed(fromTrimHorizon); !slices.Equal(got, all) {
			t.Errorf("%s there are %v, want %v", when, got, all)
		}
		w.wait(0)
	}
	check("at first", []int32{0}, []int32{0, 1, 2, 3})
	run(w.Service, closed.Add(24*time.Hour)-1)
	check("a microsecond early", []int32{0}, []int32{0, 1, 2, 3})
	run(w.Service, closed.Add(24*time.Hour))
	check("24 hours later", []int32{1, 2}, []int32{1, 2, 3})
	// Raised: nothing comes back, and the horizon stands still until 48 hours have passed.
	w.wait(time.Hour)
	w.SetRetention(st, 48*time.Hour)
	check("raised", []int32{1, 2}, []int32{1, 2, 3})
	run(w.Service, again.Add(48*time.Hour)-1)
	check("a microsecond before they expire", []int32{1, 2}, []int32{1, 2, 3})
	run(w.Service, again.Add(48*time.Hour))
	check("when they have", []int32{3}, []int32{3})
	// Lowered: what is older goes at once, records and closed shards.
	w.SetRetention(st, 8760*time.Hour)
	w.put(st, 3, 5, 10)
	w.must(w.split("3", "100"))
	w.wait(5 * time.Second)
	w.wait(8759 * time.Hour)
	if sh, _ := st.Shard(3); sh == nil || sh.Taken() != 5 {
		t.Fatal("a year's retention lost a shard")
	}
	w.SetRetention(st, 24*time.Hour)
	w.wait(0)
	check("lowered", []int32{4, 5}, []int32{4, 5})
}

func TestReadAfterDeletion(t *testing.T) {
	w, _ := streamOf(t, 1)
	it := w.iterator(0, Latest)
	w.must(w.DeleteStream(&DeleteStreamInput{StreamName: ptr("orders")}))
	_, err := w.read(it, 0)
	w.refused(err, aws.ResourceNotFound, "Stream orders under account 123456789012 not found.")
	w.wait(5 * time.Second)
	w.stream("orders", 1)
	_, err = w.read(it, 0)
	w.refused(err, aws.ResourceNotFound, "Shard shardId-000000000000 in stream orders under account 123456789012 does not exist")
}
