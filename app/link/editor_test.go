package link

import "testing"

func TestPlacesInText(t *testing.T) {
	for _, c := range []struct {
		text  string
		units int
		at    int
	}{
		{"", 0, 0}, {"aws", 2, 2}, {"aws", 9, 3}, {"é=1", 1, 2}, {"😀x", 2, 4}, {"😀x", 3, 5}, {"x😀", 1, 1}, {"\xffx", 1, 1},
	} {
		if got := byteAt(c.text, c.units); got != c.at {
			t.Errorf("%q at %d units is byte %d, want %d", c.text, c.units, got, c.at)
		}
	}
	for text, want := range map[string]int{"": 0, "aws": 3, "é": 1, "😀x": 3} {
		if got := unitsOf(text); got != want {
			t.Errorf("%q has %d units, want %d", text, got, want)
		}
	}
}
