package region

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"shardlab/wasm/kpl"
	"shardlab/wasm/load"
	"shardlab/wasm/producer"
	"shardlab/wasm/sim"
)

// BenchmarkProducers lets 200 producers write 16,000 records a second in all to 16 shards, and tells how many times faster
// than real time a second of that passes.
func BenchmarkProducers(b *testing.B) {
	const producers, records, shards = 200, 16_000, 16
	keys := load.Keys{Kind: load.Uniform, Count: 1000, Prefix: "key-"}
	sdk := func(batch int) func(*Region, string) {
		return func(r *Region, name string) {
			p := producer.New(producer.Settings{Name: name, StreamName: "trips", RecordsPerSecond: records / producers, RecordBytes: 64, Keys: keys, Batch: batch,
				Retry: producer.Retry{Mode: producer.FailedEntries, Attempts: 5, BaseMillis: 100, Queue: 1000}, LatencyMillis: 30, Running: true}, 1)
			p.Start(r.writes(r.addActor(writer{p}), p))
		}
	}
	library := func(wait int64) func(*Region, string) {
		return func(r *Region, name string) {
			set := kpl.Settings{Name: name, StreamName: "trips", RecordsPerSecond: records / producers, RecordBytes: 64, Keys: keys, Config: kpl.Default(),
				LatencyMillis: 30, MaxOutstanding: kpl.DefaultOutstanding, Running: true}
			set.RecordMaxBufferedTime = wait
			p := kpl.New(set, 1)
			p.Start(r.packs(r.addActor(library{p}), p))
		}
	}
	for _, row := range []struct {
		name    string
		add     func(*Region, string)
		workers int // of a KCL application that reads it all
	}{{"PutRecord", sdk(1), 0}, {"PutRecords of 40", sdk(40), 0}, {"PutRecords of 40, 50 KCL workers", sdk(40), 50}, {"KPL, 100 ms", library(100), 0}, {"KPL, 1 s", library(1000), 0}, {"KPL, 1 s, 50 KCL workers", library(1000), 50}} {
		b.Run(row.name, func(b *testing.B) {
			r, err := New(Config{Seed: 5, Start: sim.At(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))})
			if err != nil {
				b.Fatal(err)
			}
			if reply := r.Do(Command{Service: Kinesis, Op: "CreateStream", Body: json.RawMessage(fmt.Sprintf(`{"StreamName":"trips","ShardCount":%d}`, shards))}); reply.Err != nil {
				b.Fatal(reply.Err)
			}
			r.AdvanceTo(r.Now().Add(10*time.Second), 0, nil)
			if row.workers > 0 {
				if reply := r.Do(Command{Service: Lab, Op: "PutKclApplication", Body: json.RawMessage(fmt.Sprintf(`{"Name":"app","StreamName":"trips","Workers":%d}`, row.workers))}); reply.Err != nil {
					b.Fatal(reply.Err)
				}
				r.AdvanceTo(r.Now().Add(time.Minute), 0, nil) // until its leases are shared out
			}
			began := r.Now()
			for i := range producers {
				row.add(r, fmt.Sprintf("p%d", i))
				r.AdvanceTo(r.Now().Add(5*time.Millisecond), 0, nil) // they do not all act at one instant
			}
			r.AdvanceTo(r.Now().Add(2*time.Second), 0, nil)
			b.ReportAllocs()
			for b.Loop() {
				r.AdvanceTo(r.Now().Add(time.Second), 0, nil)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "virtual-s/s")
			records, _ := r.kinesis.Kept()
			b.ReportMetric(float64(records)/(r.Now().Sub(began).Seconds()), "records/virtual-s")
		})
	}
}
