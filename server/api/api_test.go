package api

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"shardlab/lessons/block"
	"shardlab/server/reply"
	"shardlab/server/store"
)

var noon = time.UnixMilli(1_772_442_000_000)

// a site is the API over a real database, and a browser's cookie jar of one cookie.
type site struct {
	t      *testing.T
	h      http.Handler
	store  *store.Store
	now    time.Time
	cookie *http.Cookie
}

func open(t *testing.T) *site {
	t.Helper()
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "shardlab.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	l := block.Lesson{Entry: block.Entry{Slug: "hash-keys", Title: "Hash keys"}, Blocks: []block.Block{{ID: "b1", Kind: block.Prose, HTML: "<p>" + strings.Repeat("A key has one shard. ", 200) + "</p>"}}}
	if _, err := s.Seed(t.Context(), block.Course{Title: "Kinesis", Modules: []block.Module{{Lessons: []block.Entry{l.Entry}}}}, []block.Lesson{l}, noon); err != nil {
		t.Fatal(err)
	}
	x := &site{t: t, store: s, now: noon}
	x.h = reply.Secure(New(Config{Store: s, Now: func() time.Time { return x.now }}))
	return x
}

// do sends a request; header holds names and values by turns.
func (x *site) do(method, path, body string, header ...string) *httptest.ResponseRecorder {
	x.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	if x.cookie != nil {
		r.AddCookie(x.cookie)
	}
	w := httptest.NewRecorder()
	x.h.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		x.cookie = c
	}
	return w
}

func event(n int) string {
	return fmt.Sprintf(`{"id":"event-%016d","kind":"goal","lesson":"hash-keys","block":"task","at":%d,"data":{"n":%d}}`, n, noon.UnixMilli(), n)
}

func batch(events ...string) string { return `{"events":[` + strings.Join(events, ",") + `]}` }

// want checks status and a piece of the body.
func want(t *testing.T, w *httptest.ResponseRecorder, status int, piece string) {
	t.Helper()
	if w.Code != status || !strings.Contains(w.Body.String(), piece) {
		t.Errorf("answer is %d %s; want %d with %s", w.Code, w.Body, status, piece)
	}
}

