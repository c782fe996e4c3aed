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
)

// shows: P1
func TestLifeOfAStream(t *testing.T) {
	w := newWorld(t, Limits2026())
	status := func() string {
		out, err := w.DescribeStreamSummary(&DescribeStreamSummaryInput{StreamName: ptr("orders")})
		if err != nil {
			return aws.CodeOf(err)
		}
		return out.StreamDescriptionSummary.StreamStatus
	}
	w.must(w.CreateStream(&CreateStreamInput{StreamName: ptr("orders"), ShardCount: ptr(int64(2)), Tags: map[string]string{"team": "rack"}}))
	err := w.CreateStream(&CreateStreamInput{StreamName: ptr("orders"), ShardCount: ptr(int64(2))})
	w.refused(err, aws.ResourceInUse, "Stream orders under account 123456789012 already exists.")
	w.wait(10*time.Second - time.Microsecond)
	if got := status(); got != Creating {
		t.Errorf("status is %s, want CREATING", got)
	}
	_, err = w.PutRecord(&PutRecordInput{StreamName: ptr("orders"), PartitionKey: ptr("k"), Data: []byte{}})
	w.refused(err, aws.ResourceNotFound, "Stream orders under account 123456789012 not found.")
	err = w.SplitShard(&SplitShardInput{StreamName: ptr("orders"), ShardToSplit: ptr("0"), NewStartingHashKey: ptr("5")})
	w.refused(err, aws.ResourceInUse, "Stream orders under account 123456789012 not ACTIVE, instead in state CREATING")
	err = w.DeleteStream(&DeleteStreamInput{StreamName: ptr("orders")})
	w.refused(err, aws.ResourceInUse, "Stream orders under account 123456789012 not ACTIVE, instead in state CREATING")
	w.wait(time.Microsecond)
	if got := status(); got != Active {
		t.Errorf("status is %s, want ACTIVE", got)
	}
	st, _ := w.Stream("orders")
	if st.Tags()["team"] != "rack" {
		t.Errorf("tags are %v", st.Tags())
	}
	w.must(w.DeleteStream(&DeleteStreamInput{StreamARN: ptr(st.ARN())}))
	if got := status(); got != Deleting {
		t.Errorf("status is %s, want DELETING", got)
	}
	w.wait(5 * time.Second)
	if got := status(); got != aws.ResourceNotFound {
		t.Errorf("status is %s, want none", got)
	}
	want := []Notice{
		{Kind: StatusChanged, Stream: "orders", Shard: -1, Status: Creating},
		{Kind: ShardOpened, Stream: "orders", Shard: 0}, {Kind: ShardOpened, Stream: "orders", Shard: 1},
		{Kind: StatusChanged, Stream: "orders", Shard: -1, Status: Active},
		{Kind: StatusChanged, Stream: "orders", Shard: -1, Status: Deleting},
		{Kind: StatusChanged, Stream: "orders", Shard: -1},
	}
	if !slices.Equal(w.told, want) {
		t.Errorf("told %v, want %v", w.told, want)
	}
	if n := w.meter.Keys(); slices.ContainsFunc(n, func(k cloudwatch.Key) bool { return k.Shard >= 0 }) {
		t.Error("metrics of shards outlive their stream")
	}
}

func TestDescribeOverTheWire(t *testing.T) {
	w, _ := streamOf(t, 2)
	got, err := w.do("DescribeStream", `{"StreamName":"orders"}`)
	w.must(err)
	want := `{"StreamDescription":{"Shards":[` +
		`{"ShardId":"shardId-000000000000","HashKeyRange":{"StartingHashKey":"0","EndingHashKey":"170141183460469231731687303715884105727"},"SequenceNumberRange":{"StartingSequenceNumber":"` + SequenceNumber{begin.Second(), 0, 0, begin.Second()}.String() + `"}},` +
		`{"ShardId":"shardId-000000000001","HashKeyRange":{"StartingHashKey":"170141183460469231731687303715884105728","EndingHashKey":"340282366920938463463374607431768211455"},"SequenceNumberRange":{"StartingSequenceNumber":"` + SequenceNumber{begin.Second(), 1, 0, begin.Second()}.String() + `"}}],` +
		`"HasMoreShards":false,"StreamARN":"arn:aws:kinesis:us-east-1:123456789012:stream/orders","StreamName":"orders","StreamStatus":"ACTIVE","RetentionPeriodHours":24,` +
		`"EnhancedMonitoring":[{"ShardLevelMetrics":[]}],"EncryptionType":"NONE","StreamCreationTimestamp":1772440770,"StreamModeDetails":{"StreamMode":"PROVISIONED"}}}`
	if got != want {
		t.Errorf("answered\n %s\nwant\n %s", got, want)
	}
	got, err = w.do("DescribeStreamSummary", `{"StreamName":"orders"}`)
	w.must(err)
	if !strings.Contains(got, `"OpenShardCount":2,"ConsumerCount":0,"MaxRecordSizeInKiB":1024}`) {
		t.Errorf("summary is %s", got)
	}
	if out, err := w.do("SplitShard", `{"StreamName":"orders","ShardToSplit":"shardId-000000000000","NewStartingHashKey":"100"}`); err != nil || out != "" {
		t.Errorf("SplitShard answered %q (%v), want nothing", out, err)
	}
}

