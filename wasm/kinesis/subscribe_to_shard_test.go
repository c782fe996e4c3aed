package kinesis

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"shardlab/wasm/aws"
	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/sim"
)

// subscribe subscribes a consumer of orders to a shard.
func (w *world) subscribe(consumer string, shard int32, from Position) (int64, error) {
	st, _ := w.Stream("orders")
	c, ok := st.Consumer(consumer)
	if !ok {
		w.t.Fatalf("there is no consumer %s", consumer)
	}
	id, _, err := w.SubscribeFrom(c, shard, from, 9)
	return id, err
}

// pushed are the events that a subscription pushed since the last call, and its end when it has ended.
func (w *world) pushed(id int64) (events []SubscribeToShardEvent, end *Notice) {
	rest := w.told[:0]
	for _, n := range w.told {
		switch {
		case n.Subscription != id || id == 0:
			rest = append(rest, n)
		case n.Kind == EventPushed:
			events = append(events, w.Event(n.Batch))
		default:
			end = &n
		}
	}
	w.told = rest
	return events, end
}

// said joins the data of all records of some events.
func said(events []SubscribeToShardEvent) string {
	var all []string
	for _, e := range events {
		for _, r := range e.Records {
			all = append(all, string(r.Data))
		}
	}
	return strings.Join(all, " ")
}

// counted adds a metric of a consumer up.
func (w *world) counted(metric, consumer string) float64 {
	total := 0.0
	for _, v := range w.meter.Get(metric, cloudwatch.Dims{Stream: "orders", Shard: cloudwatch.StreamLevel, Consumer: consumer}, begin, w.sched.Now().Add(time.Second), time.Second, cloudwatch.Sum) {
		total += v
	}
	return total
}

// One call a second, a second subscription after five: to the microsecond, for each consumer and shard by itself.
func TestSubscribeRates(t *testing.T) {
	w, _ := streamOf(t, 2)
	w.consumer("app")
	w.consumer("web")
	begun := w.sched.Now()
	at := func(d time.Duration) { run(w.Service, begun.Add(d)) }
	latest := Position{Type: Latest}
	const us = time.Microsecond
	first, err := w.subscribe("app", 0, latest)
	w.must(err)
	const often = "Rate exceeded for consumer app and shard shardId-000000000000 in stream orders under account 123456789012."
	const busy = "Another active subscription exists for this consumer: 123456789012:orders:shardId-000000000000:app"
	for _, row := range []struct {
		at      time.Duration
		code    aws.Code
		message string
	}{
		{0, aws.LimitExceeded, often}, {time.Second - us, aws.LimitExceeded, often}, // calls that the rate refuses do not count
		{time.Second, aws.ResourceInUse, busy}, {2*time.Second - us, aws.LimitExceeded, often},
		{2 * time.Second, aws.ResourceInUse, busy}, {3*time.Second + 500*time.Millisecond, aws.ResourceInUse, busy},
		{5*time.Second - us, aws.ResourceInUse, busy}, {5 * time.Second, aws.LimitExceeded, often},
	} {
		at(row.at)
		_, err := w.subscribe("app", 0, latest)
		w.refused(err, row.code, row.message)
	}
	// Another shard and another consumer have their own.
	_, err = w.subscribe("app", 1, latest)
	w.must(err)
	_, err = w.subscribe("web", 0, latest)
	w.must(err)
	if _, end := w.pushed(first); end != nil {
		t.Fatalf("the first subscription ended: %+v", end)
	}
	at(6*time.Second - us)
	second, err := w.subscribe("app", 0, latest)
	w.must(err)
	if _, end := w.pushed(first); end == nil || end.Err == nil || end.Err.Code != aws.ResourceInUse || end.Err.Message != busy || end.By != 9 {
		t.Errorf("the subscription that was taken over ended with %+v", end)
	}
	// Exactly five seconds after a success the next one takes over.
	at(11*time.Second - us)
	_, err = w.subscribe("app", 0, latest)
	w.must(err)
	if _, end := w.pushed(second); end == nil || end.Err == nil || end.Err.Code != aws.ResourceInUse {
		t.Errorf("the second subscription ended with %+v", end)
	}
	// A connection that the client closed counts like one that lives.
	third, err := w.subscribe("web", 1, latest)
	w.must(err)
	w.Unsubscribe(third)
	at(16*time.Second - 2*us)
	if _, err := w.subscribe("web", 1, latest); aws.CodeOf(err) != aws.ResourceInUse {
		t.Errorf("1 µs too early: %v", err)
	}
	if events, end := w.pushed(third); len(events) != 0 || end != nil {
		t.Errorf("a closed connection was told %v, %v", events, end)
	}
	if got := [...]float64{w.counted(cloudwatch.SubscribeToShardSuccess, "app"), w.counted(cloudwatch.SubscribeToShardRateExceeded, "app")}; got != [...]float64{4, 8} {
		t.Errorf("metrics count %v", got)
	}
}

