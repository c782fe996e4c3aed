package awsjson

import (
	"net"
	"testing"
	"time"
)

// So many connections are taken, the next when one of them ends, and a listener that is closed takes none.
func TestBounded(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := Bounded(inner, 2)
	taken := make(chan net.Conn, 10)
	ended := make(chan error, 1)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				ended <- err
				return
			}
			taken <- c
		}
	}()
	for range 3 {
		c, err := net.Dial("tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	first := <-taken
	<-taken
	select {
	case <-taken:
		t.Fatal("a third is taken")
	case <-time.After(50 * time.Millisecond):
	}
	first.Close()
	first.Close() // frees one place, not two
	<-taken
	if len(l.(*bounded).places) != 2 {
		t.Errorf("%d places are taken", len(l.(*bounded).places))
	}
	l.Close()
	if err := <-ended; err == nil {
		t.Error("closed, it goes on")
	}
}
