package reply

import (
	"net/http"
	"strings"
)

// Policy is what a page of ours may load. No inline script and no style element; style attributes are allowed, because
// the stage places its boxes with them. 'wasm-unsafe-eval' lets WebAssembly compile and nothing else be evaluated.
const Policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; style-src-attr 'unsafe-inline'; " +
	"img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; frame-src 'self'; object-src 'none'; " +
	"base-uri 'none'; form-action 'self'; " + ownFrames

// Who may put a page of ours into a frame: pages of ours, and anybody the one page that is meant for it.
const ownFrames, anyFrames = "frame-ancestors 'self'", "frame-ancestors *"

// Framed is a policy under which anybody may frame what is sent.
func Framed(policy string) string { return strings.Replace(policy, ownFrames, anyFrames, 1) }

// Secure sets the headers that every answer carries.
func Secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", Policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()")
		if IsTLS(r) {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

type key int

const tlsKey key = iota

// IsTLS says whether the learner's browser speaks TLS, with us or with the proxy before us.
func IsTLS(r *http.Request) bool {
	return r.TLS != nil || r.Context().Value(tlsKey) != nil
}
