package sim

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var start = At(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))

func TestScheduleRunsInOrderAndTiesByWhoCameFirst(t *testing.T) {
	s := NewSchedule(start)
	s.After(2*time.Second, 1, 0, 20)
	s.After(time.Second, 1, 0, 10)
	s.After(2*time.Second, 1, 0, 21)
	s.At(start-5, 1, 0, 0) // in the past: due now
	var got []string
	for {
		e, ok := s.Pop(start.Add(2 * time.Second))
		if !ok {
			break
		}
		got = append(got, fmt.Sprintf("%d@%v", e.Arg, s.Now().Sub(start)))
	}
	if want := []string{"0@0s", "10@1s", "20@2s", "21@2s"}; !slices.Equal(got, want) {
		t.Errorf("ran %v, want %v", got, want)
	}
	if _, ok := s.Pop(start.Add(time.Second)); ok || s.Now() != start.Add(2*time.Second) {
		t.Errorf("time went back to %v", s.Now().Sub(start))
	}
	s.Pop(start.Add(3 * time.Second))
	if s.Now() != start.Add(3*time.Second) {
		t.Errorf("an empty schedule stands at %v, want 3s", s.Now().Sub(start))
	}
}

// A copy runs exactly what the original runs, and neither hears of the other's new events.
func TestScheduleCloneRunsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := NewSchedule(start)
		for i, at := range rapid.SliceOfN(rapid.Int64Range(-5, 20), 0, 60).Draw(t, "at") {
			s.At(start+Instant(at), 1, 0, int64(i))
		}
		for range rapid.IntRange(0, 10).Draw(t, "popped") {
			s.Pop(start + 20)
		}
		c := s.Clone()
		c.At(start+100, 2, 0, -1)
		last := Event{At: start - 1}
		for {
			a, ok := s.Pop(start + 50)
			b, same := c.Pop(start + 50)
			if ok != same || a != b {
				t.Fatalf("original ran %v (%v), copy %v (%v)", a, ok, b, same)
			}
			if !ok {
				break
			}
			if a.At < last.At || a.At == last.At && a.seq < last.seq {
				t.Fatalf("%v ran after %v", a, last)
			}
			last = a
		}
		if s.Len() != 0 || c.Len() != 1 {
			t.Fatalf("left are %d and %d events, want 0 and 1", s.Len(), c.Len())
		}
	})
}

func TestRandBelongsToItsName(t *testing.T) {
	a, b, other := NewRand(7, "producer-1"), NewRand(7, "producer-1"), NewRand(7, "producer-2")
	copied := a
	same := true
	for range 100 {
		v := a.Uint64()
		if v != b.Uint64() || v != copied.Uint64() {
			t.Fatal("two of the same seed and name throw differently")
		}
		same = same && v == other.Uint64()
	}
	if same {
		t.Error("two names share their dice")
	}
	for range 1000 {
		if f := a.Float64(); f < 0 || f >= 1 {
			t.Fatalf("Float64 threw %v", f)
		}
		if d := a.Between(10*time.Millisecond, 60*time.Millisecond); d < 10*time.Millisecond || d >= 60*time.Millisecond {
			t.Fatalf("Between threw %v", d)
		}
	}
}

func TestInstantSeconds(t *testing.T) {
	for _, row := range []struct {
		at   Instant
		want int64
	}{{0, 0}, {999_999, 0}, {1_000_000, 1}, {-1, -1}, {-1_000_000, -1}, {-1_000_001, -2}} {
		if got := row.at.Second(); got != row.want {
			t.Errorf("Second of %d is %d, want %d", row.at, got, row.want)
		}
	}
	if got := At(start.Time()); got != start {
		t.Errorf("there and back: %d, want %d", got, start)
	}
}
