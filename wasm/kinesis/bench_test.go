package kinesis

import (
	"fmt"
	"io"
	"runtime"
	"testing"
	"time"

	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/sim"
)

// BenchmarkPut puts records of 64 bytes into 16 shards with every limit on: calls of 400 records, each 25 ms of virtual
// time, which is as fast as the shards take them. One op is one record.
func BenchmarkPut(b *testing.B) {
	b.Run("batches", func(b *testing.B) { benchmarkPut(b, 400, false) })
	b.Run("batches with hashes", func(b *testing.B) { benchmarkPut(b, 400, true) })
	b.Run("single records", func(b *testing.B) { benchmarkPut(b, 1, false) })
}

func benchmarkPut(b *testing.B, batch int, hashed bool) {
	const shards, keys = 16, 4096
	sched := sim.NewSchedule(begin)
	s := New(Config{Region: "us-east-1", Account: account, Seed: 1}, sched, 1, cloudwatch.New())
	if err := s.CreateStream(&CreateStreamInput{StreamName: ptr("bench"), ShardCount: ptr(int64(shards))}); err != nil {
		b.Fatal(err)
	}
	run(s, begin.Add(10*time.Second))
	st, _ := s.Stream("bench")
	data := make([]byte, 64)
	entries := make([]PutEntry, keys)
	for i := range entries {
		entries[i] = PutEntry{Key: fmt.Sprintf("k%d", i), Data: data}
		if hashed {
			entries[i].Hash = HashKey(entries[i].Key)
		}
	}
	results := make([]PutResult, batch)
	step := time.Duration(batch) * time.Second / (shards * 1000)
	refused, at := 0, 0
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if n%batch == 0 {
			run(s, sched.Now().Add(step))
			if at+batch > keys {
				at = 0
			}
			if err := s.Put(st, entries[at:at+batch], results); err != nil {
				b.Fatal(err)
			}
			at += batch
			for _, r := range results {
				if !r.OK() {
					refused++
				}
			}
		}
		n++
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "records/s")
	runtime.GC()
	runtime.ReadMemStats(&after)
	held := int64(0)
	for _, sh := range st.Shards() {
		records, _ := st.Held(sh, sched.Now())
		held += records
	}
	if held > 100_000 {
		b.ReportMetric(float64(int64(after.HeapAlloc)-int64(before.HeapAlloc))/float64(held), "B/record-held")
	}
	b.ReportMetric(float64(refused)/float64(n)*100, "%refused")
	runtime.KeepAlive(s)
}

// BenchmarkClone copies a service that holds a million records.
func BenchmarkClone(b *testing.B) {
	w, _ := million(b)
	b.ReportAllocs()
	for b.Loop() {
		w.Clone(w.sched.Clone(), w.meter.Clone(), nil)
	}
}

// BenchmarkState writes the state of a service that holds a million records.
func BenchmarkState(b *testing.B) {
	w, _ := million(b)
	for b.Loop() {
		w.State(io.Discard)
	}
}

// BenchmarkRead reads a thousand records a call; one op is one call.
func BenchmarkRead(b *testing.B) {
	w, st := million(b)
	c := Cursor{}
	b.ReportAllocs()
	for b.Loop() {
		w.wait(time.Second)
		c.Issued = w.sched.Now()
		batch, err := w.Read(st, c, 1000)
		if err != nil {
			b.Fatal(err)
		}
		if c = batch.Next; batch.Len() < 1000 {
			c = Cursor{}
		}
	}
}

// million makes a stream of 16 shards that hold a million records.
func million(b *testing.B) (*world, *Stream) {
	w, st := streamOf(b, 16)
	w.cfg.Notify = nil
	entries, results := make([]PutEntry, 500), make([]PutResult, 500)
	data := make([]byte, 64)
	for i := range 2000 {
		for j := range entries {
			entries[j] = PutEntry{Key: "k", Hash: Hash{uint64(i*500+j) << 60, 1}, Data: data}
		}
		w.must(w.Put(st, entries, results))
		w.wait(50 * time.Millisecond)
	}
	return w, st
}
