package columnar

import (
	"fmt"
	"runtime"
	"testing"
)

// ticks are records as a lab's producers write them, one document each.
func ticks(n int) (all [][]byte) {
	for i := range n {
		all = append(all, fmt.Appendf(nil, `{"ticker":"%s","price":%d.%02d,"qty":%d,"at":"2026-03-06 08:%02d:%02d.%03d","venue":{"name":"XNAS","open":%t},"note":"order %d of the day, filled in parts"}`,
			[]string{"AMZN", "TBV", "INTC", "MSFT"}[i*7%4], 100+i%50, i%100, i%1000, i/60%60, i%60, i%1000, i%3 == 0, i*7919))
	}
	return all
}

var tickColumns = []string{"ticker", "string", "price", "double", "qty", "int", "at", "timestamp", "venue", "struct<name:string,open:boolean>", "note", "string"}

// BenchmarkConvert converts 1 GB of records in files of 128 MB, as a delivery stream with the largest buffer does.
func BenchmarkConvert(b *testing.B) {
	cols, failure := Schema(tickColumns...)
	if failure != nil {
		b.Fatal(failure)
	}
	records := ticks(10_000)
	size := 0
	for _, r := range records {
		size += len(r)
	}
	for _, dictionary := range []bool{false, true} {
		b.Run(fmt.Sprintf("SNAPPY/dictionary=%t", dictionary), func(b *testing.B) {
			out := Parquet()
			out.Dictionary = dictionary
			b.SetBytes(1e9)
			var written, peak uint64
			for b.Loop() {
				written = 0
				for done := 0; done < 1e9; {
					c := NewConverter(cols, SerDe{}, out)
					for filled := 0; filled < 128<<20 && done < 1e9; filled += size {
						for _, r := range records {
							if f := c.Add(r); f != nil {
								b.Fatal(f)
							}
						}
						done += size
					}
					written += uint64(len(c.Finish()))
					var m runtime.MemStats
					runtime.ReadMemStats(&m)
					peak = max(peak, m.HeapInuse)
				}
			}
			b.ReportMetric(float64(written)/1e6, "MB-written")
			b.ReportMetric(float64(peak)/1e6, "MB-heap")
		})
	}
}

// BenchmarkCompress compresses 1 GB of records in objects of 5 MB.
func BenchmarkCompress(b *testing.B) {
	var object []byte
	for _, r := range ticks(40_000) {
		object = append(append(object, r...), '\n')
	}
	object = object[:5<<20]
	for _, c := range Compressions[1:] {
		b.Run(c.Format, func(b *testing.B) {
			b.SetBytes(int64(len(object)))
			var written int
			for b.Loop() {
				out, err := Compress(c.Format, "file", object)
				if err != nil {
					b.Fatal(err)
				}
				written = len(out)
			}
			b.ReportMetric(float64(written)/float64(len(object)), "of-raw")
		})
	}
}