func TestSubscribeRefusals(t *testing.T) {
	w, st := streamOf(t, 2)
	arn := w.consumer("app").ARN()
	other, _ := st.Shard(1)
	body := func(shard, position string) string {
		return fmt.Sprintf(`{"ConsumerARN":%q,"ShardId":%q,"StartingPosition":{%s}}`, arn, shard, position)
	}
	for _, row := range []struct{ name, body, code, message string }{
		{"nothing", `{}`, aws.Validation, "3 validation errors detected: Value null at 'consumerARN' failed to satisfy constraint: Member must not be null; Value null at 'shardId' failed to satisfy constraint: Member must not be null; Value null at 'startingPosition' failed to satisfy constraint: Member must not be null"},
		{"no kind of place", body("0", ""), aws.Validation, "1 validation error detected: Value null at 'startingPosition.type' failed to satisfy constraint: Member must not be null"},
		{"no consumer", strings.Replace(body("0", `"Type":"LATEST"`), "app:", "tv:", 1), aws.ResourceNotFound, "Consumer " + strings.Replace(arn, "app:", "tv:", 1) + ", account 123456789012 not found."},
		{"no shard", body("7", `"Type":"LATEST"`), aws.ResourceNotFound, "Shard shardId-000000000007 in stream orders under account 123456789012 does not exist"},
		{"no shard's name", body("x", `"Type":"LATEST"`), aws.ResourceNotFound, "Shard x in stream orders under account 123456789012 does not exist"},
		{"a number without one", body("0", `"Type":"AT_SEQUENCE_NUMBER"`), aws.InvalidArgument, "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified AT_SEQUENCE_NUMBER and no StartingSequenceNumber."},
		{"a number that is not asked for", body("0", `"Type":"LATEST","SequenceNumber":"5"`), aws.InvalidArgument, "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified LATEST and also a StartingSequenceNumber."},
		{"a time without one", body("0", `"Type":"AT_TIMESTAMP"`), aws.InvalidArgument, "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no timestamp parameter."},
		{"a time to come", body("0", fmt.Sprintf(`"Type":"AT_TIMESTAMP","Timestamp":%d`, w.sched.Now().Second()+1)), aws.InvalidArgument,
			fmt.Sprintf("The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: %d, currentTimestampInMillis: %d", (w.sched.Now().Second()+1)*1000, w.sched.Now().Second()*1000)},
		{"a number of another shard", body("0", `"Type":"AT_SEQUENCE_NUMBER","SequenceNumber":"`+other.StartingSequenceNumber()+`"`), aws.InvalidArgument, "Invalid StartingSequenceNumber. It encodes shardId-000000000001, while it was used in a call to a shard with shardId-000000000000"},
		{"a number of another stream", body("0", `"Type":"AFTER_SEQUENCE_NUMBER","SequenceNumber":"5"`), aws.InvalidArgument, "StartingSequenceNumber 5 used in SubscribeToShard on shard shardId-000000000000 in stream orders under account 123456789012 is invalid because it did not come from this stream."},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := *w
			v.t = t
			r, err := Decode("SubscribeToShard", []byte(row.body))
			if err == nil {
				_, err = w.Subscribe(r.In.(*SubscribeToShardInput), 9)
			}
			v.refused(err, row.code, row.message)
		})
	}
	// A call that is wrong costs nothing.
	_, err := w.subscribe("app", 0, Position{Type: Latest})
	w.must(err)
	_, err = w.do("SubscribeToShard", body("0", `"Type":"LATEST"`))
	w.refused(err, aws.InvalidArgument, "SubscribeToShard answers with a stream of events, which this door cannot carry.")
}

