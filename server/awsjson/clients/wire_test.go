package clients

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A wire stands between a client and the endpoint and sees every request.
type wire struct {
	url string
	mu  sync.Mutex
	all []seen
}

// seen is a request that came over the wire, with its answer.
type seen struct {
	target string // "PutRecord"
	http   int    // major version
	sent   string // Content-Type
	status int
}

// tap puts a wire before an endpoint without TLS. It speaks HTTP/1.1 and, to clients that know beforehand, HTTP/2.
func tap(t *testing.T, e *endpoint) *wire {
	t.Helper()
	to, err := url.Parse(e.url)
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{}
	onward := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Host = r.In.Host
		},
		FlushInterval: -1,
		ModifyResponse: func(r *http.Response) error {
			in := r.Request.Context().Value(wireKey{}).(*http.Request)
			_, op, _ := strings.Cut(in.Header.Get("X-Amz-Target"), ".")
			w.mu.Lock()
			defer w.mu.Unlock()
			w.all = append(w.all, seen{op, in.ProtoMajor, in.Header.Get("Content-Type"), r.StatusCode})
			return nil
		},
	}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		onward.ServeHTTP(rw, r.WithContext(context.WithValue(r.Context(), wireKey{}, r)))
	}))
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetHTTP1(true)
	s.Config.Protocols.SetUnencryptedHTTP2(true)
	s.Start()
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	w.url = s.URL
	return w
}

type wireKey struct{}

// of lists the requests for an operation.
func (w *wire) of(op string) []seen {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(w.all), func(s seen) bool { return s.target != op })
}
