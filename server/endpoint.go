package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"shardlab/server/awsjson"
)

// An awsConfig is what can be set of the AWS endpoint.
type awsConfig struct {
	addr        string
	asked       bool // the address was given, and is not the usual one
	account     string
	credentials string
	speed       float64
	tls         string
	profile     string
	shards      int64
	tenants     int
	regionMiB   int64
	totalMiB    int64
	busyMiB     int64
	streams     int
}

// awsAddr is where AWS clients are awaited: the port that kinesalite made usual.
const awsAddr = "127.0.0.1:4567"

func (c *awsConfig) flags(f *flag.FlagSet) {
	f.StringVar(&c.addr, "aws-addr", awsAddr, "`host:port` for AWS clients (AWS CLI, SDKs); port 0 picks a free one, off turns the endpoint off")
	f.StringVar(&c.account, "aws-account", "123456789012", "the `account` of AWS clients whose access key is no account itself")
	f.StringVar(&c.credentials, "aws-credentials", "", "`file` of access keys whose signatures are verified, in the form of AWS's shared credentials file; without one every key is welcome")
	f.Float64Var(&c.speed, "aws-speed", 1, "virtual `seconds` that pass in a second: at 60 a day takes 24 minutes")
	f.StringVar(&c.tls, "aws-tls", "", "speak TLS, with a certificate that is made in this `folder`")
	f.StringVar(&c.profile, "aws-profile", "", "the `name` of the limits of Data Streams: 2026, or 2024")
	f.Int64Var(&c.shards, "aws-shards", 0, "open `shards` that an account may have in a Region; AWS's own quota when 0")
	f.IntVar(&c.tenants, "aws-tenants", 100, "`pairs` of access key and Region that are served at a time")
	f.Int64Var(&c.regionMiB, "aws-region-memory", 256, "`MiB` that are kept for one pair")
	f.Int64Var(&c.totalMiB, "aws-memory", 1024, "`MiB` that are kept for all pairs together")
	f.Int64Var(&c.busyMiB, "aws-busy-memory", 128, "`MiB` of requests that are read at a time, and of large answers that are written")
	f.IntVar(&c.streams, "aws-event-streams", 1000, "event `streams` of SubscribeToShard that are served at a time")
}

func (c *awsConfig) off() bool { return c.addr == "" || c.addr == "off" }

// check refuses what is no setting.
func (c *awsConfig) check() error {
	for _, f := range []struct {
		name  string
		value int64
	}{{"aws-tenants", int64(c.tenants)}, {"aws-region-memory", c.regionMiB}, {"aws-memory", c.totalMiB},
		{"aws-busy-memory", c.busyMiB}, {"aws-event-streams", int64(c.streams)}} {
		if f.value < 1 || f.value > 1<<20 {
			return usageError{fmt.Errorf("-%s %d: write a number from 1 to %d", f.name, f.value, 1<<20)}
		}
	}
	if !(c.speed > 0 && c.speed <= awsjson.MaxSpeed) {
		return usageError{fmt.Errorf("-aws-speed %v: write how many virtual seconds pass in a second, above 0 and at most %d", c.speed, awsjson.MaxSpeed)}
	}
	return nil
}

// An awsServer is the endpoint on its port.
type awsServer struct {
	endpoint *awsjson.Endpoint
	server   *http.Server
	listener net.Listener
	ca       string // what clients must trust; "" without TLS
}

