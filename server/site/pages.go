package site

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"shardlab/server/reply"
	"shardlab/server/store"
)

// drawn are the pages that were drawn from the edition of the course that is served. Only pages that exist are kept, so
// there are never more than lessons and a few.
type drawn struct {
	painter painter

	mu      sync.Mutex
	edition string
	pages   map[string]*reply.Body
}

// pageData is what a page starts with; the page reads it from its own head.
type pageData struct {
	Version string            `json:"version"`
	Assets  map[string]string `json:"assets"`
	Course  json.RawMessage   `json:"course,omitempty"`
	Lesson  json.RawMessage   `json:"lesson,omitempty"`

	Templates json.RawMessage `json:"templates,omitempty"` // on the page of the sandbox
}

var lessonPath = regexp.MustCompile(`^/lessons/([a-z0-9]+(?:-[a-z0-9]+)*)$`)

// embedPath is the page that other pages may frame.
const embedPath = "/embed"

// offlinePath is the page that the service worker shows for what was never visited.
const offlinePath = "/offline"

// page answers with a page: drawn once for each edition of the course, then kept.
func (s *Site) page(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	if trimmed := strings.TrimRight(path, "/"); trimmed != path && trimmed != "" && s.pages.exists(trimmed) {
		http.Redirect(w, r, trimmed, http.StatusMovedPermanently)
		return
	}
	edition, err := s.store.Edition(r.Context())
	if err != nil {
		s.fail(w, r, fmt.Errorf("page %s: %w", path, err))
		return
	}
	w.Header().Set("Shardlab-Version", s.version(edition))
	if path == embedPath {
		w.Header().Set("Content-Security-Policy", reply.Framed(reply.Policy))
	}
	if body := s.drawn.get(path, edition); body != nil {
		body.Serve(w, r, http.StatusOK)
		return
	}
	status := http.StatusOK
	var html []byte
	switch {
	case path == offlinePath:
		html = s.words("You are offline", "This page was not opened on this device before, so it is not kept here. What you opened before still works: the course map, the lessons you visited and their labs. Your progress is kept on this device and reaches the server when it is back.")
	case s.pages.exists(path):
		html, err = s.draw(r.Context(), path, edition)
		if errors.Is(err, store.ErrNotFound) {
			html, status, err = s.missing(r.Context(), path, edition), http.StatusNotFound, nil
		}
	default:
		html, status = s.missing(r.Context(), path, edition), http.StatusNotFound
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	body := newPage(html)
	if status == http.StatusOK {
		s.drawn.keep(path, edition, body)
	}
	body.Serve(w, r, status)
}

// version names what a page was made of: assets, course and lessons.
func (s *Site) version(edition string) string {
	return s.manifest.Version + "-" + edition[:min(8, len(edition))]
}

func newPage(html []byte) *reply.Body {
	sum := sha256.Sum256(html)
	return reply.NewBody("text/html; charset=utf-8", hex.EncodeToString(sum[:12]), html)
}

// draw makes the whole document of a page that exists. The error is store.ErrNotFound for a lesson that does not.
func (s *Site) draw(ctx context.Context, path, edition string) ([]byte, error) {
	data := pageData{Version: s.version(edition), Assets: map[string]string{}}
	for name := range s.manifest.Files {
		data.Assets[name] = s.manifest.URL(name)
	}
	course, err := s.store.CourseText(ctx)
	if err != nil {
		return nil, err
	}
	data.Course = course.JSON
	if m := lessonPath.FindStringSubmatch(path); m != nil {
		lesson, err := s.store.LessonText(ctx, m[1])
		if err != nil {
			return nil, err
		}
		data.Lesson = lesson.JSON
	} else if strings.HasPrefix(path, "/lessons/") {
		return nil, store.ErrNotFound
	}
	if path == "/lab" || path == embedPath {
		data.Templates = s.templates
	}
	d, err := s.drawn.painter.draw(path)
	if err != nil {
		return nil, err
	}
	return s.document(d, &data)
}

// missing is the page for an address that leads nowhere: app's own, or plain words when it draws none.
func (s *Site) missing(ctx context.Context, path, edition string) []byte {
	at := "/not-found" // one page for all, so that an address chosen by somebody else is never drawn
	if lessonPath.MatchString(path) && len(path) <= 80 {
		at = path
	}
	if d, err := s.drawn.painter.draw(at); err == nil {
		course, err := s.store.CourseText(ctx)
		if err != nil {
			s.log.Error("read course", "id", reply.RequestID(ctx), "error", err)
		}
		data := pageData{Version: s.version(edition), Assets: map[string]string{}, Course: course.JSON}
		for name := range s.manifest.Files {
			data.Assets[name] = s.manifest.URL(name)
		}
		if html, err := s.document(d, &data); err == nil {
			return html
		}
	} else if !errors.Is(err, errNoRoute) {
		s.log.Error("draw the page of what is not there", "id", reply.RequestID(ctx), "path", at, "error", err)
	}
	return s.words("There is nothing here", "This address leads nowhere. The course map shows every lesson there is.")
}

// words is a page of plain words in the house's look, without a program.
func (s *Site) words(title, sentence string) []byte {
	html, err := s.document(drawing{
		Title: title + " · Shardlab", Description: sentence,
		Body: `<div class="app"><header class="head"><a class="brand" href="/"><span>Shardlab</span></a></header><main id="main"><section class="notice">` +
			`<h1>` + title + `</h1><p>` + sentence + `</p><div class="deeds"><a class="btn primary" href="/">Open the course map</a></div></section></main></div>`,
	}, nil)
	if err != nil {
		panic("site: plain words cannot be written: " + err.Error())
	}
	return html
}

// fail answers when a page cannot be made.
func (s *Site) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	id := reply.RequestID(r.Context())
	s.log.Error("page failed", "id", id, "path", r.URL.Path, "error", err)
	w.Header().Set("Retry-After", "2")
	newPage(s.words("This page could not be made", "The server has a problem with it, and it is in its log"+inBrackets(id)+". Your progress is safe. Try again in a moment.")).
		Serve(w, r, http.StatusInternalServerError)
}

