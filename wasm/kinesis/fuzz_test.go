package kinesis

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"shardlab/wasm/aws"
)

// Law: a text that reads as a sequence number is the very text that the number prints, so no two texts are one number.
func FuzzParseSequenceNumber(f *testing.F) {
	for _, s := range samples {
		f.Add(s.number)
	}
	for _, s := range []string{"", "0", "1", "49600871682957036442365024926191073437251060580128653315", "21269319989652663814458848515492872193", zeros(56)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := ParseSequenceNumber(s); err == nil && n.String() != s {
			t.Errorf("%q reads as %+v, which prints as %s", s, n, n)
		}
	})
}

// Law: a text that reads as an iterator is one that this service handed out: sealing what it says gives the same text.
// Reading with any text never does more than refuse in the service's words.
func FuzzShardIterator(f *testing.F) {
	w, st := streamOf(f, 2)
	f.Add(w.sealIterator(st, Cursor{Shard: 1, Index: 5, Issued: begin}))
	f.Add(w.sealIterator(st, Cursor{Shard: 9, Index: 1 << 40, Issued: begin}))
	f.Add(w.sealListing(st, listing{after: 3}))
	f.Add(w.seal(sealedIterator, nil))
	f.Add("")
	f.Add("AAAAAAAAAAE=")
	f.Add(`"AAAAAAAAAAE="`)
	f.Fuzz(func(t *testing.T, s string) {
		it, ok := w.unsealIterator(s)
		if ok && it.name == st.name && it.stream == st.id && w.sealIterator(st, it.Cursor) != unquoted(s) {
			t.Errorf("%q reads as %+v, which seals as another text", s, it)
		}
		_, err := w.GetRecords(&GetRecordsInput{ShardIterator: &s})
		var e *aws.Error
		if err != nil && !errors.As(err, &e) {
			t.Errorf("%q is refused with %v", s, err)
		}
		if !ok && (err == nil || e.Message != "Invalid ShardIterator.") {
			t.Errorf("%q is no iterator, and is answered with %v", s, err)
		}
	})
}

// Law: a token of ListStreamConsumers that is taken is one that this service handed out, and any other is refused in the
// service's words; so it is with a ContinuationSequenceNumber or whatever else a subscription is to begin at.
func FuzzFanOutTexts(f *testing.F) {
	w, st := streamOf(f, 2)
	w.consumer("app")
	w.consumer("web")
	page, err := w.ListStreamConsumers(&ListStreamConsumersInput{StreamARN: ptr(ordersARN), MaxResults: ptr(int64(1))})
	w.must(err)
	sh, _ := st.Shard(0)
	for _, s := range []string{*page.NextToken, w.seal(sealedConsumers, nil), w.sealListing(st, listing{after: 3}), sh.Continuation(5, begin), sh.StartingSequenceNumber(), "0", ""} {
		f.Add(s)
	}
	known := func(t *testing.T, s string, err error) {
		var e *aws.Error
		if err != nil && (!errors.As(err, &e) || e.Message == "") {
			t.Errorf("%q is refused with %v", s, err)
		}
	}
	f.Fuzz(func(t *testing.T, s string) {
		w.wait(5 * time.Second)
		out, err := w.ListStreamConsumers(&ListStreamConsumersInput{StreamARN: ptr(ordersARN), NextToken: &s})
		known(t, s, err)
		if _, ok := w.unseal(sealedConsumers, s); err == nil && (!ok || len(out.Consumers) > 2) {
			t.Errorf("%q lists %v", s, out.Consumers)
		}
		id, err := w.subscribe("app", 0, Position{Type: AfterSequenceNumber, Number: s})
		known(t, s, err)
		if n, bad := ParseSequenceNumber(s); err == nil && (bad != nil || n.Shard != 0) {
			t.Errorf("a subscription begins at %q", s)
		}
		w.Unsubscribe(id)
	})
}

// Law: so it is with the tokens of the other listings; what is taken goes on where the page before ended.
func FuzzTokens(f *testing.F) {
	w, st := streamOf(f, 3)
	w.demand("lake")
	_, err := w.do("CreateChannel", toBucket("a", "lake", ""))
	w.must(err)
	for _, s := range []string{w.sealListing(st, listing{after: 1}), w.sealListing(st, listing{after: 1, filter: 5, at: 1}), w.sealName(sealedStreams, "lake"), w.sealName(sealedChannels, "a"),
		w.seal(sealedStreams, nil), w.seal(sealedShards, nil), w.sealIterator(st, Cursor{Issued: begin}), "", "AAAAAAAAAAI=", "AAAA\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		w.wait(time.Second)
		shards, err1 := w.ListShards(&ListShardsInput{NextToken: &s})
		streams, err2 := w.ListStreams(&ListStreamsInput{NextToken: &s})
		channels, err3 := w.ListChannels(&ListChannelsInput{NextToken: &s})
		for kind, err := range map[uint64]error{sealedShards: err1, sealedStreams: err2, sealedChannels: err3} {
			var e *aws.Error
			if _, ours := w.unseal(kind, s); !ours && (!errors.As(err, &e) || e.Message != "Invalid NextToken.") {
				t.Errorf("%q was not handed out as kind %d, and is answered with %v", s, kind, err)
			}
			if err != nil && (!errors.As(err, &e) || e.Message == "") {
				t.Errorf("%q is refused with %v", s, err)
			}
		}
		if err1 == nil && len(shards.Shards) > 3 || err2 == nil && len(streams.StreamNames) > 2 || err3 == nil && len(channels.ChannelSummaries) > 1 {
			t.Errorf("%q lists too much", s)
		}
	})
}

