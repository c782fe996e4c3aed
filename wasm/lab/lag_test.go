package lab

import (
	"testing"

	"shardlab/wasm/protocol"
)

// laggards is a lab in which a hot shard is read by readers of every kind: one that keeps pace, and others that are too slow for it.
const laggards = `{
	"name": "laggards", "start": "2026-03-02T08:00:00Z", "seed": 5, "open": "12s",
	"world": [
		{"do": "kinesis.CreateStream", "with": {"StreamName": "trips", "ShardCount": 3}},
		{"at": "12s", "do": "lab.PutProducer", "with": {"Name": "bikes", "StreamName": "trips", "RecordsPerSecond": 900, "Keys": {"Kind": "skewed", "Count": 40, "Share": 0.8}}},
		{"at": "12s", "do": "lab.PutConsumer", "with": {"Name": "board", "StreamName": "trips", "From": "TRIM_HORIZON", "PollMillis": 1000}},
		{"at": "12s", "do": "lab.PutConsumer", "with": {"Name": "slow", "StreamName": "trips", "From": "TRIM_HORIZON", "RecordsPerSecond": 300}},
		{"at": "12s", "do": "lab.PutKclApplication", "with": {"Name": "fleet", "StreamName": "trips", "InitialPositionInStream": "TRIM_HORIZON", "MillisPerRecord": 5}},
		{"at": "12s", "do": "lab.StartKclApplication", "with": {"Name": "fleet"}},
		{"at": "12s", "do": "lab.PutFunction", "with": {"Name": "notify", "MillisPerRecord": 4}},
		{"at": "12s", "do": "lambda.CreateEventSourceMapping", "with": {"FunctionName": "notify", "EventSourceArn": "arn:aws:kinesis:us-east-1:123456789012:stream/trips", "StartingPosition": "TRIM_HORIZON"}}
	]
}`

// TestFrameShowsLagByShard holds that a frame tells of each reader in which shards it lags: at the most as much as its card says, and
// what it has read and has not read is what the shard took.
func TestFrameShowsLagByShard(t *testing.T) {
	l := open(t, laggards)
	lagged := map[string]bool{}
	for at := int64(14); at <= 90; at += 4 {
		must(t, l, at*second+300_000)
		f := l.Frame()
		taken := map[int]int64{}
		for i, sh := range f.Streams[0].Shards {
			taken[i] = sh.Taken
		}
		for _, c := range f.Consumers {
			most, unread := int64(0), int64(0)
			for _, x := range c.Late {
				most, unread = max(most, x.Behind), unread+x.Unread
				if x.Behind <= 0 || x.Unread < 0 || x.Unread > taken[x.Shard] {
					t.Errorf("%s at %d s: %+v of %d", c.Name, at, x, taken[x.Shard])
				}
			}
			if most != c.Behind {
				t.Errorf("%s at %d s: its shards lag by %d ms, and it by %d ms", c.Name, at, most, c.Behind)
			}
			if all := taken[0] + taken[1] + taken[2]; len(c.Late) == 3 && c.Noun == "" && unread+c.Read != all {
				t.Errorf("%s at %d s: %d read and %d unread of %d", c.Name, at, c.Read, unread, all)
			}
			lagged[c.Name] = lagged[c.Name] || len(c.Late) > 0
		}
	}
	for _, name := range []string{"slow", "fleet", "notify"} {
		if !lagged[name] {
			t.Errorf("%s never lagged", name)
		}
	}
	if f := l.Frame(); slowest(f, "slow").Behind < 20_000 || slowest(f, "board").Behind > 2000 {
		t.Errorf("the slow one lags by %+v, the quick one by %+v", slowest(f, "slow"), slowest(f, "board"))
	}
}

func slowest(f protocol.Frame, name string) (most protocol.Late) {
	for _, c := range f.Consumers {
		for _, x := range c.Late {
			if c.Name == name && x.Behind > most.Behind {
				most = x
			}
		}
	}
	return most
}
