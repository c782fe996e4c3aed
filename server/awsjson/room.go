package awsjson

import (
	"context"
	"sync"
)

// A room bounds the bytes of the requests that are read at a time: whoever comes when it is full waits its turn, first come,
// first served.
type room struct {
	mu   sync.Mutex
	left int64
	line []*waiter
}

type waiter struct {
	n     int64
	ready chan struct{}
}

func newRoom(size int64) *room { return &room{left: size} }

// enter takes n bytes, at most what the room has in all, and reports false when ctx is done before there is place.
func (r *room) enter(ctx context.Context, n int64) bool {
	r.mu.Lock()
	if len(r.line) == 0 && r.left >= n {
		r.left -= n
		r.mu.Unlock()
		return true
	}
	w := &waiter{n, make(chan struct{})}
	r.line = append(r.line, w)
	r.mu.Unlock()
	select {
	case <-w.ready:
		return true
	case <-ctx.Done():
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, x := range r.line {
		if x == w {
			r.line = append(r.line[:i], r.line[i+1:]...)
			r.call() // whoever stood behind may fit
			return false
		}
	}
	r.left += n // it was let in at the same moment
	r.call()
	return false
}

// leave gives n bytes back.
func (r *room) leave(n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left += n
	r.call()
}

// call lets in who stands first, as long as there is place.
func (r *room) call() {
	for len(r.line) > 0 && r.line[0].n <= r.left {
		w := r.line[0]
		r.line = r.line[1:]
		r.left -= w.n
		close(w.ready)
	}
}