func TestProgress(t *testing.T) {
	x := open(t)
	want(t, x.do("GET", "/api/progress", ""), 200, `{"learner":"","events":[],"last":0}`)
	if x.cookie != nil {
		t.Error("a cookie was given to somebody who only looked")
	}
	want(t, x.do("POST", "/api/progress", batch()), 200, `{"accepted":0,"known":0}`)
	if x.cookie != nil {
		t.Error("a guest was made for no events")
	}
	w := x.do("POST", "/api/progress", batch(event(1), event(2)))
	want(t, w, 200, `{"accepted":2,"known":0}`)
	c := x.cookie
	if c == nil || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Secure || c.Path != "/" || c.MaxAge < 1e7 || len(c.Value) != 43 {
		t.Fatalf("cookie is %+v", c)
	}
	want(t, x.do("POST", "/api/progress", batch(event(2), event(3))), 200, `{"accepted":1,"known":1}`)
	if x.cookie.Value != c.Value {
		t.Error("the learner got another cookie")
	}
	w = x.do("GET", "/api/progress", "")
	var got struct {
		Learner string
		Events  []store.Event
		Last    int64
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || !strings.HasPrefix(got.Learner, "guest-") || len(got.Events) != 3 || got.Last < 3 {
		t.Fatalf("progress is %s, %v", w.Body, err)
	}
	if e := got.Events[0]; e.ID != "event-0000000000000001" || e.Kind != "goal" || e.Lesson != "hash-keys" || e.Block != "task" || e.At != noon.UnixMilli() || string(e.Data) != `{"n":1}` {
		t.Errorf("event is %+v", e)
	}
	want(t, x.do("GET", "/api/progress?after=2", ""), 200, `"events":[{"id":"event-0000000000000003"`)
	want(t, x.do("GET", "/api/progress?after=x", ""), 400, `"code":"bad_request"`)
	if cc := w.Header().Get("Cache-Control"); cc != "no-store" {
		t.Errorf("progress may be kept by caches: %q", cc)
	}

	t.Run("another learner sees none of it", func(t *testing.T) {
		mine := x.cookie
		defer func() { x.cookie = mine }()
		x.cookie = nil
		want(t, x.do("GET", "/api/progress", ""), 200, `"events":[]`)
		x.do("POST", "/api/progress", batch(event(9)))
		if w := x.do("GET", "/api/progress", ""); strings.Contains(w.Body.String(), "0001") || !strings.Contains(w.Body.String(), "0009") {
			t.Errorf("answer is %s", w.Body)
		}
	})
	t.Run("a token that stands for nobody is not taken over", func(t *testing.T) {
		mine := x.cookie
		defer func() { x.cookie = mine }()
		for _, value := range []string{store.NewToken().String(), "forged", ""} {
			x.cookie = &http.Cookie{Name: cookieName, Value: value}
			want(t, x.do("GET", "/api/progress", ""), 200, `"learner":""`)
			want(t, x.do("POST", "/api/progress", batch(event(1))), 200, `{"accepted":1,"known":0}`)
			if x.cookie.Value == value {
				t.Errorf("the server took over the token %q", value)
			}
		}
	})
	t.Run("the cookie is for TLS alone where there is TLS", func(t *testing.T) {
		r := httptest.NewRequest("POST", "https://lab.example/api/progress", strings.NewReader(batch(event(1))))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		x.h.ServeHTTP(w, r)
		if c := w.Result().Cookies(); len(c) != 1 || !c[0].Secure {
			t.Errorf("cookies are %v", c)
		}
	})
}

func TestRefusedEvents(t *testing.T) {
	x := open(t)
	with := func(old, new string) string { return batch(event(1), strings.Replace(event(2), old, new, 1)) }
	for _, c := range []struct {
		name, body string
		status     int
		code, says string
	}{
		{"nothing", "", 400, "bad_request", "it is empty"},
		{"half of it", batch(event(1))[:30], 400, "bad_request", "ends too early"},
		{"not JSON", "events=1", 400, "bad_request", "at byte 1"},
		{"a list", "[]", 400, "bad_request", "is a array"},
		{"an unknown field", `{"event":[]}`, 400, "bad_request", `unknown field \"event\"`},
		{"an unknown field of an event", with(`"kind"`, `"sort":1,"kind"`), 400, "bad_request", `unknown field \"sort\"`},
		{"a number where a text belongs", with(`"goal"`, `7`), 400, "bad_request", "events.kind is a number"},
		{"something after it", batch(event(1)) + "{}", 400, "bad_request", "Something follows"},
		{"bytes that are no UTF-8", with("task", "ta\xffsk"), 400, "bad_request", "UTF-8"},
		{"a short id", with("event-0000000000000002", "e2"), 422, "bad_event", "16 to 64"},
		{"an id with a space", with("event-0000000000000002", "event 0000000000000002"), 422, "bad_event", "Event 2 of 2"},
		{"an unknown kind", with("goal", "won"), 422, "bad_event", "is none of opened, predicted"},
		{"no lesson", with(`"hash-keys"`, `""`), 422, "bad_event", "name its slug"},
		{"a path for a lesson", with("hash-keys", "../../etc/passwd"), 422, "bad_event", "not a slug"},
		{"a lesson that never was", with("hash-keys", "no-such-lesson"), 422, "unknown_lesson", "no-such-lesson"},
		{"markup for a block", with(`"task"`, `"<script>"`), 422, "bad_event", "not the id of a block"},
		{"a year far away", with(fmt.Sprint(noon.UnixMilli()), "9007199254740993"), 422, "bad_event", "not an instant"},
		{"data that is a list", with(`{"n":2}`, `[2]`), 422, "bad_event", "not a JSON object"},
		{"data that is too large", with(`{"n":2}`, `{"n":"`+strings.Repeat("x", maxData)+`"}`), 422, "bad_event", "at most 65536"},
		{"too many events", batch(strings.Split(strings.Repeat(`{}|`, maxBatch)+`{}`, "|")...), 413, "too_large", "at most 500"},
		{"too large a body", `{"events":[` + strings.Repeat(" ", maxBody) + `]}`, 413, "too_large", "256 KiB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := x.do("POST", "/api/progress", c.body)
			want(t, w, c.status, `{"error":{"code":"`+c.code+`","message":"`)
			want(t, w, c.status, c.says)
			if c.status == 422 && !strings.Contains(w.Body.String(), `"event":`) {
				t.Errorf("the answer does not name the event: %s", w.Body)
			}
		})
	}
	if x.cookie != nil {
		t.Error("a guest was made for a refused batch")
	}
	want(t, x.do("POST", "/api/progress", batch(event(1)), "Content-Type", "text/plain"), 415, "Content-Type")
	want(t, x.do("POST", "/api/progress", batch(event(1), with("", "")[:0]+strings.Replace(event(3), `{"n":3}`, "null", 1))), 200, `"accepted":2`)
	want(t, x.do("POST", "/api/progress", batch(`{"id":"0123456789abcdef","kind":"setting","lesson":"","block":"","at":1}`)), 200, `"accepted":1`)
}

func TestCrossSiteWritesAreRefused(t *testing.T) {
	x := open(t)
	for _, c := range []struct {
		name   string
		header []string
		status int
	}{
		{"another site's page", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"a sibling of our host", []string{"Sec-Fetch-Site", "same-site"}, 403},
		{"an old browser on another site", []string{"Origin", "https://evil.example"}, 403},
		{"our page", []string{"Sec-Fetch-Site", "same-origin"}, 200},
		{"our page in an old browser", []string{"Origin", "http://example.com"}, 200}, // httptest's host
		{"no browser", nil, 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := x.do("POST", "/api/progress", batch(event(1)), c.header...)
			if w.Code != c.status {
				t.Errorf("answer is %d %s, want %d", w.Code, w.Body, c.status)
			}
			if c.status == 403 {
				want(t, w, 403, `"code":"cross_site"`)
			}
		})
	}
}

