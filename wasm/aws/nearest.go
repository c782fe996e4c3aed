package aws

import "strings"

// Nearest returns the name most like word, or "" when none is near: the one equal but for case and dashes, else the one
// at most two letters away.
func Nearest(word string, names []string) string {
	plain := func(s string) string { return strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(s)) }
	best, at := "", 3
	for _, n := range names {
		if plain(n) == plain(word) {
			return n
		}
		if dist := distance(plain(n), plain(word)); dist < at && dist < len(word) {
			best, at = n, dist
		}
	}
	return best
}

// distance counts the letters to insert, drop or change from a to b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		last := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			last, row[j] = row[j], min(row[j]+1, row[j-1]+1, last+cost)
		}
	}
	return row[len(b)]
}
