package awsjson

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A room lets in as much as fits, in the order of arrival, and forgets whoever gives up.
func TestRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(10)
		var mu sync.Mutex
		var order []int
		came := func(who int) {
			mu.Lock()
			defer mu.Unlock()
			order = append(order, who)
		}
		sofar := func() []int {
			mu.Lock()
			defer mu.Unlock()
			return slices.Clone(order)
		}
		enter := func(who int, n int64, patience time.Duration) {
			go func() {
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				if !r.enter(ctx, n) {
					who = -who
				}
				came(who)
			}()
			synctest.Wait()
		}
		enter(1, 6, time.Hour)
		enter(2, 6, time.Hour)   // does not fit
		enter(3, 1, time.Second) // would, but stands behind
		enter(4, 2, time.Hour)
		if in := sofar(); len(in) != 1 {
			t.Fatalf("in are %v, want 1 alone", in)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		r.leave(6)
		synctest.Wait()
		if in := sofar(); len(in) != 4 || in[1] != -3 || r.left != 2 || len(r.line) != 0 {
			t.Errorf("came in the order %v with %d left, want 1, then 3 not, then 2 and 4 with 2 left", in, r.left)
		}
		enter(5, 10, time.Second)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if r.leave(8); r.left != 10 {
			t.Errorf("at the end %d are left of 10", r.left)
		}
	})
}
