package consumer_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/consumer"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/region"
)

const fanOut = `,"RetrievalMode":"FANOUT"`

// told counts the events whose text contains a text.
func told(r *region.Region, text string) int {
	n := 0
	for _, e := range r.Events(0) {
		if strings.Contains(e.Text, text) {
			n++
		}
	}
	return n
}

// TestLatency holds that a record is at a reader with enhanced fan-out after about 70 ms and at one that polls five times a
// second after about 200 ms; that the times spread; and that five pollers have it after up to a second while five with
// fan-out have it as soon as one.
//
// shows: C2 E2 E4
func TestLatency(t *testing.T) {
	for _, row := range []struct {
		name, settings   string
		readers          int
		low, high        int64 // of the mean, in milliseconds
		median, slowest  int64 // most that half and 99 of 100 take
		quickest, spread int64 // half of them take at least so long; between one and ninety-nine of a hundred lie so many
	}{
		{"one that polls", "", 1, 165, 205, 215, 320, 130, 150},
		{"five that poll", `,"PollMillis":1000`, 5, 500, 640, 700, 1200, 400, 800},
		{"one with fan-out", fanOut, 1, 62, 78, 80, 125, 50, 50},
		{"five with fan-out", fanOut, 5, 62, 78, 80, 125, 50, 50},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := world(t, 2)
			var all []*consumer.Consumer
			for i := range row.readers {
				all = append(all, read(t, r, fmt.Sprint("reader-", i), row.settings))
			}
			run(r, 15*time.Second)
			write(t, r, `"RecordsPerSecond":700,"Keys":{"Kind":"uniform","Count":50}`)
			run(r, 70*time.Second)
			for _, c := range all {
				mean, n := c.Latency(r.Now(), 60)
				if ms := mean.Milliseconds(); ms < row.low || ms > row.high || n < 41_000 {
					t.Errorf("on average of %d records it takes %v, want %d to %d ms", n, mean, row.low, row.high)
				}
				at := func(part float64) int64 { return c.LatencyPercentile(r.Now(), part).Milliseconds() }
				if half := at(0.5); half < row.quickest || half > row.median || at(0.99) > row.slowest || at(0.99)-at(0.01) < row.spread {
					t.Errorf("half are there within %d ms, 99 of 100 within %d ms, the quickest within %d ms", half, at(0.99), at(0.01))
				}
				if c.Total().Refused != 0 {
					t.Errorf("%d calls were refused", c.Total().Refused)
				}
				if lag := c.Lag(r.Kinesis(), r.Now()); lag > 1000 {
					t.Errorf("it is %d ms behind", lag)
				}
			}
		})
	}
}

// TestFanOutOverAReshard holds that every record is read once and in order through a split and a merge, and past the end
// of several subscriptions.
//
// shows: RS4 SH2 E1
func TestFanOutOverAReshard(t *testing.T) {
	for _, order := range []string{consumer.ParentsFirst, consumer.AllAtOnce} {
		r := world(t, 2)
		c := read(t, r, "board", fanOut+`,"From":"TRIM_HORIZON","ShardOrder":"`+order+`"`)
		write(t, r, `"RecordsPerSecond":300,"Keys":{"Kind":"uniform","Count":50}`)
		run(r, 5*time.Second)
		do(t, r, "kinesis", "SplitShard", `{"StreamName":"trips","ShardToSplit":"shardId-000000000000","NewStartingHashKey":"85070591730234615865843651857942052864"}`)
		run(r, 700*time.Second)
		do(t, r, "kinesis", "MergeShards", `{"StreamName":"trips","ShardToMerge":"shardId-000000000003","AdjacentShardToMerge":"shardId-000000000001"}`)
		run(r, 800*time.Second)
		do(t, r, "lab", "StopProducer", `{"Name":"bikes"}`)
		run(r, time.Second)
		p, _ := r.Producer("bikes")
		if c.Total().Read != p.Total().Accepted || c.Total().Read < 450_000 {
			t.Errorf("%s: %d records were taken and %d read", order, p.Total().Accepted, c.Total().Read)
		}
		if n, _, _ := c.Late(); order == consumer.ParentsFirst && n != 0 {
			t.Errorf("%d records came late", n)
		}
		for _, place := range c.Places() {
			want := consumer.Done
			if place.Shard == 2 || place.Shard == 4 {
				want = consumer.Reading
			}
			if place.Phase != want || place.Missed != 0 || (place.Subscribed != 0) != (want == consumer.Reading) {
				t.Errorf("%s: shard %d is %+v", order, place.Shard, place)
			}
		}
		if n := told(r, "renews its subscription to"); n < 4 || c.Total().Refused != 0 {
			t.Errorf("%s: in 25 minutes subscriptions were renewed %d times, and refused %d times", order, n, c.Total().Refused)
		}
		if c.Enrolled() != kinesis.Active {
			t.Errorf("%s: its consumer is %q", order, c.Enrolled())
		}
	}
}