func TestBounds(t *testing.T) {
	t.Run("a learner who sends too often", func(t *testing.T) {
		x := open(t)
		x.do("POST", "/api/progress", batch(event(0)))
		refused := 0
		for n := range 2 * learnerBurst {
			if w := x.do("POST", "/api/progress", batch(event(n))); w.Code == 429 {
				refused++
				want(t, w, 429, `"code":"rate_limited"`)
				if w.Header().Get("Retry-After") == "" {
					t.Error("no Retry-After")
				}
			}
		}
		if refused != learnerBurst {
			t.Errorf("%d of %d were refused, want %d", refused, 2*learnerBurst, learnerBurst)
		}
		x.now = x.now.Add(time.Second)
		want(t, x.do("POST", "/api/progress", batch(event(0))), 200, "known")
	})
	t.Run("an address that makes too many guests", func(t *testing.T) {
		x := open(t)
		codes := map[int]int{}
		for n := range guestBurst + 5 {
			x.cookie = nil
			codes[x.do("POST", "/api/progress", batch(event(n))).Code]++
		}
		if codes[200] != guestBurst || codes[429] != 5 {
			t.Errorf("answers are %v", codes)
		}
	})
	t.Run("names are forgotten", func(t *testing.T) {
		now := noon
		m := newMeter(func() time.Time { return now }, 1, 1)
		for n := range mostRemembered + 10 {
			m.take(httptest.NewRecorder(), fmt.Sprint(n), "")
		}
		if len(m.names) > mostRemembered {
			t.Errorf("%d names are remembered", len(m.names))
		}
		now = now.Add(2 * forgetAfter)
		m.take(httptest.NewRecorder(), "new", "")
		if len(m.names) != 1 {
			t.Errorf("%d names are remembered after a quiet time", len(m.names))
		}
	})
}

func TestLessons(t *testing.T) {
	x := open(t)
	w := x.do("GET", "/api/lessons/hash-keys", "")
	want(t, w, 200, "A key has one shard.")
	tag := w.Header().Get("ETag")
	if tag == "" || w.Header().Get("Cache-Control") != "no-cache" || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("headers are %v", w.Header())
	}
	if w := x.do("GET", "/api/lessons/hash-keys", "", "If-None-Match", tag); w.Code != 304 || w.Body.Len() != 0 {
		t.Errorf("answer to its own tag is %d with %d bytes", w.Code, w.Body.Len())
	}
	if w := x.do("GET", "/api/lessons/hash-keys", "", "If-None-Match", `"other", W/`+tag); w.Code != 304 {
		t.Errorf("answer to a list with a weak tag is %d", w.Code)
	}
	zip := x.do("GET", "/api/lessons/hash-keys", "", "Accept-Encoding", "gzip, br")
	if zip.Header().Get("Content-Encoding") != "gzip" || zip.Header().Get("ETag") == tag || zip.Header().Get("Vary") != "Accept-Encoding" {
		t.Errorf("headers of the gzip form are %v", zip.Header())
	}
	z, err := gzip.NewReader(zip.Body)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(z); err != nil || !bytes.Equal(text, w.Body.Bytes()) {
		t.Errorf("the gzip form says something else, %v", err)
	}
	if w := x.do("GET", "/api/lessons/hash-keys", "", "Accept-Encoding", "gzip;q=0, *"); w.Header().Get("Content-Encoding") != "" {
		t.Error("gzip was sent to somebody who refused it")
	}
	want(t, x.do("GET", "/api/course", ""), 200, `"title":"Kinesis"`)
	want(t, x.do("HEAD", "/api/course", ""), 200, "")
	want(t, x.do("GET", "/healthz", ""), 200, "ok")

	want(t, x.do("GET", "/api/lessons/no-such", ""), 404, `"code":"not_found"`)
	want(t, x.do("GET", "/api/lessons/..%2f..%2fetc%2fpasswd", ""), 404, `"code":"not_found"`)
	want(t, x.do("GET", "/api/nothing", ""), 404, `"code":"not_found"`)
	w = x.do("POST", "/api/course", "{}")
	want(t, w, 405, `"code":"bad_method"`)
	if w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("Allow is %q", w.Header().Get("Allow"))
	}

	// A lesson edited without a new build has a new tag.
	l, _ := x.store.Lesson(t.Context(), "hash-keys")
	l.Title = "Hash keys, told better"
	if _, err := x.store.Seed(t.Context(), block.Course{Title: "Kinesis"}, []block.Lesson{l}, noon); err != nil {
		t.Fatal(err)
	}
	want(t, x.do("GET", "/api/lessons/hash-keys", "", "If-None-Match", tag), 200, "told better")
}

func TestDatabaseGone(t *testing.T) {
	x := open(t)
	x.store.Close()
	want(t, x.do("GET", "/healthz", ""), 503, `"code":"not_ready"`)
	w := x.do("POST", "/api/progress", batch(event(1)))
	want(t, w, 500, `"code":"internal"`)
	if strings.Contains(w.Body.String(), "sql") {
		t.Errorf("the answer tells the inside: %s", w.Body)
	}
}