func TestDescribeStreamPages(t *testing.T) {
	w, _ := streamOf(t, 150)
	var seen []string
	var after *string
	for pages := 1; ; pages++ {
		out, err := w.DescribeStream(&DescribeStreamInput{StreamName: ptr("orders"), Limit: ptr(int64(10000)), ExclusiveStartShardId: after})
		w.must(err)
		for _, s := range out.StreamDescription.Shards {
			seen = append(seen, s.ShardId)
		}
		if !out.StreamDescription.HasMoreShards {
			if pages != 2 {
				t.Errorf("%d pages, want 2", pages)
			}
			break
		}
		if len(out.StreamDescription.Shards) != 100 {
			t.Errorf("a page has %d shards, want 100", len(out.StreamDescription.Shards))
		}
		after = &seen[len(seen)-1]
	}
	if len(seen) != 150 || !slices.IsSorted(seen) {
		t.Errorf("saw %d shards", len(seen))
	}
}

func TestCreateStreamQuotas(t *testing.T) {
	w := newWorld(t, Limits2026())
	create := func(name string, shards int64) error {
		return w.CreateStream(&CreateStreamInput{StreamName: &name, ShardCount: &shards})
	}
	for i := range 5 {
		w.must(create(fmt.Sprint("s", i), 1))
	}
	w.wait(time.Second)
	w.refused(create("s5", 1), aws.LimitExceeded, "This request would exceed the limit of 5 streams in CREATING state for the account 123456789012 in us-east-1.")
	w.wait(10 * time.Second)
	w.must(create("s5", 195))
	w.refused(create("s6", 1), aws.LimitExceeded, "This request would exceed the shard limit for the account 123456789012 in us-east-1. Current shard count for the account: 200. Limit: 200. Number of additional shards that would have resulted from this request: 1. Refer to the AWS Service Limits page (http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits and how to request higher limits.")
	w.wait(10 * time.Second)
	if err := create("s7", 1<<62); aws.CodeOf(err) != aws.LimitExceeded {
		t.Errorf("2^62 shards: %v", err)
	}
	err := w.SplitShard(&SplitShardInput{StreamName: ptr("s0"), ShardToSplit: ptr("0"), NewStartingHashKey: ptr("100")})
	if aws.CodeOf(err) != aws.LimitExceeded {
		t.Errorf("a split beyond the quota: %v", err)
	}
	for name, row := range map[string]struct {
		in      CreateStreamInput
		code    aws.Code
		message string
	}{
		"shards of an on-demand stream": {CreateStreamInput{ShardCount: ptr(int64(1)), StreamModeDetails: &StreamModeDetails{ptr(OnDemand)}}, aws.Validation, "ShardCount is not expected when StreamMode=ON_DEMAND"},
		"provisioned without shards":    {CreateStreamInput{StreamModeDetails: &StreamModeDetails{ptr(Provisioned)}}, aws.Validation, "ShardCount is expected when StreamMode=PROVISIONED"},
		"warm throughput":               {CreateStreamInput{WarmThroughputMiBps: ptr(int64(10))}, aws.Validation, "WarmThroughputMiBps needs On-demand Advantage, which account 123456789012 does not have."},
	} {
		row.in.StreamName = ptr("s8")
		if err := w.CreateStream(&row.in); aws.CodeOf(err) != row.code || err.(*aws.Error).Message != row.message {
			t.Errorf("%s: %v", name, err)
		}
		w.wait(time.Second)
	}
	old := newWorld(t, Limits2024())
	err = old.CreateStream(&CreateStreamInput{StreamName: ptr("s"), ShardCount: ptr(int64(1)), MaxRecordSizeInKiB: ptr(int64(2048))})
	old.refused(err, aws.InvalidArgument, "MaxRecordSizeInKiB must not be greater than 1024. Specified value was 2048")
}

