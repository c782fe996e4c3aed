package firehose

import (
	"flag"
	"fmt"
	"runtime"
	"testing"
	"time"
)

var deliverMB = flag.Int("deliver", 1000, "MB that BenchmarkDeliver delivers")

// BenchmarkDeliver puts 1 GB of JSON records, 500 at a time, and delivers them to S3. What was delivered is deleted, so that the memory
// is that of Firehose: its buffer, and what it makes of it. make bench runs it natively and in Chromium.
func BenchmarkDeliver(b *testing.B) {
	total := *deliverMB * 1_000_000
	batch := make([][]byte, 500)
	size := 0
	for i := range batch {
		batch[i] = fmt.Appendf(nil, `{"ticker":"%s","price":%d.%02d,"qty":%d,"at":"2026-11-22 08:%02d:%02d.%03d","venue":{"name":"XNAS","open":%t},"note":"order %d of the day, filled in parts"}`,
			[]string{"AMZN", "TBV", "INTC", "MSFT"}[i*7%4], 100+i%50, i%100, i%1000, i/60%60, i%60, i%1000, i%3 == 0, i*7919)
		size += len(batch[i])
	}
	numbers := make([]int64, len(batch))
	for _, row := range []struct{ name, config string }{
		{"uncompressed", `,"BufferingHints":{"SizeInMBs":5,"IntervalInSeconds":300}`},
		{"gzip", `,"BufferingHints":{"SizeInMBs":5,"IntervalInSeconds":300},"CompressionFormat":"GZIP"`},
		{"parquet", toParquet},
	} {
		b.Run(row.name, func(b *testing.B) {
			b.SetBytes(int64(total))
			written, peak := 0, uint64(0)
			for b.Loop() {
				w := newWorld(b)
				w.tables = map[string][]string{"sales.orders": {"ticker", "string", "price", "double", "qty", "int", "at", "timestamp", "venue", "struct<name:string,open:boolean>", "note", "string"}}
				st := w.create("trips", row.config)
				st.quota.now = throughput{1 << 40, 1 << 40, 1 << 40}
				written = 0
				emptied := 0
				empty := func() {
					var m runtime.MemStats
					runtime.ReadMemStats(&m)
					peak = max(peak, m.HeapInuse)
					lake, _ := w.s3.Bucket("lake")
					for _, o := range lake.Objects("") {
						written += len(o.Data)
						w.delete("lake", o.Key)
					}
					w.told = nil
				}
				for done := 0; done < total; done += size {
					if _, err := w.s.Put("trips", batch, numbers, true); err != nil {
						b.Fatal(err)
					}
					w.after(10 * time.Millisecond)
					runtime.Gosched() // as the engine's worker does between slices: in WebAssembly nothing else lets the collector in
					if done-emptied > 64<<20 {
						emptied = done
						empty()
					}
				}
				w.after(time.Hour)
				empty()
				if got := st.Total(); got.Delivered != got.Records || got.Bytes < int64(total) {
					b.Fatalf("%+v", got)
				}
			}
			b.ReportMetric(float64(written)/1e6, "MB-written")
			b.ReportMetric(float64(peak)/1e6, "MB-peak")
		})
	}
}

// delete deletes an object.
func (w *world) delete(bucket, key string) {
	w.s3do("DeleteObject", `{"Bucket":"`+bucket+`","Key":"`+key+`"}`)
}
