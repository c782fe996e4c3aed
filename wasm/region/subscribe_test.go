package region_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/region"
)

// fanOut is a world with a stream of two shards and an ACTIVE consumer, and the bodies that subscribe it.
func fanOut(t *testing.T) (r *region.Region, subscribe func(shard int, position string) string) {
	r = world(t)
	do(t, r, "kinesis CreateStream", `{"StreamName":"trips","ShardCount":2}`)
	r.AdvanceTo(start.Add(10*time.Second), 0, nil)
	do(t, r, "kinesis RegisterStreamConsumer", `{"StreamARN":"arn:aws:kinesis:us-east-1:123456789012:stream/trips","ConsumerName":"app"}`)
	r.AdvanceTo(start.Add(20*time.Second), 0, nil)
	st, _ := r.Kinesis().Stream("trips")
	c, ok := st.Consumer("app")
	if !ok {
		t.Fatal("the consumer is not there")
	}
	return r, func(shard int, position string) string {
		return fmt.Sprintf(`{"ConsumerARN":%q,"ShardId":"%d","StartingPosition":{%s}}`, c.ARN(), shard, position)
	}
}

func do(t *testing.T, r *region.Region, op, body string) string {
	t.Helper()
	service, op, _ := strings.Cut(op, " ")
	reply := r.Do(region.Command{Service: service, Op: op, Body: json.RawMessage(body)})
	if reply.Err != nil {
		t.Fatalf("%s: %v", op, reply.Err)
	}
	return string(reply.Body)
}

func state(r *region.Region) string {
	var b strings.Builder
	r.State(&b)
	return b.String()
}

// A client outside the world subscribes, gets what is pushed, and hears how it ended.
func TestSubscribeFromOutside(t *testing.T) {
	r, body := fanOut(t)
	if id, reply := r.Subscribe("", []byte(`{"ConsumerARN":`)); id != 0 || reply.Err == nil || reply.Err.Code != aws.Serialization {
		t.Errorf("half a body: %d, %v", id, reply.Err)
	}
	if id, reply := r.Subscribe("", []byte(body(9, `"Type":"LATEST"`))); id != 0 || reply.Err == nil || reply.Err.Code != aws.ResourceNotFound {
		t.Errorf("no shard: %d, %v", id, reply.Err)
	}
	if _, end, done := r.Pushed(77); !done || end != nil {
		t.Errorf("a subscription that never was: %v, %t", end, done)
	}
	id, reply := r.Subscribe("", []byte(body(0, `"Type":"TRIM_HORIZON"`)))
	if reply.Err != nil || reply.Body != nil {
		t.Fatalf("answered %s, %v", reply.Body, reply.Err)
	}
	if events, _, done := r.Pushed(id); len(events) != 0 || done {
		t.Errorf("at once there are %v, %t", events, done)
	}
	put := func(data string) {
		do(t, r, "kinesis PutRecord", fmt.Sprintf(`{"StreamName":"trips","PartitionKey":"k","ExplicitHashKey":"0","Data":%q}`, data))
	}
	put("MQ==")
	r.AdvanceTo(r.Now().Add(time.Second), 0, nil)
	put("Mg==")
	r.AdvanceTo(r.Now().Add(time.Second), 0, nil)
	events, end, done := r.Pushed(id)
	if len(events) != 2 || string(events[0].Records[0].Data) != "1" || string(events[1].Records[0].Data) != "2" || end != nil || done {
		t.Errorf("pushed %+v, %v, %t", events, end, done)
	}
	if events, _, _ := r.Pushed(id); len(events) != 0 {
		t.Errorf("pushed twice: %+v", events)
	}
	r.AdvanceTo(r.Now().Add(5*time.Second), 0, nil)
	newer, reply := r.Subscribe("", []byte(body(0, `"Type":"LATEST"`)))
	if reply.Err != nil {
		t.Fatal(reply.Err)
	}
	if _, end, done = r.Pushed(id); !done || end == nil || end.Code != aws.ResourceInUse {
		t.Errorf("what was taken over ended with %v, %t", end, done)
	}
	if _, end, done = r.Pushed(id); !done || end != nil {
		t.Errorf("what has ended is told again: %v, %t", end, done)
	}
	r.Unsubscribe(newer)
	r.Unsubscribe(newer)
	put("Mw==")
	r.AdvanceTo(r.Now().Add(6*time.Second), 0, nil)
	if events, end, done := r.Pushed(newer); len(events) != 0 || end != nil || !done {
		t.Errorf("a closed connection has %+v, %v, %t", events, end, done)
	}
	// A shard's end, and the end of the stream.
	id, reply = r.Subscribe("", []byte(body(0, `"Type":"LATEST"`)))
	other, reply2 := r.Subscribe("", []byte(body(1, `"Type":"LATEST"`)))
	if reply.Err != nil || reply2.Err != nil {
		t.Fatal(reply.Err, reply2.Err)
	}
	do(t, r, "kinesis SplitShard", `{"StreamName":"trips","ShardToSplit":"0","NewStartingHashKey":"100"}`)
	r.AdvanceTo(r.Now().Add(6*time.Second), 0, nil)
	if events, end, done := r.Pushed(id); len(events) != 2 || len(events[1].ChildShards) != 2 || end != nil || !done {
		t.Errorf("at the end of the shard: %+v, %v, %t", events, end, done)
	}
	do(t, r, "kinesis DeleteStream", `{"StreamName":"trips","EnforceConsumerDeletion":true}`)
	r.AdvanceTo(r.Now().Add(10*time.Second), 0, nil)
	if events, end, done := r.Pushed(other); len(events) != 1 || end == nil || end.Code != aws.ResourceNotFound || !done {
		t.Errorf("at the end of the stream: %+v, %v, %t", events, end, done)
	}
	if reply := r.Do(region.Command{Service: "kinesis", Op: "SubscribeToShard", Body: json.RawMessage(body(1, `"Type":"LATEST"`))}); reply.Err == nil || reply.Err.Hint == "" {
		t.Errorf("at the plain door: %v", reply.Err)
	}
}

