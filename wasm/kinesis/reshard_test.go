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

func (w *world) split(shard, at string) error {
	return w.SplitShard(&SplitShardInput{StreamName: ptr("orders"), ShardToSplit: &shard, NewStartingHashKey: &at})
}

func (w *world) merge(low, high string) error {
	return w.MergeShards(&MergeShardsInput{StreamName: ptr("orders"), ShardToMerge: &low, AdjacentShardToMerge: &high})
}

// shows: RS1, RS3, RS5
func TestSplitTurnsOneShardIntoTwo(t *testing.T) {
	w, st := streamOf(t, 2)
	w.put(st, 0, 10, 1)
	w.must(w.split("shardId-000000000000", "85070591730234615865843651857942052864"))
	if st.Status() != Updating || len(st.OpenShards()) != 2 {
		t.Fatalf("at first it is %s with %d open shards", st.Status(), len(st.OpenShards()))
	}
	w.refused(w.split("shardId-000000000001", "200000000000000000000000000000000000000"), aws.ResourceInUse, "Stream orders under account 123456789012 not ACTIVE, instead in state UPDATING")
	w.wait(5*time.Second - time.Microsecond)
	if w.put(st, 0, 1, 1) != 1 {
		t.Error("the parent takes nothing while the stream is UPDATING")
	}
	if w.wait(time.Microsecond); st.Status() != Active {
		t.Fatalf("after 5 s it is %s", st.Status())
	}
	parent, _ := st.Shard(0)
	if parent.Open() || len(parent.Children()) != 2 || parent.Taken() != 11 {
		t.Errorf("the parent is open %v, has children %v, took %d", parent.Open(), parent.Children(), parent.Taken())
	}
	out, err := w.ListShards(&ListShardsInput{StreamName: ptr("orders")})
	w.must(err)
	child, other := out.Shards[2], out.Shards[3]
	if len(out.Shards) != 4 || child.ShardId != "shardId-000000000002" || *child.ParentShardId != "shardId-000000000000" || *other.ParentShardId != "shardId-000000000000" ||
		child.AdjacentParentShardId != nil || child.HashKeyRange != (HashKeyRange{"0", "85070591730234615865843651857942052863"}) ||
		other.HashKeyRange != (HashKeyRange{"85070591730234615865843651857942052864", "170141183460469231731687303715884105727"}) {
		t.Errorf("shards are %+v", out.Shards)
	}
	if end := out.Shards[0].SequenceNumberRange.EndingSequenceNumber; end == nil || *end >= child.SequenceNumberRange.StartingSequenceNumber {
		t.Errorf("the parent's last number %v does not come before its child's first %s", end, child.SequenceNumberRange.StartingSequenceNumber)
	}
	n, _ := ParseSequenceNumber(*out.Shards[0].SequenceNumberRange.EndingSequenceNumber)
	if n.Index != 1<<63-1 || n.Second != w.sched.Now().Second() {
		t.Errorf("the closing number is %+v", n)
	}
	if first, _ := ParseSequenceNumber(child.SequenceNumberRange.StartingSequenceNumber); first.Created != n.Second+1 || first.Index != 0 {
		t.Errorf("the child's first number is %+v", first)
	}
	// Both children take a shard's worth: the split doubled what this range takes.
	if got := w.put(st, 2, 500, 1) + w.put(st, 2, 500, 1) + w.put(st, 3, 500, 1) + w.put(st, 3, 500, 1); got != 2000 {
		t.Errorf("the children took %d records, want 2,000", got)
	}
	if sh, _ := st.ShardFor(Hash{}); sh.Number() != 2 {
		t.Errorf("hash key 0 now falls to shard %d", sh.Number())
	}
	w.refused(w.split("0", "5"), aws.InvalidArgument, "Shard shardId-000000000000 in stream orders under account 123456789012 has already been merged or split, and thus is not eligible for merging or splitting.")
}

