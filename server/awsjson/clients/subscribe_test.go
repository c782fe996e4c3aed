package clients

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

// TestSubscribeThroughReshard has every client that can do so read a shard by enhanced fan-out while the shard is split: it
// hears of the children at the end of the parent, goes on with them, and has every record exactly once, those of a key in
// the order in which they were written.
func TestSubscribeThroughReshard(t *testing.T) {
	alongside(t)
	ways := []struct {
		name string
		http string // that the client is kept to
		tls  bool
		want map[string]int // version of HTTP that each client speaks of itself; 0 is not asked
	}{
		{"plain", "", false, map[string]int{"go": 1, "boto3": 1, "js": 2, "java": 2}},
		{"http1", "1.1", false, map[string]int{"js": 1}},
		{"tls", "", true, map[string]int{"go": 2, "boto3": 1, "js": 2, "java": 2}},
	}
	e := serve(t, "-aws-speed", speed)
	secure := serve(t, "-aws-speed", speed, "-aws-tls", t.TempDir())
	each(t, func(t *testing.T, k *kind) {
		if k.name == "cli" {
			t.Skip("the AWS CLI has no subscribe-to-shard")
		}
		for _, way := range ways {
			if way.want[k.name] == 0 {
				continue
			}
			t.Run(way.name, func(t *testing.T) {
				e := e
				if way.tls {
					e = secure
				}
				s := e.settings("AKIASUBSCRIBE" + strings.ToUpper(k.name+way.name))
				s.HTTP = way.http
				admin := newSDK(t, s)
				var w *wire
				if !way.tls {
					w = tap(t, e)
					s.Endpoint = w.url
				}
				throughReshard(t, admin, k.start(t, s))
				if w != nil {
					for _, one := range w.of("SubscribeToShard") {
						if one.http != way.want[k.name] {
							t.Errorf("it subscribed by HTTP/%d", one.http)
						}
					}
				}
			})
		}
	})
}

// event is an event of a subscription.
type event struct {
	Records []struct {
		SequenceNumber, PartitionKey string
		Data                         []byte
	}
	ContinuationSequenceNumber string
	MillisBehindLatest         *int64
	ChildShards                []struct {
		ShardId      string
		ParentShards []string
	}
}

func throughReshard(t *testing.T, admin *kinesis.Client, c client) {
	ctx, cancel := within()
	defer cancel()
	arn := newStream(t, admin, "orders", 1)
	consumer := newConsumer(t, admin, arn, "board")

	// Records of five keys; the split comes in the middle.
	const records, half = 60, 30
	written := make(chan map[string]int) // records of each shard
	go func() {
		in := map[string]int{}
		defer func() { written <- in }()
		for i := range records {
			if i == half {
				if _, err := admin.SplitShard(ctx, &kinesis.SplitShardInput{StreamName: aws.String("orders"), ShardToSplit: aws.String("shardId-000000000000"),
					NewStartingHashKey: aws.String("170141183460469231731687303715884105728")}); err != nil {
					t.Errorf("split: %v", err)
				}
			}
			out, err := admin.PutRecord(ctx, &kinesis.PutRecordInput{StreamName: aws.String("orders"), PartitionKey: aws.String(fmt.Sprint("key-", i%5)), Data: fmt.Append(nil, i)})
			if err != nil {
				t.Errorf("put: %v", err)
				return
			}
			in[*out.ShardId]++
			time.Sleep(20 * time.Millisecond)
		}
	}()

	var all []event
	read := func(shard string, most int) (ended bool) {
		a := must(t, c, question{Do: "subscribe", Records: most, In: json.RawMessage(fmt.Sprintf(
			`{"ConsumerARN":%q,"ShardId":%q,"StartingPosition":{"Type":"TRIM_HORIZON"}}`, consumer, shard))})
		var events []event
		if err := json.Unmarshal(a.Out, &events); err != nil {
			t.Fatal(err)
		}
		all = append(all, events...)
		return a.Ended
	}
	if !read("shardId-000000000000", 0) {
		t.Fatal("the subscription to the parent did not end by itself")
	}
	if len(all) == 0 {
		t.Fatal("the parent pushed nothing")
	}
	last := all[len(all)-1]
	if len(last.ChildShards) != 2 || last.ContinuationSequenceNumber != "" || !slices.Equal(last.ChildShards[0].ParentShards, []string{"shardId-000000000000"}) {
		t.Errorf("the last event of the closed shard is %+v", last)
	}
	for _, one := range all[:len(all)-1] {
		if one.ContinuationSequenceNumber == "" || one.MillisBehindLatest == nil || len(one.ChildShards) > 0 {
			t.Errorf("an event is %+v", one)
		}
	}
	in := <-written
	if in["shardId-000000000000"] < half || in["shardId-000000000001"] == 0 || in["shardId-000000000002"] == 0 {
		t.Fatalf("the records went to %v", in)
	}
	for _, child := range last.ChildShards {
		read(child.ShardId, in[child.ShardId])
	}

	next, got := map[string]int{}, 0
	for _, one := range all {
		for _, r := range one.Records {
			var n int
			fmt.Sscan(string(r.Data), &n)
			want, seen := next[r.PartitionKey]
			if !seen {
				fmt.Sscanf(r.PartitionKey, "key-%d", &want)
			}
			if n != want {
				t.Errorf("of %s came %d where %d was due", r.PartitionKey, n, want)
			}
			next[r.PartitionKey] = n + 5
			got++
		}
	}
	if got != records {
		t.Errorf("%d records came of %d", got, records)
	}
}

