package awsjson

import (
	"context"
	"fmt"
	"hash/fnv"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/jq/filter"
	"shardlab/wasm/region"
	"shardlab/wasm/sim"
)

// A tenantKey names a tenant: whose world it is, and of which Region.
type tenantKey struct {
	owner  string // an access key, or the account of the credentials that are verified
	region string
}

// A tenant is a world and the turn to act in it: a world is one thread of events, so whoever acts holds the tenant.
type tenant struct {
	key     tenantKey
	account string

	// Of tenants, under its lock.
	busy int       // requests and streams that hold it; it stays as long as there are any
	used time.Time // when one let go of it last

	mu     sync.Mutex // the turn
	world  *region.Region
	wake   chan struct{} // of capacity 1: something may have become due earlier
	size   int64         // bytes the world kept when that was counted last
	grown  int64         // bytes that came since
	warned time.Time     // when the log last said that it is full

	streams map[int64]*stream // event streams by their subscription
	driven  bool              // somebody lets time pass for them
}

// tenants holds the worlds of an endpoint.
type tenants struct {
	e     *Endpoint
	mu    sync.Mutex
	byKey map[tenantKey]*tenant
	total int64 // bytes that all worlds keep
	open  int   // event streams

	warned, warnedBusy, warnedStreams time.Time // when the log last said of each limit that it is reached
}

func newTenants(e *Endpoint) *tenants {
	return &tenants{e: e, byKey: map[tenantKey]*tenant{}}
}

// sweep is how often silent worlds are looked after: time passes there too, and what has expired makes room.
const sweep = 10 * time.Second

// warnEvery is how often the log repeats itself about one limit.
const warnEvery = time.Minute

// keep looks after silent worlds until ctx is done.
func (ts *tenants) keep(ctx context.Context) {
	tick := time.NewTicker(sweep)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			ts.sweep()
		}
	}
}

// sweep lets time pass in worlds that nobody uses just now, and forgets those that were silent too long.
func (ts *tenants) sweep() {
	now := ts.e.cfg.Now()
	var silent []*tenant
	ts.mu.Lock()
	for k, t := range ts.byKey {
		switch {
		case t.busy > 0:
		case now.Sub(t.used) > ts.e.cfg.Limits.Idle:
			ts.forget(k, t, "it was silent for "+ts.e.cfg.Limits.Idle.String())
		default:
			t.busy++
			silent = append(silent, t)
		}
	}
	ts.mu.Unlock()
	for _, t := range silent {
		_ = ts.turn(t, func(world *region.Region) { ts.tidy(t, world) })
		ts.mu.Lock()
		t.busy--
		ts.mu.Unlock()
	}
}

// What only eyes look at is let go of: all but the latest events, which nobody reads here, and the metrics of streams that are
// gone, after two weeks, as CloudWatch lists them no longer, or after an hour when room grows scarce.
const (
	keptEvents    = 100
	goneMetrics   = 14 * 24 * time.Hour
	scarceMetrics = time.Hour
)

// tidy lets go of what is not needed and counts what is kept; the caller has the turn.
func (ts *tenants) tidy(t *tenant, world *region.Region) {
	world.Trim(keptEvents, world.Now().Add(-goneMetrics))
	if world.Footprint() > ts.e.cfg.Limits.RegionBytes/2 {
		world.Trim(keptEvents, world.Now().Add(-scarceMetrics))
	}
	ts.count(t)
}

// forget takes a tenant out; the lock is held and nobody uses the tenant.
func (ts *tenants) forget(k tenantKey, t *tenant, why string) {
	delete(ts.byKey, k)
	ts.total -= t.size + t.grown
	ts.e.cfg.Log.Info("an AWS tenant's world is forgotten", "tenant", k.owner, "region", k.region, "why", why)
}

// hold returns the tenant with a key, made when there is none. Whoever holds it gives it back with release.
func (ts *tenants) hold(k tenantKey, account string) (*tenant, *aws.Error) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	t, ok := ts.byKey[k]
	if !ok {
		if len(ts.byKey) >= ts.e.cfg.Limits.Tenants && !ts.makeRoom() {
			ts.warn(&ts.warned, "no new AWS tenant is taken: raise -aws-tenants", "tenants", len(ts.byKey), "refused", k.owner, "region", k.region)
			return nil, aws.Errorf(aws.LimitExceeded, "This endpoint serves %d pairs of access key and Region at a time, and all of them are in use. Use one of those, or start the endpoint with a greater -aws-tenants.", ts.e.cfg.Limits.Tenants)
		}
		t = &tenant{key: k, account: account, wake: make(chan struct{}, 1)}
		if err := ts.begin(t); err != nil {
			return nil, err
		}
		ts.byKey[k] = t
		ts.e.cfg.Log.Info("an AWS tenant's world begins", "tenant", k.owner, "region", k.region, "account", account)
	}
	t.busy++
	return t, nil
}

// begin makes a tenant's world. Its seed is its name's: the same tenant meets the same dice each time.
func (ts *tenants) begin(t *tenant) *aws.Error {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s/%s/%s", t.key.owner, t.account, t.key.region)
	world, err := region.New(region.Config{
		Seed: h.Sum64(), Start: ts.e.clock.virtual(ts.e.cfg.Now()), Profile: ts.e.cfg.Profile, Name: t.key.region, Account: t.account,
		Shards: ts.e.cfg.shards(t.key.region), JQ: filter.Run,
	})
	if err != nil {
		return aws.Errorf(aws.InternalFailure, "%v", err)
	}
	t.world = world
	return nil
}