// A record is pushed at the very moment at which it can be read, and a consumer that has nothing to read hears so every
// five seconds.
func TestPushIsInTime(t *testing.T) {
	w, st := streamOf(t, 1)
	w.consumer("app")
	sh, _ := st.Shard(0)
	id, err := w.subscribe("app", 0, Position{Type: Latest})
	w.must(err)
	begun := w.sched.Now()
	run(w.Service, begun.Add(5*time.Second)-1)
	if events, _ := w.pushed(id); len(events) != 0 {
		t.Errorf("after less than 5 s there are events %+v", events)
	}
	run(w.Service, begun.Add(12*time.Second))
	events, _ := w.pushed(id)
	if len(events) != 2 || len(events[0].Records) != 0 || events[0].Records == nil || events[0].MillisBehindLatest != 0 || events[0].ContinuationSequenceNumber == nil {
		t.Errorf("in 12 s of silence there are events %+v", events)
	}
	for range 50 {
		w.wait(137 * time.Millisecond)
		w.pushed(id)
		w.put(st, 0, 3, 10)
		at := sh.VisibleAt(w.sched.Now())
		run(w.Service, at-1)
		if events, _ := w.pushed(id); len(events) != 0 {
			t.Fatalf("%v after the put there are events already", at.Sub(w.sched.Now()))
		}
		run(w.Service, at)
		if events, _ := w.pushed(id); len(events) != 1 || len(events[0].Records) != 3 || events[0].MillisBehindLatest != 0 {
			t.Fatalf("when the records can be read there are events %+v", events)
		}
	}
	if n := w.sched.Len(); n > 5 {
		t.Errorf("%d things are due for one quiet shard", n)
	}
}

// A subscription gets 2 MiB a second, to the microsecond, whatever others read; what does not fit comes later and the lag
// grows. No exception tells of it.
//
// shows: E1
func TestPushIsPaced(t *testing.T) {
	w, st := streamOf(t, 1)
	w.consumer("app")
	w.consumer("web")
	const size = 100*1024 - 1 // with its key of one byte, a hundredth of what two seconds of a shard's bytes hold
	for range 300 {
		w.put(st, 0, 1, size)
		w.wait(100 * time.Millisecond)
	}
	begun := w.sched.Now()
	var ids []int64
	for _, name := range []string{"app", "web"} {
		id, err := w.subscribe(name, 0, Position{Type: TrimHorizon})
		w.must(err)
		ids = append(ids, id)
	}
	// A poller has its own 2 MiB/s: all it reads is as if nobody were subscribed.
	c := Cursor{Issued: begun}
	if b, err := w.Read(st, c, 20); err != nil || b.Len() != 20 {
		t.Errorf("a poller reads %d records beside two subscriptions (%v)", b.Len(), err)
	}
	const rate, event = 2 << 20, 2 * 100 * 1024               // two records fill an event of 256 KiB
	const paid = sim.Instant((event*micro + rate - 1) / rate) // whole microseconds until an event is paid
	got, last := 0, int64(1<<62)
	for n := sim.Instant(1); got < 300; n++ {
		at := begun + (n-1)*paid
		run(w.Service, at-1)
		for _, id := range ids {
			if events, _ := w.pushed(id); n > 1 && len(events) != 0 {
				t.Fatalf("event %d comes before %v", n, at.Sub(begun))
			}
		}
		run(w.Service, at)
		for i, id := range ids {
			events, end := w.pushed(id)
			if len(events) != 1 || len(events[0].Records) != 2 || end != nil {
				t.Fatalf("event %d at %v: %d events, %v", n, at.Sub(begun), len(events), end)
			}
			behind := events[0].MillisBehindLatest
			if i == 0 {
				got += 2
				if behind > last || got < 300 && behind == 0 || got == 300 && behind != 0 {
					t.Fatalf("after %d records it is %d ms behind, before it was %d", got, behind, last)
				}
				last = behind
			}
		}
	}
	if took := w.sched.Now().Sub(begun).Seconds(); took < 14.55 || took > 14.56 { // 149 events of 200 KiB at 2 MiB/s
		t.Errorf("29.3 MiB took %v s", took)
	}
	records, bytes := w.counted(cloudwatch.SubscribeToShardEventRecords, "web"), w.counted(cloudwatch.SubscribeToShardEventBytes, "web")
	if records != 300 || bytes != 300*(size+1) || w.counted(cloudwatch.SubscribeToShardEventSuccess, "web") != 150 {
		t.Errorf("metrics count %v records, %v bytes", records, bytes)
	}
	out := 0.0
	for _, v := range w.meter.Get(cloudwatch.OutgoingRecords, cloudwatch.Dims{Stream: "orders"}, begin, w.sched.Now().Add(time.Second), time.Second, cloudwatch.Sum) {
		out += v
	}
	if out != 620 {
		t.Errorf("the shard counts %v records that went out, want 2 times 300 pushed and 20 read", out)
	}
}