func TestSplitRefusals(t *testing.T) {
	w, _ := streamOf(t, 2)
	bad := func(at string) string {
		return "NewStartingHashKey " + at + " used in SplitShard() on shard shardId-000000000001 in stream orders under account 123456789012 is not both greater than one plus the shard's StartingHashKey 170141183460469231731687303715884105728 and less than the shard's EndingHashKey 340282366920938463463374607431768211455."
	}
	for _, at := range []string{"0", "170141183460469231731687303715884105728", "170141183460469231731687303715884105729", "340282366920938463463374607431768211455", "340282366920938463463374607431768211456", "999999999999999999999999999999999999999"} {
		w.refused(w.split("shardId-000000000001", at), aws.InvalidArgument, bad(at))
		w.wait(time.Second)
	}
	w.refused(w.split("shardId-000000000007", "5"), aws.ResourceNotFound, "Could not find shard shardId-000000000007 in stream orders under account 123456789012.")
	w.refused(w.split("first", "5"), aws.ResourceNotFound, "Could not find shard first in stream orders under account 123456789012.")
	w.wait(time.Second)
	w.must(w.split("shardId-000000000001", "170141183460469231731687303715884105730")) // the first that leaves two keys below
	w.wait(5 * time.Second)
	w.must(w.split("shardId-000000000003", "340282366920938463463374607431768211454")) // the last that leaves two above
	w.wait(5 * time.Second)
	// A shard of two keys cannot be split.
	w.refused(w.split("2", "170141183460469231731687303715884105729"), aws.InvalidArgument,
		"NewStartingHashKey 170141183460469231731687303715884105729 used in SplitShard() on shard shardId-000000000002 in stream orders under account 123456789012 is not both greater than one plus the shard's StartingHashKey 170141183460469231731687303715884105728 and less than the shard's EndingHashKey 170141183460469231731687303715884105729.")
}

// shows: RS6, RS3
func TestMergeJoinsAdjacentShardsOnly(t *testing.T) {
	w, st := streamOf(t, 3)
	apart := func(a, b int32) string {
		return fmt.Sprintf("Shards %s and %s in stream orders under account 123456789012 are not an adjacent pair of shards eligible for merging", ShardID(a), ShardID(b))
	}
	w.refused(w.merge("0", "2"), aws.InvalidArgument, apart(0, 2))
	err := w.merge("1", "0")
	w.refused(err, aws.InvalidArgument, apart(1, 0))
	if !strings.Contains(aws.HintOf(err), "lower shard first") {
		t.Errorf("hint is %q", aws.HintOf(err))
	}
	w.refused(w.merge("1", "1"), aws.InvalidArgument, apart(1, 1))
	w.refused(w.merge("2", "0"), aws.InvalidArgument, apart(2, 0)) // the ring does not close
	w.wait(time.Second)
	w.must(w.merge("shardId-000000000000", "shardId-000000000001"))
	w.wait(5 * time.Second)
	child, _ := st.Shard(3)
	start, end := child.Range()
	if start != (Hash{}) || end.String() != "226854911280625642308916404954512140969" || !slices.Equal(child.Parents(), []int32{0, 1}) {
		t.Errorf("the child has %s to %s of %v", start, end, child.Parents())
	}
	d := child.Describe()
	if *d.ParentShardId != "shardId-000000000000" || *d.AdjacentParentShardId != "shardId-000000000001" {
		t.Errorf("the child is %+v", d)
	}
	for _, n := range []int32{0, 1} {
		if sh, _ := st.Shard(n); sh.Open() || !slices.Equal(sh.Children(), []int32{3}) {
			t.Errorf("parent %d is open %v with children %v", n, sh.Open(), sh.Children())
		}
	}
	w.refused(w.merge("1", "2"), aws.InvalidArgument, "Shard shardId-000000000001 in stream orders under account 123456789012 has already been merged or split, and thus is not eligible for merging or splitting.")
}

