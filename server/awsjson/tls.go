package awsjson

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
)

// Secure returns a listener that speaks TLS with a certificate. An HTTP/2 client may say so in its handshake or just begin:
// the AWS SDK for Java begins, and the service understands it. net/http looks for such a beginning only on connections that
// it does not know to be TLS, so these hide it.
func Secure(l net.Listener, certificate tls.Certificate) net.Listener {
	return secure{tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{"h2", "http/1.1"}})}
}

type secure struct{ net.Listener }

func (s secure) Accept() (net.Conn, error) {
	c, err := s.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return secureConn{c}, nil
}

type secureConn struct{ net.Conn }

// Read tells a client that speaks no TLS of it, as net/http would.
func (c secureConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	var bad tls.RecordHeaderError
	if errors.As(err, &bad) && bad.Conn != nil {
		io.WriteString(bad.Conn, "HTTP/1.0 400 Bad Request\r\n\r\nThis endpoint speaks TLS: write https:// where its address is given.\n")
		bad.Conn.Close()
	}
	return n, err
}