// makeRoom forgets the tenant that was silent longest, if it was long enough; the lock is held.
func (ts *tenants) makeRoom() bool {
	now := ts.e.cfg.Now()
	var oldest *tenant
	for _, t := range ts.byKey {
		if t.busy == 0 && now.Sub(t.used) >= ts.e.cfg.Limits.MayGo && (oldest == nil || t.used.Before(oldest.used)) {
			oldest = t
		}
	}
	if oldest == nil {
		return false
	}
	ts.forget(oldest.key, oldest, "its place was needed")
	return true
}

func (ts *tenants) release(t *tenant) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	t.busy--
	t.used = ts.e.cfg.Now()
}

// turn lets f act in a tenant's world now: time has passed there, and nobody else acts meanwhile. A world that breaks is
// thrown away, and the next request finds a new one: that is an error in this program, and the log says all of it.
func (ts *tenants) turn(t *tenant, f func(*region.Region)) (failed *aws.Error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		ts.e.cfg.Log.Error("an AWS tenant's world broke", "tenant", t.key.owner, "region", t.key.region, "panic", p, "stack", string(debug.Stack()))
		ts.mu.Lock()
		defer ts.mu.Unlock()
		ts.total -= t.size + t.grown
		t.size, t.grown = 0, 0
		t.world = nil
		for id, st := range t.streams {
			st.push(nil, aws.Errorf(aws.InternalFailure, "Internal service failure."), true)
			delete(t.streams, id)
		}
		failed = aws.Errorf(aws.InternalFailure, "The world of this access key and Region broke, and begins anew: its streams are gone. The log of the server says why.")
	}()
	if t.world == nil {
		ts.mu.Lock()
		err := ts.begin(t)
		ts.mu.Unlock()
		if err != nil {
			return err
		}
	}
	t.advance(ts.e.clock.virtual(ts.e.cfg.Now()))
	f(t.world)
	return nil
}

// slice is how far virtual time passes before what was pushed is taken: not so far that a record could be pushed and expire
// within it.
const slice = time.Second

// advance lets time pass to an instant, and hands event streams what is pushed meanwhile. The caller has the turn.
func (t *tenant) advance(to sim.Instant) {
	for len(t.streams) > 0 {
		at := min(to, t.world.Now().Add(slice))
		t.world.AdvanceTo(at, 0, nil)
		for id, st := range t.streams {
			if st.fetch(t.world, id) {
				delete(t.streams, id)
			}
		}
		if at >= to {
			return
		}
	}
	t.world.AdvanceTo(to, 0, nil)
}

// count counts what a tenant's world keeps; the caller has the turn.
func (ts *tenants) count(t *tenant) {
	size := t.world.Footprint()
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ts.total += size - t.size - t.grown
	t.size, t.grown = size, 0
}

// admit takes n more bytes into a tenant's world, or refuses them because it, or all worlds together, keep as much as they
// may. The caller has the turn. A put knows no LimitExceededException: it is told of a failure of the service, and tries
// again.
func (ts *tenants) admit(t *tenant, n int64, op string) *aws.Error {
	l, code := &ts.e.cfg.Limits, aws.LimitExceeded
	if strings.HasPrefix(op, "PutRecord") {
		code = aws.InternalFailure
	}
	if ts.tooMuch(t, n) {
		ts.tidy(t, t.world)
	}
	ts.mu.Lock()
	defer ts.mu.Unlock()
	switch {
	case t.size+t.grown+n > l.RegionBytes:
		ts.warn(&t.warned, "an AWS tenant keeps as much as it may: raise -aws-region-memory", "tenant", t.key.owner, "region", t.key.region, "bytes", t.size+t.grown, "limit", l.RegionBytes)
		return aws.Errorf(code, "This endpoint keeps %d MiB for an access key and Region, and no more fits. Delete a stream, wait until records expire, or start the endpoint with a greater -aws-region-memory.", l.RegionBytes>>20)
	case ts.total+n > l.TotalBytes:
		ts.warn(&ts.warned, "all AWS tenants together keep as much as they may: raise -aws-memory", "tenants", len(ts.byKey), "bytes", ts.total, "limit", l.TotalBytes)
		return aws.Errorf(code, "This endpoint keeps %d MiB for all of its clients, and no more fits. Delete a stream, wait until records expire, or start the endpoint with a greater -aws-memory.", l.TotalBytes>>20)
	}
	t.grown += n
	ts.total += n
	return nil
}

func (ts *tenants) tooMuch(t *tenant, n int64) bool {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	return t.size+t.grown+n > ts.e.cfg.Limits.RegionBytes || ts.total+n > ts.e.cfg.Limits.TotalBytes
}

// warnBusy writes a line to the log about requests that found no room.
func (ts *tenants) warnBusy(what string, bytes int64) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ts.warn(&ts.warnedBusy, "requests find no room: raise -aws-busy-memory", "when", what, "bytes", bytes, "limit", ts.e.cfg.Limits.BusyBytes)
}

// warn writes a line to the log, not too often; the lock is held.
func (ts *tenants) warn(last *time.Time, text string, args ...any) {
	if now := ts.e.cfg.Now(); now.Sub(*last) >= warnEvery {
		*last = now
		ts.e.cfg.Log.Warn(text, args...)
	}
}