// A record of 10 MiB is one event; the bytes of five seconds are spent then.
func TestPushOfALargeRecord(t *testing.T) {
	w := newWorld(t, Limits2026())
	w.must(w.CreateStream(&CreateStreamInput{StreamName: ptr("orders"), ShardCount: ptr(int64(1)), MaxRecordSizeInKiB: ptr(int64(10240))}))
	w.wait(10 * time.Second)
	st, _ := w.Stream("orders")
	w.consumer("app")
	id, err := w.subscribe("app", 0, Position{Type: Latest})
	w.must(err)
	if w.put(st, 0, 1, 10<<20-1) != 1 {
		t.Fatal("the large record was refused")
	}
	sh, _ := st.Shard(0)
	at := sh.VisibleAt(w.sched.Now())
	run(w.Service, at)
	if events, _ := w.pushed(id); len(events) != 1 || len(events[0].Records) != 1 {
		t.Fatalf("the large record came in %d events", len(events))
	}
	w.wait(2 * time.Second)
	w.put(st, 0, 1, 10)
	run(w.Service, at.Add(5*time.Second)-1)
	if events, _ := w.pushed(id); len(events) != 0 {
		t.Fatalf("something came before the large record was paid: %+v", events)
	}
	run(w.Service, at.Add(5*time.Second))
	if events, _ := w.pushed(id); len(events) != 1 || len(events[0].Records) != 1 {
		t.Errorf("five seconds later came %d events", len(events))
	}
}

// A subscription is over after five minutes, to the microsecond; the next one goes on from its ContinuationSequenceNumber,
// AT or AFTER which is the same, with records before it or none.
func TestSubscriptionLivesFiveMinutes(t *testing.T) {
	w, st := streamOf(t, 1)
	w.consumer("app")
	begun := w.sched.Now()
	from := Position{Type: TrimHorizon}
	var got []string
	next := 0
	for turn := range 4 {
		id, err := w.subscribe("app", 0, from)
		w.must(err)
		opened := w.sched.Now()
		if turn > 0 { // the first one stays without records
			for range 40 {
				w.wait(3 * time.Second)
				w.fill2(st, &next, 2)
			}
		}
		run(w.Service, opened.Add(5*time.Minute)-1)
		events, end := w.pushed(id)
		if end != nil {
			t.Fatalf("turn %d ended early: %+v", turn, end)
		}
		got = append(got, strings.Fields(said(events))...)
		from = Position{Type: []string{AtSequenceNumber, AfterSequenceNumber}[turn%2], Number: *events[len(events)-1].ContinuationSequenceNumber}
		w.fill2(st, &next, 1) // nobody is there to hear of it in time
		w.wait(time.Microsecond)
		if events, end = w.pushed(id); end == nil || end.Err != nil || len(events) != 0 {
			t.Fatalf("after 5 minutes turn %d: %+v, %v", turn, events, end)
		}
		w.wait(time.Second)
	}
	id, err := w.subscribe("app", 0, from)
	w.must(err)
	w.wait(time.Second)
	events, _ := w.pushed(id)
	got = append(got, strings.Fields(said(events))...)
	var want []string
	for i := range next {
		want = append(want, strconv.Itoa(i))
	}
	if next != 244 || !slices.Equal(got, want) {
		t.Errorf("in %v it read %v", w.sched.Now().Sub(begun), got)
	}
}

