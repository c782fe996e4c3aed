package model

import (
	"slices"
	"strings"
)

// Recall finds the console lines that hold a text, the newest first and each once. Capitals count only where the text has some.
func Recall(typed []string, text string) []string {
	text = strings.TrimSpace(text)
	fold := strings.ToLower(text) == text
	var found []string
	for _, line := range slices.Backward(typed) {
		where := line
		if fold {
			where = strings.ToLower(line)
		}
		if strings.Contains(where, text) && !slices.Contains(found, line) {
			found = append(found, line)
		}
	}
	return found
}
