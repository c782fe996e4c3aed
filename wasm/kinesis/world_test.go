package kinesis

import (
	"testing"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/sim"
)

const account = "123456789012"

var begin = sim.At(time.Date(2026, 3, 2, 8, 39, 30, 0, time.UTC))

// run moves time to an instant and lets the service do what is due until then.
func run(s *Service, until sim.Instant) {
	for {
		e, ok := s.sched.Pop(until)
		if !ok {
			return
		}
		s.Fire(e)
	}
}

// world is a service with its schedule, metrics and everything it told.
type world struct {
	t testing.TB
	*Service
	sched *sim.Schedule
	meter *cloudwatch.Store
	told  []Notice
}

func newWorld(t testing.TB, l Limits) *world {
	w := &world{t: t, sched: sim.NewSchedule(begin), meter: cloudwatch.New()}
	w.Service = New(Config{Region: "us-east-1", Account: account, Seed: 7, Limits: l, Notify: func(n Notice) { w.told = append(w.told, n) }}, w.sched, 1, w.meter)
	return w
}

// streamOf makes a world with one ACTIVE stream called orders.
func streamOf(t testing.TB, shards int64) (*world, *Stream) {
	w := newWorld(t, Limits2026())
	return w, w.stream("orders", shards)
}

func (w *world) stream(name string, shards int64) *Stream {
	w.t.Helper()
	w.must(w.CreateStream(&CreateStreamInput{StreamName: &name, ShardCount: &shards}))
	w.wait(w.Limits().CreateDelay)
	st, ok := w.Stream(name)
	if !ok || st.Status() != Active {
		w.t.Fatalf("stream %s is not ACTIVE", name)
	}
	return st
}

func (w *world) wait(d time.Duration) { run(w.Service, w.sched.Now().Add(d)) }

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// refused checks the code and message of an error.
func (w *world) refused(err error, code aws.Code, message string) {
	w.t.Helper()
	if err == nil {
		w.t.Fatalf("not refused; want %s: %s", code, message)
	}
	if aws.CodeOf(err) != code {
		w.t.Fatalf("refused with %v; want %s: %s", err, code, message)
	}
	if e := err.(*aws.Error); e.Message != message {
		w.t.Fatalf("refused with the words\n %s\nwant\n %s", e.Message, message)
	}
}

// do runs an operation over the wire.
func (w *world) do(op, body string) (string, error) {
	out, err := w.Do(op, []byte(body))
	return string(out), err
}

// put puts records of so many bytes of data with explicit hash keys in a shard's range, and says how many were taken.
func (w *world) put(st *Stream, shard int32, n, bytes int) int {
	w.t.Helper()
	sh, ok := st.Shard(shard)
	if !ok {
		w.t.Fatalf("no shard %d", shard)
	}
	entries, results := make([]PutEntry, n), make([]PutResult, n)
	data := make([]byte, bytes)
	for i := range entries {
		entries[i] = PutEntry{Key: "k", Hash: sh.start, Explicit: true, Data: data}
	}
	w.must(w.Put(st, entries, results))
	taken := 0
	for _, r := range results {
		if r.OK() {
			taken++
		}
	}
	return taken
}
