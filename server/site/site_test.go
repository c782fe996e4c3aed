package site

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/page"
	"shardlab/lessons/block"
	"shardlab/server/reply"
	"shardlab/server/store"
	"shardlab/web"
)

const wasmHash = "0123456789abcdef"

// built is a folder as the packer leaves it.
func built(t testing.TB) fstest.MapFS {
	t.Helper()
	var gz bytes.Buffer
	z := gzip.NewWriter(&gz)
	io.WriteString(z, strings.Repeat("wasm", 1000))
	z.Close()
	m := web.Manifest{Version: "aaaabbbbcccc", Files: map[string]web.File{
		"app.wasm":      {Path: "app." + wasmHash + ".wasm", Type: "application/wasm", Size: 4000, Br: 7, Gz: int64(gz.Len())},
		"theme.js":      {Path: "theme.1111111111111111.js", Type: "text/javascript; charset=utf-8", Size: 5},
		"app.js":        {Path: "app.2222222222222222.js", Type: "text/javascript; charset=utf-8", Size: 3},
		"wasm_exec.js":  {Path: "wasm_exec.3333333333333333.js", Type: "text/javascript; charset=utf-8", Size: 4},
		"base.css":      {Path: "base.4444444444444444.css", Type: "text/css; charset=utf-8", Size: 4},
		"bench.css":     {Path: "bench.5555555555555555.css", Type: "text/css; charset=utf-8", Size: 5},
		"app-worker.js": {Path: "app-worker.6666666666666666.js", Type: "text/javascript; charset=utf-8", Size: 6},
		"mark.svg":      {Path: "mark.7777777777777777.svg", Type: "image/svg+xml", Size: 3},
		"mark-180.png":  {Path: "mark-180.8888888888888888.png", Type: "image/png", Size: 3},
		"mark-192.png":  {Path: "mark-192.9999999999999999.png", Type: "image/png", Size: 3},
	}}
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{"manifest.json": {Data: text}, "secret.txt": {Data: []byte("not an asset")}}
	for name, f := range m.Files {
		if name == "app.wasm" { // kept packed alone
			files[f.Path+".br"], files[f.Path+".gz"] = &fstest.MapFile{Data: []byte("brotli!")}, &fstest.MapFile{Data: gz.Bytes()}
			continue
		}
		files[f.Path] = &fstest.MapFile{Data: []byte(strings.TrimSuffix(name, filepath.Ext(name)))}
	}
	return files
}

// view is a page as app/ has them, in a few lines: it draws what its source has.
type view struct {
	app.Compo
	title  string
	words  string
	failed bool
}

func (v *view) OnPreRender(ctx app.Context) {
	src := testSource.now()
	slug, isLesson := strings.CutPrefix(ctx.Page().URL().Path, "/lessons/")
	switch {
	case ctx.Page().URL().Path == "/settings":
		panic("a component that breaks")
	case isLesson:
		l, err := src.Lesson(context.Background(), slug)
		v.title = l.Title
		if err != nil {
			v.failed, v.title = true, "No such lesson"
			break
		}
		v.words = l.Blocks[0].HTML
	default:
		c, _ := src.Course(context.Background())
		v.title = c.Title
	}
	ctx.Page().SetTitle(v.title)
	ctx.Page().SetDescription(`About "` + v.title + `"`)
}

func (v *view) Render() app.UI {
	return app.Main().Aria("label", v.title).Body(app.H1().Text(v.title), app.If(v.words != "", app.Raw("<div>"+v.words+"</div>")), app.If(v.failed, app.P().Text("not in this course")))
}

// testSource is where view finds its lessons: go-app's routes are for the whole process, its stores are not.
var testSource sources

type sources struct {
	mu   sync.Mutex
	last page.Source
	once sync.Once
}