// fill2 puts n records into shard 0 that carry the numbers from *next on.
func (w *world) fill2(st *Stream, next *int, n int) {
	w.t.Helper()
	for range n {
		var r [1]PutResult
		w.must(w.Put(st, []PutEntry{{Key: "k", Explicit: true, Data: []byte(strconv.Itoa(*next))}}, r[:]))
		if !r[0].OK() {
			w.t.Fatal("a record was refused")
		}
		*next++
	}
}

// A ContinuationSequenceNumber is good for an iterator too.
func TestContinuationIsANumberOfTheShard(t *testing.T) {
	w, st := streamOf(t, 1)
	w.consumer("app")
	next := 0
	w.fill2(st, &next, 3)
	id, err := w.subscribe("app", 0, Position{Type: TrimHorizon})
	w.must(err)
	w.wait(time.Second)
	events, _ := w.pushed(id)
	last := events[len(events)-1]
	if said(events) != "0 1 2" || *last.ContinuationSequenceNumber <= last.Records[2].SequenceNumber {
		t.Fatalf("pushed %s, up to %s", said(events), *last.ContinuationSequenceNumber)
	}
	w.fill2(st, &next, 1)
	w.wait(time.Second)
	sh, _ := st.Shard(0)
	if number := sh.SequenceNumber(3, sh.Record(3).At); *last.ContinuationSequenceNumber >= number {
		t.Errorf("the number to go on with is %s, that of the next record %s", *last.ContinuationSequenceNumber, number)
	}
	for _, kind := range []string{AtSequenceNumber, AfterSequenceNumber} {
		out, err := w.read(w.iterator(0, kind, fmt.Sprintf(`,"StartingSequenceNumber":%q`, *last.ContinuationSequenceNumber)), 0)
		if err != nil || datas(out) != "3" {
			t.Errorf("%s reads %q (%v)", kind, datas(out), err)
		}
	}
}

// Every kind of place to begin, in an open shard some of whose records have expired, and in one that was split.
func TestSubscribeFromEveryKindOfPlace(t *testing.T) {
	w, st := streamOf(t, 1)
	w.consumer("app")
	next := 0
	w.fill2(st, &next, 2)
	w.wait(23 * time.Hour)
	w.fill2(st, &next, 3)
	sh, _ := st.Shard(0)
	first, third, fourth := sh.Record(0).At, sh.Record(2).At, sh.Record(3).At
	gone, kept := sh.SequenceNumber(0, first), sh.SequenceNumber(3, fourth)
	for _, closed := range []bool{false, true} {
		run(w.Service, first.Add(24*time.Hour))
		if closed {
			w.must(w.split("0", "100"))
			w.wait(5 * time.Second)
		}
		for _, row := range []struct {
			name string
			from Position
			want string
		}{
			{"the oldest", Position{Type: TrimHorizon}, "2 3 4"},
			{"the newest", Position{Type: Latest}, ""},
			{"an expired record's number", Position{Type: AtSequenceNumber, Number: gone}, "2 3 4"},
			{"after it", Position{Type: AfterSequenceNumber, Number: gone}, "2 3 4"},
			{"a record's number", Position{Type: AtSequenceNumber, Number: kept}, "3 4"},
			{"after a record's number", Position{Type: AfterSequenceNumber, Number: kept}, "4"},
			{"the shard's first number", Position{Type: AtSequenceNumber, Number: sh.StartingSequenceNumber()}, "2 3 4"},
			{"a time before all", Position{Type: AtTimestamp, At: first.Time()}, "2 3 4"},
			{"a record's time", Position{Type: AtTimestamp, At: third.Time()}, "2 3 4"},
			{"a millisecond later", Position{Type: AtTimestamp, At: third.Time().Add(time.Millisecond)}, ""},
		} {
			id, err := w.subscribe("app", 0, row.from)
			if err != nil {
				t.Fatalf("%s: %v", row.name, err)
			}
			w.wait(time.Second)
			events, end := w.pushed(id)
			if said(events) != row.want {
				t.Errorf("closed: %t, from %s it reads %q, want %q", closed, row.name, said(events), row.want)
			}
			if closed != (end != nil) || closed && (end.Err != nil || len(events[len(events)-1].ChildShards) != 2 || events[len(events)-1].ContinuationSequenceNumber != nil) {
				t.Errorf("closed: %t, from %s: %+v, %v", closed, row.name, events, end)
			}
			w.wait(4 * time.Second)
		}
		if closed {
			id, err := w.subscribe("app", 0, Position{Type: AtSequenceNumber, Number: sh.EndingSequenceNumber()})
			w.must(err)
			w.wait(time.Second)
			if events, _ := w.pushed(id); len(events) != 1 || len(events[0].Records) != 0 || len(events[0].ChildShards) != 2 {
				t.Errorf("from the closing number: %+v", events)
			}
		}
	}
}

