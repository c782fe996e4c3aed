// Package awsjson is the endpoint that AWS clients use unchanged: AWS JSON 1.1, its CBOR form and event streams over HTTP/1.1
// and HTTP/2, with Signature Version 4, on a world of its own for each tenant.
//
// A tenant is an access key (or, where credentials are configured, the account they belong to) in one Region. Its world is
// a package region, which knows no clock: this package alone reads the wall clock, and turns it into the virtual instants
// that a world understands. What an operation does is the world's; what stands on the wire is this package's.
package awsjson

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"shardlab/wasm/region"
)

// Config says how an endpoint serves. The zero value of a field means what its comment says.
type Config struct {
	Log         *slog.Logger
	Now         func() time.Time // the wall clock; time.Now
	Speed       float64          // virtual seconds in a second of the wall clock; 1
	Account     string           // twelve digits, of tenants without one of their own; 123456789012
	Profile     string           // of the limits of Data Streams; today's
	Shards      int64            // quota of open shards of an account in a Region; AWS's own for the Region
	Credentials []Credential     // whose signatures are accepted; empty accepts every access key and verifies nothing
	Limits      Limits           // of the endpoint itself
}

// Limits bound what an endpoint uses, so that no client and no number of clients can end it. All of them are ours: AWS's own
// service has no such ends. The zero value of a field means what its comment says.
type Limits struct {
	BodyBytes     int64         // of one request; 16 MiB: PutRecords of 10 MiB is 13.4 MiB in base64
	BusyBytes     int64         // of the requests that are read at a time, together, and of large answers; 128 MiB
	WaitForRoom   time.Duration // how long a request waits for room among those; 10 s
	Tenants       int           // worlds at a time; 100
	RegionBytes   int64         // what one world keeps; 256 MiB
	TotalBytes    int64         // what all worlds keep together; 1 GiB
	Subscriptions int           // event streams at a time; 1,000
	Idle          time.Duration // a tenant that was silent so long is forgotten; 24 h
	MayGo         time.Duration // and one that was silent so long, when its place is needed; 10 min
}

func (l *Limits) fill() {
	for _, f := range []struct {
		field *int64
		value int64
	}{{&l.BodyBytes, 16 << 20}, {&l.BusyBytes, 128 << 20}, {&l.RegionBytes, 256 << 20}, {&l.TotalBytes, 1 << 30}} {
		if *f.field == 0 {
			*f.field = f.value
		}
	}
	for _, f := range []struct {
		field *int
		value int
	}{{&l.Tenants, 100}, {&l.Subscriptions, 1000}} {
		if *f.field == 0 {
			*f.field = f.value
		}
	}
	for _, f := range []struct {
		field *time.Duration
		value time.Duration
	}{{&l.WaitForRoom, 10 * time.Second}, {&l.Idle, 24 * time.Hour}, {&l.MayGo, 10 * time.Minute}} {
		if *f.field == 0 {
			*f.field = f.value
		}
	}
	l.BusyBytes = max(l.BusyBytes, l.BodyBytes)
}

// An Endpoint answers AWS clients. It is an http.Handler; Close ends it.
type Endpoint struct {
	cfg     Config
	clock   clock
	keys    map[string]*Credential // by access key; nil accepts every key
	room    *room                  // of requests that are read
	answers *room                  // of large answers that are written
	tenants *tenants
	ctx     context.Context // done when the endpoint is closed
	stop    context.CancelFunc
	done    sync.WaitGroup
}

// New returns an endpoint. Its worlds begin now.
func New(cfg Config) (*Endpoint, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Speed == 0 {
		cfg.Speed = 1
	}
	if cfg.Account == "" {
		cfg.Account = "123456789012"
	}
	cfg.Limits.fill()
	switch {
	case !(cfg.Speed > 0 && cfg.Speed <= MaxSpeed):
		return nil, fmt.Errorf("a speed of %v: write how many virtual seconds pass in a second, above 0 and at most %d", cfg.Speed, MaxSpeed)
	case !isAccount(cfg.Account):
		return nil, fmt.Errorf("account %q: an account is twelve digits, as 123456789012", cfg.Account)
	case cfg.Profile != "" && !slices.Contains(region.Profiles(), cfg.Profile):
		return nil, fmt.Errorf("profile %q is not known: use one of %s", cfg.Profile, strings.Join(region.Profiles(), ", "))
	}
	e := &Endpoint{cfg: cfg, clock: newClock(cfg.Now, cfg.Speed), room: newRoom(cfg.Limits.BusyBytes), answers: newRoom(cfg.Limits.BusyBytes)}
	if len(cfg.Credentials) > 0 {
		e.keys = map[string]*Credential{}
		for i := range cfg.Credentials {
			c := cfg.Credentials[i]
			if err := c.check(cfg.Account); err != nil {
				return nil, err
			}
			if e.keys[c.AccessKey] != nil {
				return nil, fmt.Errorf("access key %s is there twice: give each credential a key of its own", c.AccessKey)
			}
			e.keys[c.AccessKey] = &c
		}
	}
	e.ctx, e.stop = context.WithCancel(context.Background())
	e.tenants = newTenants(e)
	e.done.Add(1)
	go func() {
		defer e.done.Done()
		e.tenants.keep(e.ctx)
	}()
	return e, nil
}

// MaxSpeed is how many virtual seconds may pass in a second. It is ours: a day then takes a minute.
const MaxSpeed = 1440

// Connections is how many connections an endpoint has at a time, for Bounded. It is ours.
const Connections = 2000

// shards is the quota of open shards of an account in a Region.
// Source: Developer Guide, "Quotas and limits"; where it names two figures, the lower.
func (c *Config) shards(region string) int64 {
	switch {
	case c.Shards > 0:
		return c.Shards
	case region == "us-east-1", region == "us-west-2", region == "eu-west-1":
		return 20000
	}
	return 1000
}

// Close ends every event stream and forgets every world. It waits until they are gone.
func (e *Endpoint) Close() {
	e.stop()
	e.done.Wait()
}

// Server returns a server for the endpoint that speaks HTTP/1.1 and HTTP/2, the latter also without TLS to a client that
// knows of it beforehand. Told to shut down, it ends the event streams.
func (e *Endpoint) Server() *http.Server {
	s := &http.Server{
		Handler:           e,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       60 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(e.cfg.Log.Handler(), slog.LevelDebug),
		Protocols:         new(http.Protocols),
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: 250},
	}
	s.Protocols.SetHTTP1(true)
	s.Protocols.SetHTTP2(true)
	s.Protocols.SetUnencryptedHTTP2(true)
	s.RegisterOnShutdown(e.stop)
	return s
}

func isAccount(s string) bool {
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(s) == 12
}
