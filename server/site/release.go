package site

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"slices"

	"shardlab/server/reply"
)

// A release tells the service worker what to keep.
type release struct {
	Version string            `json:"version"`
	Assets  map[string]string `json:"assets"`  // kept before they are used
	Rest    []string          `json:"rest"`    // kept once they are used
	Pages   []string          `json:"pages"`   // kept before they are visited
	Offline string            `json:"offline"` // shown for what is not kept
}

// seldom are assets that few pages or devices ask for.
var seldom = []string{"inter-latin-ext-wght-normal.woff2", "mark-180.png", "mark-512.png", "mark-maskable-512.png", "mark-192.png"}

// worker sends the service worker with the release in front. Another asset or lesson makes it another text, which is how
// browsers notice.
func (s *Site) worker(w http.ResponseWriter, r *http.Request) {
	edition, err := s.store.Edition(r.Context())
	if err != nil {
		s.fail(w, r, fmt.Errorf("service worker: %w", err))
		return
	}
	f, ok := s.manifest.Files["app-worker.js"]
	if !ok {
		reply.Refuse(w, r, reply.NewError("not_found", "This build has no service worker."))
		return
	}
	text, err := fs.ReadFile(s.assets.files, f.Path)
	if err != nil {
		s.fail(w, r, fmt.Errorf("service worker: %w", err))
		return
	}
	rel := release{Version: s.version(edition), Assets: map[string]string{}, Rest: []string{}, Pages: []string{"/", "/lab", "/settings", offlinePath}, Offline: offlinePath}
	rel.Pages = slices.DeleteFunc(rel.Pages, func(p string) bool { return p != offlinePath && !s.pages.exists(p) })
	for name := range s.manifest.Files {
		switch {
		case name == "app-worker.js":
		case slices.Contains(seldom, name):
			rel.Rest = append(rel.Rest, s.manifest.URL(name))
		default:
			rel.Assets[name] = s.manifest.URL(name)
		}
	}
	slices.Sort(rel.Rest)
	told, err := json.Marshal(rel)
	if err != nil {
		s.fail(w, r, fmt.Errorf("service worker: %w", err))
		return
	}
	whole := bytes.Join([][]byte{[]byte("const RELEASE = "), told, []byte(";\n"), text}, nil)
	sum := sha256.Sum256(whole)
	reply.NewBody("text/javascript; charset=utf-8", hex.EncodeToString(sum[:12]), whole).Serve(w, r, http.StatusOK)
}

// install tells a browser how Shardlab looks among its programs.
func (s *Site) install() http.Handler {
	type icon struct {
		Src     string `json:"src"`
		Type    string `json:"type"`
		Sizes   string `json:"sizes"`
		Purpose string `json:"purpose,omitempty"`
	}
	var icons []icon
	for _, i := range []struct{ name, sizes, purpose string }{
		{"mark.svg", "any", ""}, {"mark-192.png", "192x192", ""}, {"mark-512.png", "512x512", ""}, {"mark-maskable-512.png", "512x512", "maskable"},
	} {
		if f, ok := s.manifest.Files[i.name]; ok {
			icons = append(icons, icon{"/web/" + path.Base(f.Path), f.Type, i.sizes, i.purpose})
		}
	}
	text, err := json.Marshal(map[string]any{
		"name": "Shardlab", "short_name": "Shardlab", "lang": "en", "id": "/", "start_url": "/", "scope": "/", "display": "standalone",
		"description":      "Learn Amazon Kinesis by running it: a stream engine inside your browser, with lessons beside it.",
		"background_color": darkGround, "theme_color": darkGround, "icons": icons,
	})
	if err != nil {
		panic("site: the install manifest cannot be written: " + err.Error())
	}
	sum := sha256.Sum256(text)
	body := reply.NewBody("application/manifest+json", hex.EncodeToString(sum[:12]), text)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { body.Serve(w, r, http.StatusOK) })
}