// Five minutes of 2 MiB a second come in pieces when nobody fetched them, all of them and each once, even when the stream is
// gone by then.
func TestPushedComesInPieces(t *testing.T) {
	r, body := fanOut(t)
	var ids []int64
	for shard := range 2 {
		id, reply := r.Subscribe("", []byte(body(shard, `"Type":"LATEST"`)))
		if reply.Err != nil {
			t.Fatal(reply.Err)
		}
		ids = append(ids, id)
	}
	do(t, r, "lab PutProducer", `{"Name":"bikes","StreamName":"trips","RecordsPerSecond":20,"RecordBytes":50000,"Keys":{"Kind":"uniform","Count":50}}`)
	r.AdvanceTo(r.Now().Add(200*time.Second), 0, nil)
	do(t, r, "lab StopProducer", `{"Name":"bikes"}`)
	r.AdvanceTo(r.Now().Add(time.Second), 0, nil)
	do(t, r, "kinesis DeleteStream", `{"StreamName":"trips","EnforceConsumerDeletion":true}`)
	r.AdvanceTo(r.Now().Add(10*time.Second), 0, nil)
	p, _ := r.Producer("bikes")
	seen := map[string]bool{}
	for _, id := range ids {
		calls := 0
		for {
			events, end, done := r.Pushed(id)
			bytes := 0
			for _, e := range events {
				for _, rec := range e.Records {
					bytes += len(rec.Data)
					if seen[rec.SequenceNumber] {
						t.Fatalf("%s came twice", rec.SequenceNumber)
					}
					seen[rec.SequenceNumber] = true
				}
			}
			if calls++; bytes > 5<<20 {
				t.Fatalf("a call of Pushed returns %d bytes", bytes)
			}
			if done {
				if end == nil || end.Code != aws.ResourceNotFound {
					t.Errorf("it ended with %v", end)
				}
				break
			}
		}
		if calls < 20 {
			t.Errorf("200 s came in %d calls", calls)
		}
	}
	if n := p.Total().Accepted; int64(len(seen)) != n || n < 3900 {
		t.Errorf("%d records came of %d", len(seen), n)
	}
}

// What the world does does not depend on who fetches what: a copy has no mailboxes and goes on alike, and a world told the
// same deeds is the same.
func TestSubscriptionsFromOutsideReplay(t *testing.T) {
	var states []string
	for fetch := range 3 {
		r, body := fanOut(t)
		do(t, r, "lab PutProducer", `{"Name":"bikes","StreamName":"trips","RecordsPerSecond":700,"Keys":{"Kind":"uniform","Count":50}}`)
		var ids []int64
		for i := range 12 {
			if i%3 == 0 {
				id, reply := r.Subscribe("", []byte(body(i/3%2, `"Type":"TRIM_HORIZON"`)))
				if reply.Err != nil && reply.Err.Code != aws.ResourceInUse {
					t.Fatal(reply.Err)
				}
				ids = append(ids, id)
			}
			if i == 7 {
				r.Unsubscribe(ids[0])
			}
			if fetch == 1 && i == 5 {
				r = r.Clone() // which takes over
			}
			r.AdvanceTo(r.Now().Add(2500*time.Millisecond), 0, nil)
			if fetch == 2 {
				for _, id := range ids {
					r.Pushed(id)
				}
			}
		}
		states = append(states, state(r))
		c := r.Clone()
		if state(c) != state(r) {
			t.Error("a copy differs at once")
		}
		for _, x := range []*region.Region{c, r} {
			x.AdvanceTo(x.Now().Add(30*time.Second), 0, nil)
		}
		if state(c) != state(r) {
			t.Error("a copy runs on differently")
		}
	}
	if states[0] != states[1] || states[0] != states[2] {
		t.Error("fetching what was pushed changes the world")
	}
}
