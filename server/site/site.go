// Package site answers with pages and assets: what a person's browser asks for. A page's first answer holds its words,
// drawn by the same components that run in the browser later (go-app's handler, of which only the drawing is used), and
// the data that the page starts with. It is the only room that imports app/.
//
//	/  /lab  /settings  /lessons/<slug>   pages; everything else is a 404 with words
//	/embed                                the bench alone: of all pages the one that other pages may frame
//	/web/<name>.<hash>.<ext>              assets, kept for ever by browsers
//	/web/<name>.<ext>                     the same under a name that stays, asked for anew each time
//	/app-worker.js                        the service worker, told what this release consists of
//	/sandbox.html                         where functions run, in a frame with an origin of its own
//	/app.js /wasm_exec.js /manifest.webmanifest /favicon.ico /robots.txt
package site

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"

	"shardlab/app/page"
	"shardlab/lessons/block"
	"shardlab/server/reply"
	"shardlab/server/store"
	"shardlab/web"
)

// Config says what a site is made of. Log may be left out.
type Config struct {
	Store *store.Store
	Files fs.FS // built assets
	Log   *slog.Logger

	Templates json.RawMessage // of the sandbox, a list of block.Template
}

// pages are the routes of app/ as the site uses them.
type pages struct {
	routes   func(page.Source)      // registers the routes
	exists   func(path string) bool // says whether a route answers a path
	notFound error                  // what a source says of a lesson that is not there
}

// Site is the handler.
type Site struct {
	store    *store.Store
	log      *slog.Logger
	assets   *assets
	manifest web.Manifest
	pages    pages
	drawn    drawn
	mux      *http.ServeMux

	templates json.RawMessage
}

// New makes the site. go-app keeps its routes for the whole process, so the first site's store is the one that pages are
// drawn from: a process has one site.
func New(c Config) (*Site, error) {
	return newSite(c, pages{page.Routes, page.Exists, page.ErrNotFound})
}

func newSite(c Config, p pages) (*Site, error) {
	m, err := web.ReadManifest(c.Files)
	if err != nil {
		return nil, err
	}
	a, err := newAssets(c.Files, m)
	if err != nil {
		return nil, fmt.Errorf("assets: %w", err)
	}
	s := &Site{store: c.Store, log: c.Log, assets: a, manifest: m, pages: p, mux: http.NewServeMux(), templates: c.Templates}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.drawn.painter = newPainter()
	p.routes(source{s})
	s.mux.Handle("/web/", s.assets)
	for path, name := range map[string]string{
		"/app.js": "app.js", "/wasm_exec.js": "wasm_exec.js", "/favicon.ico": "mark-192.png",
		"/apple-touch-icon.png": "mark-180.png",
	} {
		s.mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { s.assets.named(w, r, name) })
	}
	s.mux.HandleFunc("/app-worker.js", s.worker)
	s.mux.Handle("/manifest.webmanifest", s.install())
	s.mux.Handle("/sandbox.html", sandbox())
	s.mux.HandleFunc("/robots.txt", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprint(w, "User-agent: *\nDisallow: /api/\n")
	})
	s.mux.HandleFunc("/", s.page)
	return s, nil
}

// ServeHTTP answers one request. A site is only read.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		reply.Refuse(w, r, reply.NewError("bad_method", "Pages are only read. Writes go to /api/."))
		return
	}
	s.mux.ServeHTTP(w, r)
}

// A source is where components find what they draw on the server.
type source struct{ s *Site }

func (x source) Course(ctx context.Context) (block.Course, error) { return x.s.store.Course(ctx) }

func (x source) Lesson(ctx context.Context, slug string) (block.Lesson, error) {
	l, err := x.s.store.Lesson(ctx, slug)
	if errors.Is(err, store.ErrNotFound) {
		return l, fmt.Errorf("%w (%w)", x.s.pages.notFound, err)
	}
	return l, err
}

func (x source) Templates(context.Context) (all []block.Template, err error) {
	err = json.Unmarshal(x.s.templates, &all)
	return all, err
}

func (x source) ReadyTemplates() ([]block.Template, bool) {
	all, err := x.Templates(context.Background())
	return all, err == nil
}

// Asset is the address of an asset by its name.
func (x source) Asset(name string) string { return x.s.manifest.URL(name) }