// TestFanOutIsItsOwn holds that readers with enhanced fan-out take nothing from those that poll, nor from each other, at a
// rate at which two that poll cannot keep up.
//
// shows: E1 E4 P5
func TestFanOutIsItsOwn(t *testing.T) {
	r := world(t, 1)
	var all []*consumer.Consumer
	for i := range 3 {
		all = append(all, read(t, r, fmt.Sprint("pushed-", i), fanOut))
	}
	all = append(all, read(t, r, "polls", ""))
	run(r, 15*time.Second)
	write(t, r, `"RecordsPerSecond":100,"RecordBytes":10000`)
	run(r, 60*time.Second)
	for _, c := range all {
		if x := c.Total(); x.Refused != 0 || x.Read < 5900 {
			t.Errorf("%s read %d records, %d calls were refused", c.Settings().Name, x.Read, x.Refused)
		}
		if lag := c.Lag(r.Kinesis(), r.Now()); lag > 500 {
			t.Errorf("%s is %d ms behind", c.Settings().Name, lag)
		}
	}
	st, _ := r.Kinesis().Stream("trips")
	if last := st.OpenShards()[0].Last(r.Now()); last.PushRecords < 250 || last.ReadRecords > 130 {
		t.Errorf("the shard pushed %d records and gave out %d in the last second, want about 300 and 100", last.PushRecords, last.ReadRecords)
	}
}

func TestSlowFanOutFallsBehindAndSaysSo(t *testing.T) {
	r := world(t, 2)
	c := read(t, r, "board", fanOut+`,"RecordsPerSecond":100`)
	run(r, 15*time.Second)
	write(t, r, `"RecordsPerSecond":400,"Keys":{"Kind":"uniform","Count":50}`)
	run(r, 30*time.Second)
	if lag := c.Lag(r.Kinesis(), r.Now()); lag < 12_000 || lag > 28_000 {
		t.Errorf("after 30 s at a quarter of the rate it is %d ms behind, want about 22 s", lag)
	}
	if n := c.Total().Read; n < 2500 || n > 8000 {
		t.Errorf("it read %d records in 30 s", n)
	}
	before := c.Total().Read
	do(t, r, "lab", "PutConsumer", `{"Name":"board","RecordsPerSecond":0}`)
	run(r, 5*time.Second)
	p, _ := r.Producer("bikes")
	if lag := c.Lag(r.Kinesis(), r.Now()); lag != 0 || c.Total().Read < before+5000 || p.Total().Accepted-c.Total().Read > 60 {
		t.Errorf("set free, it is still %d ms behind, and read %d more of %d", lag, c.Total().Read-before, p.Total().Accepted)
	}
	if told(r, "board falls behind") != 1 || told(r, "board has caught up") != 1 {
		t.Error("events do not tell that it fell behind and caught up")
	}
}

func TestStoppedFanOutKeepsItsPlace(t *testing.T) {
	r := world(t, 1)
	c := read(t, r, "board", fanOut)
	run(r, 15*time.Second)
	write(t, r, `"RecordsPerSecond":100`)
	run(r, 10*time.Second)
	do(t, r, "lab", "StopConsumer", `{"Name":"board"}`)
	before := c.Total().Read
	run(r, 10*time.Second)
	if c.Total().Read != before {
		t.Error("a stopped reader reads")
	}
	do(t, r, "lab", "StartConsumer", `{"Name":"board"}`)
	run(r, 2*time.Second)
	p, _ := r.Producer("bikes")
	if got := c.Total().Read; p.Total().Accepted-got > 15 {
		t.Errorf("started again it has read %d of %d", got, p.Total().Accepted)
	}
	// Started within five seconds of its last subscription it has to wait for them.
	do(t, r, "lab", "StopConsumer", `{"Name":"board"}`)
	do(t, r, "lab", "StartConsumer", `{"Name":"board"}`)
	run(r, time.Second)
	if c.Total().Refused == 0 || told(r, "board may not subscribe to shardId-000000000000 yet (ResourceInUseException)") != 1 {
		t.Errorf("%d calls were refused", c.Total().Refused)
	}
	run(r, 5*time.Second)
	if p.Total().Accepted-c.Total().Read > 15 {
		t.Errorf("in the end it has read %d of %d", c.Total().Read, p.Total().Accepted)
	}
}

