package awsjson

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestCredentialsFile(t *testing.T) {
	text := `# who may come
[anna]
aws_access_key_id = AKIAANNA
aws_secret_access_key=a/b+c=   # with signs
region = eu-west-1
shardlab_principal = arn:aws:iam::111122223333:user/anna

; and a guest
[ guest ]
AWS_ACCESS_KEY_ID = ASIA
aws_secret_access_key = s
aws_session_token = t/+=
shardlab_account = 222222222222
shardlab_expires = 2026-12-31T18:00:00Z
`
	got, err := parseCredentials(text)
	want := []Credential{
		{Name: "anna", AccessKey: "AKIAANNA", SecretKey: "a/b+c=", Principal: "arn:aws:iam::111122223333:user/anna"},
		{Name: "guest", AccessKey: "ASIA", SecretKey: "s", SessionToken: "t/+=", Account: "222222222222", Expires: time.Date(2026, 12, 31, 18, 0, 0, 0, time.UTC)},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("it holds %+v, %v", got, err)
	}
	for text, says := range map[string]string{
		"[anna\n":                        "line 1: write the name",
		"[a]\n[a]\n":                     "line 2: there are two",
		"\naws_access_key_id = x\n":      "line 2: a line [name]",
		"[a]\nx\n":                       "line 2: write key = value",
		"[a]\nshardlab_expires = soon\n": "line 2: \"soon\" is no moment",
		"[a]\nshardlab_principle = arn:aws:iam::\n": "line 2: there is no key shardlab_principle",
	} {
		if _, err := parseCredentials(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q is refused with %v, want %q", text, err, says)
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "none"), []byte("# nobody\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"none", "missing"} {
		if _, err := ReadCredentials(filepath.Join(dir, name)); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s is refused with %v", name, err)
		}
	}
}

// A certificate is made once, is trusted through its authority, and is made anew when it grows old or is asked for another
// name.
func TestCertificate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tls")
	now := time.Now()
	first, ca, err := Certificate(dir, nil, now)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(ca)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	for _, name := range []string{"localhost", "123456789012.localhost", "127.0.0.1", "::1"} {
		l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{first}})
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			if c, err := l.Accept(); err == nil {
				c.(*tls.Conn).Handshake()
				c.Close()
			}
		}()
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if err := tls.Client(c, &tls.Config{RootCAs: roots, ServerName: name}).Handshake(); err != nil {
			t.Errorf("a client does not trust it as %s: %v", name, err)
		}
		c.Close()
		l.Close()
	}
	if info, err := os.Stat(filepath.Join(dir, keyFile)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key is %v, %v", info.Mode(), err)
	}
	again, _, err := Certificate(dir, nil, now.Add(time.Hour))
	if err != nil || !again.Leaf.Equal(first.Leaf) {
		t.Errorf("the next time it is another one: %v", err)
	}
	named, _, err := Certificate(dir, []string{"192.0.2.7"}, now)
	if err != nil || named.Leaf.Equal(first.Leaf) || named.Leaf.VerifyHostname("192.0.2.7") != nil {
		t.Errorf("with another address: %v", err)
	}
	later, _, err := Certificate(dir, []string{"192.0.2.7"}, now.Add(certificateLife-certificateRest+time.Hour))
	if err != nil || later.Leaf.Equal(named.Leaf) {
		t.Errorf("near its end it is not made anew: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, certFile), []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Certificate(dir, nil, now); err == nil || !strings.Contains(err.Error(), "remove the folder") {
		t.Errorf("what is no certificate is refused with %v", err)
	}
}
