package console

import (
	"sort"
	"strings"
)

// nearest returns up to three of the words that are most like word: a few letters apart, or sharing its parts.
func nearest(word string, words []string) []string {
	type scored struct {
		word string
		dist int
	}
	var near []scored
	lower := strings.ToLower(word)
	for _, w := range words {
		d := distance(lower, strings.ToLower(w))
		bound := max(1, min(3, len(w)/3))
		if strings.HasPrefix(strings.ToLower(w), lower) && len(lower) >= 3 {
			d = min(d, bound)
		}
		if d <= bound && len(word) > 1 {
			near = append(near, scored{w, d})
		}
	}
	sort.SliceStable(near, func(i, j int) bool { return near[i].dist < near[j].dist })
	var out []string
	for i := 0; i < len(near) && i < 3; i++ {
		out = append(out, near[i].word)
	}
	return out
}

// distance counts the letters to insert, drop, replace or swap to make b of a.
func distance(a, b string) int {
	ra, rb := []rune(a), []rune(b)
	if len(ra) > 64 || len(rb) > 64 {
		return 64
	}
	d := make([][]int, len(ra)+1)
	for i := range d {
		d[i] = make([]int, len(rb)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(ra); i++ {
		for j := 1; j <= len(rb); j++ {
			cost := 1
			if ra[i-1] == rb[j-1] {
				cost = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+cost)
			if i > 1 && j > 1 && ra[i-1] == rb[j-2] && ra[i-2] == rb[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(ra)][len(rb)]
}