// Old records stay in the parent; its reader is told of the children when it has read the parent to the end.
//
// shows: RS4
func TestReaderIsLedFromParentToChildren(t *testing.T) {
	w, st := streamOf(t, 1)
	w.fill(3, 100*time.Millisecond)
	w.must(w.split("0", "100"))
	w.wait(5 * time.Second)
	w.fill(2, 100*time.Millisecond)
	out, err := w.read(w.iterator(0, TrimHorizon), 2)
	w.must(err)
	if datas(out) != "0 1" || out.NextShardIterator == nil || out.ChildShards != nil {
		t.Fatalf("the first part is %q, next %v, children %v", datas(out), out.NextShardIterator, out.ChildShards)
	}
	out, err = w.read(*out.NextShardIterator, 2)
	w.must(err)
	text, _ := json.Marshal(out.ChildShards)
	want := `[{"ShardId":"shardId-000000000001","ParentShards":["shardId-000000000000"],"HashKeyRange":{"StartingHashKey":"0","EndingHashKey":"99"}},` +
		`{"ShardId":"shardId-000000000002","ParentShards":["shardId-000000000000"],"HashKeyRange":{"StartingHashKey":"100","EndingHashKey":"340282366920938463463374607431768211455"}}]`
	if datas(out) != "2" || out.NextShardIterator != nil || string(text) != want {
		t.Fatalf("the end is %q, next %v, children %s", datas(out), out.NextShardIterator, text)
	}
	w.wait(time.Second)
	if out, err = w.read(w.iterator(0, Latest), 0); err != nil || out.NextShardIterator != nil || len(out.ChildShards) != 2 || out.MillisBehindLatest != 0 {
		t.Errorf("LATEST of a closed shard: %+v (%v)", out, err)
	}
	end, _ := st.Shard(0)
	out, err = w.read(w.iterator(0, AfterSequenceNumber, `,"StartingSequenceNumber":"`+end.EndingSequenceNumber()+`"`), 0)
	if err != nil || len(out.Records) != 0 || len(out.ChildShards) != 2 {
		t.Errorf("after the closing number: %+v (%v)", out, err)
	}
	if out, err = w.read(w.iterator(1, TrimHorizon), 0); err != nil || datas(out) != "0 1" {
		t.Errorf("the child has %q (%v)", datas(out), err)
	}
	// A merge's child has two parents.
	w.must(w.merge("1", "2"))
	w.wait(5 * time.Second)
	out, err = w.read(w.iterator(2, TrimHorizon), 0)
	w.must(err)
	if len(out.ChildShards) != 1 || !slices.Equal(out.ChildShards[0].ParentShards, []string{"shardId-000000000001", "shardId-000000000002"}) {
		t.Errorf("children are %+v", out.ChildShards)
	}
}

// A closed shard goes when retention has passed since it was closed.
//
// shows: RS3
func TestClosedShardExpires(t *testing.T) {
	w, st := streamOf(t, 1)
	w.put(st, 0, 5, 1)
	w.must(w.split("0", "100"))
	w.wait(5 * time.Second)
	closed := w.sched.Now()
	run(w.Service, closed.Add(24*time.Hour)-1)
	if _, ok := st.Shard(0); !ok {
		t.Fatal("it expired 1 µs early")
	}
	it := w.iterator(0, TrimHorizon)
	run(w.Service, closed.Add(24*time.Hour))
	if _, ok := st.Shard(0); ok {
		t.Fatal("it did not expire")
	}
	if got := w.told[len(w.told)-1]; got != (Notice{Kind: ShardExpired, Stream: "orders"}) {
		t.Errorf("told %+v", got)
	}
	if _, ok := w.meter.Lookup(cloudwatch.IncomingRecords, cloudwatch.Dims{Stream: "orders", Shard: 0}); ok {
		t.Error("its metrics did not go with it")
	}
	_, err := w.read(it, 0)
	w.refused(err, aws.ResourceNotFound, "Shard shardId-000000000000 in stream orders under account 123456789012 does not exist")
	out, err := w.ListShards(&ListShardsInput{StreamName: ptr("orders")})
	w.must(err)
	if len(out.Shards) != 2 || *out.Shards[0].ParentShardId != "shardId-000000000000" {
		t.Errorf("left are %+v", out.Shards)
	}
	w.refused(w.split("0", "50"), aws.ResourceNotFound, "Could not find shard shardId-000000000000 in stream orders under account 123456789012.")
	w.must(w.split("2", "200"))
	w.wait(5 * time.Second)
	if _, ok := st.Shard(3); !ok {
		t.Error("the next shard did not get the next number")
	}
}

