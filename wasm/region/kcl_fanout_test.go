package region

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/kinesis"
)

const fanOut = `,"RetrievalMode":"FANOUT"`

// subscribed lists who is subscribed to a shard as the application's consumer, and until when.
func subscribed(r *Region, shard int32) (all []kinesis.Subscription) {
	st := mustStream(r)
	sh, _ := st.Shard(shard)
	return r.kinesis.Subscriptions(st, sh)
}

// An application with enhanced fan-out registers a consumer of its name once, each lease holder has one subscription, and subscribes
// again after five minutes from where the last one ended.
func TestKCLFanOut(t *testing.T) {
	r := withKCL(t, 1, 4, 200, `,"Workers":2`+fanOut)
	runFor(r, 90*time.Second)
	st := mustStream(r)
	if all := st.Consumers(); len(all) != 1 || all[0].Name() != "app" {
		t.Fatalf("%d consumers are registered", len(all))
	}
	first := subscribed(r, 0)
	if len(first) != 1 || first[0].Consumer != "app" {
		t.Fatalf("shard 0 has the subscriptions %+v", first)
	}
	runFor(r, 5*time.Minute)
	second := subscribed(r, 0)
	if len(second) != 1 || second[0].Opened < first[0].Ends || second[0].Opened > first[0].Ends.Add(time.Second) {
		t.Errorf("after five minutes shard 0 has the subscriptions %+v, the first was over at %v", second, first[0].Ends)
	}
	ok(t, r, Lab, "StopProducer", `{"Name":"bikes"}`)
	runFor(r, 5*time.Second)
	taken := int64(0)
	for _, sh := range st.Shards() {
		taken += sh.Taken()
	}
	if a := theApp(t, r).Total(); a.Processed != taken || a.Duplicates != 0 || a.Refused > 5 { // of a stolen lease: the other is subscribed for five seconds yet
		t.Errorf("of %d records: %+v", taken, a)
	}
	ok(t, r, Lab, "DeleteKclApplication", `{"Name":"app"}`)
	if left := subscribed(r, 0); len(left) != 0 || len(st.Consumers()) != 1 {
		t.Errorf("after its end there are %+v and %d consumers, want the consumer alone", left, len(st.Consumers()))
	}
}

// Five applications with enhanced fan-out read all that a shard takes; five that poll share 2 MiB/s.
func TestKCLFanOutHasAThroughputOfItsOwn(t *testing.T) {
	read := func(mode string) (least, most int64) {
		r := withKCL(t, 1, 1, 0, mode)
		for i := range 4 {
			ok(t, r, Lab, "PutKclApplication", fmt.Sprintf(`{"Name":"app-%d","StreamName":"trips","InitialPositionInStream":"TRIM_HORIZON"%s}`, i, mode))
		}
		runFor(r, time.Minute)
		ok(t, r, Lab, "PutProducer", `{"Name":"bikes","StreamName":"trips","RecordsPerSecond":900,"RecordBytes":1000,"Batch":50}`)
		runFor(r, 2*time.Minute)
		least = 1 << 60
		for _, a := range r.KCLApplications() {
			least, most = min(least, a.Total().Read), max(most, a.Total().Read)
		}
		return least, most
	}
	polled, best := read("")
	pushed, _ := read(fanOut)
	t.Logf("of about 108,000 records the slowest of five applications read %d by polls (the fastest %d) and %d pushed", polled, best, pushed)
	if pushed < 105_000 || polled > pushed*8/10 {
		t.Errorf("by polls %d, pushed %d", polled, pushed)
	}
}