// Law: whatever comes over the wire is answered with JSON or nothing, or refused with a known code; the same request on a
// copy of the same world is answered with the same bytes; and the stream takes records afterwards.
func FuzzDo(f *testing.F) {
	for _, row := range [][2]string{
		{"PutRecord", `{"StreamName":"orders","Data":"aGk=","PartitionKey":"k"}`},
		{"PutRecord", `{"StreamName":"orders","Data":"aGk","PartitionKey":"\ud83d\ude80","ExplicitHashKey":"5"}`},
		{"PutRecords", `{"StreamName":"orders","Records":[{"Data":"","PartitionKey":"k"},{"Data":"","PartitionKey":""}]}`},
		{"CreateStream", `{"StreamName":"more","ShardCount":1.5e1,"Tags":{"a":"b"}}`},
		{"CreateStream", `{"StreamName":"more","StreamModeDetails":{"StreamMode":"ON_DEMAND"}}`},
		{"ListShards", `{"StreamName":"orders","ShardFilter":{"Type":"AT_TIMESTAMP","Timestamp":1.5}}`},
		{"ListStreams", `{"Limit":1,"NextToken":"x"}`},
		{"DescribeStream", `{"StreamName":"orders","ExclusiveStartShardId":"0"}`},
		{"GetShardIterator", `{"StreamName":"orders","ShardId":"0","ShardIteratorType":"AT_TIMESTAMP","Timestamp":-1e300}`},
		{"GetRecords", `{"ShardIterator":"AAAA"}`},
		{"SplitShard", `{"StreamName":"orders","ShardToSplit":"0","NewStartingHashKey":"7"}`},
		{"MergeShards", `{"StreamName":"orders","ShardToMerge":"0","AdjacentShardToMerge":"1"}`},
		{"DeleteStream", `{"StreamName":"orders","EnforceConsumerDeletion":true}`},
		{"AddTagsToStream", `{"StreamName":"orders","Tags":{"a":"b","\u00fc":""}}`},
		{"UntagResource", `{"ResourceARN":"arn:aws:kinesis:us-east-1:123456789012:stream/orders","TagKeys":["a","aws:b"]}`},
		{"PutResourcePolicy", `{"ResourceARN":"arn:aws:kinesis:us-east-1:123456789012:stream/orders","Policy":"{\"Statement\":[{\"Effect\":\"Allow\"}]}"}`},
		{"IncreaseStreamRetentionPeriod", `{"StreamName":"orders","RetentionPeriodHours":48}`},
		{"EnableEnhancedMonitoring", `{"StreamName":"orders","ShardLevelMetrics":["ALL"]}`},
		{"UpdateMaxRecordSize", `{"StreamARN":"arn:aws:kinesis:us-east-1:123456789012:stream/orders","MaxRecordSizeInKiB":10240}`},
		{"PutRecord", `{"StreamName":"orders","Data":"aGk=","PartitionKey":"k","DryRun":true}`},
		{"CreateChannel", toBucket("lake", "orders", "")},
		{"CreateChannel", toTable("table", "orders")},
		{"ListChannels", `{"MaxResults":1,"StreamFilter":[{"StreamARN":"arn:aws:kinesis:us-east-1:123456789012:stream/orders"}]}`},
		{"RegisterStreamConsumer", `{"StreamARN":"` + ordersARN + `","ConsumerName":"app","Tags":{"a":"b"}}`},
		{"DescribeStreamConsumer", `{"ConsumerARN":"` + ordersARN + `/consumer/app:1"}`},
		{"DeregisterStreamConsumer", `{"StreamARN":"` + ordersARN + `","ConsumerName":"app"}`},
		{"ListStreamConsumers", `{"StreamARN":"` + ordersARN + `","NextToken":"x","MaxResults":1}`},
		{"SubscribeToShard", `{"ConsumerARN":"` + ordersARN + `/consumer/app:1","ShardId":"0","StartingPosition":{"Type":"LATEST"}}`},
		{"Nothing", `{`},
		{"ListStreams", `[[[[[[[[[[`},
		{"PutRecord", `{"Data":{"a":["}"]}}`},
	} {
		f.Add(row[0], []byte(row[1]))
	}
	known := map[string]bool{
		aws.ExpiredNextToken: true, aws.DryRunOperation: true, aws.Throttling: true, aws.InvalidArgument: true, aws.LimitExceeded: true, aws.ProvisionedThroughputExceeded: true, aws.ResourceInUse: true,
		aws.ResourceNotFound: true, aws.Serialization: true, aws.UnknownOperation: true, aws.Validation: true, aws.ExpiredIterator: true,
	}
	base, _ := streamOf(f, 2)
	copyOf := func(t *testing.T) *world {
		c := &world{t: t, sched: base.sched.Clone(), meter: base.meter.Clone()}
		c.Service = base.Clone(c.sched, c.meter, nil)
		return c
	}
	f.Fuzz(func(t *testing.T, op string, body []byte) {
		a, b := copyOf(t), copyOf(t)
		out, err := a.Do(op, body)
		same, other := b.Do(op, body)
		if !bytes.Equal(out, same) || aws.CodeOf(err) != aws.CodeOf(other) || a.states() != b.states() {
			t.Fatalf("%s %q is answered with %s (%v), then with %s (%v)", op, body, out, err, same, other)
		}
		if err != nil && !known[aws.CodeOf(err)] {
			t.Fatalf("%s %q is refused with %v", op, body, err)
		}
		if len(out) > 0 && !json.Valid(out) {
			t.Fatalf("%s %q is answered with %s", op, body, out)
		}
		a.wait(15 * time.Second)
		if st, ok := a.Stream("orders"); ok && a.put(st, st.OpenShards()[0].Number(), 1, 1) != 1 {
			t.Fatalf("after %s %q the stream takes nothing", op, body)
		}
	})
}