func inBrackets(id string) string {
	if id == "" {
		return ""
	}
	return " (" + id + ")"
}

func (d *drawn) get(path, edition string) *reply.Body {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.edition != edition {
		return nil
	}
	return d.pages[path]
}

func (d *drawn) keep(path, edition string, body *reply.Body) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.edition != edition || d.pages == nil {
		d.edition, d.pages = edition, map[string]*reply.Body{}
	}
	d.pages[path] = body
}

// document writes the whole document. The head is ours; title and description are what the components set. Without data
// there is no program either.
func (s *Site) document(d drawing, data *pageData) ([]byte, error) {
	var b bytes.Buffer
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	u := s.manifest.URL
	line("<!DOCTYPE html>")
	line(`<html lang="en">`)
	line("<head>")
	line(`<meta charset="utf-8">`)
	line("<title>%s</title>", d.Title)
	line(`<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">`)
	line(`<meta name="description" content="%s">`, d.Description)
	line(`<meta property="og:type" content="website">`)
	line(`<meta property="og:title" content="%s">`, strings.ReplaceAll(d.Title, `"`, "&#34;"))
	line(`<meta property="og:description" content="%s">`, d.Description)
	line(`<meta name="color-scheme" content="light dark">`)
	line(`<meta name="theme-color" media="(prefers-color-scheme: light)" content="%s">`, lightGround)
	line(`<meta name="theme-color" media="(prefers-color-scheme: dark)" content="%s">`, darkGround)
	if src := u("theme.js"); src != "" {
		line(`<script src="%s"></script>`, src) // before the first paint, so not deferred
	}
	for _, sheet := range s.sheets() {
		line(`<link rel="stylesheet" href="%s">`, u(sheet))
	}
	if font := u("inter-latin-wght-normal.woff2"); font != "" {
		line(`<link rel="preload" href="%s" as="font" type="font/woff2" crossorigin>`, font)
	}
	line(`<link rel="icon" type="image/svg+xml" href="%s">`, u("mark.svg"))
	line(`<link rel="icon" type="image/png" sizes="192x192" href="%s">`, u("mark-192.png"))
	line(`<link rel="apple-touch-icon" href="%s">`, u("mark-180.png"))
	line(`<link rel="manifest" href="/manifest.webmanifest">`)
	if data != nil {
		text, err := json.Marshal(data) // writes <, > and & as escapes, so it cannot end the element
		if err != nil {
			return nil, fmt.Errorf("write page data: %w", err)
		}
		line(`<script type="application/json" id="page-data">%s</script>`, text)
		line(`<script defer src="%s"></script>`, u("wasm_exec.js"))
		line(`<script defer src="%s"></script>`, u("app.js"))
	}
	line("</head>")
	line("<body>")
	line("%s", d.Body)
	if data != nil {
		line(`<div id="app-wasm-loader" role="status" aria-label="The lab is loading"><p id="app-wasm-loader-label"></p></div>`)
		line(`<noscript><p class="noscript-note">Without JavaScript and WebAssembly you can read the lessons here; the lab itself needs both.</p></noscript>`)
	}
	line("</body>")
	line("</html>")
	return b.Bytes(), nil
}

// sheets are the style sheets, the base first.
func (s *Site) sheets() []string {
	var all []string
	for name := range s.manifest.Files {
		if strings.HasSuffix(name, ".css") {
			all = append(all, name)
		}
	}
	slices.SortFunc(all, func(a, b string) int {
		if (a == "base.css") != (b == "base.css") {
			if a == "base.css" {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	return all
}

// The ground of the page in both lights, for what the browser paints around it.
const lightGround, darkGround = "#fbfbfa", "#14161a"