// TestSubscriptionLivesFiveMinutes has a subscription end without an exception after five minutes, told by events without
// records that the shard is silent; the next one goes on after the last record that the first one told of. What cannot be
// subscribed is refused with the exception's own class.
func TestSubscriptionLivesFiveMinutes(t *testing.T) {
	alongside(t)
	e := serve(t, "-aws-speed", "60")
	each(t, func(t *testing.T, k *kind) {
		if k.name == "cli" {
			t.Skip("the AWS CLI has no subscribe-to-shard")
		}
		ctx, cancel := within()
		defer cancel()
		s := e.settings("AKIAFIVEMINUTES" + strings.ToUpper(k.name))
		admin := newSDK(t, s)
		consumer := newConsumer(t, admin, newStream(t, admin, "orders", 1), "board")
		put := func(text string) {
			t.Helper()
			if _, err := admin.PutRecord(ctx, &kinesis.PutRecordInput{StreamName: aws.String("orders"), PartitionKey: aws.String("k"), Data: []byte(text)}); err != nil {
				t.Fatal(err)
			}
		}
		c := k.start(t, s)
		subscribe := func(consumer, start string, most int) answer {
			t.Helper()
			a, err := c.ask(question{Do: "subscribe", Records: most, In: json.RawMessage(fmt.Sprintf(
				`{"ConsumerARN":%q,"ShardId":"shardId-000000000000","StartingPosition":%s}`, consumer, start))})
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		a := subscribe(consumer+"0", `{"Type":"LATEST"}`, 0)
		if a.Err == nil || a.Err.Code != "ResourceNotFoundException" || a.Err.Type != a.Err.Code {
			t.Errorf("a consumer that is not there: %v (%+v)", a.Err, a)
		}

		put("one")
		begun := time.Now()
		a = subscribe(consumer, `{"Type":"TRIM_HORIZON"}`, 0)
		took := time.Since(begun) * 60
		if a.Err != nil || !a.Ended {
			t.Fatalf("the subscription ended with %v", a.Err)
		}
		if took < 290*time.Second || took > 20*time.Minute {
			t.Errorf("it lived for %v", took)
		}
		var events []event
		if err := json.Unmarshal(a.Out, &events); err != nil {
			t.Fatal(err)
		}
		silent, records := 0, 0
		for _, one := range events {
			if records += len(one.Records); len(one.Records) == 0 {
				silent++
			}
		}
		if records != 1 || silent < 3 {
			t.Errorf("%d records came, and %d events without any", records, silent)
		}
		put("two")
		a = subscribe(consumer, fmt.Sprintf(`{"Type":"AFTER_SEQUENCE_NUMBER","SequenceNumber":%q}`, events[len(events)-1].ContinuationSequenceNumber), 1)
		if a.Err != nil {
			t.Fatal(a.Err)
		}
		if err := json.Unmarshal(a.Out, &events); err != nil || string(events[len(events)-1].Records[0].Data) != "two" {
			t.Errorf("the next subscription begins with %s (%v)", a.Out, err)
		}
	})
}

// newConsumer registers a consumer and waits until it is ACTIVE.
func newConsumer(t *testing.T, admin *kinesis.Client, stream, name string) string {
	t.Helper()
	ctx, cancel := within()
	defer cancel()
	made, err := admin.RegisterStreamConsumer(ctx, &kinesis.RegisterStreamConsumerInput{StreamARN: &stream, ConsumerName: &name})
	if err != nil {
		t.Fatal(err)
	}
	for {
		out, err := admin.DescribeStreamConsumer(ctx, &kinesis.DescribeStreamConsumerInput{ConsumerARN: made.Consumer.ConsumerARN})
		if err != nil {
			t.Fatal(err)
		}
		if out.ConsumerDescription.ConsumerStatus == types.ConsumerStatusActive {
			return *made.Consumer.ConsumerARN
		}
		time.Sleep(100 * time.Millisecond)
	}
}
