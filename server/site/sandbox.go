package site

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"

	"shardlab/lessons/js"
	"shardlab/server/reply"
)

// sandbox sends the page in which functions run, with its own policy in place of that of pages. Its address carries the engine's
// build, so a browser keeps it, and has it without a network.
func sandbox() http.Handler {
	page := js.Page()
	sum := sha256.Sum256(page)
	body := reply.NewBody("text/html; charset=utf-8", hex.EncodeToString(sum[:12]), page)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", reply.Framed(js.Policy)) // below the page that others frame too
		cache := "no-cache"
		if r.URL.RawQuery != "" {
			cache = "public, max-age=31536000, immutable"
		}
		body.ServeFor(w, r, http.StatusOK, cache)
	})
}