func (s *sources) now() page.Source {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

func (s *sources) routes(src page.Source) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = src
	s.once.Do(func() {
		app.RouteWithRegexpFunc("^/.*$", func() app.Composer { return &view{} })
	})
}

var errGone = errors.New("not in this course")

type fixture struct {
	t     testing.TB
	h     http.Handler
	site  *Site
	store *store.Store
}

func lesson(title, html string) block.Lesson {
	return block.Lesson{Entry: block.Entry{Slug: "hot-shard", Title: title}, Blocks: []block.Block{{ID: "b1", Kind: block.Prose, HTML: html}},
		Lab: json.RawMessage(`{"note":"</script><script>alert(1)</script>"}`)}
}

func open(t testing.TB) *fixture {
	t.Helper()
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "shardlab.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	x := &fixture{t: t, store: s}
	x.seed(lesson(`The "hot" shard`, "<p>One rack is busier than all others.</p>"))
	x.site, err = newSite(Config{Store: s, Files: built(t)}, pages{testSource.routes, func(p string) bool {
		return p == "/" || p == "/lab" || p == "/settings" || strings.HasPrefix(p, "/lessons/")
	}, errGone})
	if err != nil {
		t.Fatal(err)
	}
	x.h = reply.Secure(x.site)
	return x
}

func (x *fixture) seed(l block.Lesson) {
	x.t.Helper()
	if _, err := x.store.Seed(x.t.Context(), block.Course{Title: "Kinesis", Modules: []block.Module{{Lessons: []block.Entry{l.Entry}}}}, []block.Lesson{l}, time.UnixMilli(1)); err != nil {
		x.t.Fatal(err)
	}
}

// get asks for a path; header holds names and values by turns.
func (x *fixture) get(path string, header ...string) *httptest.ResponseRecorder {
	x.t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	x.h.ServeHTTP(w, r)
	return w
}

func TestLessonsFirstAnswer(t *testing.T) {
	x := open(t)
	w := x.get("/lessons/hot-shard")
	html := w.Body.String()
	if w.Code != 200 || w.Header().Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("answer is %d %v", w.Code, w.Header())
	}
	for _, piece := range []string{
		"<p>One rack is busier than all others.</p>",
		`<title>The &#34;hot&#34; shard</title>`,
		`<meta name="description" content="About &#34;The &#34;hot&#34; shard&#34;">`,
		`<main aria-label="The &#34;hot&#34; shard">`,
		`<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">`,
		`<script src="/web/theme.1111111111111111.js"></script>`,
		`<link rel="stylesheet" href="/web/base.4444444444444444.css">` + "\n" + `<link rel="stylesheet" href="/web/bench.5555555555555555.css">`,
		`<script defer src="/web/app.2222222222222222.js"></script>`,
		`"app.wasm":"/web/app.` + wasmHash + `.wasm"`,
		`<div id="app-wasm-loader" role="status"`,
	} {
		if !strings.Contains(html, piece) {
			t.Errorf("the page lacks %s", piece)
		}
	}
	for _, piece := range []string{"</script><script>", "user-scalable", "maximum-scale", "http://", "https://", "goapp", " style=", "<style"} {
		if strings.Contains(html, piece) {
			t.Errorf("the page has %s:\n%s", piece, html)
		}
	}
	if body := html[strings.Index(html, "<body>"):]; !strings.HasPrefix(body, "<body>\n<main") {
		t.Errorf("the content is not the body's first element: %.80s", body)
	}
	_, data, _ := strings.Cut(html, `<script type="application/json" id="page-data">`)
	data, _, _ = strings.Cut(data, "</script>")
	var got struct {
		Version string
		Assets  map[string]string
		Course  block.Course
		Lesson  block.Lesson
	}
	if err := json.Unmarshal([]byte(data), &got); err != nil {
		t.Fatalf("page data: %v in %s", err, data)
	}
	if got.Lesson.Title != `The "hot" shard` || got.Course.Title != "Kinesis" || !strings.Contains(string(got.Lesson.Lab), "</script>") && !strings.Contains(string(got.Lesson.Lab), `\u003c/script`) {
		t.Errorf("page data is %+v", got)
	}
	if v := w.Header().Get("Shardlab-Version"); v != got.Version || !strings.HasPrefix(v, "aaaabbbbcccc-") {
		t.Errorf("version is %q in the header, %q in the page", v, got.Version)
	}
}

