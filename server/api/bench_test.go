package api

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"shardlab/server/reply"
	"shardlab/server/store"
)

// BenchmarkClass is 500 learners at once on a real database over loopback: each becomes a guest, then sends eight times
// four events. The budget: 2,000 events a second, the slowest hundredth of answers under 50 ms at that rate. Learners here
// pause as people at that rate would; without the pauses the figure events/s is what the machine can do at most.
func BenchmarkClass(b *testing.B) {
	const learners, posts, size = 500, 8, 4
	for _, rate := range []int{2000, 0} {
		name := "at 2000 events a second"
		if rate == 0 {
			name = "as fast as they can"
		}
		b.Run(name, func(b *testing.B) {
			s, err := store.Open(b.Context(), filepath.Join(b.TempDir(), "shardlab.db"))
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			var ticks atomic.Int64 // a clock on which nobody is too quick
			h := httptest.NewServer(reply.Secure(New(Config{Store: s, Now: func() time.Time {
				return noon.Add(time.Duration(ticks.Add(1)) * time.Second)
			}})))
			defer h.Close()
			http.DefaultTransport.(*http.Transport).MaxIdleConnsPerHost = learners
			var mu sync.Mutex
			var took []time.Duration
			sent := 0
			begun := time.Now()
			for b.Loop() {
				var wg sync.WaitGroup
				from := time.Now()
				for l := range learners {
					wg.Go(func() {
						jar, _ := cookiejar.New(nil)
						c := http.Client{Jar: jar}
						for p := range posts {
							if rate > 0 {
								// Each learner's turn comes when the class as a whole keeps the rate.
								time.Sleep(time.Until(from.Add(time.Duration(p*learners+l) * time.Second * size / time.Duration(rate))))
							}
							var batch []string
							for e := range size {
								batch = append(batch, fmt.Sprintf(`{"id":"event-%016d","kind":"setting","lesson":"","block":"","at":1,"data":{"n":%d}}`, p*size+e, e))
							}
							at := time.Now()
							r, err := c.Post(h.URL+"/api/progress", "application/json", strings.NewReader(`{"events":[`+strings.Join(batch, ",")+`]}`))
							if err != nil {
								b.Error(err)
								return
							}
							text, _ := io.ReadAll(r.Body)
							r.Body.Close()
							if r.StatusCode != 200 || !strings.Contains(string(text), `"accepted":4`) {
								b.Errorf("%d %s", r.StatusCode, text)
								return
							}
							mu.Lock()
							took = append(took, time.Since(at))
							sent += size
							mu.Unlock()
						}
					})
				}
				wg.Wait()
			}
			slices.Sort(took)
			b.ReportMetric(float64(sent)/time.Since(begun).Seconds(), "events/s")
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
			b.ReportMetric(0, "ns/op")
		})
	}
}