func TestListShardsFiltersAndPages(t *testing.T) {
	w, st := streamOf(t, 2) // 0 and 1 from 10 s on
	w.wait(time.Minute)
	w.must(w.split("0", "100")) // 2 and 3 in place of 0 at 75 s
	w.wait(time.Minute)
	w.must(w.merge("3", "1")) // 4 in place of 3 and 1 at 135 s
	w.wait(time.Minute)
	at := func(d time.Duration) string { return aws.Timestamp(int64(begin.Add(d)) / 1000).String() }
	list := func(more string) (ids []int32, token string, err error) {
		out, err := w.do("ListShards", `{`+more+`}`)
		if err != nil {
			return nil, "", err
		}
		var answer ListShardsOutput
		w.must(json.Unmarshal([]byte(out), &answer))
		for _, sh := range answer.Shards {
			n, _ := ParseShardID(sh.ShardId)
			ids = append(ids, n)
		}
		return ids, deref(answer.NextToken), nil
	}
	for _, row := range []struct {
		name, more string
		want       []int32
	}{
		{"all", ``, []int32{0, 1, 2, 3, 4}},
		{"from the trim horizon", `,"ShardFilter":{"Type":"FROM_TRIM_HORIZON"}`, []int32{0, 1, 2, 3, 4}},
		{"at the trim horizon", `,"ShardFilter":{"Type":"AT_TRIM_HORIZON"}`, []int32{0, 1}},
		{"at the latest", `,"ShardFilter":{"Type":"AT_LATEST"}`, []int32{2, 4}},
		{"after a shard", `,"ShardFilter":{"Type":"AFTER_SHARD_ID","ShardId":"shardId-000000000002"}`, []int32{3, 4}},
		{"after a shard, the other way", `,"ExclusiveStartShardId":"shardId-000000000002"`, []int32{3, 4}},
		{"at a time before the first", `,"ShardFilter":{"Type":"AT_TIMESTAMP","Timestamp":1}`, []int32{0, 1}},
		{"at a time between", `,"ShardFilter":{"Type":"AT_TIMESTAMP","Timestamp":` + at(100*time.Second) + `}`, []int32{1, 2, 3}},
		{"at the moment of the split", `,"ShardFilter":{"Type":"AT_TIMESTAMP","Timestamp":` + at(75*time.Second) + `}`, []int32{0, 1, 2, 3}},
		{"from a time between", `,"ShardFilter":{"Type":"FROM_TIMESTAMP","Timestamp":` + at(100*time.Second) + `}`, []int32{1, 2, 3, 4}},
		{"from a time after", `,"ShardFilter":{"Type":"FROM_TIMESTAMP","Timestamp":` + at(140*time.Second) + `}`, []int32{2, 4}},
		{"of its creation", `,"StreamCreationTimestamp":` + at(0), []int32{0, 1, 2, 3, 4}},
	} {
		got, token, err := list(`"StreamName":"orders"` + row.more)
		if err != nil || token != "" || !slices.Equal(got, row.want) {
			t.Errorf("%s: %v, want %v (%v)", row.name, got, row.want, err)
		}
	}
	got, token, err := list(`"StreamName":"orders","MaxResults":2,"ShardFilter":{"Type":"FROM_TIMESTAMP","Timestamp":` + at(100*time.Second) + `}`)
	if err != nil || !slices.Equal(got, []int32{1, 2}) || token == "" {
		t.Fatalf("first page %v (%v)", got, err)
	}
	w.wait(300 * time.Second)
	if got, next, err := list(`"MaxResults":2,"NextToken":"` + token + `"`); err != nil || !slices.Equal(got, []int32{3, 4}) || next != "" {
		t.Errorf("second page %v, token %q (%v)", got, next, err)
	}
	w.wait(time.Microsecond)
	_, _, err = list(`"NextToken":"` + token + `"`)
	w.refused(err, aws.ExpiredNextToken, "NextToken has expired. It was created more than 300 seconds ago.")
	for _, row := range []struct {
		more, message string
	}{
		{``, "Either NextToken or StreamName should be provided."},
		{`"StreamName":"orders","NextToken":"x"`, "NextToken and StreamName cannot be provided together."},
		{`"NextToken":"x","ExclusiveStartShardId":"0"`, "NextToken and ExclusiveStartShardId cannot be provided together."},
		{`"NextToken":"x"`, "Invalid NextToken."},
		{`"NextToken":"` + w.sealIterator(st, Cursor{}) + `"`, "Invalid NextToken."},
		{`"StreamName":"orders","ShardFilter":{"Type":"AFTER_SHARD_ID"}`, "ShardId must be provided when the ShardFilter type is AFTER_SHARD_ID."},
		{`"StreamName":"orders","ShardFilter":{"Type":"AT_TIMESTAMP"}`, "Timestamp must be provided when the ShardFilter type is AT_TIMESTAMP."},
		{`"StreamName":"orders","ShardFilter":{"Type":"AT_LATEST","Timestamp":5}`, "Timestamp can only be provided when the ShardFilter type is AT_TIMESTAMP or FROM_TIMESTAMP."},
		{`"StreamName":"orders","ShardFilter":{"Type":"AT_LATEST","ShardId":"0"}`, "ShardId can only be provided when the ShardFilter type is AFTER_SHARD_ID."},
	} {
		_, _, err := list(row.more)
		w.refused(err, aws.InvalidArgument, row.message)
	}
	_, _, err = list(`"StreamName":"orders","StreamCreationTimestamp":5`)
	w.refused(err, aws.ResourceNotFound, "Stream orders under account 123456789012 not found.")
	w.must(w.CreateStream(&CreateStreamInput{StreamName: ptr("new"), ShardCount: ptr(int64(1))}))
	_, _, err = list(`"StreamName":"new"`)
	w.refused(err, aws.ResourceInUse, "Stream new under account 123456789012 not ACTIVE, instead in state CREATING")
}