// newAWS makes the endpoint and takes its port. It returns nil when the endpoint is off, and also when nobody asked for the
// usual port and another program has it.
func newAWS(c awsConfig, log *slog.Logger) (*awsServer, error) {
	if c.off() {
		return nil, nil
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	l, err := listen("aws-addr", c.addr, awsAddr)
	if errors.Is(err, syscall.EADDRINUSE) && !c.asked {
		log.Warn("no AWS endpoint: another program has its usual port", "addr", c.addr, "try", "-aws-addr 127.0.0.1:4568, or -aws-addr off")
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s, err := openAWS(c, l, log)
	if err != nil {
		l.Close()
		return nil, err
	}
	return s, nil
}

func openAWS(c awsConfig, l net.Listener, log *slog.Logger) (*awsServer, error) {
	s := &awsServer{listener: awsjson.Bounded(l, awsjson.Connections)}
	cfg := awsjson.Config{Log: log, Speed: c.speed, Account: c.account, Profile: c.profile, Shards: max(0, c.shards),
		Limits: awsjson.Limits{Tenants: c.tenants, RegionBytes: c.regionMiB << 20, TotalBytes: c.totalMiB << 20, BusyBytes: c.busyMiB << 20, Subscriptions: c.streams}}
	var err error
	if c.credentials != "" {
		if cfg.Credentials, err = awsjson.ReadCredentials(c.credentials); err != nil {
			return nil, err
		}
	}
	var certificate tls.Certificate
	if c.tls != "" {
		if certificate, s.ca, err = awsjson.Certificate(c.tls, hostsOf(l.Addr()), time.Now()); err != nil {
			return nil, err
		}
	}
	if s.endpoint, err = awsjson.New(cfg); err != nil {
		return nil, usageError{err}
	}
	s.server = s.endpoint.Server()
	if s.ca != "" {
		s.listener = awsjson.Secure(s.listener, certificate)
	}
	return s, nil
}

// hostsOf is the address that a certificate must name beside this machine's own.
func hostsOf(a net.Addr) []string {
	host, _, err := net.SplitHostPort(a.String())
	if ip := net.ParseIP(host); err != nil || ip == nil || ip.IsUnspecified() || ip.IsLoopback() {
		return nil
	}
	return []string{host}
}

// serve answers until the server is told to shut down.
func (s *awsServer) serve() error {
	err := s.server.Serve(s.listener)
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve AWS clients: %w", err)
}

// say tells where the endpoint is and how a client is pointed at it.
func (s *awsServer) say(out io.Writer) {
	url := address(s.listener.Addr())
	if s.ca != "" {
		url = strings.Replace(url, "http:", "https:", 1)
	}
	fmt.Fprintf(out, "AWS clients find it at %s: export AWS_ENDPOINT_URL=%s\n", url, url)
	if s.ca != "" {
		fmt.Fprintf(out, "They must trust its certificate: export AWS_CA_BUNDLE=%s\n", s.ca)
	}
}

// shutdown lets answers under way finish and ends the event streams.
func (s *awsServer) shutdown(ctx context.Context) error {
	defer s.endpoint.Close()
	if err := s.server.Shutdown(ctx); err != nil {
		s.server.Close()
		return fmt.Errorf("stop: AWS requests were still under way after %v: %w", finishTime, err)
	}
	return nil
}

// runEndpoint serves the AWS endpoint alone, without pages, lessons and database.
func runEndpoint(args []string, env func(string) (string, bool), out, errOut io.Writer) error {
	var c awsConfig
	var logAs string
	f := newFlags(env)
	c.flags(f.FlagSet)
	logFlag(f.FlagSet, &logAs)
	if err := f.parse(args, out); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return usageError{fmt.Errorf("%q is not understood; shardlab endpoint -help lists the flags", f.Arg(0))}
	}
	c.asked = true
	if c.off() {
		return usageError{errors.New("-aws-addr turns the endpoint off, and there is nothing else to serve: write host:port, as in -aws-addr " + awsAddr)}
	}
	log, err := newLog(logAs, errOut)
	if err != nil {
		return err
	}
	s, err := newAWS(c, log)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	context.AfterFunc(ctx, stop)
	ended := make(chan error, 1)
	go func() { ended <- s.serve() }()
	s.say(out)
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	log.Info("stopping", "why", context.Cause(ctx))
	finish, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTime)
	defer cancel()
	return s.shutdown(finish)
}
