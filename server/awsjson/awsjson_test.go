package awsjson

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"shardlab/wasm/region"
)

// moment is where the wall clock of a test stands at first.
var moment = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// A wall is a wall clock that a test sets.
type wall struct {
	mu  sync.Mutex
	now time.Time
}

func (w *wall) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *wall) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// A server is an endpoint on a port of its own.
type server struct {
	*Endpoint
	t    testing.TB
	url  string
	wall *wall
	log  *lines
}

// lines are what was logged.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// start starts an endpoint. Its wall clock is the test's own unless the config has one.
func start(t testing.TB, cfg Config) *server {
	t.Helper()
	s := &server{t: t, wall: &wall{now: moment}, log: &lines{}}
	if cfg.Now == nil {
		cfg.Now = s.wall.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.NewTextHandler(s.log, nil))
	}
	e, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	s.Endpoint = e
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.url = "http://" + l.Addr().String()
	h := e.Server()
	ended := make(chan error, 1)
	go func() { ended <- h.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second) // a connection that was never used is closed after five
		defer cancel()
		if err := h.Shutdown(ctx); err != nil {
			t.Errorf("the endpoint does not shut down: %v", err)
		}
		if err := <-ended; err != http.ErrServerClosed {
			t.Errorf("the endpoint ended with %v", err)
		}
		e.Close()
	})
	return s
}

// signed is a header that names an access key and a Region; without credentials nobody verifies the rest.
func signed(key, region string) string {
	return "AWS4-HMAC-SHA256 Credential=" + key + "/20260302/" + region + "/kinesis/aws4_request, SignedHeaders=host;x-amz-date, Signature=00"
}

// request makes a request as a client of the key "anna" in us-east-1 would; edit changes it.
func (s *server) request(op, body string, edit func(*http.Request)) *http.Request {
	s.t.Helper()
	r, err := http.NewRequest("POST", s.url+"/", strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", json11)
	r.Header.Set("X-Amz-Target", "Kinesis_20131202."+op)
	r.Header.Set("X-Amz-Date", "20260302T080000Z")
	r.Header.Set("Authorization", signed("anna", "us-east-1"))
	if edit != nil {
		edit(r)
	}
	return r
}

// send sends a request and returns the answer with its body.
func (s *server) send(r *http.Request) (*http.Response, string) {
	s.t.Helper()
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return a, string(body)
}

func (s *server) do(op, body string, edit func(*http.Request)) (*http.Response, string) {
	s.t.Helper()
	return s.send(s.request(op, body, edit))
}

// must sends a request that has to succeed.
func (s *server) must(op, body string) string {
	s.t.Helper()
	a, text := s.do(op, body, nil)
	if a.StatusCode != 200 {
		s.t.Fatalf("%s %s: %d %s", op, body, a.StatusCode, text)
	}
	return text
}

// pass lets time pass, and whoever drives event streams notice.
func (s *server) pass(d time.Duration) {
	s.wall.pass(d)
	s.tenants.mu.Lock()
	defer s.tenants.mu.Unlock()
	for _, t := range s.tenants.byKey {
		t.stir()
	}
}

// stream makes an ACTIVE stream.
func (s *server) stream(name string, shards string) {
	s.t.Helper()
	s.must("CreateStream", `{"StreamName":"`+name+`","ShardCount":`+shards+`}`)
	s.wall.pass(11 * time.Second)
}

func TestNewRefuses(t *testing.T) {
	for _, row := range []struct {
		name string
		cfg  Config
		says string
	}{
		{"a speed backwards", Config{Speed: -1}, "above 0"},
		{"a speed without end", Config{Speed: 1e9}, "at most 1440"},
		{"an account of words", Config{Account: "mine"}, "twelve digits"},
		{"a profile of nobody", Config{Profile: "1999"}, "use one of " + strings.Join(region.Profiles(), ", ")},
		{"a credential without a secret", Config{Credentials: []Credential{{Name: "a", AccessKey: "k"}}}, "aws_secret_access_key"},
		{"a key twice", Config{Credentials: []Credential{{Name: "a", AccessKey: "k", SecretKey: "s"}, {Name: "b", AccessKey: "k", SecretKey: "s"}}}, "twice"},
		{"a principal that is no ARN", Config{Credentials: []Credential{{Name: "a", AccessKey: "k", SecretKey: "s", Principal: "anna"}}}, "write an ARN"},
		{"a principal of another account", Config{Credentials: []Credential{{Name: "a", AccessKey: "k", SecretKey: "s", Account: "111111111111", Principal: "arn:aws:iam::222222222222:user/anna"}}}, "leave the account out"},
	} {
		t.Run(row.name, func(t *testing.T) {
			e, err := New(row.cfg)
			if err == nil {
				e.Close()
				t.Fatal("it is taken")
			}
			if !strings.Contains(err.Error(), row.says) {
				t.Errorf("it is refused with %q, want %q in it", err, row.says)
			}
		})
	}
}
