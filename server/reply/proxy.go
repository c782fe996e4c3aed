package reply

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// Address is the network address a request comes from, without the port: what limits are counted by.
func Address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	// A home or a host has a whole /64 of IPv6: it counts as one.
	if a, err := netip.ParseAddr(host); err == nil && a.Is6() && !a.Is4In6() {
		if p, err := a.WithZone("").Prefix(64); err == nil {
			return p.String()
		}
	}
	return host
}

// BehindProxy believes the headers that the one proxy before us sets: X-Forwarded-For, whose last entry is the proxy's
// own word, and X-Forwarded-Proto. Without a proxy anybody could set them, so it is asked for.
func BehindProxy(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if all := r.Header.Values("X-Forwarded-For"); len(all) > 0 {
			entries := strings.Split(all[len(all)-1], ",")
			if a, err := netip.ParseAddr(strings.TrimSpace(entries[len(entries)-1])); err == nil {
				r = r.Clone(r.Context())
				r.RemoteAddr = netip.AddrPortFrom(a, 0).String()
			}
		}
		if r.Header.Get("X-Forwarded-Proto") == "https" {
			r = r.WithContext(context.WithValue(r.Context(), tlsKey, true))
		}
		next.ServeHTTP(w, r)
	})
}
