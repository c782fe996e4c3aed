package kinesis

import (
	"strings"
	"testing"
	"time"

	"shardlab/wasm/aws"
)

// A callRate is how often an operation is answered.
type callRate struct {
	limit int
	per   string // account, stream or shard
	body  string // of a request that counts, whether or not it is refused afterwards; $S is a stream's name, $A its ARN, $I an iterator in it
}

// unrated are operations for which AWS publishes no rate.
var unrated = []string{
	"ListTagsForResource", "TagResource", "UntagResource", "UpdateMaxRecordSize", "UpdateStreamRecordDistributionStrategy",
	"UpdateStreamMode",
	"StartStreamEncryption", "StopStreamEncryption", // 25 in 24 hours: EncryptionStarts and EncryptionStops of the boundaries
	"PutRecords",       // bounded by its records
	"SubscribeToShard", // one a second for a consumer and a shard, at a door of its own: SubscribeToShardRate of the boundaries
}

// operationRates are the calls a second of every operation.
// Source: Developer Guide, "Quotas and limits", API limits: facts of Data Streams, section 12.
var operationRates = map[string]callRate{
	"DescribeLimits": {1, "account", `{}`},

	"AddTagsToStream":            {5, "account", `{"StreamName":"$S","Tags":{"a":"b"}}`},
	"CreateStream":               {5, "account", `{"StreamName":"$S","ShardCount":1}`},
	"DeleteResourcePolicy":       {5, "account", `{"ResourceARN":"$A"}`},
	"DeleteStream":               {5, "account", `{"StreamName":"no-$S"}`},
	"DescribeAccountSettings":    {5, "account", `{}`},
	"GetResourcePolicy":          {5, "account", `{"ResourceARN":"$A"}`},
	"ListStreams":                {5, "account", `{}`},
	"PutResourcePolicy":          {5, "account", `{"ResourceARN":"$A","Policy":"{}"}`},
	"UpdateStreamWarmThroughput": {5, "account", `{"StreamName":"$S","WarmThroughputMiBps":1}`},
	"UpdateAccountSettings":      {5, "account", `{"MinimumThroughputBillingCommitment":{"Status":"ENABLED"}}`},

	"CreateChannel":   {5, "account", toBucket("c", "$S", "")},
	"DeleteChannel":   {5, "account", `{"ChannelARN":"arn:aws:kinesis:us-east-1:123456789012:channel/$S"}`},
	"DescribeChannel": {5, "account", `{"ChannelARN":"arn:aws:kinesis:us-east-1:123456789012:channel/$S"}`},
	"ListChannels":    {5, "account", `{"StreamFilter":[{"StreamARN":"$A"}]}`},
	"UpdateChannel":   {5, "account", `{"ChannelARN":"arn:aws:kinesis:us-east-1:123456789012:channel/$S"}`},

	"DecreaseStreamRetentionPeriod": {5, "stream", `{"StreamName":"$S","RetentionPeriodHours":1}`},
	"DisableEnhancedMonitoring":     {5, "stream", `{"StreamName":"$S","ShardLevelMetrics":["ALL"]}`},
	"EnableEnhancedMonitoring":      {5, "stream", `{"StreamName":"$S","ShardLevelMetrics":["ALL"]}`},
	"IncreaseStreamRetentionPeriod": {5, "stream", `{"StreamName":"$S","RetentionPeriodHours":1}`},
	"ListTagsForStream":             {5, "stream", `{"StreamName":"$S"}`},
	"MergeShards":                   {5, "stream", `{"StreamName":"$S","ShardToMerge":"98","AdjacentShardToMerge":"99"}`},
	"RemoveTagsFromStream":          {5, "stream", `{"StreamName":"$S","TagKeys":["a"]}`},
	"SplitShard":                    {5, "stream", `{"StreamName":"$S","ShardToSplit":"99","NewStartingHashKey":"5"}`},

	"UpdateShardCount":         {10, "stream", `{"StreamName":"$S","ScalingType":"UNIFORM_SCALING","TargetShardCount":9}`},
	"RegisterStreamConsumer":   {5, "stream", `{"StreamARN":"$A","ConsumerName":"app"}`},
	"DeregisterStreamConsumer": {5, "stream", `{"StreamARN":"$A","ConsumerName":"app"}`},
	"ListStreamConsumers":      {5, "stream", `{"StreamARN":"$A"}`},
	"DescribeStreamConsumer":   {20, "stream", `{"StreamARN":"$A","ConsumerName":"app"}`},

	"DescribeStream":        {10, "account", `{"StreamName":"$S"}`},
	"DescribeStreamSummary": {20, "account", `{"StreamName":"$S"}`},
	"ListShards":            {1000, "stream", `{"StreamName":"$S"}`},

	"GetRecords":       {5, "shard", `{"ShardIterator":"$I"}`},
	"GetShardIterator": {5, "shard", `{"StreamName":"$S","ShardId":"0","ShardIteratorType":"LATEST"}`},
	"PutRecord":        {1000, "shard", `{"StreamName":"$S","PartitionKey":"k","Data":""}`},
}

