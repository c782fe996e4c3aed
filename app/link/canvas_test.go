package link

import (
	"strings"
	"testing"
)

func TestHundredths(t *testing.T) {
	for _, tt := range []struct {
		v    float64
		want string
	}{{0, "0"}, {1, "1"}, {-1.5, "-1.5"}, {.05, "0.05"}, {12.345, "12.35"}, {-.004, "0"}, {99.999, "100"}} {
		if got := string(hundredths(nil, tt.v)); got != tt.want {
			t.Errorf("%v is written %s, want %s", tt.v, got, tt.want)
		}
	}
}

// TestBrush holds that colour is never all there is: each key has a letter on large dots, and a shape on small ones.
func TestBrush(t *testing.T) {
	var b Brush
	b.Dot(10, 20, 5, 0, 1)
	if string(b.solid[0]) != "M10 20h.01" || !strings.HasPrefix(string(b.ink), "M10 20m") {
		t.Errorf("a large dot is %q with the letter %q", b.solid[0], b.ink)
	}
	b.reset()
	b.Dot(10, 20, 3, 1, 1)
	b.Dot(10, 20, 3, 2, 1)
	if len(b.ink) != 0 || string(b.solid[1]) == string(b.solid[2]) {
		t.Errorf("small dots of two keys look alike: %q %q", b.solid[1], b.solid[2])
	}
	letters := map[string]bool{}
	for _, g := range glyphs {
		letters[letter(g, 1)] = true
	}
	if len(letters) != slots {
		t.Errorf("%d different letters for %d keys", len(letters), slots)
	}
	b.Dot(1, 1, 3, -1, 1)
	b.Dot(1, 1, 3, 99, 1)
	if len(b.solid[slots]) == 0 {
		t.Error("a key without a slot is not painted")
	}
}

func BenchmarkBrush(b *testing.B) {
	var brush Brush
	b.ReportAllocs()
	for b.Loop() {
		brush.reset()
		for i := range 1000 {
			brush.Dot(float64(i)*.7, float64(i%40), 4.8, i%12, 1)
		}
	}
}