func TestPagesAreKept(t *testing.T) {
	x := open(t)
	w := x.get("/lessons/hot-shard")
	tag := w.Header().Get("ETag")
	if tag == "" || w.Header().Get("Cache-Control") != "no-cache" {
		t.Fatalf("headers are %v", w.Header())
	}
	if w := x.get("/lessons/hot-shard", "If-None-Match", tag); w.Code != 304 || w.Body.Len() > 0 {
		t.Errorf("answer to its own tag is %d", w.Code)
	}
	if w := x.get("/", "If-None-Match", tag); w.Code != 200 {
		t.Errorf("another page takes the tag: %d", w.Code)
	}
	zip := x.get("/lessons/hot-shard", "Accept-Encoding", "gzip")
	z, err := gzip.NewReader(zip.Body)
	if err != nil {
		t.Fatal(err)
	}
	if text, _ := io.ReadAll(z); string(text) != w.Body.String() {
		t.Error("the gzip form says something else")
	}
	// A lesson that is edited is drawn anew, without a new build.
	x.seed(lesson("The hot shard, cooled", "<p>Split it.</p>"))
	w = x.get("/lessons/hot-shard", "If-None-Match", tag)
	if w.Code != 200 || !strings.Contains(w.Body.String(), "<p>Split it.</p>") || w.Header().Get("ETag") == tag {
		t.Errorf("after an edit the answer is %d", w.Code)
	}
}

func TestAddresses(t *testing.T) {
	x := open(t)
	for _, c := range []struct {
		path   string
		status int
		words  string
	}{
		{"/", 200, "Kinesis"},
		{"/lab", 200, "Kinesis"},
		{"/offline", 200, "You are offline"},
		{"/lessons/hot-shard", 200, "busier"},
		{"/lessons/hot-shard/", 301, ""},
		{"/lessons/no-such-lesson", 404, "not in this course"},
		{"/lessons/", 404, "Kinesis"},
		{"/nowhere", 404, "Kinesis"},
		{"/index.php?a=<script>", 404, "Kinesis"},
		{"/settings", 500, "could not be made"}, // a component that panics
		{"/robots.txt", 200, "Disallow: /api/"},
		{"/sandbox.html", 200, "Where functions run"},
		{"/manifest.webmanifest", 200, `"start_url":"/"`},
		{"/app.js", 200, "app"},
		{"/wasm_exec.js", 200, "wasm_exec"},
		{"/favicon.ico", 200, "mark-192"},
		{"/web/mark.svg", 200, "mark"},
		{"/web/nothing.js", 404, "no asset"},
		{"/web/secret.txt", 404, "no asset"},
		{"/web/manifest.json", 404, "no asset"},
		{"/web/..%2fweb.go", 404, "no asset"},
		{"/web/../../../etc/passwd", 307, ""},
		{"/web/%2e%2e/%2e%2e/etc/passwd", 404, "no asset"},
		{"/web/", 404, "no asset"},
	} {
		t.Run(c.path, func(t *testing.T) {
			w := x.get(c.path)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.words) {
				t.Errorf("answer is %d %.200s; want %d with %q", w.Code, w.Body, c.status, c.words)
			}
			if strings.Contains(w.Body.String(), "root:") {
				t.Error("a file of the machine was sent")
			}
			if to := w.Header().Get("Location"); c.status == 307 {
				if w := x.get(to); w.Code != 404 {
					t.Errorf("%s answers %d", to, w.Code)
				}
			}
		})
	}
	w := httptest.NewRecorder()
	x.h.ServeHTTP(w, httptest.NewRequest("POST", "/", strings.NewReader("x")))
	if w.Code != 405 || w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("a write to a page answers %d", w.Code)
	}
	for i := range 50 {
		x.get(fmt.Sprintf("/lessons/made-up-%d", i))
	}
	if n := len(x.site.drawn.pages); n > 5 {
		t.Errorf("%d pages are kept: addresses that lead nowhere fill the memory", n)
	}
}