// At the end of a closed shard its children are told, after all records, and the subscription is over; over the wire too.
func TestEndOfAShard(t *testing.T) {
	w, st := streamOf(t, 2)
	w.consumer("app")
	id, err := w.subscribe("app", 0, Position{Type: Latest})
	w.must(err)
	other, err := w.subscribe("app", 1, Position{Type: Latest})
	w.must(err)
	w.wait(time.Second)
	w.must(w.merge("0", "1"))
	w.wait(5*time.Second - time.Microsecond)
	next := 0
	w.fill2(st, &next, 1)
	w.pushed(id)
	w.wait(time.Microsecond)
	if events, end := w.pushed(id); len(events) != 0 || end != nil {
		t.Errorf("the shard ends before its last record could be read: %+v", events)
	}
	w.wait(200 * time.Millisecond)
	events, end := w.pushed(id)
	if len(events) != 1 || end == nil || end.Err != nil {
		t.Fatalf("pushed %+v, ended with %v", events, end)
	}
	sh, _ := st.Shard(0)
	r := sh.Record(0)
	out, err := aws.Encode(events[0])
	w.must(err)
	want := fmt.Sprintf(`{"Records":[{"SequenceNumber":%q,"ApproximateArrivalTimestamp":%s,"Data":"MA==","PartitionKey":"k"}],"MillisBehindLatest":0,`+
		`"ChildShards":[{"ShardId":"shardId-000000000002","ParentShards":["shardId-000000000000","shardId-000000000001"],"HashKeyRange":{"StartingHashKey":"0","EndingHashKey":"340282366920938463463374607431768211455"}}]}`,
		sh.SequenceNumber(0, r.At), aws.Timestamp(int64(r.At)/1000))
	if string(out) != want {
		t.Errorf("the last event is\n %s\nwant\n %s", out, want)
	}
	if events, end := w.pushed(other); len(events) != 2 || len(events[1].ChildShards) != 1 || end == nil {
		t.Errorf("the other parent's are %+v, %v", events, end)
	}
	// An event without records, over the wire.
	child, err := w.subscribe("app", 2, Position{Type: TrimHorizon})
	w.must(err)
	w.wait(5 * time.Second)
	events, _ = w.pushed(child)
	out, err = aws.Encode(events[0])
	w.must(err)
	var got map[string]json.RawMessage
	w.must(json.Unmarshal(out, &got))
	if len(got) != 3 || string(got["Records"]) != "[]" || string(got["MillisBehindLatest"]) != "0" || len(got["ContinuationSequenceNumber"]) != 58 {
		t.Errorf("an event without records is %s", out)
	}
}