// TestSwitchingModes holds that a reader that goes over to fan-out and back reads every record once.
func TestSwitchingModes(t *testing.T) {
	r := world(t, 2)
	c := read(t, r, "board", `,"From":"TRIM_HORIZON"`)
	write(t, r, `"RecordsPerSecond":300,"Keys":{"Kind":"uniform","Count":50}`)
	for _, settings := range []string{`"RetrievalMode":"FANOUT"`, `"RetrievalMode":"POLLING"`, `"RetrievalMode":"FANOUT"`, `"ConsumerName":"other"`, `"RetrievalMode":"POLLING"`} {
		run(r, 20*time.Second)
		do(t, r, "lab", "PutConsumer", `{"Name":"board",`+settings+`}`)
	}
	run(r, 20*time.Second)
	do(t, r, "lab", "StopProducer", `{"Name":"bikes"}`)
	run(r, 5*time.Second)
	p, _ := r.Producer("bikes")
	if c.Total().Read != p.Total().Accepted {
		t.Errorf("%d records were taken and %d read", p.Total().Accepted, c.Total().Read)
	}
	st, _ := r.Kinesis().Stream("trips")
	if n := len(st.Consumers()); n != 2 {
		t.Errorf("%d consumers are registered, want board and other: nobody deregistered them", n)
	}
}

// TestWhoIsRegistered holds that a reader takes the consumer there is, waits for one that somebody takes away, and says what
// keeps it from registering.
func TestWhoIsRegistered(t *testing.T) {
	const arn = `"StreamARN":"arn:aws:kinesis:us-east-1:123456789012:stream/trips"`
	r := world(t, 1)
	do(t, r, "kinesis", "RegisterStreamConsumer", `{`+arn+`,"ConsumerName":"app"}`)
	run(r, 15*time.Second)
	c := read(t, r, "board", fanOut+`,"ConsumerName":"app"`)
	write(t, r, `"RecordsPerSecond":100`)
	run(r, time.Second)
	if c.Total().Read < 80 || told(r, "board is registered") != 0 {
		t.Errorf("beside a registered consumer it read %d records", c.Total().Read)
	}
	do(t, r, "kinesis", "DeregisterStreamConsumer", `{`+arn+`,"ConsumerName":"app"}`)
	before := c.Total().Read
	run(r, time.Minute)
	if c.Total().Read != before || told(r, "board cannot read any more: app is no registered consumer of trips") != 1 || c.Enrolled() != "" {
		t.Errorf("without its consumer it read %d records; its consumer is %q", c.Total().Read-before, c.Enrolled())
	}
	do(t, r, "kinesis", "RegisterStreamConsumer", `{`+arn+`,"ConsumerName":"app"}`)
	run(r, 12*time.Second)
	p, _ := r.Producer("bikes")
	if p.Total().Accepted-c.Total().Read > 20 {
		t.Errorf("with its consumer again it has read %d of %d", c.Total().Read, p.Total().Accepted)
	}
	// Two with one consumer take the shard from each other every five seconds; what is read is read by one of them.
	other := read(t, r, "thief", fanOut+`,"ConsumerName":"app"`)
	run(r, time.Minute)
	if told(r, "as app: the subscription of board has ended") < 4 || told(r, "as app: the subscription of thief has ended") < 4 || other.Total().Refused == 0 {
		t.Error("two readers with one consumer live in peace")
	}
	do(t, r, "lab", "DeleteConsumer", `{"Name":"thief"}`)
	run(r, 30*time.Second)
	if p.Total().Accepted-c.Total().Read > 20 {
		t.Errorf("alone again it has read %d of %d", c.Total().Read, p.Total().Accepted)
	}
	// Started anew it registers what is not there.
	do(t, r, "kinesis", "DeregisterStreamConsumer", `{`+arn+`,"ConsumerName":"app"}`)
	run(r, 10*time.Second)
	do(t, r, "lab", "StopConsumer", `{"Name":"board"}`)
	do(t, r, "lab", "StartConsumer", `{"Name":"board"}`)
	run(r, 15*time.Second)
	if c.Enrolled() != kinesis.Active || p.Total().Accepted-c.Total().Read > 20 {
		t.Errorf("started anew its consumer is %q, and it has read %d of %d", c.Enrolled(), c.Total().Read, p.Total().Accepted)
	}
	// The twenty-first is told why it cannot.
	for i := range 19 {
		do(t, r, "kinesis", "RegisterStreamConsumer", fmt.Sprintf(`{%s,"ConsumerName":"c%d"}`, arn, i))
		run(r, 10*time.Second)
	}
	late := read(t, r, "late", fanOut)
	run(r, 10*time.Second)
	if told(r, "late cannot register as a consumer of trips (LimitExceededException)") != 1 || late.Total().Read != 0 {
		t.Error("the twenty-first consumer hears nothing")
	}
	do(t, r, "kinesis", "DeregisterStreamConsumer", `{`+arn+`,"ConsumerName":"c0"}`)
	run(r, 20*time.Second)
	if late.Total().Read == 0 {
		t.Error("with a place free it does not read")
	}
}

