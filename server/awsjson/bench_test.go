package awsjson

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/region"
)

// batch is the body of a PutRecords of 500 records of 1 KiB, as clients make it.
func batch(stream string) []byte {
	var b strings.Builder
	b.WriteString(`{"Records":[`)
	data := strings.Repeat("QUJD", 341) + "QQ==" // 1 KiB
	for i := range 500 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"Data":%q,"PartitionKey":"key-%d"}`, data, i)
	}
	b.WriteString(`],"StreamName":"` + stream + `"}`)
	return []byte(b.String())
}

// BenchmarkPutRecords puts 500 records of 1 KiB a call, with bodies made beforehand: over the network with two connections,
// past it, and only read. Every limit is on; ten virtual minutes pass for each call, so that every record is taken and those of
// a day are kept.
func BenchmarkPutRecords(b *testing.B) {
	body := batch("s")
	b.Run("over the network", func(b *testing.B) {
		s := start(b, Config{Limits: Limits{RegionBytes: 1 << 30}})
		s.stream("s", "100")
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		b.SetParallelism(1)
		b.RunParallel(func(p *testing.PB) {
			for p.Next() {
				s.wall.pass(10 * time.Minute)
				r := s.request("PutRecords", "", nil)
				r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
				a, err := http.DefaultTransport.RoundTrip(r)
				if err != nil {
					b.Fatal(err)
				}
				text, _ := io.ReadAll(a.Body)
				a.Body.Close()
				if a.StatusCode != 200 || !bytes.HasPrefix(text, []byte(`{"FailedRecordCount":0,`)) {
					b.Fatalf("%d %.200s", a.StatusCode, text)
				}
			}
		})
		b.ReportMetric(500*float64(b.N)/b.Elapsed().Seconds(), "records/s")
	})
	b.Run("past the network", func(b *testing.B) {
		s := start(b, Config{Limits: Limits{RegionBytes: 1 << 30}})
		s.stream("s", "100")
		r := s.request("PutRecords", "", nil)
		r.ContentLength = int64(len(body))
		b.ReportAllocs()
		for b.Loop() {
			s.wall.pass(10 * time.Minute)
			r.Body = io.NopCloser(bytes.NewReader(body))
			s.ServeHTTP(&nobody{}, r)
		}
		b.ReportMetric(500*float64(b.N)/b.Elapsed().Seconds(), "records/s")
	})
	b.Run("read", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := region.Prepare(region.Command{Service: region.Kinesis, Op: "PutRecords", Body: body}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// nobody takes an answer.
type nobody struct{ h http.Header }

func (n *nobody) Header() http.Header {
	if n.h == nil {
		n.h = http.Header{}
	}
	return n.h
}
func (n *nobody) Write(b []byte) (int, error) { return len(b), nil }
func (n *nobody) WriteHeader(int)             {}