// A split counts from the moment at which it begins.
func TestSplitsUnderWayCountTowardsTheQuota(t *testing.T) {
	w := newWorld(t, Limits2026())
	w.stream("orders", 100)
	w.stream("others", 99)
	w.must(w.split("0", "100"))
	other := &SplitShardInput{StreamName: ptr("others"), ShardToSplit: ptr("0"), NewStartingHashKey: ptr("100")}
	if err := w.SplitShard(other); aws.CodeOf(err) != aws.LimitExceeded {
		t.Errorf("shard 201: %v", err)
	}
	w.wait(5 * time.Second)
	w.must(w.merge("1", "2"))
	if err := w.SplitShard(other); aws.CodeOf(err) != aws.LimitExceeded {
		t.Errorf("while a merge is under way: %v", err)
	}
	w.wait(5 * time.Second)
	w.must(w.SplitShard(other))
}

// shows: O2, SH3
func TestOnDemandStreamHasFourShards(t *testing.T) {
	w := newWorld(t, Limits2026())
	w.must(w.CreateStream(&CreateStreamInput{StreamName: ptr("orders"), StreamModeDetails: &StreamModeDetails{ptr(OnDemand)}}))
	w.must(w.CreateStream(&CreateStreamInput{StreamName: ptr("neither")}))
	w.wait(10 * time.Second)
	for _, name := range []string{"orders", "neither"} {
		st, _ := w.Stream(name)
		if st.Mode() != OnDemand || len(st.OpenShards()) != 4 {
			t.Errorf("%s is %s with %d shards", name, st.Mode(), len(st.OpenShards()))
		}
	}
	const words = "Request is invalid. Stream orders under account 123456789012 is in On-Demand mode."
	w.refused(w.SplitShard(&SplitShardInput{StreamName: ptr("orders"), ShardToSplit: ptr("0"), NewStartingHashKey: ptr("100")}), aws.Validation, words)
	w.refused(w.MergeShards(&MergeShardsInput{StreamName: ptr("orders"), ShardToMerge: ptr("0"), AdjacentShardToMerge: ptr("1")}), aws.Validation, words)
	taken := 0
	st, _ := w.Stream("orders")
	for shard := range int32(4) {
		for range 3 {
			taken += w.put(st, shard, 500, 1)
		}
	}
	if taken != 4000 {
		t.Errorf("it took %d records in the first instant, want 4,000", taken)
	}
}

func TestListStreamsPages(t *testing.T) {
	w := newWorld(t, Limits2026())
	for _, name := range []string{"b", "a", "d", "c", "e"} {
		w.stream(name, 1)
	}
	page := func(body string) ListStreamsOutput {
		t.Helper()
		out, err := w.do("ListStreams", body)
		w.must(err)
		var answer ListStreamsOutput
		w.must(json.Unmarshal([]byte(out), &answer))
		return answer
	}
	first := page(`{"Limit":2}`)
	if !slices.Equal(first.StreamNames, []string{"a", "b"}) || !first.HasMoreStreams || first.StreamSummaries[1].StreamName != "b" {
		t.Fatalf("first page %+v", first)
	}
	second := page(`{"Limit":2,"NextToken":"` + *first.NextToken + `"}`)
	if !slices.Equal(second.StreamNames, []string{"c", "d"}) {
		t.Errorf("second page %v", second.StreamNames)
	}
	last := page(`{"ExclusiveStartStreamName":"d"}`)
	if !slices.Equal(last.StreamNames, []string{"e"}) || last.HasMoreStreams || last.NextToken != nil {
		t.Errorf("last page %+v", last)
	}
	if none := page(`{"ExclusiveStartStreamName":"z"}`); none.StreamNames == nil {
		t.Error("an empty list is null")
	}
	w.wait(time.Second)
	first = page(`{"Limit":2}`)
	w.wait(300 * time.Second)
	page(`{"NextToken":"` + *first.NextToken + `"}`)
	w.wait(time.Microsecond)
	_, err := w.ListStreams(&ListStreamsInput{NextToken: first.NextToken})
	w.refused(err, aws.ExpiredNextToken, "NextToken has expired. It was created more than 300 seconds ago.")
	_, err = w.ListStreams(&ListStreamsInput{NextToken: ptr("x")})
	w.refused(err, aws.InvalidArgument, "Invalid NextToken.")
}
