package awsjson

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// TestSecure has clients of every kind reach the endpoint over TLS: those that agree on a version of HTTP in the handshake,
// those that do not, and one that speaks no TLS at all.
//
// shows: SE2
func TestSecure(t *testing.T) {
	certificate, ca, err := Certificate(t.TempDir(), nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	pem, err := os.ReadFile(ca)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	e, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := e.Server()
	go s.Serve(Secure(l, certificate))
	defer s.Close()

	dial := func(ctx context.Context, _, addr string) (net.Conn, error) { // a handshake that agrees on nothing
		c, err := (&tls.Dialer{Config: &tls.Config{RootCAs: roots}}).DialContext(ctx, "tcp", addr)
		if err != nil {
			return nil, err
		}
		return struct{ net.Conn }{c}, nil
	}
	begins := &http.Transport{DialContext: dial, Protocols: new(http.Protocols)}
	begins.Protocols.SetUnencryptedHTTP2(true)
	for _, row := range []struct {
		name      string
		transport *http.Transport
		scheme    string
		want      string
	}{
		{"HTTP/2, agreed", &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}, "https", "HTTP/2.0"},
		{"HTTP/1.1, agreed", &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, NextProtos: []string{"http/1.1"}}}, "https", "HTTP/1.1"},
		{"HTTP/2, begun", begins, "http", "HTTP/2.0"},
		{"HTTP/1.1, begun", &http.Transport{DialContext: dial}, "http", "HTTP/1.1"},
	} {
		r, err := http.NewRequest("POST", row.scheme+"://"+l.Addr().String(), strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-amz-json-1.1")
		r.Header.Set("X-Amz-Target", "Kinesis_20131202.ListStreams")
		r.Header.Set("X-Amz-Date", "20261125T000000Z")
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIATLS/20261125/us-east-1/kinesis/aws4_request, SignedHeaders=host;x-amz-date, Signature=00")
		a, err := row.transport.RoundTrip(r)
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		body, _ := io.ReadAll(a.Body)
		a.Body.Close()
		row.transport.CloseIdleConnections()
		if a.StatusCode != 200 || a.Proto != row.want || !strings.Contains(string(body), `"StreamNames":[]`) {
			t.Errorf("%s: answered by %s with %s and %s", row.name, a.Proto, a.Status, body)
		}
	}
	a, err := http.Post("http://"+l.Addr().String(), "", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	if body, _ := io.ReadAll(a.Body); a.StatusCode != 400 || !strings.Contains(string(body), "https://") {
		t.Errorf("a client without TLS is answered %s and %s", a.Status, body)
	}
}
