package main

import (
	"log/slog"
	"net"
	"testing"
	"time"

	"shardlab/server/awsjson"
)

// crowd is a listener at which clients stand without end.
type crowd struct{ net.Listener }

func (crowd) Accept() (net.Conn, error) {
	c, _ := net.Pipe()
	return c, nil
}

// The endpoint takes so many connections at a time, with and without TLS.
func TestConnectionsAreBounded(t *testing.T) {
	for _, folder := range []string{"", t.TempDir()} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		s, err := openAWS(awsConfig{speed: 1, tls: folder, tenants: 1, regionMiB: 1, totalMiB: 1}, crowd{l}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		taken := make(chan net.Conn, 2*awsjson.Connections)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			for {
				c, err := s.listener.Accept()
				if err != nil || len(taken) == cap(taken) {
					return
				}
				taken <- c
			}
		}()
		for range awsjson.Connections {
			<-taken
		}
		select {
		case <-taken:
			t.Errorf("with TLS %q one more than %d is taken", folder, awsjson.Connections)
		case <-time.After(50 * time.Millisecond):
		}
		s.listener.Close()
		<-ended
		s.endpoint.Close()
	}
}