func TestAssets(t *testing.T) {
	x := open(t)
	path := "/web/app." + wasmHash + ".wasm"
	for _, c := range []struct {
		name, accepts, encoding string
		size                    int
	}{
		{"brotli before gzip", "gzip, deflate, br, zstd", "br", 7},
		{"gzip alone", "gzip, deflate", "gzip", -1},
		{"brotli refused", "br;q=0, gzip;q=0.5", "gzip", -1},
		{"anything", "*", "br", 7},
		{"neither", "identity", "", 4000},
		{"nothing said", "", "", 4000},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := x.get(path, "Accept-Encoding", c.accepts)
			h := w.Header()
			if w.Code != 200 || h.Get("Content-Encoding") != c.encoding || h.Get("Content-Type") != "application/wasm" || h.Get("Vary") != "Accept-Encoding" {
				t.Errorf("answer is %d %v", w.Code, h)
			}
			if h.Get("Cache-Control") != "public, max-age=31536000, immutable" {
				t.Errorf("a hashed name may be kept for ever, but Cache-Control is %q", h.Get("Cache-Control"))
			}
			if c.size > 0 && w.Body.Len() != c.size || h.Get("Content-Length") != fmt.Sprint(w.Body.Len()) {
				t.Errorf("%d bytes were sent, Content-Length says %s; want %d", w.Body.Len(), h.Get("Content-Length"), c.size)
			}
			tag := h.Get("ETag")
			if w := x.get(path, "Accept-Encoding", c.accepts, "If-None-Match", tag); w.Code != 304 || w.Body.Len() > 0 || w.Header().Get("Content-Encoding") != "" {
				t.Errorf("answer to its own tag is %d %v", w.Code, w.Header())
			}
		})
	}
	w := x.get("/web/app.wasm")
	if w.Code != 200 || w.Header().Get("Cache-Control") != "no-cache" {
		t.Errorf("a name that stays answers %d, %q", w.Code, w.Header().Get("Cache-Control"))
	}
	r := httptest.NewRequest("HEAD", path, nil)
	w = httptest.NewRecorder()
	x.h.ServeHTTP(w, r)
	if w.Body.Len() != 0 || w.Header().Get("Content-Length") != "4000" {
		t.Errorf("HEAD answers %d bytes, %v", w.Body.Len(), w.Header())
	}
}

func TestServiceWorker(t *testing.T) {
	x := open(t)
	w := x.get("/app-worker.js")
	text := w.Body.String()
	if w.Code != 200 || w.Header().Get("Cache-Control") != "no-cache" || !strings.HasSuffix(text, "app-worker") {
		t.Fatalf("answer is %d %v %s", w.Code, w.Header(), text)
	}
	line, _, _ := strings.Cut(strings.TrimPrefix(text, "const RELEASE = "), ";\n")
	var r release
	if err := json.Unmarshal([]byte(line), &r); err != nil {
		t.Fatal(err)
	}
	if r.Assets["app.wasm"] != "/web/app."+wasmHash+".wasm" || r.Assets["app-worker.js"] != "" || len(r.Pages) != 4 || r.Offline != "/offline" {
		t.Errorf("release is %+v", r)
	}
	for _, p := range r.Pages {
		if p != "/settings" && x.get(p).Code != 200 { // the test's settings panic
			t.Errorf("%s is to be kept but does not answer", p)
		}
	}
	tag := w.Header().Get("ETag")
	x.seed(lesson("Another title", "<p>x</p>"))
	if w := x.get("/app-worker.js", "If-None-Match", tag); w.Code != 200 || w.Body.String() == text {
		t.Errorf("after a lesson was edited the worker is the same: kept pages would stay old")
	}
}