func TestFanOutOfAStreamMadeAnew(t *testing.T) {
	r := world(t, 1)
	c := read(t, r, "board", fanOut+`,"From":"TRIM_HORIZON"`)
	write(t, r, `"RecordsPerSecond":100`)
	run(r, 20*time.Second)
	do(t, r, "kinesis", "DeleteStream", `{"StreamName":"trips","EnforceConsumerDeletion":true}`)
	run(r, 10*time.Second)
	if c.Blocked() == "" {
		t.Error("without its stream it is not blocked")
	}
	before := c.Total().Read
	do(t, r, "kinesis", "CreateStream", `{"StreamName":"trips","ShardCount":1}`)
	run(r, 40*time.Second)
	if got := c.Total().Read - before; c.Blocked() != "" || got < 2800 {
		t.Errorf("of the stream made anew it read %d records (blocked %q)", got, c.Blocked())
	}
}

// TestFanOutFaults holds that a reader with enhanced fan-out outlives calls that fail by a fault and reads every record once.
func TestFanOutFaults(t *testing.T) {
	for name, fault := range map[string]kinesis.Fault{
		"internal failure":    {Err: aws.Errorf(aws.InternalError, "")},
		"service unavailable": {Err: aws.Errorf(aws.ServiceUnavailable, "")},
		"throttling":          {Err: aws.Errorf(aws.LimitExceeded, "")},
		"lost answer":         {Lost: true},
	} {
		t.Run(name, func(t *testing.T) {
			r := world(t, 2)
			calls := 0
			r.Kinesis().Hook(func(c *kinesis.Config) {
				c.Inject = func(c kinesis.Call) kinesis.Fault {
					if !strings.HasPrefix(c.Op, "Put") {
						if calls++; calls%3 != 0 {
							return fault
						}
					}
					return kinesis.Fault{}
				}
			})
			do(t, r, "lab", "PutConsumer", `{"Name":"board","StreamName":"trips","From":"TRIM_HORIZON"`+fanOut+`}`)
			do(t, r, "lab", "PutProducer", `{"Name":"bikes","StreamName":"trips","RecordsPerSecond":100}`)
			run(r, 15*time.Minute)
			do(t, r, "lab", "StopProducer", `{"Name":"bikes"}`)
			run(r, time.Minute)
			p, _ := r.Producer("bikes")
			c, _ := r.Consumer("board")
			if read, taken := c.Total().Read, p.Total().Accepted; read != taken || taken < 89_000 || calls < 12 {
				t.Errorf("%d of %d records were read, after %d calls", read, taken, calls)
			}
		})
	}
}

// TestDeletedFanOutHangsUp holds that a reader that is taken out of the world leaves nothing behind but its registration.
func TestDeletedFanOutHangsUp(t *testing.T) {
	r := world(t, 2)
	read(t, r, "board", fanOut)
	run(r, 15*time.Second)
	st, _ := r.Kinesis().Stream("trips")
	pushes := func() float64 {
		run(r, time.Second) // metrics are of whole seconds
		before := r.Now()
		run(r, 20*time.Second)
		sum := 0.0
		for _, v := range r.Meter().Get(cloudwatch.SubscribeToShardEventSuccess, cloudwatch.Dims{Stream: "trips", Shard: cloudwatch.StreamLevel, Consumer: "board"}, before, r.Now(), time.Second, cloudwatch.Sum) {
			sum += v
		}
		return sum
	}
	if n := pushes(); n != 8 {
		t.Errorf("two quiet shards push %v events in 20 s, want one each 5 s", n)
	}
	do(t, r, "lab", "DeleteConsumer", `{"Name":"board"}`)
	if n := pushes(); n != 0 || len(st.Consumers()) != 1 {
		t.Errorf("after its end %v events were pushed, and %d consumers are registered", n, len(st.Consumers()))
	}
}

// TestPushesAreWork holds that a slice of time ends where its budget does when records are pushed.
func TestPushesAreWork(t *testing.T) {
	r := world(t, 4)
	for i := range 5 {
		read(t, r, fmt.Sprint("reader-", i), fanOut)
	}
	run(r, 15*time.Second)
	write(t, r, `"RecordsPerSecond":3000,"Keys":{"Kind":"uniform","Count":50}`)
	slices := 0
	for until := r.Now().Add(10 * time.Second); ; slices++ {
		reached, used := r.AdvanceTo(until, 1000, nil)
		if used > 1500 {
			t.Fatalf("a slice of 1,000 took %d units", used)
		}
		if reached {
			break
		}
	}
	if slices < 150 {
		t.Errorf("30,000 records written and 150,000 pushed took %d slices of 1,000", slices)
	}
}