func TestSubscriptionsEndWithWhatTheyBelongTo(t *testing.T) {
	w, _ := streamOf(t, 1)
	arn := w.consumer("app").ARN()
	w.consumer("web")
	app, err := w.subscribe("app", 0, Position{Type: Latest})
	w.must(err)
	web, err := w.subscribe("web", 0, Position{Type: Latest})
	w.must(err)
	w.must(w.DeregisterStreamConsumer(&DeregisterStreamConsumerInput{ConsumerARN: &arn}))
	if _, end := w.pushed(app); end == nil || end.Err == nil || end.Err.Code != aws.ResourceNotFound || end.Err.Message != "Consumer "+arn+", account 123456789012 not found." {
		t.Errorf("with its consumer the subscription ended as %+v", end)
	}
	w.wait(5 * time.Second)
	if _, end := w.pushed(web); end != nil {
		t.Errorf("the other consumer's ended: %+v", end)
	}
	w.must(w.DeleteStream(&DeleteStreamInput{StreamName: ptr("orders"), EnforceConsumerDeletion: ptr(true)}))
	if _, end := w.pushed(web); end == nil || end.Err == nil || end.Err.Code != aws.ResourceNotFound || end.Err.Message != "Stream orders under account 123456789012 not found." {
		t.Errorf("with its stream the subscription ended as %+v", end)
	}
	w.wait(time.Minute)
	if n := w.sched.Len(); n != 0 {
		t.Errorf("%d things are due in an empty account", n)
	}
	// One that was held back while its closed shard expired.
	st := w.stream("orders", 1)
	w.consumer("app")
	w.put(st, 0, 10, 10)
	id, err := w.subscribe("app", 0, Position{Type: TrimHorizon})
	w.must(err)
	w.HoldBack(id, w.sched.Now().Add(time.Minute))
	w.must(w.split("0", "100"))
	w.wait(10 * time.Second)
	w.SetRetention(st, time.Second)
	w.wait(2 * time.Second)
	if events, end := w.pushed(id); len(events) != 0 || end == nil || end.Err == nil || end.Err.Message != "Shard shardId-000000000000 in stream orders under account 123456789012 does not exist" {
		t.Errorf("with its shard the subscription ended as %+v, with %d events", end, len(events))
	}
}

// Who reads slowly holds back; nothing is pushed until then, and then what there is.
func TestHoldBack(t *testing.T) {
	w, st := streamOf(t, 1)
	w.consumer("app")
	id, err := w.subscribe("app", 0, Position{Type: Latest})
	w.must(err)
	until := w.sched.Now().Add(20 * time.Second)
	w.HoldBack(id, until)
	next := 0
	for range 10 {
		w.fill2(st, &next, 1)
		w.wait(time.Second)
	}
	run(w.Service, until-1)
	if events, _ := w.pushed(id); len(events) != 0 {
		t.Errorf("pushed %d events to who holds back", len(events))
	}
	run(w.Service, until)
	if events, _ := w.pushed(id); said(events) != "0 1 2 3 4 5 6 7 8 9" || len(events) != 1 {
		t.Errorf("pushed %q", said(events))
	}
	w.HoldBack(id, w.sched.Now().Add(time.Hour))
	w.wait(4*time.Minute + 40*time.Second)
	if _, end := w.pushed(id); end == nil || end.Err != nil {
		t.Errorf("who holds back has the subscription longer than five minutes: %+v", end)
	}
}

// A reader is a program that reads a stream by subscriptions: each shard when its parents are read to their end, again from
// the ContinuationSequenceNumber when a subscription is over or the connection broke.
type reader struct {
	*world
	st   *Stream
	subs map[int32]int64    // of a shard that is being read; 0 when it waits for a new subscription
	from map[int32]Position // where to go on
	done map[int32]bool
	got  map[string][]int // what was read, by key
	all  []int
}

func newReader(w *world, st *Stream) *reader {
	return &reader{world: w, st: st, subs: map[int32]int64{}, from: map[int32]Position{}, done: map[int32]bool{}, got: map[string][]int{}}
}

// look takes what was pushed, and subscribes where it can. kind is AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER.
func (r *reader) look(kind string) {
	for _, sh := range r.st.Shards() {
		n := sh.Number()
		if id := r.subs[n]; id != 0 {
			events, end := r.pushed(id)
			for _, e := range events {
				for _, rec := range e.Records {
					i, _ := strconv.Atoi(string(rec.Data))
					r.got[rec.PartitionKey] = append(r.got[rec.PartitionKey], i)
					r.all = append(r.all, i)
				}
				if e.ContinuationSequenceNumber != nil {
					r.from[n] = Position{Type: kind, Number: *e.ContinuationSequenceNumber}
				} else {
					r.done[n] = true
				}
			}
			if end != nil {
				if end.Err != nil {
					r.t.Fatalf("the subscription to %s ended with %v", sh.ID(), end.Err)
				}
				r.subs[n] = 0
			}
		}
	}
	for _, sh := range r.st.Shards() {
		n := sh.Number()
		ready := !r.done[n] && r.subs[n] == 0
		for _, p := range sh.Parents() {
			ready = ready && r.done[p]
		}
		if !ready {
			continue
		}
		from, ok := r.from[n]
		if !ok {
			from = Position{Type: TrimHorizon}
		}
		id, err := r.subscribe("app", n, from)
		switch {
		case err == nil:
			r.subs[n] = id
		case aws.CodeOf(err) != aws.ResourceInUse && aws.CodeOf(err) != aws.LimitExceeded:
			r.t.Fatal(err)
		}
	}
}

