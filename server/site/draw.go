package site

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// A painter draws routes to HTML with go-app's handler. Only the drawing is taken from it: addresses, caching, head,
// scripts and service worker are ours, because go-app 9.8.0 sends one entity tag for everything, loads icons from
// outside, forbids zooming, and quotes attributes as Go does.
type painter struct{ h *app.Handler }

func newPainter() painter {
	return painter{&app.Handler{
		Name:      "Shardlab",
		Title:     "Shardlab",
		Lang:      "en",
		Icon:      app.Icon{Default: "/web/mark-192.png", Large: "/web/mark-512.png", SVG: "/web/mark.svg", AppleTouch: "/web/mark-180.png"},
		Resources: nowhere{},
		Version:   "drawn",
	}}
}

// nowhere is where go-app finds its files: it is never asked for one.
type nowhere struct{}

func (nowhere) Package() string { return "" }
func (nowhere) Static() string  { return "" }
func (nowhere) AppWASM() string { return "" }

// A drawing is what a route drew.
type drawing struct {
	Title       string // HTML
	Description string // HTML
	Body        string // HTML: one element
}

var errNoRoute = errors.New("no route draws this path")

// draw draws the route of a path.
func (p painter) draw(path string) (d drawing, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("draw %s: %v", path, r)
		}
	}()
	w := &paper{header: http.Header{}, status: http.StatusOK}
	p.h.ServeHTTP(w, &http.Request{Method: http.MethodGet, URL: &url.URL{Path: path}, Host: "localhost", Header: http.Header{}})
	if w.status == http.StatusNotFound {
		return d, errNoRoute
	}
	if w.status != http.StatusOK {
		return d, fmt.Errorf("draw %s: go-app answered %d", path, w.status)
	}
	return parseDrawing(cleanHTML(w.body.String()))
}

// parseDrawing takes go-app's document, cleaned, apart.
func parseDrawing(doc string) (d drawing, err error) {
	between := func(text, from, to string) string {
		_, rest, ok := strings.Cut(text, from)
		piece, _, ok2 := strings.Cut(rest, to)
		if !ok || !ok2 {
			err = errors.Join(err, fmt.Errorf("go-app's document has no %s…%s", from, to))
		}
		return piece
	}
	head, body, ok := strings.Cut(doc, "<body")
	if !ok {
		return d, errors.New("go-app's document has no body")
	}
	d.Title = between(head, "<title>", "</title>")
	d.Description = between(head, `<meta content="`, `" name="description">`)
	if i := strings.LastIndex(d.Description, `"`); i >= 0 { // it began at an earlier meta
		d.Description = d.Description[i+1:]
	}
	_, body, _ = strings.Cut(body, ">")
	// go-app's own loader is the last element: ours takes its place.
	end := strings.LastIndex(body, `<aside class="goapp-app-info" id="app-wasm-loader">`)
	if end < 0 {
		return d, errors.New("go-app's document has no loader at its end")
	}
	d.Body = strings.TrimSpace(body[:end])
	return d, err
}

// paper is what a painter draws on.
type paper struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (p *paper) Header() http.Header         { return p.header }
func (p *paper) WriteHeader(status int)      { p.status = status }
func (p *paper) Write(b []byte) (int, error) { return p.body.Write(b) }