func TestHeaders(t *testing.T) {
	x := open(t)
	for _, path := range []string{"/", "/lessons/hot-shard", "/nowhere", "/web/base.css", "/app-worker.js"} {
		h := x.get(path).Header()
		policy := h.Get("Content-Security-Policy")
		if !strings.Contains(policy, "script-src 'self' 'wasm-unsafe-eval';") || strings.Contains(strings.ReplaceAll(policy, "style-src-attr 'unsafe-inline'", ""), "unsafe-inline") || strings.Contains(policy, "'unsafe-eval'") {
			t.Errorf("%s: policy is %s", path, policy)
		}
		for name, value := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin"} {
			if h.Get(name) != value {
				t.Errorf("%s: %s is %q", path, name, h.Get(name))
			}
		}
		if h.Get("Permissions-Policy") == "" || h.Get("Strict-Transport-Security") != "" {
			t.Errorf("%s: headers are %v", path, h)
		}
	}
}

// TestFrames holds that other pages may frame the one page that is meant for it, and no other.
func TestFrames(t *testing.T) {
	x := open(t)
	for path, want := range map[string]string{"/embed": "*", "/embed/": "'self'", "/": "'self'", "/lab": "'self'", "/settings": "'self'", "/lessons/hot-shard": "'self'", "/nowhere": "'self'", "/offline": "'self'"} {
		for range 2 { // drawn, and kept
			policy := x.get(path).Header().Get("Content-Security-Policy")
			if _, got, _ := strings.Cut(policy, "frame-ancestors "); got != want {
				t.Errorf("%s may be framed by %q, want %q", path, got, want)
			}
			if rest, _, _ := strings.Cut(policy, "frame-ancestors"); !strings.HasPrefix(reply.Policy, rest) {
				t.Errorf("%s has another policy than pages: %s", path, policy)
			}
		}
	}
}

func TestNotBuilt(t *testing.T) {
	_, err := newSite(Config{Files: fstest.MapFS{"README": {}}}, pages{})
	if !errors.Is(err, web.ErrNotBuilt) {
		t.Errorf("error is %v", err)
	}
	files := built(t)
	delete(files, "base.4444444444444444.css")
	if _, err := newSite(Config{Files: files}, pages{}); err == nil || !strings.Contains(err.Error(), "base.css") {
		t.Errorf("error is %v, want one that names the missing file", err)
	}
}

func BenchmarkPage(b *testing.B) {
	x := open(b)
	b.ReportAllocs()
	for b.Loop() {
		x.get("/lessons/hot-shard", "Accept-Encoding", "gzip")
	}
}

// TestSandbox holds that the page in which functions run has no origin of ours and may load nothing, and that other pages may
// show no frame but ours.
func TestSandbox(t *testing.T) {
	h := reply.Secure(sandbox())
	for address, cache := range map[string]string{"/sandbox.html": "no-cache", "/sandbox.html?engine.0123456789abcdef.wasm": "public, max-age=31536000, immutable"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", address, nil))
		policy := w.Header().Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "sandbox allow-scripts; default-src 'none'; ") || strings.Contains(policy, "allow-same-origin") || strings.Contains(policy, "connect-src") {
			t.Errorf("%s has the policy %q", address, policy)
		}
		if got := w.Header().Get("Cache-Control"); got != cache {
			t.Errorf("%s is kept %q, want %q", address, got, cache)
		}
	}
	if !strings.Contains(reply.Policy, "frame-src 'self'; ") {
		t.Errorf("pages have the policy %q", reply.Policy)
	}
}