// A reader of a stream that is split and merged gets every record once, and each key's in order.
func TestReadingThroughReshards(t *testing.T) {
	w, st := streamOf(t, 2)
	w.consumer("app")
	r := newReader(w, st)
	n, sent := 0, map[string][]int{}
	second := func() {
		entries, results := make([]PutEntry, 40), make([]PutResult, 40)
		for i := range entries {
			key := fmt.Sprint("k", (n+i)%9)
			entries[i] = PutEntry{Key: key, Data: []byte(strconv.Itoa(n + i))}
			sent[key] = append(sent[key], n+i)
		}
		n += len(entries)
		w.must(w.Put(st, entries, results))
		for _, x := range results {
			if !x.OK() {
				t.Fatal("a record was refused")
			}
		}
		for range 10 {
			w.wait(100 * time.Millisecond)
			r.look(AfterSequenceNumber)
		}
	}
	for i := range 60 {
		second()
		switch i {
		case 5:
			w.must(w.split("0", "85070591730234615865843651857942052864"))
		case 20: // the reader is far behind when the next reshard comes
			w.must(w.merge("3", "1"))
		case 40:
			w.must(w.merge("2", "4"))
		}
	}
	for range 80 {
		w.wait(100 * time.Millisecond)
		r.look(AfterSequenceNumber)
	}
	if len(r.all) != n || len(r.done) != 5 {
		t.Errorf("read %d of %d records, and %d of 5 shards to their end", len(r.all), n, len(r.done))
	}
	for key, want := range sent {
		if !slices.Equal(r.got[key], want) {
			t.Errorf("key %s was read as %v", key, r.got[key])
		}
	}
}

// Whatever befalls a stream, a reader that reads parents first gets every record once and each key's in order.
func TestFanOutReadsEverythingOnceAndInOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWalk(t)
		w.SetRetention(w.st, 24*time.Hour) // nothing expires here
		w.consumer("app")
		r := newReader(w.world, w.st)
		look := func(t *rapid.T) {
			r.look(rapid.SampledFrom([]string{AtSequenceNumber, AfterSequenceNumber}).Draw(t, "kind"))
		}
		rt.Repeat(map[string]func(*rapid.T){
			"put": w.putSome, "put more": w.putSome, "split": w.splitSome, "merge": w.mergeSome, "look": look,
			"wait": func(t *rapid.T) {
				w.wait(time.Duration(rapid.SampledFrom([]int64{1, 40_000, 200_000, 1_000_000, 6_000_000, 400_000_000}).Draw(t, "wait")) * time.Microsecond)
			},
			"break": func(t *rapid.T) {
				sh := rapid.SampledFrom(w.st.Shards()).Draw(t, "of")
				look(t)
				w.Unsubscribe(r.subs[sh.Number()])
				r.subs[sh.Number()] = 0
			},
			"": func(*rapid.T) {},
		})
		for range 200 {
			w.wait(500 * time.Millisecond)
			look(rt)
			if len(r.all) >= len(w.taken) && w.st.Status() == Active {
				break
			}
		}
		w.wait(time.Second)
		look(rt)
		if len(r.all) != len(w.taken) {
			rt.Fatalf("read %d records, %d were taken", len(r.all), len(w.taken))
		}
		for key, want := range w.order {
			if got := r.got[key]; !slices.Equal(got, want) {
				rt.Fatalf("key %s was read as %v, it was taken as %v", key, got, want)
			}
		}
	})
}
