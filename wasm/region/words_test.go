package region

import (
	"testing"
	"time"

	"shardlab/wasm/kinesis"
)

// What a stream tells of its capacity is said in plain words.
func TestWordsAboutCapacity(t *testing.T) {
	r, err := New(Config{Seed: 5, Start: 1_772_440_000_000_000})
	if err != nil {
		t.Fatal(err)
	}
	if reply := r.Do(Command{Service: Kinesis, Op: "CreateStream", Body: []byte(`{"StreamName":"trips","ShardCount":3}`)}); reply.Err != nil {
		t.Fatal(reply.Err)
	}
	r.AdvanceTo(r.Now().Add(10*time.Second), 1000, nil)
	for _, row := range []struct {
		n    kinesis.Notice
		want string
	}{
		{kinesis.Notice{Kind: kinesis.ScalingBegan, N: 3}, "trips has 3 shards of even ranges already: nothing is split or merged."},
		{kinesis.Notice{Kind: kinesis.HotShardsSplit, N: 5}, "trips scales itself from 3 to 5 shards: those that took more than half of what they can are split in the middle."},
		{kinesis.Notice{Kind: kinesis.PeakGrew, N: 12}, "trips scales itself from 3 to 12 shards: double its peak of the last 30 days needs them."},
		{kinesis.Notice{Kind: kinesis.PeakFell, N: 1}, "trips scales itself down from 3 to 1 shard: its higher peak is more than 30 days ago."},
		{kinesis.Notice{Kind: kinesis.ModeChanged, Status: kinesis.OnDemand}, "trips is ON_DEMAND now: it keeps its 3 shards until its traffic asks for others."},
		{kinesis.Notice{Kind: kinesis.ModeChanged, Status: kinesis.Provisioned}, "trips is PROVISIONED now: it keeps its 3 shards until somebody changes them."},
		{kinesis.Notice{Kind: kinesis.StatusChanged, Status: kinesis.Updating}, "trips is UPDATING: a change is under way, reads and writes go on."},
	} {
		row.n.Stream = "trips"
		next := r.NextEvent()
		r.notice(row.n)
		if e := r.Events(next); len(e) != 1 || e[0].Text != row.want || e[0].Ref != "stream:trips" {
			t.Errorf("said %+v, want %q", e, row.want)
		}
	}
}