// Who takes a lease over takes the subscription over, and nothing is lost; a slow processor is not pushed more than it can hold.
func TestKCLFanOutFailover(t *testing.T) {
	r := withKCL(t, 2, 2, 100, `,"Workers":2`+fanOut)
	runFor(r, 2*time.Minute)
	ok(t, r, Lab, "KillWorker", `{"Application":"app","Worker":"worker-1"}`)
	ok(t, r, Lab, "PauseWorker", `{"Application":"app","Worker":"worker-2","Millis":15000}`)
	ok(t, r, Lab, "StartWorker", `{"Application":"app"}`)
	runFor(r, 2*time.Minute)
	ok(t, r, Lab, "StopProducer", `{"Name":"bikes"}`)
	runFor(r, time.Minute)
	a, taken := theApp(t, r).Total(), int64(0)
	for _, sh := range mustStream(r).Shards() {
		taken += sh.Taken()
	}
	if a.Processed-a.Duplicates != taken || a.LostLeases == 0 {
		t.Errorf("of %d records: %+v", taken, a)
	}
	ok(t, r, Lab, "PutKclApplication", `{"Name":"app","MillisPerBatch":60000}`)
	ok(t, r, Lab, "PutProducer", `{"Name":"more","StreamName":"trips","RecordsPerSecond":400,"Batch":1}`)
	runFor(r, time.Minute)
	for _, w := range theApp(t, r).Workers(r.Now()) {
		for _, h := range w.Leases {
			if h.Batches > 11 || h.Batches < 10 {
				t.Errorf("%s: %d events of shard %d wait for the processor, want 10 or 11", w.ID, h.Batches, h.Shard)
			}
		}
	}
}

// Whose consumer is taken away waits until it is there again; it does not register a second one.
func TestKCLFanOutDeregistered(t *testing.T) {
	r := withKCL(t, 2, 1, 50, fanOut)
	runFor(r, time.Minute)
	arn := mustStream(r).ARN()
	ok(t, r, Kinesis, "DeregisterStreamConsumer", fmt.Sprintf(`{"StreamARN":%q,"ConsumerName":"app"}`, arn))
	runFor(r, time.Minute)
	stands := theApp(t, r).Total().Processed
	runFor(r, time.Minute)
	if now := theApp(t, r).Total().Processed; now != stands || len(mustStream(r).Consumers()) != 0 {
		t.Errorf("without a consumer it goes on from %d to %d", stands, now)
	}
	ok(t, r, Kinesis, "RegisterStreamConsumer", fmt.Sprintf(`{"StreamARN":%q,"ConsumerName":"app"}`, arn))
	runFor(r, time.Minute)
	if a := theApp(t, r).Total(); a.Processed < stands+5000 || a.Duplicates != 0 {
		t.Errorf("with it again: %+v, %d before", a, stands)
	}
	ok(t, r, Lab, "PutKclApplication", `{"Name":"app","RetrievalMode":"POLLING"}`)
	runFor(r, 30*time.Second)
	ok(t, r, Lab, "StopProducer", `{"Name":"bikes"}`)
	runFor(r, 10*time.Second)
	if a := theApp(t, r).Total(); a.Processed != mustStream(r).Shards()[0].Taken() || a.Duplicates != 0 || len(subscribed(r, 0)) != 0 {
		t.Errorf("after it was told to poll: %+v of %d", a, mustStream(r).Shards()[0].Taken())
	}
	if got := r.Do(Command{Service: Lab, Op: "PutKclApplication", Body: []byte(`{"Name":"old","StreamName":"trips","Version":1` + fanOut + `}`)}); got.Err == nil || !strings.Contains(got.Err.Error(), "has no enhanced fan-out") {
		t.Errorf("KCL 1.x with fan-out answers %v", got.Err)
	}
}

// A copy goes on as the original, in the midst of pushed events.
func TestKCLFanOutClone(t *testing.T) {
	r := withKCL(t, 4, 4, 300, `,"Workers":3,"MillisPerRecord":2`+fanOut)
	runFor(r, 4*time.Minute)
	ok(t, r, Lab, "KillWorker", `{"Application":"app","Worker":"worker-2"}`)
	runFor(r, 3333*time.Millisecond)
	c := r.Clone()
	for _, x := range []*Region{r, c} {
		runFor(x, 6*time.Minute)
	}
	var a, b bytes.Buffer
	r.State(&a)
	c.State(&b)
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the copy went another way")
	}
}
