package api

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"shardlab/server/reply"
	"shardlab/server/store"
)

// Bounds on how often. A whole school may sit behind one address, so the bound there is for floods; what one learner
// may do is bounded closely.
const (
	addressRate, addressBurst = 2000, 4000 // writes a second from one address
	guestRate, guestBurst     = 10, 1000   // new guests a second from one address: two classes at once
	learnerRate, learnerBurst = 10, 60     // requests a second of one learner
	forgetAfter               = 10 * time.Minute
	mostRemembered            = 50_000
)

// limits counts how often who asks.
type limits struct {
	writes, guests, learners *meter
}

func newLimits(now func() time.Time) limits {
	return limits{
		writes:   newMeter(now, addressRate, addressBurst),
		guests:   newMeter(now, guestRate, guestBurst),
		learners: newMeter(now, learnerRate, learnerBurst),
	}
}

func (l limits) address(w http.ResponseWriter, from string) error {
	return l.writes.take(w, from, "This address sends more than the server takes.")
}

func (l limits) guest(w http.ResponseWriter, from string) error {
	return l.guests.take(w, from, "Too many new learners come from this address at once.")
}

func (l limits) learner(w http.ResponseWriter, t store.Token) error {
	return l.learners.take(w, string(t[:]), "You send more often than the server takes.")
}

// A meter is a token bucket for each of many names; a name that was not heard of for a while is forgotten.
type meter struct {
	now   func() time.Time
	rate  rate.Limit
	burst int

	mu    sync.Mutex
	names map[string]*bucket
	swept time.Time
}

type bucket struct {
	limiter *rate.Limiter
	seen    time.Time
}

func newMeter(now func() time.Time, perSecond, burst int) *meter {
	return &meter{now: now, rate: rate.Limit(perSecond), burst: burst, names: map[string]*bucket{}}
}

// take takes one from the bucket of a name, or refuses and says when to come again.
func (m *meter) take(w http.ResponseWriter, name, sentence string) error {
	now := m.now()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sweep(now)
	b := m.names[name]
	if b == nil {
		b = &bucket{limiter: rate.NewLimiter(m.rate, m.burst)}
		m.names[name] = b
	}
	b.seen = now
	if b.limiter.AllowN(now, 1) {
		return nil
	}
	w.Header().Set("Retry-After", strconv.Itoa(1))
	return reply.NewError("rate_limited", sentence+" Wait a second and send it again; nothing is lost.")
}

// sweep forgets names that were quiet long enough for their buckets to be full again, and all of them in a flood of
// names: memory is bounded before fairness.
func (m *meter) sweep(now time.Time) {
	if len(m.names) < mostRemembered && now.Sub(m.swept) < forgetAfter {
		return
	}
	m.swept = now
	for name, b := range m.names {
		if now.Sub(b.seen) >= forgetAfter {
			delete(m.names, name)
		}
	}
	if len(m.names) >= mostRemembered {
		clear(m.names)
	}
}