// Each operation is answered exactly so often in a second, over the wire, and again a second after the first call; a
// rate of the account counts the calls on all streams together, one of a stream or a shard those on it alone.
func TestRates(t *testing.T) {
	known := map[string]bool{}
	for _, op := range unrated {
		known[op] = true
	}
	for _, o := range Operations() {
		row, ok := operationRates[o.Name]
		if !ok && !known[o.Name] {
			t.Errorf("%s has no rate: write a row for it, or that AWS publishes none", o.Name)
		}
		if !ok {
			continue
		}
		t.Run(o.Name, func(t *testing.T) {
			w, _ := streamOf(t, 1)
			w.stream("others", 1)
			w.wait(time.Second)
			bodies := map[string]string{}
			for _, name := range []string{"orders", "others"} {
				it := ""
				if strings.Contains(row.body, "$I") {
					out, err := w.GetShardIterator(&GetShardIteratorInput{StreamName: &name, ShardId: ptr("0"), ShardIteratorType: ptr(Latest)})
					w.must(err)
					it = out.ShardIterator
				}
				bodies[name] = strings.NewReplacer("$S", name, "$A", w.arnOf(name), "$I", it).Replace(row.body)
			}
			refused := func(name string) bool {
				_, err := w.Do(o.Name, []byte(bodies[name]))
				e, ok := err.(*aws.Error)
				return ok && strings.HasPrefix(e.Message, "Rate exceeded for ") &&
					(row.per == "shard") == (e.Code == aws.ProvisionedThroughputExceeded) && (row.per != "shard") == (e.Code == aws.LimitExceeded)
			}
			for i := range row.limit {
				if refused("orders") {
					t.Fatalf("call %d was refused", i+1)
				}
			}
			if !refused("orders") {
				t.Errorf("call %d was answered", row.limit+1)
			}
			if got, want := refused("others"), row.per == "account"; got != want {
				t.Errorf("a call on another stream was refused: %v, want %v", got, want)
			}
			// A shard takes records by a bucket, which gives one back in its part of a second.
			again := time.Second
			if o.Name == "PutRecord" {
				again /= time.Duration(row.limit)
			}
			w.wait(again - time.Microsecond)
			if !refused("orders") {
				t.Errorf("1 µs before %v it was answered", again)
			}
			w.wait(time.Microsecond)
			if refused("orders") {
				t.Errorf("after %v it was refused", again)
			}
		})
	}
}

// Requests with DryRun share a rate of their own, whatever the operation.
func TestDryRunRate(t *testing.T) {
	w, _ := streamOf(t, 1)
	w.stream("others", 1)
	dry := func(name string) error {
		_, err := w.do("PutRecord", `{"StreamName":"`+name+`","PartitionKey":"k","Data":"","DryRun":true}`)
		return err
	}
	const good = "Request would have succeeded, but DryRun flag is set."
	w.refused(dry("orders"), aws.DryRunOperation, good)
	w.refused(dry("orders"), aws.Throttling, "Rate exceeded")
	_, err := w.do("GetShardIterator", `{"StreamName":"orders","ShardId":"0","ShardIteratorType":"LATEST","DryRun":true}`)
	w.refused(err, aws.Throttling, "Rate exceeded")
	w.refused(dry("others"), aws.DryRunOperation, good)
	w.wait(time.Second - time.Microsecond)
	w.refused(dry("orders"), aws.Throttling, "Rate exceeded")
	w.wait(time.Microsecond)
	w.refused(dry("orders"), aws.DryRunOperation, good)
}
