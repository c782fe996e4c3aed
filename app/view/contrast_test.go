package view

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// tokens reads the custom properties of the block that follows head in the style sheet.
func tokens(t *testing.T, css, head string) map[string]string {
	t.Helper()
	_, rest, ok := strings.Cut(css, head)
	if !ok {
		t.Fatalf("base.css has no block %q", head)
	}
	body, _, _ := strings.Cut(rest, "}")
	all := map[string]string{}
	for _, m := range regexp.MustCompile(`(--[a-z0-9-]+):\s*([^;]+);`).FindAllStringSubmatch(body, -1) {
		all[m[1]] = strings.TrimSpace(m[2])
	}
	return all
}

// luminance is WCAG's relative luminance of "#rrggbb".
func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(strings.TrimPrefix(colour, "#"), 16, 32)
	if err != nil || len(colour) != 7 {
		t.Fatalf("%q is not a colour of six digits", colour)
	}
	part := func(shift uint) float64 {
		c := float64(n>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*part(16) + 0.7152*part(8) + 0.0722*part(0)
}

func contrast(t *testing.T, a, b string) float64 {
	la, lb := luminance(t, a), luminance(t, b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// TestContrast holds WCAG AA for every pair of tokens that meets on a page: 4.5 for words, 3 for what only has a shape.
func TestContrast(t *testing.T) {
	text, err := os.ReadFile("../../web/css/base.css")
	if err != nil {
		t.Fatal(err)
	}
	css := string(text)
	themes := map[string]map[string]string{
		"light":       tokens(t, css, "\n:root {"),
		"dark":        tokens(t, css, `:root[data-theme="dark"] {`),
		"system dark": tokens(t, css, `:root:not([data-theme="light"]) {`),
	}
	words := [][2]string{
		{"--accent-ink", "--accent"}, {"--hot-ink", "--hot"}, {"--ink", "--accent-soft"}, {"--accent", "--accent-soft"},
		{"--ink", "--hot-bg"}, {"--hot", "--hot-bg"}, {"--ink", "--ok-bg"}, {"--ok", "--ok-bg"}, {"--ink", "--warn-bg"}, {"--warn", "--warn-bg"},
		{"--soft", "--ok-bg"}, {"--soft", "--hot-bg"}, {"--soft", "--accent-soft"}, {"--soft", "--warn-bg"},
	}
	for _, ground := range []string{"--bg", "--panel", "--sunk"} {
		for _, ink := range []string{"--ink", "--soft", "--accent", "--hot", "--ok", "--warn"} {
			words = append(words, [2]string{ink, ground})
		}
	}
	var shapes [][2]string
	for _, ground := range []string{"--bg", "--panel", "--sunk", "--hot-bg"} {
		for k := range 12 {
			shapes = append(shapes, [2]string{fmt.Sprintf("--k%d", k), ground})
		}
	}
	shapes = append(shapes, [2]string{"--k-other", "--panel"}, [2]string{"--edge", "--panel"}, [2]string{"--edge", "--bg"}, [2]string{"--edge", "--sunk"})
	for k := range 12 {
		shapes = append(shapes, [2]string{"--k-ink", fmt.Sprintf("--k%d", k)})
	}
	for name, theme := range themes {
		check := func(pairs [][2]string, least float64) {
			for _, p := range pairs {
				if got := contrast(t, theme[p[0]], theme[p[1]]); got < least {
					t.Errorf("%s: %s (%s) on %s (%s) has contrast %.2f, want %.1f", name, p[0], theme[p[0]], p[1], theme[p[1]], got, least)
				}
			}
		}
		check(words, 4.5)
		check(shapes, 3)
	}
	if got, want := fmt.Sprint(themes["system dark"]), fmt.Sprint(themes["dark"]); got != want {
		t.Errorf("the dark of the system and the dark of the learner differ:\n%s\n%s", got, want)
	}
}
