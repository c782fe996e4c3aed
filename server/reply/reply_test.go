package reply

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestAccepts(t *testing.T) {
	for _, c := range []struct {
		header, encoding string
		want             bool
	}{
		{"", "gzip", false},
		{"gzip", "gzip", true},
		{"gzip, deflate, br, zstd", "br", true},
		{"GZIP;q=0.5", "gzip", true},
		{"gzip;q=0", "gzip", false},
		{"gzip; q=0.000", "gzip", false},
		{"gzip;q=nonsense", "gzip", false},
		{"*", "br", true},
		{"*;q=0", "br", false},
		{"br;q=0, *", "br", false},
		{"*, br;q=0", "br", false},
		{"identity", "gzip", false},
		{"xgzip", "gzip", false},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Encoding", c.header)
		if got := Accepts(r, c.encoding); got != c.want {
			t.Errorf("%q takes %s: %v, want %v", c.header, c.encoding, got, c.want)
		}
	}
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		method, header string
		want           bool
	}{
		{"GET", `"a"`, true},
		{"HEAD", `"a"`, true},
		{"POST", `"a"`, false},
		{"GET", `W/"a"`, true},
		{"GET", `"b", "a"`, true},
		{"GET", `*`, true},
		{"GET", `"b"`, false},
		{"GET", `a`, false},
		{"GET", ``, false},
	} {
		r := httptest.NewRequest(c.method, "/", nil)
		r.Header.Set("If-None-Match", c.header)
		if got := Matches(r, `"a"`); got != c.want {
			t.Errorf("%s with %s matches: %v, want %v", c.method, c.header, got, c.want)
		}
	}
}

func TestAddress(t *testing.T) {
	for _, c := range []struct{ from, want string }{
		{"192.0.2.7:1234", "192.0.2.7"},
		{"[2001:db8:1:2:3:4:5:6]:1234", "2001:db8:1:2::/64"},
		{"[fe80::1%eth0]:1234", "fe80::/64"},
		{"[::ffff:192.0.2.7]:1234", "::ffff:192.0.2.7"},
		{"@", "@"},
	} {
		if got := Address(&http.Request{RemoteAddr: c.from}); got != c.want {
			t.Errorf("%s is counted as %s, want %s", c.from, got, c.want)
		}
	}
}

func TestBehindProxy(t *testing.T) {
	for _, c := range []struct {
		name, forwarded, proto, address string
		tls                             bool
	}{
		{"no headers", "", "", "192.0.2.1", false},
		{"the proxy's own word is the last", "10.9.9.9, 198.51.100.4", "https", "198.51.100.4", true},
		{"one address", "198.51.100.4", "http", "198.51.100.4", false},
		{"nonsense", "nobody", "", "192.0.2.1", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil) // from 192.0.2.1
			if c.forwarded != "" {
				r.Header.Set("X-Forwarded-For", c.forwarded)
			}
			r.Header.Set("X-Forwarded-Proto", c.proto)
			look := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				if got := Address(r); got != c.address {
					t.Errorf("address is %s, want %s", got, c.address)
				}
				if IsTLS(r) != c.tls {
					t.Errorf("TLS is %v, want %v", IsTLS(r), c.tls)
				}
			})
			BehindProxy(look).ServeHTTP(httptest.NewRecorder(), r)
		})
	}
	// Without a proxy nobody is believed.
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("X-Forwarded-Proto", "https")
	if IsTLS(r) {
		t.Error("a header alone makes TLS")
	}
}

func TestLogged(t *testing.T) {
	var text bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&text, nil))
	h := Logged(log, Secure(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/panic":
			panic("what cannot be")
		case "/late":
			w.Write([]byte("begun"))
			panic("too late for an answer")
		}
		JSON(w, r, map[string]string{"id": RequestID(r.Context())})
	})))
	get := func(path, id string) *httptest.ResponseRecorder {
		text.Reset()
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("X-Request-Id", id)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	line := func() (entry struct {
		Level, ID, Path string
		Status, Bytes   int
	}) {
		t.Helper()
		lines := strings.Split(strings.TrimSpace(text.String()), "\n")
		if err := json.Unmarshal([]byte(lines[len(lines)-1]), &entry); err != nil {
			t.Fatalf("%v in %s", err, text.String())
		}
		return entry
	}

	w := get("/", "from-a-proxy.1")
	if l := line(); l.ID != "from-a-proxy.1" || l.Status != 200 || l.Bytes != w.Body.Len() || w.Header().Get("X-Request-Id") != l.ID || !strings.Contains(w.Body.String(), l.ID) {
		t.Errorf("log is %s, answer %v %s", text.String(), w.Header(), w.Body)
	}
	for _, forged := range []string{"", "two\nlines", strings.Repeat("x", 65), `{"a":1}`} {
		w := get("/", forged)
		if id := w.Header().Get("X-Request-Id"); id == forged || len(id) != 12 {
			t.Errorf("the name %q became %q", forged, id)
		}
	}
	w = get("/panic", "")
	if l := line(); w.Code != 500 || l.Status != 500 || l.Level != "ERROR" || !strings.Contains(text.String(), "what cannot be") || !strings.Contains(w.Body.String(), l.ID) {
		t.Errorf("a panic is answered %d %s and logged %s", w.Code, w.Body, text.String())
	}
	if strings.Contains(w.Body.String(), "what cannot be") {
		t.Error("the answer tells the inside")
	}
	if w = get("/late", ""); w.Body.String() != "begun" {
		t.Errorf("after a panic in the middle the answer is %q", w.Body)
	}
}

func TestRefuseKeepsNothing(t *testing.T) {
	w := httptest.NewRecorder()
	w.Header().Set("ETag", `"a"`)
	Refuse(w, httptest.NewRequest("GET", "/", nil), NewError("not_found", `There is no "x" & <y>.`))
	if w.Code != 404 || w.Header().Get("ETag") != "" || w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("answer is %d %v", w.Code, w.Header())
	}
	var got struct{ Error Error }
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || got.Error.Code != "not_found" || got.Error.Message != `There is no "x" & <y>.` {
		t.Errorf("answer is %s, %v", w.Body, err)
	}
}
